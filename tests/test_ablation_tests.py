"""Paired tests of ablations: agreement with SciPy, pairs left out, conditions without networks."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from science.analyses.ablation_tests import COLUMNS, COMPARISONS, compare_groups


def per_class(seeds: int = 3, classes: int = 30, seed: int = 0) -> pd.DataFrame:
    """AP per class and network; silencing the top costs most, the others next to nothing."""
    generator = np.random.default_rng(seed)
    rows = pd.MultiIndex.from_product(
        [["no_music"], range(seeds), [f"/m/{number}" for number in range(classes)]],
        names=["features", "seed", "mid"],
    ).to_frame(index=False)
    rows["baseline"] = generator.uniform(0.2, 0.8, len(rows))
    for group, cost in {"top": 0.1, "middle": 0, "bottom": 0, "l1_norm": 0.02}.items():
        rows[group] = rows["baseline"] - cost + generator.normal(0, 0.05, len(rows))
    return rows


def test_each_test_is_scipys_over_all_pairs():
    table = per_class()
    tests = compare_groups(table, ["no_music"]).set_index("comparison")
    expected = stats.wilcoxon(
        table["baseline"] - table["top"], alternative="greater", correction=False, method="approx"
    )
    row = tests.loc["baseline_above_top"]
    assert row["statistic"] == expected.statistic
    assert row["p"] == pytest.approx(expected.pvalue)
    assert (row["n1"], row["classes"], row["networks"]) == (90, 30, 3)
    assert row["effect_size"] > 0.8
    assert (tests["p_holm"].dropna() >= tests["p"].dropna()).all()


def test_the_interval_is_over_networks():
    table = per_class()
    row = compare_groups(table, ["no_music"]).set_index("comparison").loc["baseline_above_top"]
    means = (table["baseline"] - table["top"]).groupby(table["seed"]).mean()
    expected = stats.t.interval(0.95, 2, means.mean(), stats.sem(means))
    assert (row["low"], row["high"]) == pytest.approx(expected)


def test_classes_without_positives_and_ties_have_no_part():
    table = per_class()
    known = compare_groups(table, ["no_music"])
    groups = ["baseline", "top", "middle", "bottom", "l1_norm"]
    absent = table.head(4).assign(seed=2, **dict.fromkeys(groups, np.nan))
    same = table.head(2).assign(seed=2, **dict.fromkeys(groups, 0.5))
    more = compare_groups(pd.concat([table, absent, same]), ["no_music"])
    np.testing.assert_array_equal(more["statistic"], known["statistic"])
    assert more["note"].str.contains("2 pairs without a difference dropped").all()


def test_rounding_is_no_difference():
    table = per_class()
    table["bottom"] = table["baseline"] + 1e-12
    row = compare_groups(table, ["no_music"]).set_index("comparison").loc["baseline_above_bottom"]
    assert row["note"] == "no pair differs"


def test_a_single_network_has_no_interval():
    row = compare_groups(per_class(seeds=1), ["no_music"]).iloc[0]
    assert np.isnan(row["low"])
    assert np.isfinite(row["p"])


def test_a_condition_without_networks_has_rows_that_say_so():
    tests = compare_groups(per_class(), ["no_music", "own"])
    assert tuple(tests.columns) == COLUMNS
    own = tests[tests["features"] == "own"]
    assert len(own) == len(COMPARISONS)
    assert (own["note"] == "no pairs").all()
    assert (own["networks"] == 0).all()
