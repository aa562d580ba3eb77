"""Tests: SciPy on random data with ties, and degenerate samples.

The published p-values are recomputed in test_published.py.
"""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from scipy import stats

from science.statistics.tests import (
    correlation_test,
    exact_rank_sum_test,
    holm_correction_log10,
    join_notes,
    permutation_p,
    rank_sum_from_statistic,
    rank_sum_test,
    signed_rank_test,
    smallest_possible_p_rank_sum,
    smallest_possible_p_signed_rank,
)

SIDES = ["two-sided", "greater", "less"]


@pytest.fixture
def generator() -> np.random.Generator:
    return np.random.default_rng(7)


@pytest.mark.parametrize("sidedness", SIDES)
@pytest.mark.parametrize("levels", [4, 20, 10_000])
def test_rank_sum_equals_scipy(generator: np.random.Generator, sidedness: str, levels: int) -> None:
    first, second = (
        generator.integers(0, levels, 83),
        generator.integers(0, levels, 61) + levels // 4,
    )
    ours = rank_sum_test(first, second, sidedness)
    theirs = stats.mannwhitneyu(first, second, alternative=sidedness, method="asymptotic")
    assert ours.statistic == theirs.statistic
    assert ours.p == pytest.approx(theirs.pvalue, rel=1e-10)
    assert ours.log10_p == pytest.approx(math.log10(theirs.pvalue))


def test_rank_sum_effect_size_is_the_share_of_pairs_won(generator: np.random.Generator) -> None:
    first, second = generator.integers(0, 9, 30), generator.integers(0, 9, 20)
    wins = [(a > b) + (a == b) / 2 for a in first for b in second]
    assert rank_sum_test(first, second).effect_size == pytest.approx(np.mean(wins))


@pytest.mark.parametrize("sidedness", SIDES)
@pytest.mark.parametrize(
    ("pairs", "tied"), [(4, False), (12, False), (50, False), (60, False), (30, True), (200, True)]
)
def test_signed_rank_equals_scipy(
    generator: np.random.Generator, sidedness: str, pairs: int, tied: bool
) -> None:
    differences = generator.normal(0.2, 1, pairs)
    if tied:
        differences = np.round(differences * 3)
    ours = signed_rank_test(differences, sidedness=sidedness)
    is_exact = pairs <= 50
    method = "exact" if is_exact and not tied else "asymptotic"
    theirs = stats.wilcoxon(differences, alternative=sidedness, method=method, zero_method="wilcox")
    # SciPy has no exact distribution with ties; of many pairs the normal one is near it.
    assert ours.p == pytest.approx(theirs.pvalue, rel=0.1 if is_exact and tied else 1e-10)
    assert ("exact" in ours.test) == is_exact
    if sidedness == "greater":
        assert ours.statistic == theirs.statistic


@pytest.mark.parametrize("sidedness", SIDES)
@pytest.mark.parametrize("differences", [[1, 1, 2, 3], [2, -1, 1, 1, 3, -3], [1, 1, 1]])
def test_signed_rank_with_ties_counts_all_signs(differences: list[int], sidedness: str) -> None:
    ranks = stats.rankdata(np.abs(differences))
    sums = [
        sum(rank for rank, sign in zip(ranks, signs, strict=True) if sign)
        for signs in itertools.product([False, True], repeat=len(ranks))
    ]
    ours = signed_rank_test(differences, sidedness=sidedness)
    shares = {
        "greater": np.mean(np.array(sums) >= ours.statistic),
        "less": np.mean(np.array(sums) <= ours.statistic),
    }
    shares["two-sided"] = min(1.0, 2 * min(shares.values()))
    assert ours.p == pytest.approx(shares[sidedness])
    assert ours.p >= ours.smallest_possible_p


def test_a_permutation_that_ties_but_for_rounding_counts() -> None:
    assert permutation_p(0.3, np.array([0.1 + 0.2, 0.3, 0.2999, np.nan])) == 3 / 4
    assert permutation_p(0.1 + 0.2, np.array([0.3, 0.2])) == 2 / 3
    assert permutation_p(np.inf, np.array([np.inf, 1.0])) == 2 / 3


def test_signed_rank_drops_and_counts_zeros() -> None:
    with_zeros = signed_rank_test([3.0, 1, 0, 2, -4, 0], sidedness="greater")
    without = signed_rank_test([3.0, 1, 2, -4], sidedness="greater")
    assert (with_zeros.statistic, with_zeros.p, with_zeros.n1) == (without.statistic, without.p, 4)
    assert "2 pairs without a difference dropped" in with_zeros.note


def test_signed_rank_of_two_samples_is_of_their_difference(generator: np.random.Generator) -> None:
    first, second = generator.normal(size=(2, 20))
    assert signed_rank_test(first, second) == signed_rank_test(first - second)
    with pytest.raises(ValueError, match="20 values in the first sample but 19"):
        signed_rank_test(first, second[:-1])


def test_correlation_is_that_of_the_definition_and_its_p_that_of_students_t(
    generator: np.random.Generator,
) -> None:
    first = generator.normal(size=30)
    second = first + generator.normal(size=30)
    result = correlation_test(first, second)
    r = np.corrcoef(first, second)[0, 1]
    assert result.statistic == result.effect_size == pytest.approx(r)
    t = abs(r) * math.sqrt(28 / (1 - r**2))
    assert result.p == pytest.approx(2 * stats.t.sf(t, 28))
    assert result.log10_p == pytest.approx(math.log10(result.p))
    assert (result.n1, result.sidedness) == (30, "two-sided")
    line = correlation_test(np.arange(9), 2 * np.arange(9))
    assert line.statistic == pytest.approx(1)
    assert line.p < 1e-50
    assert line.log10_p < -50
    with pytest.raises(ValueError, match="pairs"):
        correlation_test(first, second[:-1])


def test_tiny_p_keeps_its_logarithm() -> None:
    result = rank_sum_from_statistic(190_000_000, 10_000, 20_000, "greater")
    assert result.p == 0
    z = (190_000_000 - 1e8 - 0.5) / math.sqrt(1e4 * 2e4 * 30_001 / 12)
    tail = -z * z / 2 - math.log(z * math.sqrt(2 * math.pi)) + math.log1p(-1 / z**2)
    assert result.log10_p == pytest.approx(tail / math.log(10), rel=1e-9)


def test_too_few_networks_say_so() -> None:
    assert smallest_possible_p_signed_rank(3, "greater") == 0.125
    three = signed_rank_test([1.0, 2, 3], sidedness="greater")
    assert three.p == 0.125
    assert "cannot give p below 0.125" in three.note
    five = signed_rank_test([1.0, 2, 3, 4, 5], sidedness="greater")
    assert five.note == ""
    assert rank_sum_test([1.0], [2.0]).note


@pytest.mark.parametrize("sidedness", SIDES)
def test_smallest_possible_rank_sum_p_is_that_of_separate_samples(sidedness: str) -> None:
    low, high = np.arange(4), np.arange(10, 15)
    p = min(rank_sum_test(low, high, sidedness).p, rank_sum_test(high, low, sidedness).p)
    assert smallest_possible_p_rank_sum(4, 5, sidedness) == pytest.approx(p)


@pytest.mark.parametrize(
    "result",
    [
        rank_sum_test([], [1.0, 2]),
        rank_sum_test([1.0, 2], []),
        rank_sum_test([3.0, 3], [3.0, 3, 3]),
        rank_sum_test([1.0], [1.0]),
        signed_rank_test([]),
        signed_rank_test([0.0, 0.0]),
        correlation_test([1.0, 2], [1.0, 2]),
        correlation_test([1.0, 1, 1], [1.0, 2, 3]),
    ],
)
def test_degenerate_samples_give_a_row_with_a_note(result) -> None:
    assert math.isnan(result.p)
    assert math.isnan(result.log10_p)
    assert result.note


def test_bad_input_is_refused() -> None:
    with pytest.raises(ValueError, match="1 values that are NaN"):
        rank_sum_test([1.0, math.nan], [2.0])
    with pytest.raises(ValueError, match="use one of two-sided, greater, less"):
        rank_sum_test([1.0], [2.0], "both")


def test_holm_correction(generator: np.random.Generator) -> None:
    def corrected(p):
        return 10 ** holm_correction_log10(np.log10(p))

    np.testing.assert_allclose(corrected([0.01, 0.04, 0.03, 0.005]), [0.03, 0.06, 0.06, 0.02])
    with_nan = corrected([0.01, math.nan, 0.4, 0.9])
    np.testing.assert_allclose(with_nan, [0.03, math.nan, 0.8, 0.9])
    p = generator.uniform(size=30) ** 4
    naive = [max(min(1, (30 - np.sum(p < q)) * q) for q in p[p <= value]) for value in p]
    np.testing.assert_allclose(corrected(p), naive)
    np.testing.assert_allclose(holm_correction_log10([-400, -500]), [-400, -500 + math.log10(2)])


def test_notes_are_joined_where_there_are_any() -> None:
    assert join_notes(math.nan, "", "a", "b") == "a; b"
    assert join_notes(math.nan) == ""


@pytest.mark.parametrize("sidedness", SIDES)
def test_exact_rank_sum_equals_scipy(generator: np.random.Generator, sidedness: str) -> None:
    for n1, n2 in ((5, 5), (3, 7), (1, 4), (12, 9)):
        first, second = generator.normal(0.3, 1, n1), generator.normal(0, 1, n2)
        ours = exact_rank_sum_test(first, second, sidedness)
        known = stats.mannwhitneyu(first, second, alternative=sidedness, method="exact")
        assert ours.statistic == known.statistic
        assert ours.p == pytest.approx(known.pvalue)


@pytest.mark.parametrize("sidedness", SIDES)
def test_exact_rank_sum_with_ties_counts_all_ways_to_choose(
    generator: np.random.Generator, sidedness: str
) -> None:
    first, second = generator.integers(0, 4, 4), generator.integers(0, 3, 5)

    def rank_sum(one: np.ndarray, other: np.ndarray) -> float:
        return stats.rankdata(np.concatenate([one, other]))[: len(one)].sum()

    known = stats.permutation_test(
        (first, second), rank_sum, n_resamples=np.inf, alternative=sidedness
    )
    assert exact_rank_sum_test(first, second, sidedness).p == pytest.approx(known.pvalue)


def test_five_networks_against_five_have_an_exact_p_below_the_published_form() -> None:
    apart = np.arange(5.0) + 10, np.arange(5.0), "greater"
    assert exact_rank_sum_test(*apart).p == pytest.approx(1 / 252)
    assert rank_sum_test(*apart).p == pytest.approx(0.0061, abs=1e-4)
    assert exact_rank_sum_test(*apart).smallest_possible_p == pytest.approx(1 / 252)
    few = exact_rank_sum_test(np.array([2.0, 3.0]), np.array([1.0, 0.0]))
    assert few.smallest_possible_p > 0.05
    assert math.isnan(exact_rank_sum_test(np.ones(3), np.ones(3)).p)
    many = np.arange(30.0), np.arange(30.0) + 1
    assert exact_rank_sum_test(*many) == rank_sum_test(*many)
