"""Control of loudness: the response ratio with all clips at one level, and the category lower."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from science.baselines.feature_sets import ACOUSTICS, of_networks
from science.figures.marks import DASHED, dashed_line, panel_title, seed_count
from science.figures.style import INK, Scene, display_name, drawn, new_figure

TABLES = {"loudness": ["features", "seed", "category", "split", "attenuation", "ratio", "note"]}


@drawn("There is no unit.")
def draw(tables: Mapping[str, pd.DataFrame], scene: Scene) -> Figure:
    """Response ratio with all clips at one level and the category attenuated, a line per condition.

    Trivial acoustics have a dashed line without marks of spread: they have no seeds.
    """
    table = scene.of_category(tables["loudness"])
    foot = (
        f"Mean ± sd over networks ({seed_count(of_networks(table))}) of each condition, in the "
        "order of the legend. Dashed: the most selective of seven trivial acoustic numbers. "
        "Dotted: the ratio of the levels, which a detector of loudness alone would follow."
    )
    # The legend stands beside the panels.
    labels = [display_name(name, 12) for name in dict.fromkeys(table["features"])]
    lines = len("\n".join(labels).splitlines())
    figure = new_figure(max(2.9, 0.4 + 0.17 * lines), foot, scene.notice)
    panels = figure.subplots(1, 2, sharey=True)
    for axes, letter, split in zip(panels, "ab", ("train", "test"), strict=True):
        _against_attenuation(axes, table[table["split"] == split], scene)
        panel_title(axes, letter, f"{split.capitalize()} clips")
        axes.set_xlabel(f"level of {scene.name} : level of other sounds")
    panels[0].set_ylabel(f"response ratio, {scene.name} / other sounds")
    panels[0].set_ylim(bottom=0)
    handles, labels = panels[0].get_legend_handles_labels()
    if handles:
        figure.legend(handles, labels, loc="outside right upper")
    return figure


def _against_attenuation(axes: Axes, table: pd.DataFrame, scene: Scene) -> None:
    attenuations = sorted(set(table["attenuation"]))
    conditions = list(dict.fromkeys(table["features"]))
    shifts = np.linspace(-0.12, 0.12, len(conditions)) if len(conditions) > 1 else [0]
    for shift, (condition, (colour, marker)) in zip(
        shifts, scene.looks(conditions).items(), strict=True
    ):
        ratios = table[table["features"] == condition].groupby("attenuation")["ratio"]
        mean, deviation = ratios.mean(), ratios.std(ddof=1)
        axes.errorbar(
            np.arange(len(mean)) + shift,
            mean.to_numpy(dtype=float),
            deviation.fillna(0).to_numpy(dtype=float),
            color=colour,
            marker=marker,
            markersize=4,
            elinewidth=0.8,
            linestyle=DASHED if condition == ACOUSTICS else "-",
            label=display_name(condition, 12),
        )
    places = np.arange(len(attenuations))
    levels = [1 / attenuation for attenuation in attenuations]
    axes.plot(places, levels, color=INK, lw=1, linestyle=(0, (1, 1.5)), label="level alone")
    dashed_line(axes, 1, "no difference")
    axes.set_xticks(places, [f"1:{attenuation:g}" for attenuation in attenuations])
