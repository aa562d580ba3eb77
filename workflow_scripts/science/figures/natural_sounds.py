"""Natural sounds: responses to each category of them, and the ratio of ours to the others."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from science.baselines.feature_sets import of_networks
from science.figures.marks import (
    dashed_line,
    name_rows,
    panel_title,
    points_note,
    points_per_condition,
    reference_line,
)
from science.figures.style import INK, Scene, display_name, drawn, new_figure

TABLES = {
    "natural_sounds": [
        "features", "seed", "category", "category_sounds", "other_sounds", "ratio", "note",
    ],
    "categories": ["features", "seed", "sound_category", "in_category", "response"],
}  # fmt: skip
SHOWS = ("reference",)


@drawn("There are no sounds.")
def draw(tables: Mapping[str, pd.DataFrame], scene: Scene) -> Figure:
    """Response to each category of natural sounds, and the ratio of the target's to others."""
    summary, means = scene.of_category(tables["natural_sounds"]), tables["categories"]
    ours, others = (int(summary[f"{kind}_sounds"].max()) for kind in ("category", "other"))
    foot = (
        "a: means over networks, in units of each network's mean over categories, marks as in b; "
        f"line: sd over networks of {display_name(scene.reference)}. "
        f"{points_note(of_networks(summary), 'b')}. "
        f"Sounds: {ours} of {scene.name} (bold), {others} others."
    )
    figure = new_figure(3.4, foot, scene.notice)
    left, right = figure.subplots(1, 2, width_ratios=(1.15, 1))
    _category_means(left, means, scene)
    panel_title(left, "a", scene.selective)
    points_per_condition(right, summary, "ratio", scene)
    reference_line(right, 1.0, "no\ndifference")
    right.set_ylabel(f"response ratio, {scene.name} / other sounds")
    panel_title(right, "b", "Natural sounds")
    return figure


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
