"""A corpus of which nothing could be had is refused as soon as its clips are known."""

import pytest

import filter_labels
import label_clips
from sources.demo import ontology as demo_ontology
from storage.clips import AskedClip, ClipRow, write_clip_shard
from storage.corpus_tables import FILE_OF_TABLE


@pytest.fixture
def corpus(tmp_path):
    """Shards of both splits in which every clip is missing, and the tables."""
    shards = []
    for split in ("train", "test"):
        asked = AskedClip(f"{split}_0.000", split, 0.0, 10.0, ("/m/04rlf",))
        shards.append(tmp_path / split / "0.parquet")
        write_clip_shard(shards[-1], [ClipRow.failed(asked, "folder", "missing", "no file")])
    texts = dict.fromkeys(FILE_OF_TABLE, "") | {
        "class_labels": demo_ontology.class_labels_csv(),
        "ontology": demo_ontology.ontology_json(),
    }
    tables = [tmp_path / name for name in FILE_OF_TABLE.values()]
    for path, text in zip(tables, map(texts.get, FILE_OF_TABLE), strict=True):
        path.write_text(text, encoding="utf-8")
    return {"shards": shards, "tables": tables}


@pytest.mark.parametrize("trains", [True, False])
def test_no_condition_is_labelled_not_even_one_that_trains_nothing(corpus, tmp_path, trains):
    condition = {"exclude_labels": [], "exclude_listed_clips": False, "label_mode": "given"}
    outputs = {"labels": tmp_path / "labels.parquet", "left_out": tmp_path / "left_out.csv"}
    with pytest.raises(ValueError, match="The train split has no clip: 1 asked for, .* 1 missing"):
        filter_labels.main(
            **corpus,
            **outputs,
            name="untrained",
            condition=condition,
            validation_fraction=0.1,
            seed=0,
            trains=trains,
        )
    assert not any(path.exists() for path in outputs.values())


def test_no_clip_is_listed(corpus, tmp_path):
    with pytest.raises(ValueError, match="The train split has no clip"):
        label_clips.main(corpus["shards"], tmp_path / "clips.parquet")
