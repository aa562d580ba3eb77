"""Equivalence: two one-sided tests by SciPy, their interval, and what they cannot say."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from science.statistics.equivalence import equivalence_of_samples, equivalence_test
from science.statistics.intervals import t_interval, welch_interval

MARGIN = 1.0


@pytest.fixture
def generator() -> np.random.Generator:
    return np.random.default_rng(11)


@pytest.mark.parametrize("mean", [0.0, 0.4, -0.8, 1.0, 2.0])
def test_within_is_where_the_90_percent_interval_lies_in_the_margin(generator, mean):
    differences = generator.normal(mean, 0.4, 5)
    result, interval = equivalence_test(differences, MARGIN), t_interval(differences, 0.90)
    assert (result.p_within < 0.05) == (interval.low > -MARGIN and interval.high < MARGIN)
    beyond = t_interval(differences, 0.95)
    assert (result.p_beyond < 0.025) == (beyond.low > MARGIN or beyond.high < -MARGIN)


def test_the_p_are_those_of_scipy(generator):
    differences = generator.normal(0.2, 0.4, 6)
    upper = stats.ttest_1samp(differences, MARGIN, alternative="less").pvalue
    lower = stats.ttest_1samp(differences, -MARGIN, alternative="greater").pvalue
    assert equivalence_test(differences, MARGIN).p_within == pytest.approx(max(upper, lower))
    assert equivalence_test(differences, MARGIN, (1,)).p_within == pytest.approx(upper)
    assert equivalence_test(differences, MARGIN, (-1,)).p_within == pytest.approx(lower)
    assert equivalence_test(differences, MARGIN).p_beyond == pytest.approx(
        min(1 - upper, 1 - lower)
    )


def test_two_samples_are_compared_by_welch(generator):
    first, second = generator.normal(0.1, 0.3, 5), generator.normal(0, 0.6, 7)
    for margin in (0.3, 0.8, 1.5):
        result = equivalence_of_samples(first, second, margin)
        interval = welch_interval(first, second, 0.90)
        assert (result.p_within < 0.05) == (-margin < interval.low and interval.high < margin)


def test_a_margin_of_each_network_is_tested_as_the_room_that_it_leaves(generator):
    effects = generator.normal(2, 0.3, 5)
    # Each difference is a fifth of the network's own effect, however these scatter.
    assert equivalence_test(0.2 * effects, effects / 2).p_within < 0.001
    assert equivalence_test(0.6 * effects, effects / 2).p_beyond < 0.001


@pytest.mark.parametrize("true", [1.0, -1.0])
def test_a_difference_as_large_as_the_margin_is_rarely_called_none(true):
    generator = np.random.default_rng(2)
    called = [
        equivalence_test(generator.normal(true, 0.3, 5), MARGIN).p_within < 0.05
        for _ in range(1000)
    ]
    assert np.mean(called) <= 0.065


def test_half_of_no_effect_confirms_nothing():
    generator = np.random.default_rng(3)
    called = [
        equivalence_test(generator.normal(0, 1, 5), generator.normal(0, 1, 5) / 2).p_within < 0.05
        for _ in range(1000)
    ]
    assert np.mean(called) <= 0.05


def test_numbers_that_do_not_differ_are_sure_of_their_sign_and_one_network_of_nothing():
    assert equivalence_test(np.zeros(5), MARGIN).p_within == 0
    assert equivalence_test(np.full(5, 2.0), MARGIN).p_within == 1
    assert math.isnan(equivalence_test(np.zeros(1), MARGIN).p_within)
    assert math.isnan(equivalence_of_samples(np.zeros(1), np.zeros(3), MARGIN).p_within)
