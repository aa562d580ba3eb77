"""Responses to the 165 natural sounds of Norman-Haignere et al. (2015), by their own categories.

A test of selective units on sounds that the corpus does not hold: two seconds each, every sound in
one of eleven categories, some of which are of the category that the units were chosen for.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import asdict, fields, replace

import numpy as np
import pandas as pd

from science.analyses.ratios import NO_UNIT, ratio_interval, response_ratio
from science.analyses.selection import mean_response
from science.baselines.feature_sets import of_networks
from science.statistics.comparisons import COMPARISON_COLUMNS, compare_networks, with_holm
from science.statistics.intervals import bootstrap_interval
from science.statistics.tests import TestResult, rank_sum_test

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
NETWORK = ("features", "seed", "category")


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
                "low": interval.low,
                "high": interval.high,
                "interval": f"95%, {interval.kind}",
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
        "low": interval.low,
        "high": interval.high,
        "interval": f"95%, {interval.kind}",
        **asdict(test),
    }


def compare_conditions(table: pd.DataFrame, reference: str) -> pd.DataFrame:
    """Rank-sum tests of the ratios of every other condition against those of the reference.

    Args:
        table: Columns features, seed and ratio; feature sets without a network have no part.
        reference: The condition that the others are compared with.

    Returns:
        Rows of `compare_networks` with Holm's correction among them.
    """
    conditions = dict.fromkeys(of_networks(table)["features"])
    rows = [
        compare_networks(table, condition, reference, "ratio", "two-sided")
        for condition in conditions
        if condition != reference
    ]
    return with_holm(pd.DataFrame(rows, columns=COMPARISON_COLUMNS))


def absent_tables(why: str) -> dict[str, pd.DataFrame]:
    """Tables of no network that say why, with the columns that they would have."""
    summary = pd.DataFrame(columns=[*NETWORK, *RATIO_COLUMNS])
    tests = compare_conditions(summary, "")
    summary.loc[0, ["features", "note"]] = "", f"not run: {why}"
    means = pd.DataFrame(columns=[*NETWORK, *MEAN_COLUMNS])
    return {"summary": summary, "means": means, "tests": tests}
