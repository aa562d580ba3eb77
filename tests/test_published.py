"""Published numbers as data: every p follows from its statistic, and every number has its row."""

from __future__ import annotations

import itertools
import math
import re

import numpy as np
import pandas as pd
import pytest
from planted_tables import planted
from scipy import stats

from science.scorecard import kim2024
from science.scorecard.claim_sets import findings_of
from science.scorecard.kim2024_numbers import FACTS, NUMBERS
from science.scorecard.kim2024_tests import TESTS
from science.scorecard.number_table import COLUMNS, number_rows
from science.scorecard.published import (
    CORRELATION,
    EFFECT,
    KINDS,
    RANK_SUM,
    SIGNED_RANK,
    half_digit,
    value_of,
)
from science.scorecard.verdicts import score
from science.statistics.tests import rank_sum_from_statistic, signed_rank_from_statistic

CAST = kim2024.cast_beside("no_music")
CLAIMS = [finding.of(CAST) for finding in findings_of(True, "music", {})]
TABLES = planted()


def rows(tables=TABLES, sizes: bool = True) -> pd.DataFrame:
    scorecard = score(CLAIMS, tables, kim2024.PUBLISHED, sizes, 0.1, {})
    given = (*NUMBERS, *FACTS), TESTS, tables, CAST, sizes, 0.1
    return number_rows(scorecard, kim2024.PUBLISHED, *given)


ROWS = rows()


def published_tests(*kinds: str, **having: int) -> list:
    of_kind = [test for test in TESTS if test.test in kinds]
    return [test for test in of_kind if all(vars(test)[key] == n for key, n in having.items())]


def name_of(test) -> str:
    return f"{test.finding}: {test.what}"


def as_printed(printed: str):
    """Any number that is printed so."""
    return pytest.approx(value_of(printed), abs=half_digit(printed) * (1 + 1e-9))


@pytest.mark.parametrize("test", published_tests(RANK_SUM, SIGNED_RANK), ids=name_of)
def test_every_published_p_follows_from_its_statistic_and_numbers(test):
    # In the published form: the normal approximation, and for few pairs all of their signs.
    statistic = value_of(test.statistic)
    result = (
        rank_sum_from_statistic(statistic, test.n1, test.n2, test.sidedness)
        if test.test == RANK_SUM
        else signed_rank_from_statistic(statistic, test.n1, test.sidedness)
    )
    assert result.p == as_printed(test.p)
    if test.effect_size:
        assert result.effect_size == as_printed(test.effect_size)


@pytest.mark.parametrize("test", published_tests(SIGNED_RANK, n1=5), ids=name_of)
def test_every_published_signed_rank_of_networks_is_that_of_scipy(test):
    # Differences of sizes 1 to 5 whose positive ones add up to W.
    ranks = np.arange(1, 6)
    signs = next(
        signs
        for signs in itertools.product((1, -1), repeat=5)
        if ranks[np.array(signs) == 1].sum() == value_of(test.statistic)
    )
    known = stats.wilcoxon(ranks * signs, alternative=test.sidedness, method="exact")
    assert known.pvalue == as_printed(test.p)


@pytest.mark.parametrize("test", published_tests(RANK_SUM, n1=5), ids=name_of)
def test_every_published_rank_sum_of_networks_is_that_of_scipy(test):
    u = value_of(test.statistic)
    first = next(
        chosen for chosen in itertools.combinations(range(1, 11), 5) if sum(chosen) - 15 == u
    )
    second = np.setdiff1d(np.arange(1, 11), first)
    known = stats.mannwhitneyu(first, second, alternative=test.sidedness, method="asymptotic")
    assert known.statistic == u
    assert known.pvalue == as_printed(test.p)


@pytest.mark.parametrize(
    "test",
    [*published_tests(SIGNED_RANK, n1=1845), *published_tests(RANK_SUM, n1=3999)],
    ids=name_of,
)
def test_every_pooled_p_is_that_of_the_normal_distribution(test):
    statistic, n1, n2 = value_of(test.statistic), test.n1, test.n2
    if test.test == SIGNED_RANK:
        mean, variance = n1 * (n1 + 1) / 4, n1 * (n1 + 1) * (2 * n1 + 1) / 24
    else:
        mean, variance = n1 * n2 / 2, n1 * n2 * (n1 + n2 + 1) / 12
    known = stats.norm.logsf((statistic - mean) / math.sqrt(variance))
    assert math.log(value_of(test.p)) == pytest.approx(known, abs=1e-3)


@pytest.mark.parametrize("test", published_tests(CORRELATION), ids=name_of)
def test_every_published_p_of_a_correlation_follows_from_r_and_points(test):
    degrees, rounding = test.n1 - 2, half_digit(test.statistic)
    ends = (value_of(test.statistic) + side * rounding for side in (-1, 1))
    largest, least = (2 * stats.t.sf(r * math.sqrt(degrees / (1 - r**2)), degrees) for r in ends)
    # r is rounded, too.
    assert least - half_digit(test.p) <= value_of(test.p) <= largest + half_digit(test.p)


def test_the_one_sided_p_that_was_printed_as_two_tailed_is_named():
    slips = [test for test in TESTS if test.slip]
    assert [test.finding for test in slips] == ["selectivity_with_category"]
    one_sided = stats.norm.cdf((11 - 12.5 + 0.5) / math.sqrt(25 * 11 / 12))
    assert one_sided == as_printed("0.417")
    assert 2 * one_sided == as_printed("0.835")
    assert "two-sided it would be 0.835" in slips[0].slip
    named = ROWS[(ROWS["slip"] != "") & (ROWS["kind"] == "p")]
    assert named["printed"].tolist() == ["0.417"]


def test_the_sizes_of_the_splits_are_named_as_exchanged():
    of_splits = ROWS[ROWS["printed"].isin(["17,902", "17,585"])]
    assert of_splits["slip"].str.contains("wrong way round").all()
    # 90% of 19,539 training clips, as the notebook's 550 batches of 32 have it.
    assert round(0.9 * 19539) == 17585
    assert 549 * 32 < 17585 <= 550 * 32
    assert "19,539" in kim2024.SPLIT_SIZES


def test_every_published_number_has_one_row():
    assert list(ROWS.columns) == list(COLUMNS)
    assert ROWS["number"].tolist() == list(range(1, len(ROWS) + 1))
    assert set(ROWS["kind"]) == set(KINDS)
    sizes = [size for size in kim2024.PUBLISHED.values() if size.printed and not size.derived]
    of_tests = sum(2 + bool(test.effect_size) for test in TESTS)
    # The effect sizes of pooled tests and both r are sizes of findings.
    assert len(ROWS) == len(sizes) + len(NUMBERS) + len(FACTS) + of_tests - 5
    assert not ROWS[["what", "kind", "printed"]].duplicated(keep=False).any()


# Printed in Results, legends and Methods, and how often.
ONCE = """
    0.109 0.0045 0.0073 0.0056 0.672
    0.152 0.221 0.437 0.828 0.894 0.965 0.689 2.07 1.12 1.97 1.95 1.70 1.68 0.832 1.88 1.61 1.03
    0.880 0.768 0.775 0.599 0.601 0.38 0.036 4.447e-4 30,340,954 4.891e-276 1,560,865 3.027e-211
    0.917 1,223,566 9.740e-60 0.719 1,845 1.77 1.31 22 0.030 0.202 0.735 0.338 3,999 11,010 4,539
    10,483 17,902 17,585 22,160 20,371 527
"""
PRINTED = {
    **dict.fromkeys(re.findall(r"\S+", ONCE), 1),
    "0.887": 2,  # the network, and with principal components
    "0.266": 2,  # read-outs of all units and of the selective ones
    "0.95": 2,  # Gabor filters' ratio, and memorised labels
    "0.417": 2,  # conditions, and 400-ms quilts
    "25": 2 + 3 + 2 + 2 + 1,  # conditions, groups of units, natural sounds, quilts; 25 genres
    "0.006": 2 + 3 + 2 + 2,
    "0.031": 2 + 2 + 3 + 3 + 4,  # baselines, natural sounds, quilts of both kinds, ablation
}


def test_every_number_of_the_paper_stands_as_often_as_it_was_printed():
    count = ROWS["printed"].value_counts()
    assert {printed: int(count.get(printed, 0)) for printed in PRINTED} == PRINTED
    spreads = sorted(ROWS["published_spread"].dropna())
    assert spreads == [0.004, 0.004, 0.0044, 0.005, 0.007, 0.030, 0.033, 0.047, 0.13, 0.16]


def test_facts_of_the_corpus_belong_to_no_finding_and_get_no_verdict():
    facts = ROWS[ROWS["finding"] == ""]
    assert set(facts["kind"]) == {"fact of the corpus", "count"}
    assert (facts["within"].fillna("") == "").all()
    assert ROWS["finding"].iloc[-len(facts) :].eq("").all()
    known = facts.set_index("printed")["ours"]
    assert (known["22,160"], known["17,902"], known["0.965"]) == (22160, 19539, 0.965)


def test_ours_stand_beside_every_number_that_has_one_and_a_reason_beside_the_others():
    without = ROWS["ours"].isna()
    assert (ROWS.loc[without, "note"] != "").all()
    assert without.sum() <= 8, ROWS.loc[without, ["what", "note"]].to_string()
    nothing = rows(tables={})
    assert nothing["ours"].isna().all()
    assert (nothing["note"] != "").all()


def test_tests_are_given_in_the_published_form_with_the_exact_p_beside():
    by_test = ROWS.set_index("what")
    row = by_test.loc["ratio of no_music above that of untrained"].set_index("kind")
    assert row.loc["statistic", "ours"] == 25
    assert row.loc["p", "ours"] == as_printed("0.006")
    assert row.loc["p", "exact_p"] == pytest.approx(1 / 252)
    assert set(row["our_n"]) == {"5 + 5"}
    what = "music-selective units, music: original above 50-ms quilts"
    row = by_test.loc[what].set_index("kind")
    assert row["ours"].to_dict() == {"statistic": 15, "p": 1 / 32, "effect size": 1}


def test_sizes_beside_a_finding_are_held_against_ours_on_audioset_alone():
    effects = ROWS[ROWS["kind"] == EFFECT]
    held = effects[effects["within"] == "yes"]
    # The released notebook trains for 30 epochs.
    unlike = effects["note"].str.contains("30 epochs")
    assert (effects.loc[unlike, "within"].fillna("") == "").all()
    assert effects.loc[unlike, "printed"].tolist() == ["0.109", "0.0073", "0.672"]
    assert len(held) >= 22
    assert ((held["low"] <= held["ours"]) & (held["ours"] <= held["high"])).all()
    assert not rows(sizes=False)["within"].isin(["yes", "no"]).any()


@pytest.mark.parametrize(
    ("printed", "value", "half"),
    [("30,340,954", 30340954, 0.5), ("4.447e-4", 4.447e-4, 5e-8), ("0.030", 0.03, 5e-4)],
)
def test_a_printed_number_says_how_far_it_was_rounded(printed, value, half):
    assert value_of(printed) == value
    assert half_digit(printed) == pytest.approx(half)


def test_the_share_that_is_kept_follows_from_two_printed_numbers():
    size = kim2024.PUBLISHED["quilts_loss"]
    kept = 0.599 / 0.768
    assert kept == as_printed(size.printed)
    assert kept * math.hypot(0.030 / 0.768, 0.047 / 0.599) == as_printed(size.spread)
