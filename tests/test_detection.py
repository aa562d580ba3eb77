"""Detection of classes against scikit-learn, the classes of the category apart from the others."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from made_up_run import CLASSES, MadeUpRun, corpus_tables
from sklearn.metrics import average_precision_score

import measure_detection
from science.network.cnn import NetworkSettings
from science.statistics.average_precision import chance_per_class
from storage.networks import save_network

CATEGORY = [{"label": "Music", "descendants": True}]


def measure(
    run: MadeUpRun, scores: dict[tuple[str, int], np.ndarray], without_scores: tuple = ()
) -> tuple[pd.DataFrame, ...]:
    files = {}
    for network, values in scores.items():
        weights = run.folder / f"{network[0]}{network[1]}.pt"
        made_from = {"scores_taken": network not in without_scores}
        save_network(weights, {}, NetworkSettings(), list(CLASSES), made_from)
        files[network] = weights, run.write_scores(network, "test", values)
    outputs = run.folder / "classes.csv", run.folder / "detection.csv"
    measure_detection.main(files, run.labels, corpus_tables(), "music", CATEGORY, *outputs)
    return tuple(pd.read_csv(path) for path in outputs)


def test_precision_is_scikit_learns_class_by_class_and_on_average(tmp_path):
    run = MadeUpRun(tmp_path)
    labels = run.of("test")["labels"]
    shape = len(labels), len(CLASSES)
    generator = np.random.default_rng(0)
    scores = {("no_music", seed): generator.normal(size=shape) for seed in (0, 4)}
    classes, summary = measure(run, scores)
    of_one = classes[classes["seed"] == 4].set_index("mid")
    assert of_one["group"].to_dict() == {
        mid: "category" if mid in ("/m/music", "/m/rock", "/m/jazz") else "other" for mid in CLASSES
    }
    for column, mid in enumerate(CLASSES):
        truth = [mid in of_clip for of_clip in labels]
        values = scores["no_music", 4][:, column].astype(np.float32)
        row = of_one.loc[mid]
        assert row["average_precision"] == pytest.approx(average_precision_score(truth, values))
        assert row["positive_rate"] == pytest.approx(np.mean(truth))
        assert row["chance"] == chance_per_class(np.array(truth)[:, None])[0]
        assert (row["positives"], row["clips"]) == (sum(truth), 43)
    means = summary[summary["seed"] == 4].set_index("group")
    for group, rows in of_one.groupby("group"):
        assert means.loc[group, "mean_average_precision"] == pytest.approx(
            rows["average_precision"].mean()
        )
        assert (means.loc[group, "classes"], means.loc[group, "category"]) == (3, "music")
    everything = means.loc["all"]
    assert everything["classes"] == 6
    assert everything["mean_average_precision"] == pytest.approx(of_one["average_precision"].mean())
    for name in ("chance", "positive_rate"):
        assert everything[name] == pytest.approx(of_one[name].mean())


def test_classes_without_a_clip_are_listed_and_have_no_part_in_means(tmp_path):
    run = MadeUpRun(tmp_path, others=1)
    scores = np.ones((len(run.of("test")), len(CLASSES)))
    classes, summary = measure(run, {("no_music", 0): scores})
    assert classes.set_index("mid")["average_precision"].isna().sum() == 2
    means = summary.set_index("group")
    assert means["classes"].to_dict() == {"category": 3, "other": 1, "all": 4}
    np.testing.assert_allclose(means["mean_average_precision"], means["positive_rate"])


def test_a_network_without_a_layer_of_these_classes_detects_none_and_says_so(tmp_path):
    run = MadeUpRun(tmp_path)
    scores = np.random.default_rng(1).normal(size=(len(run.of("test")), len(CLASSES)))
    networks = {("no_music", 0): scores, ("theirs", 0): scores}
    tables = measure(run, networks, without_scores=[("theirs", 0)])
    for table, value in zip(tables, ("average_precision", "mean_average_precision"), strict=True):
        theirs, ours = (table[table["features"] == name] for name in ("theirs", "no_music"))
        assert theirs[value].isna().all()
        assert theirs["note"].eq("its weights have no layer of these classes").all()
        assert ours[value].notna().all()
        assert ours["note"].isna().all()
        assert theirs["chance"].tolist() == ours["chance"].tolist()
