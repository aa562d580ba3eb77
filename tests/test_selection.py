"""Choosing units: naive loops, units without spread, degenerate corpora."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from science.analyses.ratios import ratio_interval, response_ratio
from science.analyses.selection import (
    index_overlap,
    rank_units,
    select_units,
    selectivity_index,
    unit_group,
)


@pytest.fixture
def generator() -> np.random.Generator:
    return np.random.default_rng(11)


def make_responses(
    generator: np.random.Generator, clips: int = 300, units: int = 64, selective: int = 8
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Rectified responses of which the first units prefer the category, with some mixed clips."""
    group = generator.integers(0, 3, clips)
    responses = generator.normal(0.5, 1, (clips, units))
    responses[:, :selective] += 1.5 * (group == 1)[:, None]
    return np.maximum(responses, 0).astype(np.float32), group == 1, group == 0


def test_index_equals_its_definition(generator: np.random.Generator) -> None:
    responses, category, others = make_responses(generator)
    first, second = responses[category].astype(float), responses[others].astype(float)
    difference = first.mean(0) - second.mean(0)
    s1, s0 = first.std(0, ddof=1), second.std(0, ddof=1)
    welch = stats.ttest_ind(first, second, equal_var=False).statistic
    np.testing.assert_allclose(selectivity_index(responses, category, others), welch, rtol=1e-10)
    np.testing.assert_allclose(
        selectivity_index(responses, category, others, "summed_deviations"),
        difference / (s1 + s0),
        rtol=1e-10,
    )
    d_prime = difference / np.sqrt((s1**2 + s0**2) / 2)
    np.testing.assert_allclose(
        selectivity_index(responses, category, others, "d_prime"), d_prime, rtol=1e-10
    )


def test_index_keeps_its_digits_far_from_zero(generator: np.random.Generator) -> None:
    responses, category, others = make_responses(generator)
    near = selectivity_index(responses.astype(float), category, others)
    far = selectivity_index(responses.astype(float) + 1e6, category, others)
    np.testing.assert_allclose(far, near, rtol=1e-6)


def test_units_without_spread_have_no_index_and_rank_last(generator: np.random.Generator) -> None:
    responses, category, others = make_responses(generator)
    responses[:, 0] = 0
    responses[:, 1] = 0.1
    responses[:, 2] = np.where(category, 2, 1)
    index = selectivity_index(responses, category, others)
    assert np.flatnonzero(np.isnan(index)).tolist() == [0, 1, 2]
    assert rank_units(index)[-3:].tolist() == [0, 1, 2]


def test_unit_with_spread_in_one_group_only_has_an_index(generator: np.random.Generator) -> None:
    responses, category, others = make_responses(generator)
    responses[~category, 0] = 0
    values = responses[category, 0].astype(float)
    index = selectivity_index(responses, category, others)
    assert index[0] == pytest.approx(values.mean() / (values.std(ddof=1) / len(values) ** 0.5))


def test_units_of_one_active_clip_are_tied_and_rank_by_number(
    generator: np.random.Generator,
) -> None:
    _, category, others = make_responses(generator)
    responses = np.zeros((len(category), 40))
    active = generator.choice(np.flatnonzero(others), 40)
    responses[active, np.arange(40)] = generator.gamma(1, 1, 40)
    index = selectivity_index(responses, category, others)
    assert len(set(index)) > 1  # by rounding
    assert rank_units(index).tolist() == list(range(40))


def test_mixed_clips_have_no_part(generator: np.random.Generator) -> None:
    responses, category, others = make_responses(generator)
    before = selectivity_index(responses, category, others)
    responses[~category & ~others] = 1e9
    np.testing.assert_array_equal(selectivity_index(responses, category, others), before)


def test_ranking_is_stable_and_groups_are_the_papers() -> None:
    assert rank_units([0.5, 2, 0.5, math.nan, 3]).tolist() == [4, 1, 0, 2, 3]
    ranking = np.arange(256)[::-1]
    assert unit_group(ranking, "top", 0.125).tolist() == list(range(255, 223, -1))
    middle = unit_group(ranking, "middle", 0.125)
    assert middle.tolist() == ranking[int(0.4375 * 256) : int(0.5625 * 256)].tolist()
    assert unit_group(ranking, "bottom", 0.125).tolist() == list(range(31, -1, -1))
    assert select_units(np.arange(20), 0.125).tolist() == [19, 18, 17]
    with pytest.raises(ValueError, match="0.01 of 8 units is 0 units"):
        select_units(np.arange(8), 0.01)
    with pytest.raises(ValueError, match="use one of top, middle, bottom"):
        unit_group(ranking, "side")


def test_response_ratio_and_its_nan_rules(generator: np.random.Generator) -> None:
    responses, category, others = make_responses(generator)
    units = np.array([0, 3, 9])
    expected = responses[category][:, units].mean() / responses[others][:, units].mean()
    assert response_ratio(responses, units, category, others) == pytest.approx(expected, rel=1e-6)
    silent = np.zeros_like(responses)
    assert math.isnan(response_ratio(silent, units, category, others))
    silent[category] = 1
    assert math.isnan(response_ratio(silent, units, category, others))
    silent[:] = 0
    silent[others] = 1
    assert response_ratio(silent, units, category, others) == 0
    nobody = np.zeros(len(responses), dtype=bool)
    assert math.isnan(response_ratio(responses, units, nobody, others))
    assert math.isnan(response_ratio(responses, units, category, nobody))


def test_ratio_interval_surrounds_the_ratio(generator: np.random.Generator) -> None:
    responses, category, others = make_responses(generator)
    units = np.arange(8)
    interval = ratio_interval(responses, units, category, others, generator)
    ratio = response_ratio(responses, units, category, others)
    assert interval.estimate == pytest.approx(ratio)
    assert interval.low < ratio < interval.high
    nobody = np.zeros_like(category)
    assert math.isnan(ratio_interval(responses, units, nobody, others, generator).low)


def test_overlap_of_the_two_forms_equals_a_naive_count(generator: np.random.Generator) -> None:
    responses, category, others = make_responses(generator)
    # Units of little spread among few clips are where the two forms differ.
    responses[:, 20:40] = 1 + 0.01 * responses[:, 20:40] * category[:, None]
    chosen = [
        set(select_units(selectivity_index(responses, category, others, kind)))
        for kind in ("msi", "summed_deviations")
    ]
    settings = {"index": "msi", "fraction": 0.125}
    overlap = index_overlap(responses, category, others, settings)
    assert overlap == len(chosen[0] & chosen[1]) / len(chosen[0])
    assert math.isnan(index_overlap(responses, np.zeros_like(category), others, settings))


def test_degenerate_corpora_give_nan(generator: np.random.Generator) -> None:
    responses, category, others = make_responses(generator)
    nobody = np.zeros_like(category)
    single = nobody.copy()
    single[0] = True
    for members in (nobody, single):
        rest = others & ~members
        assert np.isnan(selectivity_index(responses, members, rest)).all()
    assert np.isnan(selectivity_index(responses, nobody, nobody)).all()


def test_masks_that_do_not_fit_are_refused(generator: np.random.Generator) -> None:
    responses, category, others = make_responses(generator)
    with pytest.raises(ValueError, match="mask of others is bool"):
        selectivity_index(responses, category, others[:-1])
    with pytest.raises(ValueError, match="clips are in the category and among the others"):
        selectivity_index(responses, category, category)
    with pytest.raises(ValueError, match="use one of msi, summed_deviations, d_prime"):
        selectivity_index(responses, category, others, "z")
