"""Mean responses to a category and other sounds against SciPy, and their histograms."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from made_up_run import MadeUpRun
from scipy import stats

import measure_mean_response
from science.analyses.mean_response import (
    HISTOGRAM_BINS,
    compare_means,
    histograms,
    pool_networks,
)
from science.sound.acoustics import relative_acoustics
from storage.activations import read_matrix


@pytest.fixture
def generator() -> np.random.Generator:
    return np.random.default_rng(2)


def test_the_test_is_scipys_and_the_interval_holds_the_effect(generator):
    members, others = generator.normal(1, 1, 80), generator.normal(0, 1, 200)
    row = compare_means(members, others, generator, 400)
    reference = stats.mannwhitneyu(members, others, alternative="greater", method="asymptotic")
    assert row["statistic"] == reference.statistic
    assert row["p"] == pytest.approx(reference.pvalue)
    assert row["effect_size"] == pytest.approx(reference.statistic / (80 * 200))
    assert row["low"] < row["effect_size"] < row["high"]
    assert (row["mean_category"], row["mean_other"]) == (members.mean(), others.mean())


def test_a_group_without_clips_has_a_reason(generator):
    row = compare_means(np.empty(0), generator.normal(size=9), generator, 100)
    assert np.isnan(row["mean_category"])
    assert "empty" in row["note"]


def test_every_clip_is_in_one_bin_of_its_group(generator):
    means = generator.gamma(2.0, size=50)
    groups = {"category": np.arange(50) < 20, "other": np.arange(50) >= 25}
    table = histograms(means, groups)
    assert table.groupby("group")["clips"].sum().to_dict() == {"category": 20, "other": 25}
    assert len(table) == 2 * HISTOGRAM_BINS
    for row in table[table["clips"] > 0].itertuples():
        of_group = means[groups[row.group]]
        last = row.high == table["high"].max()
        below = of_group <= row.high if last else of_group < row.high
        assert ((of_group >= row.low) & below).sum() == row.clips


def test_the_two_way_interval_covers_networks_that_differ(generator):
    """Over clips of one network the interval is blind to what another network would do."""
    shifts = (0.2, 0.9, 0.5, 1.3)
    others = [generator.normal(0, 1, 300) for _ in shifts]
    networks = [(generator.normal(by, 1, 200), of) for by, of in zip(shifts, others, strict=True)]
    row = pool_networks(networks, generator)
    sizes = [stats.mannwhitneyu(*of_one).statistic / (200 * 300) for of_one in networks]
    assert row["effect_size"] == pytest.approx(np.mean(sizes))
    assert row["two_way_low"] < row["effect_size"] < row["two_way_high"]
    one = compare_means(*networks[1], generator, 300)
    assert row["two_way_high"] - row["two_way_low"] > 2 * (one["high"] - one["low"])
    alone = pool_networks(networks[:1], generator)
    assert np.isnan([alone["two_way_low"], alone["low"]]).all()


def measure(run: MadeUpRun, *networks: tuple[str, int]) -> pd.DataFrame:
    files = [run.path(network, "test") for network in networks]
    tables = measure_mean_response.main(files, run.groups_file(), run.category, 100, 7)
    counted = tables["histogram"].groupby("group")["clips"].sum() / len(networks)
    kinds = run.of("test")["kind"].value_counts()
    assert counted.to_dict() == {"category": kinds.get("pure", 0), "other": kinds["none"]}
    conditions = [features for features, _ in networks if features != "acoustics"]
    assert tables["networks"]["networks"].sum() == len(conditions)
    return tables["summary"]


def test_every_network_has_a_row_of_its_clips(tmp_path):
    run, networks = MadeUpRun(tmp_path, "speech"), [("no_speech", 0), ("no_speech", 4)]
    run.write_both(*networks)
    table = measure(run, *networks)
    for row, network in zip(table.itertuples(), networks, strict=True):
        assert (row.features, row.seed, row.category) == (*network, "speech")
        means = run.responses(network, "test").mean(axis=1)
        assert row.mean_category == pytest.approx(means[run.members("test")].mean())
        assert (row.n1, row.n2) == (12, 30)
        assert row.low <= row.effect_size <= row.high
        assert row.effect_size > 0.9


def test_without_the_category_there_is_a_reason(tmp_path):
    run = MadeUpRun(tmp_path, members=0)
    run.write_both(("no_music", 0))
    (row,) = measure(run, ("no_music", 0)).to_dict("records")
    assert np.isnan(row["p"])
    assert "empty" in row["note"]


def test_acoustics_are_measured_in_the_units_of_the_train_split(tmp_path):
    """Test clips that are all alike have a mean of 1 by themselves, and here another."""
    run, acoustics = MadeUpRun(tmp_path), ("acoustics", 0)
    train, test = run.write_both(acoustics)[0]
    values = read_matrix(test)[1]
    alike = np.repeat(2 * values[:1], len(values), axis=0)
    run.write(acoustics, "test", alike)
    (row,) = measure(run, acoustics).to_dict("records")
    expected = relative_acoustics(alike, read_matrix(train)[1]).mean(axis=1)[0]
    assert abs(expected - 1) > 0.01
    assert row["mean_category"] == pytest.approx(expected)
    assert row["mean_other"] == pytest.approx(expected)
