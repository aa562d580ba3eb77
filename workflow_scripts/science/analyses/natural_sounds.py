"""Responses to the 165 natural sounds of Norman-Haignere et al. (2015), by category.

A test of music-selective units on sounds that the corpus does not hold: two seconds each, every
sound in one of eleven categories, two of them of music.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, fields

import numpy as np
import pandas as pd

from science.analyses.selection import mean_response, ratio_interval, response_ratio
from science.baselines.feature_sets import of_networks
from science.statistics.comparisons import COMPARISON_COLUMNS, compare_networks, with_holm
from science.statistics.intervals import bootstrap_interval
from science.statistics.tests import TestResult, rank_sum_test

MEAN_COLUMNS = ("category", "music", "sounds", "response", "low", "high", "interval")
RATIO_COLUMNS = (
    "units",
    "music_sounds",
    "other_sounds",
    "mean_music",
    "mean_non_music",
    "ratio",
    "low",
    "high",
    "interval",
    *(field.name for field in fields(TestResult)),
)
MUSIC_CATEGORIES = ("Instr. Music", "Vocal Music")
NETWORK = ("features", "seed")
ABSENT = "not run: stimuli absent"


def music_masks(categories: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
    """Masks [sounds] of the sounds of music and of all others."""
    music = np.isin(np.asarray(categories, dtype=object), MUSIC_CATEGORIES)
    return music, ~music


def category_means(
    responses: np.ndarray,
    units: np.ndarray,
    categories: Sequence[str],
    generator: np.random.Generator,
    resamples: int = 1000,
) -> pd.DataFrame:
    """Mean response of the units to the sounds of each category.

    Args:
        responses: [sounds, units].
        units: Numbers of the units that are averaged.
        categories: The category of each sound.
        generator: For the intervals.
        resamples: Of a category's sounds, for its interval.

    Returns:
        `MEAN_COLUMNS`, categories in order of name.
    """
    means = mean_response(responses, units)
    names = np.asarray(categories, dtype=object)
    rows = []
    for category in sorted(set(categories)):
        of_category = means[names == category]
        interval = bootstrap_interval(of_category, generator, resamples=resamples)
        rows.append(
            {
                "category": category,
                "music": category in MUSIC_CATEGORIES,
                "sounds": len(of_category),
                "response": interval.estimate,
                "low": interval.low,
                "high": interval.high,
                "interval": f"95%, {interval.kind}",
            }
        )
    return pd.DataFrame(rows, columns=MEAN_COLUMNS)


def music_ratio(
    responses: np.ndarray,
    units: np.ndarray,
    categories: Sequence[str],
    generator: np.random.Generator,
    resamples: int = 1000,
) -> dict[str, object]:
    """The units' mean response to music over that to other sounds, and the rank-sum test of it.

    Args:
        responses: [sounds, units].
        units: Numbers of the units that are averaged.
        categories: The category of each sound.
        generator: For the interval.
        resamples: Of the sounds, for the interval.

    Returns:
        A value for each of `RATIO_COLUMNS`.
    """
    music, others = music_masks(categories)
    means = mean_response(responses, units)
    interval = ratio_interval(responses, units, music, others, generator, resamples)
    return {
        "units": len(units),
        "music_sounds": int(music.sum()),
        "other_sounds": int(others.sum()),
        "mean_music": means[music].mean() if music.any() else np.nan,
        "mean_non_music": means[others].mean() if others.any() else np.nan,
        "ratio": response_ratio(responses, units, music, others),
        "low": interval.low,
        "high": interval.high,
        "interval": f"95%, {interval.kind}",
        **asdict(rank_sum_test(means[music], means[others], "greater")),
    }


def compare_conditions(table: pd.DataFrame, reference: str) -> pd.DataFrame:
    """Rank-sum tests of the ratios of every other condition against those of the reference.

    Args:
        table: Columns features, seed and ratio; feature sets without a network have no part.
        reference: The condition that the others are held against.

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


def absent_tables() -> dict[str, pd.DataFrame]:
    """Tables of no network that say why, with the columns that they would have."""
    summary = pd.DataFrame(columns=[*NETWORK, *RATIO_COLUMNS])
    tests = compare_conditions(summary, "")
    summary.loc[0, ["features", "note"]] = "", ABSENT
    means = pd.DataFrame(columns=[*NETWORK, *MEAN_COLUMNS])
    return {"summary": summary, "means": means, "tests": tests}
