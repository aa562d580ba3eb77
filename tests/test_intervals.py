"""Intervals: coverage, reproducibility from the seed, SciPy's t interval, degenerate samples."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from science.intervals import bootstrap_interval, t_interval


@pytest.fixture
def generator() -> np.random.Generator:
    return np.random.default_rng(7)


def test_bootstrap_interval_of_a_mean_is_near_the_normal_one(
    generator: np.random.Generator,
) -> None:
    values = generator.normal(3, 2, 400)
    interval = bootstrap_interval(values, np.random.default_rng(0), resamples=4000)
    reach = 1.96 * values.std() / 20
    assert interval.estimate == values.mean()
    assert interval.low == pytest.approx(values.mean() - reach, abs=0.1 * reach)
    assert interval.high == pytest.approx(values.mean() + reach, abs=0.1 * reach)
    assert interval == bootstrap_interval(values, np.random.default_rng(0), resamples=4000)


def test_bootstrap_interval_of_two_groups_covers_the_truth() -> None:
    def ratio(first: np.ndarray, second: np.ndarray, axis: int) -> np.ndarray:
        return first.mean(axis=axis) / second.mean(axis=axis)

    covered = []
    for seed in range(200):
        generator = np.random.default_rng(seed)
        groups = generator.normal(4, 1, 60), generator.normal(2, 1, 80)
        interval = bootstrap_interval(groups, generator, ratio, resamples=300)
        covered.append(interval.low <= 2 <= interval.high)
    assert 0.88 <= np.mean(covered) <= 0.99


def test_bootstrap_resamples_rows_of_pairs_together(generator: np.random.Generator) -> None:
    x = generator.normal(size=(50, 1))
    pairs = np.hstack([x, -2 * x])
    interval = bootstrap_interval(
        pairs, generator, lambda p, axis: (2 * p[..., 0] + p[..., 1]).mean(axis=axis)
    )
    assert (interval.low, interval.high) == (0, 0)


def test_intervals_of_degenerate_samples_are_nan() -> None:
    empty = bootstrap_interval(
        (np.array([]), np.ones(3)), np.random.default_rng(0), lambda a, b, axis: a
    )
    assert math.isnan(empty.low)
    alone = t_interval([0.5])
    assert alone.estimate == 0.5
    assert math.isnan(alone.low)
    assert t_interval([]).n == 0


def test_t_interval_equals_scipy() -> None:
    values = [1.9, 2.1, 2.0, 2.4, math.nan]
    expected = stats.ttest_1samp(values[:4], 0).confidence_interval(0.95)
    interval = t_interval(values)
    assert (interval.low, interval.high) == pytest.approx((expected.low, expected.high))
    assert interval.n == 4
