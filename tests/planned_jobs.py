"""Stand-ins for what Snakemake knows of its jobs when it has planned them."""

from __future__ import annotations

from types import SimpleNamespace

# What Snakemake can have found out about a job: nothing of it.
NO_REASON = {
    "forced": False, "missing_output": set(), "incomplete_output": set(), "updated_input": set(),
    "updated_input_run": set(), "params_changed": False, "code_changed": False,
    "input_changed": False, "software_stack_changed": False,
}  # fmt: skip


class Job:
    """A job of a rule; one that is done has no reason to run.

    Args:
        rule: Name of the rule.
        message: What it says; none if it is a target.
        reason: What Snakemake found out beyond `NO_REASON`.
    """

    def __init__(self, rule: str, message: str | None, reason: dict | None) -> None:
        self.rule = SimpleNamespace(name=rule, message=message)
        self.message, self.reason, self.params = message, reason, {}


class Graph:
    """The graph of some jobs."""

    def __init__(self, *jobs: Job) -> None:
        self.jobs = jobs

    def needrun(self, job: Job) -> bool:
        return job.reason is not None

    def needrun_jobs(self) -> list[Job]:
        return [job for job in self.jobs if self.needrun(job)]

    def reason(self, job: Job) -> SimpleNamespace:
        return SimpleNamespace(**NO_REASON | job.reason)


def workflow_of(rules: str, *jobs: Job) -> SimpleNamespace:
    """A workflow whose rules stand in this order, and which remembers nothing."""
    return SimpleNamespace(
        rules=[SimpleNamespace(name=name) for name in rules.split()],
        dag=Graph(*jobs),
        persistence=SimpleNamespace(metadata=lambda path: None),
        dag_settings=SimpleNamespace(forceall=False, forcerun=(), forcetargets=False),
    )
