"""The report page: whole in itself, escaped, honest about what is missing."""

from __future__ import annotations

import base64
import dataclasses
import hashlib
import os
import re
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from configured import configure
from made_up_page import (
    EVIL,
    TRACE,
    made_up_report,
    png_file,
    sounds_of_run,
    tables_of_scorecard,
)

import write_report
from science.report.listening import in_page
from science.report.methods import methods_of
from science.report.opening import first_pictures
from science.report.page import Run, caption_html, render_page, words_of_short_clips
from science.report.references import bibtex_of
from science.report.tables import hours_of, jobs_by_rule, shown_table
from science.report.traces import Trace, line_of, selections_of, traces_of
from science.scorecard import kim2024
from science.scorecard.claims import VERDICTS
from science.statistics.number_text import DASH
from storage.tables import read_benchmarks

PUBLISHED_FINDINGS = kim2024.PUBLISHED
ROOT = Path(__file__).resolve().parents[1]
TEMPLATE = (ROOT / "rules/report/page.html.j2").read_text(encoding="utf-8")
SCRIPT = (ROOT / "rules/report/page.js").read_text(encoding="utf-8")
LOADING_ATTRIBUTES = {"src", "srcset", "data", "poster", "background", "action"}


class Page(HTMLParser):
    """All elements of a page with their attributes, its text, and which tags were left open."""

    VOID = ("meta", "link", "br", "img", "wbr")
    CDATA = ("style", "script")

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict]] = []
        self.open: list[str] = []
        self.texts: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list) -> None:
        self.elements.append((tag, dict(attrs)))
        self.texts.append(" " if tag == "br" else "")
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag
        if tag in ("th", "td", "li", "p"):
            self.texts.append(" ")

    def handle_data(self, data: str) -> None:
        if not set(self.CDATA) & set(self.open):
            self.texts.append(data)

    def all(self, tag: str) -> list[dict]:
        return [attributes for name, attributes in self.elements if name == tag]

    @property
    def text(self) -> str:
        return " ".join("".join(self.texts).split())


@pytest.fixture(scope="module")
def png() -> bytes:
    return png_file()


@pytest.fixture
def run(png: bytes) -> Run:
    return made_up_report(png)


def rendered(run: Run, **values: object) -> str:
    return render_page(TEMPLATE, SCRIPT, dataclasses.replace(run, **values))


def changed(run: Run, **values: object) -> Page:
    return Page(rendered(run, **values))


def test_page_is_well_formed_and_the_same_each_time(run: Run) -> None:
    text = rendered(run)
    assert text == rendered(run)
    assert Page(text).open == []


def test_nothing_is_loaded_from_anywhere(run: Run) -> None:
    page = changed(run)
    for tag, attributes in page.elements:
        assert tag not in ("link", "iframe", "object", "embed")
        for name in LOADING_ATTRIBUTES & set(attributes):
            kind = "audio/ogg" if tag == "audio" else "image/png"
            assert attributes[name].startswith(f"data:{kind};base64,")
    for link in page.all("a"):
        assert not link["href"].startswith(("http:", "https:", "//", "/"))
    text = rendered(run)
    assert "url(" not in text
    assert "@import" not in text


def test_the_script_is_the_one_that_the_policy_knows(run: Run) -> None:
    text = rendered(run)
    (between,) = re.findall(r"<script>(.*)</script>", text, re.S)
    digest = base64.b64encode(hashlib.sha256(between.encode()).digest()).decode()
    (policy,) = [
        meta["content"]
        for meta in Page(text).all("meta")
        if "Policy" in str(meta.get("http-equiv"))
    ]
    assert f"script-src 'sha256-{digest}'" in policy
    assert policy.startswith("default-src 'none'")
    assert "</script" not in SCRIPT


def test_each_sound_is_in_the_page_once_and_played_from_wherever_it_is_named(run: Run) -> None:
    page = changed(run)
    sounds = page.all("audio")
    assert len(sounds) == len(run.sounds.files)
    ids = {sound["id"] for sound in sounds}
    again = [link for link in page.all("a") if link.get("class") == "again"]
    assert len(sounds) + len(again) == len(run.sounds.table)
    assert {link["href"][1:] for link in again} <= ids
    assert all(item["aria-label"] for item in (*sounds, *again))
    assert "quilt of 50-ms segments: Music; Singing" in [
        item["aria-label"] for item in page.all("audio")
    ]
    assert "Unit 0 rank 1" in page.text
    assert page.text.index("Unit 0 rank 1") < page.text.index("Unit 2 rank 2")


def test_many_sounds_lie_in_a_folder_beside_the_page(run: Run) -> None:
    many = sounds_of_run(3_000_000)
    assert in_page(run.sounds)
    assert not in_page(many)
    text = rendered(run, sounds=many)
    assert len(text) < 1e6
    assert all(
        sound["src"].startswith("report_sounds/clip_")
        or sound["src"].startswith("report_sounds/quilt_")
        for sound in Page(text).all("audio")
    )
    policies = [meta.get("content", "") for meta in Page(text).all("meta")]
    assert any("media-src 'self' file:" in policy for policy in policies)


def test_without_sounds_or_without_quilts_there_is_no_such_section(run: Run) -> None:
    assert not changed(run, sounds=None).all("audio")
    assert "What the selective units" not in changed(run, sounds=None).text
    table = run.sounds.table
    without = dataclasses.replace(run.sounds, table=table[table["part"] != "quilts"])
    assert "A clip and its quilts" not in changed(run, sounds=without).text


def test_a_finding_leads_to_figure_numbers_code_and_log(run: Run) -> None:
    links = [link["href"] for link in changed(run).all("a")]
    for address in ("analyses/separability.csv", TRACE.code_link, TRACE.log):
        assert links.count(address) >= 2, address
    assert links.count("#figure-separability") >= 2
    assert "#finding-claim_0" in links


def test_every_finding_of_the_paper_has_its_line_of_code() -> None:
    categories = configure(preset="paper")["categories"]
    selections = selections_of("music", categories)
    assert set(PUBLISHED_FINDINGS) <= set(selections)
    sources = {
        path.stem: path.read_text(encoding="utf-8")
        for path in (ROOT / "workflow_scripts/science/analyses").glob("*.py")
    }
    traces = traces_of(selections, sources, {"quilts": "logs/quilts.log"}, "../scripts")
    assert set(PUBLISHED_FINDINGS) <= set(traces)
    of_quilts = traces["quilts_loss"]
    path, _, line = of_quilts.code.partition(":")
    assert "relative" in (ROOT / path).read_text(encoding="utf-8").splitlines()[int(line) - 1]
    assert of_quilts.code_link == f"../scripts/science/analyses/quilts.py#L{line}"
    assert (of_quilts.log, traces["readout_selective"].log) == ("logs/quilts.log", "")


def test_a_column_is_looked_for_where_it_is_made() -> None:
    source = (
        'COLUMNS = ("ratio", "p")\n\ndef f(x):\n    return {"ratio": x}\n\n'
        "def g(x):\n    return dict(zip(COLUMNS, x))\n"
    )
    with_test = source + "\ndef h(test):\n    return asdict(test)\n"
    assert [line_of(source, column) for column in ("ratio", "p", "none")] == [4, 7, 1]
    assert line_of(with_test, "statistic") == 10


def test_almost_every_finding_leads_into_a_function() -> None:
    selections = selections_of("music", configure(preset="paper")["categories"])
    folder = ROOT / "workflow_scripts/science/analyses"
    at_top = set()
    for selection in selections.values():
        analysis = selection.table.split("/")[0]
        source = (folder / f"{analysis}.py").read_text(encoding="utf-8")
        line = source.splitlines()[line_of(source, selection.column) - 1]
        if not line.startswith((" ", "def ")):
            at_top.add(analysis)
    assert at_top <= {"separability"}  # its script makes the rows, of `readout`


def test_methods_and_references_follow_the_configuration() -> None:
    config = configure(preset="fsd50k")
    words = methods_of(config, {"Python": "3.11"})
    assert "taken from FSD50K" in words
    assert "segments of 50, 100, 200, 400, 800 and 1,600 ms" in words
    assert "Software: Python 3.11." in words
    assert "fonseca2022" in bibtex_of(config)
    config["run"]["analyses"] = ["detection"]
    assert "quilts" not in methods_of(config, {}).lower()
    assert "overath" not in bibtex_of(config)
    assert "gemmeke2017" in bibtex_of(configure(preset="paper"))


def test_a_page_opens_with_five_sentences_and_three_pictures(run: Run) -> None:
    text = changed(run).text
    leads = [text.index(lead) for lead in ("Target", "Corpus", "Found", "Not found", "In all")]
    assert leads == sorted(leads)
    assert "Of 3 findings: 1 reproduced, 1 same direction, 0 inconclusive" in text
    names = ["training", "quilts", "dose", "selectivity"]
    assert first_pictures(names) == ["selectivity", "quilts", "training"]


def test_figures_are_embedded_byte_for_byte_with_size_and_caption(run: Run, png: bytes) -> None:
    page = changed(run)
    images = page.all("img")
    # Those that the page opens with are there once more, with their captions.
    assert len(images) == 4
    for image in images:
        assert base64.b64decode(image["src"].partition(",")[2]) == png
        assert (image["width"], image["height"]) == ("150", "100")
        assert image["alt"]
    assert "Loss of every network of trial." in page.text


def test_values_from_outside_are_text_and_never_markup(run: Run) -> None:
    table = pd.DataFrame({"features": [EVIL, "b"], EVIL: [EVIL, "c"], "same": EVIL})
    evil = {"name": EVIL, "target": EVIL, "reference_condition": EVIL, "conditions": []}
    config = {**run.config, "run": run.config["run"] | evil}
    written = ("where", "test", "note", "computed", "criterion")
    page = changed(
        run,
        folder=EVIL,
        notice=EVIL,
        config=config,
        config_text=EVIL,
        analyses={"separability": table},
        left_out=run.left_out.replace("carries a left-out label: Music", EVIL),
        jobs=run.jobs.assign(rule=EVIL),
        versions={EVIL: EVIL},
        traces={"claim_0": Trace(*[EVIL] * 5)},
        sounds=dataclasses.replace(
            run.sounds, table=run.sounds.table.assign(labels=EVIL, clip_id=EVIL)
        ),
        commit=EVIL,
        digests=run.digests.assign(data=EVIL),
        scorecard=run.scorecard.assign(sentence=EVIL + "{ours}", **dict.fromkeys(written, EVIL)),
        captions={name: "Run {{ snakemake.config['run']['name'] }}" for name in run.figures},
    )
    assert page.open == []
    assert page.all("script") == [{}]
    assert page.text.count("<script>alert") > 15


def test_notice_is_shown_where_there_is_one_and_only_there(run: Run) -> None:
    notices = [item for item in changed(run).all("p") if item.get("class") == "notice"]
    assert len(notices) == 1
    assert "Synthetic: no evidence" in changed(run).text
    page = changed(run, notice="")
    assert not [item for item in page.all("p") if item.get("class") == "notice"]


CLASSES = ("reproduced", "direction", "inconclusive", "contradicted", "untested")


def test_every_verdict_is_explained_and_every_finding_has_a_row(run: Run) -> None:
    page = changed(run)
    shown = [item["class"] for item in page.all("span") if "verdict" in item.get("class", "")]
    headline, legend, scored = shown[:1], shown[1:6], shown[6:]
    # The second finding is from the same part of the paper as the first, and so no headline.
    assert headline == ["verdict reproduced"]
    assert legend == [f"verdict {name}" for name in CLASSES]
    assert scored == [f"verdict {name}" for name in ("reproduced", "direction", "untested")]
    for verdict, times in zip(VERDICTS, (1, 1, 0, 0, 1), strict=True):
        assert re.search(rf"(?:\. |verdict: ){verdict} {times} [A-Z]", page.text), verdict
    absent = "cannot be tested the analysis detection is not in run.analyses in words"
    assert absent in page.text
    assert "with an AP of 0.873 ± 0.025. reproduced paper: 0.887 ± 0.005" in page.text
    assert "Results, separability (again) A slip: a slip of the press" in page.text


def luminance(colour: str) -> float:
    parts = [int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5)]
    linear = [part / 12.92 if part < 0.04 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def test_verdicts_are_read_in_either_light_and_told_apart_by_signs() -> None:
    for scheme in re.findall(r"color-scheme: light dark;.*?}|\(prefers-color.*?}", TEMPLATE, re.S):
        given = dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6})", scheme))
        for name in CLASSES:
            text, box = (luminance(given[key]) for key in (name, f"{name}-box"))
            assert (max(text, box) + 0.05) / (min(text, box) + 0.05) > 4.5, name
    signs = re.findall(r"\.(\w+)::before { content: \"(.) ", TEMPLATE)
    assert {name for name, _ in signs} >= set(CLASSES)
    assert len({sign for _, sign in signs}) == len(signs)


def test_every_finding_says_how_it_is_computed_and_judged(run: Run) -> None:
    page = changed(run, **tables_of_scorecard(run.analyses, own={"claim_1": 0.02}))
    computed = "Ours: Average precision of a linear regression. Reproduced if the 95% interval"
    assert page.text.count(computed) == 3
    assert page.text.count("prediction interval of a replication") == 1
    assert page.text.count("our mean is within 2% of the published value") == 1
    assert "Over networks: p = 0.125 (Wilcoxon signed-rank, exact, greater, over networks" in (
        page.text
    )


def test_published_numbers_open_below_their_finding_and_facts_stand_apart(run: Run) -> None:
    text = changed(run).text
    below = "how computed, how judged; 2 published numbers Ours: Average precision"
    assert below in text
    assert "how computed, how judged Ours" in text
    chance = "chance Results effect 0.266 0.250 ± 0.000 n = 3 within 0.239 to 0.293"
    assert chance in text
    facts = text[text.index("Facts of the corpus") :]
    assert "They count as no finding. The paper prints 17,902 training and 17,585 test" in facts
    assert f"training clips Methods fact of the corpus 17,902 {DASH} exchanged" in facts
    assert changed(run).text.count("training clips Methods") == 1


def test_of_another_corpus_no_size_is_judged_and_the_page_says_so(run: Run) -> None:
    config = run.config | {"corpus": run.config["corpus"] | {"name": "demo"}}
    page = changed(run, config=config, **tables_of_scorecard(run.analyses, sizes=False))
    assert "the direction alone is judged" in page.text
    assert "same direction 2 The direction holds; the size is not judged" in page.text
    assert "The paper prints 17,902 training" not in page.text
    assert "0.887 ± 0.005" in page.text


def test_missing_numbers_are_dashes(run: Run) -> None:
    separability = run.analyses["separability"].assign(average_precision=[0.85, np.nan, 0.9])
    table = shown_table(separability)
    assert [row[2] for row in table.rows] == ["0.850", DASH, "0.900"]
    assert not re.search(r"\bnan\b", changed(run, config_text="").text.lower())


def test_page_of_a_run_without_figures_analyses_and_measurements(run: Run) -> None:
    page = changed(
        run,
        figures={},
        captions={},
        analyses={},
        jobs=run.jobs.iloc[:0],
        left_out=run.left_out[run.left_out["reason"] == "kept"],
        **tables_of_scorecard({}),
    )
    assert page.all("img") == []
    for sentence in ("no figures", "no analyses", "No job of this run", "No finding can be tested"):
        assert sentence in page.text


def test_clips_section_counts_what_was_used_and_what_was_left_out(run: Run) -> None:
    text = changed(run).text
    assert (
        "True labels, without clips with Music, Singing or listed by hand; "
        "weights of the best of 30 epochs 12,345 26 180 678" in text
    )
    # An untrained network has seen none of the clips that it would have been allowed to see.
    assert f"as they were initialised {DASH} {DASH} 180 0" in text


def test_a_dose_and_weights_that_were_taken_are_told(run: Run) -> None:
    of_condition = run.config["conditions"]
    for more, words in (
        ({"keep_fraction": 0.005}, "Singing or listed by hand, of which 0.5% stay in; weights"),
        ({"weights_of": "music", "epochs": 0}, "Nothing: the weights of music"),
        (
            {"weights": "own.pt", "permute_weights": True, "epochs": 0},
            "Nothing: the weights of own.pt, permuted within each tensor",
        ),
    ):
        conditions = of_condition | {"no_music": of_condition["no_music"] | more}
        assert words in changed(run, config=run.config | {"conditions": conditions}).text


def test_one_epoch_is_no_plural(run: Run) -> None:
    no_music = run.config["conditions"]["no_music"] | {"epochs": 1}
    conditions = run.config["conditions"] | {"no_music": no_music}
    text = changed(run, config=run.config | {"conditions": conditions}).text
    assert "weights of the best of 1 epoch 12,345" in text


def test_a_run_on_another_category_reads_right_without_published_numbers(run: Run) -> None:
    of_run = {"target": "dog_barks", "reference_condition": "no_dog_barks"}
    config = run.config | {"run": run.config["run"] | of_run}
    tables = tables_of_scorecard(run.analyses, sizes=False, published={})
    tables["scorecard"] = tables["scorecard"].assign(features="no_dog_barks")
    page = changed(run, config=config, config_text="", **tables)
    assert "Do detectors of dog barks arise in a network" in page.text
    assert (
        "the analyses of Kim, Kim & Jeong (2024), Nature Communications 15:148, for dog barks"
        in (page.text)
    )
    assert "Scorecard: the findings, for dog barks" in page.text
    for of_the_paper in ("paper:", "Published", "prediction", "in words", "published num"):
        assert of_the_paper not in page.text, of_the_paper
    assert [cell["colspan"] for cell in page.all("td") if "colspan" in cell] == ["5"] * 3
    assert "3 networks, no_dog_barks" in page.text
    assert "no_music" not in page.text[: page.text.index("Clips: requested")]
    assert "503" not in page.text


def test_contents_lead_to_sections_and_headings_have_a_scope(run: Run) -> None:
    page = changed(run)
    ids = [attributes["id"] for _, attributes in page.elements if "id" in attributes]
    assert len(ids) == len(set(ids))
    targets = [link["href"][1:] for link in page.all("a") if link["href"].startswith("#")]
    assert len(targets) >= 6
    assert set(targets) <= set(ids)
    assert all(heading.get("scope") in ("col", "row") for heading in page.all("th"))


def test_table_tells_constant_columns_once_and_p_from_its_logarithm() -> None:
    table = pd.DataFrame(
        {
            "features": ["pca", "no_music"],
            "seed": [np.nan, 20000],
            "statistic": [954.0, 30340954.0],
            "p": [0.0, 0.25],
            "log10_p": [-400.3, np.log10(0.25)],
            "n1": [33, 33],
            "empty": [np.nan, np.nan],
        }
    )
    shown = shown_table(table)
    assert [name for name, _ in shown.columns] == ["features", "seed", "statistic", "p"]
    assert shown.rows == (
        ("pca", DASH, "954", "5.0e-401"),
        ("no_music", "20000", "30,340,954", "0.250"),
    )
    assert shown.same == (("n1", "33"),)
    assert shown_table(table, max_rows=1).rows_left_out == 1
    assert len(shown_table(table, set_apart=False).columns) == 5


def test_jobs_are_summed_by_rule_the_longest_first(run: Run) -> None:
    rules = jobs_by_rule(run.jobs)
    assert rules["rule"].tolist() == ["train_network", "write_config"]
    assert rules.iloc[0].tolist() == ["train_network", 2, 150.0, 135.0, 100.0, 600.0]
    assert hours_of(run.jobs) == ("0.0375", "0.0278")


@pytest.mark.parametrize(
    "source",
    [
        "{{ snakemake.config['no such key'] }}",
        "{{ unfinished",
        "``unfinished",
        ".. raw:: html\n\n   <script></script>",
        ".. include:: /etc/hostname",
    ],
)
def test_a_caption_at_fault_is_refused_with_the_figures_name(source: str) -> None:
    with pytest.raises(ValueError, match=r"(?s)figure quilts cannot .*report/quilts\.rst"):
        caption_html(source, "quilts", {})


def test_a_figure_without_caption_or_that_is_no_png_is_refused(run: Run) -> None:
    with pytest.raises(ValueError, match="separability has no caption"):
        changed(run, captions={})
    with pytest.raises(ValueError, match="training is no PNG"):
        changed(run, figures={"training": b"%PDF-1.7"})


def test_script_reads_what_a_run_left_behind(run: Run, png: bytes, tmp_path: Path) -> None:
    folder = tmp_path / "trial"
    benchmarks = folder / "benchmarks"
    (benchmarks / "train_network/no_music").mkdir(parents=True)
    row = "s\th:m:s\tmax_rss\tcpu_time\n{}\t0:00:01\t{}\t{}\n"
    (benchmarks / "train_network/no_music/seed0.tsv").write_text(
        row.format(2.5, 400, 2), encoding="utf-8"
    )
    (benchmarks / "list_clips.tsv").write_text(row.format(0.1, "-", "NA"), encoding="utf-8")
    (benchmarks / "write_report.tsv").write_text(row.format(99, 99, 99), encoding="utf-8")
    files = {
        "template": ROOT / "rules/report/page.html.j2",
        "script": ROOT / "rules/report/page.js",
        "scorecard": tmp_path / "scorecard.csv",
        "numbers": tmp_path / "numbers.csv",
        "availability": tmp_path / "availability.csv",
        "availability_classes": tmp_path / "classes.csv",
        "config": folder / "config.yaml",
    }
    run.scorecard.assign(notice="").to_csv(files["scorecard"], index=False)
    run.numbers.assign(notice="").to_csv(files["numbers"], index=False)
    files["config"].write_text(run.config_text, encoding="utf-8")
    run.left_out.to_csv(tmp_path / "left_out.csv", index=False)
    run.analyses["separability"].to_csv(tmp_path / "separability.csv", index=False)
    splits = {"split": ["train", "test"], "asked": [22160, 40], "got": [17000, 40]}
    splits |= {"got_fraction": [0.767, 1.0], "paper_got": [19539, np.nan], "missing_removed": 5160}
    pd.DataFrame(splits).to_csv(tmp_path / "availability.csv", index=False)
    classes = {"split": ["train"], "mid": ["/m/1"], "display_name": ["Yodel"], "asked": 3, "got": 0}
    pd.DataFrame(classes).to_csv(tmp_path / "classes.csv", index=False)
    (tmp_path / "training.png").write_bytes(png)
    (tmp_path / "training.rst").write_text("A caption.", encoding="utf-8")
    (folder / "report_sounds").mkdir()
    run.sounds.table.to_csv(folder / "report_sounds/sounds.csv", index=False)
    for name, content in run.sounds.files.items():
        (folder / "report_sounds" / name).write_bytes(content)
    log = folder / "logs/train_network/no_music/seed0.log"
    log.parent.mkdir(parents=True)
    log.write_text("7 clips train, cuda\n", encoding="utf-8")
    text = write_report.main(
        files,
        {
            "figures": [tmp_path / "training.png"],
            "captions": [tmp_path / "training.rst"],
            "analyses": [tmp_path / "separability.csv"],
            "left_out": [tmp_path / "left_out.csv"],
            "sounds": [folder / "report_sounds"],
        },
        {
            "clips": str(tmp_path / "clips"),
            "scripts": os.path.relpath(ROOT / "workflow_scripts", folder),
            "notice": "",
        },
    )
    page = Page(text)
    assert "0.000694 GPU-hours" in page.text
    assert len(page.all("audio")) == len(run.sounds.files)
    assert "2 jobs, 2.60 s" in page.text
    assert "17,000 of 22,160 clips (76.7%); the paper had 19,539; missing: 5,160" in page.text
    assert "17,585 is the 90% of 19,539 training clips" in page.text
    assert "no clip is left of 1 class: Yodel" in page.text
    assert "No clip was excluded by hand from the training of no_music" in page.text
    assert f"list_clips 1 0.100 {DASH} 0.100 {DASH}" in page.text
    assert f"{folder}/analyses/separability.csv" in page.text


def test_jobs_of_a_run_without_benchmarks_are_none(tmp_path: Path) -> None:
    assert read_benchmarks(tmp_path / "absent", tmp_path).empty


def test_short_clips_are_warned_of_where_the_category_has_more_or_fewer():
    table = pd.DataFrame(
        {
            "category": ["music", "music", "speech"],
            "split": ["train", "test", "train"],
            "padded_category": [0.42, 0.02, 0.9],
            "padded_other": [0.03, 0.05, 0.1],
            "short_clips": "pad",
        }
    )
    (warning,) = words_of_short_clips({"selectivity": table}, "music")
    assert "train split 42% of the clips of music and 3% of the others" in warning
    assert words_of_short_clips({}, "music") == []
