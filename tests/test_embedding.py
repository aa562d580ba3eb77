"""Embedding: reproducible from the seed, keeps neighbours, and indices of known arrangements."""

from __future__ import annotations

import math

import numpy as np
import pytest
from made_up_run import MadeUpRun
from sklearn.neighbors import NearestNeighbors
from sklearn.preprocessing import StandardScaler
from threadpoolctl import threadpool_limits

import embed_features
import measure_embedding
from science.analyses import embedding as embedding_module
from science.analyses.embedding import (
    common_limits,
    density_contours,
    embed,
    neighbour_preservation,
    segregation_beside_null,
    segregation_index,
)


@pytest.fixture
def generator() -> np.random.Generator:
    return np.random.default_rng(8)


@pytest.fixture(scope="module")
def clusters() -> tuple[np.ndarray, np.ndarray]:
    """Two well separated groups on very different scales, with one feature that is constant."""
    generator = np.random.default_rng(1)
    group = np.arange(120) % 2 == 0
    features = generator.normal(size=(120, 12)) + 3 * group[:, None]
    features = features * np.logspace(-2, 4, 12)
    features[:, 5] = 7
    return features, group


@pytest.fixture(scope="module")
def embedding(clusters: tuple[np.ndarray, np.ndarray]):
    return embed(clusters[0], seed=3)


def test_many_clips_are_interpolated_to_the_same_bytes_too(
    clusters, embedding, monkeypatch
) -> None:
    assert [embedding_module.gradient_method(clips) for clips in (9_999, 10_000)] == ["bh", "fft"]
    features, group = clusters
    monkeypatch.setattr(embedding_module, "FEWEST_CLIPS_TO_INTERPOLATE", 100)
    with threadpool_limits(limits=1):
        first = embed(features, seed=3)
    with threadpool_limits(limits=2):
        assert embed(features, seed=3).coordinates.tobytes() == first.coordinates.tobytes()
    assert first.coordinates.tobytes() != embedding.coordinates.tobytes()
    assert first.kullback_leibler == pytest.approx(embedding.kullback_leibler, rel=0.1)
    assert segregation_index(first.coordinates, group, ~group, bins=4) > 0.9


@pytest.mark.parametrize("threads", [1, 2])
def test_same_seed_same_bytes_whatever_the_number_of_threads(
    clusters, embedding, threads: int
) -> None:
    with threadpool_limits(limits=threads):
        again = embed(clusters[0], seed=3)
    assert again.coordinates.tobytes() == embedding.coordinates.tobytes()


def test_another_seed_gives_another_embedding(clusters, embedding) -> None:
    assert not np.array_equal(embed(clusters[0], seed=4).coordinates, embedding.coordinates)


def test_groups_that_differ_are_kept_apart(clusters, embedding) -> None:
    features, group = clusters
    assert embedding.coordinates.shape == (120, 2)
    distances = np.linalg.norm(embedding.coordinates[:, None] - embedding.coordinates, axis=2)
    np.fill_diagonal(distances, np.inf)
    assert np.mean(group[distances.argmin(axis=1)] == group) > 0.98
    assert segregation_index(embedding.coordinates, group, ~group, bins=4) > 0.9
    assert neighbour_preservation(features, embedding.coordinates) > 3 * 10 / 119


def test_scales_of_features_do_not_matter(clusters) -> None:
    features, group = clusters
    rescaled = embed(features * 2.0 ** np.arange(12), seed=3)
    assert segregation_index(rescaled.coordinates, group, ~group, bins=4) > 0.9


def test_equal_clips_and_few_clips_are_embedded(generator: np.random.Generator) -> None:
    few = embed(generator.normal(size=(8, 3)), seed=0)
    assert few.perplexity == pytest.approx(7 / 3)
    assert np.isfinite(few.coordinates).all()
    assert np.isfinite(embed(np.ones((30, 4)), seed=0).coordinates).all()
    assert np.isfinite(embed(generator.normal(size=(30, 1)), seed=0).coordinates).all()
    with pytest.raises(ValueError, match="at least 8 clips, here are 7"):
        embed(np.zeros((7, 3)), seed=0)


def test_segregation_of_known_arrangements(generator: np.random.Generator) -> None:
    coordinates = generator.uniform(size=(40_000, 2))
    left, random = coordinates[:, 0] < 0.5, generator.uniform(size=40_000) < 0.5
    assert segregation_index(coordinates, left, ~left, bins=64) == pytest.approx(1, abs=1e-6)
    assert segregation_index(coordinates, random, ~random, bins=8) < 0.01
    everything = np.ones(40_000, dtype=bool)
    # The left half against all: the Bhattacharyya sum is sqrt(1/2).
    expected = 1 - math.sqrt(0.5)
    assert segregation_index(coordinates, left, everything, 8) == pytest.approx(expected, abs=0.01)
    assert segregation_index(coordinates, left, left) == pytest.approx(0, abs=1e-12)
    assert math.isnan(segregation_index(coordinates, left, np.zeros_like(left)))


def test_segregation_uses_common_bins(generator: np.random.Generator) -> None:
    # Two far clouds of one shape: with a range of its own for each they would look alike.
    cloud = generator.normal(size=(500, 2))
    coordinates = np.vstack([cloud, cloud + 50])
    first = np.arange(1000) < 500
    assert segregation_index(coordinates, first, ~first) == 1


def test_segregation_ignores_shift_scale_and_other_clips(generator: np.random.Generator) -> None:
    coordinates = generator.normal(size=(600, 2))
    group = generator.integers(0, 3, 600)
    index = segregation_index(coordinates, group == 0, group == 1)
    moved = segregation_index(coordinates * [4, 0.25] - 8, group == 0, group == 1)
    assert moved == pytest.approx(index)
    coordinates[group == 2] *= 1000
    assert segregation_index(coordinates, group == 0, group == 1) == index


def test_contours_of_a_gaussian_enclose_their_mass(generator: np.random.Generator) -> None:
    coordinates = generator.normal(size=(100_000, 2)) * [2, 0.5] + [10, -3]
    group = np.ones(len(coordinates), dtype=bool)
    contours = density_contours(coordinates, group, common_limits(coordinates, group))
    assert contours.density.sum() == pytest.approx(1)
    assert (np.diff(contours.levels) < 0).all()
    for mass, level in zip(contours.masses, contours.levels, strict=True):
        inside = contours.density >= level
        assert contours.density[inside].sum() == pytest.approx(mass, abs=0.02)
        columns = np.searchsorted(contours.x, coordinates[:, 0]).clip(0, len(contours.x) - 1)
        rows = np.searchsorted(contours.y, coordinates[:, 1]).clip(0, len(contours.y) - 1)
        # Smoothing widens the Gaussian a little, so slightly more clips lie inside.
        assert inside[rows, columns].mean() == pytest.approx(mass, abs=0.06)
    row, column = np.unravel_index(contours.density.argmax(), contours.density.shape)
    assert contours.x[column] == pytest.approx(10, abs=0.5)
    assert contours.y[row] == pytest.approx(-3, abs=0.15)
    edges = contours.density[[0, -1]].max(), contours.density[:, [0, -1]].max()
    assert max(edges) < contours.levels[-1]


def test_contours_of_nobody_are_refused() -> None:
    nobody = np.zeros(3, dtype=bool)
    with pytest.raises(ValueError, match="group has no clips"):
        density_contours(np.zeros((3, 2)), nobody, np.array([[0, 1], [0, 1]]))
    with pytest.raises(ValueError, match="No clip is in any of the groups"):
        common_limits(np.zeros((3, 2)), nobody)


def test_neighbour_preservation_equals_scikit_learn(generator: np.random.Generator) -> None:
    features, coordinates = generator.normal(size=(80, 6)), generator.normal(size=(80, 2))
    assert neighbour_preservation(features, StandardScaler().fit_transform(features) * 3 + 1) == 1
    near = [
        NearestNeighbors(n_neighbors=7).fit(points).kneighbors(return_distance=False)
        for points in (StandardScaler().fit_transform(features), coordinates)
    ]
    expected = np.mean([len(np.intersect1d(a, b)) / 7 for a, b in zip(*near, strict=True)])
    assert neighbour_preservation(features, coordinates, 7) == pytest.approx(expected)


def measured(clips: int, apart: float, bins: int = 64, seed: int = 0) -> dict[str, object]:
    """Two clouds, `apart` standard deviations from each other; a third of the clips in one."""
    generator = np.random.default_rng(seed)
    members = np.arange(clips) % 3 == 0
    places = generator.normal(size=(clips, 2)) + apart * members[:, None]
    return segregation_beside_null(places, members, bins, generator)


def test_many_clips_tell_how_far_groups_keep_apart():
    near, far = measured(3000, 1.0, bins=16), measured(3000, 3.0, bins=16)
    for result in (near, far):
        assert result["null_p"] == result["smallest_possible_p"] == 1 / 201
        assert result["note"] == ""
        way = (result["segregation_index"] - result["null_mean"]) / (1 - result["null_mean"])
        assert result["segregation_above_null"] == pytest.approx(way)
    assert 0 < near["segregation_above_null"] < far["segregation_above_null"] < 1


def test_labels_at_random_go_no_way_from_permuted_ones():
    above = [measured(600, 0.0, 16, seed)["segregation_above_null"] for seed in range(8)]
    assert abs(np.mean(above)) < 0.05


def test_few_clips_say_nothing_even_where_they_keep_apart_wholly():
    result = measured(36, 6.0)
    assert result["segregation_index"] == 1
    assert result["null_mean"] > 0.9
    assert result["smallest_possible_p"] >= 0.05
    assert np.isnan(result["segregation_above_null"])
    assert "too few clips for 64 x 64 bins" in result["note"]
    coarse = measured(36, 6.0, bins=6)
    assert coarse["segregation_above_null"] == 1


def test_one_group_alone_has_no_index():
    result = segregation_beside_null(
        np.zeros((9, 2)), np.zeros(9, bool), 8, np.random.default_rng(0)
    )
    assert np.isnan(result["segregation_index"])
    assert result["permutations"] == 0


def measure(run: MadeUpRun, network: tuple[str, int]) -> dict[str, object]:
    places = run.folder / f"{network[0]}/seed{network[1]}.parquet"
    path = run.write(network, "test")
    embed_features.main(path, run.groups_file(), 7, 5, places, places.with_suffix(".csv"))
    table = run.measured(measure_embedding.main, [places], run.category, 16, 7)
    (row,) = table.to_dict("records")
    assert (row["features"], row["seed"], row["category"]) == (*network, run.category)
    return row


def test_a_category_that_differs_keeps_apart(tmp_path) -> None:
    row = measure(MadeUpRun(tmp_path, "speech", members=120, others=160), ("no_speech", 2))
    assert row["segregation_index"] > row["null_mean"]
    assert row["neighbour_preservation"] > row["chance_preservation"]
    assert row["kullback_leibler"] > 0
    assert (row["category_clips"], row["other_clips"]) == (120, 160)


@pytest.mark.parametrize(
    ("shape", "note"), [({"members": 0}, ""), ({"members": 2, "others": 3}, "too few")]
)
def test_small_corpora_have_a_row(tmp_path, shape: dict, note: str) -> None:
    row = measure(MadeUpRun(tmp_path, **shape), ("no_music", 0))
    assert np.isnan(row["segregation_index"])
    assert note in str(row["note"])
