"""Log-Mel levels of single windows in float64, by a discrete Fourier transform in two stages.

The paper's window has 551 = 19 · 29 samples. With N = A · B and sample n = B·i + j,

    X[k] = Σ_j exp(−2πi jk / N) · Y[k mod A, j],   Y[r, j] = Σ_i exp(−2πi ir / A) · x[B·i + j]

(Cooley and Tukey, 1965), both as matrix products. Since x is real, Y[A − r] is the conjugate of
Y[r], so that r = 0 ... A/2 serve all bins. That is a third of the arithmetic of one transform by
its matrix; of a window of prime length A is 1, and it is that transform.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import torch
from torch import Tensor

from science.sound.settings import LogMelSettings, mel_weights


@dataclass(frozen=True)
class _Stages:
    """The matrices, all float64; r is numbered by remainders, the bins of each by columns.

    Attributes:
        taper: [window_samples] the Hann window.
        first: [2 · remainders, A] real and imaginary part of each remainder's Y from x.
        second: [remainders, 2 · B, 2 · columns] real and imaginary parts of X from those of Y.
        weights: [remainders · columns, bands] the Mel bands.
    """

    taper: Tensor
    first: Tensor
    second: Tensor
    weights: Tensor


def window_levels(windows: Tensor, settings: LogMelSettings | None = None) -> Tensor:
    """Log-Mel levels of windows that are already cut, as `LogMel` gives them, but in float64.

    Args:
        windows: [count, window_samples] in 16-bit units.
        settings: The log-Mel's settings.

    Returns:
        [count, bands] float64 in dB.
    """
    settings = settings or LogMelSettings()
    stages = _stages(settings, windows.device)
    tapered = (windows.double() * stages.taper).unflatten(1, (stages.first.shape[1], -1))
    partial = torch.matmul(stages.first, tapered).reshape(len(windows), len(stages.second), -1)
    squares = torch.bmm(partial.transpose(0, 1), stages.second).square_()
    real, imaginary = squares.chunk(2, dim=-1)
    power = squares.new_empty((len(windows), *real.shape[::2]))
    torch.add(real, imaginary, out=power.transpose(0, 1))
    bands = power.flatten(1) @ stages.weights
    return bands.clamp_(min=settings.lowest_power).log10_().mul_(10.0)


@lru_cache(maxsize=8)
def _stages(settings: LogMelSettings, device: torch.device) -> _Stages:
    samples = settings.window_samples
    rows = next(rows for rows in range(int(samples**0.5), 0, -1) if samples % rows == 0)
    remainder = np.arange(rows // 2 + 1)
    first = _turns(np.outer(remainder, np.arange(rows)), rows)
    weights = mel_weights(settings)
    bins = np.flatnonzero(weights.any(axis=0))
    nearest = np.minimum(bins % rows, -bins % rows)
    groups = [bins[nearest == number] for number in remainder]
    columns = max(map(len, groups))
    second = np.zeros((len(remainder), 2, samples // rows, 2 * columns))
    band_weights = np.zeros((len(remainder), columns, settings.bands))
    for number, group in enumerate(groups):
        real, imaginary = _turns(np.outer(np.arange(samples // rows), group), samples)
        # Bins of the remainder A − r are made of the conjugate.
        sign = np.where(group % rows == number, 1, -1)
        used = np.r_[: len(group), columns : columns + len(group)]
        second[number, 0][:, used] = np.hstack((real, imaginary))
        second[number, 1][:, used] = np.hstack((-sign * imaginary, sign * real))
        band_weights[number, : len(group)] = weights[:, group].T
    hann = _turns(np.arange(samples), samples)[0] * -0.5 + 0.5
    matrices = (
        hann,
        np.stack(first, axis=1).reshape(-1, rows),
        second.reshape(len(remainder), -1, 2 * columns),
        band_weights.reshape(-1, settings.bands),
    )
    return _Stages(*(torch.from_numpy(np.ascontiguousarray(part)).to(device) for part in matrices))


def _turns(numbers: np.ndarray, whole: int) -> tuple[np.ndarray, np.ndarray]:
    """Real and imaginary part of exp(−2πi numbers / whole)."""
    angle = 2 * np.pi * (numbers % whole) / whole
    return np.cos(angle), -np.sin(angle)
