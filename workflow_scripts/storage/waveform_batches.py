"""The waveforms of a clip shard in batches of equal length."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from storage.clip_shards import iterate_clips


def iterate_waveforms(
    path: Path, clip_samples: int, clips_per_batch: int
) -> Iterator[tuple[list[str], np.ndarray]]:
    """Go through the clips of a shard that are ok, each cut or padded with zeros to one length.

    Args:
        path: The clip shard.
        clip_samples: Length of every waveform.
        clips_per_batch: How many clips come together; the last batch may have fewer.

    Yields:
        Clip ids and waveforms [clips, clip_samples] float32 in 16-bit units.
    """
    available = iterate_clips(path)
    while batch := list(itertools.islice(available, clips_per_batch)):
        waveforms = np.zeros((len(batch), clip_samples), dtype=np.float32)
        for row, (_, samples) in enumerate(batch):
            cut = samples[:clip_samples]
            waveforms[row, : len(cut)] = cut
        yield [clip_id for clip_id, _ in batch], waveforms
