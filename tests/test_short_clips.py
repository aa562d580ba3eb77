"""Short clips: filled up as NumPy pads, counted by group as a naive loop counts."""

from __future__ import annotations

import math

import numpy as np
import pytest

from science.sound.short_clips import fill, is_short, padded_shares


@pytest.mark.parametrize(("short_clips", "mode"), [("pad", "constant"), ("repeat", "wrap")])
@pytest.mark.parametrize("own", [1, 3, 7, 19, 20, 33])
def test_a_sound_is_filled_up_or_cut(short_clips, mode, own):
    place, sound = np.full(20, np.nan), np.arange(1.0, own + 1)
    fill(place, sound, short_clips)
    np.testing.assert_array_equal(place, np.pad(sound[:20], (0, max(0, 20 - own)), mode))


def test_what_cannot_be_filled_up_is_refused():
    with pytest.raises(ValueError, match="'stretch'; choose pad or repeat"):
        fill(np.zeros(3), np.ones(2), "stretch")
    with pytest.raises(ValueError, match="0 samples cannot be filled up by 'repeat'"):
        fill(np.zeros(3), np.ones(0), "repeat")


def test_hundredths_of_a_second_make_no_clip_short():
    assert is_short(np.array([10.0, 9.95, 9.8, 0.3]), 10).tolist() == [False, False, True, True]


def test_shares_are_those_of_each_group():
    generator = np.random.default_rng(0)
    heard_s, kinds = generator.choice([2.0, 8.0, 10.0], 50), generator.choice(["in", "out", ""], 50)
    category, others = kinds == "in", kinds == "out"
    for share, kind in zip(
        padded_shares(heard_s, 10, category, others), ("in", "out"), strict=True
    ):
        of_kind = [s < 10 for s, k in zip(heard_s, kinds, strict=True) if k == kind]
        assert share == pytest.approx(sum(of_kind) / len(of_kind))
    nobody = np.zeros(50, bool)
    assert math.isnan(padded_shares(heard_s, 10, nobody, others)[0])
