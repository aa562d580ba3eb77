"""Marks that the figures share: points per seed with their mean, reference lines, panel titles."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import pandas as pd
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure, SubFigure

from science.figures.style import (
    INK,
    QUIET,
    SMALL_PT,
    Look,
    Scene,
    display_name,
    shortened,
)

DASHED = (0, (4, 2))
DOTTED = (0, (1, 1))
# Between names beside one another, in points.
NAME_GAP_PT = 3.5
LONGEST_SLANTED_NAME = 24
NOTE_OF_CHANCE = "Grey: chance, the AP expected of a random order of the clips."


def seed_points(
    axes: Axes,
    position: float,
    values: Sequence[float],
    colour: str,
    marker: str = "o",
    half_width: float = 0.28,
    filled: bool = True,
) -> np.ndarray:
    """Draw one point per seed, side by side, and their mean ± standard deviation (ddof = 1).

    NaN and infinite values leave their place empty; a single value has no standard deviation.

    Args:
        axes: Where to draw.
        position: Centre of the group on the x axis.
        values: One per seed, in order of the seeds.
        colour: Of the points.
        marker: Of the points.
        half_width: Half the width of the group, in units of the x axis.
        filled: Whether the points are filled.

    Returns:
        The x position of each value.
    """
    values = np.asarray(values, dtype=float)
    spread = half_width * 0.7 * np.linspace(-1, 1, len(values)) if len(values) > 1 else np.zeros(1)
    places = position + spread[: len(values)]
    finite = np.isfinite(values)
    known = values[finite]
    if len(known) == 0:
        return places
    mean = known.mean()
    if len(known) > 1:
        deviation = known.std(ddof=1)
        axes.vlines(position, mean - deviation, mean + deviation, color=INK, lw=1.0, zorder=2)
    axes.hlines(mean, position - half_width, position + half_width, color=INK, lw=1.4, zorder=2)
    axes.plot(
        places[finite],
        known,
        linestyle="none",
        marker=marker,
        markersize=4.4,
        markerfacecolor=colour if filled else "white",
        markeredgecolor="white" if filled else colour,
        markeredgewidth=0.5 if filled else 1.0,
        zorder=3,
        gid="seeds",
    )
    return places


def points_per_condition(axes: Axes, table: pd.DataFrame, value: str, scene: Scene) -> None:
    """Draw `value` of every seed, a group per condition of the column `features`, in table order.

    A condition without any finite value says so in its place.
    """
    conditions = list(dict.fromkeys(table["features"]))
    for position, (condition, (colour, marker)) in enumerate(scene.looks(conditions).items()):
        values = table.loc[table["features"] == condition, value].to_numpy(dtype=float)
        seed_points(axes, position, values, colour, marker)
        if not np.isfinite(values).any():
            not_available(axes, position)
    name_conditions(axes, conditions)


def name_conditions(axes: Axes, conditions: Sequence[str]) -> None:
    """Name the groups at 0, 1, … on the x axis; slanted where they have no room to stand."""
    axes.set_xlim(-0.6, max(len(conditions), 1) - 0.4)
    names_below(axes, conditions)


def names_below(axes: Axes, conditions: Sequence[str], fontsize: float = SMALL_PT) -> None:
    """Name 0, 1, … on an x axis that has its limits, slanted where there is no room to stand.

    A slanted name has one line: of two, the second would reach under its neighbour.
    """
    places = range(len(conditions))
    axes.tick_params(axis="x", length=0)
    axes.set_xticks(places, [display_name(name, 9) for name in conditions], fontsize=fontsize)
    widths = [label.get_window_extent().width for label in axes.get_xticklabels()]
    needed = max(((one + next_one) / 2 for one, next_one in pairwise(widths)), default=0)
    low, high = axes.get_xlim()
    # Axes are hardly narrower once they are laid out than now.
    room = axes.get_window_extent().width / (high - low)
    if needed + NAME_GAP_PT / 72 * axes.figure.dpi > room:
        slant = {"rotation": 45, "ha": "right", "rotation_mode": "anchor"}
        axes.set_xticks(places, distinct_names(conditions), fontsize=fontsize, **slant)


def distinct_names(conditions: Sequence[str], length: int = LONGEST_SLANTED_NAME) -> list[str]:
    """Names in one line, cut to `length` characters, or to more where they would be the same."""
    names = [display_name(name) for name in conditions]
    shown = [shortened(name, length) for name in names]
    if len(set(shown)) < len(set(names)):
        return distinct_names(conditions, length + 1)
    return shown


def fitting_legend(
    figure: Figure | SubFigure,
    handles: Sequence[Artist],
    fontsize: float | None = None,
    loc: str = "outside upper right",
) -> None:
    """A legend outside all panels, in as many columns as the width of the figure holds."""
    for columns in range(len(handles), 0, -1):
        legend = figure.legend(handles=handles, loc=loc, ncols=columns, fontsize=fontsize)
        if columns == 1 or legend.get_window_extent().width <= 0.97 * figure.bbox.width:
            return
        legend.remove()


def not_available(axes: Axes, position: float) -> None:
    """Say in a group's place that it has no value."""
    axes.text(
        position,
        0.5,
        "not available",
        transform=axes.get_xaxis_transform(),
        rotation=90,
        ha="center",
        va="center",
        color=QUIET,
        fontsize=7,
    )


def dashed_line(axes: Axes, place: float, name: str, *, upright: bool = False) -> None:
    """Draw a dashed line across the axes, level unless it is to be upright."""
    draw = axes.axvline if upright else axes.axhline
    draw(place, color=QUIET, lw=0.9, linestyle=DASHED, zorder=1, gid=name)


def reference_line(axes: Axes, height: float, name: str) -> None:
    """Draw a dashed level line, its name right of the axes; nothing where it is NaN."""
    if not np.isfinite(height):
        return
    dashed_line(axes, height, name)
    axes.annotate(
        name,
        (1, height),
        (3, 0),
        xycoords=("axes fraction", "data"),
        textcoords="offset points",
        ha="left",
        va="center",
        fontsize=7,
        color=QUIET,
    )


def panel_title(axes: Axes, letter: str, title: str) -> None:
    """A bold letter and a title, flush left above a panel."""
    plain = title.replace("$", r"\$")
    axes.set_title(rf"$\bf{{{letter}}}$  {plain}", loc="left", parse_math=True)


def from_zero(axes: Axes, room: float = 1.04) -> None:
    """Let the y axis begin at 0 and leave room above the highest mark."""
    axes.set_ylim(bottom=0, top=max(axes.get_ylim()[1] * room, 1e-9))


def null_mark(axes: Axes, nulls: pd.Series, centre: float, half_width: float) -> None:
    """Draw the mean of permuted labels as a dotted mark; nothing where there is none."""
    null = nulls.astype(float).mean()
    if np.isfinite(null):
        ends = centre - half_width, centre + half_width
        axes.hlines(null, *ends, color=INK, lw=1.3, linestyle=DOTTED, zorder=4, gid="null")


def name_rows(axes: Axes, names: Sequence[str], fontsize: float = SMALL_PT) -> None:
    """Name 0, 1, … from the top of the y axis, with a light line through each row."""
    axes.set_yticks(range(len(names)), names, fontsize=fontsize)
    axes.set_ylim(len(names) - 0.4, -0.6)
    axes.tick_params(axis="y", length=0)
    axes.grid(axis="y", color="#E4E4E4", lw=0.6)
    axes.set_axisbelow(True)


def ranked(axes: Axes, rows: pd.DataFrame, by: list[str], look: Look, most: int) -> pd.DataFrame:
    """Draw the average precision of classes, a row for each, best first, mean ± sd over networks.

    Ticks are chance.

    Args:
        axes: Where to draw.
        rows: Columns average_precision, chance and those of `by`.
        by: By what a class is known.
        look: Colour and marker.
        most: How many rows there may be.

    Returns:
        The classes that are drawn: columns of `by`, mean, sd, chance.
    """
    classes = rows.groupby(by, sort=False).agg(
        mean=("average_precision", "mean"),
        sd=("average_precision", "std"),
        chance=("chance", "mean"),
    )
    best = classes.sort_values("mean", ascending=False, kind="stable").head(most).reset_index()
    places = np.arange(len(best))
    axes.hlines(places, best["mean"] - best["sd"], best["mean"] + best["sd"], color=INK, lw=0.9)
    colour, marker = look
    style = {"linestyle": "none", "markersize": 4.5}
    axes.plot(best["mean"], places, marker=marker, color=colour, gid="classes", **style)
    axes.plot(
        best["chance"],
        places,
        linestyle="none",
        marker="|",
        markersize=7,
        color=QUIET,
        markeredgewidth=1.3,
        label="chance",
        gid="chance of class",
    )
    axes.set_xlim(0, 1.02)
    return best


def points_note(table: pd.DataFrame, panels: str = "") -> str:
    """What the marks of `seed_points` are, for a figure's foot, after the letters of the panels."""
    note = f"a point per network ({seed_count(table)}); black: their mean ± sd"
    return f"{panels}: {note}" if panels else f"{note[0].upper()}{note[1:]}"


def seed_count(table: pd.DataFrame) -> str:
    """How many seeds a table has, in words."""
    seeds = table["seed"].nunique()
    return f"{seeds} seed" if seeds == 1 else f"{seeds} seeds"


def rows_of(table: pd.DataFrame, condition: str) -> pd.DataFrame:
    """The rows of one condition.

    Raises:
        ValueError: The table has no row of it.
    """
    rows = table[table["features"] == condition]
    if rows.empty:
        raise ValueError(
            f"the table has no row of {condition!r}, only of "
            f"{', '.join(dict.fromkeys(table['features'])) or 'nothing'}; choose one of the "
            f"conditions that were run as run.reference_condition"
        )
    return rows
