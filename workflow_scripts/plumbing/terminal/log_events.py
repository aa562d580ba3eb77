"""What Snakemake's log records are about, and which of them stay off the terminal."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable

OF_SINGLE_JOBS = frozenset(
    {"job_info", "job_finished", "job_started", "progress", "resources_info", "run_info"}
)


def event_of(record: logging.LogRecord) -> str:
    """Name of the Snakemake event that a log record stands for, empty if none."""
    return str(getattr(record, "event", None) or "").rsplit(".", 1)[-1].lower()


def jobs_of_stages(record: logging.LogRecord) -> Counter[str]:
    """How many jobs each stage (a rule) has, from the record of the event `run_info`."""
    return Counter({rule: jobs for rule, jobs in record.stats.items() if rule != "total"})


class WithoutSingleJobs(logging.Filter):
    """Keeps what Snakemake says of single jobs off the terminal, except errors."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Let everything pass that is not about the course of one job."""
        text = record.getMessage() if record.msg else ""
        return event_of(record) not in OF_SINGLE_JOBS and not text.startswith(
            ("Reasons:", "Execute ", "Select jobs to execute")
        )


class LocksInWords(logging.Filter):
    """Puts what a person can do in the place of Snakemake's words about a lock.

    Args:
        why: Gives the sentence.
    """

    def __init__(self, why: Callable[[], str]) -> None:
        super().__init__()
        self._why = why

    def filter(self, record: logging.LogRecord) -> bool:
        """Let everything pass; of Snakemake's own advice, to unlock, nothing is left."""
        if record.msg and "Directory cannot be locked" in record.getMessage():
            record.msg, record.args = self._why(), ()
        return True
