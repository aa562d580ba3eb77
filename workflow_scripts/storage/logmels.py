"""Log-Mel shards: Arrow IPC files that are mapped into memory, not read.

A file has a row per clip: `clip_id`, `level_db` (RMS of the whole clip in dB re one 16-bit unit,
−inf for silence) and `logmel`, a fixed-shape float16 tensor [bands, frames] in dB. float16 rounds
to steps of 1/8 dB between 128 and 256 dB, of 1/16 dB between 64 and 128 dB.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from math import prod
from pathlib import Path

import numpy as np
import pyarrow as pa

from storage.whole_files import whole_file, written_out_early


class LogMelShardError(ValueError):
    """A log-Mel shard cannot be read; the message names the file and says how to remake it."""


WriteBlock = Callable[[Sequence[str], np.ndarray, np.ndarray], None]


@contextmanager
def open_logmel_shard(path: Path, bands: int, frames: int) -> Iterator[WriteBlock]:
    """Open a shard to be written block by block; at the end it is there whole, or not at all.

    Args:
        path: The file to write.
        bands: Number of Mel bands.
        frames: Number of frames of a clip.

    Yields:
        A function that writes clip ids, their levels [clips] in dB and their log-Mels
        [clips, bands, frames] in dB.
    """
    tensor = pa.fixed_shape_tensor(pa.float16(), [bands, frames])
    schema = pa.schema([("clip_id", pa.string()), ("level_db", pa.float32()), ("logmel", tensor)])
    with (
        whole_file(path) as unfinished,
        pa.OSFile(str(unfinished), "wb") as sink,
        pa.ipc.new_file(sink, schema) as writer,
        written_out_early(unfinished) as write_out,
    ):

        def write(clip_ids: Sequence[str], levels_db: np.ndarray, decibels: np.ndarray) -> None:
            values = _column(np.ascontiguousarray(decibels, dtype=np.float16))
            storage = pa.FixedSizeListArray.from_arrays(values, bands * frames)
            column = pa.ExtensionArray.from_storage(tensor, storage)
            levels = _column(np.asarray(levels_db, dtype=np.float32))
            writer.write_batch(pa.record_batch([_strings(clip_ids), levels, column], schema=schema))
            write_out()

        yield write


def _column(values: np.ndarray) -> pa.Array:
    """Wrap contiguous numbers of any shape; pyarrow.array would import pandas, a quarter second."""
    kind = pa.from_numpy_dtype(values.dtype)
    return pa.Array.from_buffers(kind, values.size, [None, pa.py_buffer(values)])


def _spectrograms(column: pa.FixedShapeTensorArray) -> np.ndarray:
    """View a column [clips, bands, frames] without copying.

    Its own to_numpy and flatten would import pandas and pyarrow.compute, each a tenth of a second.
    """
    shape = (len(column), *column.type.shape)
    first = column.offset * prod(shape[1:]) * np.dtype(np.float16).itemsize
    values = np.frombuffer(column.storage.values.buffers()[1], np.float16, prod(shape), first)
    return values.reshape(shape)


def _strings(texts: Sequence[str]) -> pa.Array:
    """Lay out texts as Arrow does, without pandas."""
    encoded = [text.encode() for text in texts]
    ends = np.cumsum([0, *map(len, encoded)], dtype=np.int32)
    buffers = [None, pa.py_buffer(ends), pa.py_buffer(b"".join(encoded))]
    return pa.Array.from_buffers(pa.string(), len(encoded), buffers)


def write_logmel_shard(
    path: Path,
    blocks: Iterable[tuple[Sequence[str], np.ndarray, np.ndarray]],
    bands: int,
    frames: int,
) -> int:
    """Write blocks of log-Mel spectrograms as one shard, whole or not at all.

    Args:
        path: The file to write.
        blocks: Clip ids, levels [clips] in dB, and log-Mels [clips, bands, frames] in dB.
        bands: Number of Mel bands.
        frames: Number of frames of a clip.

    Returns:
        The number of clips written.
    """
    clips = 0
    with open_logmel_shard(path, bands, frames) as write:
        for clip_ids, levels_db, decibels in blocks:
            write(clip_ids, levels_db, decibels)
            clips += len(clip_ids)
    return clips


class LogMelShards:
    """The clips of several shards, looked up by id; the spectrograms stay on disk until used.

    Attributes:
        clip_ids: Sorted array of the ids of all clips.
        shape: (bands, frames).
    """

    def __init__(self, paths: Iterable[Path]) -> None:
        self._views: list[np.ndarray] = []
        self._place: dict[str, tuple[int, int]] = {}
        self._level_db: dict[str, float] = {}
        self.shape = (0, 0)
        self._paths = [Path(path) for path in paths]
        for path in self._paths:
            self._open(path)
        self.clip_ids = np.array(sorted(self._place), dtype=object)

    def __len__(self) -> int:
        return len(self._place)

    def __contains__(self, clip_id: str) -> bool:
        return clip_id in self._place

    def expect_shape(self, bands: int, frames: int) -> None:
        """Make sure that the spectrograms are those of some settings; shards without clips are.

        Raises:
            LogMelShardError: They have another shape.
        """
        if len(self) and self.shape != (bands, frames):
            raise LogMelShardError(
                f"{self._paths[0]} has spectrograms of {self.shape}, not of {(bands, frames)} as "
                f"the settings want; delete it and run again"
            )

    def gather(self, clip_ids: Sequence[str]) -> np.ndarray:
        """Copy the spectrograms of some clips, in the order asked for.

        Returns:
            [clips, bands, frames] float16 in dB.

        Raises:
            LogMelShardError: A clip is in none of the shards.
        """
        gathered = np.empty((len(clip_ids), *self.shape), dtype=np.float16)
        for row, clip_id in enumerate(clip_ids):
            if clip_id not in self._place:
                raise LogMelShardError(
                    f"clip {clip_id} is in none of {len(self._paths)} log-Mel shards "
                    f"({self._paths[0]} and on); delete them and run again"
                )
            view, place = self._place[clip_id]
            gathered[row] = self._views[view][place]
        return gathered

    def levels(self, clip_ids: Sequence[str] | None = None) -> np.ndarray:
        """RMS levels [clips] of some clips, or of all, float32, in dB re one 16-bit unit."""
        clip_ids = self.clip_ids if clip_ids is None else clip_ids
        return np.array([self._level_db[clip_id] for clip_id in clip_ids], dtype=np.float32)

    def batches(
        self, clip_ids: Sequence[str], batch_clips: int
    ) -> Iterator[tuple[Sequence[str], np.ndarray]]:
        """Go through clips in the order asked for, `batch_clips` at a time."""
        for start in range(0, len(clip_ids), batch_clips):
            ids = clip_ids[start : start + batch_clips]
            yield ids, self.gather(ids)

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
        names = ["clip_id", "level_db", "logmel"]
        tensor = reader.schema.types[-1] if reader.schema.names == names else None
        if not isinstance(tensor, pa.FixedShapeTensorType) or tensor.value_type != pa.float16():
            raise LogMelShardError(
                f"{path} has columns {reader.schema.names}, not clip_id, level_db and a float16 "
                f"logmel tensor; delete it and run again"
            )
        shape = tuple(tensor.shape)
        if self.shape not in ((0, 0), shape):
            raise LogMelShardError(
                f"{path} has spectrograms of {shape}, the shards before it of {self.shape}; "
                f"delete the log-Mel folder and run again"
            )
        self.shape = shape
        for batch in batches:
            self._views.append(_spectrograms(batch.column("logmel")))
            ids = batch.column("clip_id").to_pylist()
            self._place.update({clip: (len(self._views) - 1, row) for row, clip in enumerate(ids)})
            self._level_db.update(zip(ids, batch.column("level_db").to_pylist(), strict=True))
