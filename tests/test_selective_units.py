"""Selectivity unit by unit: a naive loop, the nominal rate, planted units, the script's tables."""

from __future__ import annotations

import tracemalloc
from functools import partial

import numpy as np
import pandas as pd
import pytest
from made_up_run import MadeUpRun
from scipy import stats

import measure_selective_units
from science.analyses.selection import selectivity_index
from science.analyses.selective_units import (
    describe_units,
    false_discovery_rates,
    share_of_units,
    unit_p_values,
)
from science.network.cnn import NetworkSettings, build_network
from science.network.responses import record_features
from science.statistics.randomness import named_generator

SETTINGS = {"index": "msi", "fraction": 0.125, "fdr": 0.05, "permutations": 2000}
DRAW = partial(named_generator, 7)


def sample(
    seed: int, clips: int = 240, units: int = 64, planted: int = 0
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Rectified responses with mixed clips, the first units of which prefer the category."""
    generator = np.random.default_rng(seed)
    group = generator.integers(0, 3, clips)
    responses = generator.normal(0.5, 1, (clips, units))
    responses[:, :planted] += 1.2 * (group == 1)[:, None]
    return np.maximum(responses, 0).astype(np.float32), group == 1, group == 0


@pytest.mark.parametrize("kind", ["msi", "summed_deviations", "d_prime"])
def test_p_equals_a_naive_loop(kind):
    responses, category, others = sample(0, 40, 6, planted=2)
    index, p = unit_p_values(responses, category, others, np.random.default_rng(5), kind, 60)
    used = category | others
    masks = np.random.default_rng(5).permuted(np.repeat(category[used][None], 60, axis=0), axis=1)
    null = np.array([selectivity_index(responses[used], mask, ~mask, kind) for mask in masks])
    assert index == pytest.approx(selectivity_index(responses, category, others, kind))
    assert p == pytest.approx((1 + (null >= index - 1e-12).sum(axis=0)) / 61)


def test_p_agrees_with_that_of_scipys_permutation_test():
    responses, category, others = sample(3, 60, 3, planted=1)
    _, p = unit_p_values(responses, category, others, np.random.default_rng(0), permutations=4000)
    for unit in range(3):
        groups = responses[category, unit], responses[others, unit]
        expected = stats.ttest_ind(
            *groups, equal_var=False, alternative="greater",
            method=stats.PermutationMethod(4000, rng=np.random.default_rng(1)),
        ).pvalue  # fmt: skip
        assert p[unit] == pytest.approx(expected, abs=4 * np.sqrt(max(p[unit], 1e-3) / 4000))


def test_labels_that_mean_nothing_give_the_nominal_rate():
    rates, found = [], []
    for seed in range(12):
        responses, category, others = sample(seed, 150, 60)
        _, p = unit_p_values(responses, category, others, DRAW(seed), permutations=400)
        rates.append((p < 0.05).mean())
        found.append((false_discovery_rates(p) < 0.05).any())
    # 720 units at 5%: three standard errors are 2.4%.
    assert np.mean(rates) == pytest.approx(0.05, abs=0.025)
    # Any find is a false one: in 5% of the networks.
    assert np.sum(found) <= 3


def test_an_untrained_network_has_the_nominal_rate_though_its_units_are_correlated():
    """Over labels that mean nothing: nearly all units of a network find something, or none."""
    network = build_network(NetworkSettings(channels=(4, 8, 16, 32), hidden=8), 3, seed=0)
    generator = np.random.default_rng(1)
    levels = generator.normal(60, 15, (90, 1, 1))
    sounds = (levels + generator.normal(0, 5, (90, 64, 125))).astype(np.float32)
    responses = np.concatenate(list(record_features(network, [sounds])))
    assert np.abs(np.corrcoef(responses[:, responses.std(axis=0) > 0].T)).mean() > 0.3
    rates, found = [], []
    for draw in range(60):
        category = np.random.default_rng(draw).random(90) < 0.3
        _, p = unit_p_values(responses, category, ~category, DRAW(draw), permutations=400)
        rates.append(np.nanmean(p < 0.05))
        found.append((false_discovery_rates(p) < 0.05).any())
    assert np.mean(rates) == pytest.approx(0.05, abs=0.05)
    assert np.mean(found) <= 0.15


def test_planted_units_are_found_and_few_others():
    samples = {"train": sample(1, planted=16), "test": sample(2, planted=16)}
    units = describe_units(samples, SETTINGS, DRAW)
    for _, of_split in units.groupby("split"):
        found = of_split["selective"].to_numpy()
        assert found[:16].all()
        assert found[16:].sum() <= 3
        assert of_split["chosen"].sum() == 8
    shares = share_of_units(units, samples, SETTINGS).set_index("split")
    assert (shares["share"] >= 0.25).all()
    assert (shares["share_in_both"] <= shares["share"]).all()
    assert (shares["share_in_both"] >= 0.25).all()
    assert (shares["share_chosen"] == 0.125).all()
    assert (shares["share_of_chosen"] == 1).all()
    assert (shares["ratio"] > 1.5).all()


def test_one_unit_among_many_is_found_with_more_permutations_than_units_by_fdr():
    responses, category, others = sample(4, 300, 256, planted=1)
    given = responses, category, others
    for permutations, is_found in ((1000, False), (10000, True)):
        _, p = unit_p_values(*given, DRAW(0), permutations=permutations)
        assert p[0] == 1 / (1 + permutations)
        assert (false_discovery_rates(p)[0] < 0.05) == is_found


def test_silent_units_count_as_not_selective_and_as_no_test():
    responses, category, others = sample(5, planted=8)
    responses[:, 32:] = 0
    samples = {"train": (responses, category, others), "test": sample(6, planted=8)}
    units = describe_units(samples, SETTINGS, DRAW)
    silent = units[(units["split"] == "train") & (units["unit"] >= 32)]
    assert silent[["index", "p", "q"]].isna().all(axis=None)
    assert not silent["selective"].any()
    shares = share_of_units(units, samples, SETTINGS).set_index("split")
    assert 8 / 64 <= shares.loc["train", "share"] < 12 / 64


@pytest.mark.parametrize("responding", [True, False])
def test_what_cannot_be_tested_says_why(responding):
    responses, category, others = sample(8)
    category = category & (np.cumsum(category) <= 1) if responding else category
    empty = responses if responding else np.zeros_like(responses)
    samples = {"train": (empty, category, others), "test": sample(9)}
    shares = share_of_units(describe_units(samples, SETTINGS, DRAW), samples, SETTINGS)
    row = shares.set_index("split").loc["train"]
    assert np.isnan(row["share"])
    words = "too few clips" if responding else "no unit responds"
    assert row["note"].startswith(words)


def test_memory_is_flat_in_the_number_of_permutations():
    responses, category, others = sample(10, 3000, 64)
    peaks = []
    for permutations in (500, 1500):
        tracemalloc.start()
        unit_p_values(responses, category, others, DRAW(0), permutations=permutations)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < 1.2 * peaks[0]


def test_a_network_more_changes_no_other_row(tmp_path):
    tables = []
    for count in (1, 2):
        run = MadeUpRun(tmp_path / str(count))
        networks = [("no_music", seed) for seed in range(count)]
        outputs = tmp_path / f"{count}.csv", tmp_path / f"{count}-units.csv"
        files = run.write_both(*networks), run.groups_file("music")
        measure_selective_units.main(*files, "music", SETTINGS, 3, *outputs)
        tables.append([pd.read_csv(path) for path in outputs])
    for one, two in zip(*tables, strict=True):
        pd.testing.assert_frame_equal(one, two[two["seed"] == 0])
