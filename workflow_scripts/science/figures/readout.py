"""Read-out of the category from groups of units along the ranking, and of its sub-classes."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from science.baselines.feature_sets import ACOUSTICS, of_networks
from science.figures.marks import (
    NOTE_OF_CHANCE,
    fitting_legend,
    name_rows,
    panel_title,
    ranked,
    reference_line,
    rows_of,
    seed_count,
)
from science.figures.style import (
    LOOKS,
    Scene,
    display_name,
    drawn,
    empty_panel,
    new_figure,
    shortened,
)

TABLES = {
    "readout": [
        "features", "seed", "category", "group", "place", "average_precision", "chance", "note",
    ],
    "subclasses": [
        "features", "seed", "category", "subclass", "average_precision", "chance",
        "n_test_positive",
    ],
}  # fmt: skip
SHOWS = ("reference",)


@drawn("There is no unit.")
def draw(tables: Mapping[str, pd.DataFrame], scene: Scene) -> Figure:
    """AP of each feature set by group of units, and each sub-class in the reference condition.

    Raises:
        ValueError: `readout` has no row of the reference condition.
    """
    summary = scene.of_category(tables["readout"])
    rows_of(summary, scene.reference)
    tested = scene.of_category(tables["subclasses"])
    tested = tested[np.isfinite(tested["average_precision"].astype(float))]
    foot = (
        f"Mean ± sd over networks ({seed_count(of_networks(summary))}); acoustics: all seven "
        f"numbers. Units are ranked on train clips. b: the most selective; crosses: acoustics. "
        f"{NOTE_OF_CHANCE}"
    )
    height_in = max(3.0, 0.9 + 0.155 * tested["subclass"].nunique())
    figure = new_figure(height_in, foot, scene.notice)
    left, right = figure.subplots(1, 2, width_ratios=(1, 1.1))
    _by_place(left, summary, scene)
    panel_title(left, "a", f"{scene.name} against other sounds".capitalize())
    _subclasses(right, tested, scene)
    name = shortened(display_name(scene.reference), 24)
    panel_title(right, "b", f"Sub-classes: {name}")
    return figure


def _by_place(axes: Axes, summary: pd.DataFrame, scene: Scene) -> None:
    """Mean AP ± sd over networks of each group of units, from the most selective on."""
    conditions = list(dict.fromkeys(summary["features"]))
    shifts = np.linspace(-0.2, 0.2, len(conditions)) if len(conditions) > 1 else [0]
    for shift, (name, (colour, marker)) in zip(
        shifts, scene.looks(conditions).items(), strict=True
    ):
        of_place = summary[summary["features"] == name].groupby("place")["average_precision"]
        mean, deviation = of_place.mean(), of_place.std(ddof=1).fillna(0)
        axes.errorbar(
            mean.index + shift,
            mean.to_numpy(dtype=float),
            deviation.to_numpy(dtype=float),
            color=colour,
            marker=marker,
            markersize=4.2,
            elinewidth=0.8,
            lw=0.9,
            label=display_name(name, 30),
            gid="places",
        )
    groups = summary[summary["features"] != ACOUSTICS].drop_duplicates("place").sort_values("place")
    axes.set_xticks(groups["place"], groups["group"])
    axes.set_xlabel("units, by rank of their selectivity index")
    axes.set_ylim(0, 1.02)
    axes.set_ylabel("AP")
    reference_line(axes, summary["chance"].mean(), "chance")
    fitting_legend(axes.figure, axes.get_legend_handles_labels()[0])


def _subclasses(axes: Axes, tested: pd.DataFrame, scene: Scene) -> None:
    rows = tested[tested["features"] == scene.reference]
    if rows.empty:
        empty_panel(axes, "No sub-class has clips to fit and test.")
        return
    look = scene.looks([scene.reference])[scene.reference]
    by = ["subclass", "n_test_positive"]
    best = ranked(axes, rows, by, look, tested["subclass"].nunique())
    acoustics = tested[tested["features"] == ACOUSTICS].groupby("subclass")["average_precision"]
    trivial = acoustics.mean().reindex(best["subclass"])
    axes.plot(trivial, best.index, "x", color=LOOKS[ACOUSTICS][0], markersize=4.5, gid=ACOUSTICS)
    name_rows(axes, [f"{shortened(name, 24)} ({n})" for name, n in best[by].to_numpy()])
    axes.set_xlabel("AP (test clips of the sub-class)")
