"""Segregation beside permuted labels: what it tells with many clips, and that it says nothing."""

from __future__ import annotations

import numpy as np
import pytest

from science.analyses.segregation import segregation_beside_null
from science.statistics.tests import join_notes


def measured(clips: int, apart: float, bins: int = 64, seed: int = 0) -> dict[str, object]:
    """Two clouds of clips, a third of them music, `apart` standard deviations from each other."""
    generator = np.random.default_rng(seed)
    music = np.arange(clips) % 3 == 0
    places = generator.normal(size=(clips, 2)) + apart * music[:, None]
    return segregation_beside_null(places, music, bins, generator)


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


def test_notes_are_joined_where_there_are_any():
    assert join_notes(np.nan, "", "a", "b") == "a; b"
    assert join_notes(np.nan) == ""
