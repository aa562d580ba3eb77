"""The null of the response ratio: a naive loop, its size and power; stability over halves."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from science.analyses.selection import response_ratio, select_units, selectivity_index
from science.analyses.selectivity_null import permutation_p, ratio_null, split_half_stability


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
    responses, category, others = make_responses(generator, clips=80, units=16, selective=3)
    null = ratio_null(
        responses, category, others, np.random.default_rng(5), fraction=0.25, permutations=7
    )
    used = category | others
    masks = np.random.default_rng(5).permuted(np.repeat(category[used][None], 7, axis=0), axis=1)
    for mask, value in zip(masks, null.selection, strict=True):
        units = select_units(selectivity_index(responses[used], mask, ~mask), 0.25)
        assert value == pytest.approx(response_ratio(responses[used], units, mask, ~mask))
    assert np.isnan(null.held_out_permuted).all()
    assert math.isnan(null.observed_held_out)


def test_null_shows_what_choosing_alone_does(generator: np.random.Generator) -> None:
    responses, category, others = make_responses(generator, selective=0)
    held_out = make_responses(generator, selective=0)
    null = ratio_null(responses, category, others, generator, held_out=held_out)
    # Without any selective unit the chosen ones still exceed 1 on the data they were chosen from.
    assert null.selection.min() > 1
    assert null.held_out_permuted.mean() == pytest.approx(1, abs=0.02)
    assert permutation_p(null.observed_selection, null.selection) > 0.01
    assert permutation_p(null.observed_held_out, null.held_out_permuted) > 0.01


def test_null_is_exceeded_by_selective_units(generator: np.random.Generator) -> None:
    responses, category, others = make_responses(generator)
    held_out = make_responses(generator)
    null = ratio_null(responses, category, others, generator, held_out=held_out)
    units = select_units(selectivity_index(responses, category, others))
    assert set(units) == set(range(8))
    assert null.observed_held_out == pytest.approx(
        response_ratio(held_out[0], units, *held_out[1:])
    )
    assert permutation_p(null.observed_selection, null.selection) == pytest.approx(1 / 201)
    assert permutation_p(null.observed_held_out, null.held_out_permuted) == pytest.approx(1 / 201)
    # Units chosen for nothing include some selective ones, so true labels give them a ratio above
    # 1.
    assert 1 < np.mean(null.held_out_true) < null.observed_held_out


def test_choice_ignores_held_out_data(generator: np.random.Generator) -> None:
    responses, category, others = make_responses(generator)
    held_out = make_responses(generator)
    order = generator.permutation(len(held_out[0]))
    shuffled = held_out[0], held_out[1][order], held_out[2][order]
    nulls = [
        ratio_null(responses, category, others, np.random.default_rng(1), test, permutations=20)
        for test in (held_out, shuffled)
    ]
    assert nulls[0].observed_selection == nulls[1].observed_selection
    assert nulls[0].observed_held_out != nulls[1].observed_held_out


def test_no_permutations_leave_the_null_out(generator: np.random.Generator) -> None:
    sample = make_responses(generator)
    null = ratio_null(*sample, generator, held_out=sample, permutations=0)
    assert len(null.selection) == len(null.held_out_true) == 0
    assert null.observed_selection > 1
    assert math.isnan(permutation_p(null.observed_selection, null.selection))


@pytest.mark.parametrize("kind", ["msi", "welch_t", "d_prime"])
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
    np.testing.assert_allclose(stable.jaccard, stable.overlap / (2 - stable.overlap))
    chance = split_half_stability(*make_responses(generator, selective=0), generator, repeats=200)
    # The halves exclude each other, so chance differences lean to opposite signs: below 12.5%.
    assert chance.overlap.mean() < 0.3
    assert chance.rank_correlation.mean() < 0.4


def test_degenerate_corpora_give_nan(generator: np.random.Generator) -> None:
    responses, category, others = make_responses(generator)
    nobody = np.zeros_like(category)
    single = nobody.copy()
    single[0] = True
    for music in (nobody, single):
        rest = others & ~music
        assert np.isnan(split_half_stability(responses, music, rest, generator).overlap).all()
        null = ratio_null(responses, music, rest, generator, permutations=3)
        assert np.isnan(null.held_out_true).all()
    assert np.isnan(
        ratio_null(responses, nobody, others, generator, permutations=3).selection
    ).all()
