"""The list of clips asked for: read whole or by shard, each clip as a plain loop makes it."""

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from science.corpus.segments_table import SCHEMA
from storage.clips import AskedClip, shard_of
from storage.corpus_tables import read_asked_clips
from storage.whole_files import TableFileError

ROWS = [
    {
        "clip_id": f"x{number}_{number:.3f}",
        "ytid": f"x{number}",
        "start_s": float(number),
        "end_s": number + 10.0,
        "labels": ["/m/a", f"/m/{number % 7}"],
    }
    for number in range(500)
]
CLIPS = [AskedClip(**{**row, "labels": tuple(row["labels"])}) for row in ROWS]


@pytest.fixture(scope="module")
def asked(tmp_path_factory):
    path = tmp_path_factory.mktemp("asked") / "train.parquet"
    pq.write_table(pa.Table.from_pylist(ROWS, SCHEMA), path, row_group_size=64)
    return read_asked_clips(path)


def test_it_is_a_sequence_of_the_clips(asked):
    assert list(asked) == CLIPS
    assert len(asked) == 500
    assert (asked[0], asked[-1]) == (CLIPS[0], CLIPS[-1])
    assert list(asked[7:300:50]) == CLIPS[7:300:50]
    with pytest.raises(IndexError):
        asked[500]


@pytest.mark.parametrize("shards", [1, 3, 32])
def test_every_clip_belongs_to_one_shard(asked, shards):
    for number in range(shards):
        expected = [clip for clip in CLIPS if shard_of(clip.clip_id, shards) == number]
        assert asked.of_shard(number, shards) == expected


def test_what_is_no_list_is_refused_with_its_name(tmp_path):
    (tmp_path / "train.parquet").write_bytes(b"PAR1")
    with pytest.raises(TableFileError, match=r"train\.parquet is not a whole list"):
        read_asked_clips(tmp_path / "train.parquet")
