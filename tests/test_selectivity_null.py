"""The null of the response ratio: a naive loop, its size and power; stability over halves."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from science.analyses.ratios import response_ratio
from science.analyses.selection import select_units, selectivity_index
from science.analyses.selectivity_null import ratio_null, split_half_stability
from science.statistics.tests import permutation_p


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


def test_null_equals_a_naive_loop(generator: np.random.Generator) -> None:
    sample, held_out = (make_responses(generator, 80, 16, selective=3) for _ in range(2))
    responses, category, others = sample
    selection, of_held_out = ratio_null(
        sample, held_out, np.random.default_rng(5), fraction=0.25, permutations=7
    )
    used = category | others
    masks = np.random.default_rng(5).permuted(np.repeat(category[used][None], 7, axis=0), axis=1)
    for mask, *ratios in zip(masks, selection, of_held_out, strict=True):
        units = select_units(selectivity_index(responses[used], mask, ~mask), 0.25)
        expected = response_ratio(responses[used], units, mask, ~mask)
        assert ratios == pytest.approx(
            [expected, response_ratio(held_out[0], units, *held_out[1:])]
        )


def test_null_shows_what_choosing_alone_does(generator: np.random.Generator) -> None:
    sample, held_out = (make_responses(generator, selective=0) for _ in range(2))
    selection, of_held_out = ratio_null(sample, held_out, generator)
    # Without any selective unit the chosen ones still exceed 1 on the data they were chosen from.
    assert selection.min() > 1
    assert of_held_out.mean() == pytest.approx(1, abs=0.02)
    observed = response_ratio(sample[0], select_units(selectivity_index(*sample)), *sample[1:])
    assert permutation_p(observed, selection) > 0.01


def test_null_is_exceeded_by_selective_units(generator: np.random.Generator) -> None:
    sample, held_out = make_responses(generator), make_responses(generator)
    selection, of_held_out = ratio_null(sample, held_out, generator)
    units = select_units(selectivity_index(*sample))
    assert set(units) == set(range(8))
    assert permutation_p(response_ratio(sample[0], units, *sample[1:]), selection) == 1 / 201
    # Units chosen for nothing include some selective ones, so true labels give them a ratio above
    # 1.
    assert 1 < of_held_out.mean() < response_ratio(held_out[0], units, *held_out[1:])


def test_more_permutations_than_fit_at_once_are_as_many(generator: np.random.Generator) -> None:
    sample = make_responses(generator, clips=30, units=8)
    assert [len(null) for null in ratio_null(sample, sample, generator, permutations=250)] == [
        250
    ] * 2
    selection, of_held_out = ratio_null(sample, sample, generator, permutations=0)
    assert len(selection) == len(of_held_out) == 0
    assert math.isnan(permutation_p(2.0, selection))


@pytest.mark.parametrize("kind", ["msi", "summed_deviations", "d_prime"])
def test_stability_equals_choosing_on_each_half(generator: np.random.Generator, kind: str) -> None:
    responses, category, others = make_responses(generator, units=16, selective=3)
    responses[:, 5], responses[:, 9] = 0, 0.1
    stable = split_half_stability(
        responses, category, others, np.random.default_rng(2), 0.25, kind, repeats=5
    )
    draw = np.random.default_rng(2)
    used = category | others
    responses, category = responses[used], category[used]
    for overlap, correlation in zip(stable.overlap, stable.rank_correlation, strict=True):
        half = np.zeros(len(category), dtype=bool)
        for group in (category, ~category):
            members = draw.permutation(np.flatnonzero(group))
            half[members[: len(members) // 2]] = True
        indices = [
            selectivity_index(responses[side], category[side], ~category[side], kind)
            for side in (half, ~half)
        ]
        chosen = [set(select_units(index, 0.25)) for index in indices]
        assert overlap == len(chosen[0] & chosen[1]) / 4
        expected = stats.spearmanr(*indices, nan_policy="omit").statistic
        assert correlation == pytest.approx(expected)


def test_permutation_p_counts_itself() -> None:
    assert permutation_p(3, np.array([1, 2, 3, 4])) == 3 / 5
    assert math.isnan(permutation_p(math.nan, np.ones(3)))
    assert math.isnan(permutation_p(1, np.array([math.nan])))


def test_stability_is_high_for_selective_units_and_chance_for_none(
    generator: np.random.Generator,
) -> None:
    stable = split_half_stability(*make_responses(generator), generator, repeats=20)
    assert stable.overlap.mean() > 0.9
    chance = split_half_stability(*make_responses(generator, selective=0), generator, repeats=200)
    # The halves exclude each other, so chance differences lean to opposite signs: below 12.5%.
    assert chance.overlap.mean() < 0.3
    assert chance.rank_correlation.mean() < 0.4


def test_degenerate_corpora_give_nan(generator: np.random.Generator) -> None:
    responses, category, others = make_responses(generator)
    nobody = np.zeros_like(category)
    single = nobody.copy()
    single[0] = True
    for members in (nobody, single):
        rest = others & ~members
        assert np.isnan(split_half_stability(responses, members, rest, generator).overlap).all()
    sample = responses, nobody, others
    assert np.isnan(ratio_null(sample, sample, generator, permutations=3)).all()
