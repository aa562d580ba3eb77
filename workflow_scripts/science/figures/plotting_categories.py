"""Figures of selectivity by category: the natural sounds, and categories other than music.

Every function takes the tables of the analyses and gives a figure; nothing is computed here but
means over seeds.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from science.baselines.feature_sets import ACOUSTICS, of_networks
from science.figures.marks import (
    empty_panel,
    from_zero,
    name_conditions,
    panel_title,
    points_note,
    points_per_condition,
    reference_line,
    seed_count,
    seed_points,
)
from science.figures.plotting_quilts import DASHED, by_length, legend_above
from science.figures.style import (
    COLOUR_OF_CONDITION,
    COLOURS_OF_OTHERS,
    INK,
    MARKERS_OF_OTHERS,
    QUIET,
    SMALL_PT,
    display_name,
    house_style,
    looks_of,
    new_figure,
    shortened,
)


@house_style()
def natural165_figure(
    summary: pd.DataFrame, means: pd.DataFrame, reference: str, notice: str = ""
) -> Figure:
    """Response to each category of natural sounds, and the ratio of music to others.

    Args:
        summary: Columns features, seed, ratio, music_sounds, other_sounds, note.
        means: Columns features, seed, category, music, sounds, response.
        reference: The condition by whose responses the categories are ordered.
        notice: Drawn below the figure.
    """
    if means.empty:
        figure = new_figure(1.0, "", notice)
        notes = summary["note"].dropna()
        empty_panel(figure.subplots(), notes.iloc[0] if len(notes) else "There are no sounds.")
        return figure
    music, others = (int(summary[f"{kind}_sounds"].max()) for kind in ("music", "other"))
    points = points_note(of_networks(summary), "b")
    foot = (
        f"a: means over networks, in units of each network's mean over categories, marks as in b; "
        f"line: sd over networks of {display_name(reference)}. {points}. "
        f"Sounds: {music} of music (bold), {others} others."
    )
    figure = new_figure(3.4, foot, notice)
    left, right = figure.subplots(1, 2, width_ratios=(1.15, 1))
    _category_means(left, means, reference)
    panel_title(left, "a", "Music-selective units")
    points_per_condition(right, summary, "ratio")
    reference_line(right, 1.0, "no\ndifference")
    right.set_ylabel("response ratio, music / other sounds")
    panel_title(right, "b", "Natural sounds")
    return figure


def _category_means(axes: Axes, means: pd.DataFrame, reference: str) -> None:
    network = [means["features"], means["seed"].fillna(-1)]
    scale = means.groupby(network)["response"].transform("mean")
    means = means.assign(response=means["response"] / scale)
    table = means.pivot_table("response", "category", "features", "mean", sort=False)
    order = table[reference if reference in table else table.columns[0]].sort_values().index
    looks = looks_of(list(means["features"]))
    places = np.arange(len(order))
    if reference in table:
        of_reference = means[means["features"] == reference].groupby("category")["response"]
        sd = of_reference.std(ddof=1).reindex(order).fillna(0)
        middle = table.loc[order, reference]
        axes.hlines(places, middle - sd, middle + sd, color=INK, lw=0.9, zorder=1)
    for features in table.columns:
        colour, marker = looks[features]
        axes.plot(
            table.loc[order, features],
            places,
            linestyle="none",
            marker=marker,
            markersize=4.4,
            color=colour,
            alpha=0.9,
            zorder=3 if features == reference else 2,
        )
    axes.set_yticks(places, order, fontsize=SMALL_PT)
    is_music = means.drop_duplicates("category").set_index("category")["music"].astype(bool)
    for label, category in zip(axes.get_yticklabels(), order, strict=True):
        label.set_fontweight("bold" if is_music[category] else "normal")
    axes.axvline(1, color=QUIET, lw=0.8, linestyle=(0, (4, 2)), zorder=0)
    axes.grid(axis="y", color="#E4E4E4", lw=0.6)
    axes.set_axisbelow(True)
    axes.tick_params(axis="y", length=0)
    axes.set_xlabel("response / mean over categories")


@house_style()
def categories_figure(
    summary: pd.DataFrame,
    quilts: pd.DataFrame,
    music: pd.DataFrame,
    reference: str,
    notice: str = "",
) -> Figure:
    """Ratio of the units selective for each category, and what quilting takes from it.

    Beside each stands what the trivial acoustic number most selective for the category gives.

    Args:
        summary: Columns features, seed, category, split, ratio, null_mean, category_clips.
        quilts: Columns features, seed, category, units, group, stimulus, segment_ms, relative.
        music: The same ratio for music: columns features, seed, split, ratio, null_mean.
        reference: The condition that is shown.
        notice: Drawn below the figure.
    """
    of_reference = summary[(summary["features"] == reference) & (summary["split"] == "test")]
    if of_reference.empty:
        figure = new_figure(1.0, "", notice)
        empty_panel(figure.subplots(), "There is no category besides music.")
        return figure
    clips = of_reference.groupby("category", sort=False)["category_clips"].max()
    foot = (
        f"{points_note(of_reference, 'a')}; cross: the trivial acoustic number most selective for "
        f"the category. b: mean ± sd over networks ({seed_count(of_reference)}); dashed: that "
        f"acoustic number. Test clips of the category alone: "
        f"{', '.join(f'{display_name(name)} {count}' for name, count in clips.items())}."
    )
    figure = new_figure(3.0, foot, notice)
    left, right = figure.subplots(1, 2)
    rows = pd.concat([music.assign(category="music"), summary], ignore_index=True)
    rows = rows[rows["split"] == "test"]
    acoustics = rows[rows["features"] == ACOUSTICS].set_index("category")["ratio"]
    _ratios(left, rows[rows["features"] == reference], acoustics)
    panel_title(left, "a", f"{shortened(display_name(reference), 20)}: test split")
    _quilts(right, quilts, reference, _looks_of_categories(list(clips.index)))
    panel_title(right, "b", "Quilts of the category")
    return figure


def _quilts(
    axes: Axes, quilts: pd.DataFrame, reference: str, looks: dict[str, tuple[str, str]]
) -> None:
    shown = quilts[(quilts["units"] == "selective") & (quilts["group"] == "category")]
    of_units = shown[shown["features"] == reference]
    by_length(axes, of_units, "category", "relative", looks)
    if not of_units["relative"].notna().any():
        return
    handles, _ = axes.get_legend_handles_labels()
    of_acoustics = shown[shown["features"] == ACOUSTICS]
    if of_acoustics["relative"].notna().any():
        colour = COLOUR_OF_CONDITION[ACOUSTICS]
        alike = {name: (colour, marker) for name, (_, marker) in looks.items()}
        by_length(axes, of_acoustics, "category", "relative", alike, acoustics=True)
        handles.append(Line2D([], [], color=colour, lw=0.9, linestyle=DASHED, label="acoustics"))
    axes.set_ylabel("response to category / to original")
    legend_above(axes, handles, ncols=3)


def _looks_of_categories(names: list[str]) -> dict[str, tuple[str, str]]:
    return {
        name: (
            COLOURS_OF_OTHERS[place % len(COLOURS_OF_OTHERS)],
            MARKERS_OF_OTHERS[place % len(MARKERS_OF_OTHERS)],
        )
        for place, name in enumerate(names)
    }


def _ratios(axes: Axes, rows: pd.DataFrame, acoustics: pd.Series) -> None:
    cross = {"linestyle": "none", "marker": "x", "color": COLOUR_OF_CONDITION[ACOUSTICS]}
    names = list(dict.fromkeys(rows["category"]))
    looks = {"music": (INK, "o")} | _looks_of_categories(names[1:])
    for place, name in enumerate(names):
        of_name = rows[rows["category"] == name]
        seed_points(axes, place, of_name["ratio"].to_numpy(dtype=float), *looks[name])
        null = of_name["null_mean"].mean()
        if np.isfinite(null):
            axes.hlines(null, place - 0.3, place + 0.3, color=INK, lw=1.3, linestyle=(0, (1, 1)))
        axes.plot(place + 0.37, acoustics.get(name, np.nan), markersize=5, gid=ACOUSTICS, **cross)
    name_conditions(axes, names)
    reference_line(axes, 1.0, "no\ndifference")
    from_zero(axes)
    axes.set_ylim(top=axes.get_ylim()[1] * 1.12)
    axes.set_ylabel("response ratio, category / other sounds")
    handles = [
        Line2D([], [], color=INK, lw=1.3, linestyle=(0, (1, 1)), label="labels permuted"),
        Line2D([], [], label="acoustics", **cross),
    ]
    axes.legend(handles=handles, loc="upper left", ncols=2)
