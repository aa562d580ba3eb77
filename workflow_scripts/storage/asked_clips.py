"""The list of clips asked for, as one shard's job needs it."""

from __future__ import annotations

from pathlib import Path

from storage.clip_shards import AskedClip, shard_of
from storage.tables import read_table


def read_asked_clips(path: Path, number: int, shards: int) -> list[AskedClip]:
    """The clips of shard `number` out of `shards`, in the order of the segments table."""
    clips = read_table(path, ["clip_id", "ytid", "start_s", "end_s", "labels"])
    return [
        AskedClip(row.clip_id, row.ytid, row.start_s, row.end_s, tuple(row.labels))
        for row in clips.itertuples()
        if shard_of(row.clip_id, shards) == number
    ]
