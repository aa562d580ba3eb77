"""What Snakemake's log records are about, and which of them stay off the terminal."""

import logging

import pytest
from log_records import record
from snakemake_interface_logger_plugins.common import LogEvent

from plumbing.terminal.log_events import (
    STOPPED,
    InWords,
    WithoutSingleJobs,
    event_of,
    jobs_of_stages,
)


def test_events_are_told_by_their_names():
    assert event_of(record(LogEvent.JOB_INFO)) == "job_info"
    assert event_of(record("run_info")) == "run_info"
    assert event_of(logging.LogRecord("x", logging.INFO, "", 0, "text", None, None)) == ""


def test_the_sum_of_jobs_is_no_stage():
    counted = record("run_info", stats={"train": 2, "all": 1, "total": 3})
    assert jobs_of_stages(counted) == {"train": 2, "all": 1}


@pytest.mark.parametrize("event", ["job_info", "job_finished", "job_started", "progress"])
def test_single_jobs_are_kept_off_the_terminal(event):
    assert not WithoutSingleJobs().filter(record(event))


@pytest.mark.parametrize("event", ["job_error", "error"])
def test_errors_are_not(event):
    assert WithoutSingleJobs().filter(record(event))


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("Execute 2 jobs...", False),
        ("Reasons:", False),
        ("Some jobs were triggered by provenance information, see", False),
        ("Nothing to do", True),
    ],
)
def test_words_without_an_event_are_told_by_how_they_begin(text, kept):
    said = logging.LogRecord("snakemake", logging.INFO, "", 0, text, None, None)
    assert WithoutSingleJobs().filter(said) == kept


def in_words(text: str) -> str:
    said = logging.LogRecord("snakemake", logging.ERROR, "", 0, text, None, None)
    assert InWords(lambda: "Another run is at work.").filter(said)
    return said.getMessage()


def test_words_about_a_lock_give_way_to_what_a_person_can_do():
    advice = "LockException:\nError: Directory cannot be locked. [...] the --unlock argument."
    assert in_words(advice) == "Another run is at work."


TRACEBACK = """Traceback (most recent call last):
  File "x.py", line 1342, in execute
    with self.persistence.lock():
"""


@pytest.mark.parametrize(
    ("last", "words"),
    [
        ("OSError: [Errno 28] No space left on device", "the disk is full: make room"),
        ("OSError: [Errno 30] Read-only file system: 'results/x'", "'results/x'; the disk may"),
        ("PermissionError: [Errno 13] Permission denied: 'a'", "give yourself the right"),
    ],
)
def test_a_traceback_of_a_disk_becomes_a_sentence(last, words):
    said = in_words(f"{TRACEBACK}{last}\n")
    assert words in said
    assert "Traceback" not in said
    assert len(said.splitlines()) == 1


@pytest.mark.parametrize(
    "text",
    [
        f"{TRACEBACK}OSError: [Errno 98] Address already in use\n",
        f"{TRACEBACK}KeyError: 'a'\n",
        "OSError: [Errno 28] No space left on device",
        "",
    ],
)
def test_other_words_stay(text):
    assert in_words(text) == text


@pytest.mark.parametrize(
    "stop",
    [
        "Terminating processes on user request, this might take some time.",
        "Will exit after finishing currently running jobs (scheduler).",
    ],
)
def test_a_run_that_was_stopped_is_no_failure(stop):
    words = InWords(str)
    failed = "WorkflowError:\nAt least one job did not complete successfully."
    for text, said in ((failed, failed), (stop, stop), (failed, STOPPED)):
        told = logging.LogRecord("snakemake", logging.ERROR, "", 0, text, None, None)
        assert words.filter(told)
        assert told.getMessage() == said
