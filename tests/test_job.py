"""What surrounds a rule's script: its log, its errors, the paths of its files."""

import gc
import logging
import socket
import sys
import warnings
from types import SimpleNamespace

import pytest

from plumbing.job import MOST_WARNINGS_SHOWN, logged, paths, warn


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


def test_warnings_go_to_the_log_and_a_few_of_them_to_the_terminal(job, capfd):
    said = [f"line {number} is odd" for number in range(10)]
    with logged(job):
        warn(said)
        warn([])
    assert read(job).splitlines() == said
    terminal = capfd.readouterr().err.splitlines()
    assert terminal[:-1] == said[:MOST_WARNINGS_SHOWN]
    assert f"{10 - MOST_WARNINGS_SHOWN} more" in terminal[-1]


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


def test_what_is_found_after_a_job_is_not_told_to_its_closed_log(job, capsys):
    with logged(job):
        left_open = socket.socket()
    del left_open
    gc.collect()
    logging.warning("a thread that comes too late")
    assert capsys.readouterr() == ("", "")


def test_names_that_are_no_text_in_this_locale_do_not_hide_the_reason(job):
    with pytest.raises(SystemExit), logged(job):
        raise ValueError("no file K\udcf6ln.wav; correct the path")
    assert "no file K\\udcf6ln.wav; correct the path" in read(job)


def test_paths_of_one_file_and_of_several():
    assert [str(path) for path in paths("a/b")] == ["a/b"]
    assert [str(path) for path in paths(["a", "b"])] == ["a", "b"]
