"""What a dry-run says of the stages."""

import io

from log_records import record
from planned_jobs import Job, workflow_of

from plumbing.terminal.dry_run_plan import DryRunPlan

NEVER, FOLLOWING = {"missing_output": {"x"}}, {}


def plan_of(rules: str, *jobs: Job) -> list[str]:
    """The lines of the plan, which is told once."""
    plan = DryRunPlan(workflow_of(rules, *jobs), stream := io.StringIO())
    for event in ("job_info", "run_info", "job_info", "run_info"):
        plan.emit(record(event))
    return [" ".join(line.split()) for line in stream.getvalue().splitlines()]


def test_stages_stand_in_the_order_of_the_workflow_with_reasons():
    lines = plan_of(
        "train plot all",
        Job("plot", "Plot", FOLLOWING),
        Job("train", "Train b", {"updated_input": {"a.csv"}}),
        Job("train", "Train a", NEVER),
        Job("all", None, FOLLOWING),
    )
    assert lines == [
        "4 jobs would run, in this order of stages:",
        "train 2 × Train a … [1 newer input: a.csv; 1 never run]",
        "plot 1 × Plot [what it depends on is made again]",
    ]


def test_what_is_done_is_told_beside_its_stage_or_below_all():
    lines = plan_of(
        "clips train plot",
        Job("clips", "Fetch", None),
        Job("clips", "Fetch", None),
        Job("train", "Train", None),
        Job("train", "Train", NEVER),
    )
    assert lines == [
        "1 job would run, in this order of stages:",
        "train 1 × Train [never run, 1 done]",
        "Done, with nothing to do again: 2 clips",
    ]
