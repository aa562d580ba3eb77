"""Marks of runs and jobs: what is gone is cleared, and what is at work is respected."""

import json
import os
import platform
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from plumbing import at_work

SCRIPTS = Path(__file__).resolve().parents[1] / "workflow_scripts"
AS_RUN = "at_work.begin_run(folder)"
AS_JOB = "block = at_work.job_at_work(folder, 'train_network (seed 0)'); block.__enter__()"


@pytest.fixture(autouse=True)
def _own_run(monkeypatch):
    """No test is of the run of another, and none gives signs for ever."""
    monkeypatch.setenv(at_work.RUN_OF_JOB, "")
    monkeypatch.setattr(at_work, "SIGN_EVERY_S", 0.05)


@contextmanager
def process(folder: Path, does: str, of_run: str = "") -> Iterator[subprocess.Popen]:
    """A process that does something and stays at it."""
    code = f"""
import sys, time
from pathlib import Path
sys.path.insert(0, {str(SCRIPTS)!r})
from plumbing import at_work
folder = Path({str(folder)!r})
{does}
print("ready", flush=True)
time.sleep(600)
"""
    started = subprocess.Popen(
        [sys.executable, "-c", code],
        stdout=subprocess.PIPE,
        env={**os.environ, at_work.RUN_OF_JOB: of_run},
    )
    try:
        assert started.stdout.readline() == b"ready\n"
        yield started
    finally:
        started.kill()
        started.wait()
        started.stdout.close()


def lock(folder: Path, name: str = "0.input.lock") -> Path:
    path = folder / at_work.LOCKS / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("results/x.csv\n", encoding="utf-8")
    return path


def marks(folder: Path, kind: str = "run") -> list[Path]:
    return sorted((folder / at_work.MARKS).glob(f"{kind}-*"))


def test_the_lock_of_a_run_that_was_killed_is_cleared_and_said_in_a_sentence(tmp_path):
    with process(tmp_path, AS_RUN) as run:
        left = lock(tmp_path)
        os.kill(run.pid, signal.SIGKILL)
        run.wait()
        assert "the next run clears it" in at_work.why_locked(tmp_path)
        (said,) = at_work.begin_run(tmp_path)
    assert f"process {run.pid} " in said
    assert said.endswith("the lock that it left is cleared.")
    assert not left.exists()
    assert len(marks(tmp_path)) == 1, "its own"


def test_the_lock_of_a_run_that_lives_is_respected_and_said_who_it_is(tmp_path):
    with process(tmp_path, AS_RUN) as run:
        held = lock(tmp_path)
        assert at_work.begin_run(tmp_path) == []
        assert held.exists()
        said = at_work.why_locked(tmp_path)
        assert f"process {run.pid} " in said
        assert f"kill {run.pid}" in said
        assert "nothing has to be unlocked" in said


def test_a_lock_left_beside_a_run_that_lives_is_cleared_when_that_has_ended(tmp_path):
    with process(tmp_path, AS_RUN) as lives:
        with process(tmp_path, AS_RUN):
            left = lock(tmp_path)
        with process(tmp_path, AS_RUN):
            assert left.exists()
        lives.kill()
        lives.wait()
    assert len(at_work.begin_run(tmp_path)) == 1
    assert not left.exists()


def test_a_lock_of_a_run_without_a_mark_is_left_and_said_how_to_clear(tmp_path):
    foreign = lock(tmp_path)
    assert at_work.begin_run(tmp_path) == []
    assert foreign.exists()
    assert "snakemake --unlock" in at_work.why_locked(tmp_path)


@pytest.mark.parametrize("hours", [-5, 5])
def test_a_lock_of_another_time_is_not_of_the_run_that_was_killed(tmp_path, hours):
    with process(tmp_path, AS_RUN):
        foreign, own = lock(tmp_path, "0.output.lock"), lock(tmp_path, "1.output.lock")
    then_s = time.time() + 3600 * hours
    os.utime(foreign, (then_s, then_s))
    at_work.begin_run(tmp_path)
    assert foreign.exists()
    assert not own.exists()


def test_a_run_without_a_lock_is_forgotten_without_a_word(tmp_path):
    with process(tmp_path, AS_RUN):
        pass
    assert at_work.begin_run(tmp_path) == []
    assert len(marks(tmp_path)) == 1


@pytest.mark.parametrize("text", ["", "{", '{"kind": 3, "other": 1}', "\xff"])
def test_a_mark_that_a_full_disk_cut_short_still_says_whether_someone_is_at_work(tmp_path, text):
    with process(tmp_path, AS_RUN) as run:
        (mark,) = marks(tmp_path)
        mark.write_bytes(text.encode("latin-1"))
        held = lock(tmp_path)
        assert at_work.begin_run(tmp_path) == []
        assert held.exists()
        assert "Another run is at work" in at_work.why_locked(tmp_path)
        run.kill()
        run.wait()
        own = [path for path in marks(tmp_path) if path != mark]
        for path in own:
            path.unlink()
        assert len(at_work.begin_run(tmp_path)) == 1
    assert not held.exists()


def elsewhere(folder: Path) -> Path:
    """A mark of a run on another machine, whose lock is not seen here."""
    path = folder / at_work.MARKS / "run-elsewhere"
    path.parent.mkdir(parents=True)
    now_ns = time.time_ns()
    known = {"kind": "run", "host": f"not-{platform.node()}", "pid": 7, "began_ns": now_ns}
    path.write_text(json.dumps(known), encoding="utf-8")
    return path


def test_a_run_of_another_machine_lives_as_long_as_it_gives_signs(tmp_path, monkeypatch):
    mark, held = elsewhere(tmp_path), lock(tmp_path)
    with monkeypatch.context() as meanwhile:
        meanwhile.setattr(at_work.time, "sleep", lambda _: os.utime(mark))
        assert at_work.begin_run(tmp_path) == []
        assert held.exists()
    monkeypatch.setattr(at_work, "NO_SIGN_FOR_S", 0.1)
    for path in marks(tmp_path):
        if path != mark:
            path.unlink()
    assert len(at_work.begin_run(tmp_path)) == 1
    assert not held.exists()


def test_where_nothing_can_be_locked_it_is_said_and_nothing_is_cleared(tmp_path, monkeypatch):
    def refuse(*_):
        raise OSError(37, "No locks available")

    held = lock(tmp_path)
    monkeypatch.setattr(at_work.fcntl, "flock", refuse)
    (said,) = at_work.begin_run(tmp_path)
    assert "No locks available" in said
    assert "--unlock" in said
    assert held.exists()
    assert not [*(tmp_path / at_work.MARKS).iterdir()]
    with at_work.job_at_work(tmp_path, "a job"):
        pass


def test_a_new_run_waits_for_the_jobs_of_one_that_was_killed_and_says_which(tmp_path):
    said = []
    with process(tmp_path, AS_RUN):
        (run,) = marks(tmp_path)
        job = process(tmp_path, AS_JOB, run.name)
        left = job.__enter__()
        assert len(marks(tmp_path, "job")) == 1
    at_work.begin_run(tmp_path)
    naps = iter([lambda: None, left.kill, left.wait])
    at_work.wait_for_left_jobs(tmp_path, said.append, lambda _: next(naps)())
    job.__exit__(None, None, None)
    (sentence,) = said
    assert "train_network (seed 0)" in sentence
    assert f"kill {left.pid}" in sentence
    assert not marks(tmp_path, "job")


def test_jobs_of_a_run_that_lives_are_not_waited_for(tmp_path):
    with process(tmp_path, AS_RUN):
        (run,) = marks(tmp_path)
        with process(tmp_path, AS_JOB, run.name):
            at_work.begin_run(tmp_path)
            at_work.wait_for_left_jobs(tmp_path, pytest.fail)
            assert len(marks(tmp_path, "job")) == 1


def test_a_job_does_not_begin_once_its_run_was_killed(tmp_path, monkeypatch):
    """It was started, and the next run may have looked for jobs before this one was seen."""
    monkeypatch.setattr(at_work, "LATE_S", 1)
    monkeypatch.setattr(at_work.time, "sleep", lambda _: None)
    with process(tmp_path, AS_RUN):
        (run,) = marks(tmp_path)
        monkeypatch.setenv(at_work.RUN_OF_JOB, run.name)
        with at_work.job_at_work(tmp_path, "a job"):
            assert len(marks(tmp_path, "job")) == 1
        assert not marks(tmp_path, "job")
    for what_is_left in (run.exists, lambda: not run.unlink()):
        assert what_is_left()
        with pytest.raises(at_work.RunIsGoneError), at_work.job_at_work(tmp_path, "a job"):
            pytest.fail("it began")
        assert not marks(tmp_path, "job")
