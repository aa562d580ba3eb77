"""Runs that are killed, or find another at work: few of what `make test-faults` does at length."""

import os
import re
import signal
import sys
import time
from pathlib import Path

import pytest
from workflow_copy import WorkflowCopy

from plumbing.terminal.log_events import STOPPED

sys.path.append(str(Path(__file__).resolve().parent / "faults"))
import kills  # noqa: E402
from faulty_runs import CLEARED, WAITED, FaultyRun, go_on, outputs  # noqa: E402

TRAINED = "results/tiny/networks/no_music/seed0"
WEIGHTS = f"{TRAINED}/weights.pt"


@pytest.fixture
def untrained(finished, tmp_path) -> WorkflowCopy:
    """A finished run whose network has to be trained again, from the beginning."""
    copy = finished.clone(tmp_path / "untrained")
    for path in copy.folder.joinpath(TRAINED).iterdir():
        if path.is_file():
            path.unlink()
    return copy


def at_a_job(folder: Path, *arguments: str) -> FaultyRun:
    """A run whose job is under way."""
    started = FaultyRun(folder, *arguments)
    until_s = time.monotonic() + 120
    while not [*folder.glob(".snakemake/at_work/job-*")]:
        assert started.process.poll() is None, started.said.read_text(encoding="utf-8")
        assert time.monotonic() < until_s
        time.sleep(0.02)
    return started


def test_whatever_is_killed_a_plain_run_after_it_makes_the_same_files(finished, untrained):
    told = kills.main(
        untrained.folder.parent, outputs(finished.folder), 18, 2, WEIGHTS,
        source=untrained.folder, wait_s=(2.0, 7.0),
    )  # fmt: skip
    assert told["kills"] == 2
    assert told["wrong"] == []
    assert "unfinished files left" not in {name for name, count in told["said"].items() if count}


def test_a_run_waits_for_the_job_of_one_that_was_killed_and_a_dry_run_takes_no_lock(untrained):
    killed = at_a_job(untrained.folder, WEIGHTS)
    stopped = killed.stop_jobs()
    killed.process.kill()
    killed.process.wait()
    assert "the next run clears it" in untrained.snakemake("--dry-run", WEIGHTS)
    after = FaultyRun(untrained.folder, WEIGHTS)
    after.wait_for(WAITED)
    go_on(stopped)
    ended = after.wait()
    assert ended.status == 0, ended.said
    assert ended.said.count(CLEARED) == 1
    assert ended.said.count(WAITED) == 1
    assert not ended.wrong_words


def test_a_run_is_refused_while_another_makes_its_files_and_is_told_which(untrained):
    first = at_a_job(untrained.folder, WEIGHTS)
    stopped = first.stop_jobs()
    said = untrained.snakemake(WEIGHTS, fails=True)
    assert re.search(rf"Another run is at work .* process {first.process.pid} \(snakemake", said)
    assert "nothing has to be unlocked" in said
    assert "--unlock" not in said
    assert "Another run is at work" in untrained.snakemake("--dry-run", WEIGHTS)
    go_on(stopped)
    ended = first.wait()
    assert ended.status == 0, ended.said


def test_unlock_still_unlocks(untrained):
    killed = at_a_job(untrained.folder, WEIGHTS)
    killed.kill_all()
    assert [*untrained.folder.glob(".snakemake/locks/*.lock")]
    untrained.snakemake("--unlock")
    assert not [*untrained.folder.glob(".snakemake/locks/*.lock")]


def test_a_run_that_was_interrupted_is_resumed_and_each_counts_its_own_jobs(tmp_path):
    copy = WorkflowCopy.make(tmp_path / "workflow")
    target = "results/tiny/logmel/natural/train/0.arrow"
    stopped = FaultyRun(copy.folder, target)
    stopped.wait_for(" [1 of ")
    # As Ctrl-C does, to the jobs as well.
    os.killpg(stopped.process.pid, signal.SIGINT)
    ended = stopped.wait()
    assert ended.status == 1
    assert STOPPED in ended.said
    assert "did not complete successfully" not in ended.said
    jobs = int(re.search(r"^(\d+) jobs to run: ", ended.said, re.M)[1])
    done = len(re.findall(r"\[\d+ of \d+ jobs\]", ended.said))
    assert f"[{done} of {jobs} jobs]" in ended.said
    resumed = copy.snakemake(target)
    begins = r"^(\d+) jobs? to run \((\d+) more (?:is|are) done already\): "
    left, already = map(int, re.search(begins, resumed, re.M).groups())
    assert left + already == jobs
    # A job may have ended while the run was being interrupted.
    assert done <= already <= done + 1
    counts = re.findall(r"\[(\d+) of (\d+) jobs\]", resumed)
    assert [int(count) for count, _ in counts] == list(range(1, left + 1))
    assert {total for _, total in counts} == {str(left)}
