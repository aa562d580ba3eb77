"""Labels of a configuration that name no class of its corpus, once its tables are there."""

import json
from pathlib import Path

import pytest
from configured import configure

from plumbing.config.label_checks import label_problems
from sources.demo import ontology as demo_ontology

MISSPELT = {"categories": {"speech": ["Speach"]}}


@pytest.fixture
def tables(tmp_path, monkeypatch) -> Path:
    """The folder of tables of the corpus `mine`, as yet empty."""
    folder = tmp_path / "results/clips/mine/tables"
    folder.mkdir(parents=True)
    monkeypatch.chdir(tmp_path)
    return folder


def put(tables: Path) -> None:
    (tables / "ontology.json").write_text(demo_ontology.ontology_json(), encoding="utf-8")
    classes = tables / "class_labels_indices.csv"
    classes.write_text(demo_ontology.class_labels_csv(), encoding="utf-8")


def problems(**overrides) -> list[str]:
    return label_problems(configure(preset="paper", corpus={"name": "mine"}, **overrides))


@pytest.mark.parametrize(
    ("overrides", "key", "item"),
    [
        ({"conditions": {"no_music": {"exclude_labels": ["Musik"]}}},
         "conditions.no_music.exclude_labels", "Musik"),
        (MISSPELT, "categories.speech", "Speach"),
        ({"subclasses": {"music": "Music genr"}}, "subclasses.music", "Music genr"),
        ({"subclasses": {"speech": "Jazz"}}, "subclasses.speech", "no class is right below 'Jazz'"),
    ],
)  # fmt: skip
def test_a_label_that_is_no_class_is_told_with_its_key(overrides, key, item):
    (problem,) = label_problems(configure(preset="demo", **overrides))
    assert problem.startswith(f"{key}: ")
    assert item in problem


def test_every_wrong_label_is_told():
    config = configure(preset="demo", categories={"speech": ["Speach", "Speech", "Talk"]})
    assert len(label_problems(config)) == 2


def test_conditions_that_are_not_run_may_name_anything():
    mine = {"mine": {"exclude_labels": ["Musik"]}}
    assert label_problems(configure(preset="demo", conditions=mine)) == []


def test_a_corpus_may_lack_the_subclasses_that_stand_there_by_default(tables):
    """FSD50K has music and none of its genres."""
    put(tables)
    nodes = json.loads(demo_ontology.ontology_json())
    for node in nodes:
        node["name"] = node["name"].replace("Music genre", "Style")
    (tables / "ontology.json").write_text(json.dumps(nodes), encoding="utf-8")
    assert problems() == []
    (problem,) = problems(subclasses={"speech": "Music genre"})
    assert problem.startswith("subclasses.speech: ")


def test_labels_are_checked_against_tables_that_were_fetched(tables):
    assert problems(**MISSPELT) == []
    put(tables)
    assert problems() == []
    (problem,) = problems(**MISSPELT)
    assert problem.startswith("categories.speech: ")


def test_a_table_of_the_users_goes_before_one_that_was_fetched(tables, tmp_path):
    put(tables)
    own = tmp_path / "own.json"
    own.write_text("[]", encoding="utf-8")
    corpus = {"name": "mine", "tables": {"ontology": str(own)}}
    (problem,) = label_problems(configure(preset="paper", corpus=corpus))
    assert problem.startswith(f"corpus.tables: {own}: ")


def test_a_malformed_table_is_told_with_its_key_and_file(tables):
    put(tables)
    (tables / "ontology.json").write_text("{", encoding="utf-8")
    (problem,) = problems()
    assert problem.startswith("corpus.tables: results/clips/mine/tables/ontology.json")


def test_classes_and_ontology_that_do_not_belong_together_are_told_once(tables):
    put(tables)
    text = '[{"id": "/m/04rlf", "name": "Music", "child_ids": []}]'
    (tables / "ontology.json").write_text(text, encoding="utf-8")
    classes = demo_ontology.class_labels_csv().count("\n") - 1
    (problem,) = problems()
    assert problem.startswith(f"corpus.tables: {classes - 1} of {classes} classes are no nodes of ")
