"""Intervals: coverage, reproducibility from the seed, SciPy's t interval, degenerate samples."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from science.statistics.intervals import (
    bootstrap_interval,
    correlation_interval,
    correlation_prediction_interval,
    prediction_interval,
    rank_sum_effect_interval,
    t_interval,
    welch_interval,
)


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


def test_welch_interval_agrees_with_scipy(generator: np.random.Generator) -> None:
    first, second = generator.normal(2, 1, 5), generator.normal(1, 3, 7)
    interval = welch_interval(first, second)
    expected = stats.ttest_ind(first, second, equal_var=False).confidence_interval()
    assert (interval.low, interval.high) == pytest.approx((expected.low, expected.high))
    assert interval.estimate == pytest.approx(first.mean() - second.mean())


def test_welch_interval_takes_a_single_value_as_a_constant(
    generator: np.random.Generator,
) -> None:
    first = generator.normal(2, 1, 5)
    ours, expected = welch_interval(first, np.array([1.5])), t_interval(first - 1.5)
    assert (ours.low, ours.high) == pytest.approx((expected.low, expected.high))
    swapped = welch_interval(np.array([1.5]), first)
    assert (swapped.low, swapped.high) == pytest.approx((-expected.high, -expected.low))


@pytest.mark.parametrize(("first", "second"), [([], [1.0, 2]), ([1.0], [2.0]), ([math.nan], [2])])
def test_welch_interval_without_spread_has_no_bounds(first: list, second: list) -> None:
    interval = welch_interval(np.array(first), np.array(second))
    assert math.isnan(interval.low)
    assert math.isnan(interval.high)


def test_rank_sum_effect_interval_agrees_with_resampling_the_clips() -> None:
    generator = np.random.default_rng(3)
    first, second = generator.integers(0, 9, 40), generator.integers(0, 7, 60)
    interval = rank_sum_effect_interval(first, second, np.random.default_rng(0), 4000)

    def effect_size(one: np.ndarray, other: np.ndarray) -> float:
        return stats.mannwhitneyu(one, other).statistic / (len(one) * len(other))

    assert interval.estimate == pytest.approx(effect_size(first, second))
    naive = [
        effect_size(generator.choice(first, 40), generator.choice(second, 60)) for _ in range(1500)
    ]
    low, high = np.quantile(naive, [0.025, 0.975])
    assert (interval.low, interval.high) == pytest.approx((low, high), abs=0.012)


def test_rank_sum_effect_interval_of_an_empty_group_is_undefined() -> None:
    interval = rank_sum_effect_interval(np.array([]), np.ones(3), np.random.default_rng(0))
    assert math.isnan(interval.estimate)
    assert math.isnan(interval.low)


def test_a_replication_lies_in_its_prediction_interval_as_welchs_test_finds_no_difference(
    generator: np.random.Generator,
) -> None:
    for shift in (0.0, 1.0, 2.0):
        published, ours = generator.normal(0, 1, 5), generator.normal(shift, 2, 7)
        interval = prediction_interval(
            published.mean(), published.std(ddof=1), 5, ours.std(ddof=1), 7
        )
        welch = stats.ttest_ind(ours, published, equal_var=False).pvalue
        assert (interval.low <= ours.mean() <= interval.high) == (welch > 0.05)


def test_the_prediction_interval_of_equal_spreads_has_a_closed_form() -> None:
    interval = prediction_interval(1.88, 0.13, 5, 0.13, 5)
    reach = stats.t.ppf(0.975, 8) * 0.13 * math.sqrt(2 / 5)
    assert (interval.low, interval.high) == pytest.approx((1.88 - reach, 1.88 + reach))


def test_a_second_draw_lies_in_the_prediction_interval_of_the_first() -> None:
    generator, covered = np.random.default_rng(5), []
    for _ in range(1000):
        published, ours = generator.normal(0, 1, 5), generator.normal(0, 3, 5)
        interval = prediction_interval(
            published.mean(), published.std(ddof=1), 5, ours.std(ddof=1), 5
        )
        covered.append(interval.low <= ours.mean() <= interval.high)
    assert 0.925 <= np.mean(covered) <= 0.975


def test_the_prediction_interval_of_a_correlation_covers_another_draw() -> None:
    generator, covered = np.random.default_rng(6), []
    for _ in range(600):
        pairs = [
            generator.multivariate_normal([0, 0], [[1, 0.6], [0.6, 1]], 30).T for _ in range(2)
        ]
        published, ours = (np.corrcoef(*of)[0, 1] for of in pairs)
        interval = correlation_prediction_interval(published, 30, 30)
        covered.append(interval.low <= ours <= interval.high)
    assert 0.92 <= np.mean(covered) <= 0.98


@pytest.mark.parametrize("given", [(1.0, math.nan, 5, 0.1, 5), (1.0, 0.1, 5, math.nan, 1)])
def test_without_a_spread_there_is_no_prediction(given: tuple) -> None:
    assert math.isnan(prediction_interval(*given).low)
    assert math.isnan(correlation_prediction_interval(0.6, 30, 3).low)


def test_one_clip_has_no_bootstrap_interval_and_several_have_one() -> None:
    generator, many = np.random.default_rng(1), np.arange(9.0)
    for groups in [(many[:1], many), (many, many[:1])]:
        means = bootstrap_interval(groups, generator, lambda first, second, axis: second.mean(axis))
        effect = rank_sum_effect_interval(*groups, generator)
        for interval in (means, effect):
            assert np.isfinite(interval.estimate)
            assert np.isnan([interval.low, interval.high]).all()
    assert np.isfinite(rank_sum_effect_interval(many[:2], many, generator).low)


def test_the_interval_of_correlations_covers_the_truth_and_stays_within_one() -> None:
    generator = np.random.default_rng(3)
    z = generator.normal(np.arctanh(0.9), 0.6, (2000, 3))
    intervals = [correlation_interval(values) for values in np.tanh(z)]
    covered = np.mean([one.low <= 0.9 <= one.high for one in intervals])
    assert covered == pytest.approx(0.95, abs=0.02)
    assert all(-1 < one.low < one.estimate < one.high < 1 for one in intervals)
    assert np.isnan(correlation_interval(np.array([0.4])).low)


def test_correlations_of_one_have_no_z_and_an_interval_all_the_same() -> None:
    certain = correlation_interval(np.array([1.0, 1.0, 1.0]))
    assert (certain.low, certain.estimate, certain.high) == (1, 1, 1)
    some = correlation_interval(np.array([1.0, 0.5, 0.2]))
    assert some.low == t_interval(np.array([1.0, 0.5, 0.2])).low
    assert some.high == 1
    low = correlation_interval(np.array([-1.0, np.nan]))
    assert low.estimate == -1
    assert np.isnan([low.low, low.high]).all()
