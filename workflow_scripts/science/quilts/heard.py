"""What networks hear that hear waveforms and that quilts are made for: these, and the originals."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

import numpy as np
import torch

from science.quilts.waveforms import original_clips, quilt_clips
from science.sound.settings import LogMelSettings

# Stimulus and split, clip ids, and waveforms [clips, samples] at 22,050 Hz in 16-bit units.
Heard = tuple[tuple[str, str], list[str], np.ndarray]


def quilted_waveforms(
    natural: Iterable[Heard], settings: LogMelSettings, quilts: Mapping, seed: int
) -> Iterator[Heard]:
    """The quilts of clips, of all lengths, and what they are compared with.

    Args:
        natural: The clips, a few at a time.
        settings: The log-Mel's, by whose windows quilts are made.
        quilts: segments_ms, quilted_s and ordering.
        seed: Of the start segments.
    """
    lengths, quilted_s = quilts["segments_ms"], quilts["quilted_s"]
    for (_, split), clip_ids, waveforms in natural:
        sounds = torch.from_numpy(waveforms)
        given = {"ordering": quilts["ordering"], "quilted_s": quilted_s, "settings": settings}
        made = quilt_clips(sounds, clip_ids, lengths, seed, **given)
        for segment_ms, of_length in zip(lengths, made, strict=True):
            yield (f"quilt-{segment_ms}ms", split), clip_ids, of_length.numpy()
        originals = original_clips(sounds, lengths, quilted_s, settings)
        yield ("quilt-original", split), clip_ids, originals.numpy()
