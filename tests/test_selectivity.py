"""Units chosen on either split, and their ratios, on a made-up run and on poor corpora."""

from __future__ import annotations

from functools import partial

import numpy as np
import pandas as pd
import pytest
from made_up_run import SETTINGS, UNITS, MadeUpRun

import measure_selectivity
from science.analyses.ratios import response_ratio
from science.analyses.selection import rank_by_index, selectivity_index
from science.analyses.selectivity import describe_ratios
from science.sound.acoustics import FEATURE_NAMES
from science.statistics.randomness import named_generator
from storage.activations import read_matrix
from storage.responses import read_responses
from storage.whole_files import TableFileError

NETWORK = ("no_music", 3)
PADDED = {"train": (0.25, 0.5), "test": (0.0, 1.0)}


@pytest.fixture
def run(tmp_path) -> MadeUpRun:
    return MadeUpRun(tmp_path)


def measure(run: MadeUpRun, *networks, **settings) -> pd.DataFrame:
    """Choose units by the responses as they lie there, and measure them."""
    run.select(*networks, **settings)
    splits = [
        tuple(run.path(network, split) for split in ("train", "test")) for network in networks
    ]
    return run.measured(
        measure_selectivity.main, splits, [run.units_file()], run.groups_file(), run.category,
        SETTINGS | settings, 100, 7, PADDED, "pad",
    )  # fmt: skip


def test_the_units_that_the_category_raises_are_found(run):
    run.write_both(NETWORK)
    table = measure(run, NETWORK).query("chosen_on == 'train'").set_index("split")
    units = pd.read_csv(run.units_file()).query("chosen_on == 'train'")
    chosen = units.loc[units["selected"], "unit"].to_numpy()
    assert len(chosen) == 2
    assert set(chosen) <= {0, 2, 3}
    assert table["category"].eq("music").all()
    assert table["seed"].eq(3).all()
    for split in ("train", "test"):
        clip_ids, responses = read_matrix(run.path(NETWORK, split))
        masks = run.groups().groups(clip_ids)
        ratio = response_ratio(responses, chosen, *masks)
        row = table.loc[split]
        assert row["ratio"] == pytest.approx(ratio)
        assert row["low"] < ratio < row["high"]
        assert 2 < ratio > row["null_mean"]
        assert row["null_p"] == pytest.approx(1 / 21)
        if split == "train":
            expected = selectivity_index(responses, *masks)
            np.testing.assert_allclose(units["index"], expected)
            means = responses[masks[0]].mean(axis=0), responses[masks[1]].mean(axis=0)
            np.testing.assert_allclose(units[["mean_category", "mean_other"]].T, means, rtol=1e-5)
    ranked = units.sort_values("rank")["index"]
    assert ranked.dropna().is_monotonic_decreasing
    assert units.loc[units["rank"] == UNITS, "unit"].item() == 1  # never fires: no index


@pytest.mark.parametrize(("chosen_on", "held_out"), [("train", "test"), ("test", "train")])
def test_the_choice_never_sees_the_other_split(run, chosen_on, held_out):
    """Held-out clips permuted, turned or silent leave the units as they are."""
    run.write_both(NETWORK)
    _, values = read_matrix(run.path(NETWORK, held_out))
    order = np.random.default_rng(1).permutation(len(values))
    units, ratios = set(), []
    for changed in (values, values[order], -values, np.zeros_like(values)):
        run.write(NETWORK, held_out, changed)
        table = measure(run, NETWORK).set_index(["chosen_on", "split"])
        chosen = pd.read_csv(run.units_file())
        units.add(chosen[chosen["chosen_on"] == chosen_on].to_csv())
        ratios.append(table.loc[(chosen_on, held_out), "ratio"])
    assert len(units) == 1
    assert ratios[0] != ratios[1]


def test_units_are_measured_both_ways_round(run):
    run.write_both(NETWORK)
    table = measure(run, NETWORK)
    pairs = set(zip(table["chosen_on"], table["split"], strict=True))
    assert pairs == {(a, b) for a in ("train", "test") for b in ("train", "test")}
    # Three of sixteen units are raised, so that any form of the index finds two of them.
    assert table["index_overlap"].between(0, 1).all()
    padded = table[["padded_category", "padded_other"]].apply(tuple, axis=1)
    assert padded.tolist() == table["split"].map(PADDED).tolist()
    assert table.groupby("chosen_on")["mean_index"].nunique().eq(1).all()


@pytest.mark.parametrize("shape", [{"members": 0}, {"others": 0}])
def test_a_kind_of_clip_that_is_missing_is_named(tmp_path, shape):
    run = MadeUpRun(tmp_path, **shape)
    run.write_both(NETWORK)
    table = measure(run, NETWORK)
    assert table["ratio"].isna().tolist() == [True] * 4
    assert table["note"].str.contains("there is no clip").all()


def test_one_clip_of_the_category_is_too_few_to_choose_by(tmp_path):
    run = MadeUpRun(tmp_path, members=1)
    run.write_both(NETWORK)
    table = measure(run, NETWORK)
    assert table["units"].eq(0).all()
    assert table[["ratio", "mean_index", "half_overlap"]].isna().all(axis=None)
    assert table["note"].str.contains("split has too few clips to choose units by").all()


def test_a_network_that_never_fires_has_a_row(run):
    for split in ("train", "test"):
        run.write(NETWORK, split, np.zeros_like(run.responses(NETWORK, split)))
    assert measure(run, NETWORK)["note"].eq("the units are silent to the other clips").all()


def test_acoustics_are_measured_in_the_units_of_the_train_split(run):
    """Twice the amplitude throughout the test split doubles its means, and no ratio."""
    acoustics, level = ("acoustics", 0), FEATURE_NAMES.index("level_db")
    _, test = run.write_both(acoustics)[0]
    as_recorded, once = read_responses(test)[1], measure(run, acoustics)
    values = read_matrix(test)[1]
    values[:, level] += 20 * np.log10(2)
    run.write(acoustics, "test", values)
    twice = read_responses(test)[1]
    np.testing.assert_allclose(twice[:, level], 2 * as_recorded[:, level], rtol=1e-5)
    np.testing.assert_array_equal(np.delete(twice, level, 1), np.delete(as_recorded, level, 1))
    np.testing.assert_allclose(once["ratio"], measure(run, acoustics)["ratio"], rtol=1e-5)


def test_of_few_numbers_the_best_one_is_chosen_whatever_the_fraction(run):
    run.write_both(("acoustics", 0))
    table = measure(run, ("acoustics", 0), fraction=0.02, permutations=0)
    assert table["units"].eq(1).all()
    assert table["ratio"].notna().all()
    assert table[["null_mean", "null_p"]].isna().all(axis=None)


def test_units_of_a_network_without_a_choice_are_asked_for_in_words(run):
    run.write_both(NETWORK)
    with pytest.raises(TableFileError, match=r"networks\.csv: no units of music, seed 0"):
        run.select(NETWORK).of("music", 0)


@pytest.mark.parametrize("of_category", [0, 1])
def test_a_category_without_clips_to_choose_by_has_no_units_and_says_so(of_category):
    generator = np.random.default_rng(0)
    category = np.arange(20) < of_category
    responses = generator.gamma(2, 1, (20, 16))
    heard = np.arange(20) < 10
    samples = {"train": (responses, category, ~category), "test": (responses, heard, ~heard)}
    settings = {"index": "msi", "fraction": 0.125, "permutations": 20}
    units = rank_by_index(*samples["train"], settings).assign(chosen_on="train")
    draw = partial(named_generator, 0)
    ratios = describe_ratios(samples, units, settings, 100, draw)
    too_few = "the train split has too few clips to choose units by"
    assert not units["selected"].any()
    assert ratios["ratio"].isna().all()
    assert ratios["note"].tolist() == [
        too_few if of_category else "there is no clip of the category alone",
        too_few,
    ]
