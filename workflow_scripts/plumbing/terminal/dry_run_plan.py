"""What a person sees of a dry-run: the stages, with what each would do and why."""

from __future__ import annotations

import logging
import sys
from collections import Counter
from typing import TextIO

from plumbing.terminal.log_events import event_of, jobs_of_stages
from science.statistics.number_text import counted

FOLLOWS = "Input files updated by another job"


class DryRunPlan(logging.Handler):
    """Listens to Snakemake's log events and lists the stages once all jobs have been told."""

    def __init__(self, stream: TextIO | None = None) -> None:
        super().__init__(logging.INFO)
        self.stream = stream or sys.stderr
        self.total: Counter[str] = Counter()
        self.messages: dict[str, list[str]] = {}
        self.reasons: dict[str, Counter[str]] = {}

    def emit(self, record: logging.LogRecord) -> None:
        """Take in one log record of Snakemake's, which counts the jobs before and after them."""
        event = event_of(record)
        if event == "run_info" and not self.total:
            self.total = jobs_of_stages(record)
        elif event == "run_info":
            print(self._plan(), file=self.stream, flush=True)
        elif event == "job_info":
            self._note(record)

    def _note(self, record: logging.LogRecord) -> None:
        rule = record.rule_name
        if record.rule_msg:
            self.messages.setdefault(rule, []).append(record.rule_msg)
        self.reasons.setdefault(rule, Counter()).update(short_reasons(record.reason))

    def _plan(self) -> str:
        lines = [f"{counted(self.total.total(), 'job')} would run, in this order of stages:"]
        for rule, messages in self.messages.items():
            why = ", ".join(self.reasons[rule]) or "what it depends on is made again"
            example = messages[0] + (" …" if len(messages) > 1 else "")
            lines.append(f"  {rule:<24}{self.total[rule]:>5} ×  {example}  [{why}]")
        return "\n".join(lines)


def short_reasons(reason: str) -> list[str]:
    """Why a job runs, without the lists of files; not that others run before it."""
    parts = [part.split(":")[0].strip() for part in reason.split("; ")]
    return sorted({part.lower() for part in parts if part and part != FOLLOWS})
