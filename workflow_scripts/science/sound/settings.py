"""What defines a log-Mel spectrogram (paper, Methods, "Data"): its settings, and its Mel bands.

Apart from `logmel`, and without PyTorch, so that a configuration can be checked in no time.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from science.sound.short_clips import ShortClips

FLOOR_DB = -100.0  # of `LogMelSettings.lowest_power`, which is no option


@dataclass(frozen=True)
class LogMelSettings:
    """What defines a log-Mel spectrogram; the defaults are the paper's values.

    Attributes:
        sample_rate_hz: Rate of the waveforms that come in.
        window_s: Length of the periodic Hann window, cut to whole samples (551).
        hop_s: Step between windows, cut to whole samples (275).
        bands: Number of triangular HTK Mel bands.
        highest_hz: Upper end of the last band; the first begins at 0 Hz.
        clip_s: Length to which every waveform is cut or filled up.
        short_clips: How it is filled up, see `science.sound.short_clips.fill`.
        lowest_power: Power below which a band counts as empty (−100 dB).
    """

    sample_rate_hz: int = 22_050
    window_s: float = 0.025
    hop_s: float = 0.0125
    bands: int = 64
    highest_hz: float = 8_000.0
    clip_s: float = 10.0
    short_clips: ShortClips = "pad"
    lowest_power: float = 1e-10

    @property
    def window_samples(self) -> int:
        """Length of a window in samples, also the length of the Fourier transform."""
        return int(self.sample_rate_hz * self.window_s)

    @property
    def hop_samples(self) -> int:
        """Step between the centres of neighbouring windows, in samples."""
        return int(self.sample_rate_hz * self.hop_s)

    @property
    def clip_samples(self) -> int:
        """Length of a clip in samples."""
        return round(self.sample_rate_hz * self.clip_s)

    @property
    def frames(self) -> int:
        """Number of frames of a clip, centred windows with reflection at both ends."""
        padded = self.clip_samples + 2 * (self.window_samples // 2)
        return 1 + (padded - self.window_samples) // self.hop_samples


def mel_weights(settings: LogMelSettings) -> np.ndarray:
    """Triangular HTK Mel bands without normalisation, as torchaudio makes them.

    The frequency of bin k is taken as k / (bins − 1) of half the sampling rate, as torchaudio and
    so the paper's code do; for an odd transform length that is 0.2% above the bin's true
    frequency.

    Returns:
        [bands, bins] float64 weights of the power spectrum, bins = window_samples // 2 + 1.
    """
    bins = settings.window_samples // 2 + 1
    bin_hz = np.linspace(0, settings.sample_rate_hz // 2, bins)
    highest_mel = 2595.0 * np.log10(1.0 + settings.highest_hz / 700.0)
    corner_mel = np.linspace(0.0, highest_mel, settings.bands + 2)
    corner_hz = 700.0 * (10.0 ** (corner_mel / 2595.0) - 1.0)
    width_hz = np.diff(corner_hz)[:, None]
    distance_hz = corner_hz[:, None] - bin_hz[None, :]
    rising = -distance_hz[:-2] / width_hz[:-1]
    falling = distance_hz[2:] / width_hz[1:]
    return np.maximum(0.0, np.minimum(rising, falling))
