"""Responses to the 165 natural sounds of Norman-Haignere et al. (2015), by their own categories.

A test of selective units on sounds that the corpus does not hold: two seconds each, every sound in
one of eleven categories, some of which are of the category that the units were chosen for.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import asdict, fields, replace

import numpy as np
import pandas as pd

from science.analyses.ratios import NO_UNIT, ratio_interval, response_ratio, safe_ratio
from science.analyses.selection import mean_response
from science.baselines.feature_sets import BRAIN, of_networks
from science.statistics.comparisons import COMPARISON_COLUMNS, compare_networks, comparison_row
from science.statistics.intervals import bootstrap_interval, t_interval
from science.statistics.tests import TestResult, rank_sum_test, signed_rank_test

MEAN_COLUMNS = ("sound_category", "in_category", "sounds", "response", "low", "high", "interval")
RATIO_COLUMNS = (
    "units",
    "category_sounds",
    "other_sounds",
    "mean_category",
    "mean_other",
    "ratio",
    "low",
    "high",
    "interval",
    *(field.name for field in fields(TestResult)),
)
SOUND_COLUMNS = ("clip_id", "sound_category", "in_category", "response")
NETWORK = ("features", "seed", "category")
TEST_COLUMNS = ("features", "second", *COMPARISON_COLUMNS)


def category_means(
    responses: np.ndarray,
    units: np.ndarray,
    categories: Sequence[str],
    wanted: Collection[str],
    generator: np.random.Generator,
    resamples: int = 1000,
) -> pd.DataFrame:
    """Mean response of the units to the sounds of each category.

    Args:
        responses: [sounds, units].
        units: Numbers of the units that are averaged.
        categories: The category of each sound.
        wanted: Those of the sounds' categories that the units were chosen for.
        generator: For the intervals.
        resamples: Of a category's sounds, for its interval.

    Returns:
        `MEAN_COLUMNS`, categories in order of name.
    """
    means = mean_response(responses, units)
    names = np.asarray(categories, dtype=object)
    rows = []
    for name in sorted(set(categories)):
        of_category = means[names == name]
        interval = bootstrap_interval(of_category, generator, resamples=resamples)
        rows.append(
            {
                "sound_category": name,
                "in_category": name in wanted,
                "sounds": len(of_category),
                "response": interval.estimate,
                **interval.columns(),
            }
        )
    return pd.DataFrame(rows, columns=MEAN_COLUMNS)


def ratio_of_sounds(
    responses: np.ndarray,
    units: np.ndarray,
    categories: Sequence[str],
    wanted: Collection[str],
    generator: np.random.Generator,
    resamples: int = 1000,
) -> dict[str, object]:
    """The units' mean response to their category over that to other sounds, and a test of it.

    Args:
        responses: [sounds, units].
        units: Numbers of the units that are averaged.
        categories: The category of each sound.
        wanted: Those of the sounds' categories that the units were chosen for.
        generator: For the interval.
        resamples: Of the sounds, for the interval.

    Returns:
        A value for each of `RATIO_COLUMNS`.
    """
    category = np.isin(np.asarray(categories, dtype=object), list(wanted))
    others = ~category
    means = mean_response(responses, units)
    interval = ratio_interval(responses, units, category, others, generator, resamples)
    known = np.isfinite(means)
    test = rank_sum_test(means[category & known], means[others & known], "greater")
    if not len(units):
        test = replace(test, note=NO_UNIT)
    return {
        "units": len(units),
        "category_sounds": int(category.sum()),
        "other_sounds": int(others.sum()),
        "mean_category": means[category].mean() if category.any() else np.nan,
        "mean_other": means[others].mean() if others.any() else np.nan,
        "ratio": response_ratio(responses, units, category, others),
        **interval.columns(),
        **asdict(test),
    }


def responses_to_sounds(
    clip_ids: Sequence[str],
    responses: np.ndarray,
    units: np.ndarray,
    categories: Sequence[str],
    wanted: Collection[str],
) -> pd.DataFrame:
    """The units' mean response to each sound, over that to all of them.

    Args:
        clip_ids: Of the sounds.
        responses: [sounds, units].
        units: Numbers of the units that are averaged.
        categories: The category of each sound.
        wanted: Those of the sounds' categories that the units were chosen for.

    Returns:
        `SOUND_COLUMNS`; NaN where the units are silent to all sounds.
    """
    means = mean_response(responses, units)
    columns = {
        "clip_id": clip_ids,
        "sound_category": categories,
        "in_category": np.isin(np.asarray(categories, dtype=object), list(wanted)),
        "response": safe_ratio(means, np.full(len(means), means.mean())),
    }
    return pd.DataFrame(columns, columns=list(SOUND_COLUMNS))


def compare_conditions(table: pd.DataFrame, reference: str) -> pd.DataFrame:
    """Compare the ratios of the reference with those of every other condition and baseline.

    Args:
        table: Columns features, seed and ratio.
        reference: The condition that is compared with the others.

    Returns:
        `TEST_COLUMNS`: one-tailed rank-sum tests over networks of the reference above the other; a
        baseline is one value, and has the signed-rank test of the differences from it. So is the
        brain, below which the reference is (Kim, Kim & Jeong 2024, Fig. 3d).
    """
    rows = []
    for features in dict.fromkeys(table["features"]):
        if features == reference:
            continue
        side = "less" if features == BRAIN else "greater"
        row = compare_networks(table, reference, features, "ratio", side)
        rows.append({"features": reference, "second": features} | row)
    return pd.DataFrame(rows, columns=TEST_COLUMNS)


def compare_categories(means: pd.DataFrame) -> pd.DataFrame:
    """Compare responses to each category of sounds of ours with each of the others, over networks.

    Args:
        means: Columns features, seed and `MEAN_COLUMNS`.

    Returns:
        `TEST_COLUMNS`: one-tailed signed-rank tests, for each condition and pair of categories
        (Kim, Kim & Jeong 2024, Fig. 3c: 18 pairs).
    """
    rows = []
    for features, of_one in of_networks(means).groupby("features", sort=False):
        wide = of_one.pivot(index="seed", columns="sound_category", values="response")
        inside = of_one.groupby("sound_category")["in_category"].first().astype(bool)
        for ours in inside.index[inside]:
            for other in inside.index[~inside]:
                differences = (wide[ours] - wide[other]).dropna().to_numpy(dtype=float)
                result = signed_rank_test(differences, None, "greater")
                row = comparison_row(f"{ours} above {other}", result, t_interval(differences))
                rows.append({"features": features, "second": ""} | row)
    return pd.DataFrame(rows, columns=TEST_COLUMNS)


def absent_tables(why: str) -> dict[str, pd.DataFrame]:
    """Tables of no network that say why, with the columns that they would have."""
    summary = pd.DataFrame(columns=[*NETWORK, *RATIO_COLUMNS])
    tests = pd.DataFrame(columns=TEST_COLUMNS)
    summary.loc[0, ["features", "note"]] = "", f"not run: {why}"
    means = pd.DataFrame(columns=[*NETWORK, *MEAN_COLUMNS])
    sounds = pd.DataFrame(columns=[*NETWORK, *SOUND_COLUMNS])
    return {"summary": summary, "means": means, "sounds": sounds, "tests": tests}
