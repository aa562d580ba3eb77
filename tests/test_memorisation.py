"""Chance of a network's knowledge of labels: the scores of another class, against naive loops."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from made_up_run import CLASSES, MadeUpRun
from sklearn.metrics import average_precision_score

import measure_memorisation
from science.analyses.memorisation import (
    RESULT_COLUMNS,
    cross_average_precision,
    describe_knowledge,
    knowledge_of_targets,
    other_class_null,
)
from science.statistics.average_precision import average_precision_per_class
from storage.tables import write_table


@pytest.fixture
def generator() -> np.random.Generator:
    return np.random.default_rng(5)


def test_every_pair_of_classes_is_as_scikit_learn_has_it(generator):
    scores = generator.integers(0, 12, (60, 4)).astype(np.float16)  # with ties
    targets = generator.random((60, 4)) < [0.05, 0.2, 0.5, 0.0]
    targets[0, 0] = True
    cross = cross_average_precision(scores, targets)
    for row in range(4):
        for column in range(3):
            expected = average_precision_score(targets[:, column], scores[:, row])
            assert cross[row, column] == pytest.approx(expected)
    assert np.isnan(cross[:, 3]).all()
    np.testing.assert_allclose(
        np.diagonal(cross), average_precision_per_class(scores, targets), rtol=1e-6
    )


def test_each_class_takes_the_scores_of_another(generator):
    cross = np.array([[100.0, 1.0, 2.0], [3.0, 100.0, 4.0], [5.0, 6.0, 100.0]])
    null = other_class_null(cross, generator, 500)
    circles = {(1 + 4 + 5) / 3, (2 + 6 + 3) / 3}
    assert set(np.round(null, 9)) == {round(value, 9) for value in circles}


def test_without_a_second_class_there_is_no_chance(generator):
    cross = np.array([[1.0, np.nan], [0.5, np.nan]])
    assert np.isnan(other_class_null(cross, generator)).all()


def test_of_random_scores_the_null_is_the_expected_average_precision(generator):
    """E[AP] of a random order: (p - 1) / (n - 1) (1 - H / n) + H / n, with H the nth harmonic."""
    clips, classes, positives = 200, 150, 3
    targets = np.zeros((clips, classes), bool)
    for column in range(classes):
        targets[generator.choice(clips, positives, replace=False), column] = True
    cross = cross_average_precision(generator.normal(size=(clips, classes)), targets)
    harmonic = (1 / np.arange(1, clips + 1)).sum()
    expected = (positives - 1) / (clips - 1) * (1 - harmonic / clips) + harmonic / clips
    assert other_class_null(cross, generator).mean() == pytest.approx(expected, rel=0.05)
    assert expected > 2 * positives / clips


def test_a_network_that_knows_lies_above_chance_and_one_that_does_not_lies_within(generator):
    classes = [f"/m/{number}" for number in range(30)]
    labels = [[classes[number]] for number in generator.integers(0, 30, 400)]
    truth = np.array([[mid in of_clip for mid in classes] for of_clip in labels])
    noise = generator.normal(size=truth.shape)
    knowing = knowledge_of_targets(noise + 5 * truth, labels, classes, generator)
    assert tuple(knowing) == RESULT_COLUMNS
    assert knowing["mean_average_precision"] > 0.9 > knowing["null_high"]
    within = 0
    for _ in range(40):
        scores = generator.normal(size=truth.shape)
        result = knowledge_of_targets(scores, labels, classes, generator)
        within += result["null_low"] <= result["mean_average_precision"] <= result["null_high"]
    assert within >= 33


def test_classes_that_sound_alike_raise_chance_with_them(generator):
    """Where clips of a class share a sound, any class' scores order them together."""
    clips, classes = 300, 10
    sound = generator.normal(size=(clips, 3))
    targets = np.column_stack([sound @ generator.normal(size=3) > 1.5 for _ in range(classes)])
    within = []
    for _ in range(60):
        scores = sound @ generator.normal(size=(3, classes))
        cross = cross_average_precision(scores, targets)
        null = other_class_null(cross, generator)
        within.append(np.nanmean(np.diagonal(cross)) <= np.quantile(null, 0.975))
        assert null.mean() > 1.2 * targets.mean()
    assert np.mean(within) > 0.9


def test_a_split_without_clips_has_a_reason(generator):
    table = describe_knowledge(
        {"train": ("trained on", np.zeros((0, 2)), [])}, ["/m/a", "/m/b"], {"train": generator}
    )
    assert table["mean_average_precision"].isna().all()
    assert "not trained" in table["note"].iloc[0]


def test_train_is_scored_by_the_targets_trained_on_and_test_by_the_true_ones(tmp_path, generator):
    run, network = MadeUpRun(tmp_path), ("random_labels", 2)
    train, apart = run.of("train"), ["/m/dog", "/m/rain", "/m/horn"]
    random_label = generator.choice(apart, len(train))
    scores = np.column_stack([random_label == mid for mid in CLASSES]).astype(float)
    files = (
        run.write_scores(network, "train", scores),
        run.write_scores(network, "test", np.zeros((len(run.of("test")), len(CLASSES)))),
    )
    split = np.where(np.arange(len(train)) < 30, "train", "validation")
    targets = [[label] for label in random_label]
    columns = {"clip_id": train["clip_id"], "split": split, "targets": targets}
    write_table(tmp_path / "random_labels.parquet", pd.DataFrame(columns))
    table = run.measured(
        measure_memorisation.main, [files], {"random_labels": tmp_path / "random_labels.parquet"},
        run.labels, apart, {network: 0.25}, 7,
    ).set_index("split")  # fmt: skip
    assert table["targets"].to_dict() == {
        "train": "trained on", "validation": "trained on", "test": "true",
    }  # fmt: skip
    assert (table["mean_average_precision"] == 1).tolist() == [True, True, False]
    assert table["clips"].tolist() == [30, 12, 43]
    of_test = table.loc["test"]
    # All clips score alike.
    rates = [np.mean([mid in of_clip for of_clip in run.of("test")["labels"]]) for mid in apart]
    assert of_test["mean_average_precision"] == pytest.approx(np.mean([*filter(None, rates)]))
    assert of_test["classes"] == 3
    assert table["segregation_index"].eq(0.25).all()
    assert table["seed"].eq(2).all()
