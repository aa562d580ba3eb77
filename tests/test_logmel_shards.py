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
    numbers = np.arange(len(names)) + offset
    return list(names), numbers, numbers / 2, values


@pytest.fixture
def shards(tmp_path):
    paths = [tmp_path / "0.arrow", tmp_path / "1.arrow"]
    write_logmel_shard(paths[0], [block("db"), block("f", 100)], BANDS)
    write_logmel_shard(paths[1], [block("ca", 200)], BANDS)
    return paths


def test_clips_come_back_by_id_in_the_order_asked_for(shards):
    logmel = LogMelShards(shards)
    assert list(logmel.clip_ids) == list("abcdf")
    assert (len(logmel), logmel.bands) == (5, BANDS)
    gathered = logmel.gather(["a", "d", "f"])
    assert gathered.dtype == np.float16
    np.testing.assert_array_equal(gathered[0], block("ca", 200)[3][1])
    np.testing.assert_array_equal(gathered[1], block("db")[3][0])
    np.testing.assert_array_equal(gathered[2], block("f", 100)[3][0])
    np.testing.assert_array_equal(logmel.levels(), [201, 1, 200, 0, 100])
    np.testing.assert_array_equal(logmel.heard_s(), [100.5, 0.5, 100, 0, 50])


def test_any_text_is_an_id_and_silence_a_level(tmp_path):
    ids, (*_, values) = ["ü", "", "日本_0.000"], block("abc")
    write_logmel_shard(tmp_path / "0.arrow", [(ids, [-np.inf, 1, 2], [3, 3, 3], values)], BANDS)
    pa.ipc.open_file(tmp_path / "0.arrow").read_all().validate(full=True)
    logmel = LogMelShards([tmp_path / "0.arrow"])
    assert list(logmel.clip_ids) == sorted(ids)
    np.testing.assert_array_equal(logmel.levels(), [1, -np.inf, 2])


def test_reading_imports_none_of_what_takes_long(shards):
    script = (
        "import sys; from storage.logmels import LogMelShards;"
        "next(LogMelShards(sys.argv[1:]).batches(['a', 'd'], 2));"
        "print({'pandas', 'pyarrow.compute'} & {*sys.modules})"
    )
    modules = Path(__file__).resolve().parents[1] / "workflow_scripts"
    command = [sys.executable, "-c", script, *shards]
    made = subprocess.run(
        command, cwd=modules, capture_output=True, text=True, check=True, encoding="utf-8"
    )
    assert made.stdout == "set()\n"


@pytest.mark.parametrize("short_clips", ["pad", "repeat"])
@pytest.mark.parametrize("dtype", [None, np.int16, np.float32])
def test_waveforms_come_in_batches_of_one_length(tmp_path, dtype, short_clips):
    lengths = [50, 80, 30, 10, 60]
    sounds = [np.arange(1, length + 1, dtype=np.int16) for length in lengths]
    rows = [
        ClipRow.found(AskedClip(f"{n}_0.000", str(n), 0.0, 1.0, ()), "x", encode_flac(sound))
        for n, sound in enumerate(sounds)
    ]
    write_clip_shard(tmp_path / "0.parquet", rows)
    ids, waveforms, own = [], [], []
    memory = None if dtype is None else np.empty((2, 60), dtype)
    how = {"out": memory, "short_clips": short_clips}
    for names, batch, samples in iterate_waveforms(tmp_path / "0.parquet", 60, 2, **how):
        assert batch.dtype == (dtype or np.float32)
        ids += names
        own += samples.tolist()
        waveforms += list(batch if memory is None else batch.copy())
    assert ids == [row.clip_id for row in rows]
    assert own == [50, 60, 30, 10, 60]
    mode = {"pad": "constant", "repeat": "wrap"}[short_clips]
    for waveform, sound in zip(waveforms, sounds, strict=True):
        expected = np.pad(sound[:60], (0, max(0, 60 - len(sound))), mode)
        np.testing.assert_array_equal(waveform, expected)


def test_batches_go_through_all_clips_once(shards):
    parts = list(LogMelShards(shards).batches(list("abcdf"), 2))
    assert [len(ids) for ids, _ in parts] == [2, 2, 1]
    assert [clip for ids, _ in parts for clip in ids] == list("abcdf")


def test_clips_of_several_lengths_lie_in_one_file_and_come_in_their_order(tmp_path):
    lengths = {"a": 6, "b": 6, "c": 6, "d": 9, "e": 2, "f": 2}
    spectrograms = {name: np.full((BANDS, frames), ord(name)) for name, frames in lengths.items()}
    blocks = [([name], [0], [1], values[None]) for name, values in spectrograms.items()]
    write_logmel_shard(tmp_path / "0.arrow", reversed(blocks), BANDS)
    pa.ipc.open_file(tmp_path / "0.arrow").read_all().validate(full=True)
    logmel = LogMelShards([tmp_path / "0.arrow"])
    parts = list(logmel.batches(logmel.clip_ids, 2))
    assert ["".join(ids) for ids, _ in parts] == ["ab", "c", "d", "ef"]
    for ids, values in parts:
        np.testing.assert_array_equal(values, [spectrograms[name] for name in ids])
    with pytest.raises(LogMelShardError, match=r"clips a and d have 6 and 9 frames .*0\.arrow"):
        logmel.gather(["a", "d"])
    with pytest.raises(LogMelShardError, match=r"0\.arrow has spectrograms of \(4, 2\), not of"):
        logmel.expect_shape(BANDS, 9)


def test_a_block_of_other_bands_is_refused(tmp_path):
    with pytest.raises(ValueError, match=r"2 clips of 5 bands .* \(2, 4, 6\)"):
        write_logmel_shard(tmp_path / "0.arrow", [block("ab")], 5)


def test_a_shard_without_clips_is_a_shard(tmp_path):
    write_logmel_shard(tmp_path / "0.arrow", [], BANDS)
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
    write_logmel_shard(tmp_path / "2.arrow", [], BANDS + 1)
    with pytest.raises(LogMelShardError, match=r"2\.arrow has spectrograms of 5 bands, the shards"):
        LogMelShards([*shards, tmp_path / "2.arrow"])


def test_a_failure_while_writing_leaves_no_file(tmp_path):
    def blocks():
        yield block("ab")
        raise RuntimeError("the disk is full")

    with pytest.raises(RuntimeError, match="disk is full"):
        write_logmel_shard(tmp_path / "0.arrow", blocks(), BANDS)
    assert list(tmp_path.iterdir()) == []
