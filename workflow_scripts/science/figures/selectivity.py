"""Units selective for the target, chosen on either split and measured on the other."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from science.baselines.feature_sets import ACOUSTICS, of_networks
from science.figures.marks import (
    DASHED,
    DOTTED,
    dashed_line,
    from_zero,
    name_conditions,
    not_available,
    null_mark,
    panel_title,
    points_note,
    reference_line,
    rows_of,
    seed_points,
)
from science.figures.style import (
    INK,
    LOOKS,
    QUIET,
    Scene,
    display_name,
    drawn,
    empty_panel,
    further_looks,
    new_figure,
    shortened,
)

# `low` and `high` are the bootstrap interval over clips; `units` is about the target alone.
TABLES = {
    "selectivity": [
        "features", "seed", "category", "chosen_on", "split", "category_clips", "ratio", "low",
        "high", "null_mean", "note",
    ],
    "units": ["features", "seed", "chosen_on", "rank", "index", "selected"],
}  # fmt: skip
SHOWS = ("reference", "chosen_on")
SHADE = "#E8E8E8"


@drawn("There is no unit.")
def draw(tables: Mapping[str, pd.DataFrame], scene: Scene) -> Figure:
    """Held-out response ratios both ways round, the index by rank, and other categories' ratios.

    Raises:
        ValueError: `units` has no row of the reference condition.
    """
    table = tables["selectivity"]
    table = table[table["chosen_on"] != table["split"]]
    summary, tested = scene.of_category(table), table[table["split"] == scene.held_out]
    units = rows_of(tables["units"], scene.reference)
    units = units[units["chosen_on"] == scene.chosen_on]
    of_reference = tested[tested["features"] == scene.reference]
    others = of_reference[of_reference["category"] != scene.category]
    points = points_note(of_networks(summary), "a, c" if len(others) else "a")
    foot = (
        f"{points}; coloured whiskers: 95% bootstrap "
        f"interval over clips. Filled: units chosen on {scene.chosen_on} and measured on "
        f"{scene.held_out} clips, as in b and c; hollow: the other way round."
    )
    if len(others):
        clips = others.groupby("category", sort=False)["category_clips"].max()
        named = (f"{display_name(name)} {count:.0f}" for name, count in clips.items())
        foot += (
            " c: units chosen for each category; cross: the trivial acoustic number most "
            f"selective for it. {scene.held_out.capitalize()} clips: {', '.join(named)}."
        )
    figure = new_figure(5.4 if len(others) else 3.1, foot, scene.notice)
    layout = [["a", "b"], *([["c", "c"]] if len(others) else [])]
    panels = figure.subplot_mosaic(
        layout, width_ratios=(1.75, 1), height_ratios=(1.35, 1) if len(others) else None
    )
    _ratios(panels["a"], summary, scene)
    panel_title(panels["a"], "a", scene.selective)
    _index_by_rank(panels["b"], units, scene)
    panel_title(panels["b"], "b", shortened(display_name(scene.reference), 24))
    if len(others):
        acoustics = tested[tested["features"] == ACOUSTICS].set_index("category")["ratio"]
        _by_category(panels["c"], of_reference, acoustics, scene)
        name = shortened(display_name(scene.reference), 30)
        panel_title(panels["c"], "c", f"Units selective for each category: {name}")
    return figure


def _ratios(axes: Axes, summary: pd.DataFrame, scene: Scene) -> None:
    conditions = list(dict.fromkeys(summary["features"]))
    for position, (condition, (colour, marker)) in enumerate(scene.looks(conditions).items()):
        of_condition = summary[summary["features"] == condition]
        if not np.isfinite(of_condition["ratio"].astype(float)).any():
            not_available(axes, position)
        for split, offset in ((scene.held_out, -0.2), (scene.chosen_on, 0.2)):
            rows = of_condition[of_condition["split"] == split]
            centre = position + offset
            places = seed_points(
                axes, centre, rows["ratio"], colour, marker, 0.15, filled=split == scene.held_out
            )
            low, high = (rows[side].to_numpy(dtype=float) for side in ("low", "high"))
            axes.vlines(places, low, high, color=colour, lw=0.8, alpha=0.8, gid="interval")
            null_mark(axes, rows["null_mean"], centre, 0.17)
    name_conditions(axes, conditions)
    dashed_line(axes, 1, "no difference")
    from_zero(axes, 1.16)
    axes.set_ylabel(f"response ratio, {scene.name} / other sounds")
    axes.legend(handles=_ratio_legend(scene), loc="upper right", ncols=4, columnspacing=0.9)


def _ratio_legend(scene: Scene) -> list[Line2D]:
    point = {"linestyle": "none", "marker": "o", "markersize": 4.5, "markeredgecolor": QUIET}
    return [
        Line2D([], [], markerfacecolor=QUIET, label=scene.held_out, **point),
        Line2D([], [], markerfacecolor="white", label=scene.chosen_on, **point),
        Line2D([], [], color=INK, lw=1.3, linestyle=DOTTED, label="labels permuted"),
        Line2D([], [], color=QUIET, lw=0.9, linestyle=DASHED, label="no difference"),
    ]


def _by_category(axes: Axes, rows: pd.DataFrame, acoustics: pd.Series, scene: Scene) -> None:
    """The ratio of the units selective for each category, and of its trivial acoustic number."""
    cross = {"linestyle": "none", "marker": "x", "color": LOOKS[ACOUSTICS][0]}
    others = [name for name in dict.fromkeys(rows["category"]) if name != scene.category]
    looks = {scene.category: (INK, "o")} | further_looks(others)
    for place, (name, look) in enumerate(looks.items()):
        of_name = rows[rows["category"] == name]
        seed_points(axes, place, of_name["ratio"], *look, half_width=0.2)
        null_mark(axes, of_name["null_mean"], place, 0.22)
        axes.plot(place + 0.3, acoustics.get(name, np.nan), markersize=5, gid=ACOUSTICS, **cross)
        if not np.isfinite(of_name["ratio"].astype(float)).any():
            not_available(axes, place)
    name_conditions(axes, list(looks))
    reference_line(axes, 1.0, "no\ndifference")
    from_zero(axes, 1.2)
    axes.set_ylabel("response ratio,\ncategory / other sounds")
    handles = [
        Line2D([], [], color=INK, lw=1.3, linestyle=DOTTED, label="labels permuted"),
        Line2D([], [], label=ACOUSTICS, **cross),
    ]
    axes.legend(handles=handles, loc="upper right", ncols=2)


def _index_by_rank(axes: Axes, rows: pd.DataFrame, scene: Scene) -> None:
    colour, _ = scene.looks([scene.reference])[scene.reference]
    if not np.isfinite(rows["index"].astype(float)).any():
        empty_panel(axes, "No unit has an index.")
        return
    for _, of_seed in rows.groupby("seed", sort=True):
        by_rank = of_seed.sort_values("rank")
        axes.plot(by_rank["rank"], by_rank["index"].astype(float), color=colour, alpha=0.8)
    selected = int(rows.loc[rows["selected"].astype(bool), "rank"].max())
    axes.axvspan(0.5, selected + 0.5, color=SHADE, lw=0, zorder=0, gid="selected")
    dashed_line(axes, 0, "no index")
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
    axes.set_ylabel(f"selectivity index, {scene.chosen_on} split")
