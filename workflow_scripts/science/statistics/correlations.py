"""Pearson's and Spearman's correlation with their p-values."""

from __future__ import annotations

import math
from dataclasses import replace
from itertools import permutations

import numpy as np
from scipy import special, stats

from science.statistics.tests import (
    Sidedness,
    TestResult,
    check_sidedness,
    finite_vector,
    pair_count,
    size_note,
    undefined_result,
)

EXACT_SPEARMAN_PAIRS = 8


def pearson_correlation(
    first: np.ndarray, second: np.ndarray, sidedness: Sidedness = "two-sided"
) -> TestResult:
    """Pearson's correlation r of N pairs, p from Student's t with N - 2 degrees of freedom.

    Raises:
        ValueError: if the samples differ in length, or hold values that are not finite.
    """
    first, second = _paired_vectors(first, second)
    return _correlation("Pearson correlation", "r", first, second, sidedness)


def spearman_correlation(
    first: np.ndarray, second: np.ndarray, sidedness: Sidedness = "two-sided"
) -> TestResult:
    """Spearman's rank correlation of pairs [N]; effect size rho.

    Up to 8 pairs p is exact, over all orders of the pairs (ties included); beyond, from Student's t
    with N - 2 degrees of freedom.

    Raises:
        ValueError: if the samples differ in length, or hold values that are not finite.
    """
    first, second = _paired_vectors(first, second)
    ranks = stats.rankdata(first), stats.rankdata(second)
    result = _correlation("Spearman correlation", "rho", *ranks, sidedness)
    if math.isnan(result.statistic) or len(first) > EXACT_SPEARMAN_PAIRS:
        return result
    p, smallest = _exact_spearman_p(*ranks, sidedness)
    return replace(
        result,
        test="Spearman correlation, exact",
        p=p,
        log10_p=math.log10(p),
        smallest_possible_p=smallest,
        note=size_note(smallest, pair_count(len(first))),
    )


def _paired_vectors(first: np.ndarray, second: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    first, second = finite_vector(first, "first"), finite_vector(second, "second")
    if len(first) != len(second):
        raise ValueError(
            f"Correlation: {len(first)} values in the first sample but {len(second)} in the "
            "second; pass samples that pair up one to one."
        )
    return first, second


def _correlation(
    name: str, symbol: str, first: np.ndarray, second: np.ndarray, sidedness: Sidedness
) -> TestResult:
    check_sidedness(sidedness)
    pairs = len(first)
    if pairs < 3:
        note = f"a correlation needs 3 pairs, here are {pairs}"
        return undefined_result(name, symbol, pairs, pairs, sidedness, note)
    if np.ptp(first) == 0 or np.ptp(second) == 0:
        return undefined_result(
            name, symbol, pairs, pairs, sidedness, "one of the two samples is constant"
        )
    first, second = first - first.mean(), second - second.mean()
    r = float(first @ second / (np.linalg.norm(first) * np.linalg.norm(second)))
    r = min(1.0, max(-1.0, r))
    log_p = _student_log_p(r, pairs - 2, sidedness)
    return TestResult(
        test=name,
        statistic_name=symbol,
        statistic=r,
        p=math.exp(log_p),
        log10_p=log_p / math.log(10),
        effect_size=r,
        n1=pairs,
        n2=pairs,
        sidedness=sidedness,
        smallest_possible_p=math.nan,
    )


def _student_log_p(r: float, degrees: int, sidedness: Sidedness) -> float:
    """Natural log of the p of a correlation r: the incomplete beta function at 1 - r²."""
    log_both = _log_incomplete_beta(degrees / 2, 0.5, (1 - r) * (1 + r))
    if sidedness == "two-sided":
        return log_both
    in_direction = (r >= 0) == (sidedness == "greater")
    one_tail = log_both - math.log(2)
    return one_tail if in_direction else math.log1p(-math.exp(one_tail))


def _log_incomplete_beta(a: float, b: float, x: float) -> float:
    if x == 0:
        return -math.inf
    value = float(special.betainc(a, b, x))
    if value > 1e-290:
        return math.log(value)
    series = float(special.hyp2f1(a + b, 1, a + 1, x))
    return (
        a * math.log(x) + b * math.log1p(-x) - math.log(a) - special.betaln(a, b) + math.log(series)
    )


def _exact_spearman_p(
    first_ranks: np.ndarray, second_ranks: np.ndarray, sidedness: Sidedness
) -> tuple[float, float]:
    """The p over all orders of the pairs, and the smallest p that any order could have had."""
    orders = np.array(list(permutations(range(len(first_ranks)))))
    centred = first_ranks - first_ranks.mean()
    products = second_ranks[orders] @ centred
    observed = float(second_ranks @ centred)
    sign = -1 if sidedness == "less" else 1
    values = np.abs(products) if sidedness == "two-sided" else sign * products
    target = abs(observed) if sidedness == "two-sided" else sign * observed
    # Ranks are multiples of 1/2, so products that differ at all differ by far more than this.
    tolerance = 1e-6
    p = np.count_nonzero(values >= target - tolerance) / len(values)
    smallest = np.count_nonzero(values >= values.max() - tolerance) / len(values)
    return p, smallest
