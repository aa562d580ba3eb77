"""Clip shards: what goes in comes out, sorted and whole, and damage is named."""

from __future__ import annotations

import hashlib
import tracemalloc

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from science.sound import waveforms
from storage import clips as clip_shards
from storage.clips import AskedClip, ClipRow, ClipShardError
from storage.whole_files import whole_file


def some_samples(seed: int, frames: int = 2_205) -> np.ndarray:
    return np.random.default_rng(seed).integers(-9_000, 9_000, frames).astype(np.int16)


def some_rows(count: int, frames: int = 2_205) -> list[ClipRow]:
    """Every third clip is missing; ids come unsorted."""
    rows = []
    for number in np.random.default_rng(3).permutation(count):
        asked = AskedClip(f"-_x{number:05d}_30.000", f"-_x{number:05d}", 30.0, 40.0, ("/m/04rlf",))
        if number % 3 == 2:
            rows.append(ClipRow.failed(asked, "folder", "missing", "no such file"))
        else:
            flac = waveforms.encode_flac(some_samples(int(number), frames))
            rows.append(ClipRow.found(asked, "folder", flac, "note"))
    return rows


def test_rows_come_back_sorted_and_complete(tmp_path):
    rows = some_rows(150)
    clip_shards.write_clip_shard(tmp_path / "deep" / "0.parquet", rows)
    table = clip_shards.read_clip_table([tmp_path / "deep" / "0.parquet"]).to_pylist()
    expected = [
        {name: getattr(row, name) for name in clip_shards.TABLE_COLUMNS} | {"labels": ["/m/04rlf"]}
        for row in sorted(rows, key=lambda row: row.clip_id)
    ]
    assert table == expected
    assert [path.name for path in (tmp_path / "deep").iterdir()] == ["0.parquet"]


def test_the_file_has_the_contract_s_columns_and_small_row_groups(tmp_path):
    clip_shards.write_clip_shard(tmp_path / "0.parquet", some_rows(150))
    shard = pq.ParquetFile(tmp_path / "0.parquet")
    assert shard.schema_arrow.names == [
        "clip_id",
        "start_s",
        "end_s",
        "labels",
        "status",
        "detail",
        "source",
        "flac",
    ]
    assert [shard.metadata.row_group(i).num_rows for i in range(3)] == [64, 64, 22]
    compression = {
        shard.metadata.row_group(0).column(i).path_in_schema: shard.metadata.row_group(0)
        .column(i)
        .compression
        for i in range(shard.metadata.num_columns)
    }
    assert compression.pop("flac") == "UNCOMPRESSED"
    assert set(compression.values()) == {"ZSTD"}


def test_clips_that_are_ok_decode_to_their_own_samples(tmp_path):
    rows = some_rows(150)
    clip_shards.write_clip_shard(tmp_path / "0.parquet", rows)
    clips = list(clip_shards.iterate_clips(tmp_path / "0.parquet"))
    assert [clip_id for clip_id, _ in clips] == sorted(r.clip_id for r in rows if r.status == "ok")
    for clip_id, samples in clips:
        assert np.array_equal(samples, some_samples(int(clip_id[3:8])))


def test_same_rows_in_any_order_give_the_same_bytes(tmp_path):
    rows = some_rows(70)
    clip_shards.write_clip_shard(tmp_path / "a.parquet", rows)
    clip_shards.write_clip_shard(tmp_path / "b.parquet", iter(rows[::-1]))
    assert (tmp_path / "a.parquet").read_bytes() == (tmp_path / "b.parquet").read_bytes()


def test_rows_that_come_sorted_give_the_same_bytes_and_others_are_refused(tmp_path):
    rows = sorted(some_rows(70), key=lambda row: row.clip_id)
    clip_shards.write_clip_shard(tmp_path / "0.parquet", rows[::-1])
    clip_shards.write_sorted_clip_shard(tmp_path / "1.parquet", iter(rows))
    assert (tmp_path / "0.parquet").read_bytes() == (tmp_path / "1.parquet").read_bytes()
    with pytest.raises(ValueError, match=f"clip {rows[0].clip_id} .* after {rows[1].clip_id}"):
        clip_shards.write_sorted_clip_shard(tmp_path / "2.parquet", [rows[1], rows[0]])
    assert not (tmp_path / "2.parquet").exists()


def test_writing_and_reading_hold_one_row_group_at_a_time(tmp_path):
    """Python's share of the memory; 4 times as many clips take no more of it."""
    peaks = {}
    flac = waveforms.encode_flac(some_samples(0, 50_000))
    for count in (256, 1_024):
        rows = (
            ClipRow.found(AskedClip(f"{i:06d}_0.000", f"{i:06d}", 0.0, 10.0, ()), "x", flac + b"")
            for i in range(count)
        )
        before = pa.total_allocated_bytes()
        tracemalloc.start()
        clip_shards.write_clip_shard(tmp_path / "0.parquet", rows)
        for _ in clip_shards.iterate_clips(tmp_path / "0.parquet"):
            assert pa.total_allocated_bytes() - before < 4 * 64 * len(flac)
        peaks[count] = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    assert peaks[1_024] < peaks[256] + 768 * 5_000


def test_columns_can_be_chosen_and_shards_joined(tmp_path):
    rows = some_rows(20)
    clip_shards.write_clip_shard(tmp_path / "b.parquet", rows[:10])
    clip_shards.write_clip_shard(tmp_path / "a.parquet", rows[10:])
    clip_shards.write_clip_shard(tmp_path / "empty.parquet", [])
    paths = [tmp_path / name for name in ("b.parquet", "empty.parquet", "a.parquet")]
    table = clip_shards.read_clip_table(paths, ["status", "clip_id"])
    assert table.column_names == ["status", "clip_id"]
    assert table["clip_id"].to_pylist() == sorted(r.clip_id for r in rows[:10]) + sorted(
        r.clip_id for r in rows[10:]
    )
    assert clip_shards.read_clip_table([], ["clip_id"]).num_rows == 0
    for column in ("flac", "ytid"):
        with pytest.raises(ValueError, match=f"no column {column}"):
            clip_shards.read_clip_table(paths, [column])


def read_all(path):
    return clip_shards.read_clip_table([path]), list(clip_shards.iterate_clips(path))


@pytest.mark.parametrize("kept", [0, 3, 0.5, 0.99])
def test_a_truncated_shard_is_named_with_the_way_out(tmp_path, kept):
    path = tmp_path / "7.parquet"
    clip_shards.write_clip_shard(path, some_rows(20))
    whole = path.read_bytes()
    path.write_bytes(whole[: kept if isinstance(kept, int) else int(kept * len(whole))])
    with pytest.raises(ClipShardError, match=r"7\.parquet is not a whole clip shard.*Delete it"):
        read_all(path)


def test_another_table_is_refused_by_its_columns(tmp_path):
    pq.write_table(pa.table({"clip_id": ["a"], "flac": [b""]}), tmp_path / "7.parquet")
    with pytest.raises(
        ClipShardError, match=r"7\.parquet.*columns are clip_id string, flac binary"
    ):
        read_all(tmp_path / "7.parquet")
    with pytest.raises(FileNotFoundError, match=r"8\.parquet is not there"):
        read_all(tmp_path / "8.parquet")


def test_a_clip_that_does_not_decode_is_named(tmp_path):
    asked = AskedClip("abc_0.000", "abc", 0.0, 10.0, ())
    clip_shards.write_clip_shard(
        tmp_path / "7.parquet", [ClipRow.found(asked, "x", b"fLaC but not really")]
    )
    with pytest.raises(ClipShardError, match=r"7\.parquet.*clip abc_0\.000"):
        read_all(tmp_path / "7.parquet")


def test_a_clip_given_twice_is_refused_and_leaves_the_old_shard(tmp_path):
    rows = some_rows(5)
    clip_shards.write_clip_shard(tmp_path / "0.parquet", rows)
    before = (tmp_path / "0.parquet").read_bytes()
    with pytest.raises(ValueError, match=f"two rows for clip {rows[0].clip_id}"):
        clip_shards.write_clip_shard(tmp_path / "0.parquet", [*rows, rows[0]])
    assert (tmp_path / "0.parquet").read_bytes() == before
    assert len(list(tmp_path.iterdir())) == 1


def test_rows_and_clips_refuse_what_readers_could_not_rely_on():
    asked = AskedClip("abc_0.000", "abc", 0.0, 10.0, ())
    with pytest.raises(ValueError, match="unknown status 'gone'"):
        ClipRow.failed(asked, "x", "gone", "")
    with pytest.raises(ValueError, match="no audio"):
        ClipRow.failed(asked, "x", "ok", "")
    with pytest.raises(ValueError, match="status 'silent' and audio"):
        ClipRow("abc", 0.0, 10.0, (), "silent", "", b"x", "x")
    for start_s, end_s in ((-1.0, 9.0), (5.0, 5.0), (0.0, float("nan"))):
        with pytest.raises(ValueError, match="segment"):
            AskedClip("abc", "abc", start_s, end_s, ())


def test_shards_are_a_stable_and_even_hash():
    ids = [f"clip{i}_0.000" for i in range(8_000)]
    shards = [clip_shards.shard_of(clip_id, 8) for clip_id in ids]
    assert set(shards) == set(range(8))
    assert max(np.bincount(shards)) < 1_150
    digest = hashlib.blake2b(b"-23EGG4T5SN_0.000", digest_size=8).hexdigest()
    assert clip_shards.shard_of("-23EGG4T5SN_0.000", 1_000) == int(digest, 16) % 1_000
    with pytest.raises(ValueError, match="at least 1"):
        clip_shards.shard_of("a", 0)


def test_whole_file_appears_only_when_all_went_well(tmp_path):
    path = tmp_path / "new" / "weights.pt"
    with whole_file(path) as partial:
        partial.write_text("first", encoding="utf-8")
        assert partial.parent == path.parent
        assert partial.suffix == ".pt"
        assert not path.exists()
    assert path.read_text(encoding="utf-8") == "first"

    def break_off(partial):
        partial.write_text("half", encoding="utf-8")
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt), whole_file(path) as partial:
        break_off(partial)
    assert path.read_text(encoding="utf-8") == "first"
    with pytest.raises(FileNotFoundError, match=r"weights\.pt was to be written"), whole_file(path):
        pass
    assert [entry.name for entry in path.parent.iterdir()] == ["weights.pt"]
