"""Ontology, label sets and tables: on AudioSet's real files, and on small made-up ones."""

from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from science.corpus.audioset import (
    multi_hot,
    parse_class_labels,
    parse_excluded_clips,
    purity,
    resolve_labels,
)
from science.corpus.ontology import Ontology, TableError, describe_subclasses

SHARED = Path(__file__).resolve().parents[2] / "shared"


def real_file(name: str) -> Path:
    path = SHARED / "audioset" / name
    if not path.exists():
        pytest.skip(f"{path} absent")
    return path


@pytest.fixture(scope="module")
def audioset() -> tuple[Ontology, pd.DataFrame]:
    ontology = Ontology.from_json(
        real_file("ontology.json").read_text(encoding="utf-8"), "ontology.json"
    )
    table = real_file("class_labels_indices.csv").read_text(encoding="utf-8")
    return ontology, parse_class_labels(table, "class_labels_indices.csv")


def ontology_text(children: dict[str, list[str]], names: dict[str, str] | None = None) -> str:
    return json.dumps(
        [
            {"id": mid, "name": (names or {}).get(mid, f"Name of {mid}"), "child_ids": child_mids}
            for mid, child_mids in children.items()
        ]
    )


def class_table(*rows: tuple[str, str]) -> pd.DataFrame:
    lines = [f'{index},{mid},"{name}"' for index, (mid, name) in enumerate(rows)]
    return parse_class_labels("\n".join(["index,mid,display_name", *lines]), "classes.csv")


# A diamond: `d` can be reached from `a` over `b` and over `c`.
DIAMOND = {"a": ["b", "c"], "b": ["d"], "c": ["d", "e"], "d": [], "e": [], "f": []}
SMALL = Ontology.from_json(
    ontology_text(DIAMOND, {"a": "All", "d": "Dog", "e": "dog", "f": "Fox"}), "small.json"
)
SMALL_CLASSES = class_table(("e", "dog"), ("d", "Dog"), ("b", "Bee, wasp"), ("f", "Red fox"))


class TestRealOntology:
    def test_has_the_published_sizes(self, audioset):
        ontology, classes = audioset
        assert len(ontology.names) == 632
        assert len(classes) == 527
        assert classes["index"].tolist() == list(range(527))

    @pytest.mark.parametrize(
        ("chosen", "number"),
        [
            (["Music"], 150),
            (["Music", "Singing", "Humming"], 158),
            (["/m/04rlf", "/m/015lz1", "/m/02fxyj"], 158),
            (["Speech"], 8),
            (["Animal"], 65),
            (["Vehicle"], 44),
            (["Water"], 11),
            ([{"label": "Music", "descendants": False}], 1),
        ],
    )
    def test_label_sets_have_the_published_sizes(self, audioset, chosen, number):
        assert len(resolve_labels(chosen, *audioset)) == number

    def test_removing_music_leaves_369_classes(self, audioset):
        removed = resolve_labels(["Music", "Singing", "Humming"], *audioset)
        assert len(set(audioset[1]["mid"]) - set(removed)) == 369

    def test_there_are_25_genres_all_of_them_music(self, audioset):
        found = list(describe_subclasses(*audioset, "Music genre")["mid"])
        assert len(set(found)) == 25
        assert set(found) <= set(resolve_labels(["Music"], *audioset))
        names = audioset[1].set_index("mid")["display_name"]
        assert {"Jazz", "Rock music", "Classical music"} <= set(names[found])

    def test_every_display_name_of_the_class_table_finds_its_mid(self, audioset):
        ontology, classes = audioset
        for mid, display_name in zip(classes["mid"], classes["display_name"], strict=True):
            assert ontology.find(display_name, classes) == mid
            assert ontology.find(display_name.upper(), classes) == mid

    def test_a_misspelt_name_is_answered_with_the_right_one(self, audioset):
        with pytest.raises(ValueError, match=r"'Musik'.*'Music' \(/m/04rlf\)"):
            resolve_labels(["Speech", "Musik"], *audioset)

    def test_descendants_agree_with_a_fixed_point(self, audioset):
        ontology, _ = audioset
        reached = {mid: {mid} for mid in ontology.names}
        changed = True
        while changed:
            changed = False
            for mid, child_mids in ontology.children.items():
                wider = reached[mid].union(*(reached[child] for child in child_mids))
                changed |= wider != reached[mid]
                reached[mid] = wider
        assert all(ontology.descendants(mid) == reached[mid] for mid in ontology.names)


class TestSmallOntology:
    def test_a_node_with_two_parents_is_below_both(self):
        assert SMALL.descendants("a") == {"a", "b", "c", "d", "e"}
        assert "d" in SMALL.descendants("b") & SMALL.descendants("c")
        assert SMALL.descendants("d") == {"d"}

    @pytest.mark.parametrize("seed", range(20))
    def test_descendants_of_random_graphs_are_the_transitive_closure(self, seed):
        generator = np.random.default_rng(seed)
        n_nodes = 12
        edges = np.triu(generator.random((n_nodes, n_nodes)) < 0.2, k=1)
        children = {f"n{i}": [f"n{j}" for j in np.flatnonzero(edges[i])] for i in range(n_nodes)}
        shuffled = {mid: children[mid] for mid in generator.permutation(list(children)).tolist()}
        ontology = Ontology.from_json(ontology_text(shuffled), "random.json")
        closure = np.linalg.matrix_power(np.eye(n_nodes) + edges, n_nodes) > 0
        for i in range(n_nodes):
            expected = {f"n{j}" for j in np.flatnonzero(closure[i])}
            assert ontology.descendants(f"n{i}") == expected

    def test_a_cycle_is_named_from_parent_to_child(self):
        with pytest.raises(TableError, match="own descendant") as caught:
            Ontology.from_json(ontology_text({"x": ["y"], "y": ["z"], "z": ["x"]}), "loop.json")
        walk = str(caught.value).rsplit(": ", 1)[1].rstrip(".").split(" > ")
        assert walk[0] == walk[-1]
        assert all(step in {("x", "y"), ("y", "z"), ("z", "x")} for step in pairwise(walk))

    @pytest.mark.parametrize(
        ("text", "message"),
        [
            (ontology_text({"x": ["gone"]}), r"bad\.json: x has the child gone"),
            (json.dumps([{"id": "x", "name": "X", "child_ids": []}] * 2), "node 2.*given twice"),
            (json.dumps([{"id": "x", "child_ids": []}]), "node 1: 'id' and 'name'"),
            (json.dumps([{"id": "x", "name": "X"}]), r"node 1 \(x\): 'child_ids'"),
            (json.dumps(["x"]), "node 1: expected an object"),
            ("[]", "expected a list"),
            ("[\n{,", r"bad\.json, line 2: not JSON"),
        ],
    )
    def test_a_broken_file_is_refused_with_its_name(self, text, message):
        with pytest.raises(TableError, match=message):
            Ontology.from_json(text, "bad.json")

    def test_exact_case_comes_before_any_case(self):
        assert SMALL.find("Dog") == "d"
        assert SMALL.find("dog") == "e"
        assert SMALL.find("FOX") == "f"
        with pytest.raises(ValueError, match="'DOG' means 2 nodes.*d, e"):
            SMALL.find("DOG")

    def test_names_of_the_class_table_count_when_it_is_given(self):
        assert SMALL.find("red Fox", SMALL_CLASSES) == "f"
        with pytest.raises(ValueError, match="no node 'Red fox'"):
            SMALL.find("Red fox")

    def test_classes_come_in_class_order_without_repeats(self):
        assert resolve_labels(["All"], SMALL, SMALL_CLASSES) == ("e", "d", "b")
        chosen = ["f", "b", "Bee, wasp", {"label": "d"}]
        assert resolve_labels(chosen, SMALL, SMALL_CLASSES) == ("d", "b", "f")
        alone = [{"label": "b", "descendants": False}]
        assert resolve_labels(alone, SMALL, SMALL_CLASSES) == ("b",)
        assert resolve_labels([], SMALL, SMALL_CLASSES) == ()

    @pytest.mark.parametrize(
        ("chosen", "message"),
        [
            (["d", "Foxx"], r"Item 2 \('Foxx'\).*no node 'Foxx'.*'Fox' \(f\)"),
            ([{"label": "c", "descendants": False}], "the node c .* itself is not a class"),
            ([{"label": "c", "depth": 1}], "the keys allowed are"),
            ([{"label": "c", "descendants": "no"}], "the keys allowed are"),
            ([{"descendants": True}], "must be a mid or a display name"),
            ([7], r"Item 1 \(7\)"),
            ("Dog", "write it as a list"),
        ],
    )
    def test_what_names_no_class_is_refused(self, chosen, message):
        with pytest.raises(ValueError, match=message):
            resolve_labels(chosen, SMALL, SMALL_CLASSES)

    def test_a_node_without_any_class_below_it_is_refused(self):
        with pytest.raises(ValueError, match="neither the node c .* nor any of its descendants"):
            resolve_labels(["c"], SMALL, class_table(("b", "Bee")))

    def test_tables_that_do_not_belong_together_are_refused(self):
        with pytest.raises(ValueError, match=r"1 of 2 classes are no nodes of small\.json.*zebra"):
            resolve_labels(["b"], SMALL, class_table(("b", "Bee"), ("zebra", "Zebra")))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("mid,name\na,A", "line 1: the header"),
        ("", "line 1: the header"),
        ("index,mid,display_name\n", "no classes"),
        ("index,mid,display_name\n0,a,A\n1,a,B", "line 3: the mid a is given twice"),
        ("index,mid,display_name\n0,a,A\n2,b,B", "line 3: expected index 1, found '2'"),
    ],
)
def test_a_malformed_class_table_is_refused(text, message):
    with pytest.raises(TableError, match=message):
        parse_class_labels(text, "classes.csv")


@pytest.mark.parametrize(
    "text",
    [
        "\ufeffindex\tmid\tdisplay_name\r\n0\ta\tA, b\r\n",
        'index;mid;display_name;note\n0;a;"A, b";x\n',
        ' Display_Name ,mid,index\r"A, b",a,0\r',
    ],
)
def test_a_class_table_is_read_by_the_names_of_its_columns(text):
    table = parse_class_labels(text, "classes.csv")
    assert table.to_dict("records") == [{"index": 0, "mid": "a", "display_name": "A, b"}]


class TestExcludedClips:
    def test_all_spellings_name_the_clip(self):
        lines = ["Name: -x_y_0.000.wav", "a_10.000", " b_5.500.wav ", "", "# note", "a_10.000.wav"]
        assert parse_excluded_clips(lines) == {"-x_y_0.000", "a_10.000", "b_5.500"}
        assert parse_excluded_clips(["#no space\n", '"c_1.000.wav",by hand\n']) == {"c_1.000"}

    def test_names_that_a_spreadsheet_damaged_are_no_comments(self):
        lines = ["#NAME?", "a_10.000", "#NAME?", "#note"]
        with pytest.raises(
            TableError, match=r"3 problems.*\nIn 2 lines ids were replaced"
        ) as caught:
            parse_excluded_clips(lines, "hand.csv")
        assert "hand.csv, line 1: " in str(caught.value)
        assert "hand.csv, line 4: " in str(caught.value)

    def test_rows_that_name_no_clip_are_refused_with_their_numbers(self):
        with pytest.raises(TableError, match=r"hand\.csv, line 1: .*'clip_id'") as caught:
            parse_excluded_clips(["clip_id", "a_10.000", "b_10.wav"], "hand.csv")
        assert "line 3" in str(caught.value)
        assert "line 2" not in str(caught.value)


def test_purity_is_all_some_or_none():
    labels = [["a"], ["a", "b"], ["c"], ["a", "c"], ["c", "d"]]
    kinds = purity(labels, {"a", "b"})
    assert kinds.tolist() == ["pure", "pure", "none", "mixed", "none"]
    assert purity([], {"a"}).shape == (0,)
    with pytest.raises(ValueError, match="number 1 has no labels"):
        purity([["a"], []], {"a"})


def test_purity_of_a_category_mirrors_that_of_its_complement():
    generator = np.random.default_rng(3)
    labels = [list(generator.choice(8, size=generator.integers(1, 5))) for _ in range(200)]
    inside = purity(labels, set(range(3)))
    outside = purity(labels, set(range(3, 8)))
    assert ((inside == "pure") == (outside == "none")).all()
    assert ((inside == "mixed") == (outside == "mixed")).all()
    assert set(inside) == {"pure", "none", "mixed"}


def test_multi_hot_gives_the_labels_back():
    classes = ["c", "a", "b"]
    labels = [["a"], ["b", "c"], []]
    table = multi_hot(labels, classes)
    assert table.dtype == bool
    assert table.tolist() == [[False, True, False], [True, False, True], [False, False, False]]
    with pytest.raises(ValueError, match="number 0 carries 'z'"):
        multi_hot([["z"]], classes)
