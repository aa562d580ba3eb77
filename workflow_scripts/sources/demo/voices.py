"""The generators of the demo corpus: what one event sounds like.

A `Voice` is drawn once per source and makes events of any pitch and length. Music and other sounds
share these voices, so that a timbre alone tells little about what is heard.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import numpy as np

from sources.demo.signals import (
    envelope,
    harmonic_tone,
    log_uniform,
    samples_in,
    shaped_noise,
)

Voice = Callable[[float, float], np.ndarray]
"""(semitones above the voice's own pitch, length in s) to the event's samples, (samples,)."""

# First three formants of ten vowels of adult men, Hz (Peterson & Barney 1952, rounded).
VOWEL_FORMANTS_HZ = np.array(
    [
        (270, 2290, 3010), (390, 1990, 2550), (530, 1840, 2480), (660, 1720, 2410),
        (730, 1090, 2440), (570, 840, 2410), (440, 1020, 2240), (300, 870, 2240),
        (640, 1190, 2390), (490, 1350, 1690),
    ]
)  # fmt: skip
FORMANT_WIDTHS_HZ = np.array([90.0, 130.0, 200.0])
FORMANT_GAINS = np.array([1.0, 0.5, 0.3])
PITCH_HZ = {"male": (85, 150), "female": (165, 250), "child": (240, 360)}
TRACT_SCALE = {"male": 1.0, "female": 1.16, "child": 1.35}


def tone_complex(
    rng: np.random.Generator,
    low_hz: float,
    high_hz: float,
    decay_s: tuple[float, float] = (0.15, 1.5),
    glide: float = 0.0,
) -> Voice:
    """A harmonic tone; with `glide` (semitones) a chirp that rises by so much, or falls."""
    base_hz = log_uniform(rng, low_hz, high_hz)
    amplitudes = np.arange(1, 31) ** -rng.uniform(0.7, 2.2)
    amplitudes[1::2] *= rng.uniform(0.1, 1)
    attack_s, decay = log_uniform(rng, 0.004, 0.04), log_uniform(rng, *decay_s)

    def event(semitones: float, length_s: float) -> np.ndarray:
        sample_count = samples_in(length_s)
        pitch_hz: float | np.ndarray = base_hz * 2 ** (semitones / 12)
        if glide:
            pitch_hz = pitch_hz * 2 ** (np.linspace(0, glide, sample_count) / 12)
        tone = harmonic_tone(pitch_hz, sample_count, amplitudes)
        return tone * envelope(sample_count, attack_s, decay)

    return event


def gliding_tone(rng: np.random.Generator, low_hz: float, high_hz: float) -> Voice:
    """A tone that rises and falls once in each event, by about an octave."""
    base_hz = log_uniform(rng, low_hz, high_hz)
    amplitudes = np.arange(1, 21) ** -rng.uniform(0.8, 1.8)
    span, turn = rng.uniform(5, 14), rng.uniform(0.25, 0.75)

    def event(semitones: float, length_s: float) -> np.ndarray:
        sample_count = samples_in(length_s)
        place = np.linspace(0, 1, sample_count)
        rise = np.minimum(place / turn, (1 - place) / (1 - turn))
        pitch_hz = base_hz * 2 ** ((semitones + span * rise) / 12)
        return harmonic_tone(pitch_hz, sample_count, amplitudes) * envelope(
            sample_count, 0.01, 30.0
        )

    return event


def noise_band(
    rng: np.random.Generator,
    low_hz: float,
    high_hz: float,
    decay_s: tuple[float, float] = (0.02, 0.15),
    attack_s: float = 0.001,
) -> Voice:
    """A burst of noise in a band of one to three octaves; pitch moves the band."""
    centre_hz, decay = log_uniform(rng, low_hz, high_hz), log_uniform(rng, *decay_s)
    width_octaves = rng.uniform(0.5, 1.4)

    def event(semitones: float, length_s: float) -> np.ndarray:
        sample_count = samples_in(length_s)
        noise = shaped_noise(rng, sample_count, centre_hz * 2 ** (semitones / 12), width_octaves)
        return noise * envelope(sample_count, attack_s, decay)

    return event


def swelling_noise(rng: np.random.Generator, low_hz: float, high_hz: float) -> Voice:
    """Noise that rises and falls once in each event."""
    burst = noise_band(rng, low_hz, high_hz, (50.0, 60.0))
    turn = rng.uniform(0.2, 0.6)

    def event(semitones: float, length_s: float) -> np.ndarray:
        noise = burst(semitones, length_s)
        place = np.linspace(0, 1, len(noise))
        return noise * np.minimum(place / turn, (1 - place) / (1 - turn))

    return event


def throbs(rng: np.random.Generator, low_hz: float, high_hz: float) -> Voice:
    """Strokes of an engine: short bursts of a low tone of very many harmonics."""
    rate_hz, decay_s = log_uniform(rng, low_hz, high_hz), log_uniform(rng, 0.03, 0.12)
    resonance_hz, width_octaves = log_uniform(rng, 200, 2000), rng.uniform(0.8, 1.8)
    harmonics = np.arange(1, 200)
    octaves = np.log2(harmonics * rate_hz / resonance_hz)
    amplitudes = np.exp(-0.5 * (octaves / width_octaves) ** 2) * rng.choice([-1, 1], 199)

    def event(semitones: float, length_s: float) -> np.ndarray:
        sample_count = samples_in(length_s)
        sound = harmonic_tone(rate_hz * 2 ** (semitones / 12), sample_count, amplitudes)
        return sound * envelope(sample_count, 0.004, decay_s)

    return event


def syllables(
    rng: np.random.Generator, kind: str, consonants: float = 0.5, raised: float = 0.0
) -> Voice:
    """A talker or singer: each event is a vowel, with a share of consonants in front.

    Args:
        rng: draws the person now, and the vowels event by event.
        kind: male, female or child.
        consonants: share of events that begin with a consonant, or with a breath.
        raised: semitones above the pitch of a speaking voice.
    """
    base_hz = log_uniform(rng, *PITCH_HZ[kind]) * 2 ** (raised / 12)
    tract, rolloff = TRACT_SCALE[kind] * rng.uniform(0.93, 1.07), rng.uniform(0.6, 1.2)

    @cache
    def amplitudes(vowel: int, pitch_hz: float) -> np.ndarray:
        harmonics_hz = pitch_hz * np.arange(1, 91)
        distance = harmonics_hz[:, None] - tract * VOWEL_FORMANTS_HZ[vowel]
        gains = FORMANT_GAINS / (1 + (distance / FORMANT_WIDTHS_HZ) ** 2)
        return gains.sum(axis=1) * np.arange(1, 91) ** -rolloff

    def event(semitones: float, length_s: float) -> np.ndarray:
        sample_count = samples_in(length_s)
        pitch_hz = base_hz * 2 ** (semitones / 12)
        track_hz = pitch_hz * (1 + rng.uniform(-0.06, 0.06) * np.linspace(-1, 1, sample_count))
        vowel = int(rng.integers(len(VOWEL_FORMANTS_HZ)))
        voiced = harmonic_tone(track_hz, sample_count, amplitudes(vowel, round(pitch_hz, 1)))
        sound = voiced * envelope(sample_count, 0.02, 2.0)
        if rng.uniform() < consonants:
            size = min(sample_count, samples_in(rng.uniform(0.03, 0.09)))
            hiss = shaped_noise(rng, size, log_uniform(rng, 1500, 7000), 0.5)
            sound[:size] *= np.linspace(0, 1, size)
            sound[:size] += rng.uniform(0.05, 0.3) * hiss * np.hanning(size)
        return sound

    return event


def clicks(rng: np.random.Generator, low_hz: float, high_hz: float) -> Voice:
    """Knocks, ticks and steps: a short noise over a damped tone, each a little different."""
    noise = noise_band(rng, low_hz, high_hz, (0.01, 0.06))
    body = tone_complex(rng, 0.15 * low_hz, 0.4 * high_hz, (0.01, 0.06))
    body_gain = rng.uniform(0.2, 1.5)

    def event(semitones: float, length_s: float) -> np.ndarray:
        size_s = min(length_s, 0.25)
        return noise(semitones, size_s) + body_gain * body(semitones + rng.normal(0, 1), size_s)

    return event
