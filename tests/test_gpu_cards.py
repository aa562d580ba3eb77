"""Whether jobs compute on a GPU, and on which; devices are files, and jobs are processes."""

import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from plumbing import gpu_cards

SCRIPTS = Path(gpu_cards.__file__).parents[1]
JOB = """
import os, sys
from pathlib import Path
from plumbing.gpu_cards import take_card
take_card(Path(sys.argv[1]), Path(sys.argv[2]))
print(os.environ.get("CUDA_VISIBLE_DEVICES"), flush=True)
sys.stdin.read()
"""


class Workstation:
    def __init__(self, folder: Path, cards: int) -> None:
        self.devices, self.locks = folder / "dev", folder / "locks"
        self.devices.mkdir()
        for name in ["nvidiactl", "nvidia-uvm", *[f"nvidia{card}" for card in range(cards)]]:
            (self.devices / name).touch()
        self.jobs: list[subprocess.Popen] = []

    def start(self, **environment: str) -> subprocess.Popen:
        job = subprocess.Popen(
            [sys.executable, "-c", JOB, self.devices, self.locks],
            env={**os.environ, "PYTHONPATH": str(SCRIPTS), **environment},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            encoding="utf-8",
        )
        self.jobs.append(job)
        return job

    def card_of(self, job: subprocess.Popen) -> str:
        return job.stdout.readline().strip()


@pytest.mark.parametrize(
    ("device", "driver", "slots"),
    [
        ("auto", True, 1),
        ("auto", False, 0),
        ("cuda", False, 1),
        ("cuda:1", False, 1),
        ("cpu", True, 0),
    ],
)
def test_a_job_asks_for_a_gpu_where_it_will_take_one(device, driver, slots, tmp_path, monkeypatch):
    monkeypatch.setattr(gpu_cards, "NVIDIA_DRIVER", tmp_path if driver else tmp_path / "gone")
    assert gpu_cards.gpu_slots(device) == slots
    of_decoding = 0 if device == "auto" else slots
    assert gpu_cards.gpu_slots(device, auto_takes_gpu=False) == of_decoding


@pytest.fixture
def workstation(tmp_path, monkeypatch, request):
    monkeypatch.delenv(gpu_cards.VISIBLE, raising=False)
    place = Workstation(tmp_path, getattr(request, "param", 4))
    yield place
    for job in place.jobs:
        job.kill()
        job.communicate()


def test_jobs_at_a_time_have_a_card_each_and_share_them_evenly(workstation):
    jobs = [workstation.start() for _ in range(8)]
    taken = Counter(workstation.card_of(job) for job in jobs)
    assert taken == {"0": 2, "1": 2, "2": 2, "3": 2}


def test_the_card_of_a_job_that_was_killed_is_free(workstation):
    jobs = {workstation.card_of(job): job for job in [workstation.start() for _ in range(4)]}
    assert set(jobs) == {"0", "1", "2", "3"}
    jobs["2"].kill()
    jobs["2"].wait()
    assert workstation.card_of(workstation.start()) == "2"


def test_cards_are_chosen_of_those_that_the_run_was_given(workstation):
    jobs = [workstation.start(CUDA_VISIBLE_DEVICES="3,GPU-5d5ba0d6") for _ in range(2)]
    assert {workstation.card_of(job) for job in jobs} == {"3", "GPU-5d5ba0d6"}


@pytest.mark.parametrize(("given", "seen"), [("2", "2"), ("", "")])
def test_what_a_scheduler_has_chosen_holds(workstation, given, seen):
    job = workstation.start(CUDA_VISIBLE_DEVICES=given)
    assert workstation.card_of(job) == seen
    assert not workstation.locks.exists()


@pytest.mark.parametrize("workstation", [1], indirect=True)
def test_a_single_card_needs_no_choice(workstation):
    assert workstation.card_of(workstation.start()) == "None"
