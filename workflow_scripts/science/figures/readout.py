"""Read-out of the category's sub-classes from its selective units."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from science.baselines.feature_sets import ACOUSTICS
from science.figures.marks import (
    NOTE_OF_SHARE,
    SHARE_OF_POSITIVES,
    name_rows,
    panel_title,
    points_note,
    points_per_condition,
    ranked,
    reference_line,
    rows_of,
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
    "readout": ["features", "seed", "category", "mean_average_precision", "chance", "note"],
    "subclasses": [
        "features", "seed", "category", "subclass", "average_precision", "chance",
        "n_test_positive",
    ],
}  # fmt: skip
SHOWS = ("reference",)


@drawn("There is no sub-class.")
def draw(tables: Mapping[str, pd.DataFrame], scene: Scene) -> Figure:
    """Mean AP over sub-classes of each feature set, and each sub-class in the reference condition.

    Raises:
        ValueError: `readout` has no row of the reference condition.
    """
    summary = scene.of_category(tables["readout"])
    rows_of(summary, scene.reference)
    tested = scene.of_category(tables["subclasses"])
    tested = tested[np.isfinite(tested["average_precision"].astype(float))]
    foot = (
        f"{points_note(summary, 'a')}. b: mean ± sd over networks; crosses: acoustics. "
        f"{NOTE_OF_SHARE}"
    )
    height_in = max(3.0, 0.9 + 0.155 * tested["subclass"].nunique())
    figure = new_figure(height_in, foot, scene.notice)
    left, right = figure.subplots(1, 2, width_ratios=(1, 1.1))
    points_per_condition(left, summary, "mean_average_precision", scene)
    left.set_ylim(0, 1.02)
    left.set_ylabel("AP, mean over sub-classes")
    reference_line(left, summary["chance"].mean(), SHARE_OF_POSITIVES)
    panel_title(left, "a", f"Read-out of {scene.name}-selective units")
    _subclasses(right, tested, scene)
    panel_title(right, "b", shortened(display_name(scene.reference), 30))
    return figure


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
