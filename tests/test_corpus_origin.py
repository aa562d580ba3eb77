"""A corpus' folder belongs to one origin: what is the same, what is refused, what is recorded."""

import os
import shutil
from pathlib import Path

import pytest
import yaml
from configured import checked, configure

from plumbing.config.settings import ConfigError
from plumbing.corpus_origin import origin_problems, record_origin
from storage.clips import AskedClip, ClipRow, write_clip_shard

RECORD = Path("results/clips/mine/origin.yaml")


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    """A project's folder beside recordings and their tables."""
    monkeypatch.chdir(tmp_path)
    for name in ("a", "b"):
        (tmp_path / name / "audio").mkdir(parents=True)
        for split in ("train", "test"):
            (tmp_path / name / f"{split}.csv").write_text(f"# {name} {split}\n", encoding="utf-8")
    return tmp_path


def own(name: str = "a", **changes) -> dict:
    """The section `corpus` of recordings in folder `name`."""
    tables = {f"{split}_segments": f"{name}/{split}.csv" for split in ("train", "test")}
    corpus = {"name": "mine", "sources": ["folder"], "folder": f"{name}/audio", "tables": tables}
    return configure(preset="recordings", corpus=corpus | changes)["corpus"]


def demo(**changes) -> dict:
    return configure(preset="demo", corpus={"name": "mine"} | changes)["corpus"]


def hold(corpus: dict, source: str = "folder", recorded: bool = True) -> None:
    """Make the corpus' folder as a run leaves it: tables, a shard, and the record."""
    place = Path("results/clips") / corpus["name"]
    asked = AskedClip("abcdefghijk_0.000", "abcdefghijk", 0.0, 10.0, ("/m/04rlf",))
    write_clip_shard(place / "train/0.parquet", [ClipRow.failed(asked, source, "missing", "no")])
    (place / "tables").mkdir()
    for split in ("train", "test"):
        table = corpus["tables"][f"{split}_segments"]
        if isinstance(table, str) and table:
            shutil.copy(table, place / f"tables/{split}_segments.csv")
    if recorded:
        record_origin(corpus)


def test_a_folder_without_clips_is_nobodys():
    record_origin(own())
    assert origin_problems(demo()) == []


@pytest.mark.parametrize("recorded", [True, False])
def test_the_demo_does_not_write_over_recordings(recorded):
    hold(own(), recorded=recorded)
    (problem,) = origin_problems(demo())
    assert "results/clips/mine holds clips of" in problem
    assert "not of the synthetic demo; choose another corpus.name, or delete" in problem
    with pytest.raises(ConfigError, match=r"^corpus\.name: results/clips/mine holds"):
        checked(preset="demo", corpus={"name": "mine"})


@pytest.mark.parametrize("recorded", [True, False])
def test_recordings_do_not_take_the_place_of_the_demo(recorded):
    hold(demo(), source="demo", recorded=recorded)
    (problem,) = origin_problems(own())
    assert "holds clips of the synthetic demo, not of folder a/audio, a/train.csv" in problem


def test_what_was_being_downloaded_is_no_demo_either():
    Path("results/clips/mine/.fetched/train").mkdir(parents=True)
    assert "an earlier download, not of the synthetic demo" in origin_problems(demo())[0]
    assert origin_problems(own(sources=["youtube"])) == []


def test_other_recordings_are_refused_until_the_record_is_deleted():
    hold(own("a"))
    (problem,) = origin_problems(own("b"))
    assert (
        "holds clips of folder a/audio, a/train.csv, a/test.csv, not of folder b/audio" in problem
    )
    assert f"only {RECORD} if they are the same" in problem
    RECORD.unlink()
    assert origin_problems(own("b")) == []


def test_another_folder_is_refused_while_the_one_of_before_is_there():
    hold(own("a"))
    assert origin_problems(own("a", folder="b/audio"))
    shutil.rmtree("a/audio")
    assert origin_problems(own("a", folder="b/audio")) == []


def test_another_table_of_one_split_alone_is_refused():
    hold(own("a"))
    tables = own("a")["tables"] | {"test_segments": "b/test.csv"}
    assert origin_problems(own("a", tables=tables))


@pytest.mark.parametrize(
    "change",
    [
        {"sources": ["folder", "huggingface", "youtube"]},
        {"sources": ["youtube"]},
        {"shards": 7},
        {"channel": "first"},
        {"folder": "link/audio"},
        {"folder": str(Path("a/audio"))},
    ],
)
def test_what_leaves_the_clips_the_same_is_no_other_origin(change):
    hold(own())
    os.symlink("a", "link")
    assert origin_problems(own(**change)) == []


def test_recordings_that_moved_with_their_tables_are_the_same():
    hold(own("a"))
    shutil.move("a", "moved")
    assert origin_problems(own("moved")) == []


def test_an_edited_table_is_the_same_one():
    hold(own())
    Path("a/train.csv").write_text("# another line\n", encoding="utf-8")
    assert origin_problems(own()) == []


def test_a_mirror_may_be_added_and_then_stand_alone():
    def served(*places: str) -> dict:
        address = {"primary": places[0], "fallback": (*places, "")[1]}
        return own(sources=["youtube"], tables=dict.fromkeys(own()["tables"], address))

    hold(served("https://one.org/t.csv"))
    assert origin_problems(served("http://one.org/t.csv")) == []
    assert origin_problems(served("https://two.org/t.csv"))
    record_origin(served("https://two.org/t.csv", "https://one.org/t.csv"))
    assert origin_problems(served("https://two.org/t.csv")) == []


def test_the_demo_of_another_size_is_made_again():
    hold(demo(), source="demo")
    assert origin_problems(demo(demo={"train_clips": 80}, shards=3)) == []


def test_the_record_says_all_sources_there_have_been():
    hold(own())
    record_origin(own(sources=["youtube"]))
    record = yaml.safe_load(RECORD.read_text(encoding="utf-8"))
    assert record == {
        "sources": ["folder", "youtube"],
        "folder": "a/audio",
        "train_segments": ["a/train.csv"],
        "test_segments": ["a/test.csv"],
    }


def test_a_record_that_was_spoilt_is_refused():
    hold(own())
    RECORD.write_text("sources: folder\n", encoding="utf-8")
    with pytest.raises(ConfigError, match=r"origin\.yaml does not say where clips come from"):
        origin_problems(own())
