"""Training of every network: loss and average precision after each epoch."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import LogLocator, MaxNLocator, NullFormatter, ScalarFormatter

from science.figures.marks import seed_count
from science.figures.style import INK, Scene, display_name, drawn, new_figure

# Of each network's file, which does not name the network.
TABLES = {"history": ["epoch", "loss", "validation_loss", "train_ap", "validation_ap"]}
SHOWS = ("weights_used",)
PANELS_PER_ROW = 5
TRAIN_LINE = {"linestyle": (0, (2, 1.2)), "lw": 0.8, "alpha": 0.75}
VALIDATION_LINE = {"linestyle": "-", "lw": 1.0}


@drawn("No network was trained.")
def draw(tables: Mapping[str, pd.DataFrame], scene: Scene) -> Figure:
    """Loss and AP against epoch, a column per condition, a line per seed; of one epoch a point.

    A dot marks the epoch whose weights are used. A condition that was not trained has no rows, and
    is named in the foot.
    """
    history = tables["history"]
    trained = [name for name in scene.weights_used if (history["features"] == name).any()]
    untrained = [display_name(name) for name in scene.weights_used if name not in trained]
    foot = f"A line per network ({seed_count(history)}). Dot: the epoch whose weights are used."
    foot += f" Not trained: {', '.join(untrained)}." if untrained else ""
    blocks = math.ceil(len(trained) / PANELS_PER_ROW)
    columns = min(len(trained), PANELS_PER_ROW)
    figure = new_figure(3.4 * blocks, foot, scene.notice)
    # Above one another in a block: losses, precisions.
    grid = figure.subplots(2 * blocks, columns, squeeze=False).reshape(blocks, 2, columns)
    pairs = grid.transpose(0, 2, 1).reshape(-1, 2)
    looks = scene.looks(scene.weights_used)
    for condition, pair in zip(trained, pairs, strict=False):
        rows = history[history["features"] == condition]
        _curves(pair, rows, looks[condition][0], scene.weights_used[condition])
        pair[0].set_title(display_name(condition, 13))
    for axes in pairs[len(trained) :].ravel():
        axes.set_axis_off()
    for panels in pairs[: len(trained)].T:
        _share_heights(panels)
    for losses, precisions in grid[:, :, 0]:
        losses.set_ylabel("loss (BCE)")
        precisions.set_ylabel("micro-averaged AP")
    epochs = history.groupby(["features", "seed"]).size()
    _legend(figure, has_points=bool((epochs == 1).any()))
    return figure


def _curves(pair: Sequence[Axes], rows: pd.DataFrame, colour: str, used: str) -> None:
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


def _share_heights(panels: Sequence[Axes]) -> None:
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


def _legend(figure: Figure, has_points: bool) -> None:
    train, validation = (_point(filled=filled) if has_points else {} for filled in (False, True))
    lines = [
        Line2D([], [], color=INK, label="training clips", **TRAIN_LINE, **train),
        Line2D([], [], color=INK, label="validation clips", **VALIDATION_LINE, **validation),
    ]
    figure.legend(handles=lines, loc="outside upper right", ncols=2)
