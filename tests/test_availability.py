"""The account of what could be had adds up, and names what is gone."""

from __future__ import annotations

import random
from collections import Counter

import pandas
import pytest

from sources.availability import (
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
    assert table.loc["train", "paper_got"] == 17_902
    assert table.loc["test", "paper_got"] == 17_585
    assert table.loc["train", "paper_fraction"] == pytest.approx(17_902 / 22_160)


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


def test_a_split_that_the_paper_lacks_has_no_comparison(clips):
    own = availability_by_split(clips.assign(split="own"))
    assert own["paper_got"].isna().all()
    assert (
        "paper"
        not in availability_sentences(
            own, classes_without_clips(availability_by_class(clips, NAMES)).iloc[:0]
        )[0]
    )


def test_a_whole_corpus_has_no_reasons(clips):
    whole = clips.assign(status="ok")
    table = availability_by_split(whole)
    assert (table["got_fraction"] == 1).all()
    assert not [name for name in table.columns if name.startswith("missing_")]
    assert classes_without_clips(availability_by_class(whole, NAMES)).empty


def test_a_table_without_the_columns_is_refused(clips):
    with pytest.raises(ValueError, match="status"):
        availability_by_split(clips.drop(columns="status"))
