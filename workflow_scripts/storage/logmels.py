"""Log-Mel shards: Arrow IPC files that are mapped into memory, not read.

A file has a row per clip: `clip_id`; `level_db`, its RMS level in dB re one 16-bit unit, −inf for
silence; `heard_s`, how many seconds of sound there were, which are fewer than the log-Mel's where a
clip was padded or repeated; and `logmel`, float16 values in dB of [bands, frames], band after band.
Clips of one file may have several numbers of frames; `bands` stands in the file's metadata. float16
rounds to steps of 1/8 dB between 128 and 256 dB, of 1/16 dB between 64 and 128 dB.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import groupby, pairwise
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pyarrow as pa

from storage.whole_files import whole_file, written_out_early


class LogMelShardError(ValueError):
    """A log-Mel shard cannot be read; the message names the file and says how to remake it."""


# Clip ids, levels [clips] in dB, seconds of sound [clips], log-Mels [clips, bands, frames] in dB.
Block = tuple[Sequence[str], np.ndarray, np.ndarray, np.ndarray]
SPECTROGRAMS = pa.list_(pa.float16())
COLUMNS = [
    ("clip_id", pa.string()),
    ("level_db", pa.float32()),
    ("heard_s", pa.float32()),
    ("logmel", SPECTROGRAMS),
]


class _Clip(NamedTuple):
    """Where a clip's spectrogram lies: its values in the flat values of a record batch."""

    values: np.ndarray
    frames: int
    level_db: float
    heard_s: float


@contextmanager
def open_logmel_shard(path: Path, bands: int) -> Iterator[Callable[..., None]]:
    """Open a shard to be written block by block; at the end it is there whole, or not at all.

    Args:
        path: The file to write.
        bands: Number of Mel bands.

    Yields:
        A function that takes the four parts of a `Block`; each block has its own number of frames.
    """
    schema = pa.schema(COLUMNS, {"bands": str(bands)})
    with (
        whole_file(path) as unfinished,
        pa.OSFile(str(unfinished), "wb") as sink,
        pa.ipc.new_file(sink, schema) as writer,
        written_out_early(unfinished) as write_out,
    ):

        def write(
            clip_ids: Sequence[str],
            levels_db: np.ndarray,
            heard_s: np.ndarray,
            decibels: np.ndarray,
        ) -> None:
            if len(decibels) != len(clip_ids) or decibels.shape[1] != bands:
                raise ValueError(
                    f"{path}: {len(clip_ids)} clips of {bands} bands were to be written, and the "
                    f"log-Mels are {decibels.shape}."
                )
            numbers = [_column(np.asarray(of, dtype=np.float32)) for of in (levels_db, heard_s)]
            columns = [_strings(clip_ids), *numbers, _spectrograms(decibels)]
            writer.write_batch(pa.record_batch(columns, schema=schema))
            write_out()

        yield write


def _column(values: np.ndarray) -> pa.Array:
    """Wrap contiguous numbers of any shape; pyarrow.array would import pandas, a quarter second."""
    kind = pa.from_numpy_dtype(values.dtype)
    return pa.Array.from_buffers(kind, values.size, [None, pa.py_buffer(values)])


def _spectrograms(decibels: np.ndarray) -> pa.Array:
    """Lay out [clips, bands, frames] as a column of lists."""
    clips, *of_one = decibels.shape
    values = _column(np.ascontiguousarray(decibels, dtype=np.float16))
    ends = np.arange(clips + 1, dtype=np.int32) * np.int32(np.prod(of_one))
    return pa.Array.from_buffers(SPECTROGRAMS, clips, [None, pa.py_buffer(ends)], children=[values])


def _strings(texts: Sequence[str]) -> pa.Array:
    """Lay out texts as Arrow does, without pandas."""
    encoded = [text.encode() for text in texts]
    ends = np.cumsum([0, *map(len, encoded)], dtype=np.int32)
    buffers = [None, pa.py_buffer(ends), pa.py_buffer(b"".join(encoded))]
    return pa.Array.from_buffers(pa.string(), len(encoded), buffers)


def write_logmel_shard(path: Path, blocks: Iterable[Block], bands: int) -> int:
    """Write blocks of log-Mel spectrograms as one shard, whole or not at all.

    Args:
        path: The file to write.
        blocks: What is written, some clips of one number of frames at a time.
        bands: Number of Mel bands.

    Returns:
        The number of clips written.
    """
    clips = 0
    with open_logmel_shard(path, bands) as write:
        for block in blocks:
            write(*block)
            clips += len(block[0])
    return clips


class LogMelShards:
    """The clips of several shards, looked up by id; the spectrograms stay on disk until used.

    Attributes:
        clip_ids: Sorted array of the ids of all clips.
        bands: Number of Mel bands; 0 without shards.
    """

    def __init__(self, paths: Iterable[Path]) -> None:
        self._clips: dict[str, _Clip] = {}
        self.bands = 0
        self._paths = [Path(path) for path in paths]
        for path in self._paths:
            self._open(path)
        self.clip_ids = np.array(sorted(self._clips), dtype=object)

    def __len__(self) -> int:
        return len(self._clips)

    def expect_shape(self, bands: int, frames: int) -> None:
        """Make sure that all spectrograms are those of some settings.

        Raises:
            LogMelShardError: One has another shape.
        """
        other = next((clip for clip in self._clips.values() if clip.frames != frames), None)
        if other is not None or (len(self) and self.bands != bands):
            found = (self.bands, other.frames if other else frames)
            raise LogMelShardError(
                f"{self._paths[0]} has spectrograms of {found}, not of {(bands, frames)} as "
                f"the settings want; delete it and run again"
            )

    def gather(self, clip_ids: Sequence[str]) -> np.ndarray:
        """Copy the spectrograms of some clips of one length, in the order asked for.

        Returns:
            [clips, bands, frames] float16 in dB.

        Raises:
            LogMelShardError: A clip is in none of the shards, or they differ in length.
        """
        clips = [self._clip(clip_id) for clip_id in clip_ids]
        frames = clips[0].frames if clips else 0
        gathered = np.empty((len(clips), self.bands, frames), dtype=np.float16)
        for row, clip in enumerate(clips):
            if clip.frames != frames:
                raise LogMelShardError(
                    f"clips {clip_ids[0]} and {clip_ids[row]} have {frames} and {clip.frames} "
                    f"frames ({self._paths[0]} and on); delete the log-Mel folder and run again"
                )
            gathered[row] = clip.values.reshape(self.bands, frames)
        return gathered

    def levels(self) -> np.ndarray:
        """RMS levels [clips] of all clips in order, float32, in dB re one 16-bit unit."""
        return self._numbers("level_db")

    def heard_s(self) -> np.ndarray:
        """Seconds of sound [clips] of all clips in order, float32; the rest was filled up."""
        return self._numbers("heard_s")

    def parts(self, clip_ids: Sequence[str], most: int) -> list[Sequence[str]]:
        """Clips in the order asked for, in parts of one length and of at most so many."""
        runs = [[*run] for _, run in groupby(clip_ids, lambda clip_id: self._clip(clip_id).frames)]
        return [run[start : start + most] for run in runs for start in range(0, len(run), most)]

    def batches(
        self, clip_ids: Sequence[str], batch_clips: int
    ) -> Iterator[tuple[Sequence[str], np.ndarray]]:
        """Go through clips in the order asked for, at most so many of one length at a time."""
        return ((part, self.gather(part)) for part in self.parts(clip_ids, batch_clips))

    def _clip(self, clip_id: str) -> _Clip:
        if clip_id not in self._clips:
            raise LogMelShardError(
                f"clip {clip_id} is in none of {len(self._paths)} log-Mel shards "
                f"({self._paths[0]} and on); delete them and run again"
            )
        return self._clips[clip_id]

    def _numbers(self, column: str) -> np.ndarray:
        return np.array([getattr(self._clips[clip], column) for clip in self.clip_ids], np.float32)

    def _open(self, path: Path) -> None:
        try:
            reader = pa.ipc.open_file(pa.memory_map(str(path)))
            batches = [reader.get_batch(index) for index in range(reader.num_record_batches)]
        except FileNotFoundError as error:
            raise LogMelShardError(f"there is no log-Mel shard {path}; run again") from error
        except (pa.ArrowInvalid, OSError) as error:
            raise LogMelShardError(
                f"{path} is not a whole log-Mel shard ({error}); delete it and run again"
            ) from error
        found = list(zip(reader.schema.names, reader.schema.types, strict=True))
        bands = int((reader.schema.metadata or {}).get(b"bands", 0))
        if found != COLUMNS or not bands:
            raise LogMelShardError(
                f"{path} has columns {reader.schema.names}, not clip_id, level_db, heard_s and a "
                f"float16 logmel with its bands; delete it and run again"
            )
        if self.bands not in (0, bands):
            raise LogMelShardError(
                f"{path} has spectrograms of {bands} bands, the shards before it of {self.bands}; "
                f"delete the log-Mel folder and run again"
            )
        self.bands = bands
        for batch in batches:
            self._clips.update(_clips_of(batch, bands))


def _clips_of(batch: pa.RecordBatch, bands: int) -> Iterator[tuple[str, _Clip]]:
    """The clips of a record batch, with views of its spectrograms.

    Arrow's own to_numpy and flatten would import pandas and pyarrow.compute, each a tenth of a
    second.
    """
    clip_ids, levels_db, heard_s = (batch.column(name).to_pylist() for name, _ in COLUMNS[:3])
    column = batch.column("logmel")
    ends = np.frombuffer(column.buffers()[1], np.int32, len(column) + 1, 4 * column.offset)
    values = np.frombuffer(column.values.buffers()[1], np.float16, ends[-1])
    places = pairwise(ends.tolist())
    for clip_id, level_db, seconds, (begin, end) in zip(
        clip_ids, levels_db, heard_s, places, strict=True
    ):
        yield clip_id, _Clip(values[begin:end], (end - begin) // bands, level_db, seconds)
