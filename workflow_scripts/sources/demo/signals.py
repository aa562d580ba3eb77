"""What the demo corpus is synthesised from: randomness by name, tones, noise, envelopes.

Everything works on mono float arrays at 22,050 Hz and draws from a generator that is passed in.
"""

from __future__ import annotations

import hashlib

import numpy as np
from scipy import fft

SAMPLE_RATE_HZ = 22_050
TABLE_LENGTH = 2048


def generator_for(seed: int, *names: str) -> np.random.Generator:
    """A generator that depends on the seed and the names only, through SHA-256."""
    digest = hashlib.sha256("\x1f".join([str(seed), *names]).encode()).digest()
    return np.random.default_rng(int.from_bytes(digest[:16], "big"))


def samples_in(duration_s: float) -> int:
    """Number of samples in a duration, at least one."""
    return max(1, round(duration_s * SAMPLE_RATE_HZ))


def seconds_in(sample_count: int) -> float:
    """Duration of so many samples in s."""
    return sample_count / SAMPLE_RATE_HZ


def log_uniform(rng: np.random.Generator, low: float, high: float) -> float:
    """A number that is as likely in each octave between two bounds."""
    return float(np.exp(rng.uniform(np.log(low), np.log(high))))


def shaped_noise(
    rng: np.random.Generator, sample_count: int, centre_hz: float, width_octaves: float
) -> np.ndarray:
    """Noise in a Gaussian band on a log frequency axis, (samples,) float32 at RMS 1."""
    length = fft.next_fast_len(max(sample_count, 64), real=True)
    frequencies_hz = np.maximum(np.fft.rfftfreq(length, 1 / SAMPLE_RATE_HZ), 1.0)
    octaves = np.log2(frequencies_hz / centre_hz)
    gain = np.exp(-0.5 * (octaves / width_octaves) ** 2).astype(np.float32)
    parts = rng.standard_normal((2, len(gain)), dtype=np.float32)
    return rms_normalised(fft.irfft((parts[0] + 1j * parts[1]) * gain, n=length)[:sample_count])


def harmonic_tone(
    frequency_hz: float | np.ndarray, sample_count: int, amplitudes: np.ndarray
) -> np.ndarray:
    """Periodic tone from harmonic amplitudes (H,), by wavetable; partials that alias are dropped.

    Args:
        frequency_hz: a constant, or a track (samples,).
        sample_count: length of the tone.
        amplitudes: of harmonics 1 ... H, signed.
    """
    highest = max(1, int(0.47 * SAMPLE_RATE_HZ / np.max(frequency_hz)))
    kept = min(highest, len(amplitudes), TABLE_LENGTH // 2 - 1)
    spectrum = np.zeros(TABLE_LENGTH // 2 + 1, dtype=np.complex64)
    spectrum[1 : kept + 1] = -0.5j * TABLE_LENGTH * amplitudes[:kept]
    table = fft.irfft(spectrum, n=TABLE_LENGTH)
    if np.ndim(frequency_hz) == 0:
        cycles = np.arange(sample_count) * (frequency_hz / SAMPLE_RATE_HZ)
    else:
        cycles = np.cumsum(frequency_hz, dtype=np.float64) / SAMPLE_RATE_HZ
    return table.take((cycles * TABLE_LENGTH).astype(np.int64) & (TABLE_LENGTH - 1))


def envelope(sample_count: int, attack_s: float, decay_s: float) -> np.ndarray:
    """Linear attack, exponential decay, and 10 ms at most to end in silence; (samples,) float32."""
    seconds = np.arange(sample_count, dtype=np.float32) / SAMPLE_RATE_HZ
    shape = np.exp(-seconds / decay_s) * np.minimum(1, seconds / attack_s)
    fade = min(sample_count // 4, samples_in(0.01))
    if fade:
        shape[-fade:] *= np.linspace(1, 0, fade, dtype=np.float32)
    return shape


def add_at(track: np.ndarray, start: int, sound: np.ndarray, gain: float = 1.0) -> None:
    """Add a sound to a track in place from sample `start` (may be negative), cut at its ends."""
    first, last = max(start, 0), min(start + len(sound), len(track))
    if first < last:
        track[first:last] += gain * sound[first - start : last - start]


def rms_normalised(sound: np.ndarray) -> np.ndarray:
    """The sound scaled to RMS 1; silence is an error, as no recipe may give it."""
    rms = float(np.sqrt(np.mean(np.square(sound, dtype=np.float64))))
    if not rms > 0:
        raise ValueError("a synthesised sound is silent or not finite: correct its recipe")
    return sound / rms
