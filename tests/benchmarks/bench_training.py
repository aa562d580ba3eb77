"""Speed of training and of recording responses, against bare arithmetic and the paper's own loop.

Run `python tests/benchmarks/bench_training.py` for 2 threads of the CPU, with `--channels` for a
smaller network. `--device cuda` takes as many clips as the paper, and adds eager steps against
captured ones, several seeds that share the GPU, the peak of memory, and the time that the paper's
20 networks would take.
"""

from __future__ import annotations

import argparse
import gzip
import io
import multiprocessing
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from threading import Barrier

import numpy as np
import soundfile
import torch
import torchaudio
from torch import Tensor, nn

sys.path.insert(0, str(Path(__file__).parents[2] / "workflow_scripts"))

from science.network.cnn import NetworkSettings, build_network, clips_at_once
from science.network.responses import record_responses
from science.network.training import resolve_precision, train
from science.network.training_state import EpochRow, TrainingData, TrainingSettings, TrainingState
from science.network.training_step import EagerStep, network_input

CLASSES, BATCH, SAMPLE_RATE_HZ = 527, 32, 22_050
PAPER_EPOCH_PASSES = 5 * (100 + 100 + 100 + 200)  # five seeds of four conditions
PAPER_TRAIN_CLIPS = 17_585  # 90% of 19,539
OPERATIONS_PER_CLIP = 1.45e9  # forward and backward
PAPER_CHANNELS = (32, 64, 128, 256)


def best_rates(works: Sequence[Callable[[], int]], rounds: int) -> list[float]:
    """Clips per second of each work in its best round, the works by turns in every round.

    Each returns its number of clips. By turns, so that what else the machine does, and how warm
    its processor is, weighs on all alike.
    """
    best = [0.0] * len(works)
    for _ in range(rounds):
        for number, work in enumerate(works):
            start = time.perf_counter()
            clips = work()
            if torch.cuda.is_available():
                torch.cuda.synchronize()
            best[number] = max(best[number], clips / (time.perf_counter() - start))
    return best


def synthetic_data(clips: int) -> TrainingData:
    """Noise of the paper's shape: 64 bands, 802 frames, 527 classes."""
    generator = torch.Generator().manual_seed(0)
    log_mel = torch.empty(clips + BATCH, 64, 802, dtype=torch.half)
    for block in log_mel.split(256):
        block.copy_(torch.randn(block.shape, generator=generator) * 20 + 40)
    return TrainingData(
        log_mel=log_mel,
        targets=torch.rand(clips + BATCH, CLASSES, generator=generator) < 0.005,
        train_rows=torch.arange(clips),
        validation_rows=torch.arange(clips, clips + BATCH),
    )


def fixed_batch(
    shape: NetworkSettings, data: TrainingData, device: torch.device
) -> Callable[[], int]:
    """Eager steps on one batch that lies on the device: the bare arithmetic of one epoch."""
    network = build_network(shape, CLASSES, 0)
    network.to(device=device, memory_format=network.memory_format).train()
    step = EagerStep(network, 0.01, resolve_precision("auto", device, network))
    log_mel, targets = data.log_mel[:BATCH].to(device), data.targets[:BATCH].to(device)
    step(log_mel, targets, 1e-4, 0.9)

    def work() -> int:
        for _ in range(len(data.train_rows) // BATCH):
            step(log_mel, targets, 1e-4, 0.9)
        return len(data.train_rows)

    return work


def loop_against_steps(
    shape: NetworkSettings, data: TrainingData, device: torch.device, rounds: int
) -> tuple[float, float]:
    """Clips per second of stepping on one batch, and of the training loop's epochs, by turns."""
    work = fixed_batch(shape, data, device)
    best_bare, best_epoch = 0.0, 0.0

    def on_epoch(row: EpochRow, state: TrainingState) -> None:
        nonlocal best_bare, best_epoch
        if row.epoch > 1:
            best_epoch = max(best_epoch, row.clips_per_s)
        best_bare = max(best_bare, *best_rates([work], 1))

    settings = TrainingSettings(epochs=rounds + 1, batch_size=BATCH)
    train(build_network(shape, CLASSES, 0), data, settings, 0, device, on_epoch)
    return best_bare, best_epoch


def one_of_several(shape: NetworkSettings, clips: int, device: str, together: Barrier) -> float:
    """Clips per second of one training on one thread, in a process of its own."""
    torch.set_num_threads(1)
    data, settings = synthetic_data(clips), TrainingSettings(epochs=4, batch_size=BATCH)

    def on_epoch(row: EpochRow, state: TrainingState) -> None:
        if row.epoch == 1:
            together.wait()

    trained = train(build_network(shape, CLASSES, 0), data, settings, 0, device, on_epoch)
    return max(row.clips_per_s for row in trained.history[1:])


def side_by_side(shape: NetworkSettings, clips: int, device: str, seeds: int) -> float:
    """Clips per second of some seeds together, a thread each, as the workflow runs them."""
    with multiprocessing.Manager() as manager:
        together = manager.Barrier(seeds)
        with multiprocessing.get_context("spawn").Pool(seeds) as pool:
            return sum(pool.starmap(one_of_several, [(shape, clips, device, together)] * seeds))


def eager_loop(shape: NetworkSettings, data: TrainingData, device: torch.device) -> float:
    """The best epoch of a training without CUDA graphs, after the first."""
    settings = TrainingSettings(epochs=4, batch_size=BATCH, cuda_graphs=False)
    trained = train(build_network(shape, CLASSES, 0), data, settings, 0, device)
    return max(row.clips_per_s for row in trained.history[1:])


class GzippedWaveforms(torch.utils.data.Dataset):
    """Ten-second clips in gzipped WAV files, as the paper's code reads them."""

    def __init__(self, folder: Path, clips: int) -> None:
        rng = np.random.default_rng(0)
        self.paths = [folder / f"{clip}.wav.gz" for clip in range(clips)]
        for path in self.paths:
            wav = io.BytesIO()
            samples = (rng.normal(0, 2000, 10 * SAMPLE_RATE_HZ)).astype(np.int16)
            soundfile.write(wav, samples, SAMPLE_RATE_HZ, format="WAV")
            path.write_bytes(gzip.compress(wav.getvalue(), compresslevel=1))

    def __len__(self) -> int:
        return len(self.paths)

    def __getitem__(self, item: int) -> tuple[Tensor, Tensor]:
        with gzip.open(self.paths[item]) as file:
            samples, _ = soundfile.read(io.BytesIO(file.read()), dtype="int16")
        return torch.from_numpy(samples.astype(np.float32)), torch.zeros(CLASSES)


def paper_loop(shape: NetworkSettings, device: torch.device, clips: int) -> float:
    """A DataLoader of waveforms, the log-Mel inside the model, the loss read at every step.

    The network is ours, with its cheaper dropout, so the ratio is the loop's alone.
    """
    mel = torchaudio.transforms.MelSpectrogram(
        SAMPLE_RATE_HZ, n_fft=551, hop_length=275, n_mels=64, f_max=8000
    ).to(device)
    network = build_network(shape, CLASSES, 0).to(device).train()
    optimizer = torch.optim.AdamW(network.parameters())
    with tempfile.TemporaryDirectory() as folder:
        data = GzippedWaveforms(Path(folder), clips)

        def work() -> int:
            for waveforms, targets in torch.utils.data.DataLoader(data, BATCH, shuffle=True):
                power = mel(waveforms.to(device)).clamp(min=1e-10)
                logits = network(10 * power.log10()[:, None])
                loss = nn.functional.binary_cross_entropy_with_logits(logits, targets.to(device))
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
                loss.item()
            return clips

        return best_rates([work], 3)[0]


def responses(
    shape: NetworkSettings, data: TrainingData, device: torch.device, batch: int, rounds: int
) -> list[float]:
    """Clips per second of the bare forward pass on one batch, and of recording."""
    network = build_network(shape, CLASSES, 0).eval()
    network.to(device=device, memory_format=network.memory_format)
    log_mel = data.log_mel[: len(data.log_mel) // batch * batch]
    x = network_input(log_mel[:batch].to(device), network.memory_format)

    def bare() -> int:
        with torch.inference_mode():
            for _ in range(len(log_mel) // batch):
                network(x)
        return len(log_mel)

    def recorded() -> int:
        batches = record_responses(network, log_mel.split(batch), device)
        return sum(len(features) for features, _ in batches)

    return best_rates([bare, recorded], rounds)


def report_cuda(shape: NetworkSettings, data: TrainingData, captured: float, eager: float) -> None:
    """Milliseconds per step, peak memory, and the paper's 20 networks projected."""
    print(f"eager loop            {eager:10.1f} clips/s  {BATCH / eager * 1e3:.3f} ms/step")
    print(f"captured loop         {captured:10.1f} clips/s  {BATCH / captured * 1e3:.3f} ms/step")
    print(f"peak of device memory {torch.cuda.max_memory_allocated() / 2**30:10.2f} GiB")
    minutes = PAPER_EPOCH_PASSES * PAPER_TRAIN_CLIPS / captured / 60
    teraflops = captured * OPERATIONS_PER_CLIP / 1e12
    print(f"the paper's 20 networks: {minutes:.1f} minutes, at {teraflops:.1f} TFLOP/s")
    for seeds in (2, 4):
        together = side_by_side(shape, len(data.train_rows), "cuda", seeds)
        print(f"{seeds} seeds on the GPU    {together:10.1f} clips/s  {together / captured:.1%}")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--clips", type=int, help="by default 160; on CUDA as many as the paper")
    parser.add_argument("--rounds", type=int, default=6)
    parser.add_argument("--channels", type=int, nargs=4, default=PAPER_CHANNELS)
    arguments = parser.parse_args()
    torch.set_num_threads(2)
    device = torch.device(arguments.device)
    shape = replace(NetworkSettings(), channels=tuple(arguments.channels))
    clips = arguments.clips or (PAPER_TRAIN_CLIPS if device.type == "cuda" else 160)
    data = synthetic_data(clips)

    bare, loop = loop_against_steps(shape, data, device, arguments.rounds)
    paper = paper_loop(shape, device, min(clips, 4 * BATCH))
    print(f"steps on one batch    {bare:10.1f} clips/s")
    print(f"training loop         {loop:10.1f} clips/s  {loop / bare:.1%} of that")
    if device.type == "cpu":
        together = side_by_side(shape, clips, "cpu", 2)
        print(f"two seeds together    {together:10.1f} clips/s  {together / loop:.1%} of the loop")
    print(f"the paper's loop form {paper:10.1f} clips/s  ours is {loop / paper:.2f} times faster")
    batch = min(clips_at_once(device), len(data.log_mel))
    forward, recorded = responses(shape, data, device, batch, arguments.rounds)
    print(f"bare forward          {forward:10.1f} clips/s")
    print(f"recorded responses    {recorded:10.1f} clips/s  {recorded / forward:.1%} of that")
    if device.type == "cuda":
        report_cuda(shape, data, loop, eager_loop(shape, data, device))


if __name__ == "__main__":
    main()
