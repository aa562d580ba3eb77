"""The waveforms of a clip shard in batches of equal length; short clips are filled up."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from science.sound.short_clips import ShortClips, fill
from storage.clips import iterate_clips


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
