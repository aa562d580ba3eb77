"""The 2-D Gabor filter bank on log-Mel spectrograms, one number per filter and clip.

Source: Schädler, Meyer & Kollmeier, "Spectro-temporal modulation subspace-spanning filter bank
features for robust automatic speech recognition", J. Acoust. Soc. Am. 131, 4134 (2012), equations
1 and 2, with the parameters of Kim, Kim & Jeong (2024, Methods) that give 263 filters.

A filter with the modulation frequencies (ω_k per band, ω_n per frame) is, around its centre sample,

    g(k, n) = e_k(k) e_n(n) exp(i ω_k k + i ω_n n) = c_k(k) c_n(n),     e a Hann window,

and its output on a spectrogram L, with the DC part removed, is

    y = Re{ c * L  −  (e * L) · (c * 1) / (e * 1) },                    1 the constant spectrogram,

that is, the carrier's response less what the same carrier gives to the local mean, weighted by the
envelope. Inside the spectrogram this equals filtering with g less the scaled envelope that makes it
sum to zero. At the lowest and highest bands, where L and 1 end (zeros beyond), the scale
(c * 1) / (e * 1) changes with the band, so that a constant gives zero there too. The frames before
the first and after the last repeat these, so the time axis has no edge. The filter at zero of both
axes keeps its DC part: it is a smoothing, and falls off towards the edges. Each filter is divided
by the largest gain of g less its DC part. A feature is the mean of max(y, 0) over bands and frames.

The published MATLAB code (reference-feature-extraction, gbfb.m) differs in three details. It weighs
the local mean at the edges by |g|, which is not separable. It finds the largest gain at the DFT
bins of the kernel's own size alone, which miss the peak, so that gains reach 1.10 as a rule and
1.24 at most. And the filter at zero has an imaginary part as large as the real one, which gets a
gain of 0.71.

How it is computed. With C and S the cos and sin parts of the carriers, E the envelopes, d(k) =
Re{(c_k * 1) / (e_k * 1)} and m = Σ c_n / Σ e_n, which is real as envelopes are even,

    y = C_k C_n L − d(k) E_k m E_n L  ∓  S_k S_n L                      for the two signs of ω_k.

Over time C_n, m E_n and S_n are products with a banded matrix for each stretch of frames. Over
bands C_k and d E_k commute with turning the bands upside down, and S_k changes its sign with it. So
all are made from the sum and the difference of the two halves of the bands, with half the work, and
give the sum P and the difference Q of the outputs at a band and at its mirror image, each halved.
Of these two outputs, P + Q and P − Q, the ReLUs' sum is P + max(|P|, |Q|), and the sum of P over
bands and frames needs no output at all.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, lru_cache
from math import pi

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import pad

from science.baselines.gabor_bank import PAPER_PARAMETERS, GaborParameters, axis_frequencies

FRAMES_PER_STRETCH = 27
"""Short, as a kernel's matrix is mostly zero beyond; clips of 10 s and of 2 s fill the last one."""
SPECTRAL_AT_ONCE = 2
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

    @cached_property
    def responses(self) -> tuple[np.ndarray, np.ndarray]:
        """Compute the carrier's and the envelope's frequency response around the carrier's peak.

        Both are real, as the kernels are conjugate-symmetric around the centre sample.
        """
        bins = np.linspace(-1, 1, 401) if self.omega_rad else np.zeros(1)
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

    It lies within a DFT bin of the carrier's frequency.
    """
    spectral_carrier, spectral_envelope = spectral.responses
    temporal_carrier, temporal_envelope = temporal.responses
    response = np.outer(spectral_carrier, temporal_carrier)
    if spectral.omega_rad or temporal.omega_rad:
        dc_share = spectral.dc_share * temporal.dc_share
        response -= dc_share * np.outer(spectral_envelope, temporal_envelope)
    return float(np.abs(response).max())


@dataclass(frozen=True)
class _Bank:
    """The matrices of a bank for a number of bands, on a device; `half` of them, rounded up.

    Frequencies ascend from zero on both axes. Where a tensor has two parts, they are for the sum
    and the difference of the two halves of the bands.

    Attributes:
        fold: from bands to both parts, [2, bands, half].
        temporal: for each temporal frequency, [3 * stretch, window]: for each frame of a stretch
            the cos part, m times the envelope and the sin part.
        even: cos part over bands, and below it the DC part, to be taken away, for every spectral
            frequency, [2, 2 * half, frequencies * half].
        odd: the sin part over bands likewise, from the other part's sin part over time,
            [2, half, frequencies * half].
        scales: of each filter, for a largest gain of 1, [temporal, 1, spectral frequencies].
    """

    fold: Tensor
    temporal: list[Tensor]
    even: Tensor
    odd: Tensor
    scales: Tensor


@lru_cache(maxsize=8)
def _bank(parameters: GaborParameters, bands: int, device: torch.device) -> _Bank:
    spectral, temporal = _axis_kernels(parameters)
    identity, half = np.eye(bands), -(-bands // 2)
    folds = [(identity + sign * identity[::-1])[:half] for sign in (1, -1)]
    # The inverse halves, and halves a middle band once more, as it is its own mirror image.
    unfolds = [np.linalg.pinv(fold) for fold in folds]
    even, odd = [], []
    for cos, sin, dc_part in (_spectral_matrices(kernel, bands) for kernel in spectral):
        even.append(
            [
                np.hstack([unfold.T @ cos @ unfold, -unfold.T @ dc_part @ unfold]).T
                for unfold in unfolds
            ]
        )
        odd.append(
            [
                -(unfold.T @ sin @ other).T
                for unfold, other in zip(unfolds, unfolds[::-1], strict=True)
            ]
        )
    gains = [
        [[_peak_gain(over_bands, over_time) for over_bands in spectral]] for over_time in temporal
    ]
    return _Bank(
        _to_tensor(np.stack(folds).swapaxes(1, 2), device),
        [_temporal_matrix(kernel, device) for kernel in temporal],
        _to_tensor(np.concatenate(even, axis=2), device),
        _to_tensor(np.concatenate(odd, axis=2), device),
        _to_tensor(1 / np.array(gains), device),
    )


def _spectral_matrices(kernel: _Kernel, bands: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Give C_k, S_k and d E_k, each from bands to bands."""
    lags = np.subtract.outer(np.arange(bands), np.arange(bands))
    reach = kernel.offsets[-1]
    taps = np.clip(lags, -reach, reach) + reach
    within = np.abs(lags) <= reach
    carrier = np.where(within, kernel.carrier[taps], 0)
    envelope = np.where(within, kernel.envelope[taps], 0)
    scale = carrier.real.sum(1) / envelope.sum(1)
    return carrier.real, carrier.imag, scale[:, None] * envelope


def _temporal_matrix(kernel: _Kernel, device: torch.device) -> Tensor:
    carrier, size = kernel.carrier, len(kernel.offsets)
    taps = np.stack([carrier.real, kernel.dc_share * kernel.envelope, carrier.imag])
    matrix = np.zeros((FRAMES_PER_STRETCH, 3, FRAMES_PER_STRETCH + size - 1))
    for frame in range(FRAMES_PER_STRETCH):
        # A convolution runs its kernel backwards over the window of frames.
        matrix[frame, :, frame : frame + size] = taps[:, ::-1]
    return _to_tensor(matrix.reshape(3 * FRAMES_PER_STRETCH, -1), device)


def _to_tensor(values: np.ndarray, device: torch.device) -> Tensor:
    return torch.from_numpy(np.ascontiguousarray(values, dtype=np.float32)).to(device)


def gabor_features(
    log_mel: Tensor,
    parameters: GaborParameters = PAPER_PARAMETERS,
    device: torch.device | str | None = None,
) -> Tensor:
    """Compute the mean, over bands and frames, of every Gabor filter's rectified output.

    Clips are filtered a few at a time, so memory does not grow with their number beyond the result.

    Args:
        log_mel: log-Mel spectrograms in dB, [clips, bands, frames], of any floating type, one clip
            or more; they may have fewer bands and frames than a filter.
        parameters: the bank's settings.
        device: where to compute; the spectrograms' own device by default.

    Returns:
        Features, [clips, filters] float32 on that device. Temporal frequencies ascend; within each,
        spectral ones ascend from negative to positive, at zero without the negative ones, which
        repeat the positive ones there.

    Raises:
        ValueError: where no bank can be made of the parameters, as `axis_frequencies`.
    """
    device = log_mel.device if device is None else torch.device(device)
    _, bands, frames = log_mel.shape
    bank = _bank(parameters, bands, device)
    clips_at_once = max(1, COLUMNS_AT_ONCE.get(device.type, COLUMNS_AT_ONCE["cuda"]) // frames)
    means = torch.cat(
        [
            _rectified_sums(clips.to(device, torch.float32), bank) * bank.scales / (bands * frames)
            for clips in log_mel.split(clips_at_once)
        ]
    )
    # At temporal frequency zero both signs are one filter, and at spectral frequency zero, too.
    at_zero, positive, negative = means[:, 0, 0], means[:, 1:, 0], means[:, 1:, 1, 1:].flip(2)
    return torch.cat([at_zero, torch.cat([negative, positive], 2).flatten(1)], 1)


def _rectified_sums(clips: Tensor, bank: _Bank) -> Tensor:
    """Sum a few clips' rectified outputs, [clips, temporal, signs, spectral], the gain unscaled."""
    count, _, frames = clips.shape
    half, idle = bank.fold.shape[2], -frames % FRAMES_PER_STRETCH
    # Only the filter at zero of both axes answers to a constant; without it, rounding is smaller.
    level = clips.mean((1, 2), keepdim=True)
    folded = (clips - level).transpose(1, 2) @ bank.fold[:, None]
    reach = _reach(bank.temporal[0])
    padded = pad(folded, (0, 0, reach, reach + idle), mode="replicate")
    products = folded.new_empty((2, count, frames + idle, 3, half))
    totals = folded.new_empty((len(bank.temporal), 2, count, 3, half))
    sums = folded.new_empty((len(bank.temporal), 2, count, bank.even.shape[2]))
    step = SPECTRAL_AT_ONCE * half
    buffer = folded.new_empty((3, 2, count, frames + idle, step))
    split = [tensor.split(step, -1) for tensor in (bank.even, bank.odd, sums)]
    turns = [_Turn(products, buffer, *tensors) for tensors in zip(*split, strict=True)]
    # Backwards, as the products at zero are needed once more.
    for index in reversed(range(len(bank.temporal))):
        _filter_over_time(padded, bank.temporal[index], products)
        products[:, :, frames:] = 0
        torch.sum(products, 2, out=totals[index])
        for turn in turns:
            turn.add_up(index)
    of_cos = totals[:, 0, :, :2].flatten(2) @ bank.even[0]
    of_sin = totals[:, 1, :, 2] @ bank.odd[0]
    sums += torch.stack([of_cos + of_sin, of_cos - of_sin], 1)
    sums = sums.unflatten(3, (-1, half)).sum(4)
    smoothing = bank.even[:, None, :half, :half]
    smooth = products[:, :, :frames, 0] @ smoothing
    smooth[0] += level * (bank.fold[0].sum(0) @ smoothing[0, 0] * bank.temporal[0][0].sum())
    sums[0, 0, :, 0] = (smooth[0] + smooth.abs().amax(0)).sum((1, 2))
    return sums.permute(2, 0, 1, 3)


def _reach(matrix: Tensor) -> int:
    return (matrix.shape[1] - FRAMES_PER_STRETCH) // 2


def _filter_over_time(padded: Tensor, matrix: Tensor, products: Tensor) -> None:
    """Fill the products at a temporal frequency, [2, clips, frames, 3, half].

    The folded spectrograms come as [2, clips, frames, half], with the longest reach before and
    after whole stretches.
    """
    beyond = (padded.shape[2] - products.shape[2]) // 2 - _reach(matrix)
    within = padded[:, :, beyond : padded.shape[2] - beyond]
    windows = within.unfold(2, matrix.shape[1], FRAMES_PER_STRETCH).mT.flatten(1, 2)
    matrices = matrix.expand(windows.shape[1], -1, -1)
    for part, product in zip(windows, products, strict=True):
        torch.bmm(matrices, part, out=product.view(len(part), -1, part.shape[2]))


class _Turn:
    """Some spectral frequencies of a few clips.

    Their views are made once, as making them again for each temporal frequency takes its time.
    """

    def __init__(
        self, products: Tensor, buffer: Tensor, even: Tensor, odd: Tensor, sums: Tensor
    ) -> None:
        """Take views.

        Args:
            products: of a temporal frequency, [2, clips, frames, 3, half].
            buffer: memory for outputs, [3, 2, clips, frames, at least frequencies * half].
            even: as in `_Bank`, for these frequencies.
            odd: likewise.
            sums: where the sums go, [temporal, 2, clips, frequencies * half].
        """
        buffer, factors = buffer[..., : even.shape[2]], products.flatten(1, 2)
        self._positive, self._negative, self._of_sin = buffer
        of_cos, _, of_sin = buffer.flatten(2, 3)
        self._multiplications = [
            *zip(factors[:, :, :2].flatten(2), even, of_cos, strict=True),
            *zip(factors[:, :, 2].unbind()[::-1], odd, of_sin, strict=True),
        ]
        self._outputs = buffer[:2]
        self._larger, self._other = self._outputs.unbind(1)
        self._sums = sums.unbind()

    def add_up(self, index: int) -> None:
        """Sum max(|P|, |Q|) over frames at a temporal frequency, whose products are there."""
        for factor, matrix, out in self._multiplications:
            torch.mm(factor, matrix, out=out)
        torch.sub(self._positive, self._of_sin, out=self._negative)
        self._positive.add_(self._of_sin)
        self._outputs.abs_()
        torch.maximum(self._larger, self._other, out=self._larger)
        torch.sum(self._larger, 2, out=self._sums[index])
