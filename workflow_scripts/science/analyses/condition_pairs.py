"""Response ratios of every condition and feature set against every other, over networks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, fields
from itertools import combinations

import numpy as np
import pandas as pd

from science.statistics.intervals import welch_interval
from science.statistics.tests import TestResult, holm_correction, rank_sum_test, signed_rank_test

PAIR_COLUMNS = (
    "features",
    "second",
    "mean",
    "mean_of_second",
    "difference",
    "low",
    "high",
    "interval",
    "networks",
    *(field.name for field in fields(TestResult)),
    "p_holm",
)


def compare_pairs(ratios: Mapping[str, np.ndarray]) -> pd.DataFrame:
    """Compare all pairs; Holm's correction is over those that could be tested.

    Args:
        ratios: [networks] of each condition; a feature set without a network has one value.

    Returns:
        A row for each pair, with `PAIR_COLUMNS`.
    """
    rows = [_compare(*pair, ratios) for pair in combinations(ratios, 2)]
    compared = pd.DataFrame(rows, columns=PAIR_COLUMNS[:-1])
    return compared.assign(p_holm=holm_correction(compared["p"].to_numpy(dtype=float)))


def _compare(first: str, second: str, ratios: Mapping[str, np.ndarray]) -> dict[str, object]:
    """Two-sided test of two sets of networks, and Welch's interval of the difference."""
    values, others = ratios[first], ratios[second]
    interval = welch_interval(values, others)
    return {
        "features": first,
        "second": second,
        "mean": values.mean() if len(values) else np.nan,
        "mean_of_second": others.mean() if len(others) else np.nan,
        "difference": interval.estimate,
        "low": interval.low,
        "high": interval.high,
        "interval": f"95%, {interval.kind}",
        "networks": interval.n,
        **asdict(_pair_test(values, others)),
    }


def _pair_test(values: np.ndarray, others: np.ndarray) -> TestResult:
    """Rank-sum over networks; signed-rank where one side is a feature set without seeds."""
    if len(others) == 1 and len(values) > 1:
        return signed_rank_test(values - others[0])
    if len(values) == 1 and len(others) > 1:
        return signed_rank_test(values[0] - others)
    return rank_sum_test(values, others)
