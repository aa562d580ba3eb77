"""Tables of an ablation against naive loops over classes, units and networks."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import average_precision_score

from science.analyses.ablation import LinearHead
from science.analyses.ablation_tables import (
    CLASS_COLUMNS,
    ablated_classes,
    groups_of_network,
    mean_per_group,
    pool_classes,
)

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


def test_classes_equal_a_naive_loop(network):
    responses, labels, head = network
    table = ablated_classes(
        responses, labels, CLASS_LABELS, TESTED, head, {"top": np.array([1, 6])}
    )
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


def test_groups_are_of_the_networks_own_units_in_their_order():
    units = pd.DataFrame(
        {
            "features": ["x"] * 8 + ["y"] * 8,
            "seed": 0,
            "unit": [*range(8)][::-1] * 2,
            "index": [*range(8), *range(7, -1, -1)],
        }
    )
    groups = groups_of_network(units, "x", 0, np.arange(8.0), 0.25)
    assert set(groups["top"]) == {0, 1}
    assert set(groups["bottom"]) == {6, 7}
    assert set(groups["l1_norm"]) == {6, 7}


def test_means_are_over_classes_with_a_positive(network):
    responses, labels, head = network
    groups = {"top": np.array([0])}
    parts = {
        ("x", seed): ablated_classes(responses + seed, labels, CLASS_LABELS, TESTED, head, groups)
        for seed in (0, 1)
    }
    pooled = pool_classes(parts)
    assert list(pooled.columns) == [*CLASS_COLUMNS, "baseline", "top"]
    means = mean_per_group(pooled).set_index(["seed", "group"])
    for seed in (0, 1):
        assert means.loc[(seed, "top"), "classes"] == 2
        expected = parts["x", seed]["top"].iloc[:2].mean()
        assert means.loc[(seed, "top"), "mean_average_precision"] == pytest.approx(expected)


def test_no_network_at_all_gives_tables_without_rows():
    empty = pool_classes({})
    assert list(empty.columns) == [*CLASS_COLUMNS, "baseline"]
    assert mean_per_group(empty).empty
