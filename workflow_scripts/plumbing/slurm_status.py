"""A repair of Snakemake's executor for SLURM: jobs whose state nobody could tell are not lost."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator, Sequence
from types import ModuleType

PLUGIN = "snakemake_executor_plugin_slurm"


def keep_jobs_without_answer(plugin: ModuleType | None = None) -> None:
    """Let the executor ask again for jobs after all its questions of one round failed.

    Version 2.8.0 gives such jobs up without a word when the controller is away for a few seconds,
    as in a restart: Snakemake then waits for them for ever. A second call changes nothing.

    Args:
        plugin: The executor's module; by default the one that Snakemake has loaded, if any.
    """
    plugin = plugin or sys.modules.get(PLUGIN)
    ask = getattr(plugin, "query_job_status", None)
    executor = getattr(plugin, "Executor", None)
    if ask is None or executor is None or hasattr(executor, "gives_up"):
        return
    executor.gives_up = executor.check_active_jobs
    answers: list[object] = [None]

    async def ask_and_remember(*arguments: object) -> tuple[object, object]:
        states, seconds = await ask(*arguments)
        answers[0] = states
        return states, seconds

    async def check_active_jobs(self: object, active_jobs: Sequence) -> AsyncIterator:
        answers[0] = None
        async for job in self.gives_up(active_jobs):
            yield job
        if answers[0] is None:
            for job in active_jobs:
                yield job

    plugin.query_job_status = ask_and_remember
    executor.check_active_jobs = check_active_jobs
