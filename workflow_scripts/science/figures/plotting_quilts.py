"""Figures of responses to sound quilts, by segment length.

Every function takes the tables of the analyses and gives a figure; nothing is computed here but
means over seeds.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from science.baselines.feature_sets import ACOUSTICS, of_networks
from science.figures.marks import (
    empty_panel,
    legend_on_top,
    panel_title,
    points_note,
    points_per_condition,
    reference_line,
    rows_of,
    seed_count,
)
from science.figures.style import (
    QUIET,
    SMALL_PT,
    display_name,
    house_style,
    looks_of,
    new_figure,
)

DASHED = (0, (4, 2))
# How far the groups of a length stand apart, in the unit of one step between lengths.
SPREAD = 0.24


@house_style()
def quilts_figure(table: pd.DataFrame, reference: str, notice: str = "") -> Figure:
    """Response of selective and other units by segment length, and what each condition keeps.

    Beside what the conditions keep stands what the trivial acoustic number most selective for
    music keeps; the responses themselves have another unit than acoustics.

    Args:
        table: Columns features, seed, units, group, stimulus, segment_ms, clips, response,
            relative.
        reference: The condition whose responses are shown.
        notice: Drawn below the figure.

    Raises:
        ValueError: The table has no row of the reference condition.
    """
    of_reference = rows_of(table, reference)
    clips = table.groupby("group", sort=False)["clips"].max()
    foot = (
        f"Mean ± sd over networks ({seed_count(of_networks(table))}); thin in a and b: each "
        f"network; dashed in c: the most selective of seven trivial acoustic numbers. "
        f"Test set: {clips.get('music', 0)} clips of music, {clips.get('non-music', 0)} without."
    )
    foot += f" a, b: {display_name(reference)}."
    rows_of_legend = math.ceil(table["features"].nunique() / 5)
    figure = new_figure(3.0 + 0.15 * rows_of_legend, foot, notice)
    panels = figure.subplots(1, 3, width_ratios=(1, 1, 1.25))
    colour, marker = looks_of(list(table["features"]))[reference]
    for axes, letter, units in zip(panels, "ab", ("selective", "other"), strict=False):
        rows = of_reference[of_reference["units"] == units]
        looks = {"music": (colour, marker), "non-music": (QUIET, "x")}
        by_length(axes, rows, "group", "response", looks, single=True)
        axes.set_ylabel("mean response")
        name = "Music-selective units" if units == "selective" else "Other units"
        panel_title(axes, letter, name)
    _same_heights(panels[:2])
    for axes in panels[:2]:
        axes.legend(loc="upper left", ncols=2, fontsize=SMALL_PT, columnspacing=1.0)
    of_music = table[(table["units"] == "selective") & (table["group"] == "music")]
    by_length(panels[2], of_music, "features", "relative", looks_of(list(table["features"])))
    panels[2].set_ylabel("response to music / to original")
    panel_title(panels[2], "c", "Selective units, all conditions")
    handles, _ = panels[2].get_legend_handles_labels()
    legend_on_top(figure, handles, SMALL_PT)
    return figure


@house_style()
def memorisation_quilts_figure(
    table: pd.DataFrame, tests: pd.DataFrame, reference: str, notice: str = ""
) -> Figure:
    """What networks that memorised keep of their response to music, beside the reference.

    Trivial acoustics have a dashed line, and no test.

    Args:
        table: Columns features, seed, stimulus, segment_ms, relative, note.
        tests: Columns features, stimulus, measure, p, p_holm.
        reference: The condition that they are held against.
        notice: Drawn below the figure.
    """
    known = table[table["features"].notna()]
    conditions = list(dict.fromkeys(known["features"]))
    networks = of_networks(known)
    memorised = [name for name in dict.fromkeys(networks["features"]) if name != reference]
    if not memorised:
        figure = new_figure(1.0, "", notice)
        notes = table["note"].dropna()
        empty_panel(figure.subplots(), notes.iloc[-1] if len(notes) else "There is no network.")
        return figure
    foot = (
        f"Mean ± sd over networks ({seed_count(networks)}), small: each network; dashed: the most "
        "selective of seven trivial acoustic numbers. p: one-sided rank-sum test over networks of "
        "each length, not corrected."
    )
    figure = new_figure(3.0, foot, notice)
    axes = figure.subplots()
    by_length(
        axes,
        known,
        "features",
        "relative",
        looks_of(conditions),
        points=True,
    )
    axes.set_ylabel("response to music / to original")
    axes.set_title("Music-selective units after random labels", loc="left", pad=14)
    if not table["relative"].notna().any():
        return figure
    axes.legend(loc="upper left", bbox_to_anchor=(1, 1))
    of_relative = tests[(tests["measure"] == "relative") & (tests["features"] == memorised[0])]
    places = dict(zip(*_places(table), strict=True))
    for row in of_relative.itertuples():
        if np.isfinite(row.p):
            axes.annotate(
                f"p = {row.p:.2g}",
                (places[row.stimulus], 1.0),
                (0, 1),
                xycoords=("data", "axes fraction"),
                textcoords="offset points",
                ha="center",
                va="bottom",
                fontsize=SMALL_PT,
                color=QUIET,
            )
    return figure


@house_style()
def speech_removal_figure(
    table: pd.DataFrame, removed: str, reference: str, notice: str = ""
) -> Figure:
    """Response ratio and loss by quilting, without speech in training and with it.

    Beside the networks stands the most selective of the trivial acoustics.

    Args:
        table: Columns features, seed, ratio_test, null_mean_test, quilt_loss, shortest, note.
        removed: The condition without speech.
        reference: The condition that it is held against.
        notice: Drawn below the figure.
    """
    known = of_networks(table[table["seed"].notna()])
    foot = f"{points_note(known)}. Acoustics: the most selective of seven trivial acoustic numbers."
    absent = [name for name in (reference, removed) if name not in set(known["features"])]
    foot += f" Not run: {', '.join(map(display_name, absent))}." if absent else ""
    figure = new_figure(2.6, foot, notice)
    left, right = figure.subplots(1, 2)
    if known.empty:
        for axes in (left, right):
            empty_panel(axes, "There is no network.")
        return figure
    order = {name: place for place, name in enumerate((reference, removed))}
    known = known.sort_values("features", key=lambda names: names.map(order), kind="stable")
    shown = pd.concat([known, table[table["features"] == ACOUSTICS]])
    points_per_condition(left, shown, "ratio_test")
    reference_line(left, 1.0, "no\ndifference")
    left.set_ylabel("response ratio, test split")
    panel_title(left, "a", "Music-selective units")
    points_per_condition(right, shown, "quilt_loss")
    reference_line(right, 0.0, "no\nloss")
    shortest = str(known["shortest"].iloc[0]).removesuffix("ms")
    right.set_ylabel(f"share of response lost at {shortest} ms")
    panel_title(right, "b", "Quilts of music")
    return figure


def by_length(
    axes: Axes,
    table: pd.DataFrame,
    series: str,
    value: str,
    looks: dict[str, tuple[str, str]],
    *,
    single: bool = False,
    points: bool = False,
    acoustics: bool = False,
) -> None:
    """Draw a value against segment length, a line per series: mean ± sd over networks.

    Args:
        axes: Where to draw.
        table: Columns seed, stimulus, segment_ms and those named below.
        series: The column whose values have a line each.
        value: The column that is drawn.
        looks: Colour and marker of each series.
        single: Draw a thin line for each network besides.
        points: Draw a small point for each network besides.
        acoustics: The whole table is of acoustics: light dashed lines behind all others. Where
            series are feature sets, acoustics have a dashed line in any case.
    """
    stimuli, places = _places(table)
    names = [name for name in looks if (table[series] == name).any()]
    offsets = SPREAD * np.linspace(-1, 1, len(names)) if len(names) > 1 else np.zeros(1)
    known = False
    for name, offset in zip(names, offsets, strict=False):
        wide = table[table[series] == name].pivot(index="seed", columns="stimulus", values=value)
        values = wide.reindex(columns=stimuli).to_numpy(dtype=float)
        if not np.isfinite(values).any():
            continue
        known = True
        colour, marker = looks[name]
        where = places + (offset if not single else 0)
        if single:
            axes.plot(where, values.T, color=colour, lw=0.6, alpha=0.45, zorder=1)
        if points:
            at = np.broadcast_to(where, values.shape)
            axes.plot(at.ravel(), values.ravel(), ".", color=colour, markersize=3, alpha=0.6)
        spread = np.nanstd(values, axis=0, ddof=1) if len(values) > 1 else None
        axes.errorbar(
            where,
            np.nanmean(values, axis=0),
            spread,
            color=colour,
            marker=marker,
            markersize=3.4 if acoustics else 4.2,
            elinewidth=0.8,
            lw=0.9 if acoustics else 1.1,
            linestyle=DASHED if acoustics or name == ACOUSTICS else "-",
            zorder=1.5 if acoustics else 2,
            label=display_name(name, 30),
            gid=f"series {name}",
        )
    if not known:
        empty_panel(axes, "There is no clip or no unit.")
        return
    axes.set_xticks(places, [_label(stimulus) for stimulus in stimuli], fontsize=6.5)
    axes.set_xlabel("segment length (ms)")
    axes.set_xlim(places[0] - 0.5, places[-1] + 0.5)
    if value == "relative":
        axes.axhline(1, color=QUIET, lw=0.6, zorder=0)


def _places(table: pd.DataFrame) -> tuple[list[str], np.ndarray]:
    """The stimuli by segment length with the original last, and where each stands."""
    lengths = table.dropna(subset=["stimulus"]).drop_duplicates("stimulus")
    stimuli = lengths.sort_values("segment_ms", na_position="last")["stimulus"].tolist()
    places = np.arange(len(stimuli), dtype=float)
    if "original" in stimuli:
        places[-1] += 0.4
    return stimuli, places


def _label(stimulus: str) -> str:
    return "orig." if stimulus == "original" else stimulus.removesuffix("ms")


def legend_above(axes: Axes, handles: Sequence[Artist], ncols: int) -> None:
    """A legend at the top of the axes, for which the y axis is made longer than the data need."""
    low, high = axes.get_ylim()
    rows = math.ceil(len(handles) / ncols)
    axes.set_ylim(low, high + (0.04 + 0.09 * rows) * (high - low))
    axes.legend(handles=handles, loc="upper left", ncols=ncols, fontsize=SMALL_PT)


def _same_heights(panels: Sequence[Axes]) -> None:
    """One y axis for all panels, with room for a legend above, and below for the lowest marks.

    The margin of each panel's own range is none beside the range of all.
    """
    lows, highs = zip(*(axes.get_ylim() for axes in panels), strict=True)
    extent = max(highs) - min(lows)
    for axes in panels:
        axes.set_ylim(min(lows) - 0.05 * extent, max(highs) + 0.14 * extent)
