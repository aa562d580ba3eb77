"""Clip shards: the Parquet files that hold every clip asked for, found or not.

One row per clip: `clip_id`, `start_s`, `end_s`, `labels`, `status`, `detail`, `source`, `flac`,
sorted by `clip_id`. Clips that are not ok have no audio and say why. All sources (demo, folder,
downloads) take `AskedClip`s in and give `ClipRow`s out, so nothing downstream sees a difference.
"""

from __future__ import annotations

import contextlib
import hashlib
import itertools
import math
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import BinaryIO

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from science.sound import waveforms
from storage.whole_files import whole_file

STATUSES = {
    "ok": "the clip's audio is here",
    "missing": "the source has no file or entry for this clip",
    "empty": "the file has no bytes or no samples",
    "unreadable": "the file is there, but the operating system refused to read it",
    "not_audio": "no decoder recognises audio in the file",
    "truncated": "the file ends before what its own header promises",
    "decode": "audio was recognised, but decoding it failed",
    "invalid_samples": "samples are NaN, infinite or far beyond full scale",
    "silent": "all samples are zero",
    "too_short": "the recording ends before the segment, or leaves less of it than the minimum",
    "removed": "the video was removed or no longer exists",
    "private": "the video is private",
    "account_terminated": "the uploader's account was closed",
    "age_restricted": "the video needs a confirmed age",
    "region_restricted": "the video is blocked in this region",
    "rate_limited": "the server refused because of too many requests; worth another try later",
    "bot_check": "the server asked to confirm that no robot is calling; worth another try later",
    "network": "the connection failed; worth another try later",
}

SCHEMA = pa.schema(
    [
        pa.field("clip_id", pa.string(), nullable=False),
        pa.field("start_s", pa.float64(), nullable=False),
        pa.field("end_s", pa.float64(), nullable=False),
        pa.field("labels", pa.list_(pa.string()), nullable=False),
        pa.field("status", pa.string(), nullable=False),
        pa.field("detail", pa.string(), nullable=False),
        pa.field("source", pa.string(), nullable=False),
        pa.field("flac", pa.binary()),
    ]
)
TABLE_COLUMNS = tuple(name for name in SCHEMA.names if name != "flac")
CLIPS_PER_ROW_GROUP = 64
ROWS_AT_ONCE = 4
READ_BUFFER_BYTES = 512 * 1024


class ClipShardError(ValueError):
    """A clip shard cannot be read; the message names the file and says how to remake it."""


@dataclass(frozen=True, slots=True)
class AskedClip:
    """A segment that the segments table asks for; times in seconds, labels are mids."""

    clip_id: str
    ytid: str
    start_s: float
    end_s: float
    labels: tuple[str, ...]

    def __post_init__(self) -> None:
        """Refuse a segment that no recording can have."""
        if not (math.isfinite(self.end_s) and 0 <= self.start_s < self.end_s):
            raise ValueError(
                f"clip {self.clip_id} asks for {self.start_s} to {self.end_s} s; "
                "a segment starts at 0 or later and ends after its start."
            )

    @property
    def duration_s(self) -> float:
        """Length asked for."""
        return self.end_s - self.start_s


@dataclass(frozen=True)
class ClipRow:
    """What a source found for one asked clip; `flac` is there exactly when `status` is "ok"."""

    clip_id: str
    start_s: float
    end_s: float
    labels: tuple[str, ...]
    status: str
    detail: str
    flac: bytes | None
    source: str

    def __post_init__(self) -> None:
        """Hold the two rules that every reader relies on."""
        if self.status not in STATUSES:
            raise ValueError(
                f"clip {self.clip_id} has the unknown status {self.status!r}; "
                f"allowed are {', '.join(STATUSES)}."
            )
        if (self.status == "ok") != (self.flac is not None):
            raise ValueError(
                f"clip {self.clip_id} has status {self.status!r} and "
                f"{'no audio' if self.flac is None else 'audio'}; audio goes with ok, and only so."
            )

    @classmethod
    def found(cls, asked: AskedClip, source: str, flac: bytes, detail: str = "") -> ClipRow:
        """The row of a clip that was found, with its FLAC bytes."""
        return cls(
            asked.clip_id, asked.start_s, asked.end_s, asked.labels, "ok", detail, flac, source
        )

    @classmethod
    def failed(cls, asked: AskedClip, source: str, status: str, detail: str) -> ClipRow:
        """The row of a clip that could not be had, with the reason."""
        return cls(
            asked.clip_id, asked.start_s, asked.end_s, asked.labels, status, detail, None, source
        )


def shard_of(clip_id: str, shards: int) -> int:
    """The shard a clip belongs to: a hash of its id modulo `shards`, the same on every machine.

    Args:
        clip_id: `{ytid}_{start:.3f}`.
        shards: Number of shards, at least 1.

    Returns:
        0 ... shards - 1.
    """
    if shards < 1:
        raise ValueError(f"the number of shards is {shards}; it must be at least 1.")
    digest = hashlib.blake2b(clip_id.encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") % shards


def write_clip_shard(path: Path | str, rows: Iterable[ClipRow]) -> None:
    """Write rows, in whatever order they come, as one shard sorted by clip_id, whole or not at all.

    Audio waits in a temporary file beside the target, so memory stays flat.

    Args:
        path: The Parquet file to write.
        rows: One row per clip.

    Raises:
        ValueError: Two rows have the same clip_id.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryFile(dir=path.parent) as spool:
        waiting = sorted(_spooled(rows, spool), key=lambda waits: waits.row.clip_id)
        write_sorted_clip_shard(path, (waits.read(spool) for waits in waiting))


def write_sorted_clip_shard(path: Path | str, rows: Iterable[ClipRow]) -> None:
    """Write rows that come sorted by clip_id as one shard, whole or not at all.

    Args:
        path: The Parquet file to write.
        rows: One row per clip; a row group of them is in memory at a time.

    Raises:
        ValueError: Two rows have the same clip_id, or come in another order.
    """
    with whole_file(path) as partial:
        writer = pq.ParquetWriter(
            partial,
            SCHEMA,
            compression={"flac": "NONE"} | dict.fromkeys(_column_paths(), "ZSTD"),
            use_dictionary=["labels.list.element", "status", "source"],
            write_statistics=["clip_id", "status"],
            write_page_checksum=True,
        )
        with writer:
            in_order = _refuse_disorder(rows, path)
            while group := list(itertools.islice(in_order, CLIPS_PER_ROW_GROUP)):
                writer.write_batch(_record_batch(group))


def read_clip_table(
    paths: Iterable[Path | str], columns: Sequence[str] = TABLE_COLUMNS
) -> pa.Table:
    """Read the rows of shards, without the audio.

    Args:
        paths: Shards; their rows follow each other in this order.
        columns: Which columns, any but `flac`.

    Returns:
        An Arrow table with these columns (`.to_pandas()` gives a data frame).

    Raises:
        ClipShardError: A file is not a whole clip shard; names it and says how to remake it.
        FileNotFoundError: A file is not there.
        ValueError: A column is unknown, or is `flac`.
    """
    unknown = [name for name in columns if name not in TABLE_COLUMNS]
    if unknown:
        raise ValueError(
            f"clip tables have no column {', '.join(unknown)}; "
            f"choose from {', '.join(TABLE_COLUMNS)} (for audio, use iterate_clips)."
        )
    wanted = pa.schema([SCHEMA.field(name) for name in columns])
    tables = []
    for path in paths:
        with _opened(path) as shard:
            try:
                tables.append(shard.read(columns=list(columns)).select(list(columns)).cast(wanted))
            except (pa.ArrowInvalid, OSError) as error:
                raise _damaged(path, error) from error
    return pa.concat_tables(tables) if tables else wanted.empty_table()


def iterate_clips(path: Path | str, longest: int | None = None) -> Iterator[tuple[str, np.ndarray]]:
    """Decode the clips of a shard that are ok, in order of clip_id, a few rows at a time.

    Args:
        path: A shard.
        longest: Only so many samples of each clip, the first ones, are wanted; by default all.

    Yields:
        The clip_id and its samples: int16, shape [frames], mono at 22,050 Hz.

    Raises:
        ClipShardError: The file is not a whole clip shard, or a clip in it does not decode.
        FileNotFoundError: The file is not there.
    """
    # A small buffer: fresh memory for whole row groups takes as long as a dozen clips to decode.
    with _opened(path, READ_BUFFER_BYTES) as shard:
        for rows in _few_rows(shard, path):
            for clip_id, flac in zip(rows["clip_id"], rows["flac"], strict=True):
                if not flac.is_valid:
                    continue
                try:
                    samples = waveforms.decode_flac(flac.as_buffer(), longest=longest)
                except ValueError as error:
                    raise _damaged(path, f"clip {clip_id.as_py()}: {error}") from error
                yield clip_id.as_py(), samples


def _few_rows(shard: pq.ParquetFile, path: Path | str) -> Iterator[pa.RecordBatch]:
    """The ids and the audio of a shard, some rows at a time."""
    try:
        for group in range(shard.num_row_groups):
            yield from shard.iter_batches(
                ROWS_AT_ONCE, [group], columns=["clip_id", "flac"], use_threads=False
            )
    except (pa.ArrowInvalid, OSError) as error:
        raise _damaged(path, error) from error


def _column_paths() -> list[str]:
    """Parquet's names of the columns beside the audio; FLAC is compressed already."""
    return ["labels.list.element" if name == "labels" else name for name in TABLE_COLUMNS]


@dataclass(frozen=True)
class _Spooled:
    """A row whose audio waits in the spool: where it lies, or None where there is none."""

    row: ClipRow
    span: tuple[int, int] | None

    def read(self, spool: BinaryIO) -> ClipRow:
        """The row with its audio again."""
        if self.span is None:
            return self.row
        spool.seek(self.span[0])
        return replace(self.row, flac=spool.read(self.span[1]))


def _spooled(rows: Iterable[ClipRow], spool: BinaryIO) -> Iterator[_Spooled]:
    """Move the audio of rows to the spool."""
    for row in rows:
        if row.flac is None:
            yield _Spooled(row, None)
        else:
            position = spool.tell()
            yield _Spooled(replace(row, flac=b""), (position, spool.write(row.flac)))


def _refuse_disorder(rows: Iterable[ClipRow], path: Path | str) -> Iterator[ClipRow]:
    """Pass rows on as long as each has a greater clip_id than the one before it."""
    before = None
    for row in rows:
        if before == row.clip_id:
            raise ValueError(f"two rows for clip {before} were to be written to {path}.")
        if before is not None and before > row.clip_id:
            raise ValueError(f"clip {row.clip_id} was to be written to {path} after {before}.")
        before = row.clip_id
        yield row


def _record_batch(group: Sequence[ClipRow]) -> pa.RecordBatch:
    """Put some rows in Arrow's form."""
    columns = {name: [getattr(row, name) for row in group] for name in TABLE_COLUMNS}
    arrays = [pa.array(columns[name], SCHEMA.field(name).type) for name in TABLE_COLUMNS]
    return pa.RecordBatch.from_arrays(
        [*arrays, _binary([row.flac for row in group])], schema=SCHEMA
    )


def _binary(values: Sequence[bytes | None]) -> pa.BinaryArray:
    """Arrow's form of a column of bytes; Arrow's own way to it copies them twice as often."""
    ends = itertools.accumulate((len(value or b"") for value in values), initial=0)
    valid = pa.array([value is not None for value in values], pa.bool_()).buffers()[1]
    offsets = pa.array(ends, pa.int32()).buffers()[1]
    joined = pa.py_buffer(b"".join(value or b"" for value in values))
    return pa.BinaryArray.from_buffers(pa.binary(), len(values), [valid, offsets, joined])


@contextlib.contextmanager
def _opened(path: Path | str, buffer_size: int = 0) -> Iterator[pq.ParquetFile]:
    """Open a shard and check that its columns are those of the contract."""
    try:
        shard = pq.ParquetFile(path, buffer_size=buffer_size, page_checksum_verification=True)
    except FileNotFoundError:
        raise FileNotFoundError(
            f"the clip shard {path} is not there; run the workflow up to its clips."
        ) from None
    except (pa.ArrowInvalid, OSError) as error:
        raise _damaged(path, error) from error
    with shard:
        found = shard.schema_arrow
        if not found.equals(SCHEMA, check_metadata=False):
            described = ", ".join(f"{field.name} {field.type}" for field in found)
            raise _damaged(path, f"its columns are {described}")
        yield shard


def _damaged(path: Path | str, reason: object) -> ClipShardError:
    """The error for a file that is no whole clip shard."""
    return ClipShardError(
        f"{path} is not a whole clip shard: {reason}. Delete it and run again: only it is made."
    )
