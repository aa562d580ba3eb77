"""Verdicts: intervals over networks, sizes, absences, and what is said of missing numbers."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from science.scorecard.claims import (
    CANNOT_BE_TESTED,
    CONTRADICTED,
    INCONCLUSIVE,
    REPRODUCED,
    SAME_DIRECTION,
    Claim,
    Contrast,
    Selection,
)
from science.scorecard.evidence import difference
from science.scorecard.published import Published
from science.scorecard.verdicts import score

NEAR = [1.9, 2.0, 2.1, 2.05, 1.95]


def selection(table: str, column: str, features: str = "no_music", **given) -> Selection:
    return Selection(table, column, features, category=None, **given)


OURS, MUSIC = (selection("selectivity", "ratio", name) for name in ("no_music", "music"))
UNTRAINED, GBFB = (selection("selectivity", "ratio", name) for name in ("untrained", "gbfb"))
# An effect of about one, half of which is the margin.
CONTRAST = Contrast(OURS, UNTRAINED, "what training adds")


def claim(**changes) -> Claim:
    """The ratio of `no_music` is above 1."""
    given = {"id": "ratio", "sentence": "The ratio is {ours}", "ours": OURS, "compared_with": 1.0}
    return Claim(**(given | changes))


def table(**ratios) -> pd.DataFrame:
    rows = [
        (features, seed, value) for features, of in ratios.items() for seed, value in enumerate(of)
    ]
    return pd.DataFrame(rows, columns=["features", "seed", "ratio"])


def scored(given: Claim, published: Published | None = None, sizes: bool = True, **tables):
    known = {} if published is None else {given.id: published}
    return score([given], tables, known, sizes, 0.1, {}).iloc[0]


def verdict(given: Claim, published: Published | None = None, sizes: bool = True, **ratios) -> str:
    return scored(given, published, sizes, selectivity=table(**ratios))["verdict"]


@pytest.mark.parametrize(
    ("ratios", "expected"),
    [
        (NEAR, REPRODUCED),
        ([0.4, 0.5, 0.6, 0.5], CONTRADICTED),
        ([0.7, 1.3, 1.6, 0.8, 1.2], INCONCLUSIVE),
        # All networks lie above, and yet so few that scatter so widely tell nothing.
        ([1.01, 1.02, 9.0], INCONCLUSIVE),
        ([2.0, 2.1], CANNOT_BE_TESTED),
        ([np.nan, 2.0, 2.0, 2.0], CANNOT_BE_TESTED),
        ([], CANNOT_BE_TESTED),
    ],
)
def test_a_direction_is_where_the_interval_over_networks_lies(ratios, expected):
    row = scored(claim(), selectivity=table(no_music=ratios, music=[5.0]))
    assert row["verdict"] == expected
    assert bool(row["note"]) == (expected == CANNOT_BE_TESTED)


@pytest.mark.parametrize("direction", ["above", "below"])
def test_the_other_direction_turns_the_verdict_round(direction):
    other = {"above": "below", "below": "above"}[direction]
    values = np.array(NEAR) if direction == "above" else 2 - np.array(NEAR)
    assert verdict(claim(direction=direction), no_music=values) == REPRODUCED
    assert verdict(claim(direction=other), no_music=values) == CONTRADICTED


def test_the_interval_is_that_of_scipy():
    row = scored(claim(), selectivity=table(no_music=NEAR))
    expected = stats.ttest_1samp(NEAR, 1).confidence_interval(0.95)
    assert (row["low"] + 1, row["high"] + 1) == pytest.approx((expected.low, expected.high))
    assert row["networks"] == 5


def test_a_larger_effect_never_has_a_worse_verdict():
    order = [CONTRADICTED, INCONCLUSIVE, REPRODUCED]
    noise = np.array([-0.2, 0.1, 0.05, -0.1, 0.15])
    found = [
        order.index(verdict(claim(), no_music=1 + size + noise)) for size in np.arange(-1, 1, 0.05)
    ]
    assert found == sorted(found)
    assert set(found) == {0, 1, 2}


def test_networks_of_one_seed_are_a_pair():
    scale = np.array([1.0, 2.0, 3.0, 4.0, 5.0])
    rows = table(no_music=scale + [0.1, 0.12, 0.09, 0.11, 0.1], untrained=scale)
    given = claim(compared_with=UNTRAINED)
    assert scored(given, selectivity=rows)["verdict"] == REPRODUCED
    # The same numbers with the seeds mixed up.
    rows.loc[rows["features"] == "untrained", "seed"] = [1, 2, 3, 4, 0]
    assert scored(given, selectivity=rows)["verdict"] == INCONCLUSIVE


def test_networks_without_a_seed_in_common_are_two_samples():
    rows = table(no_music=NEAR, untrained=[1.0, 1.1, 1.2, 1.05, 0.9])
    other = rows["features"] == "untrained"
    rows.loc[other, "seed"] += 10
    row = scored(claim(compared_with=UNTRAINED), selectivity=rows)
    expected = stats.ttest_ind(NEAR, rows.loc[other, "ratio"], equal_var=False)
    interval = expected.confidence_interval(0.95)
    assert (row["low"], row["high"]) == pytest.approx((interval.low, interval.high))
    assert row["verdict"] == REPRODUCED
    exact = stats.mannwhitneyu(
        NEAR, rows.loc[other, "ratio"], alternative="greater", method="exact"
    )
    assert row["p"] == pytest.approx(exact.pvalue)
    rows.loc[other & (rows["seed"] > 11), "features"] = "x"
    assert scored(claim(compared_with=UNTRAINED), selectivity=rows)["verdict"] == CANNOT_BE_TESTED


def test_a_baseline_is_one_value_for_all_networks():
    given = claim(ours=GBFB, compared_with=OURS, direction="below")
    assert verdict(given, no_music=NEAR, gbfb=[1.2]) == REPRODUCED
    assert verdict(given, no_music=NEAR, gbfb=[2.8]) == CONTRADICTED
    assert verdict(given, no_music=NEAR, gbfb=[2.0]) == INCONCLUSIVE
    assert verdict(given, no_music=NEAR[:2], gbfb=[1.2]) == CANNOT_BE_TESTED
    # One network of a condition is no baseline.
    given = claim(ours=UNTRAINED, compared_with=OURS, direction="below")
    assert verdict(given, no_music=NEAR, untrained=[1.2]) == CANNOT_BE_TESTED


def test_the_test_over_networks_is_exact_and_decides_nothing():
    row = scored(claim(), selectivity=table(no_music=NEAR))
    assert row["p"] == pytest.approx(1 / 32)
    assert row["test"] == "Wilcoxon signed-rank, exact, greater, over networks"
    few = scored(claim(), selectivity=table(no_music=NEAR[:4]))
    assert few["p"] > 0.05
    assert few["verdict"] == REPRODUCED


PUBLISHED = Published("Results", "2.0", "0.1")


@pytest.mark.parametrize(
    ("ratios", "expected"),
    [
        (NEAR, REPRODUCED),
        ([2.6, 2.7, 2.5, 2.65, 2.55], SAME_DIRECTION),
        # So wide a spread of ours would allow for it.
        ([1.6, 2.4, 3.4, 3.1, 2.6], REPRODUCED),
        ([0.9, 1.1, 2.6, 0.8, 1.2], INCONCLUSIVE),
    ],
)
def test_a_size_lies_where_that_of_a_replication_would(ratios, expected):
    assert verdict(claim(), PUBLISHED, no_music=ratios) == expected


def test_a_replication_may_be_as_far_off_as_rounding_moved_the_published_mean():
    given = {"no_music": [1.034, 1.0345, 1.0341, 1.0343, 1.0344]}
    printed = Published("Results", "1.03", "0.0004")
    assert verdict(claim(), printed, **given) == REPRODUCED
    assert verdict(claim(), Published("Results", "1.030", "0.0004"), **given) == SAME_DIRECTION


@pytest.mark.parametrize(
    ("ratios", "expected"), [(1.9, REPRODUCED), (2.19, REPRODUCED), (2.3, SAME_DIRECTION)]
)
def test_a_size_without_a_spread_lies_within_the_tolerance(ratios, expected):
    values = np.array(NEAR) - 2 + ratios
    assert verdict(claim(), Published("Results", "2.00"), no_music=values) == expected


def test_a_finding_may_have_a_tolerance_of_its_own_which_the_configuration_overrides():
    given = {"selectivity": table(no_music=np.array(NEAR) - 0.1)}
    published = {"ratio": Published("Results", "2.00", tolerance=0.02)}
    rows = [
        score([claim()], given, published, True, 0.1, own).iloc[0] for own in ({}, {"ratio": 0.1})
    ]
    assert [row["verdict"] for row in rows] == [SAME_DIRECTION, REPRODUCED]
    assert "within 2%" in rows[0]["criterion"]


@pytest.mark.parametrize("published", [PUBLISHED, Published("Results", "9.0")])
def test_of_another_corpus_no_size_is_judged(published):
    assert verdict(claim(), published, sizes=False, no_music=NEAR) == SAME_DIRECTION
    wrong = [0.4, 0.5, 0.6]
    assert verdict(claim(), published, sizes=False, no_music=wrong) == CONTRADICTED
    assert verdict(claim(), Published("Results"), sizes=False, no_music=NEAR) == REPRODUCED


@pytest.mark.parametrize(("low", "expected"), [(1.8, REPRODUCED), (1.99, SAME_DIRECTION)])
def test_at_least_is_a_lower_end(low, expected):
    bound = Published("Results", str(low), kind="at least")
    values = np.array(NEAR) - 0.05
    assert verdict(claim(), bound, no_music=values) == expected


def absence(direction: str = "equal") -> Claim:
    return claim(ours=MUSIC, compared_with=OURS, direction=direction, contrast=CONTRAST)


LOW = np.array([1.0, 1.02, 0.98, 1.01, 0.99])
DIFFERENT = np.array([0.01, -0.02, 0.015, -0.01, 0.02])


@pytest.mark.parametrize(
    ("more", "direction", "expected"),
    [
        (0.0, "equal", REPRODUCED),
        (0.3, "equal", REPRODUCED),
        (-0.3, "equal", REPRODUCED),
        (0.5, "equal", INCONCLUSIVE),
        (0.8, "equal", CONTRADICTED),
        (-0.8, "equal", CONTRADICTED),
        (-0.8, "not above", REPRODUCED),
        (0.8, "not above", CONTRADICTED),
        (-0.8, "not below", CONTRADICTED),
        (0.8, "not below", REPRODUCED),
    ],
)
def test_an_absence_is_a_difference_within_half_of_the_effect(more, direction, expected):
    values = np.array(NEAR) + more + DIFFERENT
    row = scored(absence(direction), selectivity=table(no_music=NEAR, music=values, untrained=LOW))
    assert row["verdict"] == expected
    assert row["margin"] == pytest.approx(0.5, abs=0.01)


def test_that_nothing_was_found_confirms_no_absence():
    scattered = np.array(NEAR) + [1.4, -1.2, 0.9, -1.6, 0.3]
    row = scored(absence(), selectivity=table(no_music=NEAR, music=scattered, untrained=LOW))
    assert stats.ttest_rel(scattered, NEAR).pvalue > 0.5
    assert row["verdict"] == INCONCLUSIVE


def test_an_absence_needs_the_effect_that_it_is_contrasted_with():
    values = np.array(NEAR) + DIFFERENT
    row = scored(
        absence(), selectivity=table(no_music=NEAR, music=values, untrained=np.array(NEAR) + 0.1)
    )
    assert row["verdict"] == INCONCLUSIVE
    assert row["note"] == "what training adds, half of which would be the margin, is not found here"


def test_two_networks_confirm_no_absence():
    ratios = {"no_music": NEAR[:2], "music": NEAR[:2], "untrained": LOW[:2]}
    assert verdict(absence(), **ratios) == CANNOT_BE_TESTED


def test_the_absence_of_an_effect_in_a_baseline_is_judged_by_the_networks_that_have_it():
    given = claim(ours=GBFB, direction="equal", contrast=CONTRAST)
    assert verdict(given, no_music=NEAR, untrained=LOW, gbfb=[1.1]) == REPRODUCED
    assert verdict(given, no_music=NEAR, untrained=LOW, gbfb=[1.9]) == CONTRADICTED
    assert verdict(given, no_music=NEAR[:2], untrained=LOW[:2], gbfb=[1.1]) == CANNOT_BE_TESTED


def test_a_pooled_table_brings_its_interval_over_networks():
    tests = pd.DataFrame(
        {
            "features": ["no_music"],
            "effect_size": [0.917],
            "log10_p": [-210.5],
            "n1": [1955],
            "mean": [0.02],
            "low": [0.01],
            "high": [0.03],
            "interval": ["95%, Student's t over networks"],
            "networks": [5],
            "test": ["Wilcoxon signed-rank"],
            "sidedness": ["greater"],
            "two_way_low": [0.005],
            "two_way_high": [0.035],
        }
    )
    pooled = {name: selection("ablation", name) for name in ("effect_size", "log10_p")}
    given = claim(
        ours=pooled["effect_size"],
        compared_with=0.0,
        beside=pooled["log10_p"],
        two_way=pooled["log10_p"],
    )
    row = scored(given, Published("Results", "0.917"), ablation=tests)
    assert (row["verdict"], row["networks"], row["low"]) == (REPRODUCED, 5, 0.01)
    assert (row["ours"], row["our_n"], row["difference"]) == (0.917, "1955 pairs", 0.02)
    assert row["beside_log10_p"] == -210.5
    assert row["beside"] == "Wilcoxon signed-rank, greater"
    assert (row["two_way_low"], row["two_way_high"]) == (0.005, 0.035)
    # However small the pooled p, it is the networks that decide.
    wide = scored(given, ablation=tests.assign(low=-0.01))
    assert wide["verdict"] == INCONCLUSIVE
    assert scored(given, ablation=tests.assign(networks=2))["verdict"] == CANNOT_BE_TESTED


@pytest.mark.parametrize("log10_p", [-9.0, -0.1])
def test_the_analysis_own_test_stands_beside_and_decides_nothing(log10_p):
    rows = table(no_music=NEAR).assign(log10_p=[log10_p, -3, -4, -5, -6], test="t", sidedness="x")
    row = scored(claim(beside=selection("selectivity", "log10_p")), selectivity=rows)
    assert row["verdict"] == REPRODUCED
    assert row["beside_log10_p"] == max(log10_p, -3)
    assert row["beside"] == "t, x, within each network: the largest p"


def test_where_no_outcome_could_be_told_from_chance_there_is_no_verdict():
    rows = table(no_music=NEAR).assign(log10_p=-1.0, test="t", smallest_possible_p=0.125)
    given = claim(beside=selection("selectivity", "log10_p"))
    row = scored(given, selectivity=rows.assign(sidedness="greater"))
    assert row["verdict"] == CANNOT_BE_TESTED
    assert row["note"] == "no outcome could give a p below 0.12"
    noted = scored(given, selectivity=rows.assign(sidedness="greater", note="too few"))
    assert noted["note"] == "too few"


def test_every_is_judged_by_the_worst_of_each_network():
    rows = table(no_music=NEAR).assign(length=50)
    longer = table(no_music=np.array(NEAR) - 0.6).assign(length=100)
    both = pd.concat([rows, longer])
    every = claim(ours=selection("selectivity", "ratio", worst="least"))
    row = scored(every, selectivity=both)
    assert row["ours"] == pytest.approx(1.4)
    assert (row["verdict"], row["networks"]) == (REPRODUCED, 5)
    assert "least" in row["criterion"]
    unknown = both.assign(ratio=both["ratio"].where(both["length"] == 50))
    assert scored(every, selectivity=unknown)["verdict"] == CANNOT_BE_TESTED


def test_differences_by_the_last_digits_alone_are_none():
    ours = pd.Series([0.1 + 0.2, 0.3, 0.6 / 2])
    found = difference(ours, False, pd.Series([0.3] * 3), False)
    assert found.values.tolist() == [0, 0, 0]
    assert verdict(claim(), no_music=[1 + 1e-15, 1 + 2e-15, 1 + 1e-15]) == INCONCLUSIVE
    assert verdict(claim(), no_music=[2.0, 2.0, 2.0]) == REPRODUCED


def test_the_reason_is_the_tables_own_where_it_has_one():
    absent = pd.DataFrame({"features": [np.nan], "seed": [np.nan], "ratio": [np.nan]})
    row = scored(claim(), selectivity=absent.assign(note="not run: stimuli absent"))
    assert row["note"] == "not run: stimuli absent"
    unknown = table(no_music=[np.nan]).assign(note="no clip of music")
    assert scored(claim(), selectivity=unknown)["note"] == "no clip of music"
    known = table(no_music=NEAR, music=[np.nan]).assign(note=["about something else"] * 5 + [""])
    row = scored(claim(compared_with=MUSIC), selectivity=known)
    assert row["note"] == "the number is not defined here"


def test_what_was_not_run_is_named():
    assert scored(claim())["note"] == "the analysis selectivity is not in run.analyses"
    other = selection("embedding", "segregation_index")
    row = scored(claim(compared_with=other), selectivity=table(no_music=NEAR))
    assert row["note"] == "the analysis embedding is not in run.analyses"
    row = scored(claim(compared_with=UNTRAINED), selectivity=table(no_music=NEAR))
    assert (
        row["note"] == "the finding needs untrained, which has no row in analyses/selectivity.csv"
    )


def test_a_spread_of_rounding_alone_is_none():
    # The mean of three equal floats is not always that float.
    row = scored(claim(), selectivity=table(no_music=[0.04703065134099617] * 3))
    assert np.std([0.04703065134099617] * 3, ddof=1) > 0
    assert row["spread"] == 0
    least = scored(claim(), selectivity=table(no_music=[2.0, 2.0, 2.0 + 1e-6]))["spread"]
    assert least == pytest.approx(1e-6 / math.sqrt(3), rel=1e-6)
    assert math.isnan(scored(claim(), selectivity=table(no_music=[2.0]))["spread"])
    assert scored(claim(), selectivity=table(no_music=[0.0, 0.0]))["spread"] == 0
