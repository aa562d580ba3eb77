"""Mean responses to music and other sounds against SciPy, and their histograms."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from science.analyses.mean_response import HISTOGRAM_BINS, compare_means, histograms


@pytest.fixture
def generator() -> np.random.Generator:
    return np.random.default_rng(2)


def test_the_test_is_scipys_and_the_interval_holds_the_effect(generator):
    music, others = generator.normal(1, 1, 80), generator.normal(0, 1, 200)
    row = compare_means(music, others, generator, 400)
    reference = stats.mannwhitneyu(music, others, alternative="greater", method="asymptotic")
    assert row["statistic"] == reference.statistic
    assert row["p"] == pytest.approx(reference.pvalue)
    assert row["effect_size"] == pytest.approx(reference.statistic / (80 * 200))
    assert row["low"] < row["effect_size"] < row["high"]
    assert (row["mean_music"], row["mean_non_music"]) == (music.mean(), others.mean())


def test_a_group_without_clips_has_a_reason(generator):
    row = compare_means(np.empty(0), generator.normal(size=9), generator, 100)
    assert np.isnan(row["mean_music"])
    assert "empty" in row["note"]


def test_every_clip_is_in_one_bin_of_its_group(generator):
    means = generator.gamma(2.0, size=50)
    groups = {"music": np.arange(50) < 20, "non-music": np.arange(50) >= 25}
    table = histograms(means, groups)
    assert table.groupby("group")["clips"].sum().to_dict() == {"music": 20, "non-music": 25}
    assert len(table) == 2 * HISTOGRAM_BINS
    for row in table[table["clips"] > 0].itertuples():
        of_group = means[groups[row.group]]
        last = row.high == table["high"].max()
        below = of_group <= row.high if last else of_group < row.high
        assert ((of_group >= row.low) & below).sum() == row.clips
