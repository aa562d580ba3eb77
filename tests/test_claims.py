"""Which findings there are, about whose networks, and that planted effects are found in them."""

from __future__ import annotations

import json
import math
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from planted_tables import OF_MUSIC, planted
from scipy.stats import mannwhitneyu

import score_claims
from science.scorecard import kim2024
from science.scorecard.claim_sets import cast_of, findings_of, is_published
from science.scorecard.claims import (
    CANNOT_BE_TESTED,
    MEMORISED,
    NOT_REPRODUCED,
    REFERENCE,
    REPRODUCED,
    SAME_DIRECTION,
    UNTRAINED,
    WITH_CATEGORY,
    WITHOUT_MORE,
    Bound,
    Cast,
    Claim,
    Selection,
)
from science.scorecard.verdicts import score

TRAINED = {"epochs": 100, "label_mode": "given", "exclude_labels": []}
NO_SPEECH = TRAINED | {"exclude_labels": ["Speech", "Singing"]}
CONDITIONS = {
    "all": TRAINED,
    "no_speech": NO_SPEECH,
    "no_speech_no_dogs": NO_SPEECH
    | {"exclude_labels": ["Singing", "Dog", {"label": "Speech", "descendants": True}]},
    "shuffled": NO_SPEECH | {"label_mode": "random"},
    "at_birth": TRAINED | {"epochs": 0},
}
CATEGORIES = {"music": ["Music"], "speech": ["Speech"], "water": ["Water"], "animal": []}
OF_SPEECH = {
    REFERENCE: "no_speech",
    WITH_CATEGORY: "all",
    UNTRAINED: "at_birth",
    MEMORISED: "shuffled",
    WITHOUT_MORE: "no_speech_no_dogs",
}
BELOW = {"Human sounds": ["Human sounds", "Speech", "Babbling", "Singing"]}
BELOW["Speech"] = ["Speech", "Babbling"]


def resolve(items: list) -> list[str]:
    """The classes below each item of a small ontology."""
    classes = set()
    for item in items:
        label = item if isinstance(item, str) else item["label"]
        alone = not isinstance(item, str) and not item["descendants"]
        classes |= {label} if alone else set(BELOW.get(label, [label]))
    return sorted(classes)


def claims_on_music(reference: str = "no_music") -> list[Claim]:
    cast = kim2024.cast_beside(reference)
    return [finding.of(cast) for finding in findings_of(True, "music", {})]


CLAIMS = claims_on_music()


def claims_on_speech(conditions=CONDITIONS) -> list[Claim]:
    cast = cast_of("speech", "no_speech", conditions, ["Speech"], resolve)
    return [finding.of(cast) for finding in findings_of(False, "speech", CATEGORIES)]


def scored(claims: list[Claim], tables: dict) -> pd.DataFrame:
    return score(claims, tables, 0.1, {}).set_index("claim")


def test_every_published_effect_that_is_planted_is_reproduced():
    scorecard = scored(CLAIMS, planted())
    short = scorecard[scorecard["verdict"] != REPRODUCED]
    assert short.empty, short[["verdict", "ours", "compared_with", "note"]].to_string()
    assert len(scorecard) == len(kim2024.PUBLISHED)
    in_reverse = scored(CLAIMS, {name: table[::-1] for name, table in planted().items()})
    pd.testing.assert_frame_equal(scorecard, in_reverse, check_exact=False)


def test_nothing_is_reproduced_where_nothing_is_planted():
    scorecard = scored(CLAIMS, planted(effects=False))
    # That two kinds of networks do not differ, and the corpus' own numbers, are no effects.
    alike = ["contrasts_like_with_category", "pca_explained_variance"]
    found = scorecard.drop(index=alike)["verdict"] == REPRODUCED
    assert not found.any(), scorecard.loc[found[found].index, ["ours", "compared_with"]].to_string()


def test_the_same_findings_are_asked_of_any_category():
    tables = planted("speech", OF_SPEECH, others=("music", "water"))
    scorecard = scored(claims_on_speech(), tables)
    assert (scorecard["verdict"] == REPRODUCED).all(), scorecard["note"].to_dict()
    assert scorecard["published"].isna().all()
    target_alone = {
        name for name in kim2024.PUBLISHED if not re.search("_of_|explained_variance", name)
    }
    assert target_alone <= set(scorecard.index)
    others = {name for name in scorecard.index if "_of_" in name}
    assert others == {
        f"{analysis}_of_{other}"
        for other in ("music", "water")
        for analysis in ("selectivity", "quilts")
    } | {"selectivity_of_music_weaker", "selectivity_of_water_weaker"}
    words = scorecard.drop(index=[name for name in others if "music" in name])
    words["sentence"] = words["sentence"].str.replace("{ours}", "")
    for column in ("sentence", "computed", "criterion", "where", "features", "note"):
        assert not words[column].str.contains("music|[{}]", case=False).any(), column
    assert words["sentence"].str[0].str.isupper().all()
    assert (
        "Without speech and dog in training"
        in words.loc["contrasts_without_more_ratio"]["sentence"]
    )
    assert words.loc["selectivity_ratio_test"]["sentence"].startswith("Speech-selective units")


@pytest.mark.parametrize(
    ("chosen", "category", "expected"),
    [("auto", "music", True), ("auto", "speech", False), ("none", "music", False)],
)
def test_claims_follow_the_target_unless_a_set_is_chosen(chosen, category, expected):
    published = is_published(chosen, category)
    assert published == expected
    findings = findings_of(published, category, CATEGORIES)
    assert any(not math.isnan(finding.published) for finding in findings) == expected


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, OF_SPEECH),
        ({"no_speech": None}, {REFERENCE: "no_speech_no_dogs", WITHOUT_MORE: None}),
        ({"all": NO_SPEECH}, {WITH_CATEGORY: None}),
        ({"all": TRAINED | {"exclude_labels": ["Dog"]}}, {WITH_CATEGORY: "all"}),
        # Children of speech were heard, so that these networks heard speech.
        (
            {
                "no_speech": TRAINED
                | {"exclude_labels": [{"label": "Speech", "descendants": False}]}
            },
            {REFERENCE: "no_speech_no_dogs", WITH_CATEGORY: "all"},
        ),
        # Who heard no human sounds heard no speech, whatever the classes are called.
        (
            {"no_speech": None, "no_speech_no_dogs": None}
            | {"all": TRAINED | {"exclude_labels": ["Human sounds"]}},
            {REFERENCE: "all", WITH_CATEGORY: None},
        ),
        ({"at_birth": None, "shuffled": None}, {UNTRAINED: None, MEMORISED: None}),
        ({"shuffled": TRAINED | {"label_mode": "random", "epochs": 0}}, {MEMORISED: None}),
        (
            {
                "shuffled": None,
                "z": TRAINED | {"label_mode": "random"},
                "a": CONDITIONS["shuffled"],
            },
            {MEMORISED: "a"},
        ),
    ],
)
def test_roles_are_what_conditions_train_on(changes, expected):
    given = {name: value for name, value in (CONDITIONS | changes).items() if value is not None}
    cast = cast_of("speech", "no_speech", given, ["Speech"], resolve)
    assert {role: cast.condition_of.get(role) for role in expected} == expected


def test_the_reference_goes_first_where_several_conditions_play_its_role():
    cast = cast_of("speech", "no_speech_no_dogs", CONDITIONS, ["Speech"], resolve)
    assert cast.condition_of[REFERENCE] == "no_speech_no_dogs"
    assert WITHOUT_MORE not in cast.condition_of


def test_a_role_that_no_condition_plays_is_named_and_nothing_stands_for_it():
    given = {name: CONDITIONS[name] for name in ("no_speech", "at_birth")}
    scorecard = scored(claims_on_speech(given), planted("speech", OF_SPEECH, ("music", "water")))
    row = scorecard.loc["contrasts_like_with_category"]
    assert row["verdict"] == CANNOT_BE_TESTED
    assert row["note"] == (
        "no condition of this run is trained on true labels with the classes of speech among them"
    )
    memorised = scorecard.loc["memorisation_train"]
    assert memorised["note"] == "no condition of this run is trained on random labels"
    assert (memorised["features"], memorised["networks"]) == ("", 0)
    assert math.isnan(memorised["ours"])
    assert scorecard.loc["selectivity_ratio_test", "verdict"] == REPRODUCED


def selections(given: Claim) -> list[Selection]:
    bound = given.bound.value if isinstance(given.bound, Bound) else None
    values = (given.ours, given.compared_with, given.own_p, bound)
    return [value for value in values if isinstance(value, Selection)]


def test_no_claim_takes_another_condition_or_category_for_its_own():
    rows: dict[str, list[dict]] = {}
    for wanted in (value for given in CLAIMS for value in selections(given)):
        number = {"features": "no_animals", wanted.column: 0.01}
        number |= {"category": wanted.category, "seed": 0, **wanted.where}
        rows.setdefault(wanted.table, []).append(number)
    tables = {name: pd.DataFrame(of_table) for name, of_table in rows.items()}
    scorecard = scored(CLAIMS, tables)
    assert scorecard["ours"].isna().all()
    assert scorecard["note"].str.startswith("the finding needs ").all()
    other = planted(category="speech", others=("vehicle",))
    named = {name: table for name, table in other.items() if "category" in table}
    of_music = scored([given for given in CLAIMS if given.ours.table in named], named)
    of_target = of_music[~of_music.index.str.contains("_of_")]
    assert of_target["ours"].isna().all()
    assert of_target["note"].str.startswith("the finding needs music, which has no row in").all()


def test_a_finding_is_about_its_condition_whichever_is_the_reference():
    beside = claims_on_music(reference="untrained")
    pd.testing.assert_series_equal(
        scored(beside, planted())["ours"], scored(CLAIMS, planted())["ours"]
    )
    # A sentence that names no condition would be read as about the run's reference.
    for with_reference, given in zip(CLAIMS, beside, strict=True):
        suffix = " (networks of no_music)" if given.ours.features == "no_music" else ""
        assert given.sentence == with_reference.sentence + suffix


def test_networks_that_memorised_are_compared_with_each_of_the_others():
    kept = {"no_music": [0.5, 0.6, 0.7, 0.8], "random_labels": [0.55, 0.7, 0.9]}
    rows = [
        {"features": name, "seed": seed, "value": value}
        for name, values in kept.items()
        for seed, value in enumerate(values)
    ]
    networks = pd.DataFrame(rows).assign(category="music", measure="relative", stimulus="50ms")
    row = scored(CLAIMS, {"contrasts/networks": networks}).loc["contrasts_memorised_quilts_50ms"]
    pairs = [(one, other) for one in kept["random_labels"] for other in kept["no_music"]]
    wins = sum((one > other) + (one == other) / 2 for one, other in pairs)
    assert row["ours"] == pytest.approx(wins / len(pairs))
    assert row["networks"] == 3
    known = mannwhitneyu(
        kept["random_labels"], kept["no_music"], alternative="greater", method="asymptotic"
    )
    assert row["p"] == pytest.approx(known.pvalue)
    # One network keeps less than most of the others.
    assert row["verdict"] == NOT_REPRODUCED
    published = scored(CLAIMS, planted()).loc["contrasts_memorised_quilts_50ms"]
    assert (published["ours"], published["verdict"]) == (1.0, REPRODUCED)
    assert published["p"] == pytest.approx(0.006, abs=5e-4)


def test_every_claim_can_be_scored_without_any_table():
    for claims in (CLAIMS, claims_on_speech()):
        scorecard = score(claims, {}, 0.1, {})
        assert scorecard["claim"].is_unique
        assert scorecard["sentence"].is_unique
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
        # How many components and sounds there are is up to the configuration and the files.
        assert not re.search(r"\b(165|256)\b", given.sentence)


def test_every_published_number_has_a_claim():
    """Those of the paper's results and its notebook, chance and the explained variance.

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


def test_networks_in_which_nothing_mixes_cannot_be_distinguished_from_saturated_histograms():
    embedding = planted()["embedding"].assign(
        segregation_index=1.0,
        null_mean=0.98,
        null_p=0.3,
        smallest_possible_p=0.3,
        segregation_above_null=np.nan,
        note="too few clips for 64 x 64 bins",
    )
    of_embedding = scored(CLAIMS, {"embedding": embedding}).loc[
        ["embedding_network", "embedding_network_above_pca"]
    ]
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
    memorisation = planted()["memorisation"]
    of_random = memorisation["features"] == "random_labels"
    for split, value in (("train", train), ("test", test)):
        rows = of_random & (memorisation["split"] == split)
        memorisation.loc[rows, "mean_average_precision"] = value
    verdicts = scored(CLAIMS, {"memorisation": memorisation})["verdict"]
    assert verdicts[["memorisation_train", "memorisation_test"]].tolist() == expected


def test_what_an_analysis_says_of_one_category_is_not_said_of_another():
    absent = pd.DataFrame(
        {
            "features": [np.nan] * 2,
            "category": ["speech", "music"],
            "note": ["no clip of speech", "not run: x"],
        }
    )
    scorecard = scored(CLAIMS, {"selectivity": absent.assign(ratio=np.nan, null_mean=np.nan)})
    assert scorecard.loc["selectivity_of_speech", "note"] == "no clip of speech"
    assert scorecard.loc["contrasts_above_gbfb", "note"] == "not run: x"


def test_acoustics_and_sounds_that_are_absent_have_no_part_in_any_verdict():
    tables = planted()
    beside = {
        name: pd.concat([table, table.assign(features="acoustics")])
        for name, table in tables.items()
    }
    pd.testing.assert_frame_equal(scored(CLAIMS, tables), scored(CLAIMS, beside))
    tables["natural_sounds"] = pd.DataFrame(
        [{"features": np.nan, "category": np.nan, "ratio": np.nan, "note": "not run: no stimuli"}]
    )
    scorecard = scored(CLAIMS, tables)
    absent = scorecard[scorecard.index.str.startswith("natural_sounds_")]
    assert absent["note"].eq("not run: no stimuli").all()
    assert (scorecard["verdict"] == CANNOT_BE_TESTED).sum() == len(absent) == 4


def test_a_sentence_is_whole_where_no_condition_leaves_out_more():
    claim = {finding.id: finding for finding in findings_of(False, "speech", CATEGORIES)}
    sentence = claim["contrasts_without_more_ratio"].of(Cast("speech", {}, "no_speech")).sentence
    assert sentence.startswith("Without speech and further classes in training, ")


def test_baselines_need_no_network_of_a_role():
    cast = Cast("speech", {}, "no_speech")
    wanted = Selection("separability", "average_precision", "pca").of(cast)
    assert wanted == replace(wanted, features="pca", category="speech", absent="")
    assert wanted.values(planted("speech", OF_SPEECH)).tolist() == pytest.approx([0.437 * 0.998])
    assert OF_MUSIC == kim2024.CONDITIONS


def corpus_tables(folder: Path) -> list[Path]:
    """A corpus of the classes of `CONDITIONS`: tables as a user gives them."""
    names = ["Human sounds", "Speech", "Babbling", "Singing", "Dog", "Music", "Water"]
    mids = {name: f"/m/{number}" for number, name in enumerate(names)}
    nodes = [
        {
            "id": mids[name],
            "name": name,
            "child_ids": [mids[below] for below in BELOW.get(name, [])],
        }
        for name in names
    ]
    for node in nodes:
        node["child_ids"] = [child for child in node["child_ids"] if child != node["id"]]
    rows = [f'{number},{mids[name]},"{name}"' for number, name in enumerate(names)]
    texts = {
        "ontology.json": json.dumps(nodes),
        "class_labels_indices.csv": "\n".join(["index,mid,display_name", *rows]) + "\n",
    }
    for name, text in texts.items():
        (folder / name).write_text(text, encoding="utf-8")
    return [folder / name for name in texts]


@pytest.mark.parametrize("category", ["music", "speech"])
def test_the_script_scores_what_analyses_wrote(category, tmp_path):
    of_music = category == "music"
    claims = CLAIMS if of_music else claims_on_speech()
    others = kim2024.OTHER_CATEGORIES if of_music else ("music", "water")
    tables = planted(category, OF_MUSIC if of_music else OF_SPEECH, others)
    analyses = {name: tmp_path / f"{name.replace('/', '_')}_table.csv" for name in tables}
    for name, table in tables.items():
        table.to_csv(analyses[name], index=False)
    score_claims.main(
        analyses=analyses,
        tables=corpus_tables(tmp_path),
        category=category,
        reference="no_music" if of_music else "no_speech",
        conditions=CONDITIONS,
        categories=CATEGORIES,
        settings={"claims": "auto", "tolerance": 0.1, "tolerances": {}},
        notice="Synthetic",
        output=tmp_path / "scorecard.csv",
    )
    written = pd.read_csv(tmp_path / "scorecard.csv").set_index("claim")
    assert (written["category"] == category).all()
    assert (written["notice"] == "Synthetic").all()
    expected = scored(claims, tables)
    pd.testing.assert_frame_equal(
        written[["ours", "published", "compared_with"]],
        expected[["ours", "published", "compared_with"]],
    )
    for column in ("verdict", "sentence", "features"):
        assert written[column].tolist() == expected[column].tolist()
