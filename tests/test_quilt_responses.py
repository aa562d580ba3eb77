"""Responses to quilts and natural sounds against naive loops and SciPy, and their contrasts."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from science.analyses import natural_sounds as natural_responses
from science.analyses.quilt_contrasts import (
    compare_lengths,
    empty_tests,
    memorised_against,
    quilt_effects,
    shares_below,
)
from science.analyses.quilts import (
    RESPONSE_COLUMNS,
    TEST_COLUMNS,
    mean_intervals,
    quilt_responses,
    quilt_tests,
)
from science.statistics.comparisons import COMPARISON_COLUMNS, compare_networks, with_holm
from sources import natural_sounds

LENGTHS_MS = (50, 200, 800)


def responses(seed: int = 0, clips: int = 20, units: int = 6) -> dict[str, np.ndarray]:
    generator = np.random.default_rng(seed)
    base = generator.gamma(2.0, size=(clips, units))
    stimuli = {f"{length}ms": base * (0.7 + 0.05 * np.log2(length / 50)) for length in LENGTHS_MS}
    return stimuli | {"original": base}


def groups_of(clips: int = 20) -> dict[str, np.ndarray]:
    music = np.arange(clips) < 8
    return {"music": music, "non-music": np.arange(clips) >= 10}


def table_of(features: str = "no_music", seeds: int = 5, keep: float = 0.7) -> pd.DataFrame:
    """Rows of `quilt_responses` made up: one network per seed, the shortest keeps `keep`."""
    generator = np.random.default_rng(len(features))
    rows = []
    for seed in range(seeds):
        level = 1 + 0.1 * generator.random()
        for length in (*LENGTHS_MS, None):
            share = 1 if length is None else keep + (1 - keep) * np.log2(length / 50) / 5
            share += 0.001 * generator.standard_normal() if length else 0
            for units in ("selective", "other"):
                for group in ("music", "non-music"):
                    rows.append(
                        {
                            "features": features,
                            "seed": seed,
                            "units": units,
                            "group": group,
                            "stimulus": f"{length}ms" if length else "original",
                            "segment_ms": length or np.nan,
                            "response": level * share,
                            "relative": share,
                        }
                    )
    return pd.DataFrame(rows)


def of_music(table: pd.DataFrame) -> pd.DataFrame:
    return table[(table["units"] == "selective") & (table["group"] == "music")]


def test_intervals_hold_the_mean_and_are_those_of_scipy():
    values = np.random.default_rng(1).gamma(2.0, size=(200, 3))
    low, high = mean_intervals(values, np.random.default_rng(2), 2000)
    reference = stats.bootstrap(
        (values[:, 0],), np.mean, n_resamples=2000, method="percentile", rng=3
    ).confidence_interval
    assert (low < values.mean(axis=0)).all()
    assert (values.mean(axis=0) < high).all()
    spread = reference.high - reference.low
    assert abs(low[0] - reference.low) < 0.1 * spread
    assert abs(high[0] - reference.high) < 0.1 * spread


def test_resampled_clips_are_the_same_for_all_columns():
    column = np.random.default_rng(1).random(50)
    low, high = mean_intervals(np.column_stack([column, 2 * column]), np.random.default_rng(0), 150)
    assert low[1] == pytest.approx(2 * low[0])
    assert high[1] == pytest.approx(2 * high[0])


def test_responses_equal_a_naive_loop():
    stimuli, groups = responses(), groups_of()
    selected = np.array([True, False, True, False, False, False])
    table = quilt_responses(stimuli, selected, groups, np.random.default_rng(0), 100)
    assert tuple(table.columns) == RESPONSE_COLUMNS
    assert len(table) == 2 * 2 * 4
    for row in table.itertuples():
        units = [u for u in range(6) if selected[u] == (row.units == "selective")]
        clips = [c for c in range(20) if groups[row.group][c]]
        naive = np.mean([[stimuli[row.stimulus][c, u] for u in units] for c in clips])
        original = np.mean([[stimuli["original"][c, u] for u in units] for c in clips])
        assert row.response == pytest.approx(naive)
        assert row.relative == pytest.approx(naive / original)
        assert row.low <= row.response <= row.high
        assert row.clips == len(clips)


def test_groups_and_units_that_are_empty_say_so():
    groups = {"music": np.zeros(20, bool), "non-music": np.ones(20, bool)}
    table = quilt_responses(responses(), np.ones(6, bool), groups, np.random.default_rng(0), 100)
    of_music = table[table["group"] == "music"]
    assert of_music["response"].isna().all()
    assert of_music["note"].str.len().gt(0).all()
    assert table.loc[table["units"] == "other", "note"].eq("there is no such unit").all()
    kept = table[(table["group"] == "non-music") & (table["units"] == "selective")]
    assert kept["note"].eq("").all()


def test_silent_units_have_no_relative_response():
    stimuli = {name: np.zeros((20, 6)) for name in responses()}
    table = quilt_responses(stimuli, np.arange(6) < 2, groups_of(), np.random.default_rng(0), 100)
    assert table["relative"].isna().all()
    tests = quilt_tests(table.assign(features="x", seed=0))
    assert tests["statistic"].isna().all()
    assert tests["note"].str.len().gt(0).all()


def test_five_networks_give_the_published_p():
    tests = quilt_tests(table_of())
    assert tuple(tests.columns[1:]) == TEST_COLUMNS
    row = tests[tests["comparison"] == "original above 50ms"].iloc[0]
    assert row["statistic"] == 15
    assert row["p"] == 1 / 32
    assert row["effect_size"] == 1
    assert row["p_holm"] == pytest.approx(4 / 32)
    assert row["low"] < row["mean"] < row["high"]


def test_feature_sets_without_a_network_are_not_tested():
    networks = table_of()
    both = pd.concat([networks, table_of("acoustics", seeds=1, keep=0.2)])
    pd.testing.assert_frame_equal(quilt_tests(both), quilt_tests(networks))


def test_the_correlation_is_scipys_over_all_networks_and_lengths():
    table = table_of()
    tests = quilt_tests(table)
    row = tests[tests["comparison"].str.startswith("correlation")].iloc[0]
    quilted = of_music(table).dropna(subset=["segment_ms"])
    reference = stats.pearsonr(np.log2(quilted["segment_ms"]), quilted["relative"])
    assert row["statistic"] == pytest.approx(reference.statistic)
    assert row["p"] == pytest.approx(reference.pvalue)
    assert row["n1"] == 15


@pytest.mark.parametrize("seeds", [1, 3])
def test_too_few_networks_say_so(seeds):
    tests = quilt_tests(table_of(seeds=seeds))
    row = tests[tests["comparison"] == "original above 50ms"].iloc[0]
    assert "too few for a verdict" in row["note"]
    assert row["smallest_possible_p"] == 2.0**-seeds


def test_one_length_alone_has_no_correlation():
    table = table_of()
    tests = quilt_tests(table[table["stimulus"].isin(["50ms", "original"])])
    row = tests[tests["comparison"].str.startswith("correlation")].iloc[0]
    assert np.isnan(row["statistic"])
    assert "constant" in row["note"]


def test_comparing_conditions_is_a_rank_sum_test():
    table = pd.DataFrame(
        {
            "features": ["a"] * 5 + ["b"] * 5,
            "seed": [*range(5)] * 2,
            "x": [*range(5, 10), *range(5)],
        }
    )
    row = compare_networks(table, "a", "b", "x", "greater")
    assert tuple(row) == COMPARISON_COLUMNS
    assert row["statistic"] == 25
    assert round(row["p"], 3) == 0.006
    assert row["mean"] == pytest.approx(5)
    absent = compare_networks(table, "a", "c", "x", "greater")
    assert np.isnan(absent["p"])
    assert "empty" in absent["note"]


def test_holm_is_within_families():
    rows = pd.DataFrame({"comparison": ["a", "a", "b"], "log10_p": np.log10([0.01, 0.02, 0.04])})
    assert with_holm(rows, "comparison")["p_holm"].tolist() == pytest.approx([0.02, 0.02, 0.04])
    assert with_holm(rows)["p_holm"].tolist() == pytest.approx([0.03, 0.04, 0.04])


def test_shares_below_average_to_the_effect_size():
    generator = np.random.default_rng(4)
    first, second = generator.integers(0, 5, 7), generator.integers(0, 5, 9)
    u = stats.mannwhitneyu(first, second).statistic
    assert shares_below(first, second).mean() == pytest.approx(u / (7 * 9))
    assert np.isnan(shares_below([1.0, np.nan], [])).all()


def test_networks_that_memorised_are_held_against_the_reference():
    tables = [of_music(table_of("no_music", keep=0.7)), of_music(table_of("random", keep=0.95))]
    responses = pd.concat(tables, ignore_index=True)
    table, tests = memorised_against(responses, ["random"], "no_music")
    shortest = table[(table["features"] == "random") & (table["stimulus"] == "50ms")]
    assert (shortest["share_of_reference_below"] == 1).all()
    assert np.round(10 ** shortest["log10_p"], 3).eq(0.006).all()
    assert table.loc[table["features"] == "no_music", "share_of_reference_below"].isna().all()
    assert len(tests) == 3 + 4
    raw = tests[tests["measure"] == "relative"]["p"].to_numpy()
    assert (tests[tests["measure"] == "relative"]["p_holm"].to_numpy() >= raw).all()


def test_without_memorised_networks_there_are_no_tests():
    table, tests = memorised_against(of_music(table_of()), [], "no_music")
    assert tests.empty
    assert list(tests.columns) == list(empty_tests().columns)
    assert table["log10_p"].isna().all()


def test_tests_of_lengths_have_the_columns_of_none():
    responses = pd.concat([of_music(table_of(name)) for name in ("a", "b")])
    assert list(compare_lengths(responses, "a", "b").columns) == list(empty_tests().columns)


def test_the_effect_of_quilting_is_the_loss_at_the_shortest():
    table = of_music(table_of(keep=0.6))
    effects = quilt_effects(table)
    assert effects["shortest"].eq("50ms").all()
    assert effects["loss"].to_numpy() == pytest.approx(0.4, abs=0.01)
    assert len(effects) == 5


def test_categories_of_music_are_those_of_the_source():
    assert natural_responses.MUSIC_CATEGORIES == natural_sounds.MUSIC_CATEGORIES


def test_category_means_and_ratio_equal_a_naive_loop():
    categories = ["Nature"] * 5 + ["Vocal Music"] * 4 + ["Instr. Music"] * 3
    values = np.random.default_rng(0).gamma(2.0, size=(12, 4))
    given = (values, np.array([1, 3]), categories, np.random.default_rng(0), 100)
    means = natural_responses.category_means(*given).set_index("category")
    assert list(means.index) == ["Instr. Music", "Nature", "Vocal Music"]
    assert means.loc["Nature", "response"] == pytest.approx(values[:5, [1, 3]].mean())
    assert means["music"].tolist() == [True, False, True]
    ratio = natural_responses.music_ratio(*given)
    assert tuple(ratio) == natural_responses.RATIO_COLUMNS
    assert ratio["ratio"] == pytest.approx(values[5:, [1, 3]].mean() / values[:5, [1, 3]].mean())
    assert ratio["low"] < ratio["ratio"] < ratio["high"]
    of_sounds = values[5:, [1, 3]].mean(1), values[:5, [1, 3]].mean(1)
    reference = stats.mannwhitneyu(*of_sounds, alternative="greater", method="asymptotic")
    assert ratio["statistic"] == reference.statistic
    assert ratio["p"] == pytest.approx(reference.pvalue)
    assert ratio["sidedness"] == "greater"


def test_sounds_without_music_have_no_ratio():
    values = np.ones((3, 2))
    ratio = natural_responses.music_ratio(
        values, np.array([0]), ["Nature"] * 3, np.random.default_rng(0), 100
    )
    assert np.isnan(ratio["ratio"])
    assert "empty" in ratio["note"]
