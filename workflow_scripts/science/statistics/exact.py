"""Exact distributions of rank statistics of few values, by counting all that could have been.

Half ranks (of ties) are counted as whole numbers, twice as large. The distributions are those under
the hypothesis of no difference, given the values that were seen, so that ties need no correction.
"""

from __future__ import annotations

from functools import lru_cache
from math import comb

import numpy as np
import pandas as pd

LARGEST_SIGNED_RANK = 50
LARGEST_RANK_SUM = 40


def ranks(values: np.ndarray) -> np.ndarray:
    """Ranks [n] of values [n], from 1 on; ties share the mean of theirs."""
    return pd.Series(values).rank().to_numpy()


def tail_share(counts: tuple[int, ...], observed: int, sidedness: str) -> float:
    """Share of what could have been that is as extreme as what was observed.

    Args:
        counts: How many arrangements give each value, from 0 on.
        observed: The value that was seen.
        sidedness: 'greater', 'less' or 'two-sided' (twice the smaller of the two, at most 1).
    """
    at_least, at_most, everything = sum(counts[observed:]), sum(counts[: observed + 1]), sum(counts)
    if sidedness == "two-sided":
        return min(everything, 2 * min(at_least, at_most)) / everything
    return (at_least if sidedness == "greater" else at_most) / everything


def signed_rank_p(ranks: np.ndarray, positive: float, sidedness: str) -> float:
    """P of the sum of positive ranks among the 2^N ways to give ``ranks`` [N] signs."""
    doubled = np.rint(2 * np.sort(ranks)).astype(int)
    return tail_share(_signed_rank_counts(tuple(doubled.tolist())), round(2 * positive), sidedness)


def rank_sum_p(first: np.ndarray, second: np.ndarray, sidedness: str) -> float:
    """P of the rank sum of ``first`` [n1] among all ways to choose n1 of the n1 + n2 values."""
    doubled = np.rint(2 * ranks(np.concatenate([first, second]))).astype(int)
    counts = _sum_counts(tuple(sorted(doubled.tolist())), len(first))
    return tail_share(counts, int(doubled[: len(first)].sum()), sidedness)


def smallest_rank_sum_p(n1: int, n2: int, sidedness: str) -> float:
    """The p of two samples that do not overlap at all."""
    return min(1.0, (2 if sidedness == "two-sided" else 1) / comb(n1 + n2, n1))


@lru_cache(maxsize=256)
def _signed_rank_counts(ranks: tuple[int, ...]) -> tuple[int, ...]:
    """How many of the 2^N sign patterns give each sum of positive ranks."""
    counts = [1]
    for rank in ranks:
        padding = [0] * rank
        counts = [a + b for a, b in zip(counts + padding, padding + counts, strict=True)]
    return tuple(counts)


@lru_cache(maxsize=256)
def _sum_counts(ranks: tuple[int, ...], chosen: int) -> tuple[int, ...]:
    """How many ways to choose some of the ranks give each sum."""
    # ways[k][s]: to choose k ranks with the sum s; Python's integers do not overflow.
    ways = [[0] * (sum(ranks) + 1) for _ in range(chosen + 1)]
    ways[0][0] = 1
    for rank in ranks:
        for count in range(chosen, 0, -1):
            fewer, these = ways[count - 1], ways[count]
            for total in range(len(these) - 1, rank - 1, -1):
                these[total] += fewer[total - rank]
    return tuple(ways[chosen])
