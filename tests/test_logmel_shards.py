"""Log-Mel shards: what is written comes back, mapped, by id; what is broken is named."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from science.sound.waveforms import encode_flac
from storage.clips import AskedClip, ClipRow, write_clip_shard
from storage.logmels import LogMelShardError, LogMelShards, write_logmel_shard
from storage.waveforms import iterate_waveforms

BANDS, FRAMES = 4, 6


def block(names: str, offset: float = 0.0):
    values = np.arange(len(names) * BANDS * FRAMES).reshape(-1, BANDS, FRAMES) + offset
    return list(names), np.arange(len(names)) + offset, values


@pytest.fixture
def shards(tmp_path):
    paths = [tmp_path / "0.arrow", tmp_path / "1.arrow"]
    write_logmel_shard(paths[0], [block("db"), block("f", 100)], BANDS, FRAMES)
    write_logmel_shard(paths[1], [block("ca", 200)], BANDS, FRAMES)
    return paths


def test_clips_come_back_by_id_in_the_order_asked_for(shards):
    logmel = LogMelShards(shards)
    assert list(logmel.clip_ids) == list("abcdf")
    assert (len(logmel), logmel.shape, "e" in logmel) == (5, (BANDS, FRAMES), False)
    gathered = logmel.gather(["a", "d", "f"])
    assert gathered.dtype == np.float16
    np.testing.assert_array_equal(gathered[0], block("ca", 200)[2][1])
    np.testing.assert_array_equal(gathered[1], block("db")[2][0])
    np.testing.assert_array_equal(gathered[2], block("f", 100)[2][0])
    np.testing.assert_array_equal(logmel.levels(["a", "d", "f"]), [201, 0, 100])


def test_any_text_is_an_id_and_silence_a_level(tmp_path):
    ids, (_, _, values) = ["ü", "", "日本_0.000"], block("abc")
    write_logmel_shard(tmp_path / "0.arrow", [(ids, [-np.inf, 1, 2], values)], BANDS, FRAMES)
    pa.ipc.open_file(tmp_path / "0.arrow").read_all().validate(full=True)
    logmel = LogMelShards([tmp_path / "0.arrow"])
    assert list(logmel.clip_ids) == sorted(ids)
    np.testing.assert_array_equal(logmel.levels(ids), [-np.inf, 1, 2])


def test_reading_imports_none_of_what_takes_long(shards):
    script = (
        "import sys; from storage.logmels import LogMelShards;"
        "LogMelShards(sys.argv[1:]).gather(['a', 'd']);"
        "print({'pandas', 'pyarrow.compute'} & {*sys.modules})"
    )
    modules = Path(__file__).resolve().parents[1] / "workflow_scripts"
    command = [sys.executable, "-c", script, *shards]
    made = subprocess.run(
        command, cwd=modules, capture_output=True, text=True, check=True, encoding="utf-8"
    )
    assert made.stdout == "set()\n"


@pytest.mark.parametrize("dtype", [None, np.int16, np.float32])
def test_waveforms_come_in_batches_of_one_length(tmp_path, dtype):
    lengths = [50, 80, 30, 10, 60]
    sounds = [np.arange(1, length + 1, dtype=np.int16) for length in lengths]
    rows = [
        ClipRow.found(AskedClip(f"{n}_0.000", str(n), 0.0, 1.0, ()), "x", encode_flac(sound))
        for n, sound in enumerate(sounds)
    ]
    write_clip_shard(tmp_path / "0.parquet", rows)
    ids, waveforms = [], []
    memory = None if dtype is None else np.empty((2, 60), dtype)
    for names, batch in iterate_waveforms(tmp_path / "0.parquet", 60, 2, out=memory):
        assert batch.dtype == (dtype or np.float32)
        ids += names
        waveforms += list(batch if memory is None else batch.copy())
    assert ids == [row.clip_id for row in rows]
    for waveform, sound in zip(waveforms, sounds, strict=True):
        np.testing.assert_array_equal(waveform, np.pad(sound[:60], (0, max(0, 60 - len(sound)))))


def test_batches_go_through_all_clips_once(shards):
    parts = list(LogMelShards(shards).batches(list("abcdf"), 2))
    assert [len(ids) for ids, _ in parts] == [2, 2, 1]
    assert [clip for ids, _ in parts for clip in ids] == list("abcdf")


def test_a_shard_without_clips_is_a_shard(tmp_path):
    write_logmel_shard(tmp_path / "0.arrow", [], BANDS, FRAMES)
    assert len(LogMelShards([tmp_path / "0.arrow"])) == 0


def test_spectrograms_stay_on_disk(shards):
    before = pa.total_allocated_bytes()
    logmel = LogMelShards(shards)
    assert pa.total_allocated_bytes() == before
    assert len(logmel) == 5


@pytest.mark.parametrize("kept", [0.3, 0.9])
def test_a_truncated_shard_is_named_with_what_to_do(shards, kept):
    content = shards[0].read_bytes()
    shards[0].write_bytes(content[: int(len(content) * kept)])
    with pytest.raises(LogMelShardError, match=r"0\.arrow .*delete it and run again"):
        LogMelShards(shards)


def test_a_shard_or_a_clip_that_is_not_there_is_named(shards, tmp_path):
    with pytest.raises(
        LogMelShardError, match=r"^there is no log-Mel shard .*gone\.arrow; run again"
    ):
        LogMelShards([tmp_path / "gone.arrow"])
    with pytest.raises(
        LogMelShardError, match=r"^clip z is in none of 2 log-Mel shards .*0\.arrow"
    ):
        LogMelShards(shards).gather(["a", "z"])


def test_spectrograms_of_other_settings_are_named(shards):
    LogMelShards(shards).expect_shape(BANDS, FRAMES)
    with pytest.raises(
        LogMelShardError, match=rf"0\.arrow has .*, not of \({BANDS}, {FRAMES + 1}\)"
    ):
        LogMelShards(shards).expect_shape(BANDS, FRAMES + 1)


def test_a_shard_of_other_columns_is_named(tmp_path):
    path = tmp_path / "0.arrow"
    with pa.OSFile(str(path), "wb") as sink, pa.ipc.new_file(sink, pa.schema([("x", "i4")])):
        pass
    with pytest.raises(LogMelShardError, match=r"0\.arrow has columns \['x'\]"):
        LogMelShards([path])


def test_shards_of_other_settings_are_refused(shards, tmp_path):
    write_logmel_shard(tmp_path / "2.arrow", [], BANDS, FRAMES + 1)
    with pytest.raises(LogMelShardError, match=r"2\.arrow has spectrograms of \(4, 7\)"):
        LogMelShards([*shards, tmp_path / "2.arrow"])


def test_a_failure_while_writing_leaves_no_file(tmp_path):
    def blocks():
        yield block("ab")
        raise RuntimeError("the disk is full")

    with pytest.raises(RuntimeError, match="disk is full"):
        write_logmel_shard(tmp_path / "0.arrow", blocks(), BANDS, FRAMES)
    assert list(tmp_path.iterdir()) == []
