"""Training on a CUDA device: whole steps as graphs, clips streamed to it, nothing waited for.

Where there is no GPU, a stand-in takes its place (stand_in_cuda.py).
"""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
import torch
from stand_in_cuda import StandInCuda
from torch import Tensor

from science.network import clip_store, training_step
from science.network.clip_store import ClipStore
from science.network.cnn import NetworkSettings, build_network
from science.network.training import train
from science.network.training_state import Trained, TrainingData, TrainingSettings, TrainingState
from science.network.training_step import CapturedStep, EagerStep, captured_or_eager

CLASSES = 5
PACES = (1e-3, 5e-4, 2e-3, 1e-3, 0.0, 1e-4)
SHAPE = NetworkSettings(channels=(4, 4, 6, 8), hidden=8, dropout=0.0)
SHORT = TrainingSettings(epochs=4, batch_size=8, precision="float32")


def make_step(device: str) -> EagerStep:
    network = build_network(SHAPE, CLASSES, seed=1)
    network.to(device=device, memory_format=network.memory_format).train()
    return EagerStep(network, weight_decay=0.01, precision="float32")


def make_batches(sizes: tuple[int, ...], device: str = "cpu") -> list[tuple[Tensor, Tensor]]:
    generator = torch.Generator().manual_seed(2)
    batches = []
    for size in sizes:
        log_mel = torch.randn(size, 64, 125, generator=generator).mul_(20).add_(30).half()
        targets = torch.rand(size, CLASSES, generator=generator) < 0.3
        batches.append((log_mel.to(device), targets.to(device)))
    return batches


def steps_taken(
    step: Callable[..., tuple[Tensor, Tensor]], batches: list[tuple[Tensor, Tensor]]
) -> list[tuple[Tensor, Tensor]]:
    """Copies of the results of a step for each batch, at the paces of the module."""
    results = []
    for (log_mel, targets), pace in zip(batches, PACES, strict=True):
        loss, logits = step(log_mel, targets, pace, training_step.ADAM_MOMENTUM)
        results.append((loss.clone(), logits.clone()))
    return results


def weights_of(step: EagerStep) -> Tensor:
    return torch.cat([weights.detach().flatten() for weights in step.network.parameters()])


def moments_of(step: EagerStep) -> Tensor:
    return torch.cat(
        [value.flatten() for state in step.state().values() for value in state.values()]
    )


def run_on(
    device: str,
    settings: TrainingSettings = SHORT,
    resume: TrainingState | None = None,
    train_clips: int = 27,
    dropout: float = 0.2,
) -> tuple[Trained, list[TrainingState]]:
    """A training, with 11 clips to validate, and its state after every epoch."""
    ((log_mel, targets),) = make_batches((train_clips + 11,))
    rows = torch.arange(train_clips + 11)
    data = TrainingData(log_mel, targets, rows[:train_clips], rows[train_clips:])
    states: list[TrainingState] = []
    network = build_network(replace(SHAPE, dropout=dropout), CLASSES, seed=1)
    trained = train(
        network, data, settings, 0, device, lambda row, state: states.append(state), resume
    )
    return trained, states


def assert_near(first: Trained, second: Trained) -> None:
    for name, weights in first.weights.items():
        torch.testing.assert_close(second.weights[name], weights, rtol=1e-3, atol=1e-4)


@pytest.mark.usefixtures("cuda")
@pytest.mark.parametrize("steps_before", [0, 2])
def test_captured_steps_are_the_eager_ones(steps_before: int) -> None:
    """Also after some steps, whose moments the warm-up must not change."""
    batches = make_batches((8, 8, 3, 8, 3, 8), "cuda")
    eager, other = make_step("cuda"), make_step("cuda")
    for step in (eager, other):
        for log_mel, targets in batches[:steps_before]:
            step(log_mel, targets, 1e-3, training_step.ADAM_MOMENTUM)
    weights = weights_of(other)
    captured = CapturedStep(other, {8, 3}, *batches[0])
    assert torch.equal(weights_of(other), weights)
    for expected, result in zip(
        steps_taken(eager, batches), steps_taken(captured, batches), strict=True
    ):
        torch.testing.assert_close(result, expected, rtol=1e-4, atol=1e-4)
    torch.testing.assert_close(weights_of(other), weights_of(eager), rtol=1e-3, atol=1e-4)
    torch.testing.assert_close(moments_of(other), moments_of(eager), rtol=1e-3, atol=1e-4)


@pytest.mark.usefixtures("cuda")
def test_the_gradients_of_the_paper_s_network_are_the_cpu_s() -> None:
    """In its true size and shape, for which a device may choose other algorithms."""
    generator = torch.Generator().manual_seed(3)
    log_mel = torch.randn(4, 1, 64, 802, generator=generator) * 20 + 30
    gradients = []
    for device in ("cpu", "cuda"):
        network = build_network(NetworkSettings(dropout=0.0), CLASSES, seed=1)
        network.to(device=device, memory_format=network.memory_format).train()
        with training_step.repeatable_convolutions(torch.device(device), "float32"):
            logits = network(log_mel.to(device))
            logits.square().mean().backward()
        gradients.append([weights.grad.cpu() for weights in network.parameters()])
    for expected, gradient in zip(*gradients, strict=True):
        scale = float(expected.abs().max())
        torch.testing.assert_close(gradient, expected, rtol=1e-2, atol=1e-3 * scale)


@pytest.mark.usefixtures("cuda")
def test_a_step_that_cannot_be_captured_goes_on_eagerly(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """A network that looks at a number while it computes makes the host wait."""
    batches = make_batches((8,) * len(PACES), "cuda")
    eager, other = make_step("cuda"), make_step("cuda")
    forward = other.network.forward

    def looking(log_mel: Tensor) -> Tensor:
        assert float(log_mel.max()) < 1000
        return forward(log_mel)

    monkeypatch.setattr(other.network, "forward", looking)
    step = captured_or_eager(other, {8}, *batches[0])
    assert step is other
    assert "cannot be captured as a CUDA graph (called a synchronizing CUDA op" in caplog.text
    assert torch.cuda.get_sync_debug_mode() == 0
    steps_taken(eager, batches)
    steps_taken(step, batches)
    torch.testing.assert_close(weights_of(other), weights_of(eager), rtol=1e-3, atol=1e-4)


@pytest.mark.usefixtures("cuda")
def test_a_capture_that_is_broken_off_is_told_with_its_cause_and_leaves_its_stream(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """As PyTorch 2.13 does, which then stays on the stream of the capture."""

    @contextlib.contextmanager
    def breaking_off(graph: torch.cuda.CUDAGraph) -> Iterator[None]:
        torch.cuda.set_stream(torch.cuda.Stream())
        try:
            raise RuntimeError("operation not permitted when stream is capturing\nmore")
        finally:
            raise RuntimeError("operation failed due to a previous error during capture")
        yield

    monkeypatch.setattr(torch.cuda, "graph", breaking_off)
    batches, stream = make_batches((8,) * len(PACES), "cuda"), torch.cuda.current_stream()
    eager, other = make_step("cuda"), make_step("cuda")
    assert captured_or_eager(other, {8}, *batches[0]) is other
    assert "(operation not permitted when stream is capturing)" in caplog.text
    assert torch.cuda.current_stream() == stream
    steps_taken(eager, batches)
    steps_taken(other, batches)
    torch.testing.assert_close(weights_of(other), weights_of(eager), rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize("cycle_momentum", [False, True])
@pytest.mark.parametrize("cuda_graphs", [False, True])
def test_training_on_a_device_is_that_on_the_cpu(
    cuda: StandInCuda | None, cuda_graphs: bool, cycle_momentum: bool
) -> None:
    """Dropout apart, which every device draws in its own way."""
    settings = replace(SHORT, cuda_graphs=cuda_graphs, cycle_momentum=cycle_momentum)
    on_cuda, _ = run_on("cuda", settings, dropout=0.0)
    on_cpu, _ = run_on("cpu", settings, dropout=0.0)
    assert_near(on_cuda, on_cpu)
    assert [row.loss for row in on_cuda.history] == pytest.approx(
        [row.loss for row in on_cpu.history], rel=1e-3
    )
    if cuda is not None:
        assert cuda.replays == (4 * 4 if cuda_graphs else 0)


@pytest.mark.usefixtures("cuda")
@pytest.mark.parametrize("cuda_graphs", [False, True])
@pytest.mark.parametrize("precision", ["float32", "bf16"])
def test_on_a_device_training_repeats_itself_and_goes_on_where_it_stopped(
    cuda_graphs: bool, precision: str
) -> None:
    settings = replace(SHORT, cuda_graphs=cuda_graphs, precision=precision)
    whole, states = run_on("cuda", settings)
    again, _ = run_on("cuda", settings)
    resumed, _ = run_on("cuda", settings, states[1])
    assert_near(again, whole)
    assert_near(resumed, whole)


@pytest.mark.parametrize("resident", [None, 10])
def test_an_epoch_waits_as_often_with_many_batches_as_with_one(
    cuda: StandInCuda | None, monkeypatch: pytest.MonkeyPatch, resident: int | None
) -> None:
    """Nothing in an epoch waits for the device; only its beginning and end do."""
    if cuda is None:
        pytest.skip("what waits can only be counted on the stand-in for a GPU")
    if resident is not None:
        monkeypatch.setattr(ClipStore, "_clips_that_fit", lambda store: resident)
    counts = []
    for train_clips in (8, 80):
        settings = replace(SHORT, weights_used="last")
        cuda.waits.clear()
        run_on("cuda", replace(settings, epochs=2), train_clips=train_clips)
        of_two = len(cuda.waits)
        cuda.waits.clear()
        run_on("cuda", replace(settings, epochs=3), train_clips=train_clips)
        counts.append(len(cuda.waits) - of_two)
    assert counts[0] == counts[1]


@pytest.mark.usefixtures("cuda")
@pytest.mark.parametrize("resident", [0, 13, 38])
def test_batches_on_a_device_are_the_same_wherever_the_clips_lie(resident: int) -> None:
    ((log_mel, _),) = make_batches((38,))
    order = torch.randperm(38, generator=torch.Generator().manual_seed(0))
    store = ClipStore(log_mel, torch.device("cuda"), resident)
    taken = [(rows.cpu(), clips.cpu()) for rows, clips in store.batches(order, 8)]
    assert torch.equal(torch.cat([rows for rows, _ in taken]), order)
    assert torch.equal(torch.cat([clips for _, clips in taken]), log_mel[order])


def test_what_does_not_fit_on_the_device_is_streamed(
    cuda: StandInCuda | None, caplog: pytest.LogCaptureFixture
) -> None:
    if cuda is None:
        pytest.skip("only the stand-in for a GPU has as little memory as one likes")
    caplog.set_level(logging.INFO)
    expected, _ = run_on("cuda")
    cuda.free_bytes = clip_store.DEVICE_RESERVE_BYTES + 20 * 64 * 125 * 2
    streamed, _ = run_on("cuda")
    assert "20 of 38 log-Mels lie on cuda, the others are streamed" in caplog.text
    assert_near(streamed, expected)


@pytest.mark.usefixtures("cuda")
def test_after_out_of_memory_on_the_device_half_the_clips_stay_there(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    expected, _ = run_on("cuda", replace(SHORT, cuda_graphs=False))
    update, calls = EagerStep.update, [0]

    def failing_once(step: EagerStep, log_mel: Tensor, targets: Tensor) -> tuple[Tensor, Tensor]:
        calls[0] += 1
        if calls[0] == 7:
            raise torch.OutOfMemoryError
        return update(step, log_mel, targets)

    monkeypatch.setattr(EagerStep, "update", failing_once)
    trained, _ = run_on("cuda", replace(SHORT, cuda_graphs=False))
    assert "19 of 38 log-Mels lie on cuda" in caplog.text
    assert_near(trained, expected)
