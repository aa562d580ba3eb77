"""Runs side by side: every finding with its cells, what differs and nothing else, text as text."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from plumbing.commands import compare_runs as compare
from plumbing.commands.compare_runs import TEMPLATE, in_short, main
from science.report.comparison import (
    COLUMNS,
    ComparedRun,
    common_sentence,
    compared_findings,
    differing_options,
    facts_apart,
    render_comparison,
)
from science.report.scorecard import CLASS_OF_VERDICT
from science.scorecard.claims import (
    CANNOT_BE_TESTED,
    CONTRADICTED,
    INCONCLUSIVE,
    REPRODUCED,
    VERDICTS,
)
from science.statistics.number_text import DASH

EVIL = "<script>alert('x')</script>&\""
PAGE = TEMPLATE.read_text(encoding="utf-8")


class Page(HTMLParser):
    """All elements of a page with their attributes, its text, and which tags were left open."""

    VOID = ("meta", "br", "wbr", "input")

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict]] = []
        self.open: list[str] = []
        self.texts: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag
        if tag in ("th", "td", "li", "p", "span"):
            self.texts.append(" ")

    def handle_data(self, data: str) -> None:
        if "style" not in self.open:
            self.texts.append(data)

    def all(self, tag: str) -> list[dict]:
        return [attributes for name, attributes in self.elements if name == tag]

    @property
    def text(self) -> str:
        return " ".join("".join(self.texts).split())


def scorecard(verdicts: dict[str, str], category: str = "music", **more: object) -> pd.DataFrame:
    """A finding for each verdict, with made-up numbers."""
    table = pd.DataFrame({"finding": list(verdicts), "verdict": list(verdicts.values())})
    values = {
        "sentence": f"Networks respond to {category} {{ours}} times as strongly",
        "where": "Results", "features": f"no_{category}", "printed": "2.07", "ours": 1.5,
        "spread": 0.1, "our_n": "3 networks", "difference": 0.5, "low": 0.2, "high": 0.8,
        "interval": "95%, Student's t over networks", "note": "", "category": category,
        "notice": "",
    }  # fmt: skip
    return table.assign(**(values | more))[list(COLUMNS)]


def run(name: str = "a", table: pd.DataFrame | None = None, **more: object) -> ComparedRun:
    table = scorecard({"one": REPRODUCED}) if table is None else table
    given_ = {"config": {}, "corpus": {}, "versions": {}} | more
    return ComparedRun(name=name, folder=f"results/{name}", scorecard=table, **given_)


def page(*runs: ComparedRun) -> Page:
    return Page(render_comparison(PAGE, runs, in_short))


findings = st.dictionaries(
    st.sampled_from([f"finding_{n}" for n in range(8)]), st.sampled_from(VERDICTS), min_size=1
)


@settings(max_examples=40)
@given(st.lists(findings, min_size=2, max_size=4))
def test_every_finding_has_one_row_with_a_cell_for_each_run_that_says_its_verdict(of_runs):
    runs = [run(str(n), scorecard(verdicts)) for n, verdicts in enumerate(of_runs)]
    rows = compared_findings(runs)
    assert sorted(row["finding"] for row in rows) == sorted({f for one in of_runs for f in one})
    for row in rows:
        for cell, verdicts in zip(row["cells"], of_runs, strict=True):
            assert cell.get("verdict") == verdicts.get(row["finding"])
        seen = {verdicts.get(row["finding"]) for verdicts in of_runs}
        assert row["same"] == (len(seen) == 1)
    # The first run's order stays; the others' findings stand among them.
    order = [row["finding"] for row in rows if row["finding"] in of_runs[0]]
    assert order == list(of_runs[0])


scalars = st.none() | st.booleans() | st.integers(-9, 9) | st.sampled_from(["a", "b", ""])
options = st.recursive(
    scalars | st.lists(scalars, max_size=2),
    lambda inner: st.dictionaries(st.sampled_from("abcd"), inner, max_size=3),
    max_leaves=12,
)
configs = st.dictionaries(st.sampled_from("abcd"), options, max_size=4)


@given(configs, configs)
def test_options_that_differ_are_told_and_no_others(first, second):
    rows = differing_options([first, second], in_short)
    assert bool(rows) == (first != second)
    for path, texts in rows:
        values = []
        for config in (first, second):
            value = config
            for key in path.split("."):
                value = value.get(key, ...) if isinstance(value, dict) else ...
            values.append(value)
        assert values[0] != values[1]
        shown = [DASH if value is ... else in_short(value) for value in values]
        assert texts == shown


@given(configs)
def test_a_run_differs_in_nothing_from_itself(config):
    assert differing_options([config, config, config], in_short) == []


def test_a_condition_that_one_run_lacks_is_one_row_and_one_that_did_not_run_none():
    ran = {
        "run": {"conditions": ["x"]},
        "conditions": {"x": {"epochs": 1}, "unused": {"epochs": 9}},
    }
    other = {"run": {"conditions": ["y"]}, "conditions": {"y": {"epochs": 1}}}
    text = page(run("a", config=ran), run("b", config=other)).text
    assert f"conditions.x {{epochs: 1}} {DASH} conditions.y {DASH} {{epochs: 1}}" in text
    assert "unused" not in text


@given(st.lists(st.dictionaries(st.sampled_from("abc"), st.sampled_from("xyz")), min_size=2))
def test_each_fact_is_told_once_as_the_same_or_as_different(facts):
    told = facts_apart(facts)
    names = [name for name, _ in (*told["differ"], *told["same"])]
    assert sorted(names) == sorted({name for of_run in facts for name in of_run})
    for name, text in told["same"]:
        assert all(of_run[name] == text for of_run in facts)


def test_two_targets_share_a_sentence_where_it_says_the_same_of_both():
    music, speech = "Music, not in no_music: music is {ours}", "Speech, not in no_speech: speech is"
    said = common_sentence([music, f"{speech} {{ours}}"], ["music", "speech"])
    # A condition's name is not the target, and the two differ in it.
    assert said == ""
    both = ["Music-selective units", "Dog barks-selective units"]
    assert common_sentence(both, ["music", "dog barks"]) == "The target-selective units"
    assert common_sentence(["a", "a"], ["music", "speech"]) == "a"


def test_a_sentence_that_differs_is_told_for_each_run():
    other = scorecard({"one": REPRODUCED}, sentence="Something else is {ours}")
    text = page(run("a"), run("b", other)).text
    assert "a: Networks respond to music … times as strongly" in text
    assert "b: Something else is …" in text


def test_a_finding_that_holds_in_one_run_and_is_contradicted_in_another_is_marked():
    verdicts = {"one": REPRODUCED, "two": INCONCLUSIVE, "three": REPRODUCED}
    others = {"one": CONTRADICTED, "two": CONTRADICTED, "three": REPRODUCED}
    compared = page(run("a", scorecard(verdicts)), run("b", scorecard(others)))
    classes = [row["class"] for row in compared.all("tr") if "finding" in row.get("class", "")]
    assert classes == ["finding opposite", "finding", "finding alike"]
    assert "1 of them has the same verdict in all, and 1 is contradicted" in compared.text


def test_a_cell_has_number_networks_verdict_and_interval():
    text = page(run("a"), run("b", scorecard({"one": INCONCLUSIVE}, ours=0.5, low=np.nan))).text
    numbers = "3 networks, no_music difference 0.500; 95% interval 0.200 to 0.800"
    assert f"reproduced 1.50 ± 0.10 {numbers}" in text
    assert "inconclusive 0.500 ± 0.100 3 networks, no_music" in text
    assert text.count("95% interval") == 1
    assert "nan" not in text.lower().replace("finding", "")


@given(st.floats(-1e6, 1e6), st.floats(0, 1e6), st.floats(-1e6, 1e6), st.floats(0, 1e6))
def test_intervals_of_a_row_and_zero_are_drawn_on_one_scale(low, width, other, wider):
    tables = [
        scorecard({"one": REPRODUCED}, low=at, high=at + by, difference=at + by / 2)
        for at, by in ((low, width), (other, wider))
    ]
    (row,) = compared_findings([run("a", tables[0]), run("b", tables[1])])
    places = [row["zero"], *(place for cell in row["cells"] for place in cell["bar"])]
    assert all(0 <= place <= 100 for place in places)
    for cell in row["cells"]:
        assert cell["bar"][0] <= cell["bar"][2] <= cell["bar"][1]


def test_more_than_two_runs_have_a_column_each():
    compared = page(run("a"), run("b"), run("c"), run("d"))
    cells = [cell["data-run"] for cell in compared.all("td") if "data-run" in cell]
    assert cells == ["Published", "a", "b", "c", "d"]
    assert "1 finding is in all 4 scorecards" in compared.text


def test_values_from_outside_are_text_and_never_markup():
    words = ("finding", "sentence", "where", "features", "printed", "interval", "note", "notice")
    table = scorecard({"one": EVIL}, category=EVIL).assign(**dict.fromkeys(words, EVIL))
    config = {"run": {"conditions": [EVIL]}, "conditions": {EVIL: {EVIL: EVIL}}}
    evil = run(EVIL, table, config=config, corpus={EVIL: EVIL}, versions={EVIL: EVIL})
    compared = page(evil, run("b"))
    assert compared.open == []
    assert compared.all("script") == []
    assert compared.text.count("<script>alert") > 12


def test_the_page_is_whole_and_loads_nothing():
    text = render_comparison(PAGE, [run("a"), run("b")], in_short)
    compared = Page(text)
    assert compared.open == []
    (policy,) = (one["content"] for one in compared.all("meta") if "content" in one and
                 "http-equiv" in one)  # fmt: skip
    assert policy.startswith("default-src 'none'")
    assert "script" not in policy
    for _, attributes in compared.elements:
        assert not {"src", "srcset", "data", "poster", "action", "style"} & set(attributes)
        assert attributes.get("href", "#").startswith("#")
    assert not re.search(r"url\(|@import", text)


def test_headings_have_a_scope_and_contents_lead_to_sections():
    compared = page(run("a"), run("b", config={"seed": 1}))
    assert all(heading.get("scope") in ("col", "row") for heading in compared.all("th"))
    ids = [attributes["id"] for _, attributes in compared.elements if "id" in attributes]
    assert len(ids) == len(set(ids))
    assert {link["href"][1:] for link in compared.all("a")} <= set(ids)


def luminance(colour: str) -> float:
    parts = [int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5)]
    linear = [part / 12.92 if part < 0.04 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def test_colours_can_be_read_in_either_light():
    schemes = re.findall(r"color-scheme: light dark;.*?}|\(prefers-color.*?}", PAGE, re.S)
    assert len(schemes) == 2
    for scheme in schemes:
        colours = dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6})", scheme))
        pairs = [(name, f"{name}-box") for name in (*CLASS_OF_VERDICT.values(), "notice")]
        for name, ground in [*pairs, ("text", "page"), ("soft", "page"), ("link", "page")]:
            text, box = luminance(colours[name]), luminance(colours[ground])
            assert (max(text, box) + 0.05) / (min(text, box) + 0.05) > 4.5, name


@pytest.fixture
def results(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of results with two finished runs, and one that has only begun."""
    monkeypatch.chdir(tmp_path)
    for name, seed in (("one", 1), ("two", 2)):
        folder = tmp_path / "results" / name
        (folder / "analyses").mkdir(parents=True)
        scorecard({"x": REPRODUCED}).to_csv(folder / "scorecard.csv", index=False)
        config = {"seed": seed, "run": {"name": name}, "corpus": {"name": "c", "sources": ["s"]}}
        (folder / "config.yaml").write_text(yaml.safe_dump(config), encoding="utf-8")
        (folder / "analyses/availability.csv").write_text(
            f"split,asked,got\ntrain,20000,{seed}\n", encoding="utf-8"
        )
    (tmp_path / "results/begun/logs").mkdir(parents=True)
    (tmp_path / "results/clips/c").mkdir(parents=True)
    return tmp_path / "results"


def test_the_command_writes_one_page_and_says_where(results: Path, capsys):
    assert main(["one", "two"]) == 0
    output = results / "compare_one_two.html"
    assert "results/compare_one_two.html" in capsys.readouterr().out
    text = Page(output.read_text(encoding="utf-8")).text
    assert "seed 1 2" in text
    assert "train clips 1 of 20,000 2 of 20,000" in text
    assert "The same in all runs: corpus c; sources s." in text
    assert "run.name" not in text
    before = output.read_bytes()
    assert main(["one", "two"]) == 0
    assert output.read_bytes() == before


def test_a_run_elsewhere_is_given_by_its_folder(results: Path, tmp_path: Path):
    elsewhere = tmp_path / "elsewhere/one"
    elsewhere.parent.mkdir()
    (results / "one").rename(elsewhere)
    assert main([str(elsewhere), "two"]) == 0
    assert (results / "compare_one_two.html").is_file()
    elsewhere.with_name("two").mkdir()
    for file in ("scorecard.csv", "config.yaml"):
        (elsewhere / file).rename(elsewhere.with_name("two") / file)
    # Of one name, so that their places tell them apart.
    assert main(["elsewhere/two", "two"]) == 0
    assert "elsewhere/two" in next(results.glob("compare_else*")).read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ([], "name two runs or more"),
        (["one"], "there are: one, two"),
        (["one", "three"], "there is no run three; in results there are: one, two"),
        (["one", "clips"], "there is no run clips"),
        (["one", "one"], "the run one is named 2 times"),
        (["one", "begun"], "the run begun has no"),
    ],
)
def test_what_cannot_be_compared_is_said_in_a_sentence(results: Path, capsys, asked, words):
    assert main(asked) == 1
    said = capsys.readouterr().err
    assert words in said
    assert said.startswith("compare stopped: ")
    assert len(said.splitlines()) == 1
    assert not list(results.glob("*.html"))


@pytest.mark.parametrize(
    ("file", "content", "words"),
    [
        ("scorecard.csv", None, "has no scorecard yet"),
        ("scorecard.csv", "finding,verdict\nx,reproduced\n", "has no column sentence, where"),
        ("scorecard.csv", ",".join(COLUMNS) + "\n", "has no row"),
        ("scorecard.csv", "", "is not a whole table"),
        ("scorecard.csv", scorecard({"x": REPRODUCED}, ours="many").to_csv(), "ours holds"),
        ("scorecard.csv", b"\xff\xfe\x00", "is not a whole table"),
        ("config.yaml", None, "has no configuration yet"),
        ("config.yaml", "a: [", "is not YAML"),
        ("config.yaml", "- a", "must hold a mapping"),
    ],
)
def test_a_file_at_fault_is_named_with_what_to_do(results: Path, capsys, file, content, words):
    path = results / "two" / file
    path.unlink()
    if content is not None:
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    assert main(["one", "two"]) == 1
    said = capsys.readouterr().err
    assert words in said
    assert "run" in said
    assert "two" in said


def test_cells_that_are_empty_are_no_errors(results: Path):
    empty = dict.fromkeys(set(COLUMNS) - {"finding", "verdict", "category"})
    table = scorecard({"x": CANNOT_BE_TESTED}, **empty)
    table.to_csv(results / "two/scorecard.csv", index=False)
    (results / "two/config.yaml").write_text("run: 1\ncorpus: []\n", encoding="utf-8")
    (results / "two/benchmarks").mkdir()
    (results / "two/benchmarks/x.tsv").write_text("s", encoding="utf-8")
    assert main(["one", "two"]) == 0
    text = Page((results / "compare_one_two.html").read_text(encoding="utf-8")).text
    assert f"cannot be tested {DASH} " in text
    assert "nan" not in text


@pytest.mark.parametrize("letter", ["a", "\N{MUSICAL SYMBOL G CLEF}"])
def test_names_too_long_for_a_file_are_cut_and_stay_apart(results: Path, letter):
    long = letter * (compare.LONGEST_NAME + 2)
    for name in ("one", "two"):
        (results / name).rename(results / f"{long}{name}")
    assert main([f"{long}one", f"{long}two"]) == 0
    assert main([f"{long}two", f"{long}one"]) == 0
    names = [path.name for path in results.glob("compare_*")]
    assert len(names) == 2
    assert max(map(len, names)) < 2 * compare.LONGEST_NAME
