"""What networks hear that hear waveforms: clips, quilts and natural sounds, a few at a time.

The same sounds as the log-Mels are made of; nothing is stored, since waveforms would take as much
room again for every stimulus.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import numpy as np
import torch

from science.quilts.waveforms import original_clips, quilt_clips
from science.sound.loudness import mean_level_db
from science.sound.settings import LogMelSettings
from storage.waveforms import iterate_levelled, iterate_waveforms

# Stimulus and split, clip ids, and waveforms [clips, samples] at 22,050 Hz in 16-bit units.
Heard = tuple[tuple[str, str], list[str], np.ndarray]
CLIPS_AT_ONCE = 16


def natural_waveforms(shards: Iterable[Path], settings: LogMelSettings) -> Iterator[Heard]:
    """The clips of shards that lie as `{split}/{shard}.parquet`."""
    for path in shards:
        given = path, settings.clip_samples, CLIPS_AT_ONCE
        for clip_ids, waveforms, _ in iterate_waveforms(*given, short_clips=settings.short_clips):
            yield ("natural", path.parent.name), clip_ids, waveforms


def quilted_waveforms(
    shards: Iterable[Path], settings: LogMelSettings, quilts: Mapping, seed: int
) -> Iterator[Heard]:
    """The quilts of the clips, of all lengths, and what they are compared with.

    Args:
        shards: As `{split}/{shard}.parquet`.
        settings: The log-Mel's, by whose windows quilts are made.
        quilts: segments_ms, quilted_s and ordering, as in the configuration.
        seed: Of the start segments.
    """
    lengths, quilted_s = quilts["segments_ms"], quilts["quilted_s"]
    for (_, split), clip_ids, waveforms in natural_waveforms(shards, settings):
        sounds = torch.from_numpy(waveforms)
        given = {"ordering": quilts["ordering"], "quilted_s": quilted_s, "settings": settings}
        made = quilt_clips(sounds, clip_ids, lengths, seed, **given)
        for segment_ms, of_length in zip(lengths, made, strict=True):
            yield (f"quilt-{segment_ms}ms", split), clip_ids, of_length.numpy()
        originals = original_clips(sounds, lengths, quilted_s, settings)
        yield ("quilt-original", split), clip_ids, originals.numpy()


def levelled_waveforms(
    shards: Iterable[Path], settings: LogMelSettings, heard: str, levels_db: np.ndarray
) -> Iterator[Heard]:
    """The natural sounds, each at the mean level of the training clips, one at a time.

    Args:
        shards: Their files.
        settings: The log-Mel's.
        heard: as_is, padded or repeated to the length of a clip.
        levels_db: [clips] of the training clips.
    """
    target_db = mean_level_db(levels_db)
    for path in shards:
        for clip_id, waveform, _ in iterate_levelled(path, heard, settings.clip_samples, target_db):
            yield ("natural_sounds", "all"), [clip_id], waveform
