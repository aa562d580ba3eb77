"""Checks of what the networks hear: the sections `logmel` and `quilts`, and natural sounds."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from pathlib import Path

from plumbing.config.corpus_options import NaturalSounds
from science.corpus.ontology import TableError
from science.corpus.sound_categories import CATEGORIES, category_called
from science.quilts.segments import cut_into_segments
from science.sound.settings import LogMelSettings, mel_weights

# Analyses that listen to quilts; the others do without any.
OF_QUILTS = ("quilts", "contrasts", "depth", "emergence")

# As in science.network.cnn, whose torch would take seconds to load before every run.
FEWEST_FRAMES = 121
FEWEST_BANDS = 63


def logmel_problems(logmel: Mapping, for_papers_network: bool) -> list[str]:
    """What is wrong with the log-Mel: Mel bands that hear nothing, too few frames for a network.

    Returns:
        One sentence for each problem, with the option's path.
    """
    settings = LogMelSettings(**logmel)
    problems = []
    if empty := _empty_bands(settings):
        fewer = range(settings.bands - 1, FEWEST_BANDS - 1, -1)
        most = next((n for n in fewer if not _empty_bands(replace(settings, bands=n))), 0)
        at_most = f"at most {most} bands, " if most else ""
        problems.append(
            f"logmel.bands: {empty} of {settings.bands} Mel bands up to {settings.highest_hz:g} Hz "
            f"lie between the frequencies of a window of {settings.window_s:g} s and would be "
            f"silent in every clip; take {at_most}a longer window_s or a higher highest_hz"
        )
    if for_papers_network and settings.frames < FEWEST_FRAMES:
        problems.append(
            f"logmel.hop_s: {settings.clip_s:g} s in steps of {settings.hop_s:g} s are "
            f"{settings.frames} frames; the paper's network needs at least {FEWEST_FRAMES}, so "
            f"take shorter steps"
        )
    return problems


def quilt_problems(quilts: Mapping, logmel: Mapping, analyses: Collection[str]) -> list[str]:
    """What is wrong with the quilts, if any of the analyses needs them.

    Returns:
        One sentence for each problem, with the option's path.
    """
    if not set(analyses) & set(OF_QUILTS):
        return []
    settings = LogMelSettings(**logmel)
    if quilts["quilted_s"] > settings.clip_s:
        return [
            f"quilts.quilted_s: {quilts['quilted_s']:g} s cannot be quilted of clips of "
            f"{settings.clip_s:g} s (logmel.clip_s); choose at most {settings.clip_s:g} s"
        ]
    return list(dict.fromkeys(_segment_problems(quilts, settings)))


def sound_category_problems(config: Mapping) -> list[str]:
    """What is wrong with `corpus.natural_sounds.categories`, as far as can be told at once.

    What stands there by default is no mistake of the user's where their categories or their table
    have less; but some sound has to be of the target.

    Returns:
        One sentence for each name that is unknown here or to the sounds' table, with its key.
    """
    natural = config["corpus"]["natural_sounds"]
    try:
        there = _sound_categories(natural["table"])
    except TableError as error:
        return [f"corpus.natural_sounds.table: {error}"]
    problems = []
    for name, items in natural["categories"].items():
        key = f"corpus.natural_sounds.categories.{name}"
        strange = [item for item in items if category_called(item) not in there]
        if items == NaturalSounds().categories.get(name):
            if name == config["run"]["target"] and strange == items:
                problems.append(
                    f"{key}: there are no sounds of {', '.join(items)}; name those that are of "
                    f"{name} among {', '.join(there)}, or none: []"
                )
            continue
        if items and name not in config["categories"]:
            allowed = ", ".join(config["categories"])
            problems.append(f"{key}: no category has this name; allowed are {allowed}")
        problems += [f"{key}: {_unknown_sounds(item, there)}" for item in strange]
    return problems


def _sound_categories(table: str) -> list[str]:
    """The categories of the sounds in a table, all that there are where it is not at hand."""
    if not table or not Path(table).is_file():
        return list(CATEGORIES)
    from sources.natural_sounds import parse_natural_sounds  # its decoders take time to load
    from storage.found_tables import table_text

    found = {sound.category for sound in parse_natural_sounds(table_text(Path(table)), table)}
    return [category for category in CATEGORIES if category in found]


def _unknown_sounds(item: str, there: Collection[str]) -> str:
    spellings = [spelling for name in there for spelling in (name, *CATEGORIES[name])]
    close = difflib.get_close_matches(item, spellings)
    hint = f"did you mean {' or '.join(close)}?" if close else f"there are {', '.join(there)}"
    return f"there are no sounds of {item!r}; {hint}"


def _segment_problems(quilts: Mapping, settings: LogMelSettings) -> Iterator[str]:
    for segment_ms in quilts["segments_ms"]:
        try:
            cut_into_segments(segment_ms, quilts["quilted_s"], settings)
        except ValueError as error:
            yield f"quilts.segments_ms: {error}"


def _empty_bands(settings: LogMelSettings) -> int:
    return int((~mel_weights(settings).any(axis=1)).sum())
