"""Log-Mel, quilts, Gabor features and principal components on a CUDA device against this CPU.

    python tests/benchmarks/bench_device.py [--device cuda:1]

Each is measured on all cores and on the device, on the same clips, which lie in the host's memory
before and whose results lie there after; the largest difference of the results is given too. The
networks have bench_training.py.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from time import perf_counter

import torch
from torch import Tensor

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "workflow_scripts"))

from bench_quilting import SEGMENTS_MS, synthetic_clips  # noqa: E402

from science.baselines.gabor import gabor_features  # noqa: E402
from science.baselines.pca import fit_principal_components  # noqa: E402
from science.quilts.logmel import QuiltLogMels  # noqa: E402
from science.sound.logmel import LogMel  # noqa: E402

COMPONENTS = 256
Work = Callable[[str], Tensor]


def fastest_s(work: Callable[[], Tensor], repeats: int) -> tuple[float, Tensor]:
    """Seconds of the fastest run after the first, and the result."""
    result, times_s = work(), []
    for _ in range(repeats):
        begin_s = perf_counter()
        work()
        times_s.append(perf_counter() - begin_s)
    return min(times_s), result


def works(clips: Tensor) -> Iterator[tuple[str, int, Work]]:
    """What is measured: its name, how many clips, and the work, which ends on the CPU."""

    @cache
    def transform(device: str) -> LogMel:
        return LogMel(device=device)

    @cache
    def quilting(device: str) -> QuiltLogMels:
        return QuiltLogMels(SEGMENTS_MS, 0, device=device)

    def log_mel(device: str) -> Tensor:
        return transform(device)(clips).cpu()

    def quilts(device: str) -> Tensor:
        ids = [str(number) for number in range(64)]
        for batch in clips.split(64):
            made = quilting(device)(batch, ids[: len(batch)])
            last = torch.stack([torch.from_numpy(decibels).float() for _, decibels in made])
        return last

    spectrograms = LogMel()(clips)

    def gabor(device: str) -> Tensor:
        return gabor_features(spectrograms, device=device).cpu()

    levels = torch.linspace(0.5, 1.5, 8)[:, None, None, None]
    noise = torch.randn(spectrograms.shape, generator=torch.Generator().manual_seed(0))
    corpus = (spectrograms * levels + 3 * noise.roll(1, 0)).flatten(0, 1).half()

    def variances(device: str) -> Tensor:
        generator = torch.Generator().manual_seed(1)
        components = min(COMPONENTS, len(corpus) // 4)
        blocks = corpus.split(256)
        fitted = fit_principal_components(lambda: blocks, components, generator, device=device)
        return fitted.explained_variance.cpu()

    yield "log-Mel", len(clips), log_mel
    yield "six quilts' log-Mels", len(clips), quilts
    yield "Gabor features", len(clips), gabor
    yield "principal components", len(corpus), variances


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--device", default="cuda")
    parser.add_argument("--clips", type=int, default=256)
    parser.add_argument("--repeats", type=int, default=3)
    arguments = parser.parse_args()
    if not torch.cuda.is_available():
        print("torch sees no CUDA device: nothing to measure")
        return
    print(
        f"{torch.cuda.get_device_name(arguments.device)} against {torch.get_num_threads()} threads "
        f"of the CPU\n{'':<22}{'clips':>6}{'CPU, clips/s':>14}{'device, clips/s':>17}{'ratio':>7}"
        f"{'largest difference':>20}"
    )
    base = synthetic_clips(min(arguments.clips, 16))
    clips = base.repeat(-(-arguments.clips // len(base)), 1)[: arguments.clips]
    for name, count, work in works(clips):
        here_s, expected = fastest_s(lambda work=work: work("cpu"), 1)
        there_s, result = fastest_s(lambda work=work: work(arguments.device), arguments.repeats)
        difference = float((result - expected).abs().max())
        print(
            f"{name:<22}{count:>6}{count / here_s:>14.0f}{count / there_s:>17.0f}"
            f"{here_s / there_s:>7.1f}{difference:>20.2g}"
        )


if __name__ == "__main__":
    main()
