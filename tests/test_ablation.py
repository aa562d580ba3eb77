"""Ablation: PyTorch's own layers, the four groups, and features left as they were."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from sklearn.metrics import average_precision_score

from science.analyses.ablation import (
    LinearHead,
    ablate,
    ablation_average_precision,
    ablation_groups,
    filter_l1_norms,
)

UNITS, HIDDEN, CLASSES, CLIPS = 32, 16, 5, 120


@pytest.fixture
def generator() -> np.random.Generator:
    return np.random.default_rng(4)


@pytest.fixture
def layers() -> torch.nn.Sequential:
    torch.manual_seed(0)
    return torch.nn.Sequential(
        torch.nn.Linear(UNITS, HIDDEN), torch.nn.ReLU(), torch.nn.Linear(HIDDEN, CLASSES)
    )


@pytest.fixture
def head(layers: torch.nn.Sequential) -> LinearHead:
    return LinearHead(*(parameter.detach().numpy() for parameter in layers.parameters()))


def test_scores_equal_pytorch(
    generator: np.random.Generator, layers: torch.nn.Sequential, head: LinearHead
) -> None:
    features = generator.uniform(size=(CLIPS, UNITS)).astype(np.float32)
    with torch.no_grad():
        expected = layers(torch.from_numpy(features)).numpy()
    np.testing.assert_allclose(head.scores(features), expected, atol=1e-5)
    np.testing.assert_allclose(
        head.for_classes([3, 1]).scores(features), expected[:, [3, 1]], atol=1e-5
    )


def test_ablation_is_that_of_pytorch_with_weights_cut(
    generator: np.random.Generator, layers: torch.nn.Sequential, head: LinearHead
) -> None:
    features = generator.uniform(size=(CLIPS, UNITS)).astype(np.float32)
    targets = generator.uniform(size=(CLIPS, CLASSES)) < 0.3
    targets[:, 4] = False
    units = np.array([0, 5, 31])
    result = ablation_average_precision(features, targets, head, {"some": units, "none": units[:0]})
    with torch.no_grad():
        layers[0].weight[:, units] = 0
        scores = layers(torch.from_numpy(features)).numpy()
    expected = [average_precision_score(targets[:, c], scores[:, c]) for c in range(4)]
    np.testing.assert_allclose(result["some"][:4], expected, atol=1e-6)
    assert np.isnan(result["some"][4])
    np.testing.assert_array_equal(result["none"], result["baseline"])
    assert not np.array_equal(result["some"], result["baseline"], equal_nan=True)


def test_ablating_leaves_the_features_as_they_were(generator: np.random.Generator) -> None:
    features = generator.uniform(1, 2, size=(6, UNITS))
    before = features.copy()
    ablated = ablate(features, np.array([2, 7]))
    np.testing.assert_array_equal(features, before)
    assert np.flatnonzero((ablated == 0).all(axis=0)).tolist() == [2, 7]
    assert np.count_nonzero(ablated == 0) == 12


def test_groups_are_the_papers_and_include_the_most_selective_unit() -> None:
    index = np.linspace(-1, 1, 256)
    index[0] = np.nan
    groups = ablation_groups(index, np.arange(256)[::-1])
    assert set(groups["top"]) == set(range(224, 256))
    assert len(groups["middle"]) == 32
    assert np.abs(index[groups["middle"]]).max() < 0.14
    assert set(groups["bottom"]) == set(range(32))
    assert set(groups["l1_norm"]) == set(range(32))
    with pytest.raises(ValueError, match="256 selectivity indices but 10 L1 norms"):
        ablation_groups(index, np.arange(10))


def test_l1_norm_is_of_each_units_filter(generator: np.random.Generator) -> None:
    weight = generator.normal(size=(4, 3, 5, 5))
    expected = [sum(abs(value) for value in weight[unit].ravel()) for unit in range(4)]
    np.testing.assert_allclose(filter_l1_norms(weight), expected)


def test_features_of_another_network_are_refused(head: LinearHead) -> None:
    with pytest.raises(ValueError, match="the first linear layer takes 32 units"):
        head.scores(np.zeros((3, 31)))
