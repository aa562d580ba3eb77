"""Log-Mel spectrogram of the paper (Methods, "Data"), as one matrix product per half of a frame.

The paper's window of 25 ms is 551 = 19·29 samples, a length on which an FFT is slow, and its Mel
bands end at 8 kHz, so that only 200 of the 276 frequency bins matter. A real frame under a window
that is symmetric about its centre splits into an even and an odd half: the cosine and the sine
transform of these halves, with the window multiplied into the matrices, give the same power with
half the arithmetic of a plain matrix DFT, and in the form that processors do fastest.
"""

from __future__ import annotations

from math import prod

import numpy as np
import torch
from torch import Tensor

from science.sound.settings import LogMelSettings, mel_weights

COLUMN_MULTIPLE = 16


class LogMel:
    """Turns waveforms in 16-bit units (±32768) into log-Mel spectrograms in dB.

    The matrices and the working memory are made once; the object can be called on any number of
    batches, by one thread at a time.
    """

    def __init__(self, settings: LogMelSettings | None = None, device: str = "cpu") -> None:
        self.settings = settings or LogMelSettings()
        self.device = torch.device(device)
        weights = mel_weights(self.settings)
        used = np.flatnonzero(weights.any(axis=0))
        cosine, sine = folded_fourier_matrices(self.settings.window_samples, used)
        # Zero columns up to whole vector registers: products are a fifth faster than with 199.
        empty = ((0, 0), (0, -len(used) % COLUMN_MULTIPLE))
        self._cosine = self._constant(np.pad(cosine, empty))
        self._sine = self._constant(np.pad(sine, empty))
        self._weights = self._constant(np.pad(weights[:, used], empty))
        self._memory: dict[str, Tensor] = {}
        # A few clips at a time keep the intermediate products in a processor's cache.
        self.clips_at_once = 256 if self.device.type == "cuda" else 2

    def place(self) -> Tensor:
        """Memory for as many whole clips as are transformed at once: [clips, clip_samples] float32.

        A call with waveforms that were made there, in all rows or in the first ones, does not have
        to copy them. It holds them until the next call with others.
        """
        margin, samples = self.settings.window_samples // 2, self.settings.clip_samples
        padded = self._kept("padded", self.clips_at_once, samples + 2 * margin)
        return padded[:, margin : margin + samples]

    def __call__(self, waveforms: Tensor, out: Tensor | None = None) -> Tensor:
        """Compute the log-Mel spectrograms of whole clips.

        Args:
            waveforms: [clips, samples], any real type, in 16-bit units.
            out: [clips, bands, frames] of a floating type, on any device, to be filled and
                returned; by default a new float32 tensor on the object's device.

        Returns:
            [clips, bands, frames] in dB.

        Raises:
            ValueError: A waveform holds NaN or infinite samples (its row is named), or is empty.
        """
        if out is None:
            shape = (len(waveforms), self.settings.bands, self.settings.frames)
            out = torch.empty(shape, device=self.device)
        self.fill(out, waveforms)
        finite = torch.isfinite(out.sum(dim=(1, 2), dtype=torch.float32))
        if not bool(finite.all()):
            rows = torch.nonzero(~finite).flatten().tolist()
            raise ValueError(f"waveforms in rows {rows[:10]} hold NaN or infinite samples")
        return out

    def fill(self, out: Tensor, waveforms: Tensor) -> None:
        """Compute the log-Mel of clips whose samples are known to be finite, without a check.

        Args:
            out: [clips, bands, frames] of a floating type, on any device, overwritten, in dB.
            waveforms: [clips, samples], any real type, in 16-bit units.
        """
        settings, block = self.settings, self.clips_at_once
        for start in range(0, len(waveforms), block):
            padded = self._pad(waveforms[start : start + block])
            frames = padded.unfold(-1, settings.window_samples, settings.hop_samples)
            out[start : start + block] = self._decibels(self._power(frames))

    def _constant(self, matrix: np.ndarray) -> Tensor:
        return torch.from_numpy(matrix.astype(np.float32)).to(self.device)

    def _kept(self, name: str, *shape: int) -> Tensor:
        """Memory that serves every block: fresh pages take longer than what is computed in them."""
        values = prod(shape)
        if name not in self._memory or len(self._memory[name]) < values:
            self._memory[name] = torch.empty(values, device=self.device)
        return self._memory[name][:values].view(shape)

    def _pad(self, waveforms: Tensor) -> Tensor:
        if waveforms.ndim != 2 or waveforms.shape[1] == 0:
            raise ValueError(
                f"log-Mel needs waveforms of shape [clips, samples] with at least one sample, "
                f"got {tuple(waveforms.shape)}"
            )
        length = self.settings.clip_samples
        margin = self.settings.window_samples // 2
        if length <= margin:
            raise ValueError(
                f"a log-Mel of {length} samples has nothing to mirror at its ends; it takes more "
                f"than half a window ({margin})"
            )
        padded = self._kept("padded", len(waveforms), length + 2 * margin)
        used = min(length, waveforms.shape[1])
        if waveforms.data_ptr() != padded[:, margin:].data_ptr():
            padded[:, margin : margin + used] = waveforms[:, :used]
        padded[:, margin + used : margin + length] = 0
        # The samples at the ends are mirrored, the outermost ones are not repeated.
        padded[:, :margin] = padded[:, margin + 1 : 2 * margin + 1].flip(-1)
        padded[:, margin + length :] = padded[:, length - 1 : length - 1 + margin].flip(-1)
        return padded

    def _power(self, frames: Tensor) -> Tensor:
        # A periodic Hann window is symmetric about half its length, where its first sample,
        # weighted zero, has no partner: sample n pairs with sample window − n.
        window = frames.shape[-1]
        half, pairs = window // 2, (window - 1) // 2
        even = self._kept("even", *frames.shape[:-1], half)
        odd = self._kept("odd", *frames.shape[:-1], pairs)
        left = frames[..., 1 : pairs + 1]
        right = frames[..., window - pairs :].flip(-1)
        torch.add(left, right, out=even[..., :pairs])
        torch.sub(left, right, out=odd)
        if window % 2 == 0:
            even[..., pairs] = frames[..., half]
        shape = (*frames.shape[:-1], self._cosine.shape[1])
        real, imaginary = self._kept("real", *shape), self._kept("imaginary", *shape)
        torch.matmul(even, self._cosine, out=real)
        torch.matmul(odd, self._sine, out=imaginary)
        return real.square_().addcmul_(imaginary, imaginary)

    def _decibels(self, power: Tensor) -> Tensor:
        bands = self._weights @ power.mT
        return bands.clamp_(min=self.settings.lowest_power).log10_().mul_(10.0)


def folded_fourier_matrices(window: int, bins: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Cosine and sine transform of the even and the odd half of a Hann-windowed frame.

    With c = window / 2, X_k = Σ_n w_n x_n exp(−2πi k (n − c) / window) differs from the usual
    transform by a phase alone, and Re X_k = Σ_{n<c} w_n (x_n + x_{window−n}) cos(2πk(n−c)/window),
    Im X_k likewise with the difference and −sin; an even window has its centre sample besides.

    Args:
        window: Window length in samples.
        bins: The frequency bins that are needed.

    Returns:
        cosine [even half, bins] and sine [odd half, bins], float64, window multiplied in.
    """
    samples = np.arange(1, window // 2 + 1)
    hann = 0.5 - 0.5 * np.cos(2 * np.pi * samples / window)
    angle = 2 * np.pi * np.outer(samples - window / 2, bins) / window
    odd = samples < window / 2
    return hann[:, None] * np.cos(angle), (hann[:, None] * np.sin(angle))[odd]
