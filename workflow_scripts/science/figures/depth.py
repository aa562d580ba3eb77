"""Selectivity over depth: what the channels of each layer show of it, in every condition."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from science.figures.marks import (
    distinct_names,
    fitting_legend,
    panel_title,
    reference_line,
    seed_count,
)
from science.figures.style import (
    SMALL_PT,
    Look,
    Scene,
    display_name,
    drawn,
    empty_panel,
    new_figure,
)

TABLES = {
    "depth": [
        "features", "seed", "category", "layer", "place", "units", "selected", "measure", "value",
        "note",
    ],
}  # fmt: skip
# Title of each measure, what its axis says, and where there would be no effect.
PANELS = {
    "ratio": ("Clips", "ratio, {name} / others", 1.0),
    "separability": ("Linear read-out", "AP of {name}", np.nan),
    "quilt_loss": ("Shortest quilts", "share of response lost", 0.0),
    "ratio_of_sounds": ("Natural sounds", "ratio, {name} / others", 1.0),
    "component_correlation": ("The brain", "r with its component", 0.0),
}
# How far conditions stand apart, in the unit of one step between layers.
SPREAD = 0.2


@drawn("There is no network.")
def draw(tables: Mapping[str, pd.DataFrame], scene: Scene) -> Figure:
    """Each measure against the layer, a line per condition: mean ± sd over networks."""
    table = scene.of_category(tables["depth"])
    layers = table.sort_values("place").drop_duplicates("layer").set_index("layer")
    sizes = [f"{name} {row['selected']} of {row['units']}" for name, row in layers.iterrows()]
    foot = (
        f"Mean ± sd over networks ({seed_count(table)}); thin: each network. Selective units are "
        f"chosen for each layer: {', '.join(sizes)}."
    )
    looks = scene.looks(table["features"])
    measures = [name for name in PANELS if (table["measure"] == name).any()]
    rows = 1 if len(measures) < 5 else 2
    figure = new_figure(2.9 if rows == 1 else 5.0, foot, scene.notice)
    panels = figure.subplots(rows, math.ceil(len(measures) / rows), squeeze=False).ravel()
    for unused in panels[len(measures) :]:
        unused.set_axis_off()
    for letter, axes, name in zip("abcde", panels, measures, strict=False):
        title, label, nothing = PANELS[name]
        _by_layer(axes, table[table["measure"] == name], list(layers.index), looks)
        axes.set_ylabel(label.format(name=scene.name))
        reference_line(axes, nothing, "")
        panel_title(axes, letter, title)
    fitting_legend(figure, panels[0].get_legend_handles_labels()[0])
    return figure


def _by_layer(
    axes: Axes, table: pd.DataFrame, layers: list[str], looks: Mapping[str, Look]
) -> None:
    spread = np.linspace(-SPREAD, SPREAD, len(looks)) if len(looks) > 1 else [0.0]
    for shift, (features, (colour, marker)) in zip(spread, looks.items(), strict=True):
        rows = table[table["features"] == features]
        wide = rows.pivot(index="seed", columns="layer", values="value").reindex(columns=layers)
        places = np.arange(len(layers)) + shift
        axes.plot(places, wide.to_numpy(dtype=float).T, color=colour, lw=0.5, alpha=0.35, zorder=1)
        axes.errorbar(
            places,
            wide.mean().to_numpy(),
            wide.std(ddof=1).to_numpy() if len(wide) > 1 else None,
            color=colour,
            marker=marker,
            markersize=4.2,
            elinewidth=0.8,
            label=display_name(features, 30),
            gid=f"series {features}",
        )
    if not np.isfinite(table["value"].to_numpy(dtype=float)).any():
        axes.clear()
        notes = table["note"].dropna()
        empty_panel(axes, notes.iloc[0] if len(notes) else "There is no clip or no unit.")
        return
    names = distinct_names(layers, 12)
    slant = {"rotation": 40, "ha": "right", "rotation_mode": "anchor"}
    axes.set_xticks(range(len(layers)), names, fontsize=SMALL_PT, **slant)
    axes.set_xlim(-0.5, len(layers) - 0.5)
    axes.set_xlabel("layer")
