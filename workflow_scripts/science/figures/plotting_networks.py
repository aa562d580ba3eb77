"""Figures of what networks learned: training curves, detection of classes, separability of music.

Every function takes the tables of the analyses and gives a figure; nothing is computed here but
means over seeds.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import LogLocator, MaxNLocator, NullFormatter, ScalarFormatter

from science.figures.marks import (
    NOTE_OF_SHARE,
    SHARE_OF_POSITIVES,
    empty_panel,
    from_zero,
    name_conditions,
    not_available,
    panel_title,
    points_note,
    points_per_condition,
    reference_line,
    rows_of,
    seed_count,
    seed_points,
)
from science.figures.style import (
    COLOUR_OF_CONDITION,
    INK,
    QUIET,
    SMALL_PT,
    display_name,
    house_style,
    looks_of,
    new_figure,
    shortened,
)

PANELS_PER_ROW = 5
# Colour (the feature set's own where it is empty) and whether the points are filled.
ADDED_STYLE = {
    "none": ("", True),
    "pca": (COLOUR_OF_CONDITION["pca"], False),
    "gbfb": (COLOUR_OF_CONDITION["gbfb"], False),
}
CLASSES_SHOWN = 20
TRAIN_LINE = {"linestyle": (0, (2, 1.2)), "lw": 0.8, "alpha": 0.75}
VALIDATION_LINE = {"linestyle": "-", "lw": 1.0}


@house_style()
def training_figure(
    history: pd.DataFrame, weights_used: Mapping[str, str], notice: str = ""
) -> Figure:
    """Loss and AP against epoch, a column per condition, a line per seed; of one epoch a point.

    Args:
        history: Columns features, seed, epoch, loss, validation_loss, train_ap, validation_ap.
        weights_used: 'best' or 'last' for every condition, in the order of the panels; a dot marks
            that epoch. A condition without rows in `history` is named in the foot.
        notice: Drawn below the figure.
    """
    trained = [name for name in weights_used if (history["features"] == name).any()]
    untrained = [display_name(name) for name in weights_used if name not in trained]
    foot = f"A line per network ({seed_count(history)}). Dot: the epoch whose weights are used."
    foot += f" Not trained: {', '.join(untrained)}." if untrained else ""
    blocks = max(math.ceil(len(trained) / PANELS_PER_ROW), 1)
    columns = min(max(len(trained), 1), PANELS_PER_ROW)
    figure = new_figure(3.4 * blocks, foot, notice)
    if not trained:
        empty_panel(figure.subplots(), "No network was trained.")
        return figure
    grid = figure.subplots(2 * blocks, columns, squeeze=False, sharey=False)
    for place in range(blocks * columns):
        block, column = divmod(place, columns)
        pair = grid[2 * block, column], grid[2 * block + 1, column]
        if place >= len(trained):
            for axes in pair:
                axes.set_axis_off()
            continue
        condition = trained[place]
        rows = history[history["features"] == condition]
        colour = looks_of(list(weights_used))[condition][0]
        _curves(pair, rows, colour, weights_used[condition])
        pair[0].set_title(display_name(condition, 13))
    drawn = [
        grid[2 * (p // columns) + row, p % columns] for p in range(len(trained)) for row in (0, 1)
    ]
    _share_heights(drawn[0::2])
    _share_heights(drawn[1::2])
    for block in range(blocks):
        grid[2 * block, 0].set_ylabel("loss (BCE)")
        grid[2 * block + 1, 0].set_ylabel("micro-averaged AP")
    epochs = history.groupby(["features", "seed"]).size()
    _training_legend(figure, has_points=bool((epochs == 1).any()))
    return figure


def _curves(pair: tuple[Axes, Axes], rows: pd.DataFrame, colour: str, used: str) -> None:
    losses, precisions = pair
    for _, of_seed in rows.groupby("seed", sort=True):
        epoch = of_seed["epoch"].to_numpy(dtype=float)
        for axes, train, validation in (
            (losses, "loss", "validation_loss"),
            (precisions, "train_ap", "validation_ap"),
        ):
            for name, style in ((train, TRAIN_LINE), (validation, VALIDATION_LINE)):
                values = of_seed[name].to_numpy(dtype=float)
                # A line through one point is none.
                point = np.isfinite(values).sum() == 1
                mark = _point(filled=name == validation) if point else {}
                axes.plot(epoch, values, color=colour, **style, **mark)
        precision = of_seed["validation_ap"].to_numpy(dtype=float)
        if np.isfinite(precision).any():
            row = int(np.nanargmax(precision)) if used == "best" else len(precision) - 1
            precisions.plot(
                epoch[row],
                precision[row],
                "o",
                markersize=3.6,
                color=colour,
                markeredgecolor="white",
                markeredgewidth=0.5,
                zorder=3,
                gid="used",
            )
    losses.set_yscale("log")
    losses.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    losses.yaxis.set_major_formatter(ScalarFormatter())
    losses.yaxis.set_minor_formatter(NullFormatter())
    losses.tick_params(labelbottom=False)
    precisions.set_xlabel("epoch")
    for axes in pair:
        axes.set_xlim(0, max(rows["epoch"].max() * 1.03, 1.4))
        axes.xaxis.set_major_locator(MaxNLocator(4, integer=True))
    precisions.set_ylim(bottom=0)


def _share_heights(panels: list[Axes]) -> None:
    """One y axis for all; on a logarithmic one no mark lies on the lower end."""
    lows, highs = zip(*(axes.get_ylim() for axes in panels), strict=True)
    low, high = min(lows), max(highs)
    if panels[0].get_yscale() == "log":
        low *= (low / high) ** 0.05
    for axes in panels:
        axes.set_ylim(low, high)


def _point(*, filled: bool) -> dict[str, object]:
    point = {"marker": "o", "markersize": 3.4}
    return point if filled else point | {"markerfacecolor": "white"}


def _training_legend(figure: Figure, has_points: bool) -> None:
    train, validation = (_point(filled=filled) if has_points else {} for filled in (False, True))
    lines = [
        Line2D([], [], color=INK, label="training clips", **TRAIN_LINE, **train),
        Line2D([], [], color=INK, label="validation clips", **VALIDATION_LINE, **validation),
    ]
    figure.legend(handles=lines, loc="outside upper right", ncols=2)


@house_style()
def detection_figure(
    summary: pd.DataFrame, per_class: pd.DataFrame, reference: str, notice: str = ""
) -> Figure:
    """Mean AP of other classes and of classes apart, and the classes that are detected best.

    Args:
        summary: Columns features, seed, group ('other' or 'apart'), mean_average_precision, chance,
            classes, clips.
        per_class: Columns features, seed, display_name, group, positives, average_precision,
            chance; a class is known by its display name and group.
        reference: The condition whose best-detected classes are shown.
        notice: Drawn below the figure.

    Raises:
        ValueError: `per_class` has no row of the reference condition.
    """
    clips = f"; {int(summary['clips'].max())} test clips" if len(summary) else ""
    foot = (
        f"{points_note(summary, 'a, b')}{clips}. Classes without a test clip are left out. "
        f"{NOTE_OF_SHARE}"
    )
    figure = new_figure(4.9, foot, notice)
    left, right = figure.subfigures(1, 2, width_ratios=(1, 1))
    upper, lower = left.subplots(2, 1)
    for axes, letter, group, name in (
        (upper, "a", "other", "Other classes"),
        (lower, "b", "apart", "Classes apart"),
    ):
        rows = summary[summary["group"] == group]
        if rows.empty:
            empty_panel(axes, f"{name}: none has a test clip.")
            continue
        points_per_condition(axes, rows, "mean_average_precision")
        reference_line(axes, rows["chance"].mean(), SHARE_OF_POSITIVES)
        from_zero(axes)
        axes.set_ylabel("mean AP")
        panel_title(axes, letter, f"{name} (n = {int(rows['classes'].max())})")
    look = looks_of(list(per_class["features"]))
    _best_classes(right.subplots(), rows_of(per_class, reference), reference, look[reference])
    return figure


def _best_classes(axes: Axes, rows: pd.DataFrame, reference: str, look: tuple[str, str]) -> None:
    """Mean AP over seeds of the classes with the highest, beside their shares of positive clips."""
    rows = rows[(rows["positives"] > 0) & np.isfinite(rows["average_precision"].astype(float))]
    if rows.empty:
        empty_panel(axes, f"{display_name(reference)}: no class has a test clip.")
        return
    classes = rows.groupby(["display_name", "group"], sort=False).agg(
        mean=("average_precision", "mean"),
        sd=("average_precision", "std"),
        chance=("chance", "mean"),
    )
    best = classes.sort_values("mean", ascending=False, kind="stable").head(CLASSES_SHOWN)
    best = best.reset_index()
    colour, marker = look
    places = np.arange(len(best))
    axes.hlines(places, best["mean"] - best["sd"], best["mean"] + best["sd"], color=INK, lw=0.9)
    for group, face in (("other", colour), ("apart", "white")):
        chosen = (best["group"] == group).to_numpy()
        axes.plot(
            best["mean"][chosen],
            places[chosen],
            linestyle="none",
            marker=marker,
            markersize=4.5,
            markerfacecolor=face,
            markeredgecolor=colour,
            label=f"{group} classes" if group == "other" else "classes apart",
            gid=f"best {group}",
        )
    axes.plot(
        best["chance"],
        places,
        linestyle="none",
        marker="|",
        markersize=7,
        color=QUIET,
        markeredgewidth=1.3,
        label="share of positive clips",
        gid="share of class",
    )
    axes.set_yticks(
        places, [shortened(name, 27) for name in best["display_name"]], fontsize=SMALL_PT
    )
    axes.set_ylim(len(best) - 0.4, -0.6)
    axes.set_xlim(0, 1)
    axes.tick_params(axis="y", length=0)
    axes.grid(axis="y", color="#E4E4E4", lw=0.6)
    axes.set_axisbelow(True)
    axes.set_xlabel(f"{shortened(display_name(reference), 20)}: AP, mean ± sd")
    axes.figure.legend(*axes.get_legend_handles_labels(), loc="outside lower right", ncols=3)
    panel_title(axes, "c", f"Best of {len(classes)} classes")


@house_style()
def separability_figure(table: pd.DataFrame, notice: str = "") -> Figure:
    """AP of a linear read-out of music from every feature set, alone and beside a baseline.

    Args:
        table: Columns features, seed, added ('none' or the baseline whose columns stand beside),
            average_precision, chance, n_test_positive, n_test_negative.
        notice: Drawn below the figure.
    """
    foot = f"{points_note(table)}."
    if len(table):
        music, others = (int(table[f"n_test_{of}"].max()) for of in ("positive", "negative"))
        foot += f" Test set: {music} clips of music, {others} without."
    figure = new_figure(3.0, foot, notice)
    axes = figure.subplots()
    conditions = list(dict.fromkeys(table["features"]))
    for position, (condition, (colour, marker)) in enumerate(looks_of(conditions).items()):
        rows = table[table["features"] == condition]
        if not np.isfinite(rows["average_precision"].astype(float)).any():
            not_available(axes, position)
        kinds = list(dict.fromkeys(rows["added"]))
        for place, kind in enumerate(kinds):
            centre = position + 0.27 * (place - (len(kinds) - 1) / 2)
            values = rows.loc[rows["added"] == kind, "average_precision"]
            style = ADDED_STYLE.get(kind, ADDED_STYLE["none"])
            edge, filled = style[0] or colour, style[1]
            seed_points(axes, centre, values, edge, marker, 0.11, filled=filled)
    name_conditions(axes, conditions)
    axes.set_ylim(0, 1.02)
    axes.set_ylabel("AP of music, test set")
    reference_line(axes, table["chance"].mean(), "chance")
    axes.set_title("Linear read-out of music", loc="left")
    added = [kind for kind in dict.fromkeys(table["added"]) if kind != "none"]
    if added:
        _added_legend(figure, added)
    return figure


def _added_legend(figure: Figure, added: list[str]) -> None:
    handles = [
        Line2D(
            [],
            [],
            linestyle="none",
            marker="o",
            markersize=4.5,
            markerfacecolor=QUIET if kind == "none" else "white",
            markeredgecolor=ADDED_STYLE.get(kind, ADDED_STYLE["none"])[0] or QUIET,
            label="alone" if kind == "none" else f"with {kind.upper()}",
        )
        for kind in ("none", *added)
    ]
    figure.legend(handles=handles, loc="outside upper right", ncols=len(handles))
