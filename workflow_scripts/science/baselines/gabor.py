"""The 2-D Gabor filter bank on log-Mel spectrograms, one number per filter and clip.

Source: Schädler, Meyer & Kollmeier, "Spectro-temporal modulation subspace-spanning filter bank
features for robust automatic speech recognition", J. Acoust. Soc. Am. 131, 4134 (2012), equations
1 and 2, with the parameters of Kim, Kim & Jeong (2024) that give 263 filters.

A filter with the modulation frequencies (ω_k per band, ω_n per frame) is, around its centre sample,

    g(k, n) = e_k(k) e_n(n) exp(i ω_k k + i ω_n n) = c_k(k) c_n(n),     e a Hann window,

and its output on a spectrogram L, with the DC part removed, is

    y = c * L  −  (e * L) · (c * 1) / (e * 1),                          1 the constant spectrogram,

that is, the carrier's response less what the same carrier gives to the local mean, weighted by the
envelope. Inside the spectrogram this equals filtering with g less the scaled envelope that makes it
sum to zero. At the lowest and highest bands, where L and 1 end (zeros beyond), the scale
(c * 1) / (e * 1) changes with the band, so that a constant gives zero there too. (Subtracting the
scaled envelope from g first changes nothing: what it takes from the first term, it takes from the
second. The published MATLAB code weighs the local mean by |g|, which is not separable.) The frames
before the first and after the last repeat these, so the time axis has no edge, and

    y = (c_k c_n) * L  −  d(k) m · (e_k e_n) * L,   d = (c_k * 1) / (e_k * 1),   m = Σ c_n / Σ e_n:

two products of a spectral and a temporal kernel. As envelopes are even, m is real, and with
c = cos part + i · sin part the four real products cos·cos, sin·sin, sin·cos and cos·sin serve both
signs of ω_k; the DC part joins the first and third. Temporal filtering is a product with a banded
Toeplitz matrix for each stretch of frames, spectral filtering one with a bands × bands matrix. The
filter at zero of both axes keeps its DC part: it is a smoothing, and falls off towards the edges.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from math import pi

import numpy as np
import torch
from torch import Tensor

from science.baselines.gabor_bank import (
    PAPER_PARAMETERS,
    GaborParameters,
    axis_frequencies,
    gabor_filters,
)

FRAMES_PER_STRETCH = 64
SPECTRAL_AT_ONCE = 5
COLUMNS_AT_ONCE = {"cpu": 1024, "cuda": 32768}
"""Clips x frames filtered together: what keeps a CPU's products in its caches, and a GPU busy."""


@dataclass(frozen=True)
class _Kernel:
    """One axis of a filter around its centre sample: envelope, and the carrier under it."""

    omega_rad: float
    offsets: np.ndarray
    envelope: np.ndarray

    @property
    def carrier(self) -> np.ndarray:
        return self.envelope * np.exp(1j * self.omega_rad * self.offsets)

    @property
    def dc_share(self) -> float:
        """How much of the envelope removes the carrier's DC part (m)."""
        return float(self.carrier.real.sum() / self.envelope.sum())

    def responses(self) -> tuple[np.ndarray, np.ndarray]:
        """Compute the carrier's and the envelope's frequency response around the carrier's peak.

        Both are real, as the kernels are conjugate-symmetric around the centre sample.
        """
        bins = np.linspace(-0.5, 0.5, 401) if self.omega_rad else np.zeros(1)
        omegas_rad = self.omega_rad + bins * 2 * pi / len(self.offsets)
        waves = np.exp(-1j * np.outer(omegas_rad, self.offsets))
        return (waves @ self.carrier).real, (waves @ self.envelope).real


def _kernel(omega_rad: float, size_max: float, half_waves: float) -> _Kernel:
    """Sample the Hann envelope of the width that holds the half-waves (equation 1)."""
    width = pi * half_waves / omega_rad if omega_rad else size_max
    reach = int(np.ceil(width / 2)) - 1
    offsets = np.arange(-reach, reach + 1)
    return _Kernel(omega_rad, offsets, 0.5 + 0.5 * np.cos(2 * pi * offsets / width))


def _axis_kernels(parameters: GaborParameters) -> tuple[list[_Kernel], list[_Kernel]]:
    spectral, temporal = (
        [_kernel(omega_rad, size_max, parameters.half_waves) for omega_rad in omegas_rad]
        for omegas_rad, size_max in zip(
            axis_frequencies(parameters), parameters.size_max, strict=True
        )
    )
    return spectral, temporal


def _peak_gain(spectral: _Kernel, temporal: _Kernel) -> float:
    """Find the largest gain of a filter over all modulation frequencies, its DC part removed.

    It lies beside the carrier's frequency. (The published code looks only at the DFT bins of the
    kernel's own size, which miss the peak, and so lets the largest gain reach 1.26.)
    """
    spectral_carrier, spectral_envelope = spectral.responses()
    temporal_carrier, temporal_envelope = temporal.responses()
    response = np.outer(spectral_carrier, temporal_carrier)
    if spectral.omega_rad or temporal.omega_rad:
        dc_share = spectral.dc_share * temporal.dc_share
        response -= dc_share * np.outer(spectral_envelope, temporal_envelope)
    return float(np.abs(response).max())


@dataclass(frozen=True)
class _SpectralMatrices:
    """Spectral filtering at some frequencies as matrices over the bands, DC part included.

    With U, V the cos- and sin-filtered frames and W the envelope-filtered ones times m,
    `even @ [U; W]` stacks cos·cos and sin·cos less their DC parts, and `odd @ V` stacks sin·sin and
    -cos·sin, each for all frequencies and bands. [Re; Im] of the output is their difference for
    ω_k > 0, and their sum (Im negated, the magnitude the same) for ω_k < 0.
    """

    even: Tensor
    odd: Tensor


def _spectral_matrices(
    kernels: list[_Kernel], bands: int, device: torch.device
) -> _SpectralMatrices:
    lags = np.subtract.outer(np.arange(bands), np.arange(bands))
    carriers, dc_parts = [], []
    for kernel in kernels:
        reach = kernel.offsets[-1]
        taps = np.clip(lags, -reach, reach) + reach
        within = np.abs(lags) <= reach
        carrier = np.where(within, kernel.carrier[taps], 0)
        envelope = np.where(within, kernel.envelope[taps], 0)
        carriers.append(carrier)
        dc_parts.append((carrier.sum(1) / envelope.sum(1))[:, None] * envelope)
    carrier, dc_part = np.vstack(carriers), np.vstack(dc_parts)
    even = np.block([[carrier.real, -dc_part.real], [carrier.imag, -dc_part.imag]])
    odd = np.vstack([carrier.imag, -carrier.real])
    return _SpectralMatrices(_to_tensor(even, device), _to_tensor(odd, device))


def _temporal_matrices(kernel: _Kernel, device: torch.device) -> Tensor:
    """Build the Toeplitz matrices [3, window, stretch]: cos part, m times envelope, sin part."""
    carrier, reach = kernel.carrier, kernel.offsets[-1]
    taps = np.stack([carrier.real, kernel.dc_share * kernel.envelope, carrier.imag])
    window = FRAMES_PER_STRETCH + 2 * reach
    matrices = np.zeros((3, window, FRAMES_PER_STRETCH))
    for frame in range(FRAMES_PER_STRETCH):
        # A convolution runs its kernel backwards over the window of frames.
        matrices[:, frame : frame + len(kernel.offsets), frame] = taps[:, ::-1]
    return _to_tensor(matrices, device)


def _to_tensor(values: np.ndarray, device: torch.device) -> Tensor:
    return torch.from_numpy(np.ascontiguousarray(values, dtype=np.float32)).to(device)


@dataclass(frozen=True)
class _Bank:
    """The matrices of a bank for a number of bands, on a device.

    Attributes:
        flat: for spectral frequency zero.
        spectral: for the others, ascending, a few at a time.
        temporal: one for each temporal frequency, ascending from zero.
        constant_response: of the filter at zero of both axes to a constant of 1, for each band.
        scales: of each filter, for a largest gain of 1.
    """

    flat: _SpectralMatrices
    spectral: list[_SpectralMatrices]
    temporal: list[Tensor]
    constant_response: Tensor
    scales: Tensor


@lru_cache(maxsize=8)
def _bank(parameters: GaborParameters, bands: int, device: torch.device) -> _Bank:
    spectral, temporal = _axis_kernels(parameters)
    gains = {(s.omega_rad, t.omega_rad): _peak_gain(s, t) for t in temporal for s in spectral}
    scales = [1 / gains[abs(f.spectral_rad), f.temporal_rad] for f in gabor_filters(parameters)]
    flat = _spectral_matrices(spectral[:1], bands, device)
    return _Bank(
        flat,
        [
            _spectral_matrices(spectral[first : first + SPECTRAL_AT_ONCE], bands, device)
            for first in range(1, len(spectral), SPECTRAL_AT_ONCE)
        ],
        [_temporal_matrices(kernel, device) for kernel in temporal],
        -flat.odd[bands:].sum(1) * float(temporal[0].envelope.sum()),
        _to_tensor(np.array(scales), device),
    )


def gabor_features(
    log_mel: Tensor,
    parameters: GaborParameters = PAPER_PARAMETERS,
    device: torch.device | str | None = None,
) -> Tensor:
    """Compute the mean magnitude, over bands and frames, of every Gabor filter's output.

    Clips are filtered a few at a time, so memory does not grow with their number beyond the result.

    Args:
        log_mel: log-Mel spectrograms in dB, [clips, bands, frames], of any floating type.
        parameters: the bank's settings.
        device: where to compute; the spectrograms' own device by default.

    Returns:
        Features, [clips, filters] float32 on that device; columns as in
            `gabor_frequencies.gabor_filters`.

    Raises:
        ValueError: where the shape is another, there are no bands or frames, or no bank can be
            made of the parameters, as `axis_frequencies`.
    """
    if log_mel.ndim != 3 or 0 in log_mel.shape[1:]:
        raise ValueError(
            "Gabor features need log-Mel spectrograms of shape [clips, bands, frames] with at "
            f"least one band and frame; these have {list(log_mel.shape)}."
        )
    device = log_mel.device if device is None else torch.device(device)
    _, bands, frames = log_mel.shape
    bank = _bank(parameters, bands, device)
    clips_at_once = max(1, COLUMNS_AT_ONCE.get(device.type, COLUMNS_AT_ONCE["cuda"]) // frames)
    if not len(log_mel):
        return bank.scales.new_empty((0, len(bank.scales)))
    features = [
        _mean_magnitudes(clips.to(device, torch.float32), bank) * bank.scales
        for clips in log_mel.split(clips_at_once)
    ]
    return torch.cat(features)


def _mean_magnitudes(clips: Tensor, bank: _Bank) -> Tensor:
    """Filter a few clips, [clips, bands, frames], by every filter, before the gain's scaling."""
    count, bands, frames = clips.shape
    # Only the filter at zero of both axes answers to a constant; without it, rounding is smaller.
    offset = clips.mean((1, 2))
    centred = (clips - offset[:, None, None]).transpose(0, 1)
    buffers = clips.new_empty((2, SPECTRAL_AT_ONCE * 2 * bands, count * frames))
    sums = []
    for index, products in enumerate(_temporal_products(centred, bank.temporal)):
        if index:
            sums += _sums_of_both_signs(products, bank, buffers, clips.shape)
        else:
            # At temporal frequency zero the sin part is none, and both signs are one filter.
            smooth = (-bank.flat.odd[bands:] @ products[:bands]).view(bands, count, frames)
            smooth += offset[:, None] * bank.constant_response[:, None, None]
            sums.append(smooth.abs_().sum((0, 2))[None])
            for matrices in bank.spectral:
                outputs = buffers[:1, : len(matrices.even)]
                torch.mm(matrices.even, products[: 2 * bands], out=outputs[0])
                sums += _sums_of_magnitudes(outputs, clips.shape)
    return torch.cat(sums).T / (bands * frames)


def _sums_of_both_signs(
    products: Tensor, bank: _Bank, buffers: Tensor, shape: torch.Size
) -> list[Tensor]:
    """Sum the magnitudes at one temporal frequency, [frequencies, clips], negative ones first."""
    bands = shape[1]
    cos_and_envelope, sin = products[: 2 * bands], products[2 * bands :]
    # Spectral frequency zero has no sin part: cos over bands with cos and with sin over frames.
    output = buffers[:1, : 2 * bands]
    torch.mm(bank.flat.even[:bands], cos_and_envelope, out=output[0, :bands])
    torch.mm(bank.flat.odd[bands:], sin, out=output[0, bands:])
    sums = [_sums_of_magnitudes(output, shape)[0]]
    for matrices in bank.spectral:
        outputs = buffers[:, : len(matrices.even)]
        positive, negative = outputs
        torch.mm(matrices.even, cos_and_envelope, out=positive)
        torch.mm(matrices.odd, sin, out=negative)
        positive -= negative
        torch.add(positive, negative, alpha=2, out=negative)
        of_positive, of_negative = _sums_of_magnitudes(outputs, shape)
        sums = [of_negative.flip(0), *sums, of_positive]
    return sums


def _temporal_products(centred: Tensor, matrices: list[Tensor]) -> Iterator[Tensor]:
    """Yield each temporal frequency's [3 * bands, clips * frames]: cos, m times envelope, sin.

    The spectrograms come as [bands, clips, frames].
    """
    bands, count, frames = centred.shape
    stretches = -(-frames // FRAMES_PER_STRETCH)
    for kernel in matrices:
        reach = (kernel.shape[1] - FRAMES_PER_STRETCH) // 2
        tail = reach + stretches * FRAMES_PER_STRETCH - frames
        padded = torch.nn.functional.pad(centred, (reach, tail), mode="replicate")
        windows = padded.unfold(2, kernel.shape[1], FRAMES_PER_STRETCH).reshape(
            1, -1, kernel.shape[1]
        )
        products = torch.bmm(windows.expand(3, -1, -1), kernel)
        yield products.view(3 * bands, count, -1)[:, :, :frames].reshape(3 * bands, count * frames)


def _sums_of_magnitudes(outputs: Tensor, shape: torch.Size) -> Tensor:
    """Sum the magnitudes of each clip, in place, over its bands and frames.

    The outputs come as [signs, Re or Im * frequencies * bands, clips * frames]; the sums go as
    [signs, frequencies, clips].
    """
    clips, bands, frames = shape
    real, imaginary = outputs.square_().chunk(2, dim=1)
    magnitudes = real.add_(imaginary).sqrt_()
    return magnitudes.view(len(outputs), -1, bands, clips, frames).sum((2, 4))
