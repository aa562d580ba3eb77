"""The report page: whole in itself, escaped, honest about what is missing."""

from __future__ import annotations

import base64
import dataclasses
import io
import re
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml
from matplotlib.figure import Figure

import write_report
from science.report.page import Run, caption_html, render_page
from science.report.tables import jobs_by_rule, shown_table
from science.scorecard.claims import Claim, Selection
from science.scorecard.verdicts import score
from science.statistics.number_text import DASH
from storage.tables import read_benchmarks

ROOT = Path(__file__).resolve().parents[1]
TEMPLATE = (ROOT / "rules/report/page.html.j2").read_text(encoding="utf-8")
EVIL = "<script>alert('x')</script>&\""
LOADING_ATTRIBUTES = {"src", "srcset", "data", "poster", "background", "action"}


CLAIMS = [
    Claim(
        id=f"claim_{number}",
        sentence="A read-out distinguishes music from other sounds with an AP of {ours}",
        where=f"Results, {analysis}",
        published=published,
        published_spread=0.005,
        computed="Average precision of a linear regression",
        ours=Selection(analysis, "average_precision", "no_music", category=None),
        compared_with=Selection(analysis, "chance", "no_music", category=None),
    )
    for number, (analysis, published) in enumerate(
        [("separability", 0.887), ("separability", 0.5), ("detection", np.nan)]
    )
]


class Page(HTMLParser):
    """All elements of a page with their attributes, its text, and which tags were left open."""

    VOID = ("meta", "link", "br", "img", "wbr")

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
        if "style" not in self.open:
            self.texts.append(data)

    def all(self, tag: str) -> list[dict]:
        return [attributes for name, attributes in self.elements if name == tag]

    @property
    def text(self) -> str:
        return " ".join("".join(self.texts).split())


@pytest.fixture(scope="module")
def png() -> bytes:
    stored = io.BytesIO()
    figure = Figure(figsize=(3, 2), dpi=50)
    figure.subplots().plot([0, 1], [1, 0])
    figure.savefig(stored, format="png")
    return stored.getvalue()


@pytest.fixture
def run(png: bytes) -> Run:
    separability = pd.DataFrame(
        {
            "features": "no_music",
            "seed": [0, 1, 2],
            "average_precision": [0.85, np.nan, 0.9],
            "chance": 0.25,
            "note": [EVIL, "", ""],
        }
    )
    config = {
        "run": {
            "name": "trial",
            "target": "music",
            "reference_condition": "no_music",
            "conditions": ["no_music", "untrained"],
        },
        "corpus": {"sources": ["folder"], "tables": {"excluded_clips": ""}},
        "conditions": {
            "no_music": {
                "epochs": 30,
                "label_mode": "given",
                "exclude_labels": ["Music", {"label": "Singing", "descendants": True}],
                "exclude_listed_clips": True,
                "weights_used": "best",
            },
            "untrained": {"epochs": 0, "exclude_listed_clips": False},
        },
        "scorecard": {"tolerance": 0.1, "tolerances": {}},
    }
    left_out = pd.DataFrame(
        [
            ("no_music", "train", "kept", 12345),
            ("no_music", "train", "carries a left-out label: Music", 678),
            ("no_music", "validation", "kept", 26),
            ("no_music", "test", "kept", 180),
            ("untrained", "train", "kept", 324),
            ("untrained", "validation", "kept", 36),
            ("untrained", "test", "kept", 180),
        ],
        columns=["condition", "split", "reason", "clips"],
    )
    return Run(
        folder="results/trial",
        notice="Synthetic: no evidence",
        config=config,
        config_text=yaml.safe_dump(config),
        figures={"training": png, "separability": png},
        captions={
            "training": "Loss of *every* network of ``{{ snakemake.config['run']['name'] }}``.",
            "separability": "A caption.",
        },
        scorecard=score(CLAIMS, {"separability": separability.dropna()}, 0.1, {}),
        analyses={"separability": separability},
        availability=pd.DataFrame({"split": ["train"], "asked": [22160], "got": [12345]}),
        availability_words=["train: 12,345 of 22,160 clips (55.7%).", f"No clip of {EVIL}."],
        left_out=left_out,
        jobs=pd.DataFrame(
            {
                "rule": ["train_network", "train_network", "write_config"],
                "s": [100.0, 50.0, 1.0],
                "max_rss": [500.0, 600.0, np.nan],
            }
        ),
        versions={"Python": "3.11.9"},
    )


def changed(run: Run, **values: object) -> Page:
    return Page(render_page(TEMPLATE, dataclasses.replace(run, **values)))


def test_page_is_well_formed_and_the_same_each_time(run: Run) -> None:
    text = render_page(TEMPLATE, run)
    assert text == render_page(TEMPLATE, run)
    assert Page(text).open == []


def test_nothing_is_loaded_from_anywhere(run: Run) -> None:
    page = changed(run)
    for tag, attributes in page.elements:
        assert tag not in ("script", "link", "iframe", "object", "embed")
        for name in LOADING_ATTRIBUTES & set(attributes):
            assert attributes[name].startswith("data:image/png;base64,")
    for link in page.all("a"):
        assert not link["href"].startswith(("http:", "https:", "//", "/"))
    text = render_page(TEMPLATE, run)
    assert "url(" not in text
    assert "@import" not in text


def test_figures_are_embedded_byte_for_byte_with_size_and_caption(run: Run, png: bytes) -> None:
    page = changed(run)
    images = page.all("img")
    assert len(images) == 2
    for image in images:
        assert base64.b64decode(image["src"].partition(",")[2]) == png
        assert (image["width"], image["height"]) == ("150", "100")
        assert image["alt"]
    assert "Loss of every network of trial." in page.text


def test_values_from_outside_are_text_and_never_markup(run: Run) -> None:
    table = pd.DataFrame({"features": [EVIL, "b"], EVIL: [EVIL, "c"], "same": EVIL})
    config = {**run.config, "run": {"name": EVIL, "target": EVIL, "conditions": []}}
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
        scorecard=run.scorecard.assign(sentence=EVIL + "{ours}", **dict.fromkeys(written, EVIL)),
        captions={name: "Run {{ snakemake.config['run']['name'] }}" for name in run.figures},
    )
    assert page.open == []
    assert page.all("script") == []
    assert page.text.count("<script>alert") > 15


def test_notice_is_shown_where_there_is_one_and_only_there(run: Run) -> None:
    notices = [item for item in changed(run).all("p") if item.get("class") == "notice"]
    assert len(notices) == 1
    assert "Synthetic: no evidence" in changed(run).text
    page = changed(run, notice="")
    assert not [item for item in page.all("p") if item.get("class") == "notice"]


def test_every_verdict_is_explained_and_every_claim_has_a_row(run: Run) -> None:
    page = changed(run)
    shown = [item["class"] for item in page.all("span") if "verdict" in item.get("class", "")]
    headline, legend, scored = shown[:1], shown[1:5], shown[5:]
    # The second claim is from the same place in the paper as the first, and so no headline.
    assert headline == ["verdict good"]
    assert legend == [f"verdict {name}" for name in ("good", "partly", "bad", "unknown")]
    assert scored == [f"verdict {name}" for name in ("good", "partly", "unknown")]
    for verdict, times in (
        ("reproduced", 1),
        ("same direction", 1),
        ("not reproduced", 0),
        ("cannot be tested here", 1),
    ):
        assert re.search(rf"(?:\. |verdict: ){verdict} {times} [A-Z]", page.text), verdict
    assert "cannot be tested here the analysis detection is not in run.analyses in words" in (
        page.text
    )
    assert "with an AP of 0.875 ± 0.035. reproduced paper: 0.887 ± 0.005" in page.text


def test_every_claim_says_how_it_is_computed_and_judged(run: Run) -> None:
    page = changed(run, scorecard=score(CLAIMS, run.analyses, 0.1, {"claim_0": 0.02}))
    computed = "Ours: Average precision of a linear regression. Reproduced if our mean is within "
    for tolerance, times in (("2%", 1), ("10%", 1)):
        assert page.text.count(f"{computed}{tolerance} of the published value, and every") == times
    # The third has no published number to be near.
    assert page.text.count("Reproduced if every network is above what it is compared with") == 1
    assert "The tolerance is 10% of the published number, except where another" in page.text


def test_missing_numbers_are_dashes(run: Run) -> None:
    table = shown_table(run.analyses["separability"])
    assert [row[2] for row in table.rows] == ["0.850", DASH, "0.900"]
    assert "nan" not in changed(run, config_text="").text.lower()


def test_page_of_a_run_without_figures_analyses_and_measurements(run: Run) -> None:
    page = changed(
        run,
        figures={},
        captions={},
        analyses={},
        jobs=run.jobs.iloc[:0],
        left_out=run.left_out[run.left_out["reason"] == "kept"],
        scorecard=score(CLAIMS, {}, 0.1, {}),
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


def test_one_epoch_is_no_plural(run: Run) -> None:
    no_music = run.config["conditions"]["no_music"] | {"epochs": 1}
    conditions = run.config["conditions"] | {"no_music": no_music}
    text = changed(run, config=run.config | {"conditions": conditions}).text
    assert "weights of the best of 1 epoch 12,345" in text


def test_a_run_on_another_category_reads_right_without_published_numbers(run: Run) -> None:
    config = run.config | {"run": run.config["run"] | {"target": "dog_barks"}}
    scorecard = run.scorecard.assign(
        published=np.nan,
        features="no_dog_barks",
        criterion="every network is above what it is compared with",
    )
    page = changed(run, config=config, config_text="", scorecard=scorecard)
    assert "Do detectors of dog barks arise in a network" in page.text
    assert (
        "The analyses of Kim, Kim & Jeong (2024), Nature Communications 15:148, for dog barks"
        in (page.text)
    )
    assert "Scorecard: the findings, for dog barks" in page.text
    for of_the_paper in ("paper:", "Published (", "tolerance", "Flat", "in words", "published num"):
        assert of_the_paper not in page.text, of_the_paper
    assert [cell["colspan"] for cell in page.all("td") if "colspan" in cell] == ["5"] * 3
    assert "n = 2, no_dog_barks" in page.text
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
    assert rules.iloc[0].tolist() == ["train_network", 2, 150.0, 100.0, 600.0]


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
    with pytest.raises(ValueError, match="training has no caption"):
        changed(run, captions={})
    with pytest.raises(ValueError, match="training is no PNG"):
        changed(run, figures={"training": b"%PDF-1.7"})


def test_script_reads_what_a_run_left_behind(run: Run, png: bytes, tmp_path: Path) -> None:
    folder = tmp_path / "trial"
    benchmarks = folder / "benchmarks"
    (benchmarks / "train_network/no_music").mkdir(parents=True)
    row = "s\th:m:s\tmax_rss\n{}\t0:00:01\t{}\n"
    (benchmarks / "train_network/no_music/seed0.tsv").write_text(
        row.format(2.5, 400), encoding="utf-8"
    )
    (benchmarks / "list_clips.tsv").write_text(row.format(0.1, "-"), encoding="utf-8")
    (benchmarks / "write_report.tsv").write_text(row.format(99, 99), encoding="utf-8")
    files = {
        "template": ROOT / "rules/report/page.html.j2",
        "scorecard": tmp_path / "scorecard.csv",
        "config": tmp_path / "config.yaml",
    }
    run.scorecard.assign(notice="").to_csv(files["scorecard"], index=False)
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
    output = folder / "report.html"
    write_report.main(
        **files,
        figures=[tmp_path / "training.png"],
        captions=[tmp_path / "training.rst"],
        analyses=[tmp_path / "separability.csv"],
        availability=tmp_path / "availability.csv",
        availability_classes=tmp_path / "classes.csv",
        left_out=[tmp_path / "left_out.csv"],
        benchmarks=benchmarks,
        notice="",
        output=output,
    )
    page = Page(output.read_text(encoding="utf-8"))
    assert "2 jobs, 2.60 s" in page.text
    assert "17,000 of 22,160 clips (76.7%); the paper had 19,539; missing: 5,160" in page.text
    assert "17,585 is the 90% of 19,539 training clips" in page.text
    assert "no clip is left of 1 class: Yodel" in page.text
    assert "No clip was excluded by hand from the training of no_music" in page.text
    assert f"list_clips 1 0.100 0.100 {DASH}" in page.text
    assert f"{folder}/analyses/separability.csv" in page.text


def test_jobs_of_a_run_without_benchmarks_are_none(tmp_path: Path) -> None:
    assert read_benchmarks(tmp_path / "absent").empty
