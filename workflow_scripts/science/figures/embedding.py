"""Embeddings of the test clips: density contours of the category and of other sounds."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from science.analyses.embedding import CONTOUR_MASSES, common_limits, density_contours
from science.figures.style import (
    INK,
    LOOK_OF_CATEGORY,
    QUIET,
    SMALL_PT,
    Scene,
    display_name,
    drawn,
    empty_panel,
    new_figure,
)
from science.statistics.tests import SIGNIFICANCE_LEVEL

# `coordinates` is a file for each network, which does not name it.
TABLES = {
    "embedding": [
        "features", "seed", "category", "category_clips", "other_clips", "segregation_index",
        "null_mean", "smallest_possible_p", "note",
    ],
    "coordinates": ["in_category", "x", "y"],
}  # fmt: skip
PANELS_PER_ROW = 4
# Share of the range for a single clip.
WIDEST_KERNEL = 0.15


@drawn("There is no embedding.")
def draw(tables: Mapping[str, pd.DataFrame], scene: Scene) -> Figure:
    """Contours that hold 20, 40, 60 and 80% of the clips, of each feature set's first network."""
    summary = scene.of_category(tables["embedding"])
    of_networks = tables["coordinates"].groupby(["features", "seed"], sort=False)
    places = {}
    for (features, _), table in of_networks:
        places.setdefault(features, table)
    shares = ", ".join(f"{100 * mass:.0f}" for mass in CONTOUR_MASSES)
    clips, others = (int(summary[f"{kind}_clips"].max()) for kind in ("category", "other"))
    foot = (
        f"Contours hold {shares}% of the clips of a kind. S: segregation index (mean of permuted "
        "labels in brackets). The first network of each condition. "
        f"Test set: {clips} clips of {scene.name}, {others} without."
    )
    first = {name: summary[summary["features"] == name].iloc[0] for name in places}
    if any(_is_saturated(row) for row in first.values()):
        foot += " Saturated: so few clips for the bins that no map could pass for more than chance."
    columns = min(PANELS_PER_ROW, len(places))
    rows = math.ceil(len(places) / columns)
    figure = new_figure(1.75 * rows + 0.3, foot, scene.notice)
    panels = figure.subplots(rows, columns, squeeze=False).ravel()
    for axes in panels[len(places) :]:
        axes.set_axis_off()
    for axes, (features, table) in zip(panels, places.items(), strict=False):
        row = first[features]
        _contours(axes, table)
        colour = QUIET if _is_saturated(row) else INK
        axes.set_title(_heading(features, row), fontsize=SMALL_PT, color=colour)
    styles = {scene.name: LOOK_OF_CATEGORY[0], "other sounds": INK}
    handles = [Line2D([], [], color=colour, label=name) for name, colour in styles.items()]
    figure.legend(handles=handles, loc="outside upper right", ncols=2)
    return figure


def _heading(features: str, row: pd.Series) -> str:
    name = display_name(features, 22)
    if not np.isfinite(row["segregation_index"]):
        return name
    index = f"S = {row['segregation_index']:.2f} ({row['null_mean']:.2f})"
    return f"{name}\n{index}, saturated" if _is_saturated(row) else f"{name}\n{index}"


def _is_saturated(row: pd.Series) -> bool:
    """Whether even a map that keeps both kinds apart would not differ from permuted labels."""
    return bool(row["smallest_possible_p"] >= SIGNIFICANCE_LEVEL)


def _contours(axes: Axes, table: pd.DataFrame) -> None:
    """Both kinds on the range of all clips."""
    inside = table["in_category"].to_numpy(dtype=bool)
    coordinates = table[["x", "y"]].to_numpy(dtype=float)
    if len(table) == 0 or np.isnan(coordinates).any():
        empty_panel(axes, "too few clips")
        return
    limits = common_limits(coordinates, inside, ~inside)
    # Fewer clips need a wider kernel (Scott 1992: the sixth root); both kinds have the same one.
    fewest = min(np.count_nonzero(mask) or len(inside) for mask in (inside, ~inside))
    smoothing_share = WIDEST_KERNEL * fewest ** (-1 / 6)
    for mask, colour in ((~inside, INK), (inside, LOOK_OF_CATEGORY[0])):
        if not mask.any():
            continue
        contours = density_contours(coordinates, mask, limits, smoothing_share=smoothing_share)
        levels = np.unique(contours.levels)
        widths = np.linspace(0.6, 1.3, len(levels))
        axes.contour(
            contours.x, contours.y, contours.density, levels, colors=colour, linewidths=widths
        )
    axes.set_xticks([])
    axes.set_yticks([])
    for spine in axes.spines.values():
        spine.set_visible(True)
        spine.set_color("#CCCCCC")
