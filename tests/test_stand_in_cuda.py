"""The stand-in for a CUDA device refuses, notes and repeats what a CUDA device does.

What these tests say holds on a GPU too, except the notes of what waits; so they run there as well.
"""

from __future__ import annotations

import copy

import numpy as np
import pytest
import torch
from stand_in_cuda import StandInCuda
from torch import nn


def numbers(*shape: int) -> torch.Tensor:
    return torch.arange(float(np.prod(shape))).reshape(shape)


@pytest.mark.usefixtures("cuda")
def test_tensors_know_where_they_lie() -> None:
    there = numbers(3, 4).to("cuda")
    made = [
        there,
        there[1:, 0],
        there + 1,
        there.half(),
        torch.zeros(2, device="cuda"),
        torch.zeros_like(there),
        there.new_empty(3),
        nn.Linear(4, 2).cuda()(there),
        copy.deepcopy(there),
        nn.functional.one_hot(there.long()),
    ]
    assert {tensor.device.type for tensor in made} == {"cuda"}
    assert all(tensor.is_cuda for tensor in made)
    back = [there.cpu(), there.to("cpu", torch.float16), numbers(2), there.cpu() + 1]
    assert {tensor.device.type for tensor in back} == {"cpu"}
    assert torch.equal(back[0], numbers(3, 4))
    assert back[1].dtype == torch.float16


@pytest.mark.usefixtures("cuda")
def test_a_copy_is_another_tensor() -> None:
    here = numbers(4)
    there = here.to("cuda")
    there += 1
    assert torch.equal(here, numbers(4))
    assert torch.equal(there.cpu(), numbers(4) + 1)


@pytest.mark.usefixtures("cuda")
def test_tensors_of_both_sides_do_not_mix_but_for_scalars_and_indices() -> None:
    there, index = numbers(4).to("cuda"), torch.tensor([0, 2])
    assert torch.equal((there + torch.tensor(1.0)).cpu(), numbers(4) + 1)
    assert torch.equal(there[index].cpu(), numbers(4)[index])
    for mixing in (
        lambda: there + numbers(4),
        lambda: there.index_select(0, index),
        lambda: torch.cat((there, numbers(4))),
        lambda: torch.add(there, there, out=numbers(4)),
        lambda: numbers(4)[torch.tensor([0]).to("cuda")] + there[:1],
        lambda: nn.Linear(4, 2)(there),
    ):
        with pytest.raises(RuntimeError, match="same device|indices should be"):
            mixing()


@pytest.mark.usefixtures("cuda")
def test_what_only_the_host_can_do_is_refused() -> None:
    there = numbers(4).to("cuda")
    with pytest.raises(TypeError, match="can't convert cuda:0 device type tensor to numpy"):
        there.numpy()
    with pytest.raises(TypeError, match="can't convert cuda:0 device type tensor to numpy"):
        np.asarray(there)
    with pytest.raises(RuntimeError, match="[Gg]enerator"):
        there.uniform_(generator=torch.Generator())
    with pytest.raises(RuntimeError, match="pinned"):
        there.pin_memory()


@pytest.mark.skipif(
    torch.version.cuda is None, reason="PyTorch for CPUs alone does not know CUDA's kernels"
)
@pytest.mark.usefixtures("cuda")
def test_what_cuda_has_no_kernel_for_is_refused() -> None:
    with pytest.raises(NotImplementedError, match="histogram"):
        torch.histogram(numbers(4).to("cuda"), 2)


def test_what_makes_the_host_wait_is_noted(cuda: StandInCuda | None) -> None:
    if cuda is None:
        pytest.skip("a GPU does not note what waits for it")
    there = numbers(4).to("cuda")
    cuda.waits.clear()
    (there * 2)[1:].sum().add_(1).fill_(3)
    numbers(4).pin_memory().to("cuda", non_blocking=True)
    assert cuda.waits == []
    for waiting in (
        lambda: float(there[0]),
        lambda: bool(there.any()),
        lambda: there.cpu(),
        lambda: there.nonzero(),
        lambda: there[there > 1],
        lambda: there[torch.tensor([1])],
        lambda: there.tolist(),
        lambda: there.copy_(numbers(4)),
        lambda: torch.tensor([1.0, 2.0], device="cuda"),
    ):
        cuda.waits.clear()
        waiting()
        assert len(cuda.waits) >= 1


@pytest.mark.usefixtures("cuda")
def test_a_replay_repeats_the_operations_on_the_same_memory() -> None:
    x, factor, python_factor = torch.ones(3, device="cuda"), torch.ones((), device="cuda"), 5.0
    warm = torch.cuda.Stream()
    warm.wait_stream(torch.cuda.current_stream())
    with torch.cuda.stream(warm):
        x * factor
    torch.cuda.current_stream().wait_stream(warm)
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        result = x * factor * python_factor
    x.fill_(2)
    factor.fill_(3)
    python_factor = 7.0
    graph.replay()
    assert result.tolist() == [30.0] * 3
    x.fill_(1)
    graph.replay()
    assert result.tolist() == [15.0] * 3


@pytest.mark.usefixtures("cuda")
def test_the_device_draws_from_a_generator_of_its_own() -> None:
    def drawn() -> list[float]:
        return torch.zeros(4, device="cuda").uniform_().tolist()

    with torch.random.fork_rng(devices=["cuda"]):
        torch.cuda.manual_seed(3)
        first = drawn()
        torch.default_generator.manual_seed(4)
        here = torch.rand(4)
        second = drawn()
        torch.cuda.manual_seed(3)
        assert [drawn(), drawn()] == [first, second]
        assert first != second
        torch.default_generator.manual_seed(4)
        assert torch.equal(torch.rand(4), here)


def test_a_capture_refuses_to_wait(cuda: StandInCuda | None) -> None:
    if cuda is None:
        pytest.skip("a failed capture can leave a GPU's stream unusable")
    x = torch.ones(3, device="cuda")
    refused = pytest.raises(RuntimeError, match="not permitted when stream is capturing")
    with refused, torch.cuda.graph(torch.cuda.CUDAGraph()):
        float(x.sum())


def test_there_is_no_device_before_and_after() -> None:
    from stand_in_cuda import stand_in_cuda

    there_is_one = torch.cuda.is_available()
    with stand_in_cuda():
        assert torch.cuda.is_available()
    assert torch.cuda.is_available() == there_is_one
    assert numbers(2).device.type == "cpu"
