"""Time the Gabor features against SciPy, filter by filter, on one thread, turn by turn.

    python tests/benchmarks/bench_gabor.py

The baselines work on real kernels in single precision. The plain one is the least that convolving
filter by filter can do: one real convolution for each of the 263 filters, without the correction of
the edges, rectified and averaged; once with fftconvolve and once with oaconvolve. The corrected one
gives the workflow's features: it adds, with fftconvolve, the convolution with each envelope, and
takes the correction's scale as prepared. Times are of the processor, not of the clock: on one
thread they are the same where nothing else runs, and other work disturbs them less.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from statistics import median
from time import process_time

import numpy as np
import torch
from scipy.signal import fftconvolve, oaconvolve
from threadpoolctl import threadpool_limits

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "workflow_scripts"), str(ROOT / "tests")]

from listed_filters import GaborFilter, gabor_filters  # noqa: E402
from test_gabor import (  # noqa: E402
    closed_form_feature,
    closed_form_kernel,
    peak_gain,
    same_size,
    synthetic_log_mel,
)

from science.baselines.gabor import gabor_features  # noqa: E402

BANDS, FRAMES, FRAMES_OF_2_S = 64, 802, 161
CLIPS, ROUNDS = 16, 9
PLAIN, ALTERNATIVE, CORRECTED = "fftconvolve", "oaconvolve", "fftconvolve, edges corrected"
OURS, OURS_2_S = "gabor_features", "gabor_features, 2 s"


def prepare(gabor: GaborFilter) -> tuple[np.ndarray, ...]:
    """Give a filter's real kernel, its envelope, and the scale of the correction at each point."""
    kernel, envelope = closed_form_kernel(gabor)
    kernel = kernel.real / peak_gain(gabor)
    scale = np.zeros((BANDS, FRAMES + kernel.shape[1] - 1))
    if gabor.spectral_rad or gabor.temporal_rad:
        ones = np.ones_like(scale)
        scale = same_size(ones, kernel) / same_size(ones, envelope)
    return tuple(values.astype(np.float32) for values in (kernel, envelope, scale))


def scipy_features(
    log_mel: np.ndarray, prepared: list[tuple[np.ndarray, ...]], convolve: Callable, corrected: bool
) -> list[float]:
    """Convolve a clip with each kernel, and average what is above zero."""
    features = []
    for kernel, envelope, scale in prepared:
        reach = kernel.shape[1] // 2
        padded = np.pad(log_mel, ((0, 0), (reach, reach)), mode="edge")
        output = convolve(padded, kernel, mode="same")
        if corrected:
            output -= convolve(padded, envelope, mode="same") * scale
        features.append(float(np.maximum(output[:, reach : reach + FRAMES], 0).mean()))
    return features


def seconds(work: Callable[[], object]) -> float:
    """The processor's seconds of a work."""
    start_s = process_time()
    work()
    return process_time() - start_s


def main() -> None:
    torch.set_num_threads(1)
    threadpool_limits(1)
    filters = gabor_filters()
    prepared = [prepare(gabor) for gabor in filters]
    log_mel = synthetic_log_mel(BANDS, FRAMES, seed=0)
    clips = torch.from_numpy(log_mel).expand(CLIPS, -1, -1)
    short_clips = clips[:, :, :FRAMES_OF_2_S].contiguous()
    works = {
        PLAIN: (1, lambda: scipy_features(log_mel, prepared, fftconvolve, corrected=False)),
        ALTERNATIVE: (1, lambda: scipy_features(log_mel, prepared, oaconvolve, corrected=False)),
        CORRECTED: (1, lambda: scipy_features(log_mel, prepared, fftconvolve, corrected=True)),
        OURS: (CLIPS, lambda: gabor_features(clips)),
        OURS_2_S: (CLIPS, lambda: gabor_features(short_clips)),
    }
    gabor_features(clips[:1])  # makes the bank
    rounds = [
        {name: seconds(work) / count for name, (count, work) in works.items()}
        for _ in range(ROUNDS)
    ]
    print(f"Gabor features, {len(filters)} filters, {BANDS} x {FRAMES}, medians of {ROUNDS} rounds")
    for name in works:
        print(f"{name:<30}{1000 * median(times[name] for times in rounds):>8.1f} ms/clip")
    for name in (PLAIN, ALTERNATIVE, CORRECTED):
        ratios = sorted(times[name] / times[OURS] for times in rounds)
        spread = f"{median(ratios):.1f} times ({ratios[0]:.1f}-{ratios[-1]:.1f})"
        print(f"{OURS} is {spread} as fast as {name}")
    exact = [closed_form_feature(log_mel, gabor) for gabor in filters]
    for name, features in (
        (OURS, gabor_features(clips[:1])[0].numpy()),
        (CORRECTED, scipy_features(log_mel, prepared, fftconvolve, corrected=True)),
    ):
        error = np.abs(np.divide(features, exact) - 1).max()
        print(f"largest relative difference of {name} from double precision: {error:.1e}")


if __name__ == "__main__":
    main()
