"""Several seeds of one condition on one device: by turns, at the same time, as one stacked network.

    python tests/benchmarks/bench_seeds.py [--device cuda] [--seeds 5] [--channels 8 16 32 64]

Stacked, the seeds are one network: convolutions in groups, a matrix for each seed in the linear
layers. Normalisation, dropout and AdamW work value by value, so that each seed learns what it would
learn alone; the largest difference after some steps in float32 is printed first. On CUDA each is
measured with captured steps; at the same time means a stream for each seed's graph.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import torch
from bench_training import (
    BATCH,
    CLASSES,
    OPERATIONS_PER_CLIP,
    PAPER_CHANNELS,
    PAPER_EPOCH_PASSES,
    PAPER_TRAIN_CLIPS,
    best_rates,
)
from torch import Tensor, nn

sys.path.insert(0, str(Path(__file__).parents[2] / "workflow_scripts"))

from science.network.cnn import MusicDetectorCNN, NetworkSettings, build_network
from science.network.training import resolve_precision
from science.network.training_step import CapturedStep, EagerStep, autocast

STEPS = 5
LAYERS = range(1, 5)


class StackedSeeds(MusicDetectorCNN):
    """Networks of one shape as one: [batch, seeds, 64, frames] to logits [batch, seeds, classes].

    Args:
        networks: what is stacked; they are left as they are.
    """

    def __init__(self, networks: Sequence[MusicDetectorCNN]) -> None:
        first, seeds = networks[0], len(networks)
        widths = [first.get_submodule(f"conv{layer}").out_channels for layer in LAYERS]
        super().__init__(1, [seeds * width for width in widths], dropout=first.dropout.p)
        for layer in LAYERS:
            convolution = self.get_submodule(f"conv{layer}")
            alone = [network.get_submodule(f"conv{layer}") for network in networks]
            convolution.groups, convolution.in_channels = seeds, seeds * alone[0].in_channels
            convolution.weight = nn.Parameter(torch.cat([one.weight.detach() for one in alone]))
            norms = [network.get_submodule(f"norm{layer}") for network in networks]
            for name, value in self.get_submodule(f"norm{layer}").state_dict().items():
                if value.ndim:
                    value.copy_(torch.cat([norm.state_dict()[name] for norm in norms]))
        del self.hidden, self.output
        self.linear = nn.ParameterDict()
        for name in ("hidden", "output"):
            alone = [network.get_submodule(name) for network in networks]
            weight = torch.stack([one.weight.detach().T for one in alone])
            bias = torch.stack([one.bias.detach()[None] for one in alone])
            self.linear.update({f"{name}_weight": weight, f"{name}_bias": bias})
        self.seeds = seeds

    def classify(self, features: Tensor) -> Tensor:
        """Logits [batch, seeds, classes] of pooled features [batch, seeds x units]."""
        x = features.unflatten(1, (self.seeds, -1)).transpose(0, 1)
        for name in ("hidden", "output"):
            x = torch.baddbmm(self.linear[f"{name}_bias"], x, self.linear[f"{name}_weight"])
            x = self.dropout(self.relu(x)) if name == "hidden" else x
        return x.transpose(0, 1)


class StackedStep(EagerStep):
    """A step of stacked seeds; each has the mean of its own batch as its loss."""

    def update(self, log_mel: Tensor, targets: Tensor) -> tuple[Tensor, Tensor]:
        """Learn from a batch for each seed: log-Mels [batch, seeds, 64, frames]."""
        self.network.zero_grad(set_to_none=True)
        x = log_mel.float().contiguous(memory_format=self.network.memory_format)
        with autocast(self.device, self.precision):
            logits = self.network(x)
        logits = logits.float()
        losses = nn.functional.binary_cross_entropy_with_logits(
            logits, targets.float(), reduction="none"
        ).mean(dim=(0, 2))
        losses.sum().backward()
        self.descend()
        return losses.detach(), logits.detach()


class Seeds:
    """Networks of several seeds, and a batch for each, on a device."""

    def __init__(self, shape: NetworkSettings, seeds: int, device: torch.device) -> None:
        generator = torch.Generator().manual_seed(0)
        log_mel = torch.randn((BATCH, seeds, 64, 802), generator=generator) * 20 + 40
        targets = torch.rand((BATCH, seeds, CLASSES), generator=generator) < 0.005
        self.log_mel, self.targets = log_mel.half().to(device), targets.to(device)
        self.shape, self.seeds, self.device = shape, seeds, device

    def networks(self) -> list[MusicDetectorCNN]:
        return [build_network(self.shape, CLASSES, seed) for seed in range(self.seeds)]

    def of_seed(self, seed: int) -> tuple[Tensor, Tensor]:
        return self.log_mel[:, seed].contiguous(), self.targets[:, seed].contiguous()

    def on_device(self, network: nn.Module) -> nn.Module:
        return network.to(self.device, memory_format=network.memory_format).train()

    def alone(self, precision: str) -> list[EagerStep]:
        return [EagerStep(self.on_device(one), 0.01, precision) for one in self.networks()]

    def stacked(self, precision: str) -> StackedStep:
        return StackedStep(self.on_device(StackedSeeds(self.networks())), 0.01, precision)


def largest_difference(seeds: Seeds, steps: int = 5) -> float:
    """Of the seeds' losses, alone and stacked, over some steps without dropout, in float32."""
    exact = Seeds(replace(seeds.shape, dropout=0.0), seeds.seeds, seeds.device)
    alone, stacked = exact.alone("float32"), exact.stacked("float32")
    largest = 0.0
    for _ in range(steps):
        expected = [
            step(*exact.of_seed(seed), 1e-3, 0.9)[0].item() for seed, step in enumerate(alone)
        ]
        found, _ = stacked(exact.log_mel, exact.targets, 1e-3, 0.9)
        largest = max(largest, (found.cpu() - torch.tensor(expected)).abs().max().item())
    return largest


def works(seeds: Seeds) -> dict[str, Callable[[], int]]:
    """What is measured, by name; each returns the number of clips that were learnt from."""
    on_cuda, clips = seeds.device.type == "cuda", STEPS * BATCH * seeds.seeds
    precision = resolve_precision("auto", seeds.device, seeds.networks()[0])
    alone, stacked = seeds.alone(precision), seeds.stacked(precision)
    batches = [seeds.of_seed(seed) for seed in range(seeds.seeds)]
    whole = (seeds.log_mel, seeds.targets)
    if on_cuda:
        alone = [
            CapturedStep(step, {BATCH}, *batch) for step, batch in zip(alone, batches, strict=True)
        ]
        stacked = CapturedStep(stacked, {BATCH}, *whole)

    def by_turns() -> int:
        for step, batch in zip(alone, batches, strict=True):
            for _ in range(STEPS):
                step(*batch, 1e-4, 0.9)
        return clips

    def at_the_same_time() -> int:
        streams = [torch.cuda.Stream() for _ in alone]
        for _ in range(STEPS):
            for stream, step, batch in zip(streams, alone, batches, strict=True):
                with torch.cuda.stream(stream):
                    step(*batch, 1e-4, 0.9)
        return clips

    def as_one() -> int:
        for _ in range(STEPS):
            stacked(*whole, 1e-4, 0.9)
        return clips

    found = {"by turns": by_turns, "at the same time": at_the_same_time, "stacked": as_one}
    return {name: work for name, work in found.items() if on_cuda or work is not at_the_same_time}


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--channels", type=int, nargs=4, default=PAPER_CHANNELS)
    arguments = parser.parse_args()
    torch.set_num_threads(2)
    device = torch.device(arguments.device)
    shape = replace(NetworkSettings(), channels=tuple(arguments.channels))
    seeds = Seeds(shape, arguments.seeds, device)
    print(f"largest difference of a loss after 5 steps: {largest_difference(seeds):.1e}")
    measured = works(seeds)
    rates = best_rates([*measured.values()], arguments.rounds)
    passes = PAPER_EPOCH_PASSES * PAPER_TRAIN_CLIPS
    of_paper = device.type == "cuda" and shape.channels == PAPER_CHANNELS
    for name, rate in zip(measured, rates, strict=True):
        line = f"{arguments.seeds} seeds {name:16} {rate:10.1f} clips/s  {rate / rates[0]:6.1%}"
        if of_paper:
            line += f"  {rate * OPERATIONS_PER_CLIP / 1e12:.1f} TFLOP/s"
            line += f"  the paper's 20 networks: {passes / rate / 60:.1f} minutes"
        print(line)


if __name__ == "__main__":
    main()
