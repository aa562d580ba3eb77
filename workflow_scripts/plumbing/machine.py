"""What machines differ in and Snakemake stumbles over: users, locales, names of folders."""

from __future__ import annotations

import errno
import getpass
import logging
import os
import shlex
import stat
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from snakemake.scheduling.job_scheduler import JobScheduler

DEFAULT_PACE = (100, 1)  # of Snakemake: jobs in seconds

WHAT_TO_DO = {
    errno.ENOSPC: "the disk is full: make room and run again",
    errno.EDQUOT: "your share of the disk is full: make room and run again",
    errno.EROFS: "the disk may only be read: make it writable, and run again",
    errno.EACCES: "you may not do this to the file: give yourself the right, and run again",
    errno.EPERM: "you may not do this to the file: give yourself the right, and run again",
    errno.EIO: "the disk fails: look at the system's log before you run again",
}
# What Snakemake writes down of a run; without it, it ends in the middle of nowhere.
LEAST_ROOM_BYTES = 1 << 20


def make_ready() -> None:
    """Set this process up so that Snakemake and its jobs run here; a second call changes nothing.

    A user without a name, as in a container, gets one, since Snakemake and PyTorch ask for it. What
    the terminal's locale lacks, such as … or ±, is escaped. Snakemake puts Python's path into shell
    commands as it is, so that it is quoted here.
    """
    logging.raiseExceptions = False  # a full disk takes no line of a log either, and says so itself
    try:
        getpass.getuser()
    except (KeyError, OSError):
        os.environ["USER"] = f"uid{os.getuid()}"
    sys.stdout.reconfigure(errors="backslashreplace")
    if Path(sys.executable).is_file():
        sys.executable = shlex.quote(sys.executable)


def drop_default_pace(scheduler: JobScheduler) -> None:
    """Let a scheduler start jobs as soon as they are ready; a pace that the user set stays.

    With one, Snakemake 9.27 looks for jobs a second after each look, and once more for each job
    that ended: after 200 jobs 200 times a second. Of the tests' tiny run that was a tenth.
    """
    pace = scheduler.job_rate_limiter
    if pace is not None and (pace.max_jobs, pace.timespan) == DEFAULT_PACE:
        scheduler.job_rate_limiter = None


def digest_each_file_once(file_class: type) -> None:
    """Let Snakemake read a file once for its checksum, as long as the file stays as it is.

    Snakemake 9.27 reads all inputs of a job for each of its outputs, and starts no job meanwhile:
    in the demo 36 GB, of files that hold 0.3. A second call changes nothing.

    Args:
        file_class: Snakemake's class of files, `snakemake.io._IOFile`.
    """
    read = file_class.checksum
    if hasattr(read, "known"):
        return

    async def checksum(
        file: Any, threshold: int | None = None, force: bool = False, algorithm: Any = None
    ) -> str | None:
        try:
            state = os.stat(file)
        except OSError:
            state = None
        # While it plans, Snakemake remembers checksums itself.
        remembers = file.rule.workflow.iocache.active
        if state is None or not stat.S_ISREG(state.st_mode) or file.is_storage or remembers:
            return await read(file, threshold, force, algorithm)
        times = state.st_mtime_ns, state.st_ctime_ns
        asked = (state.st_dev, state.st_ino, state.st_size, times, threshold, force, algorithm)
        if asked not in checksum.known:
            checksum.known[asked] = await read(file, threshold, force, algorithm)
        return checksum.known[asked]

    checksum.known = {}
    file_class.checksum = checksum


def outlast_silent_controller(executor: Any) -> None:
    """Let a SLURM executor ask again after its controller did not answer.

    The plugin (2.8) forgets the jobs that it asked about when no answer came, as while a controller
    is restarted, and Snakemake then waits for them for ever. Other executors stay as they are.
    """
    if not hasattr(executor, "_status_query_calls"):
        return
    ask = executor.check_active_jobs

    async def ask_again_later(active_jobs: list) -> AsyncIterator:
        answered = executor._status_query_calls
        async for job in ask(active_jobs):
            yield job
        if executor._status_query_calls == answered:
            for job in active_jobs:
                yield job

    executor.check_active_jobs = ask_again_later


def folder_problem(workflow: Path, results: Path) -> str:
    """Why a run cannot be, in one sentence; empty where it can.

    Args:
        workflow: The folder of the workflow.
        results: The folder that results go to.
    """
    if set("{}") & set(str(workflow)):
        return (
            f"The folder {workflow} has a brace in its name, which Snakemake would read as a "
            f"wildcard's: rename it."
        )
    if not os.access(results, os.W_OK):
        return (
            f"The folder {results} cannot be written to, and results go there: with --directory "
            f"they go into another one, which has a config.yaml of its own."
        )
    return ""


def disk_problem(folder: Path) -> str:
    """Why nothing can be put into a folder, and what to do; empty where something can.

    Args:
        folder: As it will be; the part of it that is there is tried.
    """
    while not folder.is_dir():
        folder = folder.parent
    tried = folder / f".room-{os.getpid()}"
    try:
        try:
            tried.write_bytes(bytes(LEAST_ROOM_BYTES))
        finally:
            tried.unlink(missing_ok=True)
    except OSError as error:
        what = WHAT_TO_DO.get(error.errno, "find out why, and run again")
        return f"Nothing can be written to {folder.absolute()} ({error.strerror}); {what}."
    return ""


def encoding_warning() -> str:
    """What may be wrong with the names of files in this locale; empty where nothing is."""
    encoding = sys.getfilesystemencoding()
    if encoding in ("utf-8", "ascii"):
        return ""
    return (
        f"File names are read as {encoding}, by this terminal's locale. If they are in UTF-8, as "
        f"on most machines, those with other letters than English ones are not found: set "
        f"PYTHONUTF8=1."
    )
