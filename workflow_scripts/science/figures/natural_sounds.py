"""Natural sounds: the response to each, to each category, and the ratio of ours to the others."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from itertools import cycle

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.collections import PolyCollection
from matplotlib.figure import Figure, SubFigure
from matplotlib.patches import Patch

from science.baselines.feature_sets import ACOUSTICS, BRAIN, of_networks
from science.figures.marks import (
    dashed_line,
    fitting_legend,
    name_rows,
    panel_title,
    points_note,
    points_per_condition,
    reference_line,
)
from science.figures.style import (
    INK,
    SMALL_PT,
    Scene,
    display_name,
    drawn,
    new_figure,
    shortened,
)

TABLES = {
    "natural_sounds": [
        "features", "seed", "category", "category_sounds", "other_sounds", "ratio", "note",
    ],
    "categories": ["features", "seed", "sound_category", "in_category", "response"],
    "sounds": ["features", "seed", "clip_id", "sound_category", "in_category", "response"],
}  # fmt: skip
SHOWS = ("reference",)
# Those of the target take the first colours, the others the rest, again from the start if need be.
COLOURS_OF_TARGET = ("#D55E00", "#E69F00", "#882255", "#CC79A7")
COLOURS_OF_OTHERS = (
    "#0072B2", "#56B4E9", "#009E73", "#999933", "#332288", "#44AA99", "#B5B5B5", "#5E5E5E",
    "#DDCC77",
)  # fmt: skip
PROFILES_IN_A_ROW = 4


@drawn("There are no sounds.")
def draw(tables: Mapping[str, pd.DataFrame], scene: Scene) -> Figure:
    """Response to each natural sound and category, and the ratio of the target's to others."""
    ratios, means = scene.of_category(tables["natural_sounds"]), of_units(tables["categories"])
    summary, brain = of_units(ratios), ratios.loc[ratios["features"] == BRAIN, "ratio"]
    sounds = tables["sounds"][tables["sounds"]["features"] != ACOUSTICS]
    ours, others = (int(summary[f"{kind}_sounds"].max()) for kind in ("category", "other"))
    foot = (
        f"a: {'the brain: its component; others: ' * (BRAIN in set(sounds['features']))}mean over "
        "networks of the response to each sound, in units of the mean over sounds, sorted. "
        "b: means over networks, in units of each network's mean over categories, marks as in c; "
        f"line: sd over networks of {display_name(scene.reference)}. "
        f"{points_note(of_networks(summary), 'c')}. "
        f"Sounds: {ours} of {scene.name} (bold), {others} others."
    )
    profiles = _profiles_of(sounds)
    rows = math.ceil(len(profiles) / PROFILES_IN_A_ROW)
    above_in = 1.25 * rows + 0.75
    figure = new_figure(3.4 + above_in, foot, scene.notice)
    above, below = figure.subfigures(2, 1, height_ratios=(above_in, 3.4))
    _profiles(above, profiles, sounds, scene)
    left, right = below.subplots(1, 2, width_ratios=(1.15, 1))
    _category_means(left, means, scene)
    panel_title(left, "b", scene.selective)
    points_per_condition(right, summary, "ratio", scene)
    reference_line(right, 1.0, "no\ndifference")
    right.set_ylabel(f"response ratio, {scene.name} / other sounds")
    # Several times as high as any other, its own ratio would leave these no room.
    beside = f" (the brain's: {brain.iloc[0]:.2f})" if brain.notna().any() else ""
    panel_title(right, "c", f"Natural sounds{beside}")
    return figure


def of_units(table: pd.DataFrame) -> pd.DataFrame:
    """The rows of a table that are not about the brain."""
    return table[table["features"] != BRAIN]


def _profiles_of(sounds: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Mean response over networks to each sound, greatest first; the brain before the others."""
    by_sound = ["features", "clip_id", "sound_category"]
    means = sounds.groupby(by_sound, sort=False)["response"].mean().reset_index()
    names = sorted(dict.fromkeys(means["features"]), key=lambda name: name != BRAIN)
    return {
        name: means[means["features"] == name].sort_values(
            "response", ascending=False, kind="stable"
        )
        for name in names
    }


def _profiles(
    part: SubFigure, profiles: Mapping[str, pd.DataFrame], sounds: pd.DataFrame, scene: Scene
) -> None:
    """A bar for each sound in the colour of its category, a panel for each of the features."""
    inside = sounds.groupby("sound_category")["in_category"].first().astype(bool)
    colour_of = {
        name: colour
        for names, colours in (
            (sorted(inside.index[inside]), COLOURS_OF_TARGET),
            (sorted(inside.index[~inside]), COLOURS_OF_OTHERS),
        )
        for name, colour in zip(names, cycle(colours), strict=False)
    }
    columns = min(max(len(profiles), 1), PROFILES_IN_A_ROW)
    rows = max(math.ceil(len(profiles) / columns), 1)
    panels = part.subplots(rows, columns, squeeze=False).ravel()
    for axes, (name, rows_of_one) in zip(panels, profiles.items(), strict=False):
        colours = [colour_of[category] for category in rows_of_one["sound_category"]]
        _bars(axes, rows_of_one["response"].to_numpy(dtype=float), colours)
        axes.axhline(0, color=INK, lw=0.7)
        axes.set_xticks([])
        axes.set_xlim(-1, len(rows_of_one))
        what = f"brain's {scene.name} component" if name == BRAIN else display_name(name)
        axes.set_title(shortened(what, 26), fontsize=SMALL_PT + 0.5)
    for axes in panels[len(profiles) :]:
        axes.set_axis_off()
    for axes in panels[::columns]:
        axes.set_ylabel("response / mean")
    part.suptitle(r"$\bf{a}$  Each sound", x=0.01, ha="left", fontsize=8.5, parse_math=True)
    handles = [Patch(color=colour, label=name) for name, colour in colour_of.items()]
    if handles:
        legend = {"fontsize": SMALL_PT, "loc": "outside lower center"}
        fitting_legend(part, handles, **legend)


def _bars(axes: Axes, heights: np.ndarray, colours: Sequence[str]) -> None:
    """Bars side by side from 0, as one collection: a patch for each would take seconds to draw."""
    left = np.arange(len(heights)) - 0.5
    corners = [(left, 0 * heights), (left, heights), (left + 1, heights), (left + 1, 0 * heights)]
    outlines = np.stack([np.stack(corner, axis=-1) for corner in corners], axis=1)
    axes.add_collection(
        PolyCollection(outlines, facecolors=colours, linewidths=0, gid="profile"), autolim=True
    )
    axes.autoscale_view()
    if not (heights < 0).any():
        axes.set_ylim(bottom=0)


def _category_means(axes: Axes, means: pd.DataFrame, scene: Scene) -> None:
    reference = scene.reference
    scale = means.groupby(["features", "seed"])["response"].transform("mean")
    means = means.assign(response=means["response"] / scale)
    table = means.pivot_table("response", "sound_category", "features", "mean", sort=False)
    order = table[reference if reference in table else table.columns[0]].sort_values().index[::-1]
    places = np.arange(len(order))
    if reference in table:
        of_reference = means[means["features"] == reference].groupby("sound_category")["response"]
        sd = of_reference.std(ddof=1).reindex(order).fillna(0)
        middle = table.loc[order, reference]
        axes.hlines(places, middle - sd, middle + sd, color=INK, lw=0.9, zorder=1)
    for features, (colour, marker) in scene.looks(table.columns).items():
        axes.plot(
            table.loc[order, features],
            places,
            linestyle="none",
            marker=marker,
            markersize=4.4,
            color=colour,
            alpha=0.9,
            zorder=3 if features == reference else 2,
        )
    name_rows(axes, list(order))
    ours = set(means.loc[means["in_category"].astype(bool), "sound_category"])
    for label, name in zip(axes.get_yticklabels(), order, strict=True):
        label.set_fontweight("bold" if name in ours else "normal")
    dashed_line(axes, 1, "mean", upright=True)
    axes.set_xlabel("response / mean over categories")
