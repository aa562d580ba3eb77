"""The waveforms of clip shards: in batches of equal length, sound by sound, or of a few clips."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from science.sound.loudness import at_level, mean_level_db
from science.sound.settings import LogMelSettings
from science.sound.short_clips import ShortClips, fill
from science.sound.waveforms import decode_flac
from storage.clips import ClipShardError, iterate_clips

CLIPS_AT_ONCE = 16
FILLED_UP: dict[str, ShortClips] = {"padded": "pad", "repeated": "repeat"}


def iterate_waveforms(
    path: Path,
    clip_samples: int,
    clips_per_batch: int,
    out: np.ndarray | None = None,
    short_clips: ShortClips = "pad",
) -> Iterator[tuple[list[str], np.ndarray, np.ndarray]]:
    """Go through the clips of a shard that are ok, each cut or filled up to one length.

    Args:
        path: The clip shard.
        clip_samples: Length of every waveform.
        clips_per_batch: How many clips come together; the last batch may have fewer.
        out: [clips_per_batch, clip_samples] of any type that holds 16 bits, filled again for each
            batch, which is faster; a batch then holds only until the next one is asked for.
        short_clips: How clips that are too short are filled up, see `fill`.

    Yields:
        Clip ids; waveforms [clips, clip_samples] in 16-bit units, float32 without `out`; and how
        many samples [clips] of each are the clip's own, the others fill it up.
    """
    clip_ids: list[str] = []
    own: list[int] = []
    shape = (clips_per_batch, clip_samples)
    waveforms = np.empty(shape, dtype=np.float32) if out is None else out
    for clip_id, samples in iterate_clips(path, clip_samples):
        fill(waveforms[len(clip_ids)], samples, short_clips)
        clip_ids.append(clip_id)
        own.append(len(samples))
        if len(clip_ids) == clips_per_batch:
            yield clip_ids, waveforms, np.array(own)
            clip_ids, own = [], []
            waveforms = np.empty(shape, dtype=np.float32) if out is None else out
    if clip_ids:
        yield clip_ids, waveforms[: len(clip_ids)], np.array(own)


def iterate_levelled(
    path: Path, heard: str, clip_samples: int, target_db: float
) -> Iterator[tuple[str, np.ndarray, int]]:
    """Go through the sounds of a shard that are ok, each brought to one level.

    Args:
        path: The clip shard.
        heard: 'as_is', 'padded' or 'repeated' to the length of a clip; the last two cut longer
            sounds, and the level is that of what is left.
        clip_samples: Length of a clip.
        target_db: RMS level, in dB re one 16-bit unit.

    Yields:
        Clip id; waveform [1, samples] in 16-bit units, float32; and how many samples are the
        sound's own.
    """
    longest = None if heard == "as_is" else clip_samples
    for clip_id, samples in iterate_clips(path, longest):
        sound = at_level(samples, target_db)
        waveform = np.empty((1, longest or len(sound)), dtype=np.float32)
        fill(waveform[0], sound, FILLED_UP.get(heard, "pad"))
        yield clip_id, waveform, len(sound)


def natural_waveforms(
    shards: Iterable[Path], settings: LogMelSettings
) -> Iterator[tuple[tuple[str, str], list[str], np.ndarray]]:
    """Go through the clips of shards that lie as `{split}/{shard}.parquet`, a few at a time.

    Yields:
        `natural` and the split; clip ids; waveforms [clips, samples] in 16-bit units.
    """
    for path in shards:
        given = path, settings.clip_samples, CLIPS_AT_ONCE
        for clip_ids, waveforms, _ in iterate_waveforms(*given, short_clips=settings.short_clips):
            yield ("natural", path.parent.name), clip_ids, waveforms


def levelled_waveforms(
    shards: Iterable[Path], settings: LogMelSettings, heard: str, levels_db: np.ndarray
) -> Iterator[tuple[tuple[str, str], list[str], np.ndarray]]:
    """Go through the natural sounds, each at the mean level of the training clips.

    Args:
        shards: Their files.
        settings: The log-Mel's.
        heard: As for `iterate_levelled`.
        levels_db: [clips] of the training clips.

    Yields:
        `natural_sounds` and `all`; the clip id; its waveform [1, samples] in 16-bit units.
    """
    target_db = mean_level_db(levels_db)
    for path in shards:
        for clip_id, waveform, _ in iterate_levelled(path, heard, settings.clip_samples, target_db):
            yield ("natural_sounds", "all"), [clip_id], waveform


def read_waveforms(paths: Iterable[Path], clip_ids: Collection[str]) -> dict[str, np.ndarray]:
    """Decode a few clips of shards, and no others.

    Args:
        paths: The shards.
        clip_ids: The clips.

    Returns:
        int16 [samples] at 22,050 Hz by clip id; those that are not ok are missing.

    Raises:
        ClipShardError: A file is not a whole clip shard, or a clip in it does not decode.
    """
    found = {}
    among = [("clip_id", "in", sorted(set(clip_ids))), ("status", "=", "ok")]
    for path in paths:
        try:
            columns = ["clip_id", "flac"]
            rows = pq.read_table(path, columns=columns, filters=among, use_threads=False)
            for clip_id, flac in zip(rows["clip_id"], rows["flac"], strict=True):
                found[clip_id.as_py()] = decode_flac(flac.as_buffer())
        except (pa.ArrowInvalid, OSError, ValueError) as error:
            raise ClipShardError(
                f"{path} is not a whole clip shard: {error}. Delete it and run again: only it is "
                f"made."
            ) from error
    return found
