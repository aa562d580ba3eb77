"""Ridge regression by leaving out one, against scikit-learn and naive refitting."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.linear_model import Ridge, RidgeCV

from science.statistics.ridge import PENALTIES, _left_out_errors, ridge_deviations


def made_up(observations: int, columns: int, noise: float = 0.5):
    generator = np.random.default_rng([observations, columns])
    features = generator.gamma(2.0, size=(observations + 40, columns)) + 5
    weights = generator.normal(size=(columns, 3))
    targets = features @ weights / np.sqrt(columns) + 10
    targets += noise * generator.normal(size=targets.shape)
    return features[:observations], targets[:observations], features[observations:]


def squared_correlation(first, second):
    return np.corrcoef(first, second)[0, 1] ** 2


@pytest.mark.parametrize("grid", [10.0 ** np.arange(-9, 10), PENALTIES])
@pytest.mark.parametrize("columns", [7, 60, 256])
def test_one_split_equals_scikit_learns_ridgecv(columns, grid):
    features, targets, others = made_up(83, columns)
    deviations, penalties = ridge_deviations(features, targets, others, grid)
    for column in range(targets.shape[1]):
        reference = RidgeCV(alphas=grid[::-1]).fit(features, targets[:, column])
        if columns > 7:  # with few features all small penalties are the same up to rounding
            assert penalties[column] == reference.alpha_
        expected = reference.predict(others) - targets[:, column].mean()
        np.testing.assert_allclose(deviations[:, column], expected, atol=1e-6)
        measured = np.random.default_rng(column).normal(size=40) + expected
        ours = squared_correlation(deviations[:, column], measured)
        assert ours == pytest.approx(squared_correlation(expected, measured), abs=1e-6)


@pytest.mark.parametrize("columns", [3, 20, 40])
def test_the_error_of_a_left_out_observation_is_that_of_fitting_without_it(columns):
    features, targets, _ = made_up(20, columns)
    centred = features - features.mean(axis=0)
    left, sizes, _ = np.linalg.svd(centred, full_matrices=False)
    kept = sizes > 1e-9 * sizes[0]
    deviations = targets - targets.mean(axis=0)
    given = left[:, kept], sizes[kept], left[:, kept].T @ deviations, deviations
    penalties = np.array([1e-3, 1.0, 1e3])
    errors = _left_out_errors(*given, penalties)
    for row, penalty in enumerate(penalties):
        squares = []
        for out in range(20):
            rest = np.arange(20) != out
            model = Ridge(alpha=penalty).fit(features[rest], targets[rest])
            squares.append((model.predict(features[[out]])[0] - targets[out]) ** 2)
        np.testing.assert_allclose(errors[row], np.mean(squares, axis=0), rtol=1e-6)


@pytest.mark.parametrize("columns", [3, 200])
@pytest.mark.filterwarnings("error")
def test_all_penalties_of_the_wide_grid_are_finite(columns):
    features, targets, others = made_up(31, columns)
    for scale in (1e-8, 1.0, 1e8):
        for target in (targets, np.random.default_rng(0).normal(size=targets.shape)):
            deviations, penalties = ridge_deviations(features * scale, target, others * scale)
            assert np.isfinite(deviations).all()
            assert np.isin(penalties, PENALTIES).all()
    constant, _ = ridge_deviations(np.ones((10, 2)), targets[:10], np.ones((4, 2)))
    assert (constant == 0).all()


def test_without_noise_the_penalty_vanishes_and_of_noise_the_largest_is_taken():
    features, targets, others = made_up(83, 20, noise=0.0)
    deviations, penalties = ridge_deviations(features, targets, others)
    assert (penalties <= 1e-9).all()
    weights = np.linalg.lstsq(features - features.mean(0), targets - targets.mean(0))[0]
    np.testing.assert_allclose(deviations, (others - features.mean(0)) @ weights, atol=1e-9)
    same = np.tile([[1.0, -1.0]], (10, 1)).reshape(20, 1)
    features = np.random.default_rng(1).normal(size=(20, 1)) * 1e-30
    assert ridge_deviations(features, same, features)[1] == PENALTIES[-1]
