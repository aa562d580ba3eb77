"""What surrounds a rule's script: its log, its errors; and the progress of stages."""

import io
import logging
import sys
import warnings
from types import SimpleNamespace

import pytest

from plumbing.job import logged, paths
from plumbing.progress import StageProgress, WithoutSingleJobs, duration, short_reasons


@pytest.fixture
def job(tmp_path):
    wildcards = SimpleNamespace(items=lambda: [("condition", "no_music"), ("seed", "3")])
    return SimpleNamespace(log=[str(tmp_path / "x.log")], rule="train_network", wildcards=wildcards)


@pytest.fixture(autouse=True)
def _logging_as_before():
    root = logging.getLogger()
    handlers, path = list(root.handlers), list(sys.path)
    yield
    root.handlers[:], sys.path[:] = handlers, path
    logging.captureWarnings(False)


def read(job) -> str:
    with open(job.log[0], encoding="utf-8") as log:
        return log.read()


def test_everything_a_job_says_goes_to_its_log(job, capsys):
    with logged(job):
        print("printed")
        print("to stderr", file=sys.stderr)
        logging.info("logged")
        with warnings.catch_warnings():
            warnings.simplefilter("always")
            warnings.warn("careful", stacklevel=1)
    for word in ("printed", "to stderr", "logged", "careful"):
        assert word in read(job)
    assert capsys.readouterr() == ("", "")


def test_a_failure_ends_in_a_sentence_on_the_terminal_and_in_the_log(job, capsys):
    with pytest.raises(SystemExit) as stopped, logged(job):
        raise ValueError("the moon is full; wait")
    assert stopped.value.code == 1
    sentence = "train_network stopped (condition no_music, seed 3): the moon is full; wait"
    terminal = capsys.readouterr().err
    assert sentence in terminal
    assert job.log[0] in terminal
    assert "Traceback" not in terminal
    assert read(job).rstrip().endswith(sentence)
    assert "Traceback" in read(job)


def test_an_error_that_is_no_sentence_says_its_kind(job, capsys):
    with pytest.raises(SystemExit), logged(job):
        {}["gone"]
    assert "KeyError: 'gone'" in capsys.readouterr().err


def test_paths_of_one_file_and_of_several():
    assert [str(path) for path in paths("a/b")] == ["a/b"]
    assert [str(path) for path in paths(["a", "b"])] == ["a", "b"]


def record(event: str, **fields) -> logging.LogRecord:
    made = logging.LogRecord("snakemake", logging.INFO, "", 0, None, None, None)
    made.event = event
    made.__dict__.update(fields)
    return made


def run(*records: logging.LogRecord, dry_run: bool = False) -> str:
    stream = io.StringIO()
    progress = StageProgress(dry_run, stream)
    for each in records:
        progress.emit(each)
    return stream.getvalue()


def job_info(number: int, rule: str, message: str | None, reason: str = "") -> logging.LogRecord:
    return record("job_info", jobid=number, rule_name=rule, rule_msg=message, reason=reason)


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


def test_a_dry_run_lists_stages_with_reasons():
    stats = record("run_info", stats={"train": 2, "total": 2})
    missing = "Missing output files: x, y; Input files updated by another job: z"
    changed = "Params have changed since last execution: before: 1"
    jobs = job_info(1, "train", "Train a", missing), job_info(2, "train", "Train b", changed)
    text = run(stats, *jobs, stats, dry_run=True)
    reasons = "missing output files, params have changed since last execution"
    assert f"2 ×  Train a …  [{reasons}]" in text


def test_reasons_are_short():
    assert short_reasons("Missing output files: a; Updated input files: b") == [
        "missing output files",
        "updated input files",
    ]
    assert short_reasons("Input files updated by another job: a") == []


def test_single_jobs_are_kept_off_the_terminal_but_errors_are_not():
    keep = WithoutSingleJobs().filter
    assert not keep(record("job_info"))
    assert not keep(record("progress"))
    assert keep(record("job_error"))
    assert keep(record("error"))


@pytest.mark.parametrize(("seconds", "words"), [(3, "3 s"), (240, "4 min"), (9000, "2.5 h")])
def test_durations_are_said_as_people_do(seconds, words):
    assert duration(seconds) == words
