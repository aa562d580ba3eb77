"""Figures of responses to music: the mean over all units, and that of the music-selective ones.

Every function takes the tables of the analyses and gives a figure; nothing is computed here but
means over seeds.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from science.baselines.feature_sets import of_networks
from science.figures.marks import (
    empty_panel,
    from_zero,
    name_conditions,
    not_available,
    panel_title,
    points_note,
    points_per_condition,
    reference_line,
    rows_of,
    seed_points,
)
from science.figures.style import (
    INK,
    QUIET,
    display_name,
    house_style,
    looks_of,
    new_figure,
    shortened,
)

SHADE = "#E8E8E8"


@house_style()
def mean_response_figure(
    summary: pd.DataFrame, histogram: pd.DataFrame, reference: str, notice: str = ""
) -> Figure:
    """Histograms of the mean response to music and to other sounds, and the effect size.

    Args:
        summary: Columns features, seed, effect_size, n1 (music clips), n2 (others).
        histogram: Columns features, seed, group ('music' or 'non-music'), low, high, clips.
        reference: The condition whose first seed's histograms are shown.
        notice: Drawn below the figure.

    Raises:
        ValueError: `histogram` has no row of the reference condition.
    """
    of_reference = rows_of(histogram, reference)
    foot = f"{points_note(summary, 'b')}."
    if len(summary):
        music, others = int(summary["n1"].max()), int(summary["n2"].max())
        foot += f" Test set: {music} clips of music, {others} without."
    figure = new_figure(3.0, foot, notice)
    left, right = figure.subplots(1, 2, width_ratios=(1, 1.15))
    seed = of_reference["seed"].iloc[0]
    look = looks_of(list(histogram["features"]))[reference]
    _histograms(left, of_reference[of_reference["seed"] == seed], look[0])
    panel_title(left, "a", f"{shortened(display_name(reference), 26)}, seed {seed}")
    points_per_condition(right, summary, "effect_size")
    right.set_ylim(0, 1.02)
    right.set_ylabel("effect size U / (n₁n₂)")
    reference_line(right, 0.5, "no\ndifference")
    panel_title(right, "b", "Music above other sounds")
    return figure


def _histograms(axes: Axes, rows: pd.DataFrame, colour: str) -> None:
    """Shares of the clips of each group, so that groups of any size can be compared."""
    styles = {
        "music": {"color": colour, "alpha": 0.55, "fill": True},
        "non-music": {"color": INK, "lw": 1.1},
    }
    merged = merged_bins(rows)
    for group, style in styles.items():
        of_group = rows[rows["group"] == group].sort_values("low")
        clips = of_group["clips"].to_numpy(dtype=float)
        if clips.sum() == 0:
            axes.plot([], [], color="none", label=f"{group}: no clip")
            continue
        edges = np.append(of_group["low"], of_group["high"].iloc[-1])[::merged]
        clips = clips.reshape(-1, merged).sum(axis=1)
        label = f"{group} (n = {int(clips.sum())})"
        axes.stairs(100 * clips / clips.sum(), edges, label=label, gid=group, **style)
    axes.set_ylim(0, axes.get_ylim()[1] * 1.22)
    axes.set_xlabel("mean response of all units")
    axes.set_ylabel("clips (%)")
    axes.legend(loc="upper right")


def merged_bins(rows: pd.DataFrame) -> int:
    """How many neighbouring bins to draw as one, so that the smaller group makes no comb.

    Rice's rule, 2 n^(1/3) bins for n clips, but at least 10; a divisor of the number of bins.
    """
    sizes = rows.groupby("group")["clips"].sum()
    wanted = max(10, 2 * np.cbrt(sizes[sizes > 0].min())) if sizes.any() else 10
    bins = rows["low"].nunique()
    return next(size for size in range(1, bins + 1) if bins % size == 0 and bins / size <= wanted)


@house_style()
def selectivity_figure(
    summary: pd.DataFrame, units: pd.DataFrame, reference: str, notice: str = ""
) -> Figure:
    """Response ratio of the selected units on both splits, and the index of all units by rank.

    Args:
        summary: Columns features, seed, split ('train' or 'test'), units, ratio, low, high (95%
            interval), null_mean.
        units: Columns features, seed, rank, index, selected.
        reference: The condition whose units are shown.
        notice: Drawn below the figure.

    Raises:
        ValueError: `units` has no row of the reference condition.
    """
    of_reference = rows_of(units, reference)
    foot = (
        f"{points_note(of_networks(summary), 'a')}; coloured whiskers: 95% bootstrap interval over "
        "clips. Units are chosen on the train split alone."
    )
    figure = new_figure(3.1, foot, notice)
    left, right = figure.subplots(1, 2, width_ratios=(1.75, 1))
    _ratios(left, summary)
    _index_by_rank(right, of_reference, looks_of(list(units["features"]))[reference][0])
    panel_title(right, "b", shortened(display_name(reference), 24))
    return figure


def _ratios(axes: Axes, summary: pd.DataFrame) -> None:
    conditions = list(dict.fromkeys(summary["features"]))
    for position, (condition, (colour, marker)) in enumerate(looks_of(conditions).items()):
        of_condition = summary[summary["features"] == condition]
        if not np.isfinite(of_condition["ratio"].astype(float)).any():
            not_available(axes, position)
        for split, offset in (("train", -0.2), ("test", 0.2)):
            rows = of_condition[of_condition["split"] == split]
            centre = position + offset
            places = seed_points(
                axes, centre, rows["ratio"], colour, marker, 0.15, filled=split == "test"
            )
            low, high = (rows[side].to_numpy(dtype=float) for side in ("low", "high"))
            axes.vlines(places, low, high, color=colour, lw=0.8, alpha=0.8, gid="interval")
            null = rows["null_mean"].astype(float).mean()
            if np.isfinite(null):
                axes.hlines(
                    null,
                    centre - 0.17,
                    centre + 0.17,
                    color=INK,
                    lw=1.3,
                    linestyle=(0, (1, 1)),
                    zorder=4,
                    gid="null",
                )
    name_conditions(axes, conditions)
    axes.axhline(1, color=QUIET, lw=0.9, linestyle=(0, (4, 2)), zorder=1, gid="no difference")
    from_zero(axes)
    axes.set_ylim(top=axes.get_ylim()[1] * 1.12)
    axes.set_ylabel("response ratio, music / other sounds")
    panel_title(axes, "a", "Music-selective units")
    axes.legend(handles=_ratio_legend(), loc="upper right", ncols=4, columnspacing=1.2)


def _ratio_legend() -> list[Line2D]:
    point = {"linestyle": "none", "marker": "o", "markersize": 4.5, "markeredgecolor": QUIET}
    return [
        Line2D([], [], markerfacecolor="white", label="train", **point),
        Line2D([], [], markerfacecolor=QUIET, label="test", **point),
        Line2D([], [], color=INK, lw=1.3, linestyle=(0, (1, 1)), label="labels permuted"),
        Line2D([], [], color=QUIET, lw=0.9, linestyle=(0, (4, 2)), label="no difference"),
    ]


def _index_by_rank(axes: Axes, rows: pd.DataFrame, colour: str) -> None:
    if not np.isfinite(rows["index"].astype(float)).any():
        empty_panel(axes, "No unit has an index.")
        return
    for _, of_seed in rows.groupby("seed", sort=True):
        by_rank = of_seed.sort_values("rank")
        axes.plot(by_rank["rank"], by_rank["index"].astype(float), color=colour, alpha=0.8)
    selected = int(rows.loc[rows["selected"].astype(bool), "rank"].max())
    axes.axvspan(0.5, selected + 0.5, color=SHADE, lw=0, zorder=0, gid="selected")
    axes.axhline(0, color=QUIET, lw=0.9, linestyle=(0, (4, 2)), zorder=1)
    axes.annotate(
        f"selected: {selected} of {int(rows['rank'].max())}",
        (selected + 0.5, 1),
        (4, -3),
        xycoords=("data", "axes fraction"),
        textcoords="offset points",
        va="top",
        fontsize=7,
    )
    axes.set_xlim(0.5, rows["rank"].max() + 0.5)
    axes.set_xlabel("units, most selective first")
    axes.set_ylabel("selectivity index, train split")
