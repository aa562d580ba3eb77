"""Rows of tests over networks: two conditions compared, and Holm's correction of families."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.stats import ttest_ind

from science.statistics.comparisons import COMPARISON_COLUMNS, compare_networks, with_holm


def test_comparing_conditions_is_a_rank_sum_test():
    table = pd.DataFrame({"features": ["a"] * 5 + ["b"] * 5, "x": [*range(5, 10), *range(5)]})
    row = compare_networks(table, "a", "b", "x", "greater")
    assert tuple(row) == COMPARISON_COLUMNS
    assert row["statistic"] == 25
    assert row["p"] == pytest.approx(1 / 252)
    assert row["mean"] == pytest.approx(5)
    welch = ttest_ind(range(5, 10), range(5), equal_var=False).confidence_interval()
    assert (row["low"], row["high"]) == pytest.approx((welch.low, welch.high))
    absent = compare_networks(table, "a", "c", "x", "greater")
    assert np.isnan(absent["p"])
    assert "empty" in absent["note"]


def test_holm_is_within_families():
    rows = pd.DataFrame({"comparison": ["a", "a", "b"], "log10_p": np.log10([0.01, 0.02, 0.04])})
    assert with_holm(rows, "comparison")["p_holm"].tolist() == pytest.approx([0.02, 0.02, 0.04])
    assert with_holm(rows)["p_holm"].tolist() == pytest.approx([0.03, 0.04, 0.04])
