"""Linear separability of the category, from each network and baseline."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from science.figures.marks import (
    name_conditions,
    not_available,
    points_note,
    reference_line,
    seed_points,
)
from science.figures.style import LOOKS, QUIET, Scene, display_name, drawn, new_figure

# `added`: 'none', or the baseline whose columns are read too.
TABLES = {
    "separability": [
        "features", "seed", "category", "added", "average_precision", "chance", "n_test_positive",
        "n_test_negative", "note",
    ],
}  # fmt: skip


@drawn("There is nothing to read out.")
def draw(tables: Mapping[str, pd.DataFrame], scene: Scene) -> Figure:
    """AP of a linear read-out of the category from every feature set, alone and with a baseline."""
    table = scene.of_category(tables["separability"])
    clips, others = (int(table[f"n_test_{kind}"].max()) for kind in ("positive", "negative"))
    foot = f"{points_note(table)}. Test set: {clips} clips of {scene.name}, {others} without."
    figure = new_figure(3.0, foot, scene.notice)
    axes = figure.subplots()
    conditions = list(dict.fromkeys(table["features"]))
    for position, (condition, (colour, marker)) in enumerate(scene.looks(conditions).items()):
        rows = table[table["features"] == condition]
        if not np.isfinite(rows["average_precision"].astype(float)).any():
            not_available(axes, position)
        kinds = list(dict.fromkeys(rows["added"]))
        for place, kind in enumerate(kinds):
            centre = position + 0.27 * (place - (len(kinds) - 1) / 2)
            values = rows.loc[rows["added"] == kind, "average_precision"]
            edge = LOOKS.get(kind, (colour,))[0]
            seed_points(axes, centre, values, edge, marker, 0.11, filled=kind == "none")
    name_conditions(axes, conditions)
    axes.set_ylim(0, 1.02)
    axes.set_ylabel(f"AP of {scene.name}, test set")
    reference_line(axes, table["chance"].mean(), "chance")
    axes.set_title(f"Linear read-out of {scene.name}", loc="left")
    added = [kind for kind in dict.fromkeys(table["added"]) if kind != "none"]
    if added:
        handles = [_mark(kind) for kind in ("none", *added)]
        figure.legend(handles=handles, loc="outside upper right", ncols=len(handles))
    return figure


def _mark(kind: str) -> Line2D:
    return Line2D(
        [],
        [],
        linestyle="none",
        marker="o",
        markersize=4.5,
        markerfacecolor=QUIET if kind == "none" else "white",
        markeredgecolor=LOOKS.get(kind, (QUIET,))[0],
        label="alone" if kind == "none" else f"with {display_name(kind)}",
    )
