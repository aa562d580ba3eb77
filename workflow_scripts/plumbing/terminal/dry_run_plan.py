"""What a person sees of a dry-run: what each stage would do and why, and what is done."""

from __future__ import annotations

import logging
import sys
import textwrap
from collections import Counter
from typing import TYPE_CHECKING, TextIO

from plumbing.terminal.log_events import COLUMNS_OF_TERMINAL, event_of
from plumbing.terminal.reasons import done_jobs, reasons_of, told_of_stage
from science.statistics.number_text import counted

if TYPE_CHECKING:
    from snakemake.jobs import Job
    from snakemake.workflow import Workflow


class DryRunPlan(logging.Handler):
    """Tells the plan once Snakemake has one, in the order in which the rules stand in the workflow.

    Rules without a message, the targets, are counted among the jobs and get no line.

    Args:
        workflow: Snakemake's, whose graph of jobs is complete when it tells how many there are.
        stream: Where the plan goes; standard error if none is given.
    """

    def __init__(self, workflow: Workflow, stream: TextIO | None = None) -> None:
        super().__init__(logging.INFO)
        self.workflow = workflow
        self.stream = stream or sys.stderr
        self.told = False

    def emit(self, record: logging.LogRecord) -> None:
        """Take in one log record of Snakemake's, which counts the jobs before and after them."""
        if event_of(record) == "run_info" and not self.told:
            self.told = True
            print(self._plan(), file=self.stream, flush=True)

    def _plan(self) -> str:
        dag, memory = self.workflow.dag, self.workflow.persistence
        asked = self.workflow.dag_settings
        forces = bool(asked.forceall or asked.forcerun or asked.forcetargets)
        jobs_of: dict[str, list[Job]] = {rule.name: [] for rule in self.workflow.rules}
        for job in dag.needrun_jobs():
            jobs_of[job.rule.name].append(job)
        done = Counter(job.rule.name for job in done_jobs(dag))
        total = sum(map(len, jobs_of.values()))
        lines = [f"{counted(total, 'job')} would run, in this order of stages:"]
        for rule, jobs in jobs_of.items():
            messages = sorted(job.message for job in jobs if job.message)
            if not messages:
                continue
            why = told_of_stage(reasons_of(job, dag.reason(job), memory, forces) for job in jobs)
            example = messages[0] + (" …" if len(messages) > 1 else "")
            also = f", {done.pop(rule)} done" if rule in done else ""
            lines.append(f"  {rule:<26}{len(jobs):>5} ×  {example}  [{why}{also}]")
        if done:
            stages = ", ".join(f"{done[rule]} {rule}" for rule in jobs_of if rule in done)
            words = f"Done, with nothing to do again: {stages}"
            lines += textwrap.wrap(words, COLUMNS_OF_TERMINAL, subsequent_indent="  ")
        return "\n".join(lines)
