"""Signal primitives from which the demo corpus is synthesised: oscillators, noise, envelopes.

Everything works on mono float arrays at 22,050 Hz and draws from a generator that is passed in.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable

import numpy as np
from scipy import fft

SAMPLE_RATE_HZ = 22_050
FRAME_HOP = 256
FRAME_LENGTH = 512
FRAME_RATE_HZ = SAMPLE_RATE_HZ / FRAME_HOP
FRAME_FREQUENCIES_HZ = np.arange(FRAME_LENGTH // 2 + 1) * SAMPLE_RATE_HZ / FRAME_LENGTH
TABLE_LENGTH = 2048

_WINDOW = (0.5 - 0.5 * np.cos(2 * np.pi * np.arange(FRAME_LENGTH) / FRAME_LENGTH)).astype(
    np.float32
)

Recipe = Callable[[np.random.Generator, int], np.ndarray]
"""A sound class: (generator, sample count) to a mono signal of any level."""


def generator_for(seed: int, *names: str) -> np.random.Generator:
    """A generator that depends on the seed and the names only, through SHA-256."""
    digest = hashlib.sha256("\x1f".join([str(seed), *names]).encode()).digest()
    return np.random.default_rng(int.from_bytes(digest[:16], "big"))


def samples_in(duration_s: float) -> int:
    """Number of samples in a duration, at least one."""
    return max(1, round(duration_s * SAMPLE_RATE_HZ))


def frames_in(sample_count: int) -> int:
    """Number of control frames (hop 256) that `shape_by_frames` wants for a signal."""
    return sample_count // FRAME_HOP + 2


def to_samples(frame_values: np.ndarray, sample_count: int) -> np.ndarray:
    """Interpolate a control track (frames,) linearly to (samples,) float32."""
    positions = np.arange(sample_count, dtype=np.float32) / FRAME_HOP
    return np.interp(positions, np.arange(len(frame_values)), frame_values).astype(np.float32)


def shape_by_frames(sound: np.ndarray, magnitudes: np.ndarray) -> np.ndarray:
    """Filter a sound with a magnitude response that changes over time.

    Args:
        sound: (samples,).
        magnitudes: (frames, 257) linear gains, frames = `frames_in(samples)`; or (257,).

    Returns:
        (samples,) float32, by overlap-add of Hann-windowed 512-sample frames.
    """
    frame_count = frames_in(len(sound))
    padded = np.zeros((frame_count + 1) * FRAME_HOP, dtype=np.float32)
    padded[FRAME_HOP : FRAME_HOP + len(sound)] = sound
    frames = np.lib.stride_tricks.sliding_window_view(padded, FRAME_LENGTH)[::FRAME_HOP]
    spectra = fft.rfft(frames * _WINDOW, axis=1) * magnitudes.astype(np.float32)
    shaped = fft.irfft(spectra, n=FRAME_LENGTH, axis=1)
    joined = shaped[:-1, FRAME_HOP:] + shaped[1:, :FRAME_HOP]
    return joined.ravel()[: len(sound)]


def white_noise(rng: np.random.Generator, sample_count: int) -> np.ndarray:
    """White Gaussian noise of variance 1, (samples,) float32."""
    return rng.standard_normal(sample_count, dtype=np.float32)


def shaped_noise(
    rng: np.random.Generator, sample_count: int, magnitude: Callable[[np.ndarray], np.ndarray]
) -> np.ndarray:
    """Stationary noise whose magnitude spectrum is `magnitude(frequency_hz)`, RMS 1."""
    length = fft.next_fast_len(sample_count, real=True)
    frequencies_hz = np.fft.rfftfreq(length, 1 / SAMPLE_RATE_HZ).astype(np.float32)
    parts = rng.standard_normal((2, len(frequencies_hz)), dtype=np.float32)
    spectrum = (parts[0] + 1j * parts[1]) * magnitude(frequencies_hz).astype(np.float32)
    spectrum[0] = 0
    return rms_normalised(fft.irfft(spectrum, n=length)[:sample_count])


def tilted_noise(rng: np.random.Generator, sample_count: int, db_per_octave: float) -> np.ndarray:
    """Noise with a constant slope (0 white, -3 pink, -6 brown), RMS 1."""
    exponent = db_per_octave / 6.02
    return shaped_noise(rng, sample_count, lambda f: np.maximum(f, 30.0) ** exponent)


def band_noise(
    rng: np.random.Generator, sample_count: int, centre_hz: float, width_octaves: float
) -> np.ndarray:
    """Noise with a Gaussian band on a log frequency axis, RMS 1."""
    return shaped_noise(rng, sample_count, lambda f: log_bump(f, centre_hz, width_octaves))


def log_bump(
    frequencies_hz: np.ndarray, centre_hz: float | np.ndarray, width_octaves: float
) -> np.ndarray:
    """Gaussian gain over octaves around a centre, standard deviation `width_octaves`."""
    octaves = np.log2(np.maximum(frequencies_hz, 1.0) / centre_hz)
    return np.exp(-0.5 * (octaves / width_octaves) ** 2)


def resonances(
    frequencies_hz: np.ndarray, centres_hz: np.ndarray, widths_hz: np.ndarray, gains: np.ndarray
) -> np.ndarray:
    """Sum of resonance curves: centres (..., R) give gains (..., len(frequencies_hz))."""
    total = np.zeros((*centres_hz.shape[:-1], len(frequencies_hz)), dtype=np.float32)
    frequencies = frequencies_hz.astype(np.float32)
    for index in range(centres_hz.shape[-1]):
        centre = centres_hz[..., index, None].astype(np.float32)
        distance = (frequencies - centre) / np.float32(widths_hz[index])
        total += np.float32(gains[index]) / (1 + distance * distance)
    return total


def harmonic_tone(
    frequency_hz: float | np.ndarray,
    sample_count: int,
    amplitudes: np.ndarray,
    phase_cycles: float = 0.0,
) -> np.ndarray:
    """Periodic tone from harmonic amplitudes (H,), by wavetable; partials that alias are dropped.

    Args:
        frequency_hz: a constant, or a track (samples,).
        sample_count: length of the tone.
        amplitudes: of harmonics 1 ... H, signed.
        phase_cycles: phase at the start.
    """
    highest = max(1, int(0.47 * SAMPLE_RATE_HZ / np.max(frequency_hz)))
    spectrum = np.zeros(TABLE_LENGTH // 2 + 1, dtype=np.complex64)
    kept = min(highest, len(amplitudes), TABLE_LENGTH // 2 - 1)
    spectrum[1 : kept + 1] = -0.5j * TABLE_LENGTH * amplitudes[:kept]
    table = fft.irfft(spectrum, n=TABLE_LENGTH)
    if np.ndim(frequency_hz) == 0:
        phase = np.arange(sample_count) * (frequency_hz * TABLE_LENGTH / SAMPLE_RATE_HZ)
    else:
        phase = np.cumsum(frequency_hz, dtype=np.float64) * (TABLE_LENGTH / SAMPLE_RATE_HZ)
    phase += phase_cycles * TABLE_LENGTH
    return table.take(phase.astype(np.int64) & (TABLE_LENGTH - 1))


def rolloff_amplitudes(count: int, exponent: float, even_gain: float = 1.0) -> np.ndarray:
    """Amplitudes 1/h**exponent of `count` harmonics, even ones times `even_gain`."""
    harmonics = np.arange(1, count + 1)
    amplitudes = harmonics ** (-float(exponent))
    amplitudes[1::2] *= even_gain
    return amplitudes


def decaying(sample_count: int, time_constant_s: float, attack_s: float = 0.002) -> np.ndarray:
    """Envelope: linear attack, then exponential decay; (samples,) float32."""
    seconds = np.arange(sample_count, dtype=np.float32) / SAMPLE_RATE_HZ
    return np.exp(-seconds / time_constant_s) * np.minimum(1, seconds / max(attack_s, 1e-4))


def swell(sample_count: int, attack: float = 0.2, release: float = 0.3) -> np.ndarray:
    """Envelope with raised-cosine attack and release, given as fractions of the length."""
    position = np.linspace(0, 1, sample_count, dtype=np.float32)
    rise = np.clip(position / max(attack, 1e-3), 0, 1)
    fall = np.clip((1 - position) / max(release, 1e-3), 0, 1)
    return (0.5 - 0.5 * np.cos(np.pi * rise)) * (0.5 - 0.5 * np.cos(np.pi * fall))


def struck(
    sample_count: int, modes_hz: np.ndarray, decays_s: np.ndarray, gains: np.ndarray
) -> np.ndarray:
    """A struck body: a sum of damped sines, (samples,)."""
    seconds = np.arange(sample_count) / SAMPLE_RATE_HZ
    audible = modes_hz < 0.47 * SAMPLE_RATE_HZ
    modes = zip(modes_hz[audible], decays_s[audible], gains[audible], strict=True)
    sound = np.zeros(sample_count)
    for mode_hz, decay_s, gain in modes:
        sound += gain * np.exp(-seconds / decay_s) * np.sin(2 * np.pi * mode_hz * seconds)
    return sound


def wander(
    rng: np.random.Generator, sample_count: int, rate_hz: float, spread: float
) -> np.ndarray:
    """A slow random track around 0: Gaussian knots at `rate_hz`, joined linearly."""
    knot_count = int(sample_count / SAMPLE_RATE_HZ * rate_hz) + 3
    knots = rng.normal(0, spread, knot_count)
    positions = np.arange(sample_count) * (rate_hz / SAMPLE_RATE_HZ) + rng.uniform()
    return np.interp(positions, np.arange(knot_count), knots)


def add_at(track: np.ndarray, start: int, sound: np.ndarray, gain: float = 1.0) -> None:
    """Add a sound to a track in place from sample `start` (may be negative), cut at its ends."""
    first, last = max(start, 0), min(start + len(sound), len(track))
    if first < last:
        track[first:last] += gain * sound[first - start : last - start]


def event_times(
    rng: np.random.Generator, sample_count: int, interval_s: float, irregularity: float
) -> np.ndarray:
    """Start samples of events: 0 irregularity is a clock, 1 about as random as a Poisson process.

    The first event falls within the first interval (at most half of the signal).
    """
    count = int(sample_count / SAMPLE_RATE_HZ / interval_s * 1.5) + 3
    gaps = interval_s * rng.gamma(1 / max(irregularity, 1e-2) ** 2, size=count)
    gaps *= max(irregularity, 1e-2) ** 2
    gaps[0] = min(rng.uniform(0, interval_s), 0.5 * sample_count / SAMPLE_RATE_HZ)
    starts = (np.cumsum(gaps) * SAMPLE_RATE_HZ).astype(int)
    return starts[starts < sample_count]


def scatter_grains(
    rng: np.random.Generator,
    sample_count: int,
    grains: list[np.ndarray],
    rate_hz: float,
    spread_db: float,
) -> np.ndarray:
    """Many short sounds at random times and levels: each grain convolved with its own impulses."""
    length = fft.next_fast_len(sample_count + max(map(len, grains)), real=True)
    spectrum = np.zeros(length // 2 + 1, dtype=np.complex64)
    for grain in grains:
        count = rng.poisson(rate_hz * sample_count / SAMPLE_RATE_HZ / len(grains)) + 1
        impulses = np.zeros(length, dtype=np.float32)
        gains = 10 ** (rng.normal(0, spread_db, count) / 20) * rng.choice([-1, 1], count)
        np.add.at(impulses, rng.integers(0, sample_count, count), gains.astype(np.float32))
        spectrum += fft.rfft(impulses) * fft.rfft(grain.astype(np.float32), length)
    return fft.irfft(spectrum, length)[:sample_count]


def rms_normalised(sound: np.ndarray) -> np.ndarray:
    """The sound scaled to RMS 1; silence is an error, as no recipe may give it."""
    rms = float(np.sqrt(np.mean(np.square(sound, dtype=np.float64))))
    if not rms > 0:
        raise ValueError("a synthesised sound is silent or not finite: correct its recipe")
    return sound / rms
