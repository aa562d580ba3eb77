"""Memorisation: how well networks know the clips they were trained on."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from science.figures.marks import (
    from_zero,
    name_conditions,
    not_available,
    panel_title,
    points_note,
    points_per_condition,
    seed_points,
)
from science.figures.style import QUIET, Scene, drawn, new_figure

# `chance` is what a random order gives; null_low to null_high hold 95% of what each class reaches
# with the scores of another.
TABLES = {
    "memorisation": [
        "features", "seed", "split", "mean_average_precision", "chance", "null_low", "null_high",
        "segregation_index", "note",
    ],
}  # fmt: skip
SPLIT_STYLE = {"train": (-0.27, True), "validation": (0.0, False), "test": (0.27, True)}


@drawn("There is no network.")
def draw(tables: Mapping[str, pd.DataFrame], scene: Scene) -> Figure:
    """Mean AP on clips trained on, held out and new, and the segregation of the embedding."""
    table = tables["memorisation"]
    foot = (
        f"{points_note(table)}. Train and validation clips are scored by the labels trained on, "
        "test clips by their true ones. Grey: chance of each network, 95% of the mean APs where "
        "each class has the scores of another"
    )
    trained = table["mean_average_precision"].notna()
    unknown = (trained & table[["null_low", "null_high"]].isna().any(axis=1)).any()
    foot += "; a line: of a random order of the clips, where that is unknown." if unknown else "."
    figure = new_figure(2.7, foot, scene.notice)
    left, right = figure.subplots(1, 2, width_ratios=(1.6, 1))
    conditions = list(dict.fromkeys(table["features"]))
    # The names of three splits stand side by side above each condition.
    are_many = len(conditions) > 2
    for position, (condition, (colour, marker)) in enumerate(scene.looks(conditions).items()):
        for split, (offset, filled) in SPLIT_STYLE.items():
            of_split = (table["features"] == condition) & (table["split"] == split)
            rows = table[of_split]
            centre = position + offset
            values = rows["mean_average_precision"]
            if not np.isfinite(values.astype(float)).any():
                not_available(left, centre)
                continue
            places = seed_points(left, centre, values, colour, marker, 0.1, filled=filled)
            _chance(left, rows, places)
            left.annotate(
                split,
                (centre, 1),
                (0, -2),
                xycoords=left.get_xaxis_transform(),
                textcoords="offset points",
                rotation=90 if are_many else 0,
                ha="center",
                va="top",
                fontsize=6.5,
                color=QUIET,
            )
    name_conditions(left, conditions)
    from_zero(left, 1.45 if are_many else 1.16)
    left.set_ylabel("mean AP")
    panel_title(left, "a", "Labels known")
    tested = table[table["split"] == "test"]
    points_per_condition(right, tested, "segregation_index", scene)
    right.set_ylabel(f"segregation index, {scene.name}")
    from_zero(right)
    panel_title(right, "b", "Embedding of test clips")
    return figure


def _chance(axes: Axes, rows: pd.DataFrame, places: np.ndarray) -> None:
    """Behind each network's point the range that its own scores reach without knowing."""
    low, high, random = (
        rows[name].to_numpy(dtype=float) for name in ("null_low", "null_high", "chance")
    )
    known = np.isfinite(low) & np.isfinite(high)
    width = float(np.diff(places).min()) if len(places) > 1 else 0.2
    axes.bar(
        places[known],
        (high - low)[known],
        width,
        low[known],
        color="#D0D0D0",
        lw=0,
        zorder=0,
        gid="chance",
    )
    axes.hlines(
        random[~known],
        places[~known] - width / 2,
        places[~known] + width / 2,
        color=QUIET,
        lw=1.6,
        gid="random order",
    )
