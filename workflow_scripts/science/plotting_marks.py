"""Marks that the figures share: points per seed with their mean, reference lines, panel titles."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from science.plotting_style import INK, QUIET, display_name, looks_of


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


def points_per_condition(axes: Axes, table: pd.DataFrame, value: str) -> None:
    """Draw `value` of every seed, a group per condition of the column `features`, in table order.

    A condition without any finite value says so in its place.
    """
    conditions = list(dict.fromkeys(table["features"]))
    for position, (condition, (colour, marker)) in enumerate(looks_of(conditions).items()):
        values = table.loc[table["features"] == condition, value].to_numpy(dtype=float)
        seed_points(axes, position, values, colour, marker)
        if not np.isfinite(values).any():
            not_available(axes, position)
    name_conditions(axes, conditions)


def name_conditions(axes: Axes, conditions: Sequence[str]) -> None:
    """Name the groups at 0, 1, … on the x axis; slanted where there are too many to stand."""
    names = [display_name(name, 9) for name in conditions]
    axes.set_xticks(range(len(conditions)), names, fontsize=7)
    if len(conditions) > 6:
        slant_names(axes)
    axes.set_xlim(-0.6, max(len(conditions), 1) - 0.4)
    axes.tick_params(axis="x", length=0)


def slant_names(axes: Axes) -> None:
    """Slant the names below the x axis, where they are too many to stand side by side."""
    for label in axes.get_xticklabels():
        label.set(rotation=40, ha="right", rotation_mode="anchor")


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


def reference_line(axes: Axes, height: float, name: str) -> None:
    """Draw a dashed horizontal line, its name right of the axes; nothing where it is NaN."""
    if not np.isfinite(height):
        return
    axes.axhline(height, color=QUIET, lw=0.9, linestyle=(0, (4, 2)), zorder=1, gid=name)
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
    axes.set_title(rf"$\bf{{{letter}}}$  {title}", loc="left")


def from_zero(axes: Axes) -> None:
    """Let the y axis begin at 0 and leave room above the highest mark."""
    axes.set_ylim(bottom=0, top=max(axes.get_ylim()[1] * 1.04, 1e-9))


def empty_panel(axes: Axes, sentence: str) -> None:
    """Leave a panel empty and say why."""
    axes.set_axis_off()
    axes.text(0.5, 0.5, sentence, transform=axes.transAxes, ha="center", va="center", color=QUIET)


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
