"""Verdicts: what our numbers are compared with, and what is said where they are missing."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest

from science.scorecard.claims import (
    CANNOT_BE_TESTED,
    NOT_REPRODUCED,
    REPRODUCED,
    SAME_DIRECTION,
    Bound,
    Claim,
    Selection,
)
from science.scorecard.verdicts import score


def selection(table: str, column: str, features: str = "no_music") -> Selection:
    return Selection(table, column, features, category=None)


def claim(**changes) -> Claim:
    """The ratio of `no_music` was published as 2, above 1."""
    given = {
        "id": "ratio",
        "sentence": "The ratio is {ours}",
        "where": "Results",
        "ours": selection("selectivity", "ratio"),
        "compared_with": 1.0,
        "published": 2.0,
    }
    return Claim(**(given | changes))


def table(**ratios) -> pd.DataFrame:
    rows = [
        (features, seed, value) for features, of in ratios.items() for seed, value in enumerate(of)
    ]
    return pd.DataFrame(rows, columns=["features", "seed", "ratio"])


def verdict(given: Claim, tolerance: float = 0.1, **tables) -> pd.Series:
    return score([given], tables, tolerance, {}).iloc[0]


@pytest.mark.parametrize(
    ("ratios", "expected"),
    [
        ([1.9, 2.0, 2.2], REPRODUCED),
        ([1.2, 1.3, 1.4], SAME_DIRECTION),
        ([0.9, 2.0, 2.1], NOT_REPRODUCED),
        ([np.nan, 2.0, 2.0], CANNOT_BE_TESTED),
        ([], CANNOT_BE_TESTED),
    ],
)
def test_verdicts(ratios, expected):
    row = verdict(claim(), selectivity=table(no_music=ratios, music=[5.0]))
    assert row["verdict"] == expected
    assert bool(row["note"]) == (expected == CANNOT_BE_TESTED)


def test_a_wider_tolerance_reproduces():
    ratios = table(no_music=[1.5, 1.6])
    assert verdict(claim(), 0.1, selectivity=ratios)["verdict"] == SAME_DIRECTION
    assert verdict(claim(), 0.25, selectivity=ratios)["verdict"] == REPRODUCED


def test_a_claim_may_have_a_tolerance_of_its_own_which_the_configuration_overrides():
    given, ratios = claim(tolerance=0.02), {"selectivity": table(no_music=[1.9])}
    rows = [score([given], ratios, 0.1, own).iloc[0] for own in ({}, {"ratio": 0.1})]
    assert [row["verdict"] for row in rows] == [SAME_DIRECTION, REPRODUCED]
    assert [row["tolerance"] for row in rows] == [0.02, 0.1]
    assert "within 2%" in rows[0]["criterion"]


def test_a_finding_in_words_is_its_direction():
    in_words = claim(published=math.nan)
    assert verdict(in_words, selectivity=table(no_music=[1.1, 9.0]))["verdict"] == REPRODUCED
    assert verdict(in_words, selectivity=table(no_music=[0.8, 9.0]))["verdict"] == NOT_REPRODUCED


def test_networks_are_compared_seed_by_seed_and_baselines_with_all():
    ratios = table(no_music=[1.5, 2.5], untrained=[1.4, 2.4], gbfb=[1.6])
    other = selection("selectivity", "ratio", "untrained")
    assert verdict(claim(compared_with=other), selectivity=ratios)["verdict"] == REPRODUCED
    other = selection("selectivity", "ratio", "gbfb")
    row = verdict(claim(compared_with=other), selectivity=ratios)
    assert row["verdict"] == NOT_REPRODUCED
    assert row["compared_with"] == 1.6


def test_a_baseline_is_compared_with_every_network():
    ratios = table(no_music=[1.5, 2.5], gbfb=[1.2])
    given = claim(
        ours=selection("selectivity", "ratio", "gbfb"),
        compared_with=selection("selectivity", "ratio"),
        direction="below",
        published=1.25,
    )
    assert verdict(given, selectivity=ratios)["verdict"] == REPRODUCED
    above = table(no_music=[1.1, 2.5], gbfb=[1.2])
    assert verdict(given, selectivity=above)["verdict"] == NOT_REPRODUCED


def test_no_difference_needs_enough_networks_to_find_one():
    other = selection("selectivity", "ratio", "music")
    equal = claim(published=math.nan, compared_with=other, direction="equal")
    near = np.array([1.0, 1.2, 1.4, 1.6, 1.8])

    def of(first, second):
        return verdict(equal, selectivity=table(no_music=first, music=second))

    assert of(near, near + 0.1)["verdict"] == REPRODUCED
    assert of(near, near + 5)["verdict"] == NOT_REPRODUCED
    wide = np.array([0.2, 0.7, 1.4, 2.3, 3.4])
    scattered = of(near, wide)
    assert scattered["verdict"] == CANNOT_BE_TESTED
    assert "scatter too widely" in scattered["note"]
    few = of(near[:3], near[:3] + 5)
    assert few["verdict"] == CANNOT_BE_TESTED
    assert "too few networks" in few["note"]


def test_a_pooled_table_counts_its_networks_and_has_a_test_of_its_own():
    tests = pd.DataFrame(
        {
            "features": ["no_music"],
            "effect_size": [0.917],
            "log10_p": [-210.5],
            "networks": [5],
            "test": ["Wilcoxon signed-rank"],
            "sidedness": ["greater"],
        }
    )
    given = claim(
        ours=selection("ablation", "effect_size"),
        compared_with=0.5,
        published=0.917,
        own_p=selection("ablation", "log10_p"),
    )
    row = verdict(given, ablation=tests)
    assert (row["verdict"], row["networks"]) == (REPRODUCED, 5)
    assert row["log10_p"] == -210.5
    assert row["test"] == "Wilcoxon signed-rank, greater"


def test_of_several_networks_the_largest_p_counts():
    ratios = table(no_music=[2.0, 2.1]).assign(log10_p=[-9.0, -3.0], test="t", sidedness="greater")
    row = verdict(claim(own_p=selection("selectivity", "log10_p")), selectivity=ratios)
    assert row["log10_p"] == -3


@pytest.mark.parametrize(("log10_p", "expected"), [(-9.0, REPRODUCED), (-1.0, SAME_DIRECTION)])
def test_a_finding_that_was_tested_must_be_found_by_our_test_too(log10_p, expected):
    ratios = table(no_music=[2.0, 2.1]).assign(log10_p=log10_p, test="t", sidedness="greater")
    row = verdict(claim(own_p=selection("selectivity", "log10_p")), selectivity=ratios)
    assert row["verdict"] == expected


def test_a_permutation_p_counts_as_a_test():
    ratios = table(no_music=[2.0, 2.1]).assign(null_p=[0.01, 0.2])
    row = verdict(claim(own_p=selection("selectivity", "null_p")), selectivity=ratios)
    assert row["p"] == pytest.approx(0.2)
    assert row["verdict"] == SAME_DIRECTION
    assert "permutation" in row["test"]


def test_where_no_outcome_could_be_significant_there_is_no_verdict():
    ratios = table(no_music=[2.0, 2.1]).assign(
        log10_p=math.log10(0.125), test="t", sidedness="greater", smallest_possible_p=0.125
    )
    row = verdict(claim(own_p=selection("selectivity", "log10_p")), selectivity=ratios)
    assert row["verdict"] == CANNOT_BE_TESTED
    assert row["note"] == "no outcome could give a p below 0.12"
    noted = verdict(
        claim(own_p=selection("selectivity", "log10_p")), selectivity=ratios.assign(note="too few")
    )
    assert noted["note"] == "too few"


@pytest.mark.parametrize(
    ("ratios", "direction", "bound", "expected"),
    [
        ([0.6, 0.7], "above", 0.5, REPRODUCED),
        ([0.4, 0.7], "above", 0.5, SAME_DIRECTION),
        ([0.2, 0.7], "above", 0.5, NOT_REPRODUCED),
        ([0.1, 0.2], "below", 0.2, REPRODUCED),
        ([0.1, 0.21], "below", 0.2, SAME_DIRECTION),
    ],
)
def test_a_bound_says_how_much_a_word_means(ratios, direction, bound, expected):
    given = claim(
        published=math.nan, direction=direction, compared_with=0.3, bound=Bound(bound, "so much")
    )
    row = verdict(given, selectivity=table(no_music=ratios))
    assert row["verdict"] == expected
    assert "so much" in row["criterion"]


def test_a_bound_may_be_a_number_of_each_network():
    bound = Bound(selection("selectivity", "ratio", "music"), "the other")
    given = claim(published=math.nan, compared_with=0.0, bound=bound)
    assert verdict(given, selectivity=table(no_music=[1, 3], music=[0.9, 3]))["verdict"] == (
        REPRODUCED
    )
    assert verdict(given, selectivity=table(no_music=[1, 3], music=[1.1, 3]))["verdict"] == (
        SAME_DIRECTION
    )
    assert verdict(given, selectivity=table(no_music=[1, 3]))["verdict"] == CANNOT_BE_TESTED


def test_a_number_without_a_comparison_is_near_or_is_not():
    given = claim(compared_with=None)
    assert verdict(given, selectivity=table(no_music=[1.9]))["verdict"] == REPRODUCED
    far = verdict(given, selectivity=table(no_music=[1.5]))
    assert far["verdict"] == NOT_REPRODUCED
    assert math.isnan(far["p"])
    assert far["criterion"] == "our mean is within 10% of the published value"


def test_the_reason_is_the_tables_own_where_it_has_one():
    absent = pd.DataFrame({"features": [np.nan], "seed": [np.nan], "ratio": [np.nan]})
    row = verdict(claim(), selectivity=absent.assign(note="not run: stimuli absent"))
    assert row["note"] == "not run: stimuli absent"
    unknown = table(no_music=[np.nan]).assign(note="no clip of music")
    assert verdict(claim(), selectivity=unknown)["note"] == "no clip of music"
    known = table(no_music=[2.0], music=[np.nan]).assign(note=["about something else", ""])
    other = selection("selectivity", "ratio", "music")
    note = verdict(claim(compared_with=other), selectivity=known)["note"]
    assert "what it is compared with" in note


def test_what_was_not_run_is_named():
    assert "selectivity" in verdict(claim())["note"]
    other = selection("embedding", "segregation_index")
    row = verdict(claim(compared_with=other), selectivity=table(no_music=[2.0]))
    assert row["verdict"] == CANNOT_BE_TESTED
    assert "embedding" in row["note"]


def test_a_condition_that_was_not_run_is_named():
    other = selection("selectivity", "ratio", "untrained")
    row = verdict(claim(compared_with=other), selectivity=table(no_music=[2.0]))
    expected = "the finding needs untrained, which has no row in analyses/selectivity.csv"
    assert row["note"] == expected


def test_a_spread_of_rounding_alone_is_none():
    # The mean of three equal floats is not always that float.
    row = verdict(claim(), selectivity=table(no_music=[0.04703065134099617] * 3))
    assert np.std([0.04703065134099617] * 3, ddof=1) > 0
    assert row["spread"] == 0
    least = verdict(claim(), selectivity=table(no_music=[2.0, 2.0 + 1e-6]))["spread"]
    assert least == pytest.approx(1e-6 / math.sqrt(2), rel=1e-6)
    assert math.isnan(verdict(claim(), selectivity=table(no_music=[2.0]))["spread"])
    assert verdict(claim(), selectivity=table(no_music=[0.0, 0.0]))["spread"] == 0
