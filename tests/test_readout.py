"""Read-out: scikit-learn's LinearRegression, standardisation, sub-classes, degenerate sets."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from made_up_run import MadeUpRun, corpus_tables
from sklearn.linear_model import LinearRegression
from sklearn.metrics import average_precision_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import measure_readout
from science.analyses.readout import (
    evaluate_readout,
    fit_linear_readout,
    fit_standardisation,
    read_out_places,
    read_out_subclasses,
    summarise_subclasses,
)
from science.corpus.ontology import describe_subclasses
from science.statistics.average_precision import chance_per_class


@pytest.fixture
def generator() -> np.random.Generator:
    return np.random.default_rng(2)


def make_features(generator: np.random.Generator, clips: int, features: int = 20) -> np.ndarray:
    """Correlated features on very different scales, far from zero."""
    mixing = np.random.default_rng(0).normal(size=(features, features))
    values = generator.normal(size=(clips, features)) @ mixing
    return (values * np.logspace(-3, 3, features) + 50).astype(np.float32)


def test_equals_scikit_learn(generator: np.random.Generator) -> None:
    fit, test = make_features(generator, 500), make_features(generator, 200)
    targets = generator.uniform(size=(500, 3)) < [0.1, 0.3, 0.5]
    expected = make_pipeline(StandardScaler(), LinearRegression()).fit(
        fit.astype(float), targets.astype(float)
    )
    ours = fit_linear_readout(fit, targets)
    np.testing.assert_allclose(ours.predict(test), expected.predict(test.astype(float)), atol=1e-8)


def test_redundant_features_change_nothing(generator: np.random.Generator) -> None:
    fit, test = (generator.normal(size=(n, 10)) for n in (300, 100))
    targets = generator.uniform(size=(300, 1)) < 0.3
    plain = fit_linear_readout(fit, targets).predict(test)

    def with_redundant(features: np.ndarray) -> np.ndarray:
        combined = features[:, :1] - 2 * features[:, 1:2]
        return np.hstack([features, features[:, :3], combined, np.full((len(features), 1), 0.1)])

    redundant = fit_linear_readout(with_redundant(fit), targets).predict(with_redundant(test))
    np.testing.assert_allclose(redundant, plain, atol=1e-9)


def test_directions_of_little_variance_are_read_too(generator: np.random.Generator) -> None:
    """Of the largest variance the smallest is 1e-9, far above the rounding of a covariance."""

    def make(clips: int) -> tuple[np.ndarray, np.ndarray]:
        common, own = generator.normal(size=(2, clips, 3))
        return np.hstack([common, common + 6.3e-5 * own]), own[:, :1] > 0

    (fit, fit_targets), (test, _) = make(400), make(200)
    spectrum = np.linalg.eigvalsh(np.corrcoef(fit.T))
    assert 1e-10 < spectrum[0] / spectrum[-1] < 1e-8
    expected = make_pipeline(StandardScaler(), LinearRegression()).fit(fit, fit_targets * 1.0)
    ours = fit_linear_readout(fit, fit_targets)
    np.testing.assert_allclose(ours.predict(test), expected.predict(test), atol=1e-4)


def test_fewer_clips_than_features_gives_the_shortest_solution(
    generator: np.random.Generator,
) -> None:
    fit, test = generator.normal(size=(15, 40)), generator.normal(size=(30, 40))
    targets = np.arange(15) % 3 == 0
    expected = make_pipeline(StandardScaler(), LinearRegression()).fit(fit, targets.astype(float))
    ours = fit_linear_readout(fit, targets[:, None]).predict(test)[:, 0]
    np.testing.assert_allclose(ours, expected.predict(test), atol=1e-8)
    result = evaluate_readout(fit, targets, test, np.arange(30) < 10)
    assert result.note == "15 clips fit 40 features exactly"


def test_scales_and_shifts_of_features_do_not_matter(generator: np.random.Generator) -> None:
    fit, test = generator.normal(size=(200, 6)), generator.normal(size=(80, 6))
    targets = generator.uniform(size=(200, 1)) < 0.5
    scales, shifts = np.logspace(-4, 4, 6), np.arange(6) * 10
    moved = fit_linear_readout(fit * scales + shifts, targets).predict(test * scales + shifts)
    np.testing.assert_allclose(moved, fit_linear_readout(fit, targets).predict(test), atol=1e-8)


def test_standardisation_equals_scikit_learn_but_for_constant_features(
    generator: np.random.Generator,
) -> None:
    fit, test = make_features(generator, 60), make_features(generator, 30)
    fit[:, 4] = 0.1
    expected = StandardScaler().fit(fit.astype(float)).transform(test.astype(float))
    expected[:, 4] = 0
    np.testing.assert_allclose(fit_standardisation(fit).apply(test), expected, rtol=1e-9, atol=1e-9)
    assert fit_standardisation(fit).scale[4] == 0


def test_result_is_the_average_precision_of_the_prediction(generator: np.random.Generator) -> None:
    fit, test = make_features(generator, 400), make_features(generator, 150)
    fit_targets, test_targets = fit[:, 0] > 50.001, test[:, 0] > 50.001
    result = evaluate_readout(fit, fit_targets, test, test_targets)
    scores = fit_linear_readout(fit, fit_targets[:, None]).predict(test)[:, 0]
    assert result.average_precision == pytest.approx(average_precision_score(test_targets, scores))
    assert result.average_precision > 2 * result.chance > 0
    assert result.positive_rate == test_targets.mean()
    assert result.chance == chance_per_class(test_targets[:, None])[0]
    assert (result.n_fit_positive, result.n_fit_negative) == (
        fit_targets.sum(),
        (~fit_targets).sum(),
    )
    assert result.n_test_positive + result.n_test_negative == 150


def test_groups_follow_the_ranking_without_overlap(generator: np.random.Generator) -> None:
    samples = []
    for clips in (300, 200):
        category = generator.random(clips) < 0.4
        others = ~category & (generator.random(clips) < 0.8)
        features = make_features(generator, clips)
        features[:, 2] += 3 * category
        samples.append((features, category, others))
    ranking = np.array([2, 0, 4, 1, 3])[: samples[0][0].shape[1]]
    table = read_out_places(*samples, ranking, 0.2)
    assert table["group"].tolist() == ["0-20%", "20-40%", "40-60%", "60-80%"]
    for place, precision in zip(table["place"], table["average_precision"], strict=True):
        sides = []
        for features, category, others in samples:
            used = category | others
            sides += [features[used][:, [ranking[place - 1]]], category[used]]
        assert precision == evaluate_readout(*sides).average_precision
    assert table["average_precision"].idxmax() == 0
    nothing = read_out_places(*samples, ranking[:0], 0.2)
    assert nothing["note"].tolist() == ["there is no unit to read out"]


def test_sub_classes_are_each_read_from_their_own_pure_clips(
    generator: np.random.Generator,
) -> None:
    described = pd.DataFrame({"mid": ["/a", "/b", "/c"], "subclass": ["A", "B", "C"]})
    samples, labels, units = [], [], np.array([3, 0, 1])
    for clips in (300, 200):
        of_clips = [[mid for mid in ("/a", "/b") if generator.random() < 0.3] for _ in range(clips)]
        pure = np.array([bool(of_clip) for of_clip in of_clips]) & (generator.random(clips) < 0.8)
        others = np.array([not of_clip for of_clip in of_clips]) & (generator.random(clips) < 0.8)
        samples.append((make_features(generator, clips), pure, others))
        labels.append(of_clips)
    table = read_out_subclasses(samples, labels, units, described).set_index("subclass")
    sides = []
    for (features, pure, others), of_clips in zip(samples, labels, strict=True):
        carries = np.array(["/b" in of_clip for of_clip in of_clips]) & pure
        used = carries | others
        sides += [features[used][:, units], carries[used]]
    expected = evaluate_readout(*sides)
    assert table.loc["B", "average_precision"] == expected.average_precision
    assert table.loc["B", "n_fit_negative"] == samples[0][2].sum()
    assert table.loc["B", "n_test_positive"] == sides[3].sum()
    assert math.isnan(table.loc["C", "average_precision"])
    assert "fit set has no clip of the category" in table.loc["C", "note"]
    summary = summarise_subclasses(table)
    assert (summary["subclasses"], len(table)) == (2, 3)
    assert summary["subclass_average_precision"] == table["average_precision"][:2].mean()
    assert summary["smallest_test_clips"] == table["n_test_positive"][:2].min()
    assert summary["subclass_note"] == "1 of 3 sub-classes lack clips to fit or test"


def test_sub_classes_are_the_children_in_the_ontology_by_name() -> None:
    corpus = corpus_tables()
    for parent in ("Music genre", "/m/genre"):
        described = describe_subclasses(corpus.ontology, corpus.class_labels, parent)
        assert described.to_dict("list") == {
            "mid": ["/m/rock", "/m/jazz"],
            "subclass": ["Rock music", "Jazz"],
        }
    assert describe_subclasses(corpus.ontology, corpus.class_labels, None).empty
    bare = corpus_tables(genres=())
    absent = describe_subclasses(bare.ontology, bare.class_labels, "Music genre")
    assert absent.columns.tolist() == ["mid", "subclass"]
    assert absent.empty


def test_one_class_only_gives_nan_and_a_note(generator: np.random.Generator) -> None:
    features, some = generator.normal(size=(20, 3)), np.arange(20) < 8
    none, everything = np.zeros(20, bool), np.ones(20, bool)
    cases = [
        (none, some, "fit set has no clip of the category"),
        (everything, some, "fit set has no other clip"),
        (some, none, "test set has no clip of the category"),
        (some, everything, "test set has no other clip"),
    ]
    for fit_targets, test_targets, note in cases:
        result = evaluate_readout(features, fit_targets, features, test_targets)
        assert math.isnan(result.average_precision)
        assert result.note == note
    empty = evaluate_readout(features[:0], none[:0], features[:0], none[:0])
    assert math.isnan(empty.average_precision)


def test_constant_features_alone_give_the_positive_rate() -> None:
    targets = np.arange(20) < 5
    result = evaluate_readout(np.zeros((20, 3)), targets, np.zeros((20, 3)), targets)
    assert result.average_precision == pytest.approx(result.positive_rate)


def test_bad_input_is_refused(generator: np.random.Generator) -> None:
    features = generator.normal(size=(20, 3))
    with pytest.raises(ValueError, match="20 clips have features but the targets are"):
        fit_linear_readout(features, np.zeros((19, 1)))
    features[3, 1] = math.nan
    with pytest.raises(ValueError, match="the first is column 1"):
        fit_linear_readout(features, np.zeros((20, 1)))


class TestScript:
    def measure(self, run: MadeUpRun, *networks, genres=("/m/rock", "/m/jazz")) -> pd.DataFrame:
        splits, corpus = run.write_both(*networks), corpus_tables(genres)
        described = describe_subclasses(corpus.ontology, corpus.class_labels, "Music genre")
        given = splits, run.select(*networks), run.groups(), run.labels, run.category, described
        self.tables = measure_readout.main(*given, 0.125)
        return self.tables["summary"]

    def test_each_sub_class_is_read_from_the_selected_units_alone(self, tmp_path) -> None:
        table = self.measure(MadeUpRun(tmp_path), ("no_music", 3), ("acoustics", 0))
        assert table["units"].tolist() == [2, 2, 2, 2, 7]
        assert table["place"].tolist() == [1, 2, 3, 4, 1]
        assert table["group"].tolist()[1:3] == ["12.5-25%", "25-37.5%"]
        table = table[table["place"] == 1]
        assert table["subclasses"].tolist() == [2, 2]
        assert (table["subclass_average_precision"] > 2 * table["subclass_chance"]).all()
        assert (table["average_precision"] > 2 * table["chance"]).all()
        each = self.tables["per_subclass"]
        assert each["subclass"].tolist() == ["Rock music", "Jazz"] * 2
        assert each["features"].tolist() == ["no_music"] * 2 + ["acoustics"] * 2
        assert each["n_test_positive"].eq(6).all()
        assert each["n_test_negative"].eq(30).all()

    @pytest.mark.parametrize("genres", [(), ("/m/horn",), ("/m/rock",)])
    def test_corpora_of_few_sub_classes(self, tmp_path, genres: tuple) -> None:
        row = self.measure(MadeUpRun(tmp_path), ("x", 0), genres=genres).iloc[0]
        assert row["subclasses"] == (genres == ("/m/rock",))
        assert bool(row["subclass_note"]) == (genres != ("/m/rock",))
        if not genres:
            assert row["subclass_note"] == "the category has no sub-classes here"

    def test_where_no_unit_was_chosen_the_rows_say_so(self, tmp_path) -> None:
        (row,) = self.measure(MadeUpRun(tmp_path, members=1), ("x", 0)).to_dict("records")
        assert (row["units"], row["subclasses"]) == (0, 0)
        notes = self.tables["per_subclass"]["note"]
        assert notes.str.contains("there is no unit to read out").all()
