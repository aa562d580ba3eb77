"""Correlations: SciPy on random data with ties, exact p of few pairs, degenerate samples."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from science.statistics.correlations import pearson_correlation, spearman_correlation

SIDES = ["two-sided", "greater", "less"]


@pytest.fixture
def generator() -> np.random.Generator:
    return np.random.default_rng(7)


@pytest.mark.parametrize("sidedness", SIDES)
@pytest.mark.parametrize(
    ("ours", "theirs"),
    [(pearson_correlation, stats.pearsonr), (spearman_correlation, stats.spearmanr)],
)
def test_correlations_equal_scipy(
    generator: np.random.Generator, sidedness: str, ours, theirs
) -> None:
    for sign in (-1, 1):
        first = generator.integers(0, 12, 40).astype(float)
        second = sign * first + generator.integers(-15, 15, 40)
        expected = theirs(first, second, alternative=sidedness)
        result = ours(first, second, sidedness)
        assert result.statistic == pytest.approx(expected.statistic, abs=1e-12)
        assert result.p == pytest.approx(expected.pvalue, rel=1e-9)


def test_correlation_logarithm_beyond_the_float_range(generator: np.random.Generator) -> None:
    x = generator.normal(size=5000)
    result = pearson_correlation(x, x + generator.normal(size=5000) / 2)
    assert result.p == 0
    # The tail of the density of r, (1 - s²)^(a - 1) / B(a, 1/2), on a grid, relative to its start.
    a, r = (5000 - 2) / 2, result.statistic
    s = r + np.linspace(0, 1e-2, 200_001)
    relative = np.exp((a - 1) * (np.log1p(-(s**2)) - np.log1p(-(r**2))))
    log_density = (a - 1) * math.log1p(-(r**2)) - (
        math.lgamma(a) + math.lgamma(0.5) - math.lgamma(a + 0.5)
    )
    expected = (log_density + math.log(2 * np.trapezoid(relative, s))) / math.log(10)
    assert result.log10_p == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize("sidedness", SIDES)
def test_spearman_of_few_pairs_is_exact(generator: np.random.Generator, sidedness: str) -> None:
    first, second = generator.permutation(6), np.array([0, 1, 1, 3, 4, 5])

    def coefficient(values: np.ndarray) -> float:
        return stats.spearmanr(values, second).statistic

    expected = stats.permutation_test(
        (first,),
        coefficient,
        permutation_type="pairings",
        alternative=sidedness,
        n_resamples=np.inf,
    )
    ours = spearman_correlation(first, second, sidedness)
    # SciPy doubles the smaller tail, ours counts both by size: the same unless ties skew them.
    assert ours.p == pytest.approx(expected.pvalue, rel=0.1 if sidedness == "two-sided" else 1e-9)
    perfect = spearman_correlation(np.arange(7), np.arange(7) ** 2, "greater")
    assert perfect.p == pytest.approx(1 / math.factorial(7))


@pytest.mark.parametrize(
    "result",
    [
        pearson_correlation([1.0, 2], [1.0, 2]),
        pearson_correlation([1.0, 1, 1], [1.0, 2, 3]),
        spearman_correlation([1.0, 2, 3], [4.0, 4, 4]),
    ],
)
def test_degenerate_samples_give_a_row_with_a_note(result) -> None:
    assert math.isnan(result.p)
    assert result.note


def test_samples_that_do_not_pair_up_are_refused() -> None:
    with pytest.raises(ValueError, match="3 values in the first sample but 2 in the second"):
        pearson_correlation([1.0, 2, 3], [1.0, 2])
