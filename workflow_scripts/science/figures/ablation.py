"""Ablation: how the detection of classes suffers when groups of units are silenced."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from science.figures.marks import (
    dashed_line,
    fitting_legend,
    name_conditions,
    name_rows,
    not_available,
    panel_title,
    points_note,
    seed_points,
)
from science.figures.style import Scene, display_name, drawn, new_figure

# `group`: 'baseline', or the units that are silenced.
TABLES = {
    "groups": ["features", "seed", "group", "mean_average_precision"],
    "ablation": ["features", "comparison", "level", "effect_size", "n1"],
}
GROUPS = {
    "top": "most selective",
    "middle": "middle",
    "bottom": "least",
    "largest_response": "largest response",
    "largest_weights": "largest weights",
}
SHADES = {"middle": "#B5B5B5", "bottom": "#B5B5B5", "largest_response": "#444444"}
COMPARISONS = {
    "baseline_above_top": "all units",
    "largest_response_above_top": "without largest\nresponse",
    "largest_weights_above_top": "without largest\nweights",
    "middle_above_top": "without middle",
    "bottom_above_top": "without least",
}


@drawn("No network has the paper's layers.")
def draw(tables: Mapping[str, pd.DataFrame], scene: Scene) -> Figure:
    """Change of mean AP without each group of units, and the effect sizes of the paired tests."""
    groups, tests = tables["groups"], tables["ablation"]
    pairs = int(tests["n1"].max()) if len(tests) else 0
    foot = (
        f"{points_note(groups, 'a')}. b: each above the network without its most selective units; "
        f"filled: up to {pairs} pairs of class and network per condition, hollow: networks; 0.5: "
        "no difference."
    )
    # Many conditions have slanted names below and a legend of several rows above.
    many = max(groups["features"].nunique() - 5, 0)
    figure = new_figure(3.1 + 0.22 * many, foot, scene.notice)
    left, right = figure.subplots(1, 2, width_ratios=(1.25, 1))
    _changes(left, groups, scene)
    panel_title(left, "a", "Detection without a group of units")
    _effect_sizes(right, tests, scene)
    panel_title(right, "b", "Paired tests")
    return figure


def _changes(axes: Axes, groups: pd.DataFrame, scene: Scene) -> None:
    wide = groups.pivot(
        index=["features", "seed"], columns="group", values="mean_average_precision"
    )
    conditions = list(dict.fromkeys(groups["features"]))
    for position, (condition, (colour, marker)) in enumerate(scene.looks(conditions).items()):
        of_condition = wide.loc[condition]
        if not np.isfinite(of_condition["baseline"]).any():
            not_available(axes, position)
            continue
        for place, group in enumerate(GROUPS):
            change = 100 * (of_condition[group] / of_condition["baseline"] - 1)
            centre = position + 0.17 * (place - 2)
            shade = colour if group == "top" else SHADES.get(group, "#7A7A7A")
            seed_points(axes, centre, change.to_numpy(), shade, marker, 0.07)
    dashed_line(axes, 0, "no change")
    name_conditions(axes, conditions)
    axes.set_ylabel("change of mean AP (%)")
    names = ", ".join(GROUPS.values())
    axes.set_xlabel(f"silenced, from left: {names}", fontsize=6.5)


def _effect_sizes(axes: Axes, tests: pd.DataFrame, scene: Scene) -> None:
    conditions = list(dict.fromkeys(tests["features"]))
    shifts = np.linspace(-0.25, 0.25, len(conditions)) if len(conditions) > 1 else [0]
    for shift, (condition, (colour, marker)) in zip(
        shifts, scene.looks(conditions).items(), strict=True
    ):
        for level, face in (("pairs", colour), ("networks", "white")):
            rows = tests[(tests["features"] == condition) & (tests["level"] == level)]
            sizes = rows.set_index("comparison")["effect_size"].reindex(list(COMPARISONS))
            axes.plot(
                sizes.to_numpy(dtype=float),
                np.arange(len(COMPARISONS)) + shift,
                linestyle="none",
                marker=marker,
                markersize=4.5 if level == "pairs" else 3,
                markeredgecolor=colour,
                markerfacecolor=face,
                gid=f"effect sizes of {level}",
            )
    dashed_line(axes, 0.5, "no difference", upright=True)
    name_rows(axes, list(COMPARISONS.values()), 6.5)
    axes.set_xlim(-0.02, 1.02)
    axes.set_xlabel("effect size W / (N (N + 1) / 2)")
    handles = [
        Line2D([], [], linestyle="none", color=colour, marker=marker, label=display_name(name, 30))
        for name, (colour, marker) in scene.looks(conditions).items()
    ]
    fitting_legend(axes.figure, handles)
