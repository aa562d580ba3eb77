"""Contrasts of conditions against SciPy, and of conditions that have too little to compare."""

from __future__ import annotations

from itertools import product

import numpy as np
import pandas as pd
import pytest
from scipy import stats

import measure_contrasts
from science.analyses.contrasts import PAIR_COLUMNS, VALUE_COLUMNS
from storage.tables import write_table

RATIOS = {
    "no_music": [2.0, 2.1, 2.3, 2.2, 2.4],
    "music": [2.9, 2.5, 2.7, 3.1, 2.05],
    "untrained": [1.1, 1.0, 1.2, 1.3, 0.9],
    "gbfb": [0.9],
}
KEPT = {
    "no_music": [0.70, 0.72, 0.71, 0.69, 0.74],
    "music": [0.80, 0.68, 0.83, 0.79, 0.81],
    "untrained": [0.95, 0.97, 0.94, 0.96, 0.99],
}
PAIRS = [("music", "no_music"), ("untrained", "no_music"), ("no_music", "gbfb")]


def compare(folder, pairs, ratios=RATIOS, kept=KEPT) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The tables of a run whose quilts of 800 ms keep half of what those of 50 ms lose."""
    rows = [
        {
            "features": name, "seed": seed, "chosen_on": chosen_on, "split": split,
            "ratio": ratio + (split == "test") / 8 + (chosen_on == "train"),
        }
        for name, values in ratios.items()
        for seed, ratio in enumerate(values)
        for chosen_on in ("train", "test")
        for split in ("train", "test")
    ]  # fmt: skip
    write_table(folder / "selectivity.csv", pd.DataFrame(rows).assign(category="music"))
    rows = []
    for name, values in kept.items():
        for (seed, share), units, group in product(
            enumerate(values), ("selective", "other"), ("category", "other")
        ):
            ours = units == "selective" and group == "category"
            for stimulus, segment_ms, relative in (
                ("50ms", 50, share), ("800ms", 800, (1 + share) / 2), ("original", np.nan, 1),
            ):  # fmt: skip
                row = {"features": name, "seed": seed, "units": units, "group": group}
                row |= {"stimulus": stimulus, "segment_ms": segment_ms, "clips": 9}
                rows.append(row | {"relative": relative if ours else 99.0})
    write_table(folder / "quilts.csv", pd.DataFrame(rows).assign(category="music"))
    outputs = folder / "contrasts.csv", folder / "networks.csv"
    given = folder / "selectivity.csv", folder / "quilts.csv", "music", "test", pairs
    measure_contrasts.main(*given, *outputs)
    return tuple(pd.read_csv(path, keep_default_na=False, na_values=[""]) for path in outputs)


def rows_of(table: pd.DataFrame, measure: str) -> pd.DataFrame:
    rows = table[table["measure"] == measure]
    return rows.set_index(["features", "second"])


def test_ratios_are_compared_as_scipy_does(tmp_path):
    table, _ = compare(tmp_path, PAIRS)
    assert tuple(table.columns) == ("category", *PAIR_COLUMNS)
    of_train = rows_of(table, "ratio_train")
    for pair in PAIRS[:2]:
        first, second = (np.array(RATIOS[name]) for name in pair)
        row = of_train.loc[pair]
        expected = stats.mannwhitneyu(first, second, method="exact")
        assert row["statistic"] == expected.statistic
        assert row["p"] == pytest.approx(expected.pvalue)
        welch = stats.ttest_ind(first, second, equal_var=False).confidence_interval()
        assert (row["low"], row["high"]) == pytest.approx((welch.low, welch.high))
        assert row["difference"] == pytest.approx(first.mean() - second.mean())
        assert (row["mean"], row["networks"]) == (pytest.approx(first.mean()), 10)
    above = of_train.loc[PAIRS[2]]
    expected = stats.wilcoxon(np.array(RATIOS["no_music"]) - 0.9)
    assert above["p"] == expected.pvalue
    assert above["test"].startswith("Wilcoxon")
    np.testing.assert_allclose(of_train["p_holm"], of_train["p"])
    greater = stats.mannwhitneyu(
        RATIOS["music"], RATIOS["no_music"], alternative="greater", method="exact"
    )
    assert 10.0 ** of_train.loc[PAIRS[0], "log10_p_greater"] == pytest.approx(greater.pvalue)


def test_what_quilting_takes_is_compared_at_each_length_and_at_the_shortest(tmp_path):
    table, networks = compare(tmp_path, PAIRS[:2])
    kept = {name: np.array(values) for name, values in KEPT.items()}
    relative = rows_of(table, "relative").set_index("stimulus", append=True).sort_index()
    for first, second in PAIRS[:2]:
        row = relative.loc[first, second, "50ms"]
        expected = stats.mannwhitneyu(kept[first], kept[second], method="exact")
        assert row["p"] == pytest.approx(expected.pvalue)
        # The other length is half of this one, and its order the same: one p for both, twice.
        p_holm = relative.loc[(first, second), "p_holm"].to_numpy()
        assert p_holm == pytest.approx([2 * expected.pvalue] * 2)
    lost = rows_of(table, "quilt_loss")
    assert lost["mean"].to_numpy() == pytest.approx(
        [1 - kept[name].mean() for name, _ in PAIRS[:2]]
    )
    assert networks.columns.tolist() == VALUE_COLUMNS
    of_losses = networks[networks["measure"] == "quilt_loss"]
    assert of_losses["value"].to_numpy() == pytest.approx(1 - np.concatenate(list(kept.values())))
    assert networks["measure"].value_counts().to_dict() == {
        "relative": 30, "ratio_train": 16, "ratio_test": 16, "quilt_loss": 15,
    }  # fmt: skip


def test_features_without_quilts_have_rows_that_say_so(tmp_path):
    table, _ = compare(tmp_path, PAIRS[2:])
    lost = rows_of(table, "quilt_loss")
    assert lost["note"].str.contains("empty").all()
    assert lost["mean"].notna().all()
    assert lost[["mean_of_second", "difference", "p", "p_holm"]].isna().all(axis=None)


def test_conditions_that_have_no_ratio_or_one_network_allow_no_verdict(tmp_path):
    ratios = {"a": [2.0], "b": [1.0], "c": [np.nan, np.nan]}
    table, _ = compare(tmp_path, [("a", "b"), ("a", "c"), ("x", "y")], ratios)
    of_test = rows_of(table, "ratio_test")
    assert of_test.loc[("a", "b"), "difference"] == 1
    assert "too few" in of_test.loc[("a", "b"), "note"]
    assert "empty" in of_test.loc[("a", "c"), "note"]
    assert len(of_test) == 2


def test_without_any_pair_there_is_a_table_without_rows(tmp_path):
    table, networks = compare(tmp_path, [])
    assert tuple(table.columns) == ("category", *PAIR_COLUMNS)
    assert table.empty
    assert len(networks)
