"""Checks of the sections `logmel` and `quilts` of a configuration: what the networks hear."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace

from science.quilts.segments import cut_into_segments
from science.sound.settings import LogMelSettings, mel_weights

# Analyses that listen to quilts; the others do without any.
OF_QUILTS = ("quilts", "contrasts")

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


def _segment_problems(quilts: Mapping, settings: LogMelSettings) -> Iterator[str]:
    for segment_ms in quilts["segments_ms"]:
        try:
            cut_into_segments(segment_ms, quilts["quilted_s"], settings)
        except ValueError as error:
            yield f"quilts.segments_ms: {error}"


def _empty_bands(settings: LogMelSettings) -> int:
    return int((~mel_weights(settings).any(axis=1)).sum())
