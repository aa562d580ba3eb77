"""Ablation: PyTorch's own layers, the groups, naive loops for tables, SciPy for tests."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import torch
from made_up_run import CLASSES as MIDS
from made_up_run import UNITS as UNITS_OF_RUN
from made_up_run import MadeUpRun, corpus_tables
from scipy import stats
from sklearn.metrics import average_precision_score

import measure_ablation
from science.analyses.ablation import (
    CLASS_COLUMNS,
    COMPARISONS,
    TEST_COLUMNS,
    LinearHead,
    ablate,
    ablated_classes,
    ablated_scores,
    ablation_groups,
    compare_groups,
    draw_clips,
    filter_l1_norms,
    mean_per_group,
    pool_classes,
    resampled_means,
)
from science.network.cnn import NetworkSettings, build_network
from storage.activations import read_matrix
from storage.labels import read_labels
from storage.networks import save_network

UNITS, HIDDEN, CLASSES, CLIPS = 32, 16, 5, 120


@pytest.fixture
def generator() -> np.random.Generator:
    return np.random.default_rng(4)


@pytest.fixture
def layers() -> torch.nn.Sequential:
    torch.manual_seed(0)
    return torch.nn.Sequential(
        torch.nn.Linear(UNITS, HIDDEN), torch.nn.ReLU(), torch.nn.Linear(HIDDEN, CLASSES)
    )


@pytest.fixture
def head(layers: torch.nn.Sequential) -> LinearHead:
    return LinearHead(*(parameter.detach().numpy() for parameter in layers.parameters()))


def test_scores_equal_pytorch(
    generator: np.random.Generator, layers: torch.nn.Sequential, head: LinearHead
) -> None:
    features = generator.uniform(size=(CLIPS, UNITS)).astype(np.float32)
    with torch.no_grad():
        expected = layers(torch.from_numpy(features)).numpy()
    np.testing.assert_allclose(head.scores(features), expected, atol=1e-5)
    np.testing.assert_allclose(
        head.for_classes([3, 1]).scores(features), expected[:, [3, 1]], atol=1e-5
    )


def test_ablation_is_that_of_pytorch_with_weights_cut(
    generator: np.random.Generator, layers: torch.nn.Sequential, head: LinearHead
) -> None:
    features = generator.uniform(size=(CLIPS, UNITS)).astype(np.float32)
    units = np.array([0, 5, 31])
    scores = ablated_scores(features, head, {"some": units, "none": units[:0]})
    with torch.no_grad():
        layers[0].weight[:, units] = 0
        expected = layers(torch.from_numpy(features)).numpy()
    np.testing.assert_allclose(scores["some"], expected, atol=1e-5)
    np.testing.assert_array_equal(scores["none"], scores["baseline"])
    assert not np.allclose(scores["some"], scores["baseline"])


def test_ablating_leaves_the_features_as_they_were(generator: np.random.Generator) -> None:
    features = generator.uniform(1, 2, size=(6, UNITS))
    before = features.copy()
    ablated = ablate(features, np.array([2, 7]))
    np.testing.assert_array_equal(features, before)
    assert np.flatnonzero((ablated == 0).all(axis=0)).tolist() == [2, 7]
    assert np.count_nonzero(ablated == 0) == 12


def test_groups_are_the_papers_and_include_the_most_selective_unit() -> None:
    ranking = np.arange(256)[::-1]
    groups = ablation_groups(ranking, np.arange(256), np.arange(256)[::-1])
    assert set(groups["top"]) == set(range(224, 256))
    assert set(groups["middle"]) == set(range(112, 144))
    assert set(groups["bottom"]) == set(range(32))
    assert set(groups["largest_response"]) == set(range(224, 256))
    assert set(groups["largest_weights"]) == set(range(32))
    with pytest.raises(ValueError, match=r"have \[10, 256\] values"):
        ablation_groups(ranking, np.arange(10), np.arange(256))


def test_l1_norm_is_of_each_units_filter(generator: np.random.Generator) -> None:
    weight = generator.normal(size=(4, 3, 5, 5))
    expected = [sum(abs(value) for value in weight[unit].ravel()) for unit in range(4)]
    np.testing.assert_allclose(filter_l1_norms(weight), expected)


def test_features_of_another_network_are_refused(head: LinearHead) -> None:
    with pytest.raises(ValueError, match="the first linear layer takes 32 units"):
        head.scores(np.zeros((3, 31)))


CLASS_LABELS = pd.DataFrame(
    {"mid": ["/m/a", "/m/b", "/m/c", "/m/d"], "display_name": ["A", "B", "C", "D"]}
)
TESTED = np.array([True, False, True, True])


@pytest.fixture
def network():
    generator = np.random.default_rng(3)
    head = LinearHead(
        generator.normal(size=(5, 8)),
        generator.normal(size=5),
        generator.normal(size=(4, 5)),
        generator.normal(size=4),
    )
    labels = [list(generator.choice(["/m/a", "/m/b", "/m/c"], 1)) for _ in range(40)]
    return generator.gamma(2.0, size=(40, 8)), labels, head


def classes_of(responses, labels, head, groups) -> pd.DataFrame:
    described = CLASS_LABELS[TESTED]
    targets = np.array([[mid in of_clip for mid in described["mid"]] for of_clip in labels])
    scores = ablated_scores(responses, head.for_classes(TESTED), groups)
    return ablated_classes(scores, targets, described)


def test_classes_equal_a_naive_loop(network):
    responses, labels, head = network
    table = classes_of(responses, labels, head, {"top": np.array([1, 6])})
    assert table["mid"].tolist() == ["/m/a", "/m/c", "/m/d"]
    silenced = responses.copy()
    silenced[:, [1, 6]] = 0
    for row in table.iloc[:2].itertuples():
        column = CLASS_LABELS["mid"].tolist().index(row.mid)
        truth = [row.mid in of_clip for of_clip in labels]
        assert row.positives == sum(truth)
        for values, name in ((responses, "baseline"), (silenced, "top")):
            expected = average_precision_score(truth, head.scores(values)[:, column])
            assert getattr(row, name) == pytest.approx(expected)
    assert np.isnan(table["baseline"].iloc[2])


def test_means_are_over_classes_with_a_positive(network):
    responses, labels, head = network
    groups = {"top": np.array([0])}
    parts = {("x", seed): classes_of(responses + seed, labels, head, groups) for seed in (0, 1)}
    pooled = pool_classes(parts)
    assert list(pooled.columns) == [*CLASS_COLUMNS, "baseline", "top"]
    means = mean_per_group(pooled).set_index(["seed", "group"])
    for seed in (0, 1):
        assert means.loc[(seed, "top"), "classes"] == 2
        expected = parts["x", seed]["top"].iloc[:2].mean()
        assert means.loc[(seed, "top"), "mean_average_precision"] == pytest.approx(expected)


def test_means_of_resamples_equal_a_naive_loop(network):
    responses, labels, head = network
    described = CLASS_LABELS[TESTED]
    targets = np.array([[mid in of_clip for mid in described["mid"]] for of_clip in labels])
    scores = ablated_scores(responses, head.for_classes(TESTED), {"top": np.array([1, 6])})
    drawn = draw_clips(len(responses), np.random.default_rng(0))
    assert (drawn.sum(axis=1) == len(responses)).all()
    means = resampled_means(scores, targets, drawn[:5])
    for resample, counts in enumerate(drawn[:5]):
        rows = np.repeat(np.arange(len(responses)), counts)
        expected = [
            average_precision_score(targets[rows, column], scores["top"][rows, column])
            for column in (0, 1)
        ]
        assert means["top"][resample] == pytest.approx(np.mean(expected))


def test_no_network_at_all_gives_tables_without_rows():
    empty = pool_classes({})
    assert list(empty.columns) == [*CLASS_COLUMNS, "baseline"]
    assert mean_per_group(empty).empty


def made_up_classes(seeds: int = 3, classes: int = 30, seed: int = 0) -> pd.DataFrame:
    """AP per class and network; silencing the top costs most, the others next to nothing."""
    generator = np.random.default_rng(seed)
    rows = pd.MultiIndex.from_product(
        [["no_music"], range(seeds), [f"/m/{number}" for number in range(classes)]],
        names=["features", "seed", "mid"],
    ).to_frame(index=False)
    rows["baseline"] = generator.uniform(0.2, 0.8, len(rows))
    costs = {"top": 0.1, "middle": 0, "bottom": 0, "largest_response": 0.02, "largest_weights": 0}
    for group, cost in costs.items():
        rows[group] = rows["baseline"] - cost + generator.normal(0, 0.05, len(rows))
    return rows


def compared(table: pd.DataFrame, conditions=("no_music",), resampled=None) -> pd.DataFrame:
    tests = compare_groups(table, conditions, resampled or {}, 200, np.random.default_rng(0))
    return tests.set_index(["level", "comparison"])


def test_each_test_is_scipys_over_all_pairs_and_over_networks():
    table = made_up_classes()
    tests, differences = compared(table), table["baseline"] - table["top"]
    expected = stats.wilcoxon(differences, alternative="greater", correction=False, method="approx")
    row = tests.loc["pairs", "baseline_above_top"]
    assert row["statistic"] == expected.statistic
    assert row["p"] == pytest.approx(expected.pvalue)
    assert (row["n1"], row["classes"], row["networks"]) == (90, 30, 3)
    assert row["effect_size"] > 0.8
    of_networks = differences.groupby(table["seed"]).mean()
    expected = stats.wilcoxon(of_networks, alternative="greater")
    row = tests.loc["networks", "baseline_above_top"]
    assert (row["statistic"], row["p"], row["n1"]) == (expected.statistic, expected.pvalue, 3)


def test_the_interval_is_over_networks():
    table = made_up_classes()
    row = compared(table).loc["pairs", "baseline_above_top"]
    means = (table["baseline"] - table["top"]).groupby(table["seed"]).mean()
    expected = stats.t.interval(0.95, 2, means.mean(), stats.sem(means))
    assert (row["low"], row["high"]) == pytest.approx(expected)


def test_the_two_way_interval_is_of_the_condition_whose_clips_were_drawn():
    generator = np.random.default_rng(1)
    groups = ["baseline", *ablation_groups(np.arange(8), np.arange(8), np.arange(8))]
    networks = [
        {group: 0.5 - 0.1 * (group == "top") + generator.normal(0, 0.01, 200) for group in groups}
        for _ in range(3)
    ]
    tests = compared(made_up_classes(), resampled={"no_music": networks})
    row = tests.loc["pairs", "baseline_above_top"]
    assert 0.07 < row["two_way_low"] < 0.1 < row["two_way_high"] < 0.13
    assert compared(made_up_classes())["two_way_low"].isna().all()


def test_classes_without_positives_and_ties_have_no_part():
    table = made_up_classes()
    known = compared(table).loc["pairs"]
    groups = table.columns[table.columns.get_loc("baseline") :]
    absent = table.head(4).assign(seed=2, **dict.fromkeys(groups, np.nan))
    same = table.head(2).assign(seed=2, **dict.fromkeys(groups, 0.5))
    more = compared(pd.concat([table, absent, same])).loc["pairs"]
    np.testing.assert_array_equal(more["statistic"], known["statistic"])
    assert more["note"].str.contains("2 pairs without a difference dropped").all()


def test_rounding_is_no_difference():
    table = made_up_classes()
    table["bottom"] = table["baseline"] + 1e-12
    row = compared(table).loc["pairs", "baseline_above_bottom"]
    assert row["note"] == "no pair differs"


def test_a_single_network_has_no_interval():
    row = compared(made_up_classes(seeds=1)).iloc[0]
    assert np.isnan(row["low"])
    assert np.isfinite(row["p"])


def test_a_condition_without_networks_has_rows_that_say_so():
    tests = compared(made_up_classes(), ["no_music", "own"]).reset_index()
    assert set(tests.columns) == set(TEST_COLUMNS)
    own = tests[tests["features"] == "own"]
    assert len(own) == 2 * len(COMPARISONS)
    assert (own["note"] == "no pairs").all()
    assert (own["networks"] == 0).all()


class TestScript:
    def measure(self, run: MadeUpRun) -> dict[str, pd.DataFrame]:
        networks = [("no_music", seed) for seed in (0, 1)]
        run.write_both(*networks)
        units, files = run.select(*networks), {}
        settings = NetworkSettings(channels=(2, 2, 4, UNITS_OF_RUN), hidden=4)
        for network in networks:
            weights = run.folder / f"networks/no_music/seed{network[1]}/weights.pt"
            self.network = build_network(settings, len(MIDS), seed=network[1]).eval()
            save_network(weights, self.network.state_dict(), settings, list(MIDS), {})
            files[network] = weights, run.path(network, "test")
        apart = [{"label": "Music"}]
        return measure_ablation.main(
            files, units, run.labels, corpus_tables(), apart, 0.125, "no_music", 0
        )

    def test_pairs_are_class_and_network_without_the_classes_apart(self, tmp_path):
        tables = self.measure(MadeUpRun(tmp_path))
        assert set(tables["per_class"]["display_name"]) == {"Dog", "Rain", "Horn"}
        assert tables["tests"]["networks"].eq(2).all()
        assert tables["tests"]["classes"].eq(3).all()
        assert tables["tests"]["n1"].max() <= 6
        assert not tables["tests"].duplicated(["comparison", "level"]).any()
        assert tables["tests"]["two_way_low"].notna().all()
        assert len(tables["per_group"]) == 2 * 6

    def test_the_baseline_is_the_network_itself(self, tmp_path):
        run = MadeUpRun(tmp_path)
        classes = self.measure(run)["per_class"]
        clip_ids, responses = read_matrix(run.path(("no_music", 1), "test"))
        with torch.no_grad():
            scores = self.network.classify(torch.from_numpy(responses))[:, 3].numpy()
        targets = ["/m/dog" in labels for labels in read_labels(run.labels).loc[clip_ids]]
        of_dog = classes[(classes["seed"] == 1) & (classes["display_name"] == "Dog")]
        assert of_dog["baseline"].item() == pytest.approx(average_precision_score(targets, scores))

    def test_without_the_category_the_ranking_is_empty_but_the_rows_stand(self, tmp_path):
        assert len(self.measure(MadeUpRun(tmp_path, members=0))["tests"]) == 2 * len(COMPARISONS)

    def test_a_network_with_other_layers_has_rows_that_say_so(self, tmp_path, monkeypatch):
        monkeypatch.setattr(measure_ablation, "read_layers", lambda path, names: None)
        tests = self.measure(MadeUpRun(tmp_path))["tests"]
        assert tests["effect_size"].isna().all()
        assert tests["note"].eq("no pairs").all()
        assert tests["networks"].eq(0).all()
