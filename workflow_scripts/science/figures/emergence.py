"""Selectivity over training: when it appears, beside how well sounds are detected by then."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from science.figures.marks import (
    DASHED,
    dashed_line,
    distinct_names,
    fitting_legend,
    panel_title,
    seed_count,
    seed_points,
)
from science.figures.style import (
    INK,
    QUIET,
    SMALL_PT,
    Look,
    Scene,
    display_name,
    drawn,
    empty_panel,
    new_figure,
)

TABLES = {
    "emergence": [
        "features", "seed", "category", "epoch", "used", "measure", "value", "note",
    ],
    "networks": ["features", "seed", "category", "measure", "rank_correlation"],
}  # fmt: skip
SHOWS = ("reference",)
DETECTION = "validation_ap"
# What a measure is called, what its axis says, its look, and where there would be no effect.
MEASURES = {
    DETECTION: ("detection", "validation AP", (INK, "."), np.nan),
    "ratio": ("response ratio", "ratio, {name} / others", ("#0072B2", "o"), 1.0),
    "separability": ("separability", "AP of {name}", ("#009E73", "s"), np.nan),
    "quilt_loss": ("loss to quilts", "share lost to quilts", ("#D55E00", "^"), 0.0),
    "ratio_of_sounds": ("natural sounds", "ratio, natural sounds", ("#CC79A7", "D"), 1.0),
    "component_correlation": ("the brain", "r with the component", ("#E69F00", "P"), 0.0),
}
# Where epoch 0 stands on an axis of logarithms.
BEFORE_TRAINING = 0.5


@drawn("No network was kept at several epochs of its training.")
def draw(tables: Mapping[str, pd.DataFrame], scene: Scene) -> Figure:
    """All measures against epoch in one panel, each over its own range; and each by itself."""
    table = scene.of_category(tables["emergence"])
    correlations = scene.of_category(tables["networks"])
    shown = [name for name in MEASURES if (table["measure"] == name).any()]
    conditions = list(dict.fromkeys(table["features"]))
    first = scene.reference if scene.reference in conditions else conditions[0]
    foot = (
        f"A thin line per network ({seed_count(table)}); thick: their mean, at epochs that all "
        f"have; large dot: the epoch whose weights are used. a: means of {display_name(first)}, "
        f"each measure from its lowest (0) to its highest (1), at epochs of which detection is "
        f"known. Units are chosen again after each epoch. Last panel: Spearman's correlation of "
        f"each measure with detection over the epochs of a network, mean ± sd over networks."
    )
    rows = 2 if len(shown) < 6 else 3
    figure = new_figure(1.2 + 1.55 * rows, foot, scene.notice)
    left, right = figure.subfigures(1, 2, width_ratios=(1, 1.75))
    _rises(left.subplots(), table[table["features"] == first], shown)
    looks = scene.looks(conditions)
    panels = right.subplots(rows, 3).ravel()
    for letter, axes, name in zip("bcdefg", panels, shown, strict=False):
        title, label, _, nothing = MEASURES[name]
        _course(axes, table[table["measure"] == name], looks, nothing)
        if axes.axison:
            axes.set_ylabel(label.format(name=scene.name), fontsize=SMALL_PT)
        panel_title(axes, letter, title[0].upper() + title[1:])
    for axes in panels[len(shown) :]:
        axes.remove()
    row, column = divmod(len(shown), 3)
    last = right.add_subplot(panels[0].get_gridspec()[row, column:])
    letter = "bcdefgh"[len(shown)]
    _correlations(last, correlations[correlations["features"] == first])
    panel_title(last, letter, "Correlation")
    handles = [axes.get_legend_handles_labels()[0] for axes in panels[: len(shown)]]
    fitting_legend(right, next((some for some in handles if some), []), SMALL_PT)
    return figure


def _rises(axes: Axes, table: pd.DataFrame, shown: Sequence[str]) -> None:
    """Every measure's mean over networks, from its lowest to its highest.

    At epochs of which detection is known: it is not before training, where others would have a
    head start.
    """
    known = table.loc[table["measure"] == DETECTION, "epoch"]
    table = table[table["epoch"].isin(known)] if len(known) else table
    for name in shown:
        _, _, (colour, marker), _ = MEASURES[name]
        mean = _means(table[table["measure"] == name])
        extent = mean.max() - mean.min()
        if len(mean) < 2 or not extent > 0:
            continue
        detection = name == DETECTION
        axes.plot(
            _places(mean.index),
            (mean - mean.min()) / extent,
            color=colour,
            marker=marker,
            markersize=7 if detection else 4.2,
            lw=2.0 if detection else 1.1,
            linestyle=DASHED if detection else "-",
            label=MEASURES[name][0],
            zorder=1 if detection else 2,
            gid=f"rise {name}",
        )
    if not axes.lines:
        empty_panel(axes, "There is one epoch, or nothing that changes.")
        return
    _epochs_below(axes, table["epoch"])
    axes.set_ylim(-0.05, 1.38)
    axes.set_yticks([0, 0.5, 1])
    axes.set_ylabel("share of the range over training")
    axes.legend(loc="upper left", fontsize=SMALL_PT)
    panel_title(axes, "a", "When it appears")


def _course(axes: Axes, table: pd.DataFrame, looks: Mapping[str, Look], nothing: float) -> None:
    """One measure against epoch: a line per network, and the mean of each condition."""
    if not np.isfinite(table["value"].to_numpy(dtype=float)).any():
        notes = table["note"].dropna()
        empty_panel(axes, notes.iloc[0] if len(notes) else "There is no number.")
        return
    for features, (colour, _) in looks.items():
        of_condition = table[table["features"] == features]
        for _, rows in of_condition.groupby("seed"):
            rows = rows.sort_values("epoch")
            used = rows[rows["used"].astype(bool)]
            axes.plot(_places(rows["epoch"]), rows["value"], color=colour, lw=0.6, alpha=0.5)
            axes.plot(
                _places(used["epoch"]), used["value"], "o", color=colour, markersize=3.6,
                markeredgecolor="white", markeredgewidth=0.5, zorder=3, gid="used",
            )  # fmt: skip
        mean, label = _means(of_condition), display_name(features, 30)
        axes.plot(_places(mean.index), mean, color=colour, lw=1.5, label=label, gid="mean")
    if np.isfinite(nothing):
        dashed_line(axes, nothing, "no effect")
    _epochs_below(axes, table["epoch"])


def _correlations(axes: Axes, table: pd.DataFrame) -> None:
    names = [name for name in MEASURES if (table["measure"] == name).any()]
    if not np.isfinite(table["rank_correlation"].to_numpy(dtype=float)).any():
        empty_panel(axes, "Too few epochs.")
        return
    for place, name in enumerate(names):
        values = table.loc[table["measure"] == name, "rank_correlation"].to_numpy(dtype=float)
        seed_points(axes, place, values, *MEASURES[name][2])
    dashed_line(axes, 0, "none")
    axes.set_ylim(-1.05, 1.05)
    axes.set_ylabel("rank correlation", fontsize=SMALL_PT)
    axes.set_xlim(-0.6, len(names) - 0.4)
    words = distinct_names([MEASURES[name][0] for name in names])
    axes.set_xticks(
        range(len(names)), words, rotation=40, ha="right", rotation_mode="anchor", fontsize=6
    )


def _means(table: pd.DataFrame) -> pd.Series:
    """Mean over networks at the epochs that all of them have."""
    wide = table.pivot(index="epoch", columns="seed", values="value").astype(float)
    return wide.dropna().mean(axis=1).sort_index()


def _places(epochs: Sequence[float]) -> np.ndarray:
    return np.maximum(np.asarray(epochs, dtype=float), BEFORE_TRAINING)


def _epochs_below(axes: Axes, epochs: pd.Series) -> None:
    """An axis of logarithms with 0 at its beginning."""
    last = float(epochs.max())
    axes.set_xscale("log", base=2)
    powers = [2.0**power for power in range(int(np.log2(max(last, 1))) + 1)]
    ticks = powers if len(powers) < 6 else powers[::2]
    axes.set_xticks([BEFORE_TRAINING, *ticks], ["0", *(f"{tick:g}" for tick in ticks)])
    axes.minorticks_off()
    axes.set_xlim(BEFORE_TRAINING / 1.25, max(last, 1) * 1.25)
    axes.set_xlabel("epoch", fontsize=SMALL_PT, color=QUIET)
