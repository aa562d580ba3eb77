"""The two-way bootstrap: closed forms where one side alone varies, coverage, degenerate samples."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from science.statistics.intervals import t_interval
from science.statistics.two_way import (
    two_way_bootstrap_interval,
    two_way_effect_interval,
    two_way_interval_of_resamples,
)

RESAMPLES = 2000


def by_clip_and_network(seed: int, of_clips: float, of_networks: float, of_pairs: float):
    """Values [40 clips, 5 networks] around 1, by deviations of clips, networks and pairs."""
    generator = np.random.default_rng(seed)
    clips, networks = generator.normal(size=(40, 1)), generator.normal(size=(1, 5))
    pairs = generator.normal(size=(40, 5))
    return 1 + of_clips * clips + of_networks * networks + of_pairs * pairs


def test_where_networks_alone_differ_it_is_students_t_over_networks():
    values = by_clip_and_network(1, 0, 1, 0)
    interval = two_way_bootstrap_interval(values, np.random.default_rng(0), resamples=RESAMPLES)
    expected = t_interval(values[0])
    assert interval.estimate == pytest.approx(expected.estimate)
    reach = expected.high - expected.estimate
    assert interval.high - interval.estimate == pytest.approx(reach, rel=0.05)
    assert interval.estimate - interval.low == pytest.approx(reach, rel=0.05)


def test_where_clips_alone_differ_it_is_students_t_over_clips():
    values = by_clip_and_network(2, 1, 0, 0)
    interval = two_way_bootstrap_interval(values, np.random.default_rng(0), resamples=RESAMPLES)
    assert interval.high == pytest.approx(t_interval(values[:, 0]).high, abs=0.03)


@pytest.mark.parametrize("parts", [(1, 0, 1), (0.3, 1, 1), (1, 0.3, 3)])
def test_it_covers_the_truth_whatever_varies(parts):
    covered = []
    for seed in range(400):
        generator, values = np.random.default_rng(seed), by_clip_and_network(seed, *parts)
        drawn = values[generator.integers(0, 40, (200, 40))].mean(axis=1)
        interval = two_way_interval_of_resamples(values.mean(axis=0), drawn, 40, generator)
        covered.append(interval.low <= 1 <= interval.high)
    # Four standard errors below 95%; percentiles of five networks would cover in 80 to 88%.
    assert np.mean(covered) >= 0.905


def test_effect_sizes_agree_with_ranks_of_drawn_clips():
    generator = np.random.default_rng(3)
    networks = generator.normal(size=(1, 4)) / 2
    category = generator.integers(0, 6, (30, 4)) + networks.round(1) + 1
    others = generator.integers(0, 6, (50, 4)) * 1.0

    def mean_effect(one: np.ndarray, other: np.ndarray) -> float:
        return (stats.mannwhitneyu(one, other).statistic / (len(one) * len(other))).mean()

    interval = two_way_effect_interval(category, others, np.random.default_rng(0), 400)
    expected = two_way_bootstrap_interval(
        (category, others), np.random.default_rng(0), mean_effect, 400
    )
    assert (interval.low, interval.estimate, interval.high) == pytest.approx(
        (expected.low, expected.estimate, expected.high)
    )


def test_networks_that_were_evaluated_on_drawn_clips_give_the_same():
    values = by_clip_and_network(5, 1, 0.5, 1)
    generator = np.random.default_rng(0)
    rows = generator.integers(0, 40, (RESAMPLES, 40))
    interval = two_way_interval_of_resamples(
        values.mean(axis=0), values[rows].mean(axis=1), 40, generator
    )
    expected = two_way_bootstrap_interval(values, generator, resamples=RESAMPLES)
    assert interval.estimate == pytest.approx(expected.estimate)
    assert interval.high == pytest.approx(expected.high, abs=0.04)


def test_a_third_axis_goes_along():
    values = by_clip_and_network(6, 1, 1, 1)[:, :, None] * [1.0, -2.0]
    interval = two_way_bootstrap_interval(
        values, np.random.default_rng(0), lambda of: (2 * of[..., 0] + of[..., 1]).mean()
    )
    assert (interval.low, interval.high) == pytest.approx((0, 0), abs=1e-12)


def test_it_follows_from_the_generator():
    values = by_clip_and_network(7, 1, 1, 1)
    one, other = (two_way_bootstrap_interval(values, np.random.default_rng(9)) for _ in range(2))
    assert one == other


@pytest.mark.parametrize("shape", [(0, 5), (1, 5), (5, 1), (5, 0)])
def test_too_few_clips_or_networks_give_no_bounds(shape):
    interval = two_way_bootstrap_interval(np.ones(shape), np.random.default_rng(0))
    assert math.isnan(interval.low)
    assert math.isnan(interval.high)
    alone = two_way_interval_of_resamples(np.ones(1), np.ones((3, 1)), 5, np.random.default_rng(0))
    assert (alone.estimate, math.isnan(alone.low)) == (1, True)


def test_values_that_do_not_differ_give_a_point():
    interval = two_way_bootstrap_interval(np.full((6, 3), 2.0), np.random.default_rng(0))
    assert (interval.low, interval.high) == (2, 2)
