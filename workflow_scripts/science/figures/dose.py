"""Dose: selectivity and quilt loss by how much of the category was left in training."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from science.figures.marks import (
    dashed_line,
    not_available,
    panel_title,
    points_note,
    seed_points,
)
from science.figures.style import QUIET, SMALL_PT, Scene, display_name, drawn, new_figure
from science.statistics.number_text import p_value

# `share` of what the reference leaves out that a condition hears, and as a number of clips.
TABLES = {
    "dose": [
        "features", "seed", "category", "share", "clips", "in_trend", "measure", "value", "note",
    ],
    "tests": ["features", "measure", "statistic_name", "statistic", "p", "log10_p"],
}  # fmt: skip
SHOWS = ("reference", "chosen_on")


@drawn("No condition keeps a part of the clips.")
def draw(tables: Mapping[str, pd.DataFrame], scene: Scene) -> Figure:
    """Ratio and quilt loss of each condition's networks, by rising share left in."""
    table, tests = scene.of_category(tables["dose"]), tables["tests"]
    foot = (
        f"{points_note(table)}. Below: the share of the clips that {display_name(scene.reference)} "
        f"leaves out and that stay in training, with the number of clips. Dashed: the mean of "
        f"{display_name(scene.reference)}. ρ: Spearman's correlation over networks with the share; "
        "p: one-sided, by permutation of the networks."
    )
    if not table["in_trend"].astype(bool).all():
        foot += (
            " Hollow, and no part in the trend: nothing left out by hand, or so small a share that "
            "it is no clip."
        )
    figure = new_figure(2.9, foot, scene.notice)
    left, right = figure.subplots(1, 2)
    _by_share(left, table[table["measure"] == "ratio"], scene)
    left.set_ylabel(f"response ratio, {scene.held_out} clips")
    panel_title(left, "a", f"Ratio{_trend(tests, 'ratio')}")
    _by_share(right, table[table["measure"] == "quilt_loss"], scene)
    right.set_ylabel("share of the response lost\nin the shortest quilts")
    panel_title(right, "b", f"Quilt loss{_trend(tests, 'quilt_loss')}")
    return figure


def _by_share(axes: Axes, rows: pd.DataFrame, scene: Scene) -> None:
    """A group of points for each condition, with a line through the means of the trend."""
    conditions = rows.drop_duplicates("features")
    looks = scene.looks(conditions["features"])
    names, places, means = [], [], []
    width = 9 if len(conditions) < 7 else 7  # letters that stand side by side
    for place, of in enumerate(conditions.itertuples()):
        values = rows.loc[rows["features"] == of.features, "value"].to_numpy(dtype=float)
        in_trend = bool(of.in_trend)
        colour, marker = looks[of.features]
        seed_points(axes, place, values, colour, marker, 0.25, filled=in_trend)
        if not np.isfinite(values).any():
            not_available(axes, place)
        elif in_trend:
            places.append(place)
            means.append(np.nanmean(values))
        share = f"{100 * of.share:.3g}%"
        names.append(f"{share if in_trend else display_name(of.features, width)}\n{of.clips:,.0f}")
        if of.features == scene.reference and np.isfinite(values).any():
            dashed_line(axes, np.nanmean(values), "reference")
    axes.plot(places, means, color=QUIET, lw=0.8, zorder=1, gid="trend")
    axes.set_xticks(range(len(names)), names, fontsize=SMALL_PT - 0.5)
    axes.tick_params(axis="x", length=0)
    axes.set_xlim(-0.6, len(names) - 0.4)
    axes.set_xlabel(f"{scene.name} left in training, clips")


def _trend(tests: pd.DataFrame, measure: str) -> str:
    """The trend of a measure in words, after a title; nothing where it could not be tested."""
    found = tests[(tests["measure"] == measure) & (tests["statistic_name"] == "rho")]
    if found.empty or not np.isfinite(found["statistic"].iloc[0]):
        return ""
    row = found.iloc[0]
    rho = f"{row['statistic']:.2f}".replace("-", "−")
    return f": ρ = {rho}, p = {p_value(row['p'], row['log10_p'])}"
