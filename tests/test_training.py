"""Training against a plain PyTorch loop and scikit-learn; resuming, kills, and refusals."""

from __future__ import annotations

import errno
import resource
import signal
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from sklearn.metrics import average_precision_score
from torch import Tensor, nn

from science.network.clip_store import ClipStore
from science.network.cnn import NetworkSettings, build_network
from science.network.training import train
from science.network.training_state import (
    EpochRow,
    Trained,
    TrainingData,
    TrainingError,
    TrainingSettings,
    TrainingState,
    one_cycle,
)
from science.network.validation_score import pooled_average_precision
from storage.networks import ResumePointError, load_resume_point, save_resume_point

SMALL = NetworkSettings(channels=(4, 4, 6, 8), hidden=8)
SHORT = TrainingSettings(epochs=5, batch_size=8)
DIGEST = {"settings": "a1", "code": "b2", "data": "c3"}
CLASSES = 5


class FlatNetwork(nn.Module):
    """A user's network that depends on memory being laid out as usual."""

    def __init__(self, classes: int) -> None:
        super().__init__()
        self.filter = nn.Conv2d(1, 3, kernel_size=(64, 5), stride=(1, 20))
        self.pool = nn.AdaptiveMaxPool2d((1, 2))
        self.output = nn.Linear(6, classes)

    def forward(self, log_mel: Tensor) -> Tensor:
        return self.output(self.pool(self.filter(log_mel)).view(len(log_mel), 6))


def make_data(train_clips: int = 27, validation_clips: int = 11, frames: int = 125) -> TrainingData:
    generator = torch.Generator().manual_seed(5)
    clips = train_clips + validation_clips
    order = torch.randperm(clips, generator=generator)
    return TrainingData(
        log_mel=(torch.randn(clips, 64, frames, generator=generator) * 20 + 30).half(),
        targets=torch.rand(clips, CLASSES, generator=generator) < 0.3,
        train_rows=order[:train_clips],
        validation_rows=order[train_clips:],
    )


def run(
    settings: TrainingSettings = SHORT,
    data: TrainingData | None = None,
    resume: TrainingState | None = None,
    shape: NetworkSettings = SMALL,
    seed: int = 0,
) -> tuple[Trained, list[TrainingState]]:
    """A training on the CPU, and its state after every epoch."""
    states: list[TrainingState] = []
    network = build_network(shape, CLASSES, seed=1)
    trained = train(
        network,
        data or make_data(),
        settings,
        seed,
        on_epoch=lambda row, state: states.append(state),
        resume=resume,
    )
    return trained, states


def assert_same(first: dict[str, Tensor], second: dict[str, Tensor]) -> None:
    assert first.keys() == second.keys()
    for name in first:
        assert torch.equal(first[name], second[name]), name


@pytest.mark.parametrize("steps", [4, 7, 30, 503 * 3])
@pytest.mark.parametrize("cycle_momentum", [False, True])
def test_the_cycle_is_pytorch_s(steps: int, cycle_momentum: bool) -> None:
    settings = TrainingSettings(cycle_momentum=cycle_momentum)
    optimizer = torch.optim.AdamW([nn.Parameter(torch.zeros(1))], lr=1.0)
    scheduler = torch.optim.lr_scheduler.OneCycleLR(
        optimizer,
        max_lr=1e-3,
        total_steps=steps,
        anneal_strategy="linear",
        cycle_momentum=cycle_momentum,
    )
    for step in range(steps):
        learning_rate, momentum = one_cycle(step, steps, settings)
        group = optimizer.param_groups[0]
        assert learning_rate == pytest.approx(group["lr"], rel=1e-9, abs=1e-15)
        assert momentum == pytest.approx(group["betas"][0])
        optimizer.step()
        if step < steps - 1:
            scheduler.step()


def test_the_cycle_s_corners_are_the_paper_s() -> None:
    steps, settings = 1000, TrainingSettings()
    rates = [one_cycle(step, steps, settings)[0] for step in range(steps)]
    assert rates[0] == pytest.approx(4e-5)
    assert rates[299] == max(rates) == pytest.approx(1e-3)
    assert rates[-1] == pytest.approx(4e-9)
    assert rates[150] == pytest.approx(4e-5 + 150 / 299 * (1e-3 - 4e-5))
    assert rates[600] == pytest.approx(4e-9 + 399 / 700 * (1e-3 - 4e-9))


@pytest.mark.parametrize("levels", [2, 30, 10**9])
def test_the_score_is_scikit_learn_s_with_ties_and_without(levels: int) -> None:
    rng = np.random.default_rng(levels)
    for share in (0.01, 0.1, 0.5, 0.9, 1.0):
        targets = rng.random((60, 7)) < share
        targets[0, 0] = True
        scores = (rng.integers(0, levels, targets.shape) / levels - 0.5).astype(np.float32)
        ours = pooled_average_precision(torch.from_numpy(scores), torch.from_numpy(targets))
        expected = average_precision_score(targets, scores, average="micro")
        assert ours == pytest.approx(expected, abs=1e-9)


def test_the_score_of_no_positives_is_unknown() -> None:
    assert np.isnan(pooled_average_precision(torch.rand(4, 3), torch.zeros(4, 3) > 0))


def test_the_score_refuses_what_has_no_order() -> None:
    scores = torch.rand(4, 3)
    with pytest.raises(ValueError, match=r"scores are \(4, 3\) with 0 NaN, targets \(4, 2\)"):
        pooled_average_precision(scores, torch.ones(4, 2) > 0)
    scores[2, 1] = float("nan")
    with pytest.raises(ValueError, match=r"with 1 NaN"):
        pooled_average_precision(scores, torch.ones(4, 3) > 0)


@pytest.mark.parametrize("cycle_momentum", [False, True])
def test_a_training_without_chance_is_that_of_a_plain_loop(cycle_momentum: bool) -> None:
    """All clips in one batch and no dropout: order and masks play no part."""
    data, shape = make_data(12, 4), replace(SMALL, dropout=0.0)
    settings = replace(
        SHORT, epochs=6, batch_size=12, weights_used="last", cycle_momentum=cycle_momentum
    )
    trained, _ = run(settings, data, shape=shape)

    network = build_network(shape, CLASSES, seed=1)
    optimizer = torch.optim.AdamW(network.parameters(), weight_decay=0.01)
    scheduler = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, 1e-3, total_steps=6, anneal_strategy="linear", cycle_momentum=cycle_momentum
    )
    log_mel = data.log_mel[data.train_rows].float()[:, None]
    targets = data.targets[data.train_rows].float()
    for row in trained.history:
        loss = nn.BCEWithLogitsLoss()(network(log_mel), targets)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        assert row.learning_rate == pytest.approx(optimizer.param_groups[0]["lr"])
        assert row.loss == pytest.approx(loss.item(), rel=1e-4)
        if row.epoch < 6:
            scheduler.step()
    for name, weights in network.state_dict().items():
        torch.testing.assert_close(trained.weights[name], weights, rtol=1e-3, atol=1e-4)


def test_eight_random_clips_are_learned_by_heart() -> None:
    settings = replace(SHORT, epochs=80, weights_used="last", peak_learning_rate=1e-2)
    shape = NetworkSettings(channels=(8, 8, 16, 32), hidden=32, dropout=0.0)
    data = make_data(8, 2)
    trained, _ = run(settings, data, shape=shape)
    assert trained.history[-1].loss < 0.05
    assert trained.history[-1].train_ap == pytest.approx(1.0)


@pytest.mark.parametrize("weights_used", ["best", "last"])
def test_the_history_s_validation_is_that_of_the_weights(weights_used: str) -> None:
    data = make_data()
    trained, _ = run(replace(SHORT, weights_used=weights_used), data)
    validation = [row.validation_ap for row in trained.history]
    expected_epoch = int(np.argmax(validation)) + 1 if weights_used == "best" else 5
    assert trained.epoch == expected_epoch

    network = build_network(SMALL, CLASSES, seed=9)
    network.load_state_dict(trained.weights)
    rows = data.validation_rows
    logits = network.eval()(data.log_mel[rows].float()[:, None]).detach()
    targets = data.targets[rows]
    expected = average_precision_score(targets, logits, average="micro")
    assert validation[expected_epoch - 1] == pytest.approx(expected, abs=1e-6)
    loss = nn.BCEWithLogitsLoss()(logits, targets.float())
    assert trained.history[expected_epoch - 1].validation_loss == pytest.approx(float(loss))


def test_the_history_has_a_row_per_epoch() -> None:
    trained, states = run()
    assert [row.epoch for row in trained.history] == [1, 2, 3, 4, 5]
    assert [state.epoch for state in states] == [1, 2, 3, 4, 5]
    assert states[-1].history == trained.history
    assert all(0 < row.train_ap < 1 for row in trained.history)
    for row in trained.history:
        assert row.seconds > 0
        assert row.clips_per_s >= 27 / row.seconds
    steps = 5 * 4  # 27 clips are three batches of 8 and one of 3
    assert [row.learning_rate for row in trained.history] == [
        one_cycle(step, steps, SHORT)[0] for step in (3, 7, 11, 15, 19)
    ]


def test_of_equally_good_epochs_the_earliest_is_used() -> None:
    data = make_data()
    data.targets[data.validation_rows] = True  # so that every epoch's validation AP is one
    trained, states = run(data=data)
    assert trained.epoch == 1
    assert_same(trained.weights, states[0].weights)


def test_no_epochs_leave_the_network_as_initialised() -> None:
    nothing = torch.empty(0, dtype=torch.int64)
    data = replace(make_data(), train_rows=nothing, validation_rows=nothing)
    trained, states = run(replace(SHORT, epochs=0), data)
    assert trained.epoch == 0
    assert trained.history == states == []
    assert_same(trained.weights, build_network(SMALL, CLASSES, seed=1).state_dict())


def test_the_seed_decides_everything_and_the_global_state_stays() -> None:
    first, _ = run()
    torch.manual_seed(99)
    expected = torch.rand(3)
    torch.manual_seed(99)
    again, _ = run()
    assert torch.equal(torch.rand(3), expected)
    other, _ = run(seed=1)
    assert_same(first.weights, again.weights)
    assert not torch.equal(first.weights["conv4.weight"], other.weights["conv4.weight"])


def test_every_epoch_sees_every_training_clip_once_in_another_order(monkeypatch) -> None:
    orders: list[list[int]] = []
    batches = ClipStore.batches

    def recorded(store: ClipStore, rows: Tensor, size: int) -> Iterator[tuple[Tensor, Tensor]]:
        orders.append(rows.tolist())
        return batches(store, rows, size)

    monkeypatch.setattr(ClipStore, "batches", recorded)
    data = make_data()
    run(data=data)
    training = [order for order in orders if len(order) == 27]
    assert len({tuple(order) for order in training}) == 5
    assert all(sorted(order) == sorted(data.train_rows.tolist()) for order in training)


@pytest.mark.parametrize("stopped_after", [1, 3, 4, 5])
def test_a_resumed_training_is_the_uninterrupted_one_bit_for_bit(
    tmp_path: Path, stopped_after: int
) -> None:
    whole, states = run()
    path = tmp_path / "resume.pt"
    save_resume_point(path, states[stopped_after - 1], DIGEST)
    resumed, later = run(resume=load_resume_point(path, DIGEST))
    assert len(later) == 5 - stopped_after
    assert resumed.epoch == whole.epoch
    assert_same(resumed.weights, whole.weights)
    untimed = {"seconds": 0.0, "clips_per_s": 0.0}
    assert [replace(row, **untimed) for row in resumed.history] == [
        replace(row, **untimed) for row in whole.history
    ]


DRIVER = """
    import os, random, signal, sys, time
    from pathlib import Path
    sys.path[:0] = sys.argv[2:]
    import torch, torch._dynamo  # which AdamW imports, once here and not in every child
    from test_training import DIGEST, SMALL, CLASSES, make_data
    from science.network.cnn import build_network
    from science.network.training import train
    from science.network.training_state import TrainingSettings
    from storage.networks import load_resume_point
    from storage.training import ResumePoint

    SETTINGS = TrainingSettings(epochs=40, batch_size=8, weights_used="last")

    def train_to_the_end(folder):
        point = ResumePoint(folder / "resume.pt", DIGEST)
        with point.saved_beside() as save:
            trained = train(
                build_network(SMALL, CLASSES, seed=1), make_data(), SETTINGS, 0,
                on_epoch=lambda row, state: save(state), resume=point.load(),
            )
        torch.save(trained.weights, folder / "weights.pt")

    def start(folder):
        folder.mkdir(exist_ok=True)
        child = os.fork()
        if child == 0:
            torch.set_num_threads(1)
            train_to_the_end(folder)
            os._exit(0)
        return child

    def wait_for_saves(point, saves):
        for _ in range(saves):
            before = point.stat().st_mtime_ns if point.exists() else None
            while (point.stat().st_mtime_ns if point.exists() else None) == before:
                time.sleep(0.0005)

    whole, killed = Path(sys.argv[1]) / "whole", Path(sys.argv[1]) / "killed"
    assert os.waitpid(start(whole), 0)[1] == 0
    rng = random.Random(7)
    for saves in (0, 5, 0, 3, 1):
        child = start(killed)
        wait_for_saves(killed / "resume.pt", saves)
        time.sleep(rng.uniform(0, 0.04))
        os.kill(child, signal.SIGKILL)
        assert os.WIFSIGNALED(os.waitpid(child, 0)[1])
    print(load_resume_point(killed / "resume.pt", DIGEST).epoch)
    assert os.waitpid(start(killed), 0)[1] == 0
"""


def test_five_kills_at_random_points_do_not_change_the_final_weights(tmp_path: Path) -> None:
    here = Path(__file__).resolve().parent
    folders = [str(here), str(here.parent / "workflow_scripts")]
    command = [sys.executable, "-c", textwrap.dedent(DRIVER), str(tmp_path), *folders]
    finished = subprocess.run(
        command, capture_output=True, text=True, check=False, timeout=150, encoding="utf-8"
    )
    assert finished.returncode == 0, finished.stderr
    assert 9 <= int(finished.stdout) < 40
    whole, killed = (torch.load(tmp_path / name / "weights.pt") for name in ("whole", "killed"))
    assert_same(whole, killed)


@pytest.mark.parametrize("part", ["settings", "code", "data"])
def test_a_resume_point_of_something_else_is_refused_saying_of_what(
    tmp_path: Path, part: str
) -> None:
    path = tmp_path / "resume.pt"
    save_resume_point(path, run(replace(SHORT, epochs=1))[1][0], DIGEST)
    with pytest.raises(ResumePointError, match=f"belongs to other {part}; training starts over"):
        load_resume_point(path, {**DIGEST, part: "changed"})


def test_no_resume_point_is_none_and_a_damaged_one_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "resume.pt"
    assert load_resume_point(path, DIGEST) is None
    save_resume_point(path, run(replace(SHORT, epochs=1))[1][0], DIGEST)
    path.write_bytes(path.read_bytes()[:5000])
    with pytest.raises(ResumePointError, match="not a readable resume point"):
        load_resume_point(path, DIGEST)


@contextmanager
def files_no_larger_than(bytes_allowed: int) -> Iterator[None]:
    """Let the operating system refuse larger files, as it does on a full disk."""
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (bytes_allowed, limits[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        signal.signal(signal.SIGXFSZ, handler)


def test_a_save_that_finds_no_room_leaves_the_previous_point(tmp_path: Path) -> None:
    path = tmp_path / "resume.pt"
    _, states = run(replace(SHORT, epochs=2))
    save_resume_point(path, states[0], DIGEST)
    with files_no_larger_than(10_000), pytest.raises(OSError) as failure:  # noqa: PT011
        save_resume_point(path, states[1], DIGEST)
    assert failure.value.errno in (errno.EFBIG, errno.ENOSPC)
    assert [file.name for file in tmp_path.iterdir()] == ["resume.pt"]
    kept = load_resume_point(path, DIGEST)
    assert kept.epoch == 1
    assert_same(kept.weights, states[0].weights)


def test_a_loss_that_is_not_a_number_stops_with_epoch_batch_and_rate() -> None:
    data = make_data()
    data.log_mel[data.train_rows] = float("nan")
    with pytest.raises(TrainingError) as failure:
        run(data=data)
    message = str(failure.value)
    assert "nan in epoch 1, batch 1 of 4, at learning rate 4e-05" in message
    assert "lower training.peak_learning_rate, or training.precision: float32" in message


def test_the_first_bad_batch_is_the_one_that_is_named() -> None:
    data = make_data()
    _, (after_first, *_) = run(data=data)
    data.log_mel[data.train_rows[4]] = float("inf")
    with pytest.raises(TrainingError, match=r"in epoch 2, batch [1-4] of 4") as failure:
        run(data=data, resume=after_first)
    batch = int(str(failure.value).split("batch ")[1].split()[0])
    rate = one_cycle(4 + batch - 1, 20, SHORT)[0]
    assert f"at learning rate {rate:.3g}:" in str(failure.value)


def test_weights_spoilt_by_the_last_batch_are_noticed() -> None:
    data = make_data()
    data.log_mel[data.validation_rows[0]] = float("nan")
    with pytest.raises(TrainingError, match="NaN or infinite scores after epoch 1"):
        run(data=data)


@pytest.mark.parametrize(
    ("settings", "data", "message"),
    [
        (SHORT, make_data(7), "7 training clips are too few for one batch of 8"),
        (SHORT, make_data(8, 0), "none of 0 validation clips has a label"),
        (replace(SHORT, weights_used="lst"), make_data(), "'best' or 'last'"),
    ],
)
def test_what_cannot_be_trained_is_refused_at_once(
    settings: TrainingSettings, data: TrainingData, message: str
) -> None:
    with pytest.raises(TrainingError, match=message):
        run(settings, data)


def test_the_last_weights_need_no_validation_clips() -> None:
    trained, _ = run(replace(SHORT, weights_used="last"), make_data(16, 0))
    assert trained.epoch == 5
    assert all(np.isnan(row.validation_ap) for row in trained.history)


def test_out_of_memory_names_the_setting_to_lower(monkeypatch) -> None:
    def no_memory(*_: object) -> None:
        raise torch.OutOfMemoryError

    monkeypatch.setattr("science.network.training_step.EagerStep.update", no_memory)
    with pytest.raises(TrainingError, match=r"lower training.batch_size \(8\) or network.channels"):
        run()


def test_after_out_of_memory_training_goes_on_with_half_the_clips_resident(monkeypatch) -> None:
    """On the CPU nothing is ever moved off, so the store is told to behave as a GPU's would."""
    from science.network.training_step import EagerStep

    expected, _ = run()
    update, calls, resident = EagerStep.update, [0], []

    def failing_once(step: EagerStep, log_mel: Tensor, targets: Tensor) -> tuple[Tensor, Tensor]:
        calls[0] += 1
        if calls[0] == 7:
            raise torch.OutOfMemoryError
        return update(step, log_mel, targets)

    def give_up_half(store: ClipStore) -> bool:
        store.keep_on_device(store.resident // 2)
        resident.append(store.resident)
        return True

    monkeypatch.setattr(EagerStep, "update", failing_once)
    monkeypatch.setattr(ClipStore, "give_up_half", give_up_half)
    trained, _ = run()
    assert resident == [19]
    assert_same(trained.weights, expected.weights)


@pytest.mark.parametrize("resident", [0, 1, 13, 38])
def test_batches_are_the_same_wherever_the_clips_lie(resident: int) -> None:
    data = make_data()
    store = ClipStore(data.log_mel, torch.device("cpu"))
    store.keep_on_device(resident)
    taken = list(store.batches(data.train_rows, 8))
    assert [len(rows) for rows, _ in taken] == [8, 8, 8, 3]
    assert torch.equal(torch.cat([rows for rows, _ in taken]), data.train_rows)
    assert torch.equal(torch.cat([clips for _, clips in taken]), data.log_mel[data.train_rows])


def test_a_user_s_own_network_is_trained_and_resumed() -> None:
    shape = NetworkSettings(class_name=f"{__name__}:FlatNetwork", feature_layer="pool")
    whole, states = run(shape=shape)
    assert whole.history[-1].loss < whole.history[0].loss
    resumed, _ = run(shape=shape, resume=states[2])
    assert_same(resumed.weights, whole.weights)


def test_bf16_trains_near_to_float32() -> None:
    exact, _ = run(replace(SHORT, weights_used="last"))
    coarse, _ = run(replace(SHORT, weights_used="last", precision="bf16"))
    assert coarse.weights["conv1.weight"].dtype == torch.float32
    assert coarse.history[-1].loss != exact.history[-1].loss
    assert coarse.history[-1].loss == pytest.approx(exact.history[-1].loss, rel=0.05)


def test_a_state_survives_being_plain() -> None:
    _, states = run(replace(SHORT, epochs=2))
    back = TrainingState.from_plain(states[1].as_plain())
    assert back.history == states[1].history
    assert isinstance(back.history[0], EpochRow)
    assert_same(back.weights, states[1].weights)
