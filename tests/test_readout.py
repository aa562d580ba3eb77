"""Read-out: scikit-learn's LinearRegression, standardisation, genres, degenerate sets."""

from __future__ import annotations

import math

import numpy as np
import pytest
from sklearn.linear_model import LinearRegression
from sklearn.metrics import average_precision_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from science.analyses.readout import (
    evaluate_genre_readouts,
    evaluate_readout,
    fit_linear_readout,
    fit_standardisation,
)


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
    assert result.chance == test_targets.mean()
    assert (result.n_fit_positive, result.n_fit_negative) == (
        fit_targets.sum(),
        (~fit_targets).sum(),
    )
    assert result.n_test_positive + result.n_test_negative == 150


def test_genres_are_each_read_from_their_own_clips(generator: np.random.Generator) -> None:
    fit, test = make_features(generator, 300), make_features(generator, 200)
    fit_genres = generator.uniform(size=(300, 3)) < 0.2
    test_genres = generator.uniform(size=(200, 3)) < 0.2
    fit_genres[:, 2] = False
    fit_others, test_others = (
        ~genres.any(axis=1) & (generator.uniform(size=len(genres)) < 0.8)
        for genres in (fit_genres, test_genres)
    )
    results = evaluate_genre_readouts(fit, fit_genres, fit_others, test, test_genres, test_others)
    used, tested = fit_genres[:, 1] | fit_others, test_genres[:, 1] | test_others
    expected = evaluate_readout(
        fit[used], fit_genres[used, 1], test[tested], test_genres[tested, 1]
    )
    assert results[1] == expected
    assert results[1].n_fit_negative == fit_others.sum()
    assert math.isnan(results[2].average_precision)
    assert results[2].note == "fit set has no clip of the category"


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


def test_constant_features_alone_give_chance() -> None:
    targets = np.arange(20) < 5
    result = evaluate_readout(np.zeros((20, 3)), targets, np.zeros((20, 3)), targets)
    assert result.average_precision == pytest.approx(result.chance)


def test_bad_input_is_refused(generator: np.random.Generator) -> None:
    features = generator.normal(size=(20, 3))
    with pytest.raises(ValueError, match="20 clips have features but the targets are"):
        fit_linear_readout(features, np.zeros((19, 1)))
    features[3, 1] = math.nan
    with pytest.raises(ValueError, match="the first is column 1"):
        fit_linear_readout(features, np.zeros((20, 1)))
