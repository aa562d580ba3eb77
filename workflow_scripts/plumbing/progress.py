"""One line of progress for each stage of a run, in place of Snakemake's several for each job."""

from __future__ import annotations

import logging
import sys
import time
from collections import Counter

REPORT_EVERY_S = 5.0


class StageProgress(logging.Handler):
    """Listens to Snakemake's log events and says how far each stage is, and what time is left.

    A line appears when a stage (a rule) is done, and at most every few seconds otherwise. Time
    left is the stage's own mean seconds per finished job, times the jobs that remain.
    """

    def __init__(self, stream: object = None) -> None:
        super().__init__(logging.INFO)
        self.stream = stream or sys.stderr
        self.total: Counter[str] = Counter()
        self.done: Counter[str] = Counter()
        self.rule_of: dict[int, str] = {}
        self.first_start_s: dict[str, float] = {}
        self.last_line_s = 0.0

    def emit(self, record: logging.LogRecord) -> None:
        """Take in one log record of Snakemake's."""
        event = str(getattr(record, "event", None) or "").rsplit(".", 1)[-1].lower()
        if event == "run_info":
            self._plan(record.stats)
        elif event == "job_info":
            self.rule_of[record.jobid] = record.rule_name
            self.first_start_s.setdefault(record.rule_name, time.monotonic())
        elif event == "job_finished" and record.job_id in self.rule_of:
            self._finished(self.rule_of[record.job_id])

    def _plan(self, stats: dict[str, int]) -> None:
        if self.total:
            return
        self.total.update({rule: jobs for rule, jobs in stats.items() if rule != "total"})
        stages = ", ".join(f"{jobs} × {rule}" for rule, jobs in self.total.items() if rule != "all")
        print(f"Plan, {self.total.total()} jobs: {stages}", file=self.stream, flush=True)

    def _finished(self, rule: str) -> None:
        self.done[rule] += 1
        now_s = time.monotonic()
        remaining = self.total[rule] - self.done[rule]
        if rule == "all" or (remaining and now_s - self.last_line_s < REPORT_EVERY_S):
            return
        self.last_line_s = now_s
        elapsed_s = now_s - self.first_start_s[rule]
        left = f"about {duration(elapsed_s / self.done[rule] * remaining)} left"
        ending = left if remaining else f"done in {duration(elapsed_s)}"
        overall = f"{self.done.total()} of {self.total.total()} jobs"
        line = f"{rule:<24} {self.done[rule]:>4} of {self.total[rule]:<4} {ending:<22} [{overall}]"
        print(line, file=self.stream, flush=True)


def duration(seconds: float) -> str:
    """Seconds as a person says them."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"
