"""Detection of classes of sound on the test set, and the classes that are detected best."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from science.figures.marks import (
    NOTE_OF_CHANCE,
    fitting_legend,
    from_zero,
    name_rows,
    panel_title,
    points_note,
    points_per_condition,
    ranked,
    reference_line,
    rows_of,
)
from science.figures.style import Scene, display_name, drawn, empty_panel, new_figure, shortened

# `group`: whether classes belong to the category ('category') or not ('other').
TABLES = {
    "detection": [
        "features", "seed", "group", "mean_average_precision", "chance", "classes", "clips",
    ],
    "classes": [
        "features", "seed", "display_name", "group", "positives", "average_precision", "chance",
    ],
}  # fmt: skip
SHOWS = ("reference",)
CLASSES_SHOWN = 20


@drawn("No class has a test clip.")
def draw(tables: Mapping[str, pd.DataFrame], scene: Scene) -> Figure:
    """Mean AP of other classes and of the category's, and the classes that are detected best.

    Raises:
        ValueError: `classes` has no row of the reference condition.
    """
    summary, per_class = tables["detection"], tables["classes"]
    foot = (
        f"{points_note(summary, 'a, b')}; {int(summary['clips'].max())} test clips. Classes "
        f"without a test clip are left out. {NOTE_OF_CHANCE}"
    )
    figure = new_figure(4.9, foot, scene.notice)
    left, right = figure.subfigures(1, 2)
    names = {"other": "Other classes", "category": f"Classes of {scene.name}"}
    for axes, letter, (group, name) in zip(left.subplots(2, 1), "ab", names.items(), strict=True):
        rows = summary[summary["group"] == group]
        if rows.empty:
            empty_panel(axes, f"{name}: none has a test clip.")
            continue
        points_per_condition(axes, rows, "mean_average_precision", scene)
        reference_line(axes, rows["chance"].mean(), "chance")
        from_zero(axes)
        axes.set_ylabel("mean AP")
        panel_title(axes, letter, f"{name} (n = {int(rows['classes'].max())})")
    _best_classes(right.subplots(), rows_of(per_class, scene.reference), scene)
    return figure


def _best_classes(axes: Axes, rows: pd.DataFrame, scene: Scene) -> None:
    """Mean AP over seeds of the classes with the highest; those of the category are hollow."""
    rows = rows[(rows["positives"] > 0) & np.isfinite(rows["average_precision"].astype(float))]
    if rows.empty:
        empty_panel(axes, f"{display_name(scene.reference)}: no class has an average precision.")
        return
    colour, marker = look = scene.looks([scene.reference])[scene.reference]
    best = ranked(axes, rows, ["display_name", "group"], look, CLASSES_SHOWN)
    for group, face in (("other", colour), ("category", "white")):
        chosen = best[best["group"] == group]
        axes.plot(
            chosen["mean"],
            chosen.index,
            linestyle="none",
            marker=marker,
            markersize=4.5,
            markerfacecolor=face,
            markeredgecolor=colour,
            label="other classes" if group == "other" else f"classes of {scene.name}",
            gid=f"best {group}",
        )
    name_rows(axes, [shortened(name, 27) for name in best["display_name"]])
    axes.set_xlabel(f"{shortened(display_name(scene.reference), 20)}: AP, mean ± sd")
    handles, _ = axes.get_legend_handles_labels()
    fitting_legend(axes.figure, handles, loc="outside lower right")
    classes = len(rows.drop_duplicates(["display_name", "group"]))
    panel_title(axes, "c", f"Best of {classes} classes")
