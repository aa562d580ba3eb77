"""Music of the demo corpus: pieces with scale, metre, motifs, phrases and repetition.

A piece has a key and mode, a metre and tempo, a chord progression, and a form (such as A A' B A)
of phrases of one or two bars, played by a lead, chords, bass and drums as its style says.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from science.demo_instruments import draw_timbre, drum_kit, midi_to_hz, note_sound
from science.demo_signals import (
    FRAME_RATE_HZ,
    SAMPLE_RATE_HZ,
    add_at,
    frames_in,
    rms_normalised,
)
from science.demo_speech import (
    NASAL_FORMANTS_HZ,
    VOWEL_FORMANTS_HZ,
    Tracks,
    Voice,
    draw_voice,
    voiced_sound,
)

MODES = {
    "major": (0, 2, 4, 5, 7, 9, 11),
    "minor": (0, 2, 3, 5, 7, 8, 10),
    "dorian": (0, 2, 3, 5, 7, 9, 10),
    "mixolydian": (0, 2, 4, 5, 7, 9, 10),
    "harmonic_minor": (0, 2, 3, 5, 7, 8, 11),
}
FORMS = ("AABA", "AAVB", "ABAC", "AVBA", "ABAB", "AAAB")


@dataclass(frozen=True)
class Note:
    """One note of a part: time in beats from the start of its phrase."""

    start_beat: float
    length_beats: float
    midi: int
    velocity: float


@dataclass(frozen=True)
class Style:
    """What pieces of one sort have in common; every tuple is drawn from."""

    tempo_bpm: tuple[float, float]
    modes: tuple[str, ...]
    progressions: tuple[tuple[int, ...], ...]
    leads: tuple[str, ...]
    chords: tuple[str, ...] = ()
    chord_rhythm: str = "block"
    bass: str = ""
    bass_rhythm: str = "root"
    drums: tuple[tuple[tuple[str, tuple[float, ...]], ...], ...] = ()
    electronic: bool = False
    swing: float = 0.0
    beats_per_bar: tuple[int, ...] = (4,)
    lead_range: tuple[int, int] = (60, 79)
    gains: dict[str, float] = field(default_factory=dict)


_POP = ((0, 4, 5, 3), (0, 5, 3, 4), (0, 3, 0, 4), (5, 3, 0, 4))
_DARK = ((0, 5, 6, 0), (0, 3, 4, 0), (0, 0, 6, 5))
_EIGHTHS = tuple(np.arange(0, 4, 0.5))
_ROCK = (("kick", (0, 2, 2.5)), ("snare", (1, 3)), ("hat", _EIGHTHS))
_ROCK_2 = (("kick", (0, 0.5, 2)), ("snare", (1, 3)), ("ride", (0, 1, 2, 3)))
_TECHNO = (("kick", (0, 1, 2, 3)), ("open_hat", (0.5, 1.5, 2.5, 3.5)), ("clap", (1, 3)))
_TECHNO_2 = (("kick", (0, 1, 2, 3)), ("hat", tuple(np.arange(0, 4, 0.25))), ("tom", (1.75, 3.25)))
_HIP_HOP = (("kick", (0, 0.75, 2.5)), ("snare", (1, 3)), ("hat", _EIGHTHS))
_HIP_HOP_2 = (("kick", (0, 1.5, 2.25)), ("clap", (1, 3)), ("hat", tuple(np.arange(0, 4, 0.25))))
_JAZZ = (("ride", (0, 1, 1.5, 2, 3, 3.5)), ("hat", (1, 3)), ("kick", (0, 2.5)))
_ONE_DROP = (("kick", (2,)), ("snare", (2,)), ("hat", _EIGHTHS))
_FILLS = (
    ("tom", (3, 3.25, 3.5)),
    ("snare", (2.5, 2.75, 3, 3.25, 3.5, 3.75)),
    ("tom", (1.5, 2, 2.75)),
)
_KIT_ONLY = (
    (*_ROCK, _FILLS[0]),
    (*_ROCK_2, _FILLS[1]),
    (*_HIP_HOP, _FILLS[2]),
    (*_JAZZ, ("snare", (1.5, 3.5))),
    (("tom", (0, 0.75, 1.5, 2.5, 3)), ("kick", (0, 2)), ("hat", (1, 3))),
)

STYLES: dict[str, Style] = {
    "rock": Style((100, 165), ("minor", "mixolydian"), _POP, ("distorted", "brass"),
                  ("distorted",), "eighths", "bass", "eighths", (_ROCK, _ROCK_2)),
    "jazz": Style((110, 190), ("dorian", "major"), ((1, 4, 0, 0), (0, 5, 1, 4)),
                  ("brass", "clarinet", "piano"), ("piano", "electric_piano"), "syncopated",
                  "bass", "walking", (_JAZZ,), swing=0.16),
    "classical": Style((66, 132), ("major", "minor", "harmonic_minor"),
                       ((0, 3, 4, 0), (0, 4, 0, 4), (0, 5, 1, 4)), ("strings", "flute", "violin"),
                       ("strings",), "block", "strings", "root", beats_per_bar=(3, 4)),
    "techno": Style((118, 145), ("minor", "dorian"), _DARK, ("synth", "square"),
                    ("synth", "organ"), "syncopated", "synth", "offbeat", (_TECHNO, _TECHNO_2),
                    electronic=True),
    "reggae": Style((68, 92), ("major", "minor"), ((0, 3, 0, 3), (0, 4, 5, 3), (0, 1, 0, 1)),
                    ("organ", "brass"), ("electric_piano", "guitar", "organ"), "offbeat", "bass",
                    "syncopated", (_ONE_DROP,)),
    "folk": Style((84, 140), ("major", "dorian", "mixolydian"), _POP,
                  ("flute", "violin", "guitar"), ("guitar", "nylon"), "strum",
                  beats_per_bar=(3, 4)),
    "hip_hop": Style((78, 104), ("minor", "dorian"), _DARK, ("electric_piano", "square", "flute"),
                     ("electric_piano", "strings"), "block", "bass", "syncopated",
                     (_HIP_HOP, _HIP_HOP_2), electronic=True, gains={"drums": 1.8}),
    "piano": Style((66, 140), ("major", "minor", "dorian"), _POP, ("piano",), ("piano",),
                   "arpeggio", beats_per_bar=(3, 4)),
    "guitar": Style((72, 130), ("major", "minor", "mixolydian"), _POP, ("guitar", "nylon"),
                    ("guitar", "nylon"), "arpeggio", lead_range=(55, 74)),
    "violin": Style((60, 120), ("major", "minor", "harmonic_minor"), _POP, ("violin",),
                    ("strings",), "block", lead_range=(60, 88), beats_per_bar=(3, 4),
                    gains={"chords": 0.3}),
    "flute": Style((72, 132), ("major", "dorian"), _POP, ("flute",), ("nylon",), "arpeggio",
                   lead_range=(67, 90), beats_per_bar=(3, 4), gains={"chords": 0.3}),
    "marimba": Style((84, 150), ("major", "dorian", "mixolydian"), _POP, ("marimba",),
                     ("marimba",), "syncopated", lead_range=(60, 84)),
    "drum_kit": Style((80, 170), ("minor",), ((0,),), (), drums=_KIT_ONLY),
}  # fmt: skip

# Onsets in beats within a bar of four; bars of three leave out what is beyond.
_CHORD_RHYTHMS = {
    "block": ((0.0, 2.0), 1.9),
    "eighths": (_EIGHTHS, 0.45),
    "syncopated": ((0.0, 1.5, 2.5), 0.5),
    "offbeat": ((0.5, 1.5, 2.5, 3.5), 0.25),
    "strum": ((0.0, 1.0, 1.5, 2.5, 3.0, 3.5), 0.5),
    "arpeggio": (_EIGHTHS, 0.9),
}
_BASS_RHYTHMS = {
    "root": ((0.0, 2.0), 1.8),
    "eighths": (_EIGHTHS, 0.45),
    "walking": ((0.0, 1.0, 2.0, 3.0), 0.9),
    "offbeat": ((0.5, 1.5, 2.5, 3.5), 0.4),
    "syncopated": ((0.0, 0.75, 1.5, 3.0), 0.6),
}


@dataclass(frozen=True)
class Piece:
    """The plan of one piece: what all parts share."""

    tempo_bpm: float
    beats_per_bar: int
    scale: tuple[int, ...]
    tonic_midi: int
    progression: tuple[int, ...]
    phrase_bars: int
    form: str
    swing: float
    first_beat: float

    @property
    def phrase_beats(self) -> int:
        """Length of a phrase."""
        return self.phrase_bars * self.beats_per_bar

    def pitch(self, degree: int, low_midi: int) -> int:
        """MIDI number of a scale degree (any integer), counted from the tonic above a floor."""
        octave, step = divmod(degree, len(self.scale))
        tonic = low_midi + (self.tonic_midi - low_midi) % 12
        return tonic + 12 * octave + self.scale[step]

    def chord_in_bar(self, bar: int) -> int:
        """Scale degree of the chord's root."""
        return self.progression[bar % len(self.progression)]


def draw_piece(rng: np.random.Generator, style: Style) -> Piece:
    """Draw key, tempo, metre, progression, form; the clip begins somewhere in the first phrase."""
    tempo_bpm = rng.uniform(*style.tempo_bpm)
    beats_per_bar = int(rng.choice(style.beats_per_bar))
    # A phrase takes about 2.5 s, so that four of them, one form, fill a clip of 10 s.
    phrase_bars = max(1, round(2.5 * tempo_bpm / 60 / beats_per_bar))
    return Piece(
        tempo_bpm,
        beats_per_bar,
        MODES[str(rng.choice(style.modes))],
        int(rng.integers(0, 12)),
        style.progressions[rng.integers(len(style.progressions))],
        phrase_bars,
        FORMS[rng.integers(len(FORMS))],
        style.swing * rng.uniform(0.6, 1.1),
        rng.uniform(0, beats_per_bar * phrase_bars),
    )


def _motif_rhythm(rng: np.random.Generator, beats: int) -> list[tuple[float, float]]:
    cells = ((1.0,), (0.5, 0.5), (1.5, 0.5), (0.5, 1.0, 0.5), (0.25, 0.25, 0.5), (2.0,), (0.75, 0.25))
    onsets: list[tuple[float, float]] = []
    position = 0.0
    while position < beats:
        for length in cells[rng.integers(len(cells))]:
            if position < beats:
                onsets.append((position, min(length, beats - position)))
                position += length
    return onsets


def _melodic_phrase(
    rng: np.random.Generator, piece: Piece, low_midi: int, high_midi: int, bar_offset: int
) -> list[Note]:
    notes, degree = [], int(rng.integers(0, 7))
    # One bar's rhythm is stated and repeated, so that a phrase has a rhythm of its own.
    bar_rhythm = _motif_rhythm(rng, piece.beats_per_bar)
    for bar in range(piece.phrase_bars):
        root = piece.chord_in_bar(bar + bar_offset)
        for onset, length in bar_rhythm:
            degree += int(rng.choice([-2, -1, -1, 0, 1, 1, 2, 4], p=[.12, .2, .1, .1, .2, .1, .12, .06]))
            if onset == int(onset) and int(onset) % 2 == 0:
                tones = [root + step + 7 * octave for step in (0, 2, 4) for octave in (-1, 0, 1)]
                degree = min(tones, key=lambda tone: abs(tone - degree))
            midi = piece.pitch(degree, low_midi)
            if midi > high_midi or midi < low_midi:
                degree -= 7 if midi > high_midi else -7
                midi = piece.pitch(degree, low_midi)
            velocity = (0.9 if onset == 0 else 0.7) * rng.uniform(0.85, 1.1)
            start = bar * piece.beats_per_bar + onset
            if rng.uniform() > 0.07:
                notes.append(Note(start, 0.95 * length, midi, velocity))
    return notes


def melody_phrases(
    rng: np.random.Generator, piece: Piece, low_midi: int, high_midi: int
) -> dict[str, list[Note]]:
    """Phrases A, B, C, and V: A with a new ending."""
    phrases = {name: _melodic_phrase(rng, piece, low_midi, high_midi, 0) for name in "ABC"}
    turn = 0.6 * piece.phrase_beats
    new_end = _melodic_phrase(rng, piece, low_midi, high_midi, 0)
    phrases["V"] = [note for note in phrases["A"] if note.start_beat < turn]
    phrases["V"] += [note for note in new_end if note.start_beat >= turn]
    return phrases


def _chord_notes(
    rng: np.random.Generator, piece: Piece, rhythm: str, low_midi: int
) -> list[Note]:
    onsets, length = _CHORD_RHYTHMS[rhythm]
    order = rng.permutation(4)
    notes = []
    for bar in range(piece.phrase_bars):
        root = piece.chord_in_bar(bar)
        tones = [piece.pitch(root + step, low_midi) for step in (0, 2, 4, 7)]
        for number, onset in enumerate(o for o in onsets if o < piece.beats_per_bar):
            start = bar * piece.beats_per_bar + onset
            if rhythm == "arpeggio":
                notes.append(Note(start, length, tones[order[number % 4]], 0.7))
                continue
            spread = 0.02 if rhythm == "strum" else 0.0
            notes += [
                Note(start + spread * k, length, tone, 0.5) for k, tone in enumerate(tones[:3])
            ]
    return notes


def _bass_notes(rng: np.random.Generator, piece: Piece, rhythm: str) -> list[Note]:
    onsets, length = _BASS_RHYTHMS[rhythm]
    steps = (0, *rng.choice([0, 2, 4, 7], 7)) if rhythm in ("walking", "syncopated") else (0,) * 8
    notes = []
    for bar in range(piece.phrase_bars):
        root = piece.chord_in_bar(bar)
        for number, onset in enumerate(o for o in onsets if o < piece.beats_per_bar):
            midi = piece.pitch(root + int(steps[number]), 33)
            notes.append(Note(bar * piece.beats_per_bar + onset, length, midi, 0.9))
    return notes


def _start_samples(piece: Piece, sample_count: int) -> list[tuple[int, str]]:
    phrase_s = piece.phrase_beats * 60 / piece.tempo_bpm
    first_s = -piece.first_beat * 60 / piece.tempo_bpm
    count = int(np.ceil((sample_count / SAMPLE_RATE_HZ - first_s) / phrase_s))
    return [
        (round((first_s + k * phrase_s) * SAMPLE_RATE_HZ), piece.form[k % 4]) for k in range(count)
    ]


def _beat_samples(piece: Piece, beat: float) -> int:
    late = piece.swing if abs(beat % 1 - 0.5) < 1e-6 else 0.0
    return round((beat + late) * 60 / piece.tempo_bpm * SAMPLE_RATE_HZ)


def play(
    rng: np.random.Generator,
    piece: Piece,
    phrases: dict[str, list[Note]],
    instrument: str,
    sample_count: int,
) -> np.ndarray:
    """Play a part on an instrument through the form; (samples,) at RMS 1.

    Each phrase is rendered once and repeated, but for small differences in dynamics.
    """
    timbre = draw_timbre(rng, instrument)
    beat_s = 60 / piece.tempo_bpm
    rendered: dict[str, np.ndarray] = {}
    cache: dict[tuple[int, float], np.ndarray] = {}
    track = np.zeros(sample_count)
    for start, name in _start_samples(piece, sample_count):
        if name not in rendered:
            phrase = np.zeros(_beat_samples(piece, piece.phrase_beats + 1.0))
            for note in phrases[name]:
                key = (note.midi, note.length_beats)
                if key not in cache:
                    cache[key] = note_sound(
                        rng, timbre, midi_to_hz(note.midi), note.length_beats * beat_s
                    )
                jitter = round(rng.normal(0, 0.004) * SAMPLE_RATE_HZ)
                onset = _beat_samples(piece, note.start_beat) + jitter
                add_at(phrase, onset, cache[key], note.velocity * rng.uniform(0.9, 1.1))
            rendered[name] = phrase
        add_at(track, start, rendered[name], rng.uniform(0.85, 1.15))
    if timbre.drive > 0:
        track = np.tanh(timbre.drive * rms_normalised(track))
    return rms_normalised(track)


def play_drums(
    rng: np.random.Generator,
    piece: Piece,
    pattern: tuple[tuple[str, tuple[float, ...]], ...],
    electronic: bool,
    sample_count: int,
) -> np.ndarray:
    """Play a drum pattern, a bar long, with varied strokes and now and then a missing one."""
    kit = drum_kit(rng, electronic)
    track = np.zeros(sample_count)
    bar_samples = piece.beats_per_bar * 60 / piece.tempo_bpm * SAMPLE_RATE_HZ
    first = -piece.first_beat * 60 / piece.tempo_bpm * SAMPLE_RATE_HZ
    levels = {name: rng.uniform(0.6, 1.2) for name, _ in pattern}
    for bar in range(int(np.ceil((sample_count - first) / bar_samples))):
        for name, beats in pattern:
            for beat in beats:
                if beat >= piece.beats_per_bar or rng.uniform() < 0.04:
                    continue
                accent = (1.0 if beat == int(beat) else 0.75) * rng.uniform(0.85, 1.1)
                onset = round(first + bar * bar_samples) + _beat_samples(piece, beat)
                add_at(track, onset, kit[name], accent * levels[name])
    return rms_normalised(track)


def arrange(
    rng: np.random.Generator,
    sample_count: int,
    style: Style,
    lead: str = "",
    vocal: Callable[[Piece], np.ndarray] | None = None,
) -> np.ndarray:
    """A piece in a style; (samples,).

    Args:
        rng: source of every choice.
        sample_count: length.
        style: one of `STYLES`.
        lead: instrument of the melody; drawn from the style where empty.
        vocal: sings the melody instead, given the piece.
    """
    piece = draw_piece(rng, style)
    mix = np.zeros(sample_count)
    if vocal is not None:
        mix += 1.2 * rms_normalised(vocal(piece))
    elif lead or style.leads:
        phrases = melody_phrases(rng, piece, *style.lead_range)
        instrument = lead or str(rng.choice(style.leads))
        mix += rng.uniform(0.7, 1.3) * play(rng, piece, phrases, instrument, sample_count)
    if style.chords:
        notes = _chord_notes(rng, piece, style.chord_rhythm, 48)
        gain = style.gains.get("chords", 0.6) * rng.uniform(0.6, 1.4)
        part = dict.fromkeys("ABCV", notes)
        mix += gain * play(rng, piece, part, str(rng.choice(style.chords)), sample_count)
    if style.bass:
        part = dict.fromkeys("ABCV", _bass_notes(rng, piece, style.bass_rhythm))
        mix += rng.uniform(0.5, 1.0) * play(rng, piece, part, style.bass, sample_count)
    if style.drums:
        pattern = style.drums[rng.integers(len(style.drums))]
        gain = style.gains.get("drums", 1.0) * rng.uniform(0.6, 1.2)
        mix += gain * play_drums(rng, piece, pattern, style.electronic, sample_count)
    return mix


def sung_melody(
    rng: np.random.Generator, sample_count: int, piece: Piece, kind: str, closed_mouth: bool
) -> np.ndarray:
    """Sing a melody of the piece on changing vowels, or hum it with the mouth closed."""
    voice = draw_voice(rng, kind)
    low_midi = (45 if kind == "male" else 57) + int(rng.integers(0, 5))
    phrases = melody_phrases(rng, piece, low_midi, low_midi + 16)
    words = {
        name: rng.choice([0, 2, 4, 5, 7, 8], len(notes)) for name, notes in phrases.items()
    }
    frame_count = frames_in(sample_count)
    tracks = Tracks.silent(frame_count, midi_to_hz(low_midi + 5))
    frames_per_beat = 60 / piece.tempo_bpm * FRAME_RATE_HZ
    for start, name in _start_samples(piece, sample_count):
        for note, vowel in zip(phrases[name], words[name], strict=True):
            first = round(start / 256 + note.start_beat * frames_per_beat)
            last = round(first + 0.95 * note.length_beats * frames_per_beat)
            span = slice(max(first, 0), max(last, 0))
            tracks.pitch_hz[span] = midi_to_hz(note.midi)
            tracks.voicing[span] = note.velocity
            tracks.formants_hz[span] = NASAL_FORMANTS_HZ if closed_mouth else VOWEL_FORMANTS_HZ[vowel]
            if not closed_mouth and vowel % 2 == 0 and first > 2:
                tracks.frication[first - 3 : first] = rng.uniform(0.05, 0.3)
    seconds = np.arange(frame_count) / FRAME_RATE_HZ
    depth, rate_hz = rng.uniform(0.004, 0.018), rng.uniform(4.8, 6.5)
    tracks.pitch_hz *= 1 + depth * np.sin(2 * np.pi * (rate_hz * seconds + rng.uniform()))
    rolloff = 2.0 if closed_mouth else voice.source_rolloff
    singer = Voice(voice.pitch_hz, voice.tract_scale, rolloff, 0.5 * voice.breath_gain)
    return voiced_sound(rng, singer, tracks, sample_count)


def singing(rng: np.random.Generator, sample_count: int, kind: str, style: Style) -> np.ndarray:
    """A male or female singer with an accompaniment in a style."""
    return arrange(
        rng,
        sample_count,
        style,
        vocal=lambda piece: sung_melody(rng, sample_count, piece, kind, False),
    )


def solo_voice(
    rng: np.random.Generator, sample_count: int, kind: str, closed_mouth: bool
) -> np.ndarray:
    """A voice alone that sings, or hums with the mouth closed."""
    piece = draw_piece(rng, STYLES["folk"])
    return sung_melody(rng, sample_count, piece, kind, closed_mouth)
