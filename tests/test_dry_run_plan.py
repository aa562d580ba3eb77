"""What a dry-run says of the stages."""

import io

from log_records import job_info, record

from plumbing.terminal.dry_run_plan import DryRunPlan, short_reasons


def test_a_dry_run_lists_stages_with_reasons():
    stats = record("run_info", stats={"train": 2, "all": 1, "total": 3})
    missing = "Missing output files: x, y; Input files updated by another job: z"
    changed = "Params have changed since last execution: before: 1"
    jobs = job_info(1, "train", "Train a", missing), job_info(2, "train", "Train b", changed)
    plan = DryRunPlan(stream := io.StringIO())
    for each in (stats, *jobs, job_info(3, "all", None)):
        plan.emit(each)
    assert stream.getvalue() == ""
    plan.emit(stats)
    first, *lines = stream.getvalue().splitlines()
    assert first.startswith("3 jobs would run")
    reasons = "missing output files, params have changed since last execution"
    assert [" ".join(line.split()) for line in lines] == [f"train 2 × Train a … [{reasons}]"]


def test_a_job_that_only_follows_others_says_so():
    plan = DryRunPlan(stream := io.StringIO())
    stats = record("run_info", stats={"plot": 1, "total": 1})
    follows = "Input files updated by another job: a"
    for each in (stats, job_info(1, "plot", "Plot", follows), stats):
        plan.emit(each)
    assert "1 ×  Plot  [what it depends on is made again]" in stream.getvalue()


def test_reasons_are_short():
    assert short_reasons("Missing output files: a; Updated input files: b") == [
        "missing output files",
        "updated input files",
    ]
    assert short_reasons("Input files updated by another job: a") == []
