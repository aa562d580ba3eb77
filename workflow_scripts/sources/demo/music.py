"""Music of the demo corpus: composed pieces, played by a lead or a voice, chords, bass and drums.

A piece has a key and mode, a metre and tempo, a chord progression, and a form (such as A A' B A)
of phrases of one or two bars, so that it has structure on every time scale up to its length.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from sources.demo.composition import (
    Note,
    Piece,
    Style,
    bass_notes,
    chord_notes,
    draw_piece,
    melody_phrases,
)
from sources.demo.instruments import draw_timbre, drum_kit, midi_to_hz, note_sound
from sources.demo.signals import (
    FRAME_HOP,
    FRAME_RATE_HZ,
    SAMPLE_RATE_HZ,
    add_at,
    frames_in,
    rms_normalised,
)
from sources.demo.speech import (
    NASAL_FORMANTS_HZ,
    VOWEL_FORMANTS_HZ,
    Tracks,
    Voice,
    draw_voice,
    voiced_sound,
)
from sources.demo.styles import STYLES


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

    Each phrase is rendered once and repeated, except for small differences in dynamics.
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
        notes = chord_notes(rng, piece, style.chord_rhythm, 48)
        gain = style.gains.get("chords", 0.6) * rng.uniform(0.6, 1.4)
        part = dict.fromkeys("ABCV", notes)
        mix += gain * play(rng, piece, part, str(rng.choice(style.chords)), sample_count)
    if style.bass:
        part = dict.fromkeys("ABCV", bass_notes(rng, piece, style.bass_rhythm))
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
    words = {name: rng.choice([0, 2, 4, 5, 7, 8], len(notes)) for name, notes in phrases.items()}
    frame_count = frames_in(sample_count)
    tracks = Tracks.silent(frame_count, midi_to_hz(low_midi + 5))
    frames_per_beat = 60 / piece.tempo_bpm * FRAME_RATE_HZ
    for start, name in _start_samples(piece, sample_count):
        for note, vowel in zip(phrases[name], words[name], strict=True):
            first = round(start / FRAME_HOP + note.start_beat * frames_per_beat)
            last = round(first + 0.95 * note.length_beats * frames_per_beat)
            span = slice(max(first, 0), max(last, 0))
            tracks.pitch_hz[span] = midi_to_hz(note.midi)
            tracks.voicing[span] = note.velocity
            tracks.formants_hz[span] = (
                NASAL_FORMANTS_HZ if closed_mouth else VOWEL_FORMANTS_HZ[vowel]
            )
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


def humming(rng: np.random.Generator, sample_count: int, kind: str, style: Style) -> np.ndarray:
    """A voice that hums over an accompaniment in a style."""
    return arrange(
        rng,
        sample_count,
        style,
        vocal=lambda piece: sung_melody(rng, sample_count, piece, kind, True),
    )


def solo_voice(
    rng: np.random.Generator, sample_count: int, kind: str, closed_mouth: bool
) -> np.ndarray:
    """A voice alone that sings, or hums with the mouth closed."""
    piece = draw_piece(rng, STYLES["folk"])
    return sung_melody(rng, sample_count, piece, kind, closed_mouth)
