"""What Snakemake's log records are about, and which of them stay off the terminal."""

from __future__ import annotations

import logging
import re
from collections import Counter
from collections.abc import Callable

from plumbing.machine import WHAT_TO_DO

COLUMNS_OF_TERMINAL = 96
OF_DISK = re.compile(r"^\w*Error: (\[Errno (\d+)\].*)$", re.M)
# After Ctrl-C, and after SIGTERM.
STOPPING = ("Terminating processes on user request", "Will exit after finishing currently running")
STOPPED = "Stopped, as asked. What is done is kept; the next run goes on from there."
OF_SINGLE_JOBS = frozenset(
    {"job_info", "job_finished", "job_started", "progress", "resources_info", "run_info"}
)


def event_of(record: logging.LogRecord) -> str:
    """Name of the Snakemake event that a log record stands for, empty if none."""
    return str(getattr(record, "event", None) or "").rsplit(".", 1)[-1].lower()


def jobs_of_stages(record: logging.LogRecord) -> Counter[str]:
    """How many jobs each stage (a rule) has, from the record of the event `run_info`."""
    return Counter({rule: jobs for rule, jobs in record.stats.items() if rule != "total"})


KEPT_OFF = (
    "Reasons:", "Execute ", "Select jobs to execute", "Rules with provenance triggered",
    "Some jobs were triggered by provenance",
)  # fmt: skip


class WithoutSingleJobs(logging.Filter):
    """Keeps what Snakemake says of single jobs off the terminal, except errors.

    So with its advice how not to run what an option or the code has changed.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        """Let everything pass that is not about the course of one job."""
        text = record.getMessage() if record.msg else ""
        return event_of(record) not in OF_SINGLE_JOBS and not text.startswith(KEPT_OFF)


class InWords(logging.Filter):
    """Puts what a person can do in the place of Snakemake's words about locks, disks and stops.

    Args:
        why_locked: Gives the sentence about a lock.
    """

    def __init__(self, why_locked: Callable[[], str]) -> None:
        super().__init__()
        self._why_locked = why_locked
        self._stopped = False

    def filter(self, record: logging.LogRecord) -> bool:
        """Let everything pass; of advice to unlock, and of a disk's traceback, nothing is left."""
        text = record.getMessage() if record.msg else ""
        self._stopped |= text.startswith(STOPPING)
        if "Directory cannot be locked" in text:
            record.msg, record.args = self._why_locked(), ()
        elif self._stopped and "At least one job did not complete" in text:
            record.msg, record.args = STOPPED, ()
        elif "Traceback (most recent" in text or '\n  File "' in text:
            of_disk = [(what, int(number)) for what, number in OF_DISK.findall(text)]
            if of_disk and of_disk[-1][1] in WHAT_TO_DO:
                what, number = of_disk[-1]
                record.msg, record.args = f"Stopped: {what}; {WHAT_TO_DO[number]}.", ()
        return True
