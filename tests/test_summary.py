"""The closing words of a run: what was found and where the report lies, whatever was run."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from plumbing.terminal.summary import clips_summary, closing_summary, unfinished_clips
from science.scorecard.claims import Claim, Selection
from science.scorecard.published import Published
from science.scorecard.verdicts import score

CLAIMS = [
    Claim(
        id=f"claim_{number}",
        sentence="Music is distinguished from other sounds with an AP of {ours}",
        ours=Selection(analysis, "average_precision", "no_music", category=None),
        compared_with=Selection(analysis, "chance", "no_music", category=None),
    )
    for number, analysis in enumerate(["separability", "separability", "detection"])
]
PUBLISHED = {
    "claim_0": Published("Results, separability", "0.887", "0.005"),
    "claim_1": Published("Results, separability (Fig. 1)", "0.50"),
    "claim_2": Published("Results, detection", "0.1"),
}


@pytest.fixture
def run(tmp_path: Path) -> Path:
    """A run whose separability alone was analysed, over three networks."""
    table = pd.DataFrame(
        {
            "features": "no_music",
            "seed": [0, 1, 2],
            "average_precision": [0.85, 0.86, 0.90],
            "chance": 0.2,
        }
    )
    scorecard = score(CLAIMS, {"separability": table}, PUBLISHED, True, 0.1, {})
    scorecard.assign(notice="Synthetic").to_csv(tmp_path / "scorecard.csv", index=False)
    return tmp_path


def test_headline_says_ours_the_papers_and_the_verdict_in_words(run: Path) -> None:
    words = " ".join(closing_summary(str(run)).split())
    spread = np.std([0.85, 0.86, 0.90], ddof=1)
    assert f"Music is distinguished from other sounds with an AP of 0.870 ± {spread:.3f}" in words
    assert "3 networks; paper: 0.887 ± 0.005; reproduced" in words
    assert words.count("paper:") == 1  # the second is from the same place, the third untested
    assert f"2 more published findings: {run / 'scorecard.csv'}" in words
    assert "Of all 3: 1 reproduced, 1 same direction, 1 cannot be tested" in words
    assert "{ours}" not in words


def test_findings_on_another_category_are_named_so_and_have_no_published_number(run: Path) -> None:
    scorecard = pd.read_csv(run / "scorecard.csv")
    scorecard.assign(printed="", category="dog_barks").to_csv(run / "scorecard.csv", index=False)
    words = " ".join(closing_summary(str(run)).split())
    assert "Synthetic The findings of Kim, Kim & Jeong (2024), for dog barks: Music is" in words
    assert "3 networks; reproduced" in words
    assert "paper:" not in words
    assert f"2 more findings: {run / 'scorecard.csv'}" in words


def test_an_exact_number_has_no_spread_of_rounding(run: Path) -> None:
    table = pd.DataFrame(
        {
            "features": "no_music",
            "seed": [0, 1, 2],
            "average_precision": 0.04703065134099617,
            "chance": 0.01,
        }
    )
    scorecard = score(CLAIMS, {"separability": table}, PUBLISHED, True, 0.1, {})
    scorecard.assign(notice="").to_csv(run / "scorecard.csv", index=False)
    assert "with an AP of 0.0470 ± 0.0000\n" in closing_summary(str(run))


def test_notice_comes_before_the_numbers_and_only_where_there_is_one(run: Path) -> None:
    lines = closing_summary(str(run)).split("\n")
    assert lines[1] == "Synthetic"
    table = pd.read_csv(run / "scorecard.csv").assign(notice="")
    table.to_csv(run / "scorecard.csv", index=False)
    assert "Synthetic" not in closing_summary(str(run))


def test_report_is_named_once_it_exists_and_the_folder_until_then(run: Path) -> None:
    assert closing_summary(str(run)).endswith(f"The results: {run}/")
    (run / "report.html").write_text("", encoding="utf-8")
    assert closing_summary(str(run)).endswith(f"The report: {run / 'report.html'}")


def test_a_run_without_scorecard_names_its_folder_only(tmp_path: Path) -> None:
    assert closing_summary(str(tmp_path)).strip() == f"The results: {tmp_path}/"


def test_a_scorecard_of_another_shape_is_said_to_be_one(run: Path) -> None:
    table = pd.read_csv(run / "scorecard.csv").drop(columns="printed")
    table.to_csv(run / "scorecard.csv", index=False)
    assert "has no column 'printed': delete it and run again" in closing_summary(str(run))


def test_after_another_failure_nothing_is_said_of_clips(tmp_path: Path) -> None:
    log = tmp_path / "x.log"
    log.write_text("Error in rule train_network:\n", encoding="utf-8")
    assert unfinished_clips(str(tmp_path), 2, [str(log)]) == ""
    log.write_text("Error in rule fetch_clips:\n", encoding="utf-8")
    assert "train: 0 of 2 shards finished" in unfinished_clips(str(tmp_path), 2, [str(log)])


def test_the_clips_account_names_every_source_and_reason(tmp_path: Path) -> None:
    table = tmp_path / "analyses/availability.csv"
    table.parent.mkdir()
    table.write_text(
        "split,asked,got,got_from_a,got_from_b,missing_removed,missing_network\n"
        "test,3000,2990,2990,0,3,7\ntrain,5,5,2,3,0,0\n",
        encoding="utf-8",
    )
    test, train, where = clips_summary(str(tmp_path)).split("\n")[1:]
    assert (
        test == "test: 2,990 of 3,000 clips available (from a 2,990); missing: 7 network, 3 removed"
    )
    assert train == "train: 5 of 5 clips available (from b 3, from a 2)"
    assert str(table) in where
