"""Contrasts: pairs of conditions and baselines, by their response ratio and what quilts leave."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from science.baselines.feature_sets import of_networks
from science.figures.marks import (
    dashed_line,
    distinct_names,
    from_zero,
    name_rows,
    panel_title,
    points_note,
    points_per_condition,
)
from science.figures.quilts import by_length, length_name, stimulus_places
from science.figures.style import (
    FULL_WIDTH_IN,
    INK,
    SMALL_PT,
    Look,
    Scene,
    display_name,
    drawn,
    empty_panel,
    new_figure,
    shortened,
)
from science.statistics.number_text import p_value
from science.statistics.tests import SIGNIFICANCE_LEVEL

# A row for each pair and measure, and each segment length where there is one; below it the values.
TABLES = {
    "networks": ["category", "features", "seed", "measure", "stimulus", "value"],
    "contrasts": [
        "category", "features", "second", "measure", "stimulus", "difference", "low", "high",
        "smallest_possible_p", "p_holm", "log10_p_holm", "note",
    ],
}  # fmt: skip
KEPT = "relative"
SHOWS = ("chosen_on",)


@drawn("There is nothing to compare.")
def draw(tables: Mapping[str, pd.DataFrame], scene: Scene) -> Figure:
    """Ratio of every feature set and the differences of pairs; the same of what quilts leave."""
    networks, pairs = (scene.of_category(tables[name]) for name in ("networks", "contrasts"))
    ratios, ratio_pairs = (
        table[table["measure"] == f"ratio_{scene.held_out}"] for table in (networks, pairs)
    )
    kept, kept_pairs = (table[table["measure"] == KEPT] for table in (networks, pairs))
    has_quilts = bool(kept["value"].notna().any())
    foot = (
        f"{points_note(of_networks(ratios), 'a')}. b: difference of the means with its 95% interval"
        "; p: two-sided test over networks; – where there are too few networks for one."
    )
    if has_quilts:
        foot += (
            " c: mean ± sd over networks, small: each network; dashed: the most selective of seven "
            "trivial acoustic numbers. d: differences of c, below them p of a two-sided test, "
            "Holm's correction within the row."
        )
    # Every pair has a row, which has to hold a difference and a p in a legible size.
    count = len(pairs.drop_duplicates(["features", "second"]))
    heights_in = [max(2.7, 0.9 + 0.3 * count), max(2.7, 0.8 + 0.34 * count)]
    layout = ["ab", *(["cd"] if has_quilts else [])]
    many = max(ratios["features"].nunique() - 7, 0)
    figure = new_figure(
        sum(heights_in[: len(layout)]), foot, scene.notice, FULL_WIDTH_IN + 0.5 * many
    )
    panels = figure.subplot_mosaic(
        "\n".join(layout), width_ratios=(1.15, 1), height_ratios=heights_in[: len(layout)]
    )
    points_per_condition(panels["a"], ratios, "value", scene)
    dashed_line(panels["a"], 1, "no difference")
    from_zero(panels["a"])
    panels["a"].set_ylabel(f"response ratio, {scene.held_out} clips")
    panel_title(panels["a"], "a", scene.selective)
    # As in a: looks follow the order of names.
    looks = scene.looks([*ratios["features"], *ratio_pairs["second"]])
    _differences(panels["b"], ratio_pairs, looks)
    panel_title(panels["b"], "b", _heading(ratio_pairs, "Ratio"))
    if has_quilts:
        looks = scene.looks(kept["features"])
        by_length(panels["c"], kept, "features", "value", looks, points=True)
        dashed_line(panels["c"], 1, "no loss")
        panels["c"].set_ylabel(f"response to {scene.name} / to original")
        panels["c"].legend(loc="lower right", ncols=2, fontsize=6.5, columnspacing=1.0)
        _leave_room_below(panels["c"], len(looks))
        panel_title(panels["c"], "c", f"Quilts of {scene.name}")
        _differences_by_length(panels["d"], kept_pairs)
        panel_title(panels["d"], "d", _heading(kept_pairs, "Share kept"))
    return figure


def _differences(axes: Axes, pairs: pd.DataFrame, looks: Mapping[str, Look]) -> None:
    """A row for each pair: the difference with its interval, the p right of it."""
    if not np.isfinite(pairs["difference"].astype(float)).any():
        empty_panel(axes, "There is nothing to compare.")
        return
    for place, row in enumerate(pairs.itertuples()):
        colour, marker = looks[row.second]
        axes.hlines(place, row.low, row.high, color=INK, lw=0.9, zorder=2)
        axes.plot(row.difference, place, marker, color=colour, markersize=5, gid="difference")
        axes.annotate(
            _p_words(row),
            (1, place),
            (3, 0),
            xycoords=axes.get_yaxis_transform(),
            textcoords="offset points",
            va="center",
            fontsize=SMALL_PT,
        )
    axes.annotate("p", (1, 1), (3, 0), "axes fraction", "offset points", fontsize=SMALL_PT)
    dashed_line(axes, 0, "no difference", upright=True)
    name_rows(axes, _pair_names(pairs), 6.5)
    axes.set_xlabel("difference of the response ratio")


def _differences_by_length(axes: Axes, pairs: pd.DataFrame) -> None:
    """A cell for each pair and segment length: the difference, and below it the p."""
    if not np.isfinite(pairs["difference"].astype(float)).any():
        empty_panel(axes, "There is nothing to compare.")
        return
    stimuli, _ = stimulus_places(pairs)
    rows = pairs.drop_duplicates(["features", "second"])
    places = {
        pair: place for place, pair in enumerate(zip(rows.features, rows.second, strict=True))
    }
    differences = np.full((len(places), len(stimuli)), np.nan)
    for row in pairs[np.isfinite(pairs["difference"].astype(float))].itertuples():
        x, y = stimuli.index(row.stimulus), places[row.features, row.second]
        differences[y, x] = row.difference
        words = f"{row.difference:+.2f}\n{_p_words(row)}"
        axes.text(x, y, words, ha="center", va="center", fontsize=6.5)
    reach = max(np.nanmax(np.abs(differences)), 1e-9)
    # Paler than the colour map goes, so that the words can be read.
    axes.imshow(differences, cmap="RdBu_r", vmin=-1.8 * reach, vmax=1.8 * reach, aspect="auto")
    axes.set_xticks(range(len(stimuli)), [length_name(name) for name in stimuli], fontsize=6.5)
    axes.set_yticks(range(len(places)), _pair_names(rows), fontsize=6.5)
    axes.set_xlabel("segment length (ms)")
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)


def _p_words(row: object) -> str:
    """The corrected p of a pair; a dash where the test could not have shown anything."""
    testable = not row.smallest_possible_p >= SIGNIFICANCE_LEVEL
    return p_value(row.p_holm, row.log10_p_holm) if testable else "–"


def _pair_names(pairs: pd.DataFrame) -> list[str]:
    """The second of each pair where all have one first, or else both."""
    seconds = distinct_names(list(pairs["second"]))
    if pairs["features"].nunique() > 1:
        firsts = distinct_names(list(pairs["features"]))
        names = [f"{one} − {other}" for one, other in zip(firsts, seconds, strict=True)]
        return [textwrap.fill(name, 24) for name in names]
    return [textwrap.fill(name, 14) for name in seconds]


def _heading(pairs: pd.DataFrame, measure: str) -> str:
    firsts = list(dict.fromkeys(pairs["features"]))
    if len(firsts) != 1:
        return f"{measure}: differences"
    return f"{measure}: {shortened(display_name(firsts[0]), 16)} less that of"


def _leave_room_below(axes: Axes, names: int) -> None:
    """Make the y axis longer than the data need, for a legend of two columns at its bottom."""
    low, high = axes.get_ylim()
    axes.set_ylim(low - (0.04 + 0.08 * -(-names // 2)) * (high - low), high)
