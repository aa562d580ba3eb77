"""Unit by unit: the share of units that are selective at all, and how selective these are."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from science.baselines.feature_sets import of_networks
from science.figures.marks import (
    dashed_line,
    from_zero,
    name_conditions,
    not_available,
    panel_title,
    points_note,
    reference_line,
    seed_points,
)
from science.figures.style import QUIET, Scene, drawn, new_figure

TABLES = {
    "selective_units": [
        "features", "seed", "category", "split", "share", "share_chosen", "ratio", "fdr",
        "permutations", "note",
    ],
}  # fmt: skip
SHOWS = ("chosen_on",)


@drawn("There is no unit.")
def draw(tables: Mapping[str, pd.DataFrame], scene: Scene) -> Figure:
    """Share of selective units by the clips of either split, and their ratio on the other."""
    table = scene.of_category(tables["selective_units"])
    fdr, permutations = table["fdr"].iloc[0], int(table["permutations"].iloc[0])
    foot = (
        f"{points_note(of_networks(table))}. Filled: units tested with {scene.chosen_on} clips, "
        f"hollow: with {scene.held_out} clips. a: share of all units whose index exceeds that "
        f"under {permutations:,} permutations of the labels, at a false discovery rate of "
        f"{fdr:.3g} among the units of a network. b: their response ratio in the clips of the "
        "other split."
    )
    figure = new_figure(3.0, foot, scene.notice)
    left, right = figure.subplots(1, 2)
    _points(left, table, "share", scene)
    left.set_ylim(-0.05, 1.12)  # a point at 0 is whole
    left.set_yticks(np.arange(0, 1.01, 0.25))
    left.set_ylabel("share of units that are selective")
    fixed = of_networks(table)["share_chosen"].median()
    reference_line(left, fixed, f"{100 * fixed:.3g}%\nchosen")
    left.legend(handles=_legend(scene), loc="upper right", ncols=2, columnspacing=0.9)
    panel_title(left, "a", f"Units selective for {scene.name}")
    _points(right, table, "ratio", scene)
    dashed_line(right, 1, "no difference")
    from_zero(right, 1.08)
    right.set_ylabel(f"response ratio, {scene.name} / other sounds")
    panel_title(right, "b", "How selective they are")
    return figure


def _points(axes: Axes, table: pd.DataFrame, value: str, scene: Scene) -> None:
    conditions = list(dict.fromkeys(table["features"]))
    for position, (condition, (colour, marker)) in enumerate(scene.looks(conditions).items()):
        rows = table[table["features"] == condition]
        if not np.isfinite(rows[value].astype(float)).any():
            not_available(axes, position)
        for split, offset in ((scene.chosen_on, -0.2), (scene.held_out, 0.2)):
            values = rows.loc[rows["split"] == split, value]
            filled = split == scene.chosen_on
            seed_points(axes, position + offset, values, colour, marker, 0.15, filled=filled)
    name_conditions(axes, conditions)


def _legend(scene: Scene) -> list[Line2D]:
    point = {"linestyle": "none", "marker": "o", "markersize": 4.5, "markeredgecolor": QUIET}
    return [
        Line2D([], [], markerfacecolor=QUIET, label=f"{scene.chosen_on} clips", **point),
        Line2D([], [], markerfacecolor="white", label=f"{scene.held_out} clips", **point),
    ]
