"""Labels of clips, conditions and categories: as the scripts write them, on the paper's tables."""

from __future__ import annotations

import csv
import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import openpyxl
import pandas as pd
import pytest
from configured import configure

import fetch_table
import filter_labels
import label_category
import label_clips
import list_clips
from storage.clips import AskedClip, ClipRow, write_clip_shard
from storage.corpus_tables import FILE_OF_TABLE, read_asked_clips
from storage.labels import CategoryTable
from storage.tables import read_table, write_table

AUDIOSET = Path(__file__).resolve().parents[2] / "shared/audioset"
SEGMENTS = {"train": "balanced_train_segments.csv", "test": "eval_segments.csv"}
EXCLUDED = AUDIOSET / "manually_excluded_clips.xlsx"
MUSIC = ("/m/04rlf", "/m/015lz1", "/m/02fxyj")  # Music, Singing, Humming
SPEECH = ("/m/09x0r",)
ROOTS = {
    "music": MUSIC,
    "speech": SPEECH,
    "vehicle": ("/m/07yv9",),
    "animal": ("/m/0jbk",),
    "water": ("/m/0838f",),
}


def test_a_corpus_of_which_nothing_could_be_had_is_refused(tmp_path):
    shards = []
    for split in ("train", "test"):
        asked = AskedClip(f"{split}_0.000", split, 0.0, 10.0, ("/m/04rlf",))
        shards.append(tmp_path / split / "0.parquet")
        write_clip_shard(shards[-1], [ClipRow.failed(asked, "folder", "missing", "no file")])
    with pytest.raises(ValueError, match="The train split has no clip: 1 asked for, .* 1 missing"):
        label_clips.main(shards, 0.1, 0, tmp_path / "clips.parquet")
    assert not (tmp_path / "clips.parquet").exists()


def test_mixed_clips_and_those_that_validate_are_in_neither_group(tmp_path):
    rows = [
        (f"{split} {kind}", split, kind)
        for split in ("train", "validation", "test")
        for kind in ("pure", "none", "mixed")
    ]
    table = pd.DataFrame(rows, columns=["clip_id", "split", "kind"])
    write_table(tmp_path / "category.parquet", table)
    wanted = table["clip_id"].to_numpy()[::-1]
    pure, none = CategoryTable(tmp_path / "category.parquet").groups(wanted)
    assert wanted[pure].tolist() == ["test pure", "train pure"]
    assert wanted[none].tolist() == ["test none", "train none"]


class Counted:
    """The paper's tables, read and counted with plain loops."""

    def __init__(self) -> None:
        with (AUDIOSET / "class_labels_indices.csv").open(encoding="utf-8") as file:
            self.classes = [row["mid"] for row in csv.DictReader(file)]
        nodes = json.loads((AUDIOSET / "ontology.json").read_text(encoding="utf-8"))
        self.children = {node["id"]: node["child_ids"] for node in nodes}
        self.name_of = {node["id"]: node["name"] for node in nodes}
        sheet = openpyxl.load_workbook(EXCLUDED).worksheets[0]
        names = [str(cell.value) for cell in sheet["A"] if cell.value]
        self.excluded_rows = [
            name.removeprefix("Name:").strip().removesuffix(".wav") for name in names
        ]
        self.labels = {split: dict(self.clips(file)) for split, file in SEGMENTS.items()}

    def clips(self, file: str) -> Iterator[tuple[str, set[str]]]:
        for line in (AUDIOSET / file).read_text(encoding="utf-8").splitlines():
            if not line.startswith("#"):
                ytid, start, _, mids = line.split(", ", 3)
                yield f"{ytid}_{start}", set(mids.strip('"').split(","))

    def below(self, *roots: str) -> set[str]:
        """The classes among some nodes and all below them."""
        found = {mid for root in roots for mid in self.below(*self.children[root])}
        return found | (set(roots) & set(self.classes))

    def kinds(self, split: str, roots: tuple[str, ...]) -> Counter[str]:
        inside = self.below(*roots)
        return Counter(
            "pure" if labels <= inside else "mixed" if labels & inside else "none"
            for labels in self.labels[split].values()
        )

    def kept(self, name: str) -> set[str]:
        """The training clips that a condition of the paper keeps."""
        if name in ("music", "untrained"):
            return set(self.labels["train"])
        left_out = self.below(*MUSIC, *(SPEECH if name == "no_music_no_speech" else ()))
        return {
            clip_id
            for clip_id, labels in self.labels["train"].items()
            if not labels & left_out and clip_id not in self.excluded_rows
        }


@pytest.fixture(scope="module")
def counted() -> Counted:
    if not EXCLUDED.exists():
        pytest.skip(f"{AUDIOSET} absent")
    return Counted()


@pytest.fixture(scope="module")
def labelled(counted, tmp_path_factory) -> Path:
    """The labels of the preset `paper`, had every clip been there; no sound is needed for them."""
    folder = tmp_path_factory.mktemp("paper")
    config = configure(preset="paper")
    table = {name: folder / "tables" / file for name, file in FILE_OF_TABLE.items()}
    given = {f"{split}_segments": AUDIOSET / file for split, file in SEGMENTS.items()}
    given |= {"excluded_clips": EXCLUDED}
    for name, path in table.items():
        source = given.get(name, AUDIOSET / path.name)
        fetch_table.main(str(source), path, config["fetch"])
    class_tables = [table["class_labels"], table["ontology"]]
    lists = [folder / f"asked/{split}.parquet" for split in SEGMENTS]
    list_clips.main(
        tables=class_tables,
        segments=[table[f"{split}_segments"] for split in SEGMENTS],
        lists=lists,
        own=dict.fromkeys(SEGMENTS, ""),
        ids_of_videos=True,
        clip_s=config["logmel"]["clip_s"],
        target="music",
        target_classes=config["categories"]["music"],
    )
    shards = [folder / split / "0.parquet" for split in SEGMENTS]
    for asked, shard in zip(lists, shards, strict=True):
        rows = (ClipRow.found(clip, "folder", b"no sound") for clip in read_asked_clips(asked))
        write_clip_shard(shard, rows)
    clips = folder / "labels/clips.parquet"
    label_clips.main(shards, config["labels"]["validation_fraction"], config["seed"], clips)
    for name, condition in config["conditions"].items():
        filter_labels.main(
            shards=shards,
            clips=clips,
            tables=class_tables,
            excluded_clips=table["excluded_clips"] if condition["exclude_listed_clips"] else None,
            labels=folder / f"labels/{name}.parquet",
            left_out=folder / f"labels/left_out/{name}.csv",
            name=name,
            condition=condition,
            seed=config["seed"],
            trains=condition["epochs"] > 0,
        )
    for category, classes in config["categories"].items():
        path = folder / f"labels/categories/{category}.parquet"
        label_category.main(clips, class_tables, category, classes, path)
    return folder / "labels"


def test_the_papers_tables_are_those_that_its_numbers_are_about(counted):
    assert {split: len(clips) for split, clips in counted.labels.items()} == {
        "train": 22_160,
        "test": 20_371,
    }
    classes = {category: len(counted.below(*roots)) for category, roots in ROOTS.items()}
    assert classes == {"music": 158, "speech": 8, "vehicle": 44, "animal": 65, "water": 11}
    assert len(set(counted.classes) - counted.below(*MUSIC)) == 369
    (genre,) = (mid for mid, name in counted.name_of.items() if name == "Music genre")
    assert len(set(counted.children[genre]) & set(counted.classes)) == 25
    excluded, music = set(counted.excluded_rows), counted.below(*MUSIC)
    assert (len(counted.excluded_rows), len(excluded)) == (507, 503)
    of_train = counted.labels["train"]
    assert excluded <= set(of_train)
    assert sum(not of_train[clip] & music for clip in excluded) == 498


def test_categories_have_the_clips_that_the_papers_tables_give_them(counted, labelled):
    for category, roots in ROOTS.items():
        table = read_table(
            labelled / f"categories/{category}.parquet", ["clip_id", "split", "kind"]
        )
        corpus = table["split"].replace("validation", "train")
        found = {split: Counter(table.loc[corpus == split, "kind"]) for split in SEGMENTS}
        assert found == {split: counted.kinds(split, roots) for split in SEGMENTS}
        if category == "music":
            assert found["train"] == {"pure": 5_679, "none": 13_202, "mixed": 3_279}
            assert found["test"] == {"pure": 4_528, "none": 12_436, "mixed": 3_407}


def test_a_tenth_of_the_training_clips_validates_in_every_condition(labelled):
    clips = read_table(labelled / "clips.parquet", ["clip_id", "split"])
    assert clips["split"].value_counts().to_dict() == {
        "train": 19_944,
        "validation": 2_216,
        "test": 20_371,
    }
    table = read_table(labelled / "categories/music.parquet", ["clip_id", "split", "kind"])
    assert table[["clip_id", "split"]].equals(clips)
    training = table[table["split"] != "test"]
    kinds = training.groupby("kind")["split"].apply(lambda split: (split == "validation").mean())
    # Four standard errors of the smallest kind, 3,279 mixed clips, are 2%.
    assert kinds.between(0.08, 0.12).all()
    groups = CategoryTable(labelled / "categories/music.parquet").groups(training["clip_id"])
    for kind, group in zip(("pure", "none"), groups, strict=True):
        expected = (training["kind"] == kind) & (training["split"] == "train")
        assert (group == expected).all()


def test_conditions_train_on_the_clips_that_a_plain_loop_finds(counted, labelled):
    split_of = read_table(labelled / "clips.parquet", ["clip_id", "split"]).set_index("clip_id")
    kept = {name: counted.kept(name) for name in configure(preset="paper")["run"]["conditions"]}
    # Non-music clips without those excluded by hand, of which five carry a music label.
    assert len(kept["no_music"]) == 13_202 - 498
    for name, clips in kept.items():
        table = read_table(labelled / f"{name}.parquet", ["clip_id", "split", "targets"])
        used = table[table["split"].notna()].set_index("clip_id")
        assert set(used.index) == clips | set(counted.labels["test"])
        assert used["split"].equals(split_of.loc[used.index, "split"])
        known = counted.labels["train"] | counted.labels["test"]
        if name == "random_labels":
            training = used[used["split"] != "test"]["targets"]
            assert (training.str.len() == [len(known[clip]) for clip in training.index]).all()
            true = Counter(label for clip in training.index for label in known[clip])
            assert Counter(training.explode()) == true
            same = sum(set(labels) == known[clip] for clip, labels in training.items())
            assert same < 0.2 * len(training)
        else:
            assert all(set(labels) == known[clip] for clip, labels in used["targets"].items())
