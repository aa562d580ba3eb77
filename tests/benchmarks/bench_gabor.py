"""Time the Gabor features against SciPy's fftconvolve, filter by filter, on 2 threads.

    python tests/benchmarks/bench_gabor.py

The baseline is the least work that convolving filter by filter can do: one complex convolution for
each of the 263 filters in single precision on SciPy's 2 FFT workers, without the correction of the
edges (which the workflow's features include), then the mean magnitude.
"""

from __future__ import annotations

import resource
import sys
from collections.abc import Callable
from pathlib import Path
from time import perf_counter

import numpy as np
import scipy.fft
import torch
from scipy.signal import fftconvolve

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "workflow_scripts"), str(ROOT / "tests")]

from test_gabor import closed_form_kernel, synthetic_log_mel  # noqa: E402

from science.gabor import gabor_features, gabor_filters  # noqa: E402

THREADS = 2
BANDS, FRAMES = 64, 802


def fastest_s(work: Callable[[], object], repeats: int) -> float:
    """Run the work some times and give the fastest run's seconds."""
    times_s = []
    for _ in range(repeats):
        start_s = perf_counter()
        work()
        times_s.append(perf_counter() - start_s)
    return min(times_s)


def convolve_filter_by_filter(log_mel: np.ndarray, kernels: list[np.ndarray]) -> list[float]:
    """Compute the baseline's features of one clip."""
    padded = np.pad(log_mel, ((0, 0), (49, 49)), mode="edge")
    outputs = (fftconvolve(padded, kernel, mode="same") for kernel in kernels)
    return [float(np.abs(output[:, 49:-49]).mean()) for output in outputs]


def main() -> None:
    torch.set_num_threads(THREADS)
    kernels = [closed_form_kernel(gabor)[0].astype(np.complex64) for gabor in gabor_filters()]
    log_mel = synthetic_log_mel(BANDS, FRAMES, seed=0)
    with scipy.fft.set_workers(THREADS):
        baseline_s = fastest_s(lambda: convolve_filter_by_filter(log_mel, kernels), 2)
    clips = torch.from_numpy(log_mel).half().repeat(64, 1, 1)
    gabor_features(clips[:2])
    print(f"Gabor features, {len(kernels)} filters on {BANDS} x {FRAMES}, {THREADS} threads")
    print(f"{'what':<34}{'s/clip':>9}{'ratio':>8}{'peak MB':>9}")
    print(f"{'SciPy fftconvolve, filter by filter':<34}{baseline_s:>8.3f}{1:>8.1f}{'':>9}")
    for count in (16, 32, 64):
        time_s = fastest_s(lambda count=count: gabor_features(clips[:count]), 2) / count
        peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        ratio = baseline_s / time_s
        print(f"{f'gabor_features, {count} clips':<34}{time_s:>9.4f}{ratio:>8.1f}{peak_mb:>9.0f}")


if __name__ == "__main__":
    main()
