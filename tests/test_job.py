"""What surrounds a rule's script: its log, its errors, the paths of its files."""

import errno
import gc
import logging
import socket
import sys
import warnings
from pathlib import Path
from types import SimpleNamespace

import pytest

from plumbing.job import MOST_WARNINGS_SHOWN, logged, paths, warn


@pytest.fixture
def job(tmp_path):
    wildcards = SimpleNamespace(items=lambda: [("condition", "no_music"), ("seed", "3")])
    return SimpleNamespace(
        log=[str(tmp_path / "x.log")],
        rule="train_network",
        wildcards=wildcards,
        input=[str(tmp_path / "labels.csv")],
        output=[str(tmp_path / "weights.pt")],
    )


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


@pytest.mark.parametrize("garbled", [b"clip_id,x\na,2\n", b"clip_id", b""])
def test_an_input_that_is_not_as_a_job_wrote_it_is_refused_by_name(job, capsys, garbled):
    made = Path(job.input[0])
    before = SimpleNamespace(**{**vars(job), "input": [], "output": job.input})
    with logged(before):
        made.write_bytes(b"clip_id,x\na,1\n")
    with logged(job):
        pass
    made.write_bytes(garbled)
    with pytest.raises(SystemExit), logged(job):
        pytest.fail("it was read")
    assert f"{made} is not as it was written" in (said := capsys.readouterr().err)
    assert "delete it and run again" in said
    assert "Traceback" not in said


def test_what_a_killed_job_left_unfinished_goes_and_other_files_stay(job, tmp_path):
    left = tmp_path / ".partial-0123456789ab-weights.pt"
    other = tmp_path / ".partial-0123456789ab-history.csv"
    for path in (left, other):
        path.write_bytes(b"half")
    with logged(job):
        pass
    assert not left.exists()
    assert other.exists()


@pytest.mark.parametrize(
    ("number", "words"),
    [(errno.ENOSPC, "make room"), (errno.EROFS, "make it writable"), (errno.EACCES, "the right")],
)
def test_a_disk_that_takes_nothing_is_told_with_what_to_do(job, capsys, number, words):
    with pytest.raises(SystemExit), logged(job):
        raise OSError(number, "no", "results/x.csv")
    said = capsys.readouterr().err
    assert "results/x.csv" in said
    assert words in said


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here")
def test_a_log_that_finds_no_room_hides_neither_the_reason_nor_a_success(job, capsys):
    job.log = ["/dev/full"]
    with pytest.raises(SystemExit), logged(job):
        raise ValueError("the reason")
    said = capsys.readouterr().err
    assert "the reason" in said
    assert "Traceback" not in said
    with logged(job):
        logging.info("a line")
    assert "stopped" not in capsys.readouterr().err


def test_a_log_that_cannot_be_opened_is_told_in_a_sentence(job, tmp_path, capsys):
    job.log = [str(tmp_path / "absent" / "x.log")]
    with pytest.raises(SystemExit), logged(job):
        pytest.fail("nobody would see what it says")
    assert "train_network stopped" in (said := capsys.readouterr().err)
    assert job.log[0] in said
