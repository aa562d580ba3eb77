"""Responses to quilts against naive loops and SciPy, and the script that measures them."""

from __future__ import annotations

from functools import partial

import numpy as np
import pandas as pd
import pytest
from made_up_run import UNITS, MadeUpRun, corpus_tables
from scipy import stats

import measure_quilts
from science.analyses.quilts import (
    RESPONSE_COLUMNS,
    TEST_COLUMNS,
    WITH_LENGTH,
    WITH_LOG_LENGTH,
    mean_intervals,
    quilt_responses,
    quilt_tests,
    with_two_way_intervals,
)
from science.corpus.ontology import describe_subclasses
from science.statistics.randomness import named_generator
from storage.activations import unit_names, write_features
from storage.labels import read_labels
from storage.responses import read_stimuli
from storage.whole_files import TableFileError

LENGTHS_MS = (50, 200, 800)
KEPT = {"quilt-50ms": 0.7, "quilt-1600ms": 0.9, "quilt-original": 1.0}
NETWORKS = [("no_music", 0), ("no_music", 1)]


def responses(seed: int = 0, clips: int = 20, units: int = 6) -> dict[str, np.ndarray]:
    generator = np.random.default_rng(seed)
    base = generator.gamma(2.0, size=(clips, units))
    stimuli = {f"{length}ms": base * (0.7 + 0.05 * np.log2(length / 50)) for length in LENGTHS_MS}
    return stimuli | {"original": base}


def groups_of(clips: int = 20) -> dict[str, np.ndarray]:
    return {"category": np.arange(clips) < 8, "other": np.arange(clips) >= 10}


def table_of(features: str = "no_music", seeds: int = 5, keep: float = 0.7) -> pd.DataFrame:
    """Rows of `quilt_responses` made up: one network per seed, the shortest keeps `keep`."""
    generator = np.random.default_rng(len(features))
    rows = []
    for seed in range(seeds):
        level = 1 + 0.1 * generator.random()
        for length in (*LENGTHS_MS, None):
            share = 1 if length is None else keep + (1 - keep) * np.log2(length / 50) / 5
            share += 0.001 * generator.standard_normal() if length else 0
            row = {
                "features": features,
                "seed": seed,
                "stimulus": f"{length}ms" if length else "original",
                "segment_ms": length or np.nan,
                "response": level * share,
                "relative": share,
            }
            for units in ("selective", "other"):
                rows += [row | {"units": units, "group": group} for group in groups_of()]
    return pd.DataFrame(rows)


def first_of(tests: pd.DataFrame, comparison: str) -> pd.Series:
    return tests[tests["comparison"].str.startswith(comparison)].iloc[0]


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
    groups = {"category": np.zeros(20, bool), "other": np.ones(20, bool)}
    table = quilt_responses(responses(), np.ones(6, bool), groups, np.random.default_rng(0), 100)
    of_category = table[table["group"] == "category"]
    assert of_category["response"].isna().all()
    assert of_category["note"].str.len().gt(0).all()
    assert table.loc[table["units"] == "other", "note"].eq("there is no such unit").all()
    kept = table[(table["group"] == "other") & (table["units"] == "selective")]
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
    lengths = tests["comparison"].str.extract(r"above (\d+)ms")[0].dropna().unique()
    assert lengths.tolist() == ["50", "200", "800"]
    row = first_of(tests, "original above 50ms")
    assert row["statistic"] == 15
    assert row["p"] == 1 / 32
    assert row["effect_size"] == 1
    assert row["low"] < row["mean"] < row["high"]


def test_feature_sets_without_a_network_are_not_tested():
    networks = table_of()
    both = pd.concat([networks, table_of("acoustics", seeds=1, keep=0.2)])
    pd.testing.assert_frame_equal(quilt_tests(both), quilt_tests(networks))


def test_the_correlation_is_scipys_over_all_networks_and_lengths():
    table = table_of()
    quilted = table.query("units == 'selective' and group == 'category' and segment_ms > 0")
    lengths = quilted["segment_ms"]
    for comparison, scale, measure in (
        (WITH_LENGTH, lengths, "response"),
        (WITH_LOG_LENGTH, np.log2(lengths), "relative"),
    ):
        row = first_of(quilt_tests(table), comparison)
        reference = stats.linregress(scale, quilted[measure])
        assert row["statistic"] == pytest.approx(reference.rvalue)
        assert row["p"] == pytest.approx(reference.pvalue)
        assert row["n1"] == 15
        own = [
            stats.pearsonr(
                scale[quilted["seed"] == seed], quilted[measure][quilted["seed"] == seed]
            )
            for seed in range(5)
        ]
        z = np.arctanh([of_one.statistic for of_one in own])
        student = stats.t(4, z.mean(), stats.sem(z))
        expected = np.tanh([student.ppf(0.025), z.mean(), student.ppf(0.975)])
        assert row[["low", "mean", "high"]].to_list() == pytest.approx(expected)


def test_the_two_way_interval_holds_the_correlation_and_grows_with_the_networks_spread():
    generator = np.random.default_rng(3)

    def interval(spread: float) -> tuple[float, pd.Series]:
        networks = []
        for seed in range(5):
            level = 1 + spread * (seed - 2)
            base = level * generator.gamma(40, 0.025, (60, 1))
            kept = [0.7, 0.8, 0.9, 1.0]
            table = pd.DataFrame(base * kept, columns=["50ms", "200ms", "800ms", "original"])
            networks.append(table + generator.normal(0, 0.05, table.shape))
        means = np.array([of_one.mean()[:3] for of_one in networks])
        r = stats.pearsonr(np.tile([50, 200, 800], 5), means.ravel()).statistic
        tests = pd.DataFrame(
            [
                {
                    "features": "x",
                    "units": "selective",
                    "group": "category",
                    "comparison": WITH_LENGTH,
                }
            ]
        )
        draw = partial(named_generator, 0)
        given = {("x", "category"): networks}
        return r, with_two_way_intervals(tests, given, draw).iloc[0]

    (r, near), (_, far) = interval(0.01), interval(0.2)
    assert near["two_way_low"] < r < near["two_way_high"]
    widths = [row["two_way_high"] - row["two_way_low"] for row in (near, far)]
    assert widths[0] < widths[1]


@pytest.mark.parametrize("seeds", [1, 3])
def test_too_few_networks_say_so(seeds):
    row = first_of(quilt_tests(table_of(seeds=seeds)), "original above 50ms")
    assert "too few for a verdict" in row["note"]
    assert row["smallest_possible_p"] == 2.0**-seeds


def test_one_length_alone_has_no_correlation():
    table = table_of()
    row = first_of(quilt_tests(table[table["stimulus"].isin(["50ms", "original"])]), "correlation")
    assert np.isnan(row["statistic"])
    assert "constant" in row["note"]


def measure(run: MadeUpRun, category: str = "") -> tuple[pd.DataFrame, pd.DataFrame]:
    """Write what a run's networks and acoustics keep of their first units, and measure it."""
    category, sets = category or run.category, [*NETWORKS, ("acoustics", 0)]
    run.write_both(*sets)
    run.select(*sets, category=category)
    files = []
    for network in sets:
        acoustics = network[0] == "acoustics"
        original = run.responses(network, "test", 7 if acoustics else UNITS)
        for stimulus, kept in KEPT.items():
            share = np.where(np.arange(original.shape[1]) < 4, kept, 1.0)
            quilted = original * share
            if acoustics:  # level and flatness are recorded in dB
                quilted[:, 0] = original[:, 0] + 20 * np.log10(share[0])
                quilted[:, 5] = original[:, 5]
            files.append(run.write(network, "test", quilted, stimulus))
    corpus = corpus_tables()
    described = describe_subclasses(corpus.ontology, corpus.class_labels, "Music genre")
    tables = measure_quilts.main(
        files, run.select(*sets, category=category), run.groups(category), read_labels(run.labels),
        described, category, 100, 0,
    )  # fmt: skip
    by_subclass = tables["per_subclass"]
    assert set(by_subclass["subclass"]) == {"Rock music", "Jazz"}
    assert by_subclass["clips"].max() <= tables["summary"]["clips"].max()
    return tables["summary"], tables["tests"]


def test_selective_units_keep_what_their_quilts_keep(tmp_path):
    table, tests = measure(MadeUpRun(tmp_path))
    kept = table.set_index(["features", "units", "group", "stimulus"])["relative"].sort_index()
    for features in ("no_music", "acoustics"):
        for stimulus, share in KEPT.items():
            name = stimulus.removeprefix("quilt-")
            of_one = kept[features, "selective", "category", name]
            np.testing.assert_allclose(of_one, share, rtol=1e-5)
    assert (kept["no_music", "other", "other", "50ms"] > 0.9).all()
    assert table["category"].eq("music").all()
    assert set(tests["features"]) == {"no_music"}
    assert tests["networks"].eq(2).all()


def test_clips_of_another_category_are_another_group(tmp_path):
    run = MadeUpRun(tmp_path)
    dogs = run.clips["labels"].map(lambda labels: labels == ["/m/dog"])
    run.write_category("dogs", np.where(dogs, "pure", "none"))
    table, tests = measure(run, "dogs")
    assert table["category"].eq("dogs").all()
    assert tests["category"].eq("dogs").all()
    in_test = int(dogs[run.clips["split"] == "test"].sum())
    assert set(table.loc[table["group"] == "category", "clips"]) == {in_test}


@pytest.mark.parametrize(("members", "others"), [(2, 0), (0, 1), (1, 1), (2, 2)])
def test_corpora_of_few_clips_have_rows_that_say_what_is_missing(tmp_path, members, others):
    table, _ = measure(MadeUpRun(tmp_path, members=members, others=others))
    chosen = members >= 2 <= others
    for (units, group), rows in table.groupby(["units", "group"]):
        clips = members if group == "category" else others
        assert rows["clips"].eq(clips).all()
        note = "" if clips else "there is no clip of this group"
        if units == "selective" and not chosen:
            note = "there is no such unit"
        assert rows["note"].astype(object).fillna("").eq(note).all()
        assert rows["response"].isna().eq(bool(note)).all()


def test_quilts_of_different_clips_are_refused(tmp_path):
    files = []
    for stimulus, ids in (("quilt-50ms", ["a"]), ("quilt-original", ["b"])):
        files.append(tmp_path / f"no_music/seed0/{stimulus}/test.parquet")
        write_features(files[-1], ids, unit_names(1), np.ones((1, 1)))
    with pytest.raises(TableFileError, match=r"quilt-original.*same clips"):
        read_stimuli(files)
