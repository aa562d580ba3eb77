"""Units beside components of the brain: what is planted is found, what is permuted is not."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from made_up_run import MadeUpRun
from scipy import stats
from sklearn.linear_model import RidgeCV

import measure_brain
from science.analyses.brain import (
    CORRELATION_COLUMNS,
    NETWORK,
    PREDICTION_COLUMNS,
    absent_tables,
    arrangements,
    correlate,
    draw_halves,
    predict,
    reliability,
)
from science.sound.waveforms import encode_flac
from storage.activations import write_features
from storage.clips import AskedClip, ClipRow, write_clip_shard
from storage.labels import read_responses_of_brain, write_components

SOUNDS = 165
CATEGORIES = np.repeat(["Music", "Song", "Nature", "Speech", "Mechanical"], 33)
HALVES = draw_halves(SOUNDS, 10, seed=9)


def draw(*key: int) -> np.random.Generator:
    return np.random.default_rng(key)


def made_up_components() -> pd.DataFrame:
    """One made of the categories alone, one with more in it, one of noise."""
    by_category = np.isin(CATEGORIES, ["Music", "Song"]).astype(float)
    more = by_category + draw(1).normal(size=SOUNDS)
    noise = draw(2).normal(size=SOUNDS)
    return pd.DataFrame({"category": by_category, "more": more, "noise": noise})


def test_correlations_are_those_of_scipy():
    components = made_up_components()
    profile = components["more"].to_numpy() + draw(3).normal(size=SOUNDS)
    table = correlate(profile, components, CATEGORIES, 100, draw(4)).set_index("component")
    assert ["component", *table.columns] == list(CORRELATION_COLUMNS)
    for name, values in components.items():
        assert table.loc[name, "pearson"] == pytest.approx(stats.pearsonr(profile, values)[0])
        assert table.loc[name, "spearman"] == pytest.approx(stats.spearmanr(profile, values)[0])


def test_the_null_within_categories_sees_only_what_is_more_than_the_category():
    components = made_up_components()
    table = correlate(
        components["more"].to_numpy() + 0.5 * draw(3).normal(size=SOUNDS),
        components, CATEGORIES, 999, draw(4),
    ).set_index("component")  # fmt: skip
    least = 1 / 1000
    assert table.loc["category", "p_over_sounds"] == least
    # Within a category this component is the same for all sounds: every arrangement equals ours.
    assert table.loc["category", "p_within_categories"] == 1
    assert table.loc["more", ["p_over_sounds", "p_within_categories"]].eq(least).all()
    assert table.loc["noise", "p_within_categories"] > 0.01


def test_p_is_that_of_a_naive_loop():
    components = made_up_components()[["more", "noise"]]
    profile = draw(5).normal(size=SOUNDS)
    table = correlate(profile, components, CATEGORIES, 50, draw(6))
    generator = draw(6)
    for column, groups in (
        ("p_over_sounds", np.zeros(SOUNDS, dtype=int)),
        ("p_within_categories", np.unique(CATEGORIES, return_inverse=True)[1]),
    ):
        orders = arrangements(groups, 50, generator)
        for row, name in enumerate(components):
            values = components[name]
            ours = np.corrcoef(profile, values)[0, 1]
            null = [np.corrcoef(profile[order], values)[0, 1] for order in orders]
            expected = (1 + np.sum(np.array(null) >= ours)) / 51
            assert table.loc[row, column] == pytest.approx(expected)


def test_arrangements_stay_within_groups_and_take_every_place_equally_often():
    groups = np.array([1, 0, 1, 0, 1, 2])
    orders = arrangements(groups, 6000, draw(7))
    assert (np.sort(orders, axis=1) == np.arange(6)).all()
    assert (groups[orders] == groups).all()
    for place in (0, 2, 4):
        shares = np.bincount(orders[:, place], minlength=6)[[0, 2, 4]] / 6000
        np.testing.assert_allclose(shares, 1 / 3, atol=0.03)


def test_permuted_profiles_have_uniform_p():
    components = made_up_components()[["more"]]
    p = np.array(
        [
            correlate(draw(8, n).normal(size=SOUNDS), components, CATEGORIES, 99, draw(9, n))[
                ["p_over_sounds", "p_within_categories"]
            ].to_numpy()[0]
            for n in range(200)
        ]
    )
    for column in p.T:
        assert stats.kstest(column, "uniform").pvalue > 0.001
        assert np.mean(column <= 0.05) < 0.1


def test_reliability_is_the_mean_of_all_pairs():
    profiles = [draw(10, n).normal(size=SOUNDS) for n in range(3)]
    r = np.corrcoef(profiles)
    assert reliability(profiles) == pytest.approx((r[0, 1] + r[0, 2] + r[1, 2]) / 3)
    assert np.isnan(reliability(profiles[:1]))


def test_a_half_more_leaves_the_others_as_they_are():
    for half, again in zip(HALVES[:3], draw_halves(SOUNDS, 3, seed=9), strict=True):
        np.testing.assert_array_equal(half, again)
        assert len(np.unique(half)) == 83
    often = np.bincount(np.concatenate(draw_halves(SOUNDS, 400, seed=1))) / 400
    assert abs(often - 83 / 165).max() < 0.12
    assert not np.array_equal(HALVES[0], HALVES[1])


def test_a_planted_component_is_predicted_and_permuted_sounds_are_not():
    components = made_up_components()
    units = draw(11).normal(size=(SOUNDS, 60))
    units[:, 3] += 3 * components["more"]
    units[:, 7] -= 2 * components["more"]
    inside = np.isin(CATEGORIES, ["Music", "Song"])
    table = predict(units, components, inside, HALVES).set_index("component")
    assert {"component", *table.columns} == set(PREDICTION_COLUMNS)
    assert table.loc["more", "r2"] > 0.7
    assert table.loc["more", "r2_within_category"] > 0.6
    assert table.loc["noise", "r2"] < 0.05
    assert (table["low"] <= table["r2"]).all()
    assert (table["r2"] <= table["high"]).all()
    permuted = predict(draw(12).permutation(units), components, inside, HALVES)
    assert (permuted["r2"] < 0.05).all()


@pytest.mark.filterwarnings("ignore:invalid value", "ignore:divide by zero")
@pytest.mark.parametrize("share", [0.4, 0.0])
def test_every_half_is_predicted_as_by_scikit_learn(share):
    """Also where nothing can be predicted, and scikit-learn's predictions do not vary at all."""
    components = made_up_components()[["more"]]
    values = components["more"].to_numpy()
    units = draw(13).gamma(2, size=(SOUNDS, 100)) + share * components.to_numpy()
    inside = np.isin(CATEGORIES, ["Music"])
    constant = 0
    for half in HALVES:
        row = predict(units, components, inside, [half]).iloc[0]
        rest = np.setdiff1d(np.arange(SOUNDS), half)
        assert (len(half), len(rest)) == (83, 82)
        model = RidgeCV(alphas=10.0 ** np.arange(-50, 50)[::-1]).fit(units[half], values[half])
        r = np.corrcoef(model.predict(units[rest]), values[rest])[0, 1]
        constant += np.isnan(r)
        assert row["r2"] == pytest.approx(max(np.nan_to_num(r), 0) ** 2, abs=1e-6)
    assert (constant > 0) == (share == 0)


def test_a_prediction_that_is_the_wrong_way_round_or_constant_counts_nothing():
    components = made_up_components()[["more"]]
    silent = predict(np.zeros((SOUNDS, 4)), components, np.zeros(SOUNDS, dtype=bool), HALVES)
    assert silent["r2"].eq(0).all()
    assert silent["r2_within_category"].isna().all()


NETWORKS = [("no_music", 0), ("no_music", 1), ("untrained", 0)]
BASELINES = [("gbfb", 0), ("acoustics", 0)]


def measured(folder, components: pd.DataFrame | None, networks=NETWORKS) -> dict:
    """Tables of a run, of whose networks one condition responds as a component does."""
    run = MadeUpRun(folder)
    run.write_both(*networks, *BASELINES)
    ids = [f"sound{number:03d}" for number in range(SOUNDS)]
    flac = encode_flac(np.ones(9, np.int16))
    rows = [
        ClipRow.found(AskedClip(name, name, 0.0, 2.0, (str(kind),)), "test", flac)
        for name, kind in zip(ids, CATEGORIES, strict=True)
    ]
    write_clip_shard(folder / "0.parquet", rows)
    brain = folder / "components.csv"
    if components is not None:
        components = components.set_axis(ids).sample(frac=1, random_state=0)
    write_components(brain, components)
    run.clips = pd.DataFrame({"clip_id": ids, "split": "all", "kind": "none"})
    files = []
    for network in (*networks, *BASELINES, ("pca", 0)):
        values = run.responses(network, "all", 7 if network[0] == "acoustics" else 16)
        if network[0] == "no_music":
            values[:, [0, 2, 3]] += made_up_components()[["more"]].to_numpy() + 5
        files.append(path := run.write(network, "all", values, "natural_sounds"))
        if network in networks:
            path.with_name("layers").mkdir()
            # An earlier layer, in which nothing is left of what the features respond.
            noise = np.random.default_rng(5).normal(size=(SOUNDS, 6))
            beside = path.with_name("layers") / path.name
            write_features(beside, ids, [f"conv1_{unit:03d}" for unit in range(6)], noise)
    units = run.select(*networks, *BASELINES)
    return measure_brain.main(
        folder / "0.parquet", brain, files, (["conv1", "conv4"], "conv4"), units,
        ["Music", "Song"], 199, 10, 0,
    )  # fmt: skip


def test_the_script_finds_the_condition_whose_units_respond_as_the_brain(tmp_path):
    tables = measured(tmp_path, made_up_components())
    correlations, prediction = tables["correlations"], tables["prediction"]
    assert list(correlations.columns) == [*NETWORK, *CORRELATION_COLUMNS]
    assert list(prediction.columns) == [*NETWORK, *PREDICTION_COLUMNS]
    assert set(prediction["features"]) == {"no_music", "untrained", "gbfb", "acoustics", "pca"}
    assert "pca" not in set(correlations["features"])
    more = correlations[correlations["component"] == "more"].set_index("features")
    assert (more.loc["no_music", ["pearson", "reliability"]] > 0.6).all(axis=None)
    assert (more.loc["no_music", "p_within_categories"] == 1 / 200).all()
    assert np.isnan(more.loc["untrained", "reliability"])
    assert abs(more.loc["untrained", "pearson"]) < 0.3
    layers = prediction.groupby("features", sort=False)["layer"].unique().map(list)
    assert layers["no_music"] == layers["untrained"] == ["", "conv1"]
    assert layers["pca"] == layers["gbfb"] == [""]
    earlier = prediction.query("component == 'more' and layer == 'conv1'")
    assert (earlier["r2"] < 0.1).all()
    analysed = prediction.query("component == 'more' and layer == ''")
    r2 = analysed.groupby("features")["r2"].mean()
    assert r2["no_music"] > 0.5
    assert (r2.drop("no_music") < 0.1).all()


def test_a_network_more_changes_no_number_of_the_others(tmp_path):
    fewer = measured(tmp_path / "fewer", made_up_components(), NETWORKS[1:])
    more = measured(tmp_path / "more", made_up_components())
    for name, table in fewer.items():
        kept = more[name].query("features != 'no_music' or seed != 0").reset_index(drop=True)
        # How alike the networks of a condition are is of all of them.
        columns = table.columns.difference(["reliability"])
        pd.testing.assert_frame_equal(table[columns].reset_index(drop=True), kept[columns])


def test_without_components_both_tables_say_so(tmp_path):
    for tables in (measured(tmp_path, None), absent_tables(measure_brain.NONE)):
        for table in tables.values():
            assert table["note"].tolist() == [f"not run: {measure_brain.NONE}"]


def test_components_come_back_as_they_were_written(tmp_path):
    components = made_up_components().set_axis([f"s{n:03d}" for n in range(SOUNDS)])
    write_components(tmp_path / "components.csv", components)
    read = read_responses_of_brain(tmp_path / "components.csv")
    np.testing.assert_allclose(read, components)
    assert list(read.columns) == list(components.columns)
    assert list(read.index) == list(components.index)
