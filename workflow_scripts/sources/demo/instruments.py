"""Instruments of the demo corpus: sustained and struck tones, plucked strings, drums.

A note of a `Timbre` cross-fades a bright and a dark wavetable; a plucked string is the spectrum of
a Karplus-Strong loop, period by period; drums are rendered once per piece and placed.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import fft

from sources.demo.signals import (
    SAMPLE_RATE_HZ,
    decaying,
    harmonic_tone,
    rolloff_amplitudes,
    samples_in,
    shaped_noise,
    struck,
    white_noise,
)


@dataclass(frozen=True)
class Timbre:
    """How an instrument sounds; durations in seconds, gains linear.

    `kind` is tone (wavetable), string (plucked) or bar (inharmonic modes).
    """

    kind: str = "tone"
    rolloff: float = 1.2
    even_gain: float = 1.0
    attack_s: float = 0.01
    decay_s: float = 0.6
    sustain: float = 0.7
    release_s: float = 0.06
    vibrato_hz: float = 5.5
    vibrato_depth: float = 0.0
    breath_gain: float = 0.0
    drive: float = 0.0


# The middle of each instrument; `draw_timbre` varies it.
TIMBRES = {
    "piano": Timbre(rolloff=1.4, attack_s=0.004, decay_s=0.7, sustain=0.0, release_s=0.15),
    "electric_piano": Timbre(rolloff=2.0, attack_s=0.004, decay_s=0.9, sustain=0.0),
    "guitar": Timbre(kind="string", rolloff=0.7, decay_s=0.9),
    "nylon": Timbre(kind="string", rolloff=1.2, decay_s=0.5),
    "distorted": Timbre(rolloff=0.9, attack_s=0.006, decay_s=1.5, sustain=0.7, drive=4.0),
    "bass": Timbre(rolloff=1.6, attack_s=0.006, decay_s=0.5, sustain=0.4),
    "violin": Timbre(rolloff=1.0, attack_s=0.07, sustain=0.9, vibrato_depth=0.006),
    "strings": Timbre(rolloff=1.2, attack_s=0.12, sustain=0.9, release_s=0.15),
    "flute": Timbre(rolloff=2.2, attack_s=0.05, sustain=0.9, vibrato_depth=0.004, breath_gain=0.03),
    "clarinet": Timbre(rolloff=1.2, even_gain=0.15, attack_s=0.03, sustain=0.9),
    "brass": Timbre(rolloff=0.9, attack_s=0.04, sustain=0.8, vibrato_depth=0.003),
    "organ": Timbre(rolloff=1.1, even_gain=0.8, attack_s=0.015, sustain=1.0),
    "synth": Timbre(rolloff=1.0, attack_s=0.005, decay_s=0.2, sustain=0.4),
    "square": Timbre(rolloff=1.0, even_gain=0.05, attack_s=0.005, decay_s=0.15, sustain=0.5),
    "marimba": Timbre(kind="bar", decay_s=0.25),
}


def draw_timbre(rng: np.random.Generator, name: str) -> Timbre:
    """A particular instrument of a sort: the table's values varied by a factor of about 1.5."""
    middle = TIMBRES[name]
    factor = np.exp(rng.uniform(-0.4, 0.4, 5))
    return Timbre(
        middle.kind,
        middle.rolloff * (1 + 0.35 * (factor[0] - 1)),
        middle.even_gain * min(factor[1], 1.2),
        middle.attack_s * factor[2],
        middle.decay_s * factor[3],
        middle.sustain,
        middle.release_s,
        rng.uniform(4.5, 6.5),
        middle.vibrato_depth * factor[4],
        middle.breath_gain * factor[1],
        middle.drive * factor[0],
    )


def midi_to_hz(midi: float) -> float:
    """Equal-tempered frequency of a MIDI note number (69 is 440 Hz)."""
    return 440.0 * 2 ** ((midi - 69) / 12)


def note_sound(
    rng: np.random.Generator, timbre: Timbre, frequency_hz: float, duration_s: float
) -> np.ndarray:
    """One note, with its release; (samples,) at a peak of about 1."""
    if timbre.kind == "string":
        return _plucked_string(rng, timbre, frequency_hz, duration_s)
    if timbre.kind == "bar":
        sample_count = samples_in(min(5 * timbre.decay_s, duration_s + 0.4))
        modes_hz = frequency_hz * np.array([1.0, 3.93, 9.2])
        decays_s = timbre.decay_s * np.array([1.0, 0.4, 0.15])
        return struck(sample_count, modes_hz, decays_s, np.array([1.0, 0.35, 0.15]))
    return _wavetable_note(rng, timbre, frequency_hz, duration_s)


def _wavetable_note(
    rng: np.random.Generator, timbre: Timbre, frequency_hz: float, duration_s: float
) -> np.ndarray:
    sample_count = samples_in(duration_s + timbre.release_s)
    seconds = np.arange(sample_count, dtype=np.float32) / SAMPLE_RATE_HZ
    pitch: float | np.ndarray = frequency_hz
    if timbre.vibrato_depth > 0:
        onset = np.minimum(seconds / 0.25, 1)
        angle = 2 * np.pi * (timbre.vibrato_hz * seconds + rng.uniform())
        pitch = frequency_hz * (1 + timbre.vibrato_depth * onset * np.sin(angle))
    bright = rolloff_amplitudes(40, timbre.rolloff, timbre.even_gain)
    decay = np.exp(-seconds / timbre.decay_s)
    tone = harmonic_tone(pitch, sample_count, bright)
    if timbre.sustain < 0.5:
        dark = rolloff_amplitudes(8, timbre.rolloff + 1.2, timbre.even_gain)
        tone = tone * decay + harmonic_tone(pitch, sample_count, dark) * (1 - decay)
    envelope = timbre.sustain + (1 - timbre.sustain) * decay
    envelope *= np.minimum(1, seconds / timbre.attack_s)
    envelope *= np.clip((duration_s + timbre.release_s - seconds) / timbre.release_s, 0, 1)
    if timbre.breath_gain > 0:
        tone = tone + timbre.breath_gain * white_noise(rng, sample_count)
    return 0.6 * tone * envelope


def _plucked_string(
    rng: np.random.Generator, timbre: Timbre, frequency_hz: float, duration_s: float
) -> np.ndarray:
    sample_count = samples_in(duration_s + 0.1)
    period_count = int(np.ceil((duration_s + 0.1) * frequency_hz)) + 1
    harmonics = np.arange(1, min(50, int(0.45 * SAMPLE_RATE_HZ / frequency_hz)) + 1)
    # Position of the plectrum notches harmonics; each passage through the loop damps high ones.
    pluck = np.sin(np.pi * harmonics * rng.uniform(0.12, 0.3)) / harmonics**timbre.rolloff
    loss = (1 / timbre.decay_s + 0.15 * harmonics**1.3) / frequency_hz
    spectra = np.zeros((period_count, 65), dtype=np.complex64)
    spectra[:, 1 : len(harmonics) + 1] = (
        -64j * pluck * np.exp(-np.arange(period_count)[:, None] * loss)
    )
    periods = fft.irfft(spectra, n=128, axis=1).ravel()
    position = np.arange(sample_count) * (frequency_hz * 128 / SAMPLE_RATE_HZ)
    string = periods.take(position.astype(np.int64))
    fade = min(sample_count, samples_in(0.03))
    string[-fade:] *= np.linspace(1, 0, fade)
    return string


def drum_kit(rng: np.random.Generator, electronic: bool) -> dict[str, np.ndarray]:
    """The sounds of one drum kit: kick, snare, hat, open_hat, ride, tom, clap."""
    seconds = np.arange(samples_in(0.5)) / SAMPLE_RATE_HZ
    low_hz, drop_hz = rng.uniform(42, 62), rng.uniform(60, 220)
    sweep = 2 * np.pi * (low_hz * seconds - drop_hz * 0.03 * np.exp(-seconds / 0.03))
    kick = np.sin(sweep) * np.exp(-seconds / rng.uniform(0.08, 0.25 if electronic else 0.16))
    tom_hz = rng.uniform(90, 170)
    tom = np.sin(2 * np.pi * tom_hz * (seconds - 0.01 * np.exp(-seconds / 0.05)))
    rattle = shaped_noise(rng, samples_in(0.3), lambda f: 1 / (1 + (1500 / (f + 1)) ** 2))
    snare = 0.35 * rattle * decaying(len(rattle), rng.uniform(0.06, 0.16))
    snare += 0.6 * struck(
        len(rattle), rng.uniform(160, 260) * np.array([1, 1.6]), np.array([0.08, 0.05]), np.ones(2)
    )
    edge_hz = rng.uniform(4500, 7500)
    metal = shaped_noise(rng, samples_in(0.7), lambda f: 1 / (1 + (edge_hz / (f + 1)) ** 6))
    sheen_hz = rng.uniform(2500, 8000, 8)
    sheen = struck(len(metal), sheen_hz, rng.uniform(0.15, 0.5, 8), np.full(8, 0.25))
    clap = np.zeros(samples_in(0.25))
    for delay_s in (0.0, 0.011, 0.023):
        start = samples_in(delay_s) - 1
        clap[start:] += rattle[: len(clap) - start] * decaying(len(clap) - start, 0.04)
    return {
        "kick": 1.3 * kick,
        "snare": snare,
        "hat": 0.3 * (metal * decaying(len(metal), rng.uniform(0.015, 0.05)))[: samples_in(0.25)],
        "open_hat": 0.3 * metal * decaying(len(metal), rng.uniform(0.12, 0.3)),
        "ride": 0.15 * metal * decaying(len(metal), 0.25) + 0.25 * sheen,
        "tom": tom * np.exp(-seconds / rng.uniform(0.1, 0.2)),
        "clap": 0.3 * clap,
    }
