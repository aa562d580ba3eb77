"""The share of variance that principal components hold, and where it says nothing."""

from __future__ import annotations

import numpy as np
import pandas as pd

from science.baselines.explained_variance import (
    describe_components,
    variance_held,
    with_variance_held,
)


def components(number: int, clips: int) -> pd.DataFrame:
    shares = np.cumsum(np.full(number, 0.9 / number))
    return pd.DataFrame({"cumulative_share": shares, "clips": clips})


def test_shares_are_of_the_whole_and_add_up_over_components():
    points = np.random.default_rng(1).normal(size=(30, 4)) * [4, 3, 2, 1]
    eigenvalues = np.linalg.eigvalsh(np.cov(points.T))[::-1]
    total = points.var(axis=0, ddof=1).sum()
    table = describe_components(eigenvalues[:3], total, 30)
    np.testing.assert_allclose(table["cumulative_share"].iloc[-1], 1 - eigenvalues[3] / total)
    np.testing.assert_allclose(table["cumulative_share"].diff()[1:], table["share"][1:])
    assert table["component"].tolist() == [0, 1, 2]
    assert (table["clips"] == 30).all()


def test_it_is_that_of_all_components_together():
    share, note = variance_held(components(16, 100))
    assert abs(share - 0.9) < 1e-12
    assert note == ""


def test_as_many_components_as_clips_hold_all_of_it_whatever_they_are():
    share, note = variance_held(components(99, 100))
    assert np.isnan(share)
    assert "100 clips" in note
    assert not np.isnan(variance_held(components(98, 100))[0])


def test_components_that_are_all_there_can_be_say_nothing_however_many_clips_there_are():
    # As of 20 clips that are there twice, where 256 components were asked for.
    table = describe_components(np.full(19, 1.00000018 / 19), 1.0, 40)
    assert table["cumulative_share"].max() == 1
    share, note = variance_held(table)
    assert np.isnan(share)
    assert note == "40 clips have no more than 19 components, which hold all"
    just_short = describe_components(np.full(19, (1 - 4e-7) / 19), 1.0, 40)
    assert np.isnan(variance_held(just_short)[0])
    one_missing = describe_components(np.full(19, 0.999 / 19), 1.0, 40)
    assert variance_held(one_missing) == (one_missing["cumulative_share"].iloc[-1], "")


def test_it_stands_in_the_rows_of_the_components_alone():
    table = pd.DataFrame({"features": ["no_music", "pca"], "note": ["", "a"]})
    known = with_variance_held(table, "pca", components(16, 100))
    assert np.isnan(known["explained_variance"].iloc[0])
    assert known["explained_variance"].iloc[1] == variance_held(components(16, 100))[0]
    unknown = with_variance_held(table, "pca", components(99, 100))
    assert unknown["explained_variance"].isna().all()
    assert unknown["note"].iloc[0] == ""
    assert unknown["note"].iloc[1].startswith("a; 100 clips")
