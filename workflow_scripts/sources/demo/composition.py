"""Composition for the demo corpus: key, metre, progressions, motifs, phrases and forms.

A `Piece` fixes what all parts share; the functions here write the notes of one phrase of a part.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

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


EIGHTHS = tuple(np.arange(0, 4, 0.5))
# Onsets in beats within a bar of four; bars of three leave out what is beyond.
_CHORD_RHYTHMS = {
    "block": ((0.0, 2.0), 1.9),
    "eighths": (EIGHTHS, 0.45),
    "syncopated": ((0.0, 1.5, 2.5), 0.5),
    "offbeat": ((0.5, 1.5, 2.5, 3.5), 0.25),
    "strum": ((0.0, 1.0, 1.5, 2.5, 3.0, 3.5), 0.5),
    "arpeggio": (EIGHTHS, 0.9),
}
_BASS_RHYTHMS = {
    "root": ((0.0, 2.0), 1.8),
    "eighths": (EIGHTHS, 0.45),
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
    cells = (
        (1.0,),
        (0.5, 0.5),
        (1.5, 0.5),
        (0.5, 1.0, 0.5),
        (0.25, 0.25, 0.5),
        (2.0,),
        (0.75, 0.25),
    )
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
            degree += int(
                rng.choice(
                    [-2, -1, -1, 0, 1, 1, 2, 4], p=[0.12, 0.2, 0.1, 0.1, 0.2, 0.1, 0.12, 0.06]
                )
            )
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


def chord_notes(rng: np.random.Generator, piece: Piece, rhythm: str, low_midi: int) -> list[Note]:
    """The notes of a phrase's chords, a chord for each bar, in a rhythm by name."""
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


def bass_notes(rng: np.random.Generator, piece: Piece, rhythm: str) -> list[Note]:
    """The notes of a phrase's bass line, on the roots of its chords."""
    onsets, length = _BASS_RHYTHMS[rhythm]
    steps = (0, *rng.choice([0, 2, 4, 7], 7)) if rhythm in ("walking", "syncopated") else (0,) * 8
    notes = []
    for bar in range(piece.phrase_bars):
        root = piece.chord_in_bar(bar)
        for number, onset in enumerate(o for o in onsets if o < piece.beats_per_bar):
            midi = piece.pitch(root + int(steps[number]), 33)
            notes.append(Note(bar * piece.beats_per_bar + onset, length, midi, 0.9))
    return notes
