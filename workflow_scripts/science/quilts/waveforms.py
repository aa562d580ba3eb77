"""The waveforms of quilts, for networks that hear these; see `logmel` for those that do not."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from science.quilts.joins import SegmentJoiner
from science.quilts.order import Ordering
from science.quilts.quilting import arrange_quilts, fill_source
from science.quilts.segments import ORIGINAL, cut_into_segments, shortest_quilt_samples
from science.sound.settings import LogMelSettings
from science.sound.short_clips import fill


def quilt_clips(
    waveforms: Tensor,
    clip_ids: Sequence[str],
    segments_ms: Sequence[float],
    seed: int,
    *,
    ordering: Ordering = "overath",
    quilted_s: float = 8.0,
    settings: LogMelSettings | None = None,
) -> Tensor:
    """Make quilts of the first seconds of each clip; the rest of the clip is silence.

    Clips that are shorter are padded with silence first, which is cut and ordered with the sound.
    A quilt depends on the clip, its id, the segment length, the ordering and the seed, not on the
    other clips or lengths; several lengths at once share the levels that they are ordered by.

    Args:
        waveforms: [clips, samples], any real type, in 16-bit units.
        clip_ids: The clips' ids, from which each quilt's start is drawn.
        segments_ms: Lengths of the segments, each a multiple of 25 ms, 50 ms or more.
        seed: Seed of the start segments.
        ordering: Which rule orders the segments, see `quilt_orders`.
        quilted_s: How many seconds of a clip are used.
        settings: The log-Mel's settings: sampling rate, window, bands, length of a clip.

    Returns:
        [lengths, clips, clip_samples] float32 in 16-bit units.

    Raises:
        ValueError: A clip holds NaN or infinite samples (it is named), the shapes do not fit, or
            the segments do not, see `cut_into_segments`.
    """
    settings = settings or LogMelSettings()
    plans = [cut_into_segments(segment_ms, quilted_s, settings) for segment_ms in segments_ms]
    _check_batch(waveforms, clip_ids)
    quilts = torch.empty((len(plans), len(waveforms), settings.clip_samples))
    source = torch.empty((len(waveforms), plans[0].source_samples))
    fill_source(source, waveforms)
    arranged = arrange_quilts(source, clip_ids, plans, seed, ordering, settings)
    for plan, (order, shifts), made in zip(plans, arranged, quilts, strict=True):
        joiner = SegmentJoiner(source, order, shifts, plan)
        joiner.join(slice(None), made[:, : plan.quilt_samples])
        made[:, shortest_quilt_samples(plans) :] = 0
    return quilts


def original_clips(
    waveforms: Tensor, segments_ms: Sequence[float], quilted_s: float, settings: LogMelSettings
) -> Tensor:
    """What quilts are compared with: the clips [clips, samples], sounding no longer than quilts.

    Args:
        waveforms: [clips, samples] as long as a clip, any real type, in 16-bit units.
        segments_ms: Lengths of the segments of the quilts.
        quilted_s: How many seconds of a clip are used.
        settings: The log-Mel's settings.

    Returns:
        [clips, samples] float32, silent after the shortest quilt.
    """
    plans = [cut_into_segments(segment_ms, quilted_s, settings) for segment_ms in segments_ms]
    originals = waveforms.float().clone()
    originals[:, shortest_quilt_samples(plans) :] = 0
    return originals


def quilts_to_hear(
    samples: np.ndarray,
    clip_id: str,
    segments_ms: Sequence[float],
    seed: int,
    ordering: Ordering,
    quilted_s: float,
    settings: LogMelSettings,
) -> dict[str, np.ndarray]:
    """A clip as far as it is quilted, and its quilts, without the silence after them.

    Args:
        samples: [samples] in 16-bit units, at the rate of the settings.
        clip_id: From which the start of the quilts is drawn.
        segments_ms: Lengths of the segments.
        seed: Seed of the start segments.
        ordering: Which rule orders the segments.
        quilted_s: How many seconds of a clip are used.
        settings: The log-Mel's settings.

    Returns:
        [samples] by stimulus: original, 50ms and so on.
    """
    clip = torch.empty((1, settings.clip_samples))
    fill(clip.numpy()[0], samples, settings.short_clips)
    given = {"ordering": ordering, "quilted_s": quilted_s, "settings": settings}
    made = quilt_clips(clip, [clip_id], segments_ms, seed, **given)
    plans = [cut_into_segments(segment_ms, quilted_s, settings) for segment_ms in segments_ms]
    sounding = shortest_quilt_samples(plans)
    names = [f"{segment_ms}ms" for segment_ms in segments_ms]
    heard = zip([ORIGINAL, *names], [clip, *made], strict=True)
    return {name: of_clip[0, :sounding].numpy() for name, of_clip in heard}


def _check_batch(waveforms: Tensor, clip_ids: Sequence[str]) -> None:
    if waveforms.ndim != 2 or len(waveforms) != len(clip_ids):
        raise ValueError(
            f"quilts need waveforms of shape [clips, samples] and an id for each clip, got shape "
            f"{tuple(waveforms.shape)} and {len(clip_ids)} ids"
        )
