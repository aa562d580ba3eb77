"""What becomes of a cluster's jobs while its controller does not answer."""

import asyncio
import contextlib
import importlib
import logging
from types import SimpleNamespace

import pytest

from plumbing.slurm_status import PLUGIN, keep_jobs_without_answer

JOBS = [SimpleNamespace(external_jobid=str(number), aux={}) for number in (1, 2)]


@pytest.fixture
def plugin(monkeypatch):
    """The real executor's module, with `plugin.states` as SLURM's answer to every question."""
    module = importlib.import_module(PLUGIN)
    executor = module.Executor
    kept = getattr(executor, "gives_up", executor.check_active_jobs)
    monkeypatch.setattr(executor, "check_active_jobs", kept)
    monkeypatch.delattr(executor, "gives_up", raising=False)
    monkeypatch.setattr(module, "get_min_job_age", lambda: 3600)
    monkeypatch.setattr(module, "states", None, raising=False)

    async def answer(command, logger):
        return module.states, module.states and 0.1

    monkeypatch.setattr(module, "query_job_status", answer)
    yield module
    if "gives_up" in vars(executor):
        del executor.gives_up


def still_active(plugin, states) -> list:
    plugin.states = states
    settings = SimpleNamespace(init_seconds_before_status_checks=6, status_attempts=2)
    executor = object.__new__(plugin.Executor)
    executor.workflow = SimpleNamespace(executor_settings=settings)
    executor.logger = logging.getLogger("executor")
    executor.run_uuid = "run"
    executor.get_status_command = lambda: "squeue"
    executor.status_rate_limiter = contextlib.nullcontext()
    executor._status_query_calls = executor._status_query_failures = 0
    executor._status_query_total_seconds = executor._status_query_max_seconds = 0
    executor._status_query_min_seconds = None
    executor._status_query_cycle_rows = []
    executor.next_seconds_between_status_checks = 6

    async def check() -> list:
        return [job async for job in executor.check_active_jobs(JOBS)]

    return asyncio.run(check())


def test_jobs_are_asked_for_again_after_no_answer(plugin):
    keep_jobs_without_answer(plugin)
    keep_jobs_without_answer(plugin)
    assert still_active(plugin, None) == JOBS


def test_an_answer_counts_as_before(plugin):
    keep_jobs_without_answer(plugin)
    assert still_active(plugin, {"1": "RUNNING", "2": "PENDING"}) == JOBS
    assert still_active(plugin, {"3": "RUNNING"}) == JOBS  # these are not known yet


def test_without_the_executor_nothing_happens():
    keep_jobs_without_answer(SimpleNamespace())
