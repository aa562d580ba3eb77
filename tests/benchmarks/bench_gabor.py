"""Time the Gabor features against SciPy's fftconvolve, filter by filter, on 2 threads.

    python tests/benchmarks/bench_gabor.py

Both baselines work in single precision on SciPy's 2 FFT workers. The plain one is the least that
convolving filter by filter can do: a complex convolution for each of the 263 filters, without the
correction of the edges, and the mean magnitude. The corrected one gives the workflow's features: it
adds the convolution with each envelope, and takes the correction's scale as prepared.
"""

from __future__ import annotations

import multiprocessing
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

from test_gabor import (  # noqa: E402
    LONGEST_REACH_FRAMES,
    closed_form_kernel,
    peak_gain,
    synthetic_log_mel,
)

from science.baselines.gabor import gabor_features  # noqa: E402
from science.baselines.gabor_bank import GaborFilter, gabor_filters  # noqa: E402

THREADS = 2
BANDS, FRAMES = 64, 802
REACH = LONGEST_REACH_FRAMES


def fastest_s(work: Callable[[], object], repeats: int) -> float:
    """Run the work some times and give the fastest run's seconds."""
    times_s = []
    for _ in range(repeats):
        start_s = perf_counter()
        work()
        times_s.append(perf_counter() - start_s)
    return min(times_s)


def plain_features(log_mel: np.ndarray, kernels: list[np.ndarray]) -> list[float]:
    """Convolve a clip with each kernel and average the magnitude."""
    padded = np.pad(log_mel, ((0, 0), (REACH, REACH)), mode="edge")
    outputs = (fftconvolve(padded, kernel, mode="same") for kernel in kernels)
    return [float(np.abs(output[:, REACH:-REACH]).mean()) for output in outputs]


def corrected_features(log_mel: np.ndarray, prepared: list[tuple[np.ndarray, ...]]) -> list[float]:
    """Convolve a clip with each kernel and envelope, and remove the DC part up to the edges."""
    padded = np.pad(log_mel, ((0, 0), (REACH, REACH)), mode="edge")
    features = []
    for kernel, envelope, scale in prepared:
        output = fftconvolve(padded, kernel, mode="same")
        output -= fftconvolve(padded, envelope, mode="same") * scale
        features.append(float(np.abs(output[:, REACH:-REACH]).mean()))
    return features


def prepare(gabor: GaborFilter) -> tuple[np.ndarray, ...]:
    """Give a filter's kernel, its envelope, and the scale of the correction at each point."""
    kernel, envelope = closed_form_kernel(gabor)
    kernel = kernel / peak_gain(gabor)
    scale = np.zeros((BANDS, FRAMES + 2 * REACH))
    if gabor.spectral_rad or gabor.temporal_rad:
        ones = np.ones_like(scale)
        scale = fftconvolve(ones, kernel, mode="same") / fftconvolve(ones, envelope, mode="same")
    return kernel.astype(np.complex64), envelope.astype(np.float32), scale.astype(np.complex64)


def measure_features(log_mel: np.ndarray, count: int) -> tuple[float, float]:
    """Seconds per clip and peak resident MB, in a process that has done nothing before."""
    torch.set_num_threads(THREADS)
    clips = torch.from_numpy(log_mel).expand(count, -1, -1)
    time_s = fastest_s(lambda: gabor_features(clips), 3) / count
    # getrusage would count the peak of the parent, too.
    status = Path("/proc/self/status").read_text(encoding="utf-8")
    return time_s, int(status.split("VmHWM:")[1].split()[0]) / 1024


def main() -> None:
    torch.set_num_threads(THREADS)
    prepared = [prepare(gabor) for gabor in gabor_filters()]
    kernels = [kernel for kernel, _, _ in prepared]
    log_mel = synthetic_log_mel(BANDS, FRAMES, seed=0)
    with scipy.fft.set_workers(THREADS):
        plain_s = fastest_s(lambda: plain_features(log_mel, kernels), 3)
        corrected_s = fastest_s(lambda: corrected_features(log_mel, prepared), 3)
        corrected = corrected_features(log_mel, prepared)
    ours = gabor_features(torch.from_numpy(log_mel)[None])[0].numpy()
    difference = np.abs(ours / corrected - 1).max()
    print(f"Gabor features, {len(kernels)} filters on {BANDS} x {FRAMES}, {THREADS} threads")
    print(f"{'':<34}{'s/clip':>9}{'x plain':>9}{'x corrected':>13}{'peak MB':>9}")
    print(f"{'SciPy fftconvolve, plain':<34}{plain_s:>9.4f}")
    print(f"{'SciPy fftconvolve, edges corrected':<34}{corrected_s:>9.4f}")
    for count in (16, 32, 64):
        with multiprocessing.get_context("spawn").Pool(1) as pool:
            time_s, peak_mb = pool.apply(measure_features, (log_mel, count))
        ratios = f"{plain_s / time_s:>9.1f}{corrected_s / time_s:>13.1f}"
        print(f"{f'gabor_features, {count} clips':<34}{time_s:>9.4f}{ratios}{peak_mb:>9.0f}")
    print(f"largest relative difference from the corrected baseline: {difference:.1e}")


if __name__ == "__main__":
    main()
