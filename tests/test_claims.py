"""The scorecard: verdicts, what they are compared with, and the registry of claims itself."""

from __future__ import annotations

import math
import re

import numpy as np
import pandas as pd
import pytest

from science.claims import (
    CANNOT_BE_TESTED,
    NOT_REPRODUCED,
    REPRODUCED,
    SAME_DIRECTION,
    Claim,
    Selection,
    score,
)
from science.published_claims import CLAIMS


def claim(**changes) -> Claim:
    """The ratio of the reference condition was published as 2, above that of gbfb."""
    given = {
        "id": "ratio",
        "sentence": "The ratio is {ours}",
        "where": "Results",
        "ours": Selection("selectivity", "ratio"),
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
    return score([given], tables, "no_music", tolerance, {}).iloc[0]


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


def test_a_finding_in_words_is_its_direction():
    in_words = claim(published=math.nan)
    assert verdict(in_words, selectivity=table(no_music=[1.1, 9.0]))["verdict"] == REPRODUCED
    assert verdict(in_words, selectivity=table(no_music=[0.8, 9.0]))["verdict"] == NOT_REPRODUCED


def test_networks_are_compared_seed_by_seed_and_baselines_with_all():
    ratios = table(no_music=[1.5, 2.5], untrained=[1.4, 2.4], gbfb=[1.6])
    other = Selection("selectivity", "ratio", {"features": "untrained"})
    assert verdict(claim(compared_with=other), selectivity=ratios)["verdict"] == REPRODUCED
    other = Selection("selectivity", "ratio", {"features": "gbfb"})
    row = verdict(claim(compared_with=other), selectivity=ratios)
    assert row["verdict"] == NOT_REPRODUCED
    assert row["compared_with"] == 1.6


def test_a_baseline_is_compared_with_every_network():
    ratios = table(no_music=[1.5, 2.5], gbfb=[1.2])
    given = claim(
        ours=Selection("selectivity", "ratio", {"features": "gbfb"}),
        compared_with=Selection("selectivity", "ratio"),
        direction="below",
        published=1.25,
    )
    assert verdict(given, selectivity=ratios)["verdict"] == REPRODUCED
    above = table(no_music=[1.1, 2.5], gbfb=[1.2])
    assert verdict(given, selectivity=above)["verdict"] == NOT_REPRODUCED


def test_no_difference_needs_enough_networks_to_find_one():
    other = Selection("selectivity", "ratio", {"features": "music"})
    equal = claim(published=math.nan, compared_with=other, direction="equal")
    near = np.array([1.0, 1.2, 1.4, 1.6, 1.8])

    def of(first, second):
        return verdict(equal, selectivity=table(no_music=first, music=second))

    assert of(near, near + 0.1)["verdict"] == REPRODUCED
    assert of(near, near + 5)["verdict"] == NOT_REPRODUCED
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
        ours=Selection("ablation", "effect_size"),
        compared_with=0.5,
        published=0.917,
        own_p=Selection("ablation", "log10_p"),
    )
    row = verdict(given, ablation=tests)
    assert (row["verdict"], row["networks"]) == (REPRODUCED, 5)
    assert row["log10_p"] == -210.5
    assert row["test"] == "Wilcoxon signed-rank, greater"


def test_of_several_networks_the_largest_p_counts():
    ratios = table(no_music=[2.0, 2.1]).assign(log10_p=[-9.0, -3.0], test="t", sidedness="greater")
    row = verdict(claim(own_p=Selection("selectivity", "log10_p")), selectivity=ratios)
    assert row["log10_p"] == -3


def test_what_was_not_run_is_named():
    assert "selectivity" in verdict(claim())["note"]
    other = Selection("embedding", "segregation_index")
    row = verdict(claim(compared_with=other), selectivity=table(no_music=[2.0]))
    assert row["verdict"] == CANNOT_BE_TESTED
    assert "embedding" in row["note"]


def test_a_tolerance_for_no_claim_is_refused():
    with pytest.raises(ValueError, match="names no claim: unknown"):
        score(CLAIMS, {}, "no_music", 0.1, {"unknown": 0.2})


def test_every_claim_of_the_registry_can_be_scored_without_any_table():
    scorecard = score(CLAIMS, {}, "no_music", 0.1, {})
    assert scorecard["claim"].is_unique
    assert (scorecard["verdict"] == CANNOT_BE_TESTED).all()
    assert scorecard["note"].str.contains("not in run.analyses").all()


def test_every_sentence_has_a_place_for_our_number():
    for given in CLAIMS:
        assert given.sentence.count("{ours}") == 1, given.id
        assert re.fullmatch("[a-z0-9_]+", given.id)
        in_words = math.isnan(given.published)
        assert not (in_words and not math.isnan(given.published_spread)), given.id
