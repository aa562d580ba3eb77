"""Figures of what holds of music-selective units: loudness, genres, conditions, ablation."""

from __future__ import annotations

import textwrap

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from science.baselines.feature_sets import ACOUSTICS, of_networks
from science.figures.marks import (
    NOTE_OF_SHARE,
    SHARE_OF_POSITIVES,
    distinct_names,
    empty_panel,
    from_zero,
    legend_on_top,
    name_conditions,
    names_below,
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
    FULL_WIDTH_IN,
    INK,
    QUIET,
    SMALL_PT,
    display_name,
    house_style,
    looks_of,
    new_figure,
    shortened,
)
from science.report.words import p_value

GROUPS = {"top": "most selective", "middle": "middle", "bottom": "least", "l1_norm": "largest L1"}
COMPARISONS = {
    "baseline_above_top": "all units above\nwithout top",
    "l1_norm_above_top": "without L1 above\nwithout top",
    "middle_above_top": "without middle\nabove without top",
    "bottom_above_top": "without bottom\nabove without top",
    "baseline_above_l1_norm": "all units above\nwithout L1",
}


@house_style()
def loudness_figure(table: pd.DataFrame, notice: str = "") -> Figure:
    """Response ratio with all clips at one level and music attenuated, a line per condition.

    Trivial acoustics have a dashed line without marks of spread: they have no seeds.

    Args:
        table: Columns features, seed, split, attenuation, ratio, rms_ratio.
        notice: Drawn below the figure.
    """
    foot = (
        f"Mean ± sd over networks ({seed_count(of_networks(table))}) of each condition, in the "
        "order of the legend. Dashed: the most selective of seven trivial acoustic numbers. "
        "Dotted: the ratio of the levels, which a detector of loudness alone would follow."
    )
    # The legend stands beside the panels.
    labels = [display_name(name, 12) for name in dict.fromkeys(table["features"])]
    lines = len("\n".join(labels).splitlines())
    figure = new_figure(max(2.9, 0.4 + 0.17 * lines), foot, notice)
    panels = figure.subplots(1, 2, sharey=True)
    for axes, letter, split in zip(panels, "ab", ("train", "test"), strict=True):
        _against_attenuation(axes, table[table["split"] == split])
        panel_title(axes, letter, f"{split.capitalize()} clips")
        axes.set_xlabel("level of music : level of other sounds")
    panels[0].set_ylabel("response ratio, music / other sounds")
    panels[0].set_ylim(bottom=0)
    handles, labels = panels[0].get_legend_handles_labels()
    if handles:
        figure.legend(handles, labels, loc="outside right upper")
    return figure


def _against_attenuation(axes: Axes, table: pd.DataFrame) -> None:
    attenuations = sorted(set(table["attenuation"]))
    conditions = list(dict.fromkeys(table["features"]))
    shifts = np.linspace(-0.12, 0.12, len(conditions)) if len(conditions) > 1 else [0]
    for shift, (condition, (colour, marker)) in zip(
        shifts, looks_of(conditions).items(), strict=True
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
            linestyle=(0, (4, 2)) if condition == ACOUSTICS else "-",
            label=display_name(condition, 12),
        )
    places = np.arange(len(attenuations))
    levels = [1 / attenuation for attenuation in attenuations]
    axes.plot(places, levels, color=INK, lw=1, linestyle=(0, (1, 1.5)), label="level alone")
    axes.axhline(1, color=QUIET, lw=0.9, linestyle=(0, (4, 2)), zorder=1, gid="no difference")
    axes.set_xticks(places, [f"1:{attenuation:g}" for attenuation in attenuations])


@house_style()
def genres_figure(
    summary: pd.DataFrame, per_genre: pd.DataFrame, reference: str, notice: str = ""
) -> Figure:
    """Mean AP over genres of each feature set, and the AP of each genre.

    Args:
        summary: Columns features, seed, mean_average_precision, chance, genres.
        per_genre: Columns features, seed, genre, average_precision, chance, n_test_positive.
        reference: The condition whose genres are shown.
        notice: Drawn below the figure.

    Raises:
        ValueError: `summary` has no row of the reference condition.
    """
    tested = per_genre[np.isfinite(per_genre["average_precision"].astype(float))]
    genres = tested["genre"].nunique()
    foot = (
        f"{points_note(summary, 'a')}. b: mean ± sd over networks; crosses: acoustics. "
        f"{NOTE_OF_SHARE}"
    )
    figure = new_figure(max(3.0, 0.9 + 0.155 * genres), foot, notice)
    left, right = figure.subplots(1, 2, width_ratios=(1, 1.1))
    points_per_condition(left, summary, "mean_average_precision")
    left.set_ylim(0, 1.02)
    left.set_ylabel("AP, mean over genres")
    reference_line(left, summary["chance"].mean(), SHARE_OF_POSITIVES)
    panel_title(left, "a", "Read-out of music-selective units")
    rows_of(summary, reference)
    look = looks_of(list(summary["features"]))[reference]
    _genres(right, tested, reference, look)
    panel_title(right, "b", shortened(display_name(reference), 30))
    return figure


def _genres(axes: Axes, tested: pd.DataFrame, reference: str, look: tuple[str, str]) -> None:
    rows = tested[tested["features"] == reference]
    if rows.empty:
        empty_panel(axes, "No genre has clips to fit and test.")
        return
    genres = rows.groupby("genre", sort=False).agg(
        mean=("average_precision", "mean"),
        sd=("average_precision", "std"),
        chance=("chance", "mean"),
        clips=("n_test_positive", "max"),
    )
    genres = genres.sort_values("mean", ascending=False, kind="stable")
    places = np.arange(len(genres))
    colour, marker = look
    axes.hlines(places, genres["mean"] - genres["sd"], genres["mean"] + genres["sd"], color=INK)
    style = {"linestyle": "none", "markersize": 4.5}
    axes.plot(genres["mean"], places, marker=marker, color=colour, gid="genres", **style)
    axes.plot(genres["chance"], places, "|", color=QUIET, markersize=7, markeredgewidth=1.3)
    acoustics = tested[tested["features"] == "acoustics"].groupby("genre")["average_precision"]
    trivial = acoustics.mean().reindex(genres.index)
    axes.plot(trivial, places, marker="x", color=COLOUR_OF_CONDITION["acoustics"], **style)
    names = [f"{shortened(name, 24)} ({n})" for name, n in genres["clips"].items()]
    axes.set_yticks(places, names, fontsize=SMALL_PT)
    axes.set_ylim(len(genres) - 0.4, -0.6)
    axes.set_xlim(0, 1)
    axes.tick_params(axis="y", length=0)
    axes.grid(axis="y", color="#E4E4E4", lw=0.6)
    axes.set_axisbelow(True)
    axes.set_xlabel("AP (test clips of the genre)")


@house_style()
def conditions_figure(ratios: pd.DataFrame, pairs: pd.DataFrame, notice: str = "") -> Figure:
    """Response ratio on the test split, and the differences of all pairs with their tests.

    Args:
        ratios: Columns features, seed, ratio.
        pairs: Columns features, second, difference, p, p_holm, smallest_possible_p.
        notice: Drawn below the figure.
    """
    foot = (
        f"{points_note(of_networks(ratios), 'a')}. b: mean of the row less that of the column, "
        "below it Holm's p of the two-sided test over networks; – where there are too few networks "
        "for one."
    )
    names = list(dict.fromkeys(ratios["features"]))
    # Every pair has a cell, which has to hold a p in a legible size.
    height_in = max(3.3, 1.4 + 0.33 * len(names))
    width_in = FULL_WIDTH_IN + 0.65 * max(len(names) - 7, 0)
    figure = new_figure(height_in, foot, notice, width_in)
    left, right = figure.subplots(1, 2, width_ratios=(1, 1.25))
    points_per_condition(left, ratios, "ratio")
    left.axhline(1, color=QUIET, lw=0.9, linestyle=(0, (4, 2)), zorder=1, gid="no difference")
    from_zero(left)
    left.set_ylabel("response ratio, test clips")
    panel_title(left, "a", "Music-selective units")
    if pairs.empty:
        empty_panel(right, "There is nothing to compare.")
    else:
        _pairs(right, pairs, names)
    panel_title(right, "b", "Pairs")
    return figure


def _pairs(axes: Axes, pairs: pd.DataFrame, names: list[str]) -> None:
    differences = np.full((len(names), len(names)), np.nan)
    for row in pairs.itertuples():
        x, y = names.index(row.features), names.index(row.second)
        differences[y, x] = -row.difference
        testable = not row.smallest_possible_p >= 0.05
        p = p_value(row.p_holm) if testable else "–"
        if np.isfinite(row.difference):
            axes.text(x, y, f"{-row.difference:+.2f}\n{p}", ha="center", va="center", fontsize=6.5)
    reach = np.nanmax(np.abs(differences)) if np.isfinite(differences).any() else 1.0
    shown = differences[1:, :-1]
    axes.imshow(
        shown,
        cmap="RdBu_r",
        vmin=-1.8 * reach,
        vmax=1.8 * reach,
        extent=(-0.5, len(names) - 1.5, len(names) - 0.5, 0.5),
        aspect="auto",
    )
    names_below(axes, names[:-1], 6.5)
    of_rows = [textwrap.fill(name, 12) for name in distinct_names(names)[1:]]
    axes.set_yticks(range(1, len(names)), of_rows, fontsize=6.5)
    axes.tick_params(length=0)
    for spine in axes.spines.values():
        spine.set_visible(False)


@house_style()
def ablation_figure(groups: pd.DataFrame, tests: pd.DataFrame, notice: str = "") -> Figure:
    """Change of mean AP without each group of units, and the effect sizes of the paired tests.

    Args:
        groups: Columns features, seed, group ('baseline' and the silenced groups),
            mean_average_precision, classes.
        tests: Columns features, comparison, effect_size, networks, n1.
        notice: Drawn below the figure.
    """
    note = points_note(groups, "a") if len(groups) else "No network could be ablated"
    pairs = int(tests["n1"].max()) if len(tests) else 0
    foot = f"{note}. b: up to {pairs} pairs of class and network per condition; 0.5: no difference."
    # Many conditions have slanted names below and a legend of several rows above.
    many = max(groups["features"].nunique() - 5, 0)
    figure = new_figure(3.1 + 0.22 * many, foot, notice)
    upper, lower = figure.subplots(1, 2, width_ratios=(1.25, 1))
    if groups.empty:
        empty_panel(upper, "No network has the paper's layers.")
    else:
        _changes(upper, groups)
    panel_title(upper, "a", "Detection without a group of units")
    _effect_sizes(lower, tests)
    panel_title(lower, "b", "Paired tests over classes")
    return figure


def _changes(axes: Axes, groups: pd.DataFrame) -> None:
    wide = groups.pivot(
        index=["features", "seed"], columns="group", values="mean_average_precision"
    )
    conditions = list(dict.fromkeys(groups["features"]))
    for position, (condition, (colour, marker)) in enumerate(looks_of(conditions).items()):
        of_condition = wide.loc[condition]
        if not np.isfinite(of_condition["baseline"]).any():
            not_available(axes, position)
            continue
        for place, group in enumerate(GROUPS):
            change = 100 * (of_condition[group] / of_condition["baseline"] - 1)
            centre = position + 0.21 * (place - 1.5)
            shade = colour if group == "top" else "#B5B5B5" if group != "l1_norm" else "#444444"
            seed_points(axes, centre, change.to_numpy(), shade, marker, 0.08)
    axes.axhline(0, color=QUIET, lw=0.9, linestyle=(0, (4, 2)), zorder=1, gid="no change")
    name_conditions(axes, conditions)
    axes.set_ylabel("change of mean AP (%)")
    names = ", ".join(GROUPS.values())
    axes.set_xlabel(f"silenced, from left: {names}", fontsize=6.5)


def _effect_sizes(axes: Axes, tests: pd.DataFrame) -> None:
    conditions = list(dict.fromkeys(tests["features"]))
    shifts = np.linspace(-0.25, 0.25, len(conditions)) if len(conditions) > 1 else [0]
    for shift, (condition, (colour, marker)) in zip(
        shifts, looks_of(conditions).items(), strict=True
    ):
        rows = tests[tests["features"] == condition].set_index("comparison")
        sizes = rows["effect_size"].reindex(list(COMPARISONS)).to_numpy(dtype=float)
        axes.plot(
            sizes,
            np.arange(len(COMPARISONS)) + shift,
            linestyle="none",
            marker=marker,
            markersize=4.5,
            color=colour,
            gid="effect sizes",
        )
    axes.axvline(0.5, color=QUIET, lw=0.9, linestyle=(0, (4, 2)), zorder=1)
    axes.set_yticks(range(len(COMPARISONS)), COMPARISONS.values(), fontsize=6.5)
    axes.set_ylim(len(COMPARISONS) - 0.4, -0.6)
    axes.set_xlim(-0.02, 1.02)
    axes.set_xlabel("effect size W / (N (N + 1) / 2)")
    handles = [
        Line2D([], [], linestyle="none", color=colour, marker=marker, label=display_name(name, 30))
        for name, (colour, marker) in looks_of(conditions).items()
    ]
    legend_on_top(axes.figure, handles)
