"""Music of the demo corpus: the voices of other sounds in a hierarchy of beat, phrase and form.

A piece has a tempo, a scale, a chord for each bar and a form (such as AABA) of phrases that return.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sources.demo.signals import log_uniform, rms_normalised, seconds_in
from sources.demo.timing import Event, perform
from sources.demo.voices import Voice, clicks, noise_band, syllables, throbs, tone_complex

SCALES = ((0, 2, 4, 5, 7, 9, 11), (0, 2, 3, 5, 7, 8, 10), (0, 2, 3, 5, 7, 9, 10))
FORMS = ("AABA", "ABAB", "AAAB", "ABAC")
PROGRESSIONS = ((0, 3, 4, 0), (0, 5, 3, 4), (0, 0, 3, 4), (0, 4, 5, 3))
BEATS = 4


@dataclass(frozen=True)
class Style:
    """What pieces of one sort have in common; layers play together, in random balance."""

    beat_s: tuple[float, float]
    layers: tuple[str, ...]
    decay_s: tuple[float, float] = (0.15, 1.5)


STYLES = {
    "rock": Style((0.36, 0.6), ("melody", "buzzing bass", "drums"), (0.5, 2.0)),
    "jazz": Style((0.32, 0.5), ("melody", "bass", "chords", "cymbals")),
    "classical": Style((0.45, 0.9), ("melody", "bass", "chords"), (1.0, 4.0)),
    "techno": Style((0.42, 0.5), ("arpeggio", "buzzing bass", "drums"), (0.05, 0.2)),
    "folk": Style((0.42, 0.7), ("melody", "arpeggio"), (0.2, 0.8)),
    "hip_hop": Style((0.55, 0.75), ("talk", "bass", "drums")),
    "piano": Style((0.4, 0.9), ("melody", "chords"), (0.2, 0.8)),
    "flute": Style((0.4, 0.9), ("melody",), (1.0, 4.0)),
    "drum_kit": Style((0.35, 0.7), ("drums",)),
    "male": Style((0.4, 0.8), ("male", "chords")),
    "female": Style((0.4, 0.8), ("female", "arpeggio")),
    "hum": Style((0.4, 0.9), ("hum",)),
}


@dataclass(frozen=True)
class Piece:
    """What all layers of one piece share."""

    beat_s: float
    first_s: float
    tonic_hz: float
    scale: tuple[int, ...]
    progression: tuple[int, ...]
    form: str


@dataclass(frozen=True)
class Part:
    """One voice of a piece: events of its phrases in beats, heights as degrees of the scale.

    An unpitched part keeps its own height whatever the chord.
    """

    voice: Voice
    phrases: dict[str, list[Event]]
    pitched: bool = True


def play(rng: np.random.Generator, sample_count: int, style: Style) -> np.ndarray:
    """A piece in a style, (samples,); it begins somewhere in its first phrase."""
    beat_s = rng.uniform(*style.beat_s)
    piece = Piece(
        beat_s,
        -rng.uniform(0, BEATS * beat_s),
        log_uniform(rng, 180, 800),
        SCALES[rng.integers(len(SCALES))],
        PROGRESSIONS[rng.integers(len(PROGRESSIONS))],
        FORMS[rng.integers(len(FORMS))],
    )
    mix = np.zeros(sample_count)
    for layer in style.layers:
        track = np.zeros(sample_count)
        for part in _parts(rng, layer, piece, style.decay_s):
            track += perform(part.voice, _performance(rng, piece, part, sample_count), sample_count)
        if track.any():
            mix += rng.uniform(0.5, 1.2) * rms_normalised(track)
    return mix


def _performance(
    rng: np.random.Generator, piece: Piece, part: Part, sample_count: int
) -> list[Event]:
    """The phrases of a part in the order of the form: events in s and semitones."""
    phrase_s = BEATS * piece.beat_s
    events = []
    for number in range(int((seconds_in(sample_count) - piece.first_s) / phrase_s) + 1):
        begin_s = piece.first_s + number * phrase_s
        for event in part.phrases[piece.form[number % 4]]:
            start_s = begin_s + event.start_s * piece.beat_s + rng.normal(0, 0.004)
            octave, step = divmod(int(event.semitones) + piece.progression[number % 4], 7)
            height = 12 * octave + piece.scale[step] if part.pitched else 0
            gain = event.gain * rng.uniform(0.9, 1.1)
            events.append(Event(start_s, event.length_s * piece.beat_s, height, gain))
    return events


def _parts(
    rng: np.random.Generator, layer: str, piece: Piece, decay_s: tuple[float, float]
) -> list[Part]:
    tonic_hz = (piece.tonic_hz, 1.001 * piece.tonic_hz)
    low_hz = (piece.tonic_hz / 2, piece.tonic_hz / 1.99)
    match layer:
        case "drums" | "cymbals":
            return _drums(rng, layer == "cymbals")
        case "chords":
            beats = ((0.0, 2.0), (0.0, 1.5, 2.5), (0.5, 1.5, 2.5, 3.5))[rng.integers(3)]
            voice, length = tone_complex(rng, *tonic_hz, decay_s), rng.uniform(0.4, 1.5)
            return [
                _repeated(voice, [Event(beat, length, degree, 0.6) for beat in beats])
                for degree in (0, 2, 4)
            ]
        case "bass" | "buzzing bass":
            voice = tone_complex(rng, *low_hz) if layer == "bass" else throbs(rng, *low_hz)
            beats = ((0.0, 1.0, 2.0, 3.0), (0.0, 0.75, 1.5, 3.0), (0.0, 2.0))[rng.integers(3)]
            degrees = rng.choice([0, 0, 4, 7], len(beats))
            events = [Event(*at, 0.9) for at in zip(beats, [0.8] * 4, degrees, strict=False)]
            return [_repeated(voice, events)]
        case "arpeggio":
            order = rng.permutation([0, 2, 4, 7])
            events = [Event(k / 2, 0.5, order[k % 4], 1 - 0.2 * (k % 4 > 0)) for k in range(8)]
            return [_repeated(tone_complex(rng, *tonic_hz, decay_s), events)]
        case "melody":
            voice = tone_complex(rng, *tonic_hz, decay_s)
        case "hum":
            voice = tone_complex(rng, 110, 300, (1.0, 4.0))
        case "talk":
            voice = syllables(rng, "male", consonants=0.6)
        case _:
            voice = syllables(rng, layer, consonants=0.3, raised=5.0)
    spoken = layer == "talk"
    return [Part(voice, {name: _melody(rng, spoken) for name in "ABC"}, not spoken)]


def _repeated(voice: Voice, events: list[Event], pitched: bool = True) -> Part:
    return Part(voice, dict.fromkeys("ABC", events), pitched)


def _melody(rng: np.random.Generator, spoken: bool) -> list[Event]:
    """A phrase of one bar: a rhythm in parts of a beat, steps of the scale."""
    lengths = [0.5, 0.5, 0.25, 0.25] if spoken else [1.0, 0.5, 0.5, 1.5, 0.5, 2.0]
    events, beat, degree = [], 0.0, int(rng.choice([0, 2, 4]))
    while beat < BEATS:
        length = min(float(rng.choice(lengths)), BEATS - beat)
        if rng.uniform() > 0.08:
            events.append(Event(beat, 0.95 * length, degree, 1.0 if beat % 1 == 0 else 0.8))
        degree = int(np.clip(degree + rng.choice([-2, -1, -1, 1, 1, 2, 3]), -5, 9))
        beat += length
    return events


def _drums(rng: np.random.Generator, cymbals_alone: bool) -> list[Part]:
    kit = [(noise_band(rng, 1500, 7000, (0.02, 0.1)), tuple(np.arange(0, BEATS, 0.5)), 0.3)]
    if not cymbals_alone:
        kick = ((0, 2), (0, 2, 2.5), (0, 1, 2, 3), (0, 0.75, 2.5))[rng.integers(4)]
        snare = ((1, 3), (1, 3, 3.5), (2,), (1.5, 3))[rng.integers(4)]
        kit += [(throbs(rng, 45, 70), kick, 1.0), (clicks(rng, 800, 3000), snare, 1.0)]
    return [
        _repeated(voice, [Event(b, 0.4, 0.0, gain * (1 - 0.3 * (b % 1))) for b in beats], False)
        for voice, beats, gain in kit
    ]
