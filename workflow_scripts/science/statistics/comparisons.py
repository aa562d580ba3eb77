"""Rows of a table of tests over networks: test, effect, interval, Holm's correction."""

from __future__ import annotations

from dataclasses import asdict, fields

import numpy as np
import pandas as pd

from science.statistics.intervals import Interval, welch_interval
from science.statistics.tests import (
    Sidedness,
    TestResult,
    exact_rank_sum_test,
    holm_correction_log10,
    signed_rank_test,
)

HOLM_COLUMNS = ("log10_p_holm", "p_holm")
COMPARISON_COLUMNS = (
    "comparison",
    *(field.name for field in fields(TestResult)),
    "mean",
    "low",
    "high",
    "interval",
)


def comparison_row(comparison: str, result: TestResult, interval: Interval) -> dict[str, object]:
    """A row: what is compared, in words, its test, and the interval around the mean over networks.

    Returns:
        A value for each of `COMPARISON_COLUMNS`.
    """
    return {
        "comparison": comparison,
        **asdict(result),
        "mean": interval.estimate,
        **interval.columns(),
    }


def compare_networks(
    table: pd.DataFrame, first: str, second: str, column: str, sidedness: Sidedness
) -> dict[str, object]:
    """Compare two conditions over networks, those without a value left out.

    Args:
        table: Columns features, seed and `column`, one row per network.
        first: The condition whose networks are compared.
        second: The condition that they are compared with.
        column: What is compared.
        sidedness: 'greater' asks whether `first` has the larger values.

    Returns:
        A value for each of `COMPARISON_COLUMNS`, of the mean of `first` less that of `second` with
        Welch's interval: a rank-sum test, or where one side has a single value (a baseline) the
        signed-rank test of the differences from it.
    """
    of_first, of_second = (
        table.loc[table["features"] == name, column].dropna().to_numpy(dtype=float)
        for name in (first, second)
    )
    result = compare_samples(of_first, of_second, sidedness)
    row = comparison_row(f"{first} against {second}", result, welch_interval(of_first, of_second))
    row["interval"] += f", {first} less {second}"
    return row


def compare_samples(first: np.ndarray, second: np.ndarray, sidedness: Sidedness) -> TestResult:
    """Rank-sum over networks; signed-rank where one side is a feature set without networks.

    Both are exact: of three and three networks the normal approximation would give a p of 0.04
    where none below 0.05 can be.
    """
    if len(second) == 1 and len(first) > 1:
        return signed_rank_test(first - second[0], sidedness=sidedness)
    if len(first) == 1 and len(second) > 1:
        return signed_rank_test(first[0] - second, sidedness=sidedness)
    return exact_rank_sum_test(first, second, sidedness)


def compare_two(first: np.ndarray, second: np.ndarray) -> dict[str, object]:
    """Compare two sets of networks [n1], [n2], two-sided, with Welch's interval of the difference.

    Returns:
        mean, mean_of_second, difference, the interval's columns, networks, those of `TestResult`,
        and log10_p_greater, of the one-sided test that the first is larger.
    """
    interval = welch_interval(first, second)
    return {
        "mean": first.mean() if len(first) else np.nan,
        "mean_of_second": second.mean() if len(second) else np.nan,
        "difference": interval.estimate,
        **interval.columns(),
        "networks": interval.n,
        **asdict(compare_samples(first, second, "two-sided")),
        "log10_p_greater": compare_samples(first, second, "greater").log10_p,
    }


def with_holm(rows: pd.DataFrame, family: str | None = None) -> pd.DataFrame:
    """Add the p-values corrected after Holm, among rows alike in `family`, or among all."""
    log10_p = rows["log10_p"].astype(float)
    groups = np.zeros(len(rows)) if family is None else rows[family].to_numpy()
    corrected = log10_p.groupby(groups).transform(
        lambda of_family: holm_correction_log10(of_family.to_numpy())
    )
    return rows.assign(log10_p_holm=corrected, p_holm=10.0**corrected)
