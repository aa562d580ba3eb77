"""Checks of what the networks hear: the sections `logmel` and `quilts`, and natural sounds."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from pathlib import Path

from plumbing.config.addresses import address_of, path_of
from plumbing.config.corpus_options import NaturalSounds
from plumbing.config.settings import refuse
from science.corpus.ontology import TableError
from science.corpus.sound_categories import CATEGORIES, known_as
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


def check_natural_sounds(config: Mapping) -> None:
    """Refuse natural sounds on this machine whose table or components are wrong.

    Apart from the other checks, as it reads them: once before a run, not before every job.

    Raises:
        ConfigError: What is wrong with them.
    """
    refuse(natural_sound_problems(config))


def natural_sound_problems(config: Mapping) -> list[str]:
    """What is wrong with the content of the natural sounds' place; nothing where it is fetched.

    Returns:
        One sentence for each problem, with the option's path.
    """
    from sources.natural_sounds.components import components_of  # decoders take time to load
    from sources.natural_sounds.place import opened
    from sources.natural_sounds.table import sounds_of

    natural = config["corpus"]["natural_sounds"]
    place = path_of(natural["place"])
    if place is None:
        return []
    table, brain = (Path(natural[key]) if natural[key] else None for key in ("table", "components"))
    try:
        with opened(place) as files:
            sounds = sounds_of(files, table)
            components = components_of(files, brain, sounds)
    except (ValueError, OSError) as error:
        return [f"corpus.natural_sounds: {error}"]
    there = [] if components is None else list(components)
    usual = NaturalSounds().component_of
    return _unknown_categories(config, {sound.category for sound in sounds}) + [
        f"corpus.natural_sounds.component_of.{name}: {component!r} is not a component; "
        + (f"there are {', '.join(there)}" if there else "there are none in this set")
        for name, component in natural["component_of"].items()
        if component not in there and usual.get(name) != component
    ]


def sound_category_problems(config: Mapping) -> list[str]:
    """What is wrong with `corpus.natural_sounds.categories`, as far as can be told at once.

    What stands there by default is no mistake of the user's where their categories or their table
    have less; but some sound has to be of the target.

    Returns:
        One sentence for each name that is unknown here or to the sounds' table, with its key.
    """
    natural = config["corpus"]["natural_sounds"]
    table = natural["table"]
    if not table or not Path(table).is_file():
        return _unknown_categories(config, set())
    from sources.natural_sounds.table import parse_natural_sounds  # decoders take time to load
    from storage.found_tables import table_text

    try:
        sounds = parse_natural_sounds(table_text(Path(table)), table)
    except TableError as error:
        return [f"corpus.natural_sounds.table: {error}"]
    return _unknown_categories(config, {sound.category for sound in sounds})


def _unknown_categories(config: Mapping, found: Collection[str]) -> list[str]:
    """Names that no category of the sounds has; where these are not at hand, the published ones."""
    natural = config["corpus"]["natural_sounds"]
    own_to_come = not found and bool(address_of(natural["place"]).primary)
    there = [name for name in CATEGORIES if name in found] + sorted({*found} - {*CATEGORIES})
    there = there or list(CATEGORIES)
    problems = []
    for name, items in natural["categories"].items():
        key = f"corpus.natural_sounds.categories.{name}"
        strange = [item for item in items if not {*known_as([item])} & {*there}]
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
        # A set that is still to come may have categories of its own.
        problems += [
            f"{key}: {_unknown_sounds(item, there)}"
            for item in strange
            if not own_to_come or _close(item, there)
        ]
    return problems


def _unknown_sounds(item: str, there: Collection[str]) -> str:
    close = _close(item, there)
    hint = f"did you mean {' or '.join(close)}?" if close else f"there are {', '.join(there)}"
    return f"there are no sounds of {item!r}; {hint}"


def _close(item: str, there: Collection[str]) -> list[str]:
    spellings = [spelling for name in there for spelling in (name, *CATEGORIES.get(name, ()))]
    return difflib.get_close_matches(item, spellings)


def _segment_problems(quilts: Mapping, settings: LogMelSettings) -> Iterator[str]:
    for segment_ms in quilts["segments_ms"]:
        try:
            cut_into_segments(segment_ms, quilts["quilted_s"], settings)
        except ValueError as error:
            yield f"quilts.segments_ms: {error}"


def _empty_bands(settings: LogMelSettings) -> int:
    return int((~mel_weights(settings).any(axis=1)).sum())
