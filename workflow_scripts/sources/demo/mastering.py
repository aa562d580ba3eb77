"""From a synthesised mixture to a recording: room, bandwidth, noise floor, hum, level.

None of these depends on what sounds, so that no label can be told from them.
"""

from __future__ import annotations

import numpy as np
from scipy import fft

from sources.demo.signals import (
    SAMPLE_RATE_HZ,
    envelope,
    harmonic_tone,
    log_uniform,
    rms_normalised,
    samples_in,
    shaped_noise,
)

LOWEST_LEVEL_DBFS = -38.0
HIGHEST_LEVEL_DBFS = -18.0
GREATEST_CREST = 10 ** (17.0 / 20)


def _room_response(rng: np.random.Generator) -> np.ndarray:
    """A direct sound and a decaying tail; a third of rooms are dry."""
    if rng.uniform() < 0.33:
        return np.ones(1, dtype=np.float32)
    reverberation_s = rng.uniform(0.15, 0.8)
    response = rng.standard_normal(samples_in(reverberation_s), dtype=np.float32)
    response *= envelope(len(response), 0.001, reverberation_s / 6.9)
    response *= rng.uniform(0.15, 0.6) / np.sqrt(np.sum(response**2))
    response[0] += 1.0
    return response


def _channel_gain(rng: np.random.Generator, frequencies_hz: np.ndarray) -> np.ndarray:
    """A recorder's response: high-pass, spectral tilt, and for 45% of clips a low-pass."""
    frequencies = np.maximum(frequencies_hz, 1.0)
    gain = 1 / (1 + (rng.uniform(20, 120) / frequencies) ** 4)
    gain *= (frequencies / 1000) ** (rng.uniform(-4, 4) / 6.02)
    edge_hz, order = rng.uniform(2500, 9000), rng.uniform(4, 16)
    if rng.uniform() < 0.45:
        gain /= 1 + (frequencies / edge_hz) ** order
    return gain.astype(np.float32)


def _limited(sound: np.ndarray) -> np.ndarray:
    """Soft-clip peaks until peak over RMS is at most `GREATEST_CREST`; RMS 1."""
    sound = rms_normalised(sound)
    ceiling = GREATEST_CREST
    for _ in range(12):
        if np.max(np.abs(sound)) <= GREATEST_CREST:
            break
        sound = rms_normalised(ceiling * np.tanh(sound / ceiling))
        ceiling *= 0.85
    return sound


def master(rng: np.random.Generator, mixture: np.ndarray) -> np.ndarray:
    """Record a mixture: room, channel, noise floor of 12-45 dB below it, mains hum, level.

    Returns:
        (samples,) float32, RMS between -38 and -18 dB of full scale, peak below 1.

    Raises:
        ValueError: the mixture is silent or not finite.
    """
    sample_count = len(mixture)
    response = _room_response(rng)
    length = fft.next_fast_len(sample_count + len(response) - 1, real=True)
    frequencies_hz = np.fft.rfftfreq(length, 1 / SAMPLE_RATE_HZ)
    spectrum = fft.rfft(rms_normalised(mixture).astype(np.float32), length)
    if len(response) > 1:
        spectrum *= fft.rfft(response, length)
    spectrum *= _channel_gain(rng, frequencies_hz)
    recorded = _limited(fft.irfft(spectrum, length)[:sample_count])
    floor = shaped_noise(rng, sample_count, log_uniform(rng, 100, 3000), 3.0)
    recorded = recorded + 10 ** (-rng.uniform(12, 45) / 20) * floor
    if rng.uniform() < 0.5:
        hum = harmonic_tone(rng.uniform(48, 120), sample_count, np.arange(1, 9) ** -1.0)
        recorded = recorded + 10 ** (-rng.uniform(3, 20) / 20) * rms_normalised(hum)
    level = 10 ** (rng.uniform(LOWEST_LEVEL_DBFS, HIGHEST_LEVEL_DBFS) / 20)
    return np.clip(level * rms_normalised(recorded), -0.999, 0.999).astype(np.float32)
