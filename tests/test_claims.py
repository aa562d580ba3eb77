"""The scorecard: verdicts, what they are compared with, and the registry of claims itself."""

from __future__ import annotations

import math
import re

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
from science.scorecard.published_claims import CLAIMS
from science.scorecard.verdicts import score


def claim(**changes) -> Claim:
    """The ratio of `no_music` was published as 2, above 1."""
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


def test_a_claim_may_have_a_tolerance_of_its_own_which_the_configuration_overrides():
    given, ratios = claim(tolerance=0.02), {"selectivity": table(no_music=[1.9])}
    rows = [score([given], ratios, "no_music", 0.1, own).iloc[0] for own in ({}, {"ratio": 0.1})]
    assert [row["verdict"] for row in rows] == [SAME_DIRECTION, REPRODUCED]
    assert [row["tolerance"] for row in rows] == [0.02, 0.1]
    assert "within 2%" in rows[0]["criterion"]


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


@pytest.mark.parametrize(("log10_p", "expected"), [(-9.0, REPRODUCED), (-1.0, SAME_DIRECTION)])
def test_a_finding_that_was_tested_must_be_found_by_our_test_too(log10_p, expected):
    ratios = table(no_music=[2.0, 2.1]).assign(log10_p=log10_p, test="t", sidedness="greater")
    row = verdict(claim(own_p=Selection("selectivity", "log10_p")), selectivity=ratios)
    assert row["verdict"] == expected


def test_a_permutation_p_counts_as_a_test():
    ratios = table(no_music=[2.0, 2.1]).assign(null_p=[0.01, 0.2])
    row = verdict(claim(own_p=Selection("selectivity", "null_p")), selectivity=ratios)
    assert row["p"] == pytest.approx(0.2)
    assert row["verdict"] == SAME_DIRECTION
    assert "permutation" in row["test"]


def test_where_no_outcome_could_be_significant_there_is_no_verdict():
    ratios = table(no_music=[2.0, 2.1]).assign(
        log10_p=math.log10(0.125), test="t", sidedness="greater", smallest_possible_p=0.125
    )
    row = verdict(claim(own_p=Selection("selectivity", "log10_p")), selectivity=ratios)
    assert row["verdict"] == CANNOT_BE_TESTED
    assert row["note"] == "no outcome could give a p below 0.12"
    noted = verdict(
        claim(own_p=Selection("selectivity", "log10_p")), selectivity=ratios.assign(note="too few")
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
    bound = Bound(Selection("selectivity", "ratio", {"features": "music"}), "the other")
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
    other = Selection("selectivity", "ratio", {"features": "music"})
    note = verdict(claim(compared_with=other), selectivity=known)["note"]
    assert "what it is compared with" in note


def test_what_was_not_run_is_named():
    assert "selectivity" in verdict(claim())["note"]
    other = Selection("embedding", "segregation_index")
    row = verdict(claim(compared_with=other), selectivity=table(no_music=[2.0]))
    assert row["verdict"] == CANNOT_BE_TESTED
    assert "embedding" in row["note"]


def test_a_condition_that_was_not_run_is_named():
    other = Selection("selectivity", "ratio", {"features": "untrained"})
    row = verdict(claim(compared_with=other), selectivity=table(no_music=[2.0]))
    expected = "the finding needs untrained, which has no row in analyses/selectivity.csv"
    assert row["note"] == expected


def scored_with_reference(reference: str, given: Claim, **tables) -> pd.Series:
    return score([given], tables, reference, 0.1, {}).iloc[0]


@pytest.mark.parametrize("reference", ["no_music", "untrained"])
def test_a_finding_is_tested_with_its_condition_whichever_is_the_reference(reference):
    ratios = table(untrained=[1.0, 1.0], no_music=[1.9, 2.1])
    row = scored_with_reference(reference, claim(), selectivity=ratios)
    assert (row["verdict"], row["ours"], row["networks"]) == (REPRODUCED, 2.0, 2)
    # Beside another reference, a sentence that names no condition would be read as about that.
    suffix = "" if reference == "no_music" else " (networks of no_music)"
    assert row["sentence"] == "The ratio is {ours}" + suffix
    of_untrained = claim(ours=Selection("selectivity", "ratio", {"features": "untrained"}))
    row = scored_with_reference(reference, of_untrained, selectivity=ratios)
    assert row["sentence"] == "The ratio is {ours}"


def test_the_reference_does_not_stand_for_networks_that_were_not_run():
    row = scored_with_reference("no_animals", claim(), selectivity=table(no_animals=[2.0, 2.0]))
    assert row["verdict"] == CANNOT_BE_TESTED
    assert math.isnan(row["ours"])
    assert row["networks"] == 0
    assert row["note"] == (
        "the finding needs no_music, which has no row in analyses/selectivity.csv; no_animals, the "
        "reference condition of this run, has its rows there"
    )


def test_no_claim_of_the_registry_takes_the_reference_for_a_published_condition():
    rows: dict[str, list[dict]] = {}
    for given in CLAIMS:
        for value in (given.ours, given.compared_with, given.own_p, given.bound):
            wanted = value.value if isinstance(value, Bound) else value
            if isinstance(wanted, Selection):
                number = {**wanted.where, "features": "no_animals", wanted.column: 0.01}
                rows.setdefault(wanted.table, []).append({"seed": 0, **number})
    tables = {name: pd.DataFrame(of_table) for name, of_table in rows.items()}
    scorecard = score(CLAIMS, tables, "no_animals", 0.1, {})
    assert scorecard["ours"].isna().all()
    assert (scorecard["verdict"] == CANNOT_BE_TESTED).all()
    assert scorecard["note"].str.startswith("the finding needs ").all()


@pytest.mark.parametrize(
    ("reference", "expected"), [("no_music", REPRODUCED), ("untrained", CANNOT_BE_TESTED)]
)
def test_memorising_is_held_against_networks_trained_without_music_alone(reference, expected):
    share = {"share_of_reference_below": [np.nan, 1.0], "log10_p": [np.nan, -2.2]}
    memorisation = pd.DataFrame({"features": [reference, "random_labels"], "seed": 0, **share})
    memorisation = memorisation.assign(stimulus="50ms", test="t", sidedness="greater")
    scorecard = score(CLAIMS, {"memorisation_quilts": memorisation}, reference, 0.1, {})
    row = scorecard.set_index("claim").loc["memorisation_quilts_50ms"]
    assert row["verdict"] == expected
    assert ("needs no_music" in row["note"]) == (expected == CANNOT_BE_TESTED)


def test_a_spread_of_rounding_alone_is_none():
    # The mean of three equal floats is not always that float.
    row = verdict(claim(), selectivity=table(no_music=[0.04703065134099617] * 3))
    assert np.std([0.04703065134099617] * 3, ddof=1) > 0
    assert row["spread"] == 0
    least = verdict(claim(), selectivity=table(no_music=[2.0, 2.0 + 1e-6]))["spread"]
    assert least == pytest.approx(1e-6 / math.sqrt(2), rel=1e-6)
    assert math.isnan(verdict(claim(), selectivity=table(no_music=[2.0]))["spread"])
    assert verdict(claim(), selectivity=table(no_music=[0.0, 0.0]))["spread"] == 0


def test_a_tolerance_for_no_claim_is_refused():
    with pytest.raises(ValueError, match="names no claim: unknown"):
        score(CLAIMS, {}, "no_music", 0.1, {"unknown": 0.2})


def test_every_claim_of_the_registry_can_be_scored_without_any_table():
    scorecard = score(CLAIMS, {}, "no_music", 0.1, {})
    assert scorecard["claim"].is_unique
    assert (scorecard["computed"] != "").all()
    assert (scorecard["verdict"] == CANNOT_BE_TESTED).all()
    assert scorecard["note"].str.contains("not in run.analyses").all()


def test_every_sentence_has_a_place_for_our_number():
    for given in CLAIMS:
        assert given.sentence.count("{ours}") == 1, given.id
        assert re.fullmatch("[a-z0-9_]+", given.id)
        in_words = math.isnan(given.published)
        assert not (in_words and not math.isnan(given.published_spread)), given.id


POINTING_BACK = re.compile(
    r"^(They|Their|These|It|That)\b|\b(that|the|same) ratio\b|\bdoes so\b|\bthese units\b"
    r"|\bit is \{|\bthey (reach|are|then|respond|keep)\b|, below that$|\beither\b|\btheir units\b"
)


def test_every_sentence_stands_alone():
    """The report and the end of a run show some findings without the one before."""
    for given in CLAIMS:
        assert not POINTING_BACK.search(given.sentence), given.sentence
    sentences = [given.sentence for given in CLAIMS]
    assert len(set(sentences)) == len(sentences)


def test_no_sentence_counts_what_the_configuration_sets():
    """How many components and sounds there are is up to the configuration and the files."""
    assert not [given.id for given in CLAIMS if re.search(r"\b(165|256)\b", given.sentence)]


def test_every_published_number_has_a_claim():
    """Those of section 6 of the science, and chance and the explained variance of section 1 and 5.

    Statistics count as their effect size: W = 15 of 15 and U = 25 of 25 are 1.
    """
    published = sorted(given.published for given in CLAIMS if not math.isnan(given.published))
    assert published == sorted(
        [
            *(0.109, 0.0045, 0.0073),
            *(0.887, 0.437, 0.828, 0.887, 0.894, 0.266, 0.965, 0.689),
            *(2.07, 2.07, 1.70, 1.68, 0.832),
            *(1.88, 1.61, 1.03, 0.95),
            *(0.768, 0.599, 1.0),
            *(1.0, 1.0),
            *(0.917, 0.719),
            *(1.77, 1.31),
            # In words: other units respond to quilts as to the original, and so do units of speech.
            *(1.0, 1.0),
        ]
    )
    spreads = [given.published_spread for given in CLAIMS]
    known = sorted(spread for spread in spreads if not math.isnan(spread))
    assert known == [0.004, 0.004, 0.0044, 0.005, 0.007, 0.030, 0.047, 0.13, 0.16]


def test_networks_in_which_nothing_mixes_cannot_be_told_from_saturated_histograms():
    embedding = pd.DataFrame(
        {
            "features": ["no_music", "pca"],
            "seed": 0,
            "segregation_index": 1.0,
            "null_mean": 0.98,
            "null_p": 0.3,
            "smallest_possible_p": 0.3,
            "segregation_above_null": np.nan,
            "note": "too few clips for 64 x 64 bins",
        }
    )
    scorecard = score(CLAIMS, {"embedding": embedding}, "no_music", 0.1, {}).set_index("claim")
    of_embedding = scorecard.loc[["embedding_network", "embedding_network_above_pca"]]
    assert (of_embedding["verdict"] == CANNOT_BE_TESTED).all()
    assert of_embedding["note"].str.contains("too few clips").all()


@pytest.mark.parametrize(
    ("train", "test", "expected"),
    [
        (0.9, 0.020, [REPRODUCED, REPRODUCED]),
        (0.28, 0.020, [SAME_DIRECTION, REPRODUCED]),
        (0.9, 0.040, [REPRODUCED, SAME_DIRECTION]),
        (0.02, 0.200, [NOT_REPRODUCED, NOT_REPRODUCED]),
    ],
)
def test_memorising_means_by_heart_in_training_and_chance_beyond(train, test, expected):
    rows = [
        ("random_labels", "train", train),
        ("random_labels", "test", test),
        ("no_music", "train", 0.4),
        ("no_music", "test", 0.11),
    ]
    memorisation = pd.DataFrame(rows, columns=["features", "split", "mean_average_precision"])
    memorisation = memorisation.assign(seed=0, null_mean=0.015, null_high=0.025)
    scorecard = score(CLAIMS, {"memorisation": memorisation}, "no_music", 0.1, {})
    verdicts = scorecard.set_index("claim")["verdict"]
    assert verdicts[["memorisation_train", "memorisation_test"]].tolist() == expected
