"""Which findings there are, about whose networks, and that planted effects are found in them."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from planted_tables import OF_MUSIC, planted

import score_claims
from science.scorecard import findings_own, kim2024, kim2024_numbers, kim2024_tests
from science.scorecard.claim_sets import (
    cast_of,
    findings_of,
    ids_of,
    is_published,
    problems_of_own,
)
from science.scorecard.claims import (
    CANNOT_BE_TESTED,
    INCONCLUSIVE,
    MEMORISED,
    REFERENCE,
    REPRODUCED,
    SAME_DIRECTION,
    UNTRAINED,
    WITH_CATEGORY,
    WITHOUT_MORE,
    Cast,
    Claim,
    Selection,
)
from science.scorecard.number_table import number_rows
from science.scorecard.published import Published
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
CATEGORIES = {"dog": ["Dog"], "music": ["Music"], "speech": ["Speech"], "water": ["Water"]}
CATEGORIES["animal"] = []
OF_SPEECH = {
    REFERENCE: "no_speech",
    WITH_CATEGORY: "all",
    UNTRAINED: "at_birth",
    MEMORISED: "shuffled",
    WITHOUT_MORE: "no_speech_no_dogs",
}
BELOW = {"Human sounds": ["Human sounds", "Speech", "Babbling", "Singing"]}
BELOW["Speech"] = ["Speech", "Babbling"]


@pytest.fixture(autouse=True)
def no_own_findings(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a user adds to the scorecard needs tables that are not planted here."""
    monkeypatch.setattr(findings_own, "FINDINGS", ())


def resolve(items: list) -> list[str]:
    """The classes below each item of a small ontology."""
    classes = set()
    for item in items:
        label = item if isinstance(item, str) else item["label"]
        alone = not isinstance(item, str) and not item["descendants"]
        classes |= {label} if alone else set(BELOW.get(label, [label]))
    return sorted(classes)


TABLES = planted()


def claims_on_music(reference: str = "no_music") -> list[Claim]:
    cast = kim2024.cast_beside(reference)
    return [finding.of(cast) for finding in findings_of(True, "music", {})]


CLAIMS = claims_on_music()
OTHERS_OF_SPEECH = ("dog", "music", "water")


def cast_on_speech(conditions=CONDITIONS) -> Cast:
    return cast_of("speech", "no_speech", conditions, CATEGORIES, resolve, "test")


def claims_on_speech(conditions=CONDITIONS) -> list[Claim]:
    cast = cast_on_speech(conditions)
    return [f.of(cast) for f in findings_of(False, "speech", CATEGORIES, cast.unheard)]


def scored(claims: list[Claim], tables: dict, sizes: bool = True, known=kim2024.PUBLISHED):
    return score(claims, tables, known, sizes, 0.1, {}).set_index("finding")


def verdicts(claims: list[Claim], tables: dict, **given) -> pd.Series:
    return scored(claims, tables, **given)["verdict"]


def test_every_published_effect_that_is_planted_is_reproduced():
    scorecard = scored(CLAIMS, TABLES)
    short = scorecard.query("verdict != @REPRODUCED")
    assert short.empty, short[["verdict", "ours", "compared_with", "note"]].to_string()
    assert set(scorecard.index) == set(kim2024.PUBLISHED)
    in_reverse = scored(CLAIMS, {name: table[::-1] for name, table in TABLES.items()})
    same = ["verdict", "ours", "spread", "low", "high", "compared_with", "networks"]
    pd.testing.assert_frame_equal(scorecard[same], in_reverse[same])


def test_nothing_is_reproduced_where_nothing_is_planted():
    scorecard = scored(CLAIMS, planted(effects=False))
    # An absence is no finding either where what it is contrasted with is absent.
    absent = scorecard[[claim.is_absence for claim in CLAIMS]]
    assert (absent["verdict"] == INCONCLUSIVE).all()
    assert absent["note"].str.contains("is not found here").all()
    found = scorecard["verdict"] == REPRODUCED
    # One finding in forty would hold by chance, and so may two of sixty.
    assert found.sum() <= 2, scorecard.loc[found, ["ours", "low", "high"]].to_string()


def test_of_another_corpus_the_direction_alone_is_judged():
    elsewhere = verdicts(CLAIMS, TABLES, sizes=False)
    sized = [name for name in elsewhere.index if kim2024.PUBLISHED[name].printed]
    assert (elsewhere[sized] == SAME_DIRECTION).all()
    assert (elsewhere.drop(sized) == REPRODUCED).all()
    criteria = scored(CLAIMS, TABLES, sizes=False).loc[sized, "criterion"]
    assert criteria.str.contains("published size is of AudioSet").all()
    assert scored(CLAIMS, TABLES, sizes=False)["size_low"].isna().all()


def test_sizes_far_from_the_published_ones_have_the_same_direction():
    tables = dict(TABLES)
    for name in ("selectivity", "loudness", "natural_sounds"):
        table = tables[name]
        tables[name] = table.assign(ratio=1 + 3 * (table["ratio"] - 1))
    found = verdicts(CLAIMS, tables)
    for name in ("selectivity_ratio", "loudness_equal", "natural_sounds_reference"):
        assert found[name] == SAME_DIRECTION, name


def test_the_same_findings_are_asked_of_any_category():
    tables = planted("speech", OF_SPEECH, others=OTHERS_OF_SPEECH)
    claims = claims_on_speech()
    scorecard = scored(claims, tables, sizes=False, known={})
    # What the paper says of other categories beside its target need not hold of any three.
    of_others = [name for name in scorecard.index if "_of_" in name]
    found = scorecard["verdict"].drop(of_others)
    assert (found == REPRODUCED).all(), found[found != REPRODUCED].to_dict()
    assert scorecard["published"].isna().all()
    assert (scorecard["printed"] == "").all()
    target_alone = {name for name in kim2024.PUBLISHED if "_of_" not in name}
    assert target_alone <= set(scorecard.index)
    # Of dogs the networks without speech and dogs heard nothing; of music and water they did.
    assert set(of_others) == {
        f"{name}_of_dog" for name in ("selectivity", "mean_response", "quilts")
    } | {"embedding_of_dog_weaker"} | {
        f"selectivity_of_{other}" for other in ("music", "water")
    } | {
        f"{name}_of_{other}_weaker"
        for name in ("selectivity", "quilts")
        for other in ("music", "water")
    } | {"selectivity_of_dog_weaker"}
    words = scorecard.drop(index=[name for name in of_others if "music" in name])
    words["sentence"] = words["sentence"].str.replace("{ours}", "")
    for column in ("sentence", "computed", "criterion", "where", "features", "note"):
        assert not words[column].str.contains("music|[{}]", case=False).any(), column
    assert words["sentence"].str[0].str.isupper().all()
    assert "Without speech and dog in training" in words.loc["without_more_ratio", "sentence"]
    assert words.loc["selectivity_ratio", "sentence"].startswith("Speech-selective units")
    ids = ids_of(False, "speech", CATEGORIES)
    assert set(scorecard.index) <= set(ids)
    assert len(ids) == len(set(ids))


def test_there_are_no_published_numbers_beside_another_target():
    scorecard = score(claims_on_speech(), {}, {}, False, 0.1, {})
    others = (*kim2024_numbers.NUMBERS, *kim2024_numbers.FACTS)
    given = others, kim2024_tests.TESTS, {}, cast_on_speech(), False, 0.1
    assert number_rows(scorecard, {}, *given).empty


@pytest.mark.parametrize(
    ("chosen", "category", "expected"),
    [("auto", "music", True), ("auto", "speech", False), ("none", "music", False)],
)
def test_claims_follow_the_target_unless_a_set_is_chosen(chosen, category, expected):
    assert is_published(chosen, category) == expected
    places = {finding.where for finding in findings_of(expected, category, CATEGORIES)}
    assert any(where.startswith("Results") for where in places) == expected


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
    cast = cast_of("speech", "no_speech", given, CATEGORIES, resolve, "test")
    assert {role: cast.condition_of.get(role) for role in expected} == expected


def test_the_reference_goes_first_where_several_conditions_play_its_role():
    cast = cast_of("speech", "no_speech_no_dogs", CONDITIONS, CATEGORIES, resolve, "test")
    assert cast.condition_of[REFERENCE] == "no_speech_no_dogs"
    assert WITHOUT_MORE not in cast.condition_of


def test_a_category_is_unheard_where_the_networks_without_more_heard_none_of_it():
    assert cast_on_speech().unheard == ("dog",)
    alone = {name: CONDITIONS[name] for name in ("all", "no_speech")}
    assert cast_on_speech(alone).unheard == ()


def test_a_role_that_no_condition_plays_is_named_and_nothing_stands_for_it():
    given = {name: CONDITIONS[name] for name in ("no_speech", "at_birth")}
    tables = planted("speech", OF_SPEECH, OTHERS_OF_SPEECH)
    scorecard = scored(claims_on_speech(given), tables, sizes=False, known={})
    row = scorecard.loc["selectivity_with_category"]
    assert row["verdict"] == CANNOT_BE_TESTED
    assert row["note"] == (
        "no condition of this run is trained on true labels with the classes of speech among them"
    )
    memorised = scorecard.loc["memorisation_train"]
    assert memorised["note"] == "no condition of this run is trained on random labels"
    assert (memorised["features"], memorised["networks"]) == ("", 0)
    assert np.isnan(memorised["ours"])
    assert scorecard.loc["selectivity_ratio", "verdict"] == REPRODUCED


def test_no_claim_takes_another_condition_or_category_for_its_own():
    rows: dict[str, list[dict]] = {}
    for wanted in (value for given in CLAIMS for value in given.selections):
        number = {"features": "no_animals", wanted.column: 0.01, wanted.less or "x": 0.0}
        number |= {"category": wanted.category, "seed": 0}
        number |= {
            name: value[0] if isinstance(value, tuple) else value
            for name, value in wanted.where.items()
        }
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
    tables = dict(TABLES)
    beside = claims_on_music(reference="untrained")
    pd.testing.assert_series_equal(scored(beside, tables)["ours"], scored(CLAIMS, tables)["ours"])
    # A sentence that names no condition would be read as about the run's reference.
    for with_reference, given in zip(CLAIMS, beside, strict=True):
        suffix = " (networks of no_music)" if given.ours.features == "no_music" else ""
        assert given.sentence == with_reference.sentence + suffix


def test_a_ratio_is_above_permuted_labels_and_above_one():
    selectivity = TABLES["selectivity"]
    for null, expected in ((0.5, REPRODUCED), (1.5, REPRODUCED), (2.5, "contradicted")):
        tables = TABLES | {"selectivity": selectivity.assign(null_mean=null)}
        row = scored(CLAIMS, tables).loc["selectivity_ratio"]
        assert (row["verdict"], row["compared_with"]) == (expected, max(null, 1))


def test_units_are_measured_on_the_split_that_did_not_choose_them():
    tables = dict(TABLES)
    selectivity = tables["selectivity"].copy()
    chose = selectivity["chosen_on"] == selectivity["split"]
    selectivity.loc[chose, "ratio"] = 99.0
    changed = scored(CLAIMS, tables | {"selectivity": selectivity})
    assert changed["ours"].max() < 99
    for chosen_on, held_out in (("test", "train"), ("train", "test")):
        cast = kim2024.cast_beside("no_music", chosen_on)
        where = {finding.id: finding.of(cast) for finding in findings_of(True, "music", {})}
        assert where["selectivity_ratio"].ours.where["split"] == held_out
        assert f"of the {chosen_on} split" in where["selectivity_ratio"].computed


def test_every_claim_can_be_scored_without_any_table():
    for claims in (CLAIMS, claims_on_speech()):
        scorecard = scored(claims, {})
        assert scorecard.index.is_unique
        assert scorecard["sentence"].is_unique
        assert (scorecard["computed"] != "").all()
        assert (scorecard["verdict"] == CANNOT_BE_TESTED).all()
        assert scorecard["note"].str.contains("not in run.analyses").all()


def test_every_sentence_has_a_place_for_our_number():
    for given in CLAIMS:
        assert given.sentence.count("{ours}") == 1, given.id
        assert re.fullmatch("[a-z0-9_]+", given.id)


POINTING_BACK = re.compile(
    r"^(They|Their|These|It|That)\b|\b(that|the|same) ratio\b|\bdoes so\b"
    r"|\bthese units\b|\bit is \{|\bthey (reach|are|then|respond|keep)\b|, below that$|\beither\b"
)


def test_every_sentence_stands_alone():
    """The report and the end of a run show some findings without the one before."""
    for given in CLAIMS:
        assert not POINTING_BACK.search(given.sentence), given.sentence
        # How many components and sounds there are is up to the configuration and the files.
        assert not re.search(r"\b(165|256)\b", given.sentence)


def test_only_a_published_size_has_a_spread():
    for name, size in kim2024.PUBLISHED.items():
        assert isinstance(size, Published), name
        assert size.where, name
        assert size.printed or not (size.spread or size.derived), name


def test_networks_in_which_nothing_mixes_cannot_be_distinguished_from_saturated_histograms():
    embedding = (
        TABLES["embedding"]
        .copy()
        .assign(
            segregation_index=1.0,
            null_mean=0.98,
            null_p=0.3,
            smallest_possible_p=0.3,
            segregation_above_null=np.nan,
            note="too few clips for 64 x 64 bins",
        )
    )
    of_embedding = scored(CLAIMS, {"embedding": embedding}).loc[
        ["embedding_network", "embedding_network_above_pca"]
    ]
    assert (of_embedding["verdict"] == CANNOT_BE_TESTED).all()
    assert of_embedding["note"].str.contains("too few clips").all()


@pytest.mark.parametrize(
    ("train", "test", "expected"),
    [
        (0.96, 0.009, [REPRODUCED, REPRODUCED]),
        # By heart is at least 0.95.
        (0.28, 0.009, [SAME_DIRECTION, REPRODUCED]),
        (0.96, 0.080, [REPRODUCED, "contradicted"]),
        (0.002, 0.009, ["contradicted", REPRODUCED]),
    ],
)
def test_memorising_means_by_heart_in_training_and_chance_beyond(train, test, expected):
    memorisation = TABLES["memorisation"].copy()
    of_random = memorisation["features"] == "random_labels"
    for split, value in (("train", train), ("test", test)):
        rows = of_random & (memorisation["split"] == split)
        memorisation.loc[rows, "mean_average_precision"] = value
    found = scored(CLAIMS, {"memorisation": memorisation})["verdict"]
    assert found[["memorisation_train", "memorisation_test"]].tolist() == expected


def test_what_an_analysis_says_of_one_category_is_not_said_of_another():
    absent = pd.DataFrame(
        {
            "features": [np.nan] * 2,
            "seed": [np.nan] * 2,
            "category": ["speech", "music"],
            "note": ["no clip of speech", "not run: x"],
        }
    )
    columns = dict.fromkeys(["ratio", "null_mean", "chosen_on", "split"], np.nan)
    scorecard = scored(CLAIMS, {"selectivity": absent.assign(**columns)})
    assert scorecard.loc["selectivity_of_speech", "note"] == "no clip of speech"
    assert scorecard.loc["selectivity_gbfb", "note"] == "not run: x"


def test_acoustics_and_sounds_that_are_absent_have_no_part_in_any_verdict():
    tables = dict(TABLES)
    beside = {
        name: pd.concat([table, table.assign(features="acoustics")])
        if "features" in table
        else table
        for name, table in tables.items()
    }
    pd.testing.assert_frame_equal(scored(CLAIMS, tables), scored(CLAIMS, beside))
    absent = {"features": np.nan, "seed": np.nan, "category": np.nan, "ratio": np.nan}
    tables["natural_sounds"] = pd.DataFrame([absent | {"note": "not run: no stimuli"}])
    scorecard = scored(CLAIMS, tables)
    of_sounds = [given.id for given in CLAIMS if given.ours.table == "natural_sounds"]
    assert scorecard.loc[of_sounds, "note"].eq("not run: no stimuli").all()
    assert (scorecard["verdict"] == CANNOT_BE_TESTED).sum() == len(of_sounds)


def test_a_sub_class_without_clips_has_no_part():
    tables = dict(TABLES)
    for name, column in (
        ("readout/subclasses", "average_precision"),
        ("quilts/subclasses", "relative"),
    ):
        table = tables[name].copy()
        table.loc[table["subclass"] == 3, column] = np.nan
        tables[name] = table
    found = verdicts(CLAIMS, tables)
    assert (found[["readout_subclasses", "quilts_subclasses"]] == REPRODUCED).all()


def test_one_sub_class_that_is_not_distinguished_is_enough_to_deny_every():
    tables = dict(TABLES)
    table = tables["readout/subclasses"].copy()
    table.loc[table["subclass"] == 3, "average_precision"] = 0.01
    found = verdicts(CLAIMS, tables | {"readout/subclasses": table})
    assert found["readout_subclasses"] == "contradicted"


def test_a_sentence_is_whole_where_no_condition_leaves_out_more():
    claim = {finding.id: finding for finding in findings_of(False, "speech", CATEGORIES)}
    sentence = claim["without_more_ratio"].of(Cast("speech", {}, "no_speech")).sentence
    assert sentence.startswith("Without speech and further classes in training, ")


def test_baselines_need_no_network_of_a_role():
    cast = Cast("speech", {}, "no_speech")
    wanted = Selection("separability", "average_precision", "pca").of(cast)
    assert wanted == replace(wanted, features="pca", category="speech", absent="")
    assert wanted.values(planted("speech", OF_SPEECH, OTHERS_OF_SPEECH)).tolist() == [0.437]
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
    others = kim2024.OTHER_CATEGORIES if of_music else OTHERS_OF_SPEECH
    tables = planted(category, OF_MUSIC if of_music else OF_SPEECH, others)
    analyses = {name: tmp_path / f"{name.replace('/', '_')}_table.csv" for name in tables}
    for name, table in tables.items():
        table.to_csv(analyses[name], index=False)
    run = {
        "category": category,
        "reference": "no_music" if of_music else "no_speech",
        "conditions": CONDITIONS,
        "categories": CATEGORIES,
        "chosen_on": "test",
        "corpus": "audioset",
        "scorecard": {"claims": "auto", "tolerance": 0.1, "tolerances": {}},
        "notice": "Synthetic",
    }
    written = tmp_path / "scorecard.csv", tmp_path / "scorecard/numbers.csv"
    score_claims.main(analyses, corpus_tables(tmp_path), run, *written)
    scorecard, numbers = (pd.read_csv(path) for path in written)
    assert (scorecard["category"] == category).all()
    assert (scorecard["notice"] == "Synthetic").all()
    expected = scored(claims, tables, sizes=of_music, known=kim2024.PUBLISHED if of_music else {})
    same = ["ours", "published", "compared_with", "low", "high"]
    scorecard = scorecard.set_index("finding")
    pd.testing.assert_frame_equal(scorecard[same], expected[same], check_dtype=False)
    for column in ("verdict", "sentence"):
        assert scorecard[column].tolist() == expected[column].tolist()
    assert (len(numbers) > 0) == of_music
    if of_music:
        assert set(numbers["finding"].dropna()) <= set(scorecard.index)


OWN = Claim(
    id="own",
    sentence="Networks answer {category} with {ours}",
    ours=Selection("own_analysis", "value"),
    compared_with=Selection("own_analysis", "value", UNTRAINED),
)
NUMBER = Selection("dose/tests", "value")


@pytest.mark.parametrize(
    ("own", "words"),
    [
        (OWN, "own reads a table of own_analysis, which is no analysis; there are dose$"),
        (replace(OWN, ours=NUMBER, compared_with=1.0), None),
        (replace(OWN, ours=NUMBER, two_way=OWN.ours), "own reads a table of own_analysis"),
        (replace(OWN, id="selectivity_ratio"), "selectivity_ratio is the id of another finding"),
        (replace(OWN, id="embedding_of_music_weaker"), "embedding_of_music_weaker is the id of"),
        (replace(OWN, sentence="{our} {category}"), "own has an unknown placeholder: 'our'$"),
        (replace(OWN, sentence="{category.x}"), "own has an unknown placeholder"),
        (replace(OWN, computed="the mean of {}"), "own has an unknown placeholder"),
        (replace(OWN, direction="over"), "own has the direction 'over'; there are above, below"),
        (replace(OWN, direction="equal"), "own is an absence, and needs a contrast"),
    ],
)
def test_an_own_finding_that_cannot_be_scored_is_refused_before_any_job(own, words, monkeypatch):
    monkeypatch.setattr(findings_own, "FINDINGS", (own,))
    categories = {"music": ["Music"], "speech": ["Speech"]}
    problems = [
        *problems_of_own(True, "music", categories, ["dose"]),
        *problems_of_own(False, "speech", categories, ["dose"]),
    ]
    assert bool(problems) == bool(words)
    assert words is None or re.search(words, "\n".join(problems), re.M)


def test_a_column_that_a_table_lacks_is_named():
    table = pd.DataFrame({"features": ["a"], "seed": [0], "category": ["music"], "size": [1.0]})
    with pytest.raises(ValueError, match=r"value of analyses/t\.csv, .* seed, category, size$"):
        Selection("t", "value", "a", category="music").values({"t": table})


@pytest.mark.parametrize("category", ["music", "speech"])
def test_an_own_finding_is_scored_whatever_the_target(category, monkeypatch):
    categories = {"music": ["Music"], "speech": ["Speech"]}
    published = category == "music"
    before = findings_of(published, category, categories)
    monkeypatch.setattr(findings_own, "FINDINGS", (OWN,))
    *others, last = findings_of(published, category, categories)
    assert others == before
    assert "own" in ids_of(published, category, categories)
    reference = f"no_{category}"
    cast = Cast(category, {REFERENCE: reference, UNTRAINED: "untrained"}, reference)
    table = pd.DataFrame({"features": cast.reference, "seed": range(3), "value": [2.0, 2.1, 2.2]})
    least = table.assign(features="untrained", value=1.0)
    tables = {"own_analysis": pd.concat([table, least]).assign(category=category)}
    (row,) = score([last.of(cast)], tables, kim2024.PUBLISHED, published, 0.1, {}).to_dict(
        "records"
    )
    assert row["verdict"] == REPRODUCED
    assert row["where"] == "Beyond the paper: own_analysis"
