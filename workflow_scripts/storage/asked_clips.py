"""The list of clips asked for, as one shard's job needs it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import overload

import pyarrow as pa
import pyarrow.parquet as pq

from storage.clips import AskedClip, shard_of
from storage.tables import TableFileError

_COLUMNS = ["clip_id", "ytid", "start_s", "end_s", "labels"]
_ROWS_AT_ONCE = 10_000


class AskedClips(Sequence[AskedClip]):
    """Clips in Arrow's form; each is made when it is looked at, so that millions fit in memory."""

    def __init__(self, table: pa.Table) -> None:
        """Take a table with the columns of a list of clips."""
        self._table = table

    def __len__(self) -> int:
        """The number of clips."""
        return len(self._table)

    @overload
    def __getitem__(self, place: int) -> AskedClip: ...

    @overload
    def __getitem__(self, place: slice) -> AskedClips: ...

    def __getitem__(self, place: int | slice) -> AskedClip | AskedClips:
        """A clip, or the clips of a slice."""
        if isinstance(place, slice):
            return AskedClips(
                self._table.take(pa.array(range(*place.indices(len(self))), pa.int64()))
            )
        (clip,) = _clips(self._table.slice(range(len(self))[place], 1))
        return clip

    def __iter__(self) -> Iterator[AskedClip]:
        """The clips in order."""
        for rows in self._table.to_batches(_ROWS_AT_ONCE):
            yield from _clips(rows)

    def of_shard(self, number: int, shards: int) -> list[AskedClip]:
        """The clips that belong into shard `number` out of `shards`."""
        wanted = [shard_of(clip_id, shards) == number for clip_id in self._ids()]
        return list(AskedClips(self._table.filter(pa.array(wanted, pa.bool_()))))

    def _ids(self) -> Iterator[str]:
        for rows in self._table.select(["clip_id"]).to_batches(_ROWS_AT_ONCE):
            yield from rows["clip_id"].to_pylist()


def read_asked_clips(path: Path) -> AskedClips:
    """The clips of a split, in the order of its segments table.

    Raises:
        TableFileError: The file cannot be read or lacks a column.
    """
    try:
        # Not pq.read_table: on many cores its threads hold several copies.
        return AskedClips(pq.ParquetFile(path).read(_COLUMNS, use_threads=False))
    except (pa.ArrowInvalid, KeyError, OSError) as error:
        raise TableFileError(
            f"{path} is not a whole list of clips ({error}); delete it and run again"
        ) from error


def _clips(rows: pa.Table | pa.RecordBatch) -> Iterator[AskedClip]:
    for clip_id, ytid, start_s, end_s, labels in zip(
        *(rows[name].to_pylist() for name in _COLUMNS), strict=True
    ):
        yield AskedClip(clip_id, ytid, start_s, end_s, tuple(labels))
