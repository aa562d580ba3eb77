"""The waveforms of quilts, for networks that hear these; see `logmel` for those that do not."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from science.quilts.joins import SegmentJoiner
from science.quilts.order import Ordering
from science.quilts.quilting import arrange_quilts, empty_memory, fill_source
from science.quilts.segments import Segmentation, cut_into_segments, shortest_quilt_samples
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
    device: str = "cpu",
    clips_at_once: int = 64,
    out: Tensor | None = None,
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
        device: Where the work is done.
        clips_at_once: Clips in work at a time, which bounds the memory used besides the result.
        out: A result of an earlier call to be overwritten, of at least as many clips: a new one
            costs as much as half the joining, since its memory has to be had first.

    Returns:
        [lengths, clips, clip_samples] float32 in 16-bit units, on the device.

    Raises:
        ValueError: A clip holds NaN or infinite samples (it is named), the shapes do not fit, or
            the segments do not, see `cut_into_segments`.
    """
    settings = settings or LogMelSettings()
    plans = [cut_into_segments(segment_ms, quilted_s, settings) for segment_ms in segments_ms]
    _check_batch(waveforms, clip_ids)
    shape = (len(plans), len(waveforms), settings.clip_samples)
    quilts = empty_memory(shape, device) if out is None else out[:, : len(waveforms)]
    if quilts.shape != shape:
        raise ValueError(f"out holds {tuple(out.shape)}, the quilts need {shape}")
    source_samples, sounding = plans[0].source_samples, shortest_quilt_samples(plans)
    buffer = empty_memory((min(clips_at_once, len(waveforms)), source_samples), device)
    for first in range(0, len(waveforms), clips_at_once):
        chunk = slice(first, first + clips_at_once)
        source = buffer[: len(waveforms) - first]
        fill_source(source, waveforms[chunk])
        arranged = arrange_quilts(source, clip_ids[chunk], plans, seed, ordering, settings)
        for plan, (order, shifts), made in zip(plans, arranged, quilts, strict=True):
            join_segments(source, order, shifts, plan, out=made[chunk, : plan.quilt_samples])
            made[chunk, sounding:] = 0
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
    heard = zip(["original", *names], [clip, *made], strict=True)
    return {name: of_clip[0, :sounding].numpy() for name, of_clip in heard}


def _check_batch(waveforms: Tensor, clip_ids: Sequence[str]) -> None:
    if waveforms.ndim != 2 or len(waveforms) != len(clip_ids):
        raise ValueError(
            f"quilts need waveforms of shape [clips, samples] and an id for each clip, got shape "
            f"{tuple(waveforms.shape)} and {len(clip_ids)} ids"
        )


def join_segments(
    source: Tensor, order: Tensor, shifts: Tensor, plan: Segmentation, out: Tensor | None = None
) -> Tensor:
    """Join the segments of all clips of a batch, see `SegmentJoiner`: [clips, quilt_samples]."""
    if out is None:
        out = source.new_empty((len(source), plan.quilt_samples))
    joiner = SegmentJoiner(source, order, shifts, plan)
    for first in range(0, len(source), 16):
        clips = slice(first, first + 16)
        joiner.join(clips, out[clips])
    return out
