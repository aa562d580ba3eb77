"""What a person sees of a run: a line per stage, in place of Snakemake's several for each job."""

from __future__ import annotations

import logging
import sys
import textwrap
import time
from collections import Counter
from typing import TYPE_CHECKING, TextIO

from plumbing.terminal.log_events import COLUMNS_OF_TERMINAL, event_of, jobs_of_stages
from plumbing.terminal.reasons import done_jobs
from science.statistics.number_text import counted

if TYPE_CHECKING:
    from snakemake.workflow import Workflow

REPORT_EVERY_S = 5.0


class StageProgress(logging.Handler):
    """Listens to Snakemake's log events and says how far each stage is, and what time is left.

    A line appears when a stage (a rule) is done, and every few seconds otherwise. Time left goes
    by the stage's speed so far, where a job that runs counts as half done; time in which none of
    the stage's jobs ran does not count. Rules without a message,
    the targets, are counted among the jobs and get no line. Jobs that an earlier run has done are
    named once, at the start: all counts, and the time left, are of what this run does.

    Args:
        stream: Where the lines go; standard error if none is given.
        workflow: Snakemake's, which knows the order of the stages, and the jobs that are done.
    """

    def __init__(self, stream: TextIO | None = None, workflow: Workflow | None = None) -> None:
        super().__init__(logging.INFO)
        self.workflow = workflow
        self.stream = stream or sys.stderr
        self.total: Counter[str] = Counter()
        self.done: Counter[str] = Counter()
        self.shown: set[str] = set()
        self.running: dict[int, str] = {}
        self.running_since_s: dict[str, float] = {}
        self.ran_s: Counter[str] = Counter()
        self.last_line_s = 0.0

    def emit(self, record: logging.LogRecord) -> None:
        """Take in one log record of Snakemake's."""
        event = event_of(record)
        if event == "run_info" and not self.total:
            self._count(record)
        elif event == "job_info":
            self._start(record)
        elif event == "job_finished" and record.job_id in self.running:
            self._finish(self._stop(record.job_id))
        elif event == "job_error" and record.jobid in self.running:
            self._stop(record.jobid)

    def _print(self, text: str) -> None:
        print(text, file=self.stream, flush=True)

    def _count(self, record: logging.LogRecord) -> None:
        self.total = jobs_of_stages(record)
        order, done = list(self.total), 0
        if self.workflow is not None:
            order = [rule.name for rule in self.workflow.rules if rule.name in self.total]
            done = len(done_jobs(self.workflow.dag))
        before = f" ({done} more {'is' if done == 1 else 'are'} done already)" if done else ""
        stages = ", ".join(f"{self.total[rule]} {rule}" for rule in order)
        text = f"{counted(self.total.total(), 'job')} to run{before}: {stages}"
        lines = textwrap.wrap(text, COLUMNS_OF_TERMINAL, subsequent_indent="  ")
        self._print("\n".join(lines))

    def _start(self, record: logging.LogRecord) -> None:
        rule = record.rule_name
        if rule not in self.running.values():
            self.running_since_s[rule] = time.monotonic()
        self.running[record.jobid] = rule
        if record.rule_msg:
            self.shown.add(rule)

    def _stop(self, job: int) -> str:
        rule = self.running.pop(job)
        now_s = time.monotonic()
        self.ran_s[rule] += now_s - self.running_since_s[rule]
        self.running_since_s[rule] = now_s
        return rule

    def _finish(self, rule: str) -> None:
        self.done[rule] += 1
        now_s = time.monotonic()
        remaining = self.total[rule] - self.done[rule]
        if rule not in self.shown or (remaining and now_s - self.last_line_s < REPORT_EVERY_S):
            return
        self.last_line_s = now_s
        behind = self.done[rule] + list(self.running.values()).count(rule) / 2
        left_s = self.ran_s[rule] * (self.total[rule] - behind) / behind
        ending = (
            f"about {duration(left_s)} left"
            if remaining
            else f"done in {duration(self.ran_s[rule])}"
        )
        overall = f"{self.done.total()} of {self.total.total()} jobs"
        self._print(
            f"  {rule:<26}{self.done[rule]:>5} of {self.total[rule]:<5}{ending:<20} [{overall}]"
        )


def duration(seconds: float) -> str:
    """Seconds as a person says them."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"
