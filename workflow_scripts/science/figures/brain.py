"""The brain: what responses to the natural sounds have in common with its components."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from science.baselines.feature_sets import of_networks
from science.figures.marks import (
    DOTTED,
    dashed_line,
    distinct_names,
    fitting_legend,
    panel_title,
    seed_count,
)
from science.figures.style import (
    COLOURS_OF_OTHERS,
    INK,
    MARKERS_OF_OTHERS,
    QUIET,
    SMALL_PT,
    Look,
    Scene,
    display_name,
    drawn,
    new_figure,
)

TABLES = {
    "brain": [
        "features", "seed", "component", "pearson", "p_within_categories", "reliability", "note",
    ],
    "prediction": ["features", "seed", "layer", "component", "r2", "r2_within_category", "note"],
}  # fmt: skip
SHOWS = ("reference",)
SIGNIFICANT = 0.05


@drawn("There is nothing to compare with the brain.")
def draw(tables: Mapping[str, pd.DataFrame], scene: Scene) -> Figure:
    """Correlation with, and prediction of, every component by features."""
    correlations, predictions = tables["brain"], tables["prediction"]
    # Of networks, the layer that is analysed in all else has no name here.
    by_layer = predictions.assign(layer=predictions["layer"].fillna(""))
    predictions = by_layer[by_layer["layer"] == ""]
    by_layer = by_layer[by_layer["features"] == scene.reference]
    names = list(dict.fromkeys([*correlations["features"], *predictions["features"]]))
    looks = scene.looks(names)
    ceiling = correlations.loc[correlations["features"] == scene.reference, "reliability"].mean()
    known = (
        ""
        if np.isnan(ceiling)
        else (f"Dotted in a: how alike two networks of {display_name(scene.reference)} are. ")
    )
    layers = [*filter(None, dict.fromkeys(by_layer["layer"])), ""]
    last = f" c: means of {display_name(scene.reference)}." if len(layers) > 1 else ""
    foot = (
        f"A point per network ({seed_count(of_networks(correlations))}); black: their mean. "
        f"Filled in a: more alike than sounds that changed places within their categories (p < "
        f"{SIGNIFICANT:g}); open: not. {known}b: "
        f"median over halves of the sounds; short grey line: inside {scene.name} alone.{last}"
    )
    figure = new_figure(5.3, foot, scene.notice)
    left, right = (
        (figure, None) if len(layers) < 2 else figure.subfigures(1, 2, width_ratios=(3.4, 1))
    )
    top, bottom = left.subplots(2, 1, sharex=True)
    components = list(dict.fromkeys([*correlations["component"], *predictions["component"]]))
    _groups(top, correlations, "pearson", components, looks)
    top.axhline(ceiling, color=QUIET, lw=1.0, linestyle=DOTTED, zorder=1, gid="ceiling")
    top.set_ylabel("Pearson's r")
    panel_title(top, "a", f"{scene.selective} and components of the brain, over natural sounds")
    _groups(bottom, predictions, "r2", components, looks, also="r2_within_category")
    bottom.set_ylabel("r², sounds not fitted on")
    bottom.set_ylim(bottom=-0.02)
    panel_title(bottom, "b", "Components predicted from all units")
    bottom.set_xticks(range(len(components)), [display_name(name) for name in components])
    bottom.set_xlim(-0.5, len(components) - 0.5)
    if right is not None:
        _by_layer(right.subplots(), by_layer, layers, components)
    fitting_legend(
        figure,
        [
            Line2D([], [], linestyle="none", marker=marker, color=colour, label=display_name(name))
            for name, (colour, marker) in looks.items()
        ],
        fontsize=SMALL_PT,
    )
    return figure


def _by_layer(
    axes: Axes, table: pd.DataFrame, layers: Sequence[str], components: Sequence[str]
) -> None:
    """Means over networks of each component's prediction from each layer."""
    means = table.groupby(["component", "layer"])["r2"].mean().unstack("layer")
    for number, component in enumerate(components):
        axes.plot(
            range(len(layers)),
            means.loc[component, layers],
            color=COLOURS_OF_OTHERS[number % len(COLOURS_OF_OTHERS)],
            marker=MARKERS_OF_OTHERS[number % len(MARKERS_OF_OTHERS)],
            markersize=3.6,
            lw=1.1,
            label=display_name(component),
            gid=f"layers {component}",
        )
    names = [*layers[:-1], "features"]
    slant = {"rotation": 40, "ha": "right", "rotation_mode": "anchor"}
    axes.set_xticks(range(len(layers)), distinct_names(names, 12), fontsize=SMALL_PT, **slant)
    axes.set_xlim(-0.3, len(layers) - 0.7)
    axes.set_ylim(-0.02, max(0.1, 1.5 * float(np.nanmax([0, *means.to_numpy().ravel()]))))
    axes.set_ylabel("r², sounds not fitted on")
    axes.legend(loc="upper left", fontsize=SMALL_PT)
    panel_title(axes, "c", "By layer")


def _groups(
    axes: Axes,
    table: pd.DataFrame,
    column: str,
    components: list[str],
    looks: Mapping[str, Look],
    also: str = "",
) -> None:
    """A group for each component, in it a column for each of the features, in it the networks."""
    dashed_line(axes, 0.0, "zero")
    width = 0.84 / max(len(looks), 1)
    for group, component in enumerate(components):
        if group:
            axes.axvline(group - 0.5, color="#E4E4E4", lw=0.6, zorder=0)
        for place, (features, (colour, marker)) in enumerate(looks.items()):
            rows = table[(table["features"] == features) & (table["component"] == component)]
            rows = rows[np.isfinite(rows[column].astype(float))]
            if rows.empty:
                continue
            middle = group + (place - (len(looks) - 1) / 2) * width
            sure = np.ones(len(rows), dtype=bool)
            if "p_within_categories" in rows:
                sure = (rows["p_within_categories"] < SIGNIFICANT).to_numpy()
            values, ends = (
                rows[column].to_numpy(dtype=float),
                (middle - width / 3, middle + width / 3),
            )
            axes.hlines(values.mean(), *ends, color=INK, lw=1.1, zorder=2)
            if also and np.isfinite(inside := rows[also].astype(float).mean()):
                axes.hlines(inside, *ends, color=QUIET, lw=1.1, zorder=2, gid="inside")
            spread = np.linspace(-1, 1, len(values)) * width / 4 if len(values) > 1 else [0.0]
            for filled in (True, False):
                of_kind = sure == filled
                axes.plot(
                    middle + np.asarray(spread)[of_kind],
                    values[of_kind],
                    linestyle="none",
                    marker=marker,
                    markersize=3.6,
                    markerfacecolor=colour if filled else "white",
                    markeredgecolor=colour,
                    markeredgewidth=0.8,
                    zorder=3,
                    gid="seeds",
                )
