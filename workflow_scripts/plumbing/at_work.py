"""Which runs and jobs are at work in a folder, and what a run that was killed left there.

Snakemake's locks name no process. So each run, and each job, has a mark in `.snakemake/at_work`: a
file on which it holds a lock (flock) that the kernel drops with the process, and which it touches
every few seconds, for file systems that know no such locks across machines. A mark without its
process is that of a run that was killed: what Snakemake locked for it is cleared.

The jobs of a run that was killed may go on by themselves. They would write over what a new run
makes, perhaps with other options, so that it waits for them.
"""

from __future__ import annotations

import atexit
import fcntl
import json
import os
import platform
import shlex
import sys
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path

SIGN_EVERY_S = 10.0
# A machine that is not this one may hold a lock that is not seen here.
NO_SIGN_FOR_S = 35.0
SAY_AGAIN_S = 300.0
LATE_S = 10  # that a file may take to be seen on another machine
# Jobs find the mark of their run by it, also where a cluster starts them.
RUN_OF_JOB = "AT_WORK_FOR"
MARKS = Path(".snakemake/at_work")
LOCKS = Path(".snakemake/locks")


class RunIsGoneError(RuntimeError):
    """The run that started a job was killed before the job began."""


@dataclass(frozen=True)
class Mark:
    """A process at work.

    Attributes:
        name: Of its file.
        kind: 'run' or 'job'.
        of_run: Of a job, the name of its run's mark; empty where it is not known.
        host: The machine.
        pid: Its number there.
        since: When it began, as a person reads it.
        what: Its command, or the job's rule and wildcards.
        began_ns: When the file system had it begin.
    """

    name: str
    kind: str
    of_run: str = ""
    host: str = ""
    pid: int = 0
    since: str = ""
    what: str = ""
    began_ns: int = 0

    def in_words(self) -> str:
        """As a person finds it: process, machine, time."""
        if not self.pid:
            return "an unknown process"
        on = "" if self.host == platform.node() else f" on {self.host}"
        return f"process {self.pid}{on} ({self.what}, since {self.since})"


def begin_run(folder: Path) -> list[str]:
    """Mark this process as a run of a folder, and clear the lock of one that was killed.

    Args:
        folder: Where the run's `.snakemake` is.

    Returns:
        Sentences for the person at the terminal.
    """
    os.environ[RUN_OF_JOB] = ""
    before = _of_kind(folder, "run")
    locks = [*(folder / LOCKS).glob("*.lock")]
    name = f"run-{uuid.uuid4().hex[:12]}"
    try:
        descriptor = _put(folder, Mark(name, "run", what=_command()))
    except OSError as error:
        return [
            f"In this folder nothing can be locked ({error}): whether another run is at work is "
            f"not seen, and the lock of one that was killed stays until snakemake --unlock."
        ]
    os.environ[RUN_OF_JOB] = name
    path = folder / MARKS / name
    atexit.register(_remove, path, descriptor, os.getpid())
    threading.Thread(target=_give_signs, args=(path, os.getpid()), daemon=True).start()
    return _clear_after(folder, before, locks)


def _clear_after(folder: Path, before: list[Mark], locks: list[Path]) -> list[str]:
    """Remove the marks of runs that are gone and their locks, where no run is at work."""
    gone = [mark for mark in before if not _lives(folder, mark, watched=bool(locks))]
    if locks and len(gone) < len(before):
        return []  # whose they are is not known
    last_sign_ns = {mark: _mtime_ns(folder / MARKS / mark.name) for mark in gone}
    theirs = [lock for lock in locks if any(_within(lock, *pair) for pair in last_sign_ns.items())]
    for file in [*theirs, *(folder / MARKS / mark.name for mark in gone)]:
        file.unlink(missing_ok=True)
    if not theirs:
        return []
    return [
        f"The run before was cut off: {gone[-1].in_words()} is gone, so the lock that it left is "
        f"cleared."
    ]


def _within(lock: Path, mark: Mark, last_sign_ns: int) -> bool:
    """Whether a lock can be of the run of a mark: made while it gave signs of life."""
    made_ns, slack_ns = _mtime_ns(lock), int(6 * SIGN_EVERY_S * 1e9)
    return mark.began_ns - slack_ns <= made_ns <= last_sign_ns + slack_ns


def why_locked(folder: Path) -> str:
    """What a person does about a lock that was not cleared, in one or two sentences."""
    own = os.environ.get(RUN_OF_JOB)
    runs = [mark for mark in _of_kind(folder, "run") if mark.name != own]
    gone = [mark for mark in runs if mark.host == platform.node() and not _lives(folder, mark)]
    if runs and len(gone) == len(runs):
        return "The run before was cut off and left its lock; the next run clears it."
    if not runs:
        return (
            "A lock lies in this folder and no mark of the run that made it: another workflow's, "
            "or an earlier version's. If no snakemake is at work here, clear it with "
            "snakemake --unlock, and run again."
        )
    runs = [mark for mark in runs if mark not in gone]
    here = [str(mark.pid) for mark in runs if mark.host == platform.node() and mark.pid]
    end = f", or end it (kill {' '.join(here)})" if here else ""
    return (
        f"Another run is at work in this folder and makes files that this one needs: "
        f"{', '.join(mark.in_words() for mark in runs)}. Wait until it has ended{end}, and run "
        f"again; nothing has to be unlocked."
    )


def in_sentences(folder: Path) -> list[str]:
    """Who is at work in a folder, and what a run that was killed left there; empty for neither."""
    runs = _of_kind(folder, "run")
    lives = [mark for mark in runs if _lives(folder, mark)]
    sentences = [f"A run is at work in this folder: {mark.in_words()}." for mark in lives]
    jobs = [job.what for job in _of_kind(folder, "job") if _held(folder / MARKS / job.name)]
    if jobs:
        whose = "" if lives else ", left by a run that was killed; the next run waits for it"
        sentences.append(f"At work now: {', '.join(jobs)}{whose}.")
    # Whether one on another machine is gone cannot be seen from here; one that ended left no lock.
    gone = [mark for mark in runs if mark not in lives and mark.host == platform.node()]
    if gone and any((folder / LOCKS).glob("*.lock")):
        what = f"The run before was cut off: {gone[-1].in_words()} is gone"
        sentences.append(f"{what}. The next run goes on from there.")
    return sentences


def wait_for_left_jobs(
    folder: Path, say: Callable[[str], None], sleep: Callable[[float], None] = time.sleep
) -> None:
    """Return when no job of a run that was killed is at work any more.

    Args:
        folder: As for `begin_run`.
        say: Is given a sentence at the start, and every few minutes after it.
        sleep: Waits; replaced in tests.
    """
    waited_s = 0.0
    while left := _left_jobs(folder):
        if waited_s % SAY_AGAIN_S == 0:
            say(
                f"Waiting for jobs that a killed run left running: "
                f"{', '.join(mark.in_words() for mark in left)}. They would write over the files "
                f"of this run. To go on at once, end them "
                f"(kill {' '.join(str(mark.pid) for mark in left)})."
            )
        sleep(1.0)
        waited_s += 1.0


def _left_jobs(folder: Path) -> list[Mark]:
    """Jobs at work whose run is not; the marks of those that are gone are removed."""
    jobs = _of_kind(folder, "job")
    if not jobs:
        return []
    own = os.environ.get(RUN_OF_JOB, "")
    runs = {mark.name for mark in _of_kind(folder, "run") if _held(folder / MARKS / mark.name)}
    left = []
    for job in jobs:
        if not _held(folder / MARKS / job.name):
            (folder / MARKS / job.name).unlink(missing_ok=True)
        elif job.of_run not in runs and (job.of_run or not runs - {own}):
            left.append(job)
    return left


@contextmanager
def job_at_work(folder: Path, what: str) -> Iterator[None]:
    """Mark this process as a job for the length of the block; without a mark where none can be.

    Args:
        folder: Where Snakemake runs.
        what: The job's rule and wildcards.

    Raises:
        RunIsGoneError: Nobody waits for the job: a run that came later may not have seen it.
    """
    name, descriptor = f"job-{uuid.uuid4().hex[:12]}", -1
    with suppress(OSError):
        mark = Mark(name, "job", os.environ.get(RUN_OF_JOB, ""), what=what)
        descriptor = _put(folder, mark)
    try:
        if _run_is_gone(folder):
            raise RunIsGoneError("the run that it is of was killed; the next run makes it again")
        yield
    finally:
        if descriptor >= 0:
            _remove(folder / MARKS / name, descriptor, os.getpid())


def _run_is_gone(folder: Path) -> bool:
    """Whether the run of this job has ended, as far as can be seen from this machine."""
    name = os.environ.get(RUN_OF_JOB, "")
    path = folder / MARKS / name
    if not name or not path.parent.is_dir():
        return False
    for _ in range(LATE_S):
        if name in os.listdir(path.parent):  # asks the server, where the disk is a server's
            return _read(path).host == platform.node() and not _held(path)
        time.sleep(1.0)
    return True


def _put(folder: Path, mark: Mark) -> int:
    """Write a mark, locked when its name appears; the open descriptor that holds the lock."""
    path = folder / MARKS / mark.name
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{mark.name}")
    descriptor = os.open(beside, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        known = asdict(mark) | {
            "host": platform.node(),
            "pid": os.getpid(),
            "since": time.strftime("%Y-%m-%d %H:%M:%S"),
            "began_ns": os.fstat(descriptor).st_mtime_ns,
        }
        with suppress(OSError):  # of a full disk; the lock alone says that someone is at work
            os.write(descriptor, json.dumps(known).encode())
        beside.rename(path)
    except BaseException:
        os.close(descriptor)
        beside.unlink(missing_ok=True)
        raise
    return descriptor


def _remove(path: Path, descriptor: int, pid: int) -> None:
    # What was forked has the descriptor too, and is not the process that the mark is of.
    if os.getpid() == pid:
        with suppress(OSError):
            path.unlink(missing_ok=True)
            os.close(descriptor)


def _give_signs(path: Path, pid: int) -> None:
    """Touch a mark as long as its process lives."""
    while os.getpid() == pid and path.exists():
        with suppress(OSError):
            os.utime(path)
        time.sleep(SIGN_EVERY_S)


def _of_kind(folder: Path, kind: str) -> list[Mark]:
    marks = [_read(path) for path in sorted((folder / MARKS).glob(f"{kind}-*"))]
    return sorted(marks, key=lambda mark: mark.began_ns)


def _read(path: Path) -> Mark:
    try:
        return Mark(**{**json.loads(path.read_text(encoding="utf-8")), "name": path.name})
    except (OSError, ValueError, TypeError):
        # Of a disk that was full; who holds it is not known, and whether someone does is.
        return Mark(path.name, path.name.partition("-")[0], began_ns=_mtime_ns(path))


def _lives(folder: Path, mark: Mark, watched: bool = False) -> bool:
    """Whether a run is at work; one of another machine is watched for signs, if so asked."""
    path = folder / MARKS / mark.name
    if _held(path):
        return True
    if mark.host == platform.node() or not mark.host or not watched:
        return False
    until_s, before_ns = time.monotonic() + NO_SIGN_FOR_S, _mtime_ns(path)
    print(f"Is {mark.in_words()} still at work? Looking for its signs.", file=sys.stderr)
    while time.monotonic() < until_s:
        time.sleep(1.0)
        if _mtime_ns(path) != before_ns:
            return True
    return False


def _held(path: Path) -> bool:
    """Whether a process holds the lock on a file."""
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        # Shared, so that two who look at the same time do not see each other.
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except OSError:
        return True
    finally:
        os.close(descriptor)
    return False


def _mtime_ns(path: Path) -> int:
    try:
        return path.stat().st_mtime_ns
    except OSError:
        return 0


def _command() -> str:
    return " ".join(["snakemake", *map(shlex.quote, sys.argv[1:])])
