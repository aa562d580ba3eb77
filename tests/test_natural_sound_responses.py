"""Responses to natural sounds against naive loops and SciPy, and the script that measures them."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from made_up_run import MadeUpRun
from scipy import stats

import measure_natural_sounds
from science.analyses.natural_sounds import (
    MEAN_COLUMNS,
    NETWORK,
    RATIO_COLUMNS,
    SOUND_COLUMNS,
    absent_tables,
    category_means,
    ratio_of_sounds,
)
from science.sound.waveforms import encode_flac
from storage.clips import AskedClip, ClipRow, write_clip_shard
from storage.labels import write_components

MUSIC = ("Vocal Music", "Instr. Music")
NETWORKS = [(features, seed) for features in ("no_music", "random_labels") for seed in (0, 1)]
BASELINES = [("gbfb", 0), ("acoustics", 0)]


def test_means_and_ratio_equal_a_naive_loop():
    categories = ["Nature"] * 5 + ["Vocal Music"] * 4 + ["Instr. Music"] * 3
    values = np.random.default_rng(0).gamma(2.0, size=(12, 4))
    given = (values, np.array([1, 3]), categories, MUSIC, np.random.default_rng(0), 100)
    means = category_means(*given).set_index("sound_category")
    assert list(means.index) == ["Instr. Music", "Nature", "Vocal Music"]
    assert means.loc["Nature", "response"] == pytest.approx(values[:5, [1, 3]].mean())
    assert means["in_category"].tolist() == [True, False, True]
    ratio = ratio_of_sounds(*given)
    assert tuple(ratio) == RATIO_COLUMNS
    assert ratio["ratio"] == pytest.approx(values[5:, [1, 3]].mean() / values[:5, [1, 3]].mean())
    assert ratio["low"] < ratio["ratio"] < ratio["high"]
    of_sounds = values[5:, [1, 3]].mean(1), values[:5, [1, 3]].mean(1)
    reference = stats.mannwhitneyu(*of_sounds, alternative="greater", method="asymptotic")
    assert (ratio["statistic"], ratio["sidedness"]) == (reference.statistic, "greater")
    assert ratio["p"] == pytest.approx(reference.pvalue)


def measure(
    folder, categories: list[str], wanted=MUSIC, members=12, brain: np.ndarray | None = None
) -> dict[str, pd.DataFrame]:
    """Tables of a run whose units 0, 2 and 3 respond to music; a missing sound has no part.

    `brain` [sounds] is the response of its component melody, if there is one.
    """
    run = MadeUpRun(folder, members=members)
    run.write_both(*NETWORKS, *BASELINES)
    ids = [f"sound{number:02d}" for number in range(len(categories))]
    asked = [
        AskedClip(name, name, 0.0, 2.0, (kind,)) for name, kind in zip(ids, categories, strict=True)
    ]
    flac = encode_flac(np.ones(9, np.int16))
    rows = [ClipRow.found(sound, "test", flac) for sound in asked]
    rows.append(ClipRow.failed(AskedClip("z", "z", 0.0, 2.0, ("Nature",)), "test", "missing", ""))
    write_clip_shard(folder / "0.parquet", rows)
    run.clips = pd.DataFrame({"clip_id": ids, "split": "all", "kind": "none"})
    files = []
    for network in (*NETWORKS, *BASELINES):
        values = run.responses(network, "all", 7 if network[0] == "acoustics" else 16)
        values[np.ix_(np.isin(categories, MUSIC), range(4))] += 2
        files.append(run.write(network, "all", values, "natural_sounds"))
    units = run.select(*NETWORKS, *BASELINES)
    components = folder / "components.csv"
    of_brain = None if brain is None else pd.DataFrame({"noise": 1.0, "melody": brain}, ids)
    write_components(components, of_brain)
    return measure_natural_sounds.main(
        folder / "0.parquet", files, units, (components, "melody"), "music", wanted, "no_music",
        100, 0,
    )  # fmt: skip


def test_selective_units_and_baselines_stand_beside_each_other(tmp_path):
    tables = measure(tmp_path, ["Vocal Music", "Instr. Music", "Nature", "Mechanical"] * 3)
    summary = tables["summary"]
    assert list(zip(summary["features"], summary["seed"], strict=True)) == [*NETWORKS, *BASELINES]
    assert (summary["ratio"] > 1.2).all()
    assert summary[["category_sounds", "other_sounds"]].eq(6).all(axis=None)
    assert tables["means"].columns.tolist() == [*NETWORK, *MEAN_COLUMNS]
    assert len(tables["means"]) == 6 * 4
    tests = tables["tests"]
    compared = tests[tests["second"] != ""]
    assert set(compared["second"]) == {"random_labels", "gbfb", "acoustics"}
    # Each category of music with each other one, in each condition; baselines are no networks.
    pairs = tests[tests["second"] == ""]
    assert pairs.groupby("features")["comparison"].nunique().to_dict() == {
        "no_music": 4, "random_labels": 4,
    }  # fmt: skip
    means = tables["means"].query("features == 'no_music'")
    wide = means.pivot(index="seed", columns="sound_category", values="response")
    row = pairs.set_index(["features", "comparison"]).loc["no_music", "Vocal Music above Nature"]
    expected = stats.wilcoxon(wide["Vocal Music"], wide["Nature"], alternative="greater")
    assert (row["statistic"], row["p"]) == (expected.statistic, expected.pvalue)


def test_the_brain_stands_beside_them_with_the_component_of_the_category(tmp_path):
    categories = ["Vocal Music", "Instr. Music", "Nature", "Mechanical"] * 3
    brain = np.where(np.isin(categories, MUSIC), 4.4, 1.0)
    tables = measure(tmp_path, categories, brain=brain)
    row = tables["summary"].set_index("features").loc["brain"]
    assert (row["seed"], row["units"], row["ratio"]) == (0, 1, pytest.approx(4.4))
    assert tables["means"].query("features == 'brain'")["response"].tolist() == [4.4, 1, 1, 4.4]
    tests = tables["tests"].set_index("second")
    networks = tables["summary"].query("features == 'no_music'")["ratio"]
    # As published: one-tailed, of the brain above the networks.
    expected = stats.wilcoxon(4.4 - networks, alternative="greater")
    assert tests.loc["brain", "p"] == expected.pvalue
    assert tests.loc["brain", "sidedness"] == "less"
    # It is no condition, and its sounds are compared with no other's network by network.
    assert "brain" not in set(tests.loc[[""], "features"])


def test_each_sound_is_over_the_mean_of_all(tmp_path):
    categories = ["Vocal Music", "Instr. Music", "Nature", "Mechanical"] * 3
    tables = measure(tmp_path, categories, brain=np.arange(1.0, 13.0))
    sounds = tables["sounds"]
    assert sounds.columns.tolist() == [*NETWORK, *SOUND_COLUMNS]
    means = sounds.groupby(["features", "seed"])["response"].mean()
    assert len(means) == 7
    np.testing.assert_allclose(means, 1)
    of_brain = sounds[sounds["features"] == "brain"]
    np.testing.assert_allclose(of_brain["response"], np.arange(1, 13) / 6.5)
    assert of_brain["sound_category"].tolist() == categories
    assert of_brain["in_category"].tolist() == [True, True, False, False] * 3
    ratios = sounds.groupby(["features", "seed", "in_category"])["response"].mean().unstack()
    expected = tables["summary"].set_index(["features", "seed"])["ratio"]
    np.testing.assert_allclose((ratios[True] / ratios[False])[expected.index], expected)


def test_another_category_has_other_sounds(tmp_path):
    sounds = ["Vocal Music", "English Speech", "Nature", "Mechanical"] * 3
    summary = measure(tmp_path, sounds, ["English Speech"])["summary"]
    assert summary["category_sounds"].eq(3).all()
    assert (summary["ratio"] < 1).all()


def test_sounds_without_the_category_end_in_rows_without_ratio(tmp_path):
    summary = measure(tmp_path, ["Nature", "Mechanical"] * 3)["summary"]
    assert summary["ratio"].isna().all()
    assert summary["note"].str.contains("empty").all()


def test_where_no_unit_was_chosen_the_rows_say_so(tmp_path):
    summary = measure(tmp_path, ["Vocal Music", "Nature"] * 3, members=1)["summary"]
    assert summary["note"].eq("no unit was chosen").all()
    assert summary[["ratio", "mean_category", "p"]].isna().all(axis=None)


def test_absent_sounds_end_in_one_row_that_says_why():
    tables = absent_tables("no folder of sounds is named")
    summary = tables["summary"]
    assert summary["note"].tolist() == ["not run: no folder of sounds is named"]
    assert summary["features"].tolist() == [""]
    assert tuple(summary.columns) == (*NETWORK, *RATIO_COLUMNS)
    assert tables["means"].empty
    assert tuple(tables["sounds"].columns) == (*NETWORK, *SOUND_COLUMNS)
    assert tables["tests"].empty
