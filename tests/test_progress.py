"""The progress of stages."""

import io
import logging

import pytest
from log_records import job_info, record
from planned_jobs import Job, workflow_of

from plumbing.terminal import progress
from plumbing.terminal.progress import StageProgress, duration


def run(*records: logging.LogRecord) -> str:
    stream = io.StringIO()
    listening = StageProgress(stream)
    for each in records:
        listening.emit(each)
    return stream.getvalue()


@pytest.fixture
def run_at(monkeypatch):
    """Run through records that come at given times, in seconds."""

    def timed(*events: tuple[float, logging.LogRecord]) -> list[str]:
        stream = io.StringIO()
        listening = StageProgress(stream)
        for now_s, each in events:
            monkeypatch.setattr(progress.time, "monotonic", lambda now_s=now_s: now_s)
            listening.emit(each)
        return stream.getvalue().splitlines()

    return timed


def trained(start_s: float, end_s: float, number: int) -> list[tuple[float, logging.LogRecord]]:
    return [
        (start_s, job_info(number, "train", "Train")),
        (end_s, record("job_finished", job_id=number)),
    ]


def test_a_stage_is_reported_when_it_is_done():
    text = run(
        record("run_info", stats={"train": 1, "all": 1, "total": 2}),
        job_info(1, "train", "Train"),
        record("job_finished", job_id=1),
    )
    assert "2 jobs to run: 1 train, 1 all" in text
    assert "1 of 1" in text
    assert "[1 of 2 jobs]" in text


def test_lines_are_sparse_while_a_stage_runs():
    records = [record("run_info", stats={"train": 50, "total": 50})]
    for number in range(50):
        records += [job_info(number, "train", "Train"), record("job_finished", job_id=number)]
    lines = run(*records).splitlines()
    assert len(lines) == 3  # the plan, the first job, the last
    assert "left" in lines[1]
    assert "50 of 50" in lines[2]


def test_targets_are_counted_and_get_no_line():
    text = run(
        record("run_info", stats={"all": 1, "total": 1}),
        job_info(1, "all", None),
        record("job_finished", job_id=1),
    )
    assert text == "1 job to run: 1 all\n"


@pytest.mark.parametrize(("seconds", "words"), [(3, "3 s"), (240, "4 min"), (9000, "2.5 h")])
def test_durations_are_said_as_people_do(seconds, words):
    assert duration(seconds) == words


TEN_TO_TRAIN = (0.0, record("run_info", stats={"train": 10, "total": 10}))


def test_an_hour_in_which_none_of_a_stages_jobs_ran_does_not_count(run_at):
    lines = run_at(TEN_TO_TRAIN, *trained(10, 70, 1), *trained(3670, 3730, 2))
    assert "about 9 min left" in lines[1]
    assert "about 8 min left" in lines[2]


def test_jobs_side_by_side_count_once(run_at):
    both = sorted([*trained(100, 160, 1), *trained(100, 220, 2)], key=lambda event: event[0])
    lines = run_at(TEN_TO_TRAIN, *both, *trained(5000, 5060, 3))
    assert "about 6 min left" in lines[1]  # 60 s for one job and a half
    assert "about 8 min left" in lines[2]  # 120 s for two
    assert "about 7 min left" in lines[3]  # 180 s for three


def test_a_job_that_failed_runs_no_longer(run_at):
    failed = [(0, job_info(1, "train", "Train")), (60, record("job_error", jobid=1))]
    lines = run_at(TEN_TO_TRAIN, *failed, *trained(7200, 7260, 1))
    assert "about 18 min left" in lines[1]  # the minute that was lost is one of two


def test_a_stage_that_is_done_says_how_long_its_jobs_ran(run_at):
    start = (0.0, record("run_info", stats={"train": 2, "total": 2}))
    lines = run_at(start, *trained(0, 30, 1), *trained(9000, 9030, 2))
    assert "done in 60 s" in lines[-1]


def test_a_resumed_run_counts_what_it_does_itself_and_names_what_is_done():
    workflow = workflow_of(
        "fetch train all",
        Job("train", "Train", {}),
        Job("fetch", "Fetch", {}),
        *(Job("fetch", "Fetch", None) for _ in range(4)),
    )
    listening = StageProgress(stream := io.StringIO(), workflow)
    for each in (
        record("run_info", stats={"train": 1, "fetch": 1, "total": 2}),
        job_info(7, "fetch", "Fetch"),
        record("job_finished", job_id=7),
    ):
        listening.emit(each)
    first, second = stream.getvalue().splitlines()
    assert first == "2 jobs to run (4 more are done already): 1 fetch, 1 train"
    assert second.split()[:4] == ["fetch", "1", "of", "1"]
    assert second.endswith("[1 of 2 jobs]")


def test_an_attempt_that_failed_is_no_job_that_is_done(run_at):
    start = (0.0, record("run_info", stats={"train": 2, "total": 2}))
    attempts = [
        (0, job_info(1, "train", "Train")), (60, record("job_error", jobid=1)),
        (60, job_info(1, "train", "Train")), (120, record("job_finished", job_id=1)),
    ]  # fmt: skip
    lines = run_at(start, *attempts, *trained(120, 180, 2))
    assert "1 of 2" in lines[1]
    assert "[1 of 2 jobs]" in lines[1]
    assert "[2 of 2 jobs]" in lines[2]
