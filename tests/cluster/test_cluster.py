"""The workflow by sbatch: to its end, and through what happens to jobs, nodes and controllers.

Each case ends with the bytes of a run without a cluster.
"""

from __future__ import annotations

import contextlib
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from clustered import RECORDED, TRAINING, WEIGHTS, Clustered, differences
from one_node_slurm import wait_for

# A quarter of a minute of training. SLURM counts limits in minutes: to exceed one takes more.
SHORT, LONG = 150, 1500
NETWORK = "tiny/networks/no_music"
RESPONSES = "tiny/activations/no_music"
LATE_S = 12

short = pytest.mark.parametrize("trained", [SHORT], indirect=True, scope="module")
long = pytest.mark.parametrize("trained", [LONG], indirect=True, scope="module")


def of_first_try_and_second(case: Clustered, field: str) -> tuple[str, str]:
    first, second, *_ = [case.jobs(TRAINING)[number] for number in sorted(case.jobs(TRAINING))]
    return first[field], second[field]


def ends_as_without(case: Clustered, trained, parts=(NETWORK,)) -> str:
    printed = case.ends()
    assert not differences(case.copy.folder / "results", trained.folder / "results", parts)
    return printed


def test_whole_workflow(whole: Clustered, finished) -> None:
    whole.start()
    whole.ends()
    jobs = whole.jobs()
    assert {job["JobState"] for job in jobs.values()} == {"COMPLETED"}
    assert not differences(whole.copy.folder / "results", finished.folder / "results")


@short
def test_cancelled_training(clustered: Clustered, trained) -> None:
    clustered.start(WEIGHTS)
    clustered.slurm.cancel(clustered.wait_until_trained())
    ends_as_without(clustered, trained)
    assert "going on after epoch" in clustered.log_of_training()
    assert len(clustered.jobs(TRAINING)) == 2


@short
def test_out_of_memory(clustered: Clustered, trained) -> None:
    """Given less than it asks for while it waits, it is killed, and asks for twice as much."""
    slurm = clustered.slurm
    slurm.drain()
    clustered.start(WEIGHTS)
    number = slurm.wait_for_job("PENDING", of=TRAINING)
    asked_mb = int(slurm.jobs()[number]["MinMemoryNode"].removesuffix("M"))
    slurm.limit(number, MinMemoryNode="350")
    slurm.resume()
    ends_as_without(clustered, trained)
    first, second = of_first_try_and_second(clustered, "JobState")
    assert (first != "COMPLETED", second) == (True, "COMPLETED")
    _, memory = of_first_try_and_second(clustered, "MinMemoryNode")
    assert memory == f"{2 * asked_mb}M"


@short
def test_drained_node(clustered: Clustered, trained) -> None:
    """What runs goes on, and what follows waits for the node."""
    slurm = clustered.slurm
    clustered.start(RECORDED)
    clustered.wait_until_trained()
    slurm.drain()
    following = slurm.wait_for_job("PENDING", within_s=300, of="rule_record_natural")
    time.sleep(10)
    assert slurm.jobs()[following]["JobState"] == "PENDING"
    assert clustered.process.poll() is None
    slurm.resume()
    ends_as_without(clustered, trained, (NETWORK, f"{RESPONSES}/seed0/natural"))
    assert {job["JobState"] for job in clustered.jobs().values()} == {"COMPLETED"}


@short
def test_restarted_controller(clustered: Clustered, trained) -> None:
    """Away for long enough that a whole round of questions about the job has no answer."""
    clustered.start(RECORDED)
    clustered.wait_until_trained()
    clustered.slurm.restart_controller(pause_s=60)
    ends_as_without(clustered, trained, (NETWORK, f"{RESPONSES}/seed0/natural"))
    assert {job["JobState"] for job in clustered.jobs().values()} == {"COMPLETED"}


@short
def test_killed_snakemake(clustered: Clustered, trained) -> None:
    """Started again while its job still runs: both write whole files of the same bytes."""
    clustered.start(RECORDED)
    orphan = clustered.wait_until_trained()
    clustered.kill()
    assert clustered.slurm.jobs()[orphan]["JobState"] == "RUNNING"
    clustered.start(RECORDED)
    ends_as_without(clustered, trained, (NETWORK, f"{RESPONSES}/seed0/natural"))
    wait_for(lambda: not clustered.slurm.jobs("RUNNING"), "no job is left", 300)
    results = clustered.copy.folder / "results"
    assert not differences(results, trained.folder / "results", (NETWORK,))


@contextlib.contextmanager
def seen_late(case: Clustered) -> Iterator[None]:
    """Jobs see a results folder of their own, whose files come to Snakemake's after a while."""
    here, there = case.copy.folder / "results", case.copy.folder.with_suffix(".node")
    shutil.copytree(here, there, copy_function=shutil.copy2)
    bound = ("unshare", "--mount", "sh", "-c", f"mount --bind '{there}' '{here}' && exec slurmd")
    case.slurm.stop("slurmd")
    case.slurm.start_node(*bound)
    late = [sys.executable, Path(__file__).with_name("late_copies.py"), there, here, str(LATE_S)]
    copying = subprocess.Popen(late)
    try:
        yield
    finally:
        copying.kill()
        copying.wait()
        case.slurm.stop("slurmd")
        case.slurm.start_node()


@short
def test_results_seen_late(clustered: Clustered, trained) -> None:
    with seen_late(clustered):
        clustered.start(RECORDED)
        ends_as_without(clustered, trained, (NETWORK, f"{RESPONSES}/seed0/natural"))
    assert {job["JobState"] for job in clustered.jobs().values()} == {"COMPLETED"}


@long
def test_time_limit(clustered: Clustered, trained) -> None:
    """Given a minute while it waits, it is killed, goes on, and asks for twice as long."""
    slurm = clustered.slurm
    slurm.drain()
    clustered.start(WEIGHTS)
    number = slurm.wait_for_job("PENDING", of=TRAINING)
    asked = slurm.jobs()[number]["TimeLimit"]
    slurm.limit(number, TimeLimit="1")
    slurm.resume()
    ends_as_without(clustered, trained)
    states = of_first_try_and_second(clustered, "JobState")
    assert states == ("TIMEOUT", "COMPLETED")
    assert (asked, of_first_try_and_second(clustered, "TimeLimit")[1]) == (
        "1-00:00:00",
        "2-00:00:00",
    )
    assert "going on after epoch" in clustered.log_of_training()
