"""Log-Mel levels of single windows in float64."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import torch
from torch import Tensor

from science.sound.settings import LogMelSettings, mel_weights


def window_levels(windows: Tensor, settings: LogMelSettings) -> Tensor:
    """Log-Mel levels of windows that are already cut, as `LogMel` gives them, but in float64.

    Args:
        windows: [count, window_samples] in 16-bit units.
        settings: The log-Mel's settings.

    Returns:
        [count, bands] float64 in dB.
    """
    hann, weights = _hann_and_weights(settings, windows.device)
    tapered = windows * hann
    if tapered.device.type == "cpu":
        # A third of what PyTorch's takes for the 551 = 19 · 29 samples of the paper's window.
        spectra = torch.from_numpy(np.fft.rfft(tapered.numpy()))
    else:
        spectra = torch.fft.rfft(tapered)
    spectra = spectra[:, : len(weights)]
    power = spectra.real.square().addcmul_(spectra.imag, spectra.imag)
    return (power @ weights).clamp_(min=settings.lowest_power).log10_().mul_(10.0)


@lru_cache(maxsize=8)
def _hann_and_weights(settings: LogMelSettings, device: torch.device) -> tuple[Tensor, Tensor]:
    """The periodic window [window_samples] and the Mel bands [bins, bands], float64."""
    hann = torch.hann_window(settings.window_samples, dtype=torch.float64, device=device)
    weights = mel_weights(settings).T
    highest = np.flatnonzero(weights.any(axis=1))[-1]
    return hann, torch.from_numpy(weights[: highest + 1].copy()).to(device)
