"""Responses to sound quilts by segment length, of the target's units and of other categories'."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from science.baselines.feature_sets import ACOUSTICS, of_networks
from science.figures.marks import DASHED, fitting_legend, panel_title, rows_of, seed_count
from science.figures.style import (
    LOOKS,
    QUIET,
    SMALL_PT,
    Look,
    Scene,
    display_name,
    drawn,
    empty_panel,
    further_looks,
    new_figure,
    shortened,
)
from science.quilts.segments import ORIGINAL

# A row for each network, category, kind of units and of clips, and stimulus.
TABLES = {
    "quilts": [
        "features", "seed", "category", "units", "group", "stimulus", "clips", "response",
        "relative", "note",
    ],
    "subclasses": ["features", "seed", "subclass", "stimulus", "relative"],
}  # fmt: skip
SHOWS = ("reference", "chosen_on")
# How far the groups of a segment length stand apart, in the unit of one step between lengths.
SPREAD = 0.24


@drawn("There is no network.")
def draw(tables: Mapping[str, pd.DataFrame], scene: Scene) -> Figure:
    """Response of selective and other units by segment length, and what each condition keeps.

    What the trivial acoustic number most selective for a category keeps is drawn dashed; responses
    themselves have another unit than acoustics. Other categories and sub-classes have a panel where
    there are some.

    Raises:
        ValueError: The table has no row of the reference condition.
    """
    table = scene.of_category(tables["quilts"])
    reference = rows_of(table, scene.reference)
    kept = _of_own_units(tables["quilts"])
    others = [name for name in dict.fromkeys(kept["category"]) if name != scene.category]
    subclasses = tables["subclasses"]
    subclasses = subclasses[subclasses["features"] == scene.reference].dropna(subset=["relative"])
    below = [name for name, there in (("d", others), ("e", len(subclasses))) if there]
    rows_of_legend = math.ceil(table["features"].nunique() / 5)
    height_in = 3.0 + 0.15 * rows_of_legend + (2.5 if below else 0)
    figure = new_figure(height_in, _foot(table, kept, others, scene), scene.notice)
    top, *bottom = figure.subfigures(2, 1, height_ratios=(1.4, 1)) if below else [figure]
    panels = dict(zip("abc", top.subplots(1, 3, width_ratios=(1, 1, 1.25)), strict=True))
    for part in bottom:
        axes = part.subplots(1, len(below), squeeze=False)[0]
        panels |= dict(zip(below, axes, strict=True))
    looks = scene.looks(table["features"])
    for letter, units in (("a", "selective"), ("b", "other")):
        rows = reference[reference["units"] == units].replace(
            {"group": {"category": scene.category, "other": "other sounds"}}
        )
        by_group = {scene.category: looks[scene.reference], "other sounds": (QUIET, "x")}
        by_length(panels[letter], rows, "group", "response", by_group, lines=True)
        panels[letter].set_ylabel("mean response")
        panel_title(panels[letter], letter, scene.selective if letter == "a" else "Other units")
    _same_heights([panels["a"], panels["b"]])
    for letter in "ab":
        panels[letter].legend(loc="upper left", ncols=2, fontsize=SMALL_PT, columnspacing=1.0)
    by_length(panels["c"], scene.of_category(kept), "features", "relative", looks)
    panels["c"].set_ylabel(f"response to {scene.name} / to original")
    panels["c"].axhline(1, color=QUIET, lw=0.6, zorder=0)
    panel_title(panels["c"], "c", "Selective units, all conditions")
    fitting_legend(top, panels["c"].get_legend_handles_labels()[0], SMALL_PT)
    if "d" in panels:
        _other_categories(panels["d"], kept, scene.reference, further_looks(others))
        panel_title(panels["d"], "d", "Units selective for each other category")
    if "e" in panels:
        _subclasses(panels["e"], subclasses, looks[scene.reference][0])
        panel_title(panels["e"], "e", f"Sub-classes of {scene.name}")
    return figure


def _of_own_units(table: pd.DataFrame) -> pd.DataFrame:
    """What the units of a category keep of their response to its clips."""
    return table[(table["units"] == "selective") & (table["group"] == "category")]


def _foot(table: pd.DataFrame, kept: pd.DataFrame, others: Sequence[str], scene: Scene) -> str:
    clips = table.groupby("group")["clips"].max()
    foot = (
        f"Mean ± sd over networks ({seed_count(of_networks(table))}); thin in a and b: each "
        f"network; dashed: the most selective of seven trivial acoustic numbers. "
        f"{scene.held_out.capitalize()} split: {clips.get('category', 0):.0f} clips of "
        f"{scene.name}, {clips.get('other', 0):.0f} without. "
        f"a, b, d, e: {display_name(scene.reference)}."
    )
    if others:
        of_others = kept.groupby("category")["clips"].max()
        named = [f"{display_name(name)} {of_others[name]:.0f}" for name in others]
        foot += f" d: units chosen for each category, clips of it: {', '.join(named)}."
    return foot


def _other_categories(
    axes: Axes, kept: pd.DataFrame, reference: str, looks: Mapping[str, Look]
) -> None:
    """What quilting leaves of the response to each other category, and of its acoustics."""
    of_reference = kept[kept["features"] == reference]
    by_length(axes, of_reference, "category", "relative", looks)
    if not of_reference.loc[of_reference["category"].isin(looks), "relative"].notna().any():
        return
    handles: list[Artist] = axes.get_legend_handles_labels()[0]
    of_acoustics = kept[(kept["features"] == ACOUSTICS) & kept["category"].isin(looks)]
    if of_acoustics["relative"].notna().any():
        colour = LOOKS[ACOUSTICS][0]
        alike = {name: (colour, marker) for name, (_, marker) in looks.items()}
        by_length(axes, of_acoustics, "category", "relative", alike, acoustics=True)
        handles.append(Line2D([], [], color=colour, lw=0.9, linestyle=DASHED, label=ACOUSTICS))
    axes.axhline(1, color=QUIET, lw=0.6, zorder=0)
    axes.set_ylabel("response to category / to original")
    axes.legend(handles=handles, loc="lower right", fontsize=6, ncols=2, columnspacing=0.9)


def _subclasses(axes: Axes, table: pd.DataFrame, colour: str) -> None:
    """What each sub-class keeps, mean over networks; the one that loses most and least by name."""
    stimuli, places = stimulus_places(table)
    means = table.pivot_table("relative", "subclass", "stimulus", "mean", sort=False)
    means = means.reindex(columns=stimuli).sort_values(stimuli[0])
    for place, (name, values) in enumerate(means.iterrows()):
        at_end = place in (0, len(means) - 1)
        style = {"color": colour if at_end else QUIET, "lw": 1.0 if at_end else 0.6}
        axes.plot(places, values.to_numpy(dtype=float), gid="subclass", **style)
        if at_end:
            where = (places[0], values.iloc[0])
            axes.annotate(
                shortened(str(name), 22),
                where,
                (3, 2),
                textcoords="offset points",
                fontsize=6.5,
                va="top" if place == 0 else "bottom",
            )
    axes.axhline(1, color=QUIET, lw=0.6, zorder=0)
    axes.set_xticks(places, [length_name(name) for name in stimuli])
    axes.set_xlabel("segment length (ms)")
    axes.set_ylabel("response / to original")


def by_length(
    axes: Axes,
    table: pd.DataFrame,
    series: str,
    value: str,
    looks: Mapping[str, Look],
    *,
    lines: bool = False,
    points: bool = False,
    acoustics: bool = False,
) -> None:
    """Draw a value against segment length, a line per series: mean ± sd over networks.

    Args:
        axes: Where to draw.
        table: Columns seed, stimulus and those named below.
        series: The column whose values have a line each.
        value: The column that is drawn.
        looks: Colour and marker of each series.
        lines: Draw a thin line for each network too, and no series beside another.
        points: Draw a small point for each network too.
        acoustics: The whole table is of acoustics: light dashed lines behind all others. Where
            series are feature sets, acoustics always have a dashed line.
    """
    stimuli, places = stimulus_places(table)
    names = [name for name in looks if (table[series] == name).any()]
    spread = SPREAD * np.linspace(-1, 1, len(names)) if len(names) > 1 and not lines else [0.0]
    known = False
    for number, name in enumerate(names):
        wide = table[table[series] == name].pivot(index="seed", columns="stimulus", values=value)
        values = wide.reindex(columns=stimuli).to_numpy(dtype=float)
        if not np.isfinite(values).any():
            continue
        known = True
        colour, marker = looks[name]
        where = places + spread[number % len(spread)]
        if lines:
            axes.plot(where, values.T, color=colour, lw=0.6, alpha=0.45, zorder=1)
        if points:
            at = np.broadcast_to(where, values.shape)
            axes.plot(at.ravel(), values.ravel(), ".", color=colour, markersize=3, alpha=0.6)
        seeds = pd.DataFrame(values)
        axes.errorbar(
            where,
            seeds.mean().to_numpy(),
            seeds.std(ddof=1).to_numpy() if len(seeds) > 1 else None,
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
    axes.set_xticks(places, [length_name(stimulus) for stimulus in stimuli], fontsize=6)
    axes.set_xlabel("segment length (ms)")
    axes.set_xlim(places[0] - 0.5, places[-1] + 0.5)


def stimulus_places(table: pd.DataFrame) -> tuple[list[str], np.ndarray]:
    """The stimuli by segment length with the original last, and where each stands."""
    lengths = {name: name.removesuffix("ms") for name in table["stimulus"].dropna().unique()}
    stimuli = sorted(lengths, key=lambda name: np.inf if name == ORIGINAL else float(lengths[name]))
    places = np.arange(len(stimuli), dtype=float)
    if ORIGINAL in stimuli:
        places[-1] += 0.4
    return stimuli, places


def length_name(stimulus: str) -> str:
    """A stimulus' segment length on an axis in ms."""
    return "orig." if stimulus == ORIGINAL else stimulus.removesuffix("ms")


def _same_heights(panels: Sequence[Axes]) -> None:
    """One y axis for all panels, with room for a legend above, and below for the lowest marks.

    The margin of each panel's own range is nothing in the range of all.
    """
    lows, highs = zip(*(axes.get_ylim() for axes in panels), strict=True)
    extent = max(highs) - min(lows)
    for axes in panels:
        axes.set_ylim(min(lows) - 0.05 * extent, max(highs) + 0.14 * extent)
