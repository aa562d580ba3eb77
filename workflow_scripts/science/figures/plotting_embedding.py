"""Figures of embeddings: density contours of music and of other sounds; networks that memorise."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from science.analyses.embedding import CONTOUR_MASSES, common_limits, density_contours
from science.figures.marks import (
    empty_panel,
    from_zero,
    name_conditions,
    not_available,
    panel_title,
    points_note,
    points_per_condition,
    seed_points,
)
from science.figures.style import (
    INK,
    QUIET,
    SMALL_PT,
    display_name,
    house_style,
    looks_of,
    new_figure,
)
from science.statistics.tests import SIGNIFICANCE_LEVEL

PANELS_PER_ROW = 4
# Share of the range for a single clip.
WIDEST_KERNEL = 0.15
MUSIC_COLOUR = "#D55E00"
SPLIT_STYLE = {"train": (-0.27, True), "validation": (0.0, False), "test": (0.27, True)}


@house_style()
def embedding_figure(
    places: Mapping[str, pd.DataFrame], summary: pd.DataFrame, notice: str = ""
) -> Figure:
    """Contours that hold 20, 40, 60 and 80% of the clips, a panel per feature set.

    Args:
        places: By feature set, the embedding of its first network: columns music, x, y.
        summary: Columns features, seed, segregation_index, null_mean, smallest_possible_p,
            music_clips, non_music_clips.
        notice: Drawn below the figure.
    """
    shares = ", ".join(f"{100 * mass:.0f}" for mass in CONTOUR_MASSES)
    foot = (
        f"Contours hold {shares}% of the clips of a kind. S: segregation index (mean of permuted "
        "labels in brackets). The first network of each condition."
    )
    if len(summary):
        music, others = int(summary["music_clips"].max()), int(summary["non_music_clips"].max())
        foot += f" Test set: {music} clips of music, {others} without."
    first = {name: summary[summary["features"] == name].iloc[0] for name in places}
    if any(_is_saturated(row) for row in first.values()):
        foot += " Saturated: so few clips for the bins that no map could pass for more than chance."
    columns = min(PANELS_PER_ROW, max(len(places), 1))
    rows = math.ceil(max(len(places), 1) / columns)
    figure = new_figure(1.75 * rows + 0.3, foot, notice)
    panels = figure.subplots(rows, columns, squeeze=False).ravel()
    for axes in panels[len(places) :]:
        axes.set_axis_off()
    for axes, (features, table) in zip(panels, places.items(), strict=False):
        row = first[features]
        _contours(axes, table)
        colour = QUIET if _is_saturated(row) else INK
        axes.set_title(_heading(features, row), fontsize=SMALL_PT, color=colour)
    styles = {"music": MUSIC_COLOUR, "other sounds": INK}
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
    music = table["music"].to_numpy(dtype=bool)
    coordinates = table[["x", "y"]].to_numpy(dtype=float)
    if len(table) == 0 or np.isnan(coordinates).any():
        empty_panel(axes, "too few clips")
        return
    limits = common_limits(coordinates, music, ~music)
    # Fewer clips need a wider kernel (Scott 1992: the sixth root); both kinds have the same one.
    fewest = min(np.count_nonzero(mask) or len(music) for mask in (music, ~music))
    smoothing_share = WIDEST_KERNEL * fewest ** (-1 / 6)
    for mask, colour in ((~music, INK), (music, MUSIC_COLOUR)):
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


@house_style()
def memorisation_figure(table: pd.DataFrame, notice: str = "") -> Figure:
    """Mean AP on clips trained on, held out and new, and the segregation of the embedding.

    Args:
        table: Columns features, seed, split ('train', 'validation' or 'test'),
            mean_average_precision, chance (share of positive clips), null_low, null_high (central
            95% of what each class reaches with the scores of another), segregation_index.
        notice: Drawn below the figure.
    """
    foot = (
        f"{points_note(table)}. Train and validation clips are scored by the labels trained on, "
        "test clips by their true ones. Grey: chance of each network, 95% of the mean APs where "
        "each class has the scores of another"
    )
    trained = table["mean_average_precision"].notna()
    unknown = (trained & table[["null_low", "null_high"]].isna().any(axis=1)).any()
    foot += "; a line: the share of positive clips, where that is unknown." if unknown else "."
    figure = new_figure(2.7, foot, notice)
    left, right = figure.subplots(1, 2, width_ratios=(1.6, 1))
    conditions = list(dict.fromkeys(table["features"]))
    # The names of three splits stand side by side above each condition.
    are_many = len(conditions) > 2
    for position, (condition, (colour, marker)) in enumerate(looks_of(conditions).items()):
        for split, (offset, filled) in SPLIT_STYLE.items():
            of_split = (table["features"] == condition) & (table["split"] == split)
            rows = table[of_split]
            centre = position + offset
            values = rows["mean_average_precision"]
            if not np.isfinite(values.astype(float)).any():
                not_available(left, centre)
                continue
            places = seed_points(left, centre, values, colour, marker, 0.1, filled=filled)
            _chance(left, rows, places)
            left.annotate(
                split,
                (centre, 1),
                (0, -2),
                xycoords=left.get_xaxis_transform(),
                textcoords="offset points",
                rotation=90 if are_many else 0,
                ha="center",
                va="top",
                fontsize=6.5,
                color=QUIET,
            )
    name_conditions(left, conditions)
    from_zero(left)
    left.set_ylim(top=left.get_ylim()[1] * (1.4 if are_many else 1.12))
    left.set_ylabel("mean AP")
    panel_title(left, "a", "Labels known")
    first = table[table["split"] == "test"]
    points_per_condition(right, first, "segregation_index")
    right.set_ylabel("segregation index, music")
    from_zero(right)
    panel_title(right, "b", "Embedding of test clips")
    return figure


def _chance(axes: Axes, rows: pd.DataFrame, places: np.ndarray) -> None:
    """Behind each network's point the range that its own scores reach without knowing."""
    low, high, share = (
        rows[name].to_numpy(dtype=float) for name in ("null_low", "null_high", "chance")
    )
    known = np.isfinite(low) & np.isfinite(high)
    width = float(np.diff(places).min()) if len(places) > 1 else 0.2
    axes.bar(
        places[known],
        (high - low)[known],
        width,
        low[known],
        color="#D0D0D0",
        lw=0,
        zorder=0,
        gid="chance",
    )
    axes.hlines(
        share[~known],
        places[~known] - width / 2,
        places[~known] + width / 2,
        color=QUIET,
        lw=1.6,
        gid="share of positive clips",
    )
