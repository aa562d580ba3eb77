"""What a person sees of a run: a line per stage, in place of Snakemake's several for each job."""

from __future__ import annotations

import logging
import sys
import time
from collections import Counter
from typing import TextIO

REPORT_EVERY_S = 5.0
FOLLOWS = "Input files updated by another job"


class StageProgress(logging.Handler):
    """Listens to Snakemake's log events and says how far each stage is, and what time is left.

    A line appears when a stage (a rule) is done, and every few seconds otherwise. Time left goes
    by the stage's speed so far, where a job that runs counts as half done. In a dry-run the stages
    are listed with what they would do and why.
    """

    def __init__(self, dry_run: bool = False, stream: TextIO | None = None) -> None:
        super().__init__(logging.INFO)
        self.dry_run = dry_run
        self.stream = stream or sys.stderr
        self.total: Counter[str] = Counter()
        self.done: Counter[str] = Counter()
        self.rule_of: dict[int, str] = {}
        self.messages: dict[str, list[str]] = {}
        self.reasons: dict[str, Counter[str]] = {}
        self.first_start_s: dict[str, float] = {}
        self.last_line_s = 0.0

    def emit(self, record: logging.LogRecord) -> None:
        """Take in one log record of Snakemake's."""
        event = event_of(record)
        if event == "run_info" and not self.total:
            self._count(record.stats)
        elif event == "run_info" and self.dry_run:
            self._print_plan()
        elif event == "job_info":
            self._note(record)
        elif event == "job_finished" and record.job_id in self.rule_of and not self.dry_run:
            self._finish(self.rule_of[record.job_id])

    def _print(self, text: str) -> None:
        print(text, file=self.stream, flush=True)

    def _count(self, stats: dict[str, int]) -> None:
        self.total.update({rule: jobs for rule, jobs in stats.items() if rule != "total"})
        if not self.dry_run:
            stages = ", ".join(f"{jobs} {rule}" for rule, jobs in self.total.items())
            self._print(f"{self.total.total()} jobs to run: {stages}")

    def _note(self, record: logging.LogRecord) -> None:
        rule = record.rule_name
        self.rule_of[record.jobid] = rule
        self.first_start_s.setdefault(rule, time.monotonic())
        if record.rule_msg:
            self.messages.setdefault(rule, []).append(record.rule_msg)
        self.reasons.setdefault(rule, Counter()).update(short_reasons(record.reason))

    def _print_plan(self) -> None:
        self._print(f"{self.total.total()} jobs would run, in this order of stages:")
        for rule, messages in self.messages.items():
            why = ", ".join(self.reasons[rule]) or "what it depends on is made anew"
            example = messages[0] + (" …" if len(messages) > 1 else "")
            self._print(f"  {rule:<24}{self.total[rule]:>5} ×  {example}  [{why}]")

    def _finish(self, rule: str) -> None:
        self.done[rule] += 1
        now_s = time.monotonic()
        remaining = self.total[rule] - self.done[rule]
        if rule not in self.messages or (remaining and now_s - self.last_line_s < REPORT_EVERY_S):
            return
        self.last_line_s = now_s
        elapsed_s = now_s - self.first_start_s[rule]
        behind = self.done[rule] + (len(self.messages[rule]) - self.done[rule]) / 2
        left = f"about {duration(elapsed_s * (self.total[rule] - behind) / behind)} left"
        ending = left if remaining else f"done in {duration(elapsed_s)}"
        overall = f"{self.done.total()} of {self.total.total()} jobs"
        self._print(
            f"  {rule:<24}{self.done[rule]:>5} of {self.total[rule]:<5}{ending:<20} [{overall}]"
        )


class WithoutSingleJobs(logging.Filter):
    """Keeps what Snakemake says of single jobs off the terminal, but for errors."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Let everything pass that is not about the course of one job."""
        text = record.getMessage() if record.msg else ""
        return event_of(record) not in {
            "job_info",
            "job_finished",
            "job_started",
            "progress",
            "resources_info",
            "run_info",
        } and not text.startswith(("Reasons:", "Execute ", "Select jobs to execute"))


def event_of(record: logging.LogRecord) -> str:
    """Name of the Snakemake event that a log record stands for, empty if none."""
    return str(getattr(record, "event", None) or "").rsplit(".", 1)[-1].lower()


def short_reasons(reason: str) -> list[str]:
    """Why a job runs, without the lists of files; not that others run before it."""
    parts = [part.split(":")[0].strip() for part in reason.split("; ")]
    return sorted({part.lower() for part in parts if part and part != FOLLOWS})


def duration(seconds: float) -> str:
    """Seconds as a person says them."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"
