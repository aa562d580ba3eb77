"""Resume points beside weights: found again by their digest, and never left lying."""

from __future__ import annotations

import errno
import logging
import threading
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from test_training import DIGEST, SHORT, assert_same, run

from science.network.training_state import TrainingState
from storage.training import ResumePoint, digest_of
from storage.whole_files import whole_file


@pytest.fixture(scope="module")
def state() -> TrainingState:
    return run(replace(SHORT, epochs=1))[1][0]


def test_the_state_is_found_again_by_what_it_belongs_to(tmp_path: Path, state: TrainingState):
    weights = tmp_path / "weights.pt"
    assert ResumePoint.beside(weights, DIGEST).load() is None
    ResumePoint.beside(weights, DIGEST).save(state)
    found = ResumePoint.beside(weights, dict(DIGEST)).load()
    assert found.epoch == state.epoch == 1
    assert_same(found.weights, state.weights)


@pytest.mark.parametrize("part", DIGEST)
def test_one_of_something_else_is_removed_and_said_to_be(
    tmp_path: Path, state: TrainingState, part: str, caplog: pytest.LogCaptureFixture
):
    weights = tmp_path / "weights.pt"
    old = ResumePoint.beside(weights, DIGEST)
    old.save(state)
    with caplog.at_level(logging.INFO):
        assert ResumePoint.beside(weights, {**DIGEST, part: "changed"}).load() is None
    assert not old.path.exists()
    assert f"{old.path} belongs to other settings, code or data: removed" in caplog.text


def test_a_damaged_one_starts_over_and_says_so(
    tmp_path: Path, state: TrainingState, caplog: pytest.LogCaptureFixture
):
    point = ResumePoint.beside(tmp_path / "weights.pt", DIGEST)
    point.save(state)
    point.path.write_bytes(point.path.read_bytes()[:100])
    assert point.load() is None
    assert "not a readable resume point" in caplog.text
    assert "starts over" in caplog.text


def test_what_a_killed_write_left_is_removed_by_the_next(tmp_path: Path, state: TrainingState):
    weights = tmp_path / "weights.pt"
    weights.write_bytes(b"weights")
    point = ResumePoint.beside(weights, DIGEST)
    with whole_file(point.path) as unfinished:
        unfinished.write_bytes(b"half")
        left = unfinished.name
    point.save(state)
    # A process that was killed leaves it where it is.
    (tmp_path / left).write_bytes(b"half")
    assert point.load() is not None
    assert set(tmp_path.iterdir()) == {weights, point.path}


def test_a_digest_tells_arrays_apart_and_is_no_concern_of_how_they_are_handed_over():
    values = np.arange(6, dtype=np.float32)
    assert digest_of(values) == digest_of(values.tobytes()) == digest_of(values[:2], values[2:])
    assert digest_of(values) != digest_of(values + 1)


def test_states_saved_beside_training_are_all_on_the_disk_in_order(
    tmp_path: Path, state: TrainingState, monkeypatch: pytest.MonkeyPatch
):
    point = ResumePoint.beside(tmp_path / "weights.pt", DIGEST)
    saved, save_at_once = [], ResumePoint.save

    def save_slowly(point: ResumePoint, state: TrainingState) -> None:
        time.sleep(0.02)
        save_at_once(point, state)
        saved.append((state.epoch, threading.current_thread()))

    monkeypatch.setattr(ResumePoint, "save", save_slowly)
    with point.saved_beside() as save:
        for epoch in (1, 2, 3):
            save(replace(state, epoch=epoch))
            assert len(saved) >= epoch - 1
    assert [epoch for epoch, _ in saved] == [1, 2, 3]
    assert threading.current_thread() not in {thread for _, thread in saved}
    assert point.load().epoch == 3


@pytest.mark.parametrize("fails_at", [1, 2])
def test_a_save_beside_training_that_fails_stops_it(
    tmp_path: Path, state: TrainingState, monkeypatch: pytest.MonkeyPatch, fails_at: int
):
    """In the next epoch, or at the end of the last."""

    def save(point: ResumePoint, state: TrainingState) -> None:
        if state.epoch == fails_at:
            raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(ResumePoint, "save", save)
    point, trained = ResumePoint.beside(tmp_path / "weights.pt", DIGEST), []

    def train() -> None:
        with point.saved_beside() as save_beside:
            for epoch in (1, 2):
                trained.append(epoch)
                save_beside(replace(state, epoch=epoch))

    with pytest.raises(OSError, match="No space left"):
        train()
    assert trained == [1, 2]
