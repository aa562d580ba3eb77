"""The progress of stages."""

import io
import logging

import pytest
from log_records import job_info, record

from plumbing.progress import StageProgress, duration


def run(*records: logging.LogRecord) -> str:
    stream = io.StringIO()
    progress = StageProgress(stream)
    for each in records:
        progress.emit(each)
    return stream.getvalue()


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
