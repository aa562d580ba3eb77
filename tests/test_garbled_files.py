"""Files that jobs keep for later, cut short or with a wrong byte: told or made again, never used.

What Snakemake knows of has a checksum beside it, see test_job.py. These files it does not know, or
they are read long after by another run.
"""

from __future__ import annotations

import logging
import random
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from test_fetching import FLAC, ScriptedSource, clips, fetch, rows_of
from test_huggingface_source import asked_clip, hub, sounds, source_of  # noqa: F401
from test_training import DIGEST, SHORT, assert_same, run

from plumbing import checksums
from science.network.training_state import TrainingState
from sources.fetching.clip_cache import ClipCache
from sources.interface import SourceStopped
from storage.clips import ClipRow, read_clip_table, write_clip_shard
from storage.networks import load_network, save_network
from storage.training import ResumePoint
from storage.whole_files import read_checked, write_checked

GARBLED = 150
SEED = 18


def spoilt(content: bytes) -> Iterator[bytes]:
    """The content cut short, and with one byte another, many times."""
    draw = random.Random(SEED)
    for number in range(GARBLED):
        place = draw.randrange(len(content))
        wrong = bytes([content[place] ^ draw.randrange(1, 256)])
        yield content[:place] if number % 5 == 0 else content[:place] + wrong + content[place + 1 :]


def outcome(reads: Callable[[], Any]) -> tuple[Any, str]:
    """What was read, or else the sentence of the refusal."""
    try:
        return reads(), ""
    except ValueError as error:
        return None, str(error)


def test_a_changed_byte_of_any_output_is_refused_by_the_next_job(tmp_path: Path):
    path = tmp_path / "table.csv"
    path.write_bytes(b"clip_id,share\na,0.25\nb,0.75\n")
    checksums.record([path])
    checksums.refuse_changed([path, tmp_path / "absent.csv"])
    for garbled in spoilt(path.read_bytes()):
        path.write_bytes(garbled)
        with pytest.raises(checksums.ChangedFileError, match=r"table\.csv is not as it was"):
            checksums.refuse_changed([path])


@pytest.mark.parametrize("text", ["", "0f", "no checksum\n"])
def test_a_checksum_that_was_not_written_whole_refuses_nothing(tmp_path: Path, text: str):
    path = tmp_path / "table.csv"
    path.write_bytes(b"clip_id\n")
    checksums.record([path])
    checksums.place_of(path).write_text(text, encoding="utf-8")
    checksums.refuse_changed([path])


def test_checksums_are_of_the_form_that_sha256sum_reads(tmp_path: Path):
    path = tmp_path / "empty.csv"
    path.touch()
    checksums.record([path])
    of_nothing = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    text = (tmp_path / ".checksums/empty.csv.sum").read_text(encoding="utf-8")
    assert text == f"{of_nothing}  empty.csv\n"


@pytest.fixture(scope="module")
def state() -> TrainingState:
    return run(replace(SHORT, epochs=1))[1][0]


def test_no_training_goes_on_from_a_wrong_number(tmp_path: Path, state: TrainingState, caplog):
    point = ResumePoint.beside(tmp_path / "weights.pt", DIGEST)
    point.save(state)
    begun_again = 0
    for garbled in spoilt(point.path.read_bytes()):
        point.path.write_bytes(garbled)
        with caplog.at_level(logging.CRITICAL):
            found = point.load()
        begun_again += found is None
        if found is not None:  # a byte between the parts
            assert_same(found.weights, state.weights)
    assert begun_again > GARBLED / 2


def test_a_network_of_wrong_numbers_is_refused_by_name(tmp_path: Path):
    from science.network.cnn import NetworkSettings, build_network

    settings = NetworkSettings(channels=(2, 2, 4, 4), hidden=4)
    weights = build_network(settings, 3, seed=0).state_dict()
    path = tmp_path / "weights.pt"
    save_network(path, weights, settings, ["a", "b", "c"], {})
    refused = 0
    for garbled in spoilt(path.read_bytes()):
        path.write_bytes(garbled)
        found, said = outcome(lambda: load_network(path).state_dict())
        assert str(path) in said or all(torch.equal(found[n], weights[n]) for n in weights)
        refused += found is None
    assert refused > GARBLED / 2


def test_an_answer_that_was_kept_is_whole_or_asked_for_again(tmp_path: Path):
    cache = ClipCache(tmp_path, ["a"])
    clip = clips(1)[0]
    cache.put(ClipRow.found(clip, "a", FLAC, "detail"))
    kept = cache.get(clip)
    (path,) = tmp_path.glob("*/*.clip")
    asked_again = 0
    for garbled in spoilt(path.read_bytes()):
        path.write_bytes(garbled)
        found = cache.get(clip)
        assert found in (None, kept)
        asked_again += found is None
    assert asked_again > 0.9 * GARBLED


def test_sounds_of_a_damaged_shard_are_asked_for_again_once_it_is_deleted(tmp_path: Path):
    """Its second name in the cache is the same file, as damaged."""
    asked = clips(150)
    fetch(asked, [ScriptedSource("a")], tmp_path)
    shard = tmp_path / "00.parquet"
    before, content = rows_of(shard), shard.read_bytes()
    place = content.rindex(FLAC) + len(FLAC) // 2
    with shard.open("r+b") as file:
        file.seek(place)
        file.write(bytes([content[place] ^ 1]))
    shard.unlink()
    again = ScriptedSource("a")
    fetch(asked, [again], tmp_path)
    assert rows_of(shard) == before
    assert 0 < len(again.asked) < len(asked)


def test_a_table_of_clips_with_a_wrong_byte_is_refused_or_the_same(tmp_path: Path):
    path = tmp_path / "0.parquet"
    write_clip_shard(path, [ClipRow.found(clip, "a", FLAC) for clip in clips(70)])
    whole = read_clip_table([path])
    content, refused = path.read_bytes(), 0
    pages = content.index(b"PAR1", 4)
    for garbled in spoilt(content[:pages]):
        path.write_bytes(garbled + content[len(garbled) :][: 0 if len(garbled) < pages else None])
        found, said = outcome(lambda: read_clip_table([path]))
        assert str(path) in said or found.equals(whole)
        refused += found is None
    assert refused > GARBLED / 10


def test_the_mirrors_index_is_asked_for_again_and_its_state_is_not(hub, tmp_path: Path):  # noqa: F811
    asked = asked_clip(0)
    found = source_of(hub, tmp_path).fetch(asked)
    whole = {index: index.read_bytes() for index in tmp_path.rglob("index/*/*.json")}
    for how in (lambda text: text[:-9], lambda text: text.replace(b"0", b"1", 1), lambda _: b""):
        for index, content in whole.items():
            index.write_bytes(how(content))
        assert source_of(hub, tmp_path).fetch(asked) == found
        assert {index: index.read_bytes() for index in whole} == whole
    (state_read,) = {*tmp_path.rglob("*.json")} - {*whole}
    state_read.write_bytes(state_read.read_bytes()[:-9])
    with pytest.raises(SourceStopped, match=r"\.json is not as it was written.*delete it and run"):
        source_of(hub, tmp_path).fetch(asked)


def test_values_below_a_checksum_come_back_or_are_refused(tmp_path: Path):
    path = tmp_path / "index.json"
    for value in ([["a", "b"], []], ["commit", ["x.parquet"]]):
        write_checked(path, value)
        assert read_checked(path) == value
        for garbled in spoilt(path.read_bytes()):
            path.write_bytes(garbled)
            with pytest.raises(ValueError, match="index.json is not as it was written"):
                read_checked(path)


def test_a_folder_of_outputs_is_looked_at_file_by_file(tmp_path):
    folder = tmp_path / "sounds"
    folder.mkdir()
    for name in ("a.ogg", "b.csv"):
        (folder / name).write_bytes(name.encode())
    checksums.record([folder])
    checksums.refuse_changed([folder])
    (folder / "b.csv").write_bytes(b"c.csv")
    changed = r"sounds/b\.csv is not as it was written .*: delete \S+/sounds and run again"
    with pytest.raises(checksums.ChangedFileError, match=changed):
        checksums.refuse_changed([folder])
    (folder / "b.csv").unlink()
    with pytest.raises(checksums.ChangedFileError, match=r"sounds/b\.csv is gone"):
        checksums.refuse_changed([folder])
