"""The account of what could be had adds up, and names what is gone."""

from __future__ import annotations

import random
from collections import Counter

import pandas
import pytest

from science.corpus.conditions import chosen_by_hash
from sources.availability import (
    PAPER_GOT,
    availability_by_class,
    availability_by_split,
    classes_without_clips,
)
from sources.availability_sentences import availability_sentences

NAMES = {f"/m/{n}": f"Class {n}" for n in range(8)}


@pytest.fixture(scope="module")
def clips():
    generator = random.Random(3)
    rows = []
    for number in range(600):
        labels = generator.sample([f"/m/{n}" for n in range(7)], generator.randint(1, 3))
        status = generator.choice(["ok", "ok", "ok", "removed", "private", "network"])
        if "/m/5" in labels:
            status = "removed"
        source = generator.choice(["folder", "youtube"])
        split = generator.choice(["train", "test"])
        rows.append((f"c{number}", split, labels, status, source))
    return pandas.DataFrame(rows, columns=["clip_id", "split", "labels", "status", "source"])


def test_the_splits_add_up_and_stand_beside_the_paper(clips):
    table = availability_by_split(clips).set_index("split")
    for split, part in clips.groupby("split"):
        row, statuses = table.loc[split], Counter(part["status"])
        assert row["asked"] == len(part)
        assert row["got"] == statuses.pop("ok")
        assert {s: row[f"missing_{s}"] for s in statuses} == dict(statuses)
        assert row["got_from_folder"] + row["got_from_youtube"] == row["got"]
        assert row["got_fraction"] == pytest.approx(row["got"] / len(part))
    assert table.loc["train", "paper_got"] == 19_539
    assert table.loc["test", "paper_got"] == 17_902
    assert table.loc["train", "paper_fraction"] == pytest.approx(19_539 / 22_160)
    assert table.loc["test", "paper_fraction"] == pytest.approx(17_902 / 20_371)
    assert "17,585" in table.loc["train", "paper_note"]


def test_the_papers_own_counts_fit_the_tables_with_these_sizes_and_not_as_printed():
    """Pure, non-music and mixed clips: asked for in the tables, and had by the paper's analyses."""
    asked = {"train": (5_679, 13_202, 3_279), "test": (4_528, 12_436, 3_407)}
    analysed = {"train": (4_539, 10_483), "test": (3_999, 11_010)}

    def spread_of_shares(split: str, clips: float, part: float = 1.0) -> float:
        pure, others = (number / part for number in analysed[split])
        had = (pure, others, clips - pure - others)
        shares = [here / all_of_kind for here, all_of_kind in zip(had, asked[split], strict=True)]
        return max(shares) - min(shares)

    validates = chosen_by_hash(map(str, range(PAPER_GOT["train"])), 0.1, "0")
    assert (~validates).sum() == 17_585
    assert spread_of_shares("train", PAPER_GOT["train"], part=0.9) < 0.025
    assert spread_of_shares("test", PAPER_GOT["test"]) < 0.04
    assert spread_of_shares("train", 17_902) > 0.08
    assert spread_of_shares("test", 17_585) > 0.12


def test_the_classes_count_every_label_of_a_clip(clips):
    table = availability_by_class(clips, NAMES).set_index(["split", "mid"])
    for split, part in clips.groupby("split"):
        for mid, name in NAMES.items():
            having = part[[mid in labels for labels in part["labels"]]]
            row = table.loc[split, mid]
            assert row["display_name"] == name
            assert row["asked"] == len(having)
            assert row["got"] == (having["status"] == "ok").sum()
            for status in ("removed", "private", "network"):
                assert row[f"missing_{status}"] == (having["status"] == status).sum()


def test_a_class_with_no_clips_left_is_named(clips):
    gone = classes_without_clips(availability_by_class(clips, NAMES))
    assert set(gone["mid"]) == {"/m/5"}
    assert set(gone["split"]) == {"train", "test"}
    sentences = availability_sentences(availability_by_split(clips), gone)
    assert sum("Class 5" in sentence for sentence in sentences) == 2
    assert any("the paper had 17,902" in sentence for sentence in sentences)
    assert sum("the wrong way round" in sentence for sentence in sentences) == 1


def test_a_split_that_the_paper_lacks_has_no_comparison(clips):
    own = availability_by_split(clips.assign(split="own"))
    assert own["paper_got"].isna().all()
    assert own["paper_note"].isna().all()
    none = classes_without_clips(availability_by_class(clips, NAMES)).iloc[:0]
    assert not any("paper" in sentence for sentence in availability_sentences(own, none))


def test_a_whole_corpus_has_no_reasons(clips):
    whole = clips.assign(status="ok")
    table = availability_by_split(whole)
    assert (table["got_fraction"] == 1).all()
    assert not [name for name in table.columns if name.startswith("missing_")]
    assert classes_without_clips(availability_by_class(whole, NAMES)).empty
