"""One training step as a CUDA graph: against the eager step, on a GPU and without one.

Without a GPU, graphs are simulated: what is captured is not run but noted, and a replay runs it on
the same tensors, as a CUDA graph does.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
import torch
from torch import Tensor

from science import training_step
from science.clip_store import ClipStore
from science.network import NetworkSettings, build_network
from science.training import Trained, TrainingData, TrainingSettings, TrainingState, train
from science.training_step import CapturedStep, EagerStep, captured_or_eager

pytestmark = pytest.mark.usefixtures("one_thread")

CLASSES = 5
PACES = (1e-3, 5e-4, 2e-3, 1e-3, 0.0, 1e-4)
SHAPE = NetworkSettings(channels=(4, 4, 6, 8), hidden=8, dropout=0.0)
has_gpu = pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device")


class SimulatedGraph:
    """Stands for torch.cuda.CUDAGraph."""

    work: Callable[[], None]

    def replay(self) -> None:
        self.work()


@pytest.fixture
def graphs(monkeypatch: pytest.MonkeyPatch) -> list[SimulatedGraph]:
    """The graphs that are captured from here on, simulated on the CPU."""
    captured: list[SimulatedGraph] = []
    run_update = EagerStep.update
    capturing: list[SimulatedGraph] = []

    def update(step: EagerStep, log_mel: Tensor, targets: Tensor) -> tuple[Tensor, Tensor]:
        if not capturing:
            return run_update(step, log_mel, targets)
        results = torch.full((), torch.nan), torch.full((len(log_mel), CLASSES), torch.nan)

        def work() -> None:
            # On CUDA the optimizer reads its learning rate from this tensor by itself.
            step.optimizer.param_groups[0]["lr"] = float(step.learning_rate)
            for result, value in zip(results, run_update(step, log_mel, targets), strict=True):
                result.copy_(value)

        capturing[0].work = work
        return results

    @contextlib.contextmanager
    def capture(graph: SimulatedGraph) -> Iterator[None]:
        capturing.append(graph)
        yield
        captured.append(capturing.pop())

    class Stream:
        def wait_stream(self, other: Stream) -> None:
            assert isinstance(other, Stream)

    monkeypatch.setattr(EagerStep, "update", update)
    monkeypatch.setattr(torch.cuda, "CUDAGraph", SimulatedGraph)
    monkeypatch.setattr(torch.cuda, "graph", capture)
    monkeypatch.setattr(torch.cuda, "Stream", Stream)
    monkeypatch.setattr(torch.cuda, "current_stream", Stream)
    monkeypatch.setattr(torch.cuda, "stream", lambda stream: contextlib.nullcontext())
    return captured


def make_step(device: str = "cpu") -> EagerStep:
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


@pytest.mark.parametrize("steps_before", [0, 2])
def test_captured_steps_are_the_eager_ones(graphs: list, steps_before: int) -> None:
    """Also after some steps, whose moments the warm-up must not change."""
    batches = make_batches((8, 8, 3, 8, 3, 8))
    eager, other = make_step(), make_step()
    for step in (eager, other):
        for log_mel, targets in batches[:steps_before]:
            step(log_mel, targets, 1e-3, training_step.ADAM_MOMENTUM)
    weights = weights_of(eager)
    captured = CapturedStep(other, {8, 3}, *batches[0])
    assert len(graphs) == 2
    assert torch.equal(weights_of(other), weights)
    for expected, result in zip(
        steps_taken(eager, batches), steps_taken(captured, batches), strict=True
    ):
        torch.testing.assert_close(result, expected, rtol=1e-5, atol=1e-6)
    torch.testing.assert_close(weights_of(other), weights_of(eager), rtol=1e-4, atol=1e-6)
    torch.testing.assert_close(moments_of(other), moments_of(eager), rtol=1e-4, atol=1e-6)


def test_a_step_that_cannot_be_captured_goes_on_eagerly(
    graphs: list, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    @contextlib.contextmanager
    def refuse(graph: SimulatedGraph) -> Iterator[None]:
        raise RuntimeError("operation not permitted when stream is capturing\nmore")
        yield

    monkeypatch.setattr(torch.cuda, "graph", refuse)
    batches = make_batches((8,) * len(PACES))
    eager, other = make_step(), make_step()
    step = captured_or_eager(other, {8}, *batches[0])
    assert step is other
    assert "not permitted when stream is capturing)" in caplog.text
    steps_taken(eager, batches)
    steps_taken(step, batches)
    torch.testing.assert_close(weights_of(other), weights_of(eager), rtol=1e-4, atol=1e-6)


@has_gpu
def test_captured_steps_are_the_eager_ones_on_a_gpu() -> None:
    batches = make_batches((8, 8, 3, 8, 3, 8), "cuda")
    eager, other = make_step("cuda"), make_step("cuda")
    captured = CapturedStep(other, {8, 3}, *batches[0])
    for expected, result in zip(
        steps_taken(eager, batches), steps_taken(captured, batches), strict=True
    ):
        torch.testing.assert_close(result, expected, rtol=1e-4, atol=1e-4)
    torch.testing.assert_close(weights_of(other), weights_of(eager), rtol=1e-3, atol=1e-4)


def trained_on(
    device: str, settings: TrainingSettings, resume: TrainingState | None = None
) -> tuple[Trained, list[TrainingState]]:
    ((log_mel, targets),) = make_batches((38,))
    data = TrainingData(log_mel, targets, torch.arange(27), torch.arange(27, 38))
    states: list[TrainingState] = []
    network = build_network(replace(SHAPE, dropout=0.2), CLASSES, seed=1)
    trained = train(
        network, data, settings, 0, device, lambda row, state: states.append(state), resume
    )
    return trained, states


@has_gpu
@pytest.mark.parametrize("cuda_graphs", [False, True])
def test_on_a_gpu_training_repeats_itself_and_goes_on_where_it_stopped(cuda_graphs: bool) -> None:
    settings = TrainingSettings(epochs=4, batch_size=8, cuda_graphs=cuda_graphs)
    whole, states = trained_on("cuda", settings)
    again, _ = trained_on("cuda", settings)
    resumed, _ = trained_on("cuda", settings, states[1])
    for name, weights in whole.weights.items():
        torch.testing.assert_close(again.weights[name], weights, rtol=1e-3, atol=1e-4)
        torch.testing.assert_close(resumed.weights[name], weights, rtol=1e-3, atol=1e-4)


@has_gpu
@pytest.mark.parametrize("resident", [0, 13, 38])
def test_batches_on_a_gpu_are_the_same_wherever_the_clips_lie(resident: int) -> None:
    ((log_mel, _),) = make_batches((38,))
    order = torch.randperm(38, generator=torch.Generator().manual_seed(0))
    store = ClipStore(log_mel, torch.device("cuda"), resident)
    taken = [(rows.cpu(), clips.cpu()) for rows, clips in store.batches(order, 8)]
    assert torch.equal(torch.cat([rows for rows, _ in taken]), order)
    assert torch.equal(torch.cat([clips for _, clips in taken]), log_mel[order])
