"""Average precision: scikit-learn's on data with ties, classes without positives, chance."""

from __future__ import annotations

import math
from itertools import permutations

import numpy as np
import pytest
from sklearn.metrics import average_precision_score

from science.statistics import average_precision as module
from science.statistics.average_precision import (
    average_precision_per_class,
    chance_per_class,
    mean_average_precision,
    positive_rate_per_class,
)


@pytest.fixture
def generator() -> np.random.Generator:
    return np.random.default_rng(3)


@pytest.mark.parametrize("levels", [2, 7, 100_000])
@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_equals_scikit_learn(generator: np.random.Generator, levels: int, dtype: type) -> None:
    scores = (generator.integers(0, levels, (300, 12)) / levels - 0.5).astype(dtype)
    targets = generator.uniform(size=(300, 12)) < np.linspace(0.01, 0.9, 12)
    targets[0] = True
    expected = [
        average_precision_score(targets[:, c], scores[:, c].astype(float)) for c in range(12)
    ]
    np.testing.assert_allclose(average_precision_per_class(scores, targets), expected, rtol=1e-12)
    assert mean_average_precision(expected) == pytest.approx(np.mean(expected))


def test_many_chunks_give_the_same(
    generator: np.random.Generator, monkeypatch: pytest.MonkeyPatch
) -> None:
    scores = generator.normal(size=(50, 9))
    targets = generator.uniform(size=(50, 9)) < 0.3
    whole = average_precision_per_class(scores, targets)
    monkeypatch.setattr(module, "CHUNK_VALUES", 100)
    np.testing.assert_array_equal(average_precision_per_class(scores, targets), whole)


def test_one_column_of_targets_serves_all_scores(generator: np.random.Generator) -> None:
    scores, targets = generator.normal(size=(40, 3)), generator.uniform(size=(40, 1)) < 0.4
    expected = [average_precision_score(targets[:, 0], scores[:, c]) for c in range(3)]
    np.testing.assert_allclose(average_precision_per_class(scores, targets), expected)


def test_classes_without_positives_are_nan_and_do_not_count() -> None:
    scores = np.array([[0.1, 0.2], [0.3, 0.1]])
    targets = np.array([[False, True], [False, False]])
    per_class = average_precision_per_class(scores, targets)
    np.testing.assert_array_equal(per_class, [math.nan, 1])
    assert mean_average_precision(per_class) == 1
    assert math.isnan(mean_average_precision([math.nan]))
    np.testing.assert_array_equal(positive_rate_per_class(targets), [math.nan, 0.5])
    np.testing.assert_array_equal(chance_per_class(targets), [math.nan, 0.75])
    assert np.isnan(chance_per_class(np.zeros((0, 2)))).all()
    assert np.isnan(average_precision_per_class(np.zeros((0, 2)), np.zeros((0, 2)))).all()


def test_equal_scores_give_the_positive_rate(generator: np.random.Generator) -> None:
    targets = generator.uniform(size=(200, 4)) < 0.25
    per_class = average_precision_per_class(np.zeros((200, 4)), targets)
    np.testing.assert_allclose(per_class, positive_rate_per_class(targets))


@pytest.mark.parametrize("positives", range(1, 7))
def test_chance_is_the_mean_over_all_orders_of_the_clips(positives: int) -> None:
    targets = np.arange(6) < positives
    every = [average_precision_score(targets, scores) for scores in permutations(range(6))]
    assert chance_per_class(targets[:, None])[0] == pytest.approx(np.mean(every))


def test_chance_of_many_clips_is_their_positive_rate() -> None:
    targets = np.arange(15_009)[:, None] < 3_999
    assert positive_rate_per_class(targets)[0] == pytest.approx(0.26644, abs=1e-5)
    assert chance_per_class(targets)[0] == pytest.approx(0.26689, abs=1e-5)


def test_bad_input_is_refused() -> None:
    with pytest.raises(ValueError, match=r"scores are \(2, 3\) but targets \(2, 2\)"):
        average_precision_per_class(np.zeros((2, 3)), np.zeros((2, 2)))
    with pytest.raises(ValueError, match="1 scores are NaN"):
        average_precision_per_class(np.array([[0.5], [math.nan]]), np.array([[True], [False]]))
