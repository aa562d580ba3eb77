"""What every rule's script does around its work: its log, its errors, the paths of its files."""

from __future__ import annotations

import gc
import glob
import logging
import sys
import traceback
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, redirect_stderr, redirect_stdout, suppress
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from plumbing import at_work, checksums
from plumbing.machine import WHAT_TO_DO

if TYPE_CHECKING:
    from snakemake.iocontainers import Snakemake


MOST_WARNINGS_SHOWN = 3


@contextmanager
def logged(job: Snakemake) -> Iterator[None]:
    """Send everything a job prints to its log file, and end a failure in one sentence.

    The traceback goes to the log; the sentence goes there last and to the terminal. Modules beside
    the Snakefile can be imported. Inputs that are not as they were written are refused.

    Raises:
        SystemExit: The job failed; its error has been told.
    """
    sys.path.append(str(Path.cwd()))  # where a user's own network class may lie
    # What the imports made lives as long as the job: the collector need not go through it again.
    gc.freeze()
    terminal = sys.stderr
    with _log_file(job) as log:
        try:
            with redirect_stdout(log), redirect_stderr(log), warnings.catch_warnings():
                logging.basicConfig(
                    stream=log, level=logging.INFO, format="%(message)s", force=True
                )
                logging.captureWarnings(True)
                warnings.simplefilter("default")
                with at_work.job_at_work(Path.cwd(), f"{job.rule}{_of(job)}"):
                    checksums.forget(paths(job.output))
                    _remove_unfinished(paths(job.output))
                    checksums.refuse_changed(paths(job.input))
                    yield
                    checksums.record(paths(job.output))
        except Exception as error:
            sentence = f"{job.rule} stopped{_of(job)}: {_words(error)}"
            with suppress(OSError):  # of a full disk
                traceback.print_exc(file=log)
                print(f"\n{sentence}", file=log)
            print(f"{sentence}\n  the whole story is in {job.log[0]}", file=terminal, flush=True)
            raise SystemExit(1) from error
        finally:
            # A connection that the collector finds only now is told nowhere, not to a closed file.
            logging.captureWarnings(False)
            logging.basicConfig(handlers=[logging.NullHandler()], force=True)


@contextmanager
def _log_file(job: Snakemake) -> Iterator[TextIO]:
    """Open the log of a job; the job goes on where its last lines find no room."""
    try:
        # The names of files may hold bytes that are no text in the machine's locale.
        log = open(job.log[0], "w", 1, encoding="utf-8", errors="backslashreplace")  # noqa: SIM115
    except OSError as error:
        print(f"{job.rule} stopped{_of(job)}: {_words(error)}", file=sys.stderr, flush=True)
        raise SystemExit(1) from error
    try:
        yield log
    finally:
        with suppress(OSError):
            log.close()


def _remove_unfinished(files: Sequence[Path]) -> None:
    """Remove what a job that was killed left of these files; no other makes them now."""
    for path in files:
        for left in path.parent.glob(f".partial-????????????-{glob.escape(path.name)}"):
            left.unlink(missing_ok=True)


def warn(warnings_of_job: Sequence[str]) -> None:
    """Warn in the log, and first on the terminal: nobody reads the log of a job that succeeded."""
    for warning in warnings_of_job:
        logging.warning(warning)
    shown = [*warnings_of_job[:MOST_WARNINGS_SHOWN]]
    if hidden := len(warnings_of_job) - len(shown):
        shown.append(f"… and {hidden} more of the kind, in the log of this job.")
    # `logged` has turned sys.stderr to the log.
    for line in shown:
        print(line, file=sys.__stderr__, flush=True)


def _words(error: Exception) -> str:
    """The error's own sentence; where it was not written for a person, its kind besides."""
    ours = type(error).__module__.split(".")[0] in ("plumbing", "science", "sources", "storage")
    written = ours or isinstance(error, (ValueError, OSError, RuntimeError))
    words = str(error) if written and str(error) else f"{type(error).__name__}: {error}"
    advice = WHAT_TO_DO.get(getattr(error, "errno", None)) if isinstance(error, OSError) else None
    return f"{words}; {advice}." if advice else words


def _of(job: Snakemake) -> str:
    values = ", ".join(f"{key} {value}" for key, value in job.wildcards.items() if key != "run")
    return f" ({values})" if values else ""


def paths(files: object) -> list[Path]:
    """The paths of a job's input or output files as a list, be it one file or several."""
    return [Path(files)] if isinstance(files, str) else [Path(str(file)) for file in files]
