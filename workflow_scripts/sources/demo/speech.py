"""Voices of the demo corpus: a source of glottal pulses and noise, shaped by moving formants.

Speech has syllables at 3-7 Hz in phrases with irregular pauses, declining pitch and unvoiced
consonants. Sung notes and other voiced sounds use the same vocal tract.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sources.demo.signals import (
    FRAME_FREQUENCIES_HZ,
    FRAME_HOP,
    FRAME_RATE_HZ,
    SAMPLE_RATE_HZ,
    add_at,
    decaying,
    event_times,
    frames_in,
    harmonic_tone,
    log_bump,
    resonances,
    rolloff_amplitudes,
    samples_in,
    shape_by_frames,
    to_samples,
    wander,
    white_noise,
)

# First three formants of ten vowels of adult men, Hz (Peterson & Barney 1952, rounded), and a
# fourth that hardly moves.
VOWEL_FORMANTS_HZ = np.array(
    [
        (270, 2290, 3010, 3600),
        (390, 1990, 2550, 3550),
        (530, 1840, 2480, 3500),
        (660, 1720, 2410, 3500),
        (730, 1090, 2440, 3400),
        (570, 840, 2410, 3300),
        (440, 1020, 2240, 3300),
        (300, 870, 2240, 3300),
        (640, 1190, 2390, 3400),
        (490, 1350, 1690, 3300),
    ],
    dtype=np.float64,
)
FORMANT_WIDTHS_HZ = np.array([90.0, 120.0, 180.0, 260.0])
FORMANT_GAINS = np.array([1.0, 0.6, 0.35, 0.2])
NASAL_FORMANTS_HZ = np.array([260.0, 1100.0, 2200.0, 3300.0])

_VOICES = {"male": (85, 155, 0.96, 1.04), "female": (165, 250, 1.12, 1.22)}
_VOICES["child"] = (240, 380, 1.3, 1.45)


@dataclass(frozen=True)
class Voice:
    """One speaker or singer."""

    pitch_hz: float
    tract_scale: float
    source_rolloff: float
    breath_gain: float


@dataclass
class Tracks:
    """Controls of a voice, one row per frame (86 per second)."""

    pitch_hz: np.ndarray
    voicing: np.ndarray
    frication: np.ndarray
    frication_hz: np.ndarray
    formants_hz: np.ndarray

    @classmethod
    def silent(cls, frame_count: int, pitch_hz: float) -> Tracks:
        """Tracks that sound nothing yet, the tract in a neutral position."""
        return cls(
            np.full(frame_count, float(pitch_hz)),
            np.zeros(frame_count),
            np.zeros(frame_count),
            np.full(frame_count, 4000.0),
            np.tile(VOWEL_FORMANTS_HZ[8], (frame_count, 1)),
        )


@dataclass(frozen=True)
class Prosody:
    """How a language or a speaker times and tunes syllables."""

    syllable_rate_hz: float
    timing_spread: float
    pitch_spread: float
    declination: float
    pause_s: float
    vowels: np.ndarray


def draw_voice(rng: np.random.Generator, kind: str) -> Voice:
    """A random voice of a kind: male, female or child."""
    low_hz, high_hz, small, large = _VOICES[kind]
    return Voice(
        rng.uniform(low_hz, high_hz),
        rng.uniform(small, large),
        rng.uniform(0.9, 1.5),
        10 ** rng.uniform(-2.3, -1.0),
    )


def draw_prosody(rng: np.random.Generator) -> Prosody:
    """A random way of speaking."""
    return Prosody(
        rng.uniform(3.0, 7.0),
        rng.uniform(0.15, 0.45),
        rng.uniform(0.08, 0.25),
        rng.uniform(0.1, 0.4),
        rng.uniform(0.2, 0.9),
        VOWEL_FORMANTS_HZ,
    )


def voiced_sound(
    rng: np.random.Generator, voice: Voice, tracks: Tracks, sample_count: int
) -> np.ndarray:
    """Drive the vocal tract with the tracks; (samples,) float32."""
    smooth = np.array([0.2, 0.6, 0.2])
    pitch = to_samples(np.convolve(tracks.pitch_hz, smooth, "same"), sample_count)
    pitch[:] = np.clip(pitch * (1 + wander(rng, sample_count, 25, 0.006)), 40, 3000)
    voicing = to_samples(np.convolve(tracks.voicing, smooth, "same"), sample_count)
    amplitudes = rolloff_amplitudes(90, voice.source_rolloff)
    noise = white_noise(rng, sample_count)
    source = harmonic_tone(pitch, sample_count, amplitudes, rng.uniform())
    source = (source + voice.breath_gain * noise) * voicing
    formants = tracks.formants_hz * voice.tract_scale
    tract = resonances(FRAME_FREQUENCIES_HZ, formants, FORMANT_WIDTHS_HZ, FORMANT_GAINS)
    sound = shape_by_frames(source, tract)
    if not tracks.frication.any():
        return sound
    consonants = noise * to_samples(tracks.frication, sample_count)
    shape = log_bump(FRAME_FREQUENCIES_HZ[None, :], tracks.frication_hz[:, None], 0.45)
    return sound + shape_by_frames(consonants, shape)


def _glide(values: np.ndarray, frames: int) -> np.ndarray:
    kernel = np.ones(frames) / frames
    padded = np.pad(values, ((frames, frames), (0, 0)), "edge")
    columns = [np.convolve(column, kernel, "same") for column in padded.T]
    return np.stack(columns, axis=1)[frames:-frames]


def _write_syllable(
    rng: np.random.Generator, tracks: Tracks, first: int, length: int, prosody: Prosody
) -> None:
    loudness = rng.uniform(0.5, 1.0)
    onset = max(1, int(length * rng.uniform(0.2, 0.4)))
    manner = rng.choice(["none", "fricative", "stop", "nasal"], p=[0.15, 0.3, 0.3, 0.25])
    vowel = slice(first + (0 if manner == "none" else onset), first + length)
    tracks.voicing[vowel] = loudness
    tracks.formants_hz[vowel] = prosody.vowels[rng.integers(len(prosody.vowels))]
    consonant = slice(first, first + onset)
    if manner == "nasal":
        tracks.voicing[consonant] = 0.5 * loudness
        tracks.formants_hz[consonant] = NASAL_FORMANTS_HZ
    elif manner == "fricative":
        tracks.frication[consonant] = loudness * rng.uniform(0.1, 0.6)
        tracks.frication_hz[consonant] = rng.uniform(2200, 7500)
        tracks.voicing[consonant] = rng.choice([0.0, 0.2])
    elif manner == "stop":
        burst = slice(first + onset - 1, first + onset + 1)
        tracks.frication[burst] = loudness * rng.uniform(0.3, 1.0)
        tracks.frication_hz[burst] = rng.uniform(900, 5000)


def speech_tracks(
    rng: np.random.Generator, frame_count: int, voices: list[Voice], prosody: Prosody
) -> Tracks:
    """Controls of running speech; each phrase is spoken by one of the voices."""
    tracks = Tracks.silent(frame_count, voices[0].pitch_hz)
    scale = np.ones(frame_count)
    position = -int(rng.uniform(0, 0.5) * FRAME_RATE_HZ)
    speaker = rng.integers(len(voices))
    while position < frame_count:
        voice = voices[speaker]
        syllables = int(rng.integers(3, 15))
        for number in range(syllables):
            spread = np.exp(rng.normal(0, prosody.timing_spread))
            length = max(6, int(FRAME_RATE_HZ / prosody.syllable_rate_hz * spread))
            # Syllables that begin before the clip are drawn and dropped, as a cut would.
            if 0 <= position < frame_count - 2:
                length = min(length, frame_count - position)
                _write_syllable(rng, tracks, position, length, prosody)
                fall = 1 - prosody.declination * number / syllables
                accent = np.exp(rng.normal(0, prosody.pitch_spread))
                tracks.pitch_hz[position : position + length] = voice.pitch_hz * fall * accent
                scale[position : position + length] = voice.tract_scale / voices[0].tract_scale
            position += length
        position += max(4, int(rng.lognormal(np.log(prosody.pause_s), 0.6) * FRAME_RATE_HZ))
        speaker = rng.integers(len(voices))
    tracks.pitch_hz = _glide(tracks.pitch_hz[:, None], 9)[:, 0]
    tracks.formants_hz = _glide(tracks.formants_hz, 5) * scale[:, None]
    return tracks


def _speech(rng: np.random.Generator, sample_count: int, kinds: list[str]) -> np.ndarray:
    voices = [draw_voice(rng, kind) for kind in kinds]
    tracks = speech_tracks(rng, frames_in(sample_count), voices, draw_prosody(rng))
    return voiced_sound(rng, voices[0], tracks, sample_count)


def male_speech(rng: np.random.Generator, sample_count: int) -> np.ndarray:
    """A man speaking."""
    return _speech(rng, sample_count, ["male"])


def female_speech(rng: np.random.Generator, sample_count: int) -> np.ndarray:
    """A woman speaking."""
    return _speech(rng, sample_count, ["female"])


def child_speech(rng: np.random.Generator, sample_count: int) -> np.ndarray:
    """A child speaking."""
    return _speech(rng, sample_count, ["child"])


def conversation(rng: np.random.Generator, sample_count: int) -> np.ndarray:
    """Two or three voices in turns."""
    kinds = list(rng.choice(["male", "female"], rng.integers(2, 4)))
    kinds[-1] = "female" if kinds[0] == "male" else "male"
    return _speech(rng, sample_count, kinds)


def language_speech(rng: np.random.Generator, sample_count: int, stress_timed: bool) -> np.ndarray:
    """Speech of one of two rhythm types: stress-timed with many vowels, or syllable-timed, few."""
    voice = draw_voice(rng, str(rng.choice(["male", "female"])))
    vowels = VOWEL_FORMANTS_HZ if stress_timed else VOWEL_FORMANTS_HZ[[0, 2, 4, 5, 7]]
    prosody = Prosody(
        rng.uniform(3.5, 5.0) if stress_timed else rng.uniform(5.5, 7.5),
        rng.uniform(0.35, 0.5) if stress_timed else rng.uniform(0.05, 0.15),
        rng.uniform(0.1, 0.2) if stress_timed else rng.uniform(0.15, 0.3),
        rng.uniform(0.15, 0.35),
        rng.uniform(0.15, 0.4),
        vowels,
    )
    tracks = speech_tracks(rng, frames_in(sample_count), [voice], prosody)
    return voiced_sound(rng, voice, tracks, sample_count)


def _calls(
    rng: np.random.Generator,
    sample_count: int,
    voice: Voice,
    starts: np.ndarray,
    lengths_s: np.ndarray,
    contour: np.ndarray,
) -> np.ndarray:
    tracks = Tracks.silent(frames_in(sample_count), voice.pitch_hz)
    for start, length_s in zip(starts // FRAME_HOP, lengths_s, strict=True):
        span = slice(start, start + max(5, int(length_s * FRAME_RATE_HZ)))
        size = len(tracks.voicing[span])
        if size == 0:
            continue
        position = np.linspace(0, 1, size)
        shape = np.interp(position, np.linspace(0, 1, len(contour)), contour)
        tracks.pitch_hz[span] = voice.pitch_hz * shape * np.exp(rng.normal(0, 0.08))
        tracks.voicing[span] = np.sin(np.pi * position) ** 0.5 * rng.uniform(0.4, 1)
        tracks.frication[span] = 0.15 * rng.uniform() * (1 - position)
        tracks.formants_hz[span] = VOWEL_FORMANTS_HZ[rng.choice([3, 4, 8])]
    return voiced_sound(rng, voice, tracks, sample_count)


def laughter(rng: np.random.Generator, sample_count: int) -> np.ndarray:
    """Bouts of short voiced bursts, 4-6 a second, falling in pitch."""
    voice = draw_voice(rng, str(rng.choice(["male", "female", "child"])))
    starts: list[float] = []
    time_s = rng.uniform(0, 0.4)
    while time_s < sample_count / SAMPLE_RATE_HZ:
        count, interval_s = rng.integers(3, 12), 1 / rng.uniform(4, 6.2)
        starts += [time_s + k * interval_s * (1 + 0.02 * k) for k in range(count)]
        time_s = starts[-1] + rng.uniform(0.3, 1.3)
    samples = (np.array(starts) * SAMPLE_RATE_HZ).astype(int)
    samples = samples[samples < sample_count]
    lengths = rng.uniform(0.06, 0.14, len(samples))
    lively = Voice(voice.pitch_hz * 1.5, voice.tract_scale, 1.1, 0.25)
    return _calls(rng, sample_count, lively, samples, lengths, np.array([1.1, 1.0, 0.8]))


def baby_cry(rng: np.random.Generator, sample_count: int) -> np.ndarray:
    """Cries of 0.5-1.2 s with rising and falling pitch at 350-550 Hz."""
    voice = Voice(rng.uniform(350, 550), rng.uniform(1.5, 1.8), rng.uniform(0.5, 0.9), 0.05)
    starts = event_times(rng, sample_count, rng.uniform(0.9, 1.6), 0.25)
    lengths = rng.uniform(0.45, 1.1, len(starts))
    return _calls(rng, sample_count, voice, starts, lengths, np.array([0.8, 1.1, 1.05, 0.75]))


def cough(rng: np.random.Generator, sample_count: int) -> np.ndarray:
    """Coughs or throat clearings: bursts of noise through the tract, with some voice."""
    track = np.zeros(sample_count)
    peaks_hz = VOWEL_FORMANTS_HZ[rng.integers(10)] * rng.uniform(0.95, 1.25)
    shape = resonances(FRAME_FREQUENCIES_HZ, peaks_hz, FORMANT_WIDTHS_HZ * 3, FORMANT_GAINS)
    for start in event_times(rng, sample_count, rng.uniform(0.4, 0.9), 0.4):
        length = samples_in(rng.uniform(0.15, 0.4))
        burst = white_noise(rng, length) * decaying(length, rng.uniform(0.04, 0.1), 0.01)
        add_at(track, start, shape_by_frames(burst, shape), rng.uniform(0.5, 1))
    return track


def scream(rng: np.random.Generator, sample_count: int) -> np.ndarray:
    """Long rough cries of high pitch."""
    kind = str(rng.choice(["male", "female", "child"]))
    base = draw_voice(rng, kind)
    voice = Voice(base.pitch_hz * rng.uniform(2.2, 3.2), base.tract_scale, 0.6, 0.3)
    starts = event_times(rng, sample_count, rng.uniform(1.2, 2.0), 0.3)
    contour = rng.uniform(0.75, 1.1, 4)
    return _calls(rng, sample_count, voice, starts, rng.uniform(0.5, 1.3, len(starts)), contour)
