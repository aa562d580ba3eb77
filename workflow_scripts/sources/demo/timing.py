"""The organisations in time of the demo corpus: when events happen, and how high they are.

Classes that come in pairs share a voice and differ here alone. Music has one of its own, of beats
and phrases that return: `sources.demo.music`.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from sources.demo.signals import SAMPLE_RATE_HZ, add_at
from sources.demo.voices import Voice


class Event(NamedTuple):
    """One event of a source; the gain is linear."""

    start_s: float
    length_s: float
    semitones: float = 0.0
    gain: float = 1.0


def perform(voice: Voice, events: list[Event], sample_count: int) -> np.ndarray:
    """The events in a voice, (samples,) float64; what lies outside of the track is not heard."""
    track = np.zeros(sample_count)
    for event in events:
        start = round(event.start_s * SAMPLE_RATE_HZ)
        if -event.length_s * SAMPLE_RATE_HZ < start < sample_count:
            add_at(track, start, voice(event.semitones, event.length_s), event.gain)
    return track


def regular(
    rng: np.random.Generator, total_s: float, interval_s: float, filled: float = 0.9
) -> list[Event]:
    """A clock: equal intervals, of which each event fills a share."""
    starts = (np.arange(int(total_s / interval_s) + 2) - rng.uniform()) * interval_s
    starts += rng.normal(0, 0.01 * interval_s, len(starts))
    return _events(rng, starts, np.full(len(starts), filled * interval_s))


def irregular(
    rng: np.random.Generator, total_s: float, interval_s: float, filled: float = 0.9
) -> list[Event]:
    """As many events as a clock has, at random times: exponential gaps after a short rest."""
    count = int(2 * total_s / interval_s) + 4
    gaps = interval_s * (0.2 + rng.exponential(0.8, count))
    starts = np.cumsum(gaps) - gaps[0] + rng.uniform(0, min(interval_s, total_s) / 2)
    return _events(rng, starts, np.minimum(filled * interval_s, np.append(gaps[1:], interval_s)))


def accelerating(
    rng: np.random.Generator, total_s: float, interval_s: float, filled: float = 0.9
) -> list[Event]:
    """Bouts in which intervals shrink from twice to two fifths of the mean, with a rest between."""
    size = int(rng.integers(7, 14))
    bout = interval_s * np.geomspace(2.0, 0.4, size)
    gaps = np.tile(np.append(bout, 3 * interval_s), int(total_s / bout.sum()) + 2)
    starts = np.cumsum(gaps) - gaps[0] - rng.uniform(0, bout.sum() / 2)
    lengths = filled * np.minimum(gaps, interval_s)
    return _events(rng, starts, np.append(lengths[1:], interval_s))


def random_walk(
    rng: np.random.Generator,
    total_s: float,
    interval_s: float,
    filled: float = 0.9,
    step: float = 3.0,
) -> list[Event]:
    """Intervals and pitch that drift: each differs a little from the one before."""
    count = int(3 * total_s / interval_s) + 4
    tempo = _reflected(np.cumsum(rng.normal(0, 0.35, count)), 0.8)
    gaps = interval_s * np.exp(tempo)
    starts = np.cumsum(gaps) - gaps[0] - rng.uniform(0, interval_s)
    semitones = _reflected(np.cumsum(rng.normal(0, step, count)), 10.0)
    return _events(rng, starts, filled * np.append(gaps[1:], interval_s), semitones)


def phrased(
    rng: np.random.Generator,
    total_s: float,
    interval_s: float,
    filled: float = 0.9,
    size: tuple[int, int] = (4, 12),
    unevenness: float = 0.25,
    fall: float = 5.0,
) -> list[Event]:
    """Groups that fall in pitch by about `fall` semitones, with a rest after each."""
    events: list[Event] = []
    time_s = -rng.uniform(0, 4 * interval_s)
    while time_s < total_s:
        count = int(rng.integers(size[0], size[1] + 1))
        lengths = interval_s * np.exp(rng.normal(0, unevenness, count))
        starts = time_s + np.cumsum(lengths) - lengths
        accents = rng.normal(0, 0.3 * fall, count) - fall * np.linspace(0, 1, count)
        events += _events(rng, starts, filled * lengths, accents)
        time_s = starts[-1] + lengths[-1] + interval_s * rng.uniform(1, 3)
    return events


def _reflected(walk: np.ndarray, bound: float) -> np.ndarray:
    """A walk folded back at both bounds."""
    return np.abs((walk + bound) % (4 * bound) - 2 * bound) - bound


def _events(
    rng: np.random.Generator,
    starts_s: np.ndarray,
    lengths_s: np.ndarray,
    semitones: np.ndarray | None = None,
) -> list[Event]:
    gains = rng.uniform(0.7, 1.1, len(starts_s))
    pitches = np.zeros(len(starts_s)) if semitones is None else semitones
    rows = zip(starts_s, np.maximum(lengths_s, 0.01), pitches, gains, strict=True)
    return [Event(*map(float, row)) for row in rows]
