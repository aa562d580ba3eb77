"""Sound quilts: a clip's segments in a new order, so that only structure longer than them is lost.

Overath, McDermott, Zarate & Poeppel, Nat. Neurosci. 18 (2015) 903-911, as Kim, Kim & Jeong (2024)
use them. `quilt_order` decides the order, `quilt_joins` joins. The segments of a clip have to be
joined one after the other, but clips are independent: every step works on a batch of clips, on the
CPU or on a CUDA device with the same code.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from science.logmel import LogMelSettings
from science.quilt_joins import join_segments, segment_shifts
from science.quilt_order import (
    Ordering,
    border_levels,
    border_windows,
    quilt_orders,
)
from science.quilt_segments import Segmentation, cut_into_segments
from science.window_levels import window_levels


def plan_segments(
    segment_ms: float, quilted_s: float = 8.0, settings: LogMelSettings | None = None
) -> Segmentation:
    """Decide how clips are cut, see `cut_into_segments`, by the settings of the log-Mel.

    Raises:
        ValueError: No quilt can be made of segments of this length.
    """
    settings = settings or LogMelSettings()
    return cut_into_segments(
        segment_ms, quilted_s, settings.window_s, settings.clip_s, settings.sample_rate_hz
    )


def start_segments(clip_ids: Sequence[str], segments: int, seed: int) -> Tensor:
    """Draw the segment each clip's quilt starts with, from seed, clip and number of segments alone.

    Returns:
        [clips] int64, uniform on 0 ... segments − 1; the same for a clip in whatever batch.
    """
    keys = (f"{seed} {segments} {clip_id}".encode() for clip_id in clip_ids)
    digests = (hashlib.blake2b(key, digest_size=8).digest() for key in keys)
    return torch.tensor([int.from_bytes(digest, "big") % segments for digest in digests])


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
            the segments do not, see `plan_segments`.
    """
    settings = settings or LogMelSettings()
    plans = [plan_segments(segment_ms, quilted_s, settings) for segment_ms in segments_ms]
    _check_batch(waveforms, clip_ids)
    shape = (len(plans), len(waveforms), settings.clip_samples)
    quilts = empty_memory(shape, device) if out is None else out[:, : len(waveforms)]
    if quilts.shape != shape:
        raise ValueError(f"out holds {tuple(out.shape)}, the quilts need {shape}")
    source_samples = round(settings.sample_rate_hz * quilted_s)
    buffer = empty_memory((min(clips_at_once, len(waveforms)), source_samples), device)
    for first in range(0, len(waveforms), clips_at_once):
        chunk = slice(first, first + clips_at_once)
        source = buffer[: len(waveforms) - first]
        fill_source(source, waveforms[chunk], clip_ids[chunk])
        arranged = arrange_quilts(source, clip_ids[chunk], plans, seed, ordering, settings)
        for plan, (order, shifts), made in zip(plans, arranged, quilts, strict=True):
            sounding = made[chunk, : plan.quilt_samples]
            join_segments(source, order, shifts, plan, out=sounding)
            made[chunk, plan.quilt_samples :] = 0
    return quilts


def arrange_quilts(
    source: Tensor,
    clip_ids: Sequence[str],
    plans: Sequence[Segmentation],
    seed: int,
    ordering: Ordering,
    settings: LogMelSettings,
) -> list[tuple[Tensor, Tensor]]:
    """Decide for each length which segments follow one another and how they are shifted.

    Args:
        source: [clips, source_samples] from `fill_source`.
        clip_ids: The clips' ids, from which each quilt's start is drawn.
        plans: How the clips are cut, for each length; they share the levels of the windows.
        seed: Seed of the start segments.
        ordering: Which rule orders the segments, see `quilt_orders`.
        settings: The log-Mel's settings.

    Returns:
        For each length the orders and the shifts, each [clips, segments], for `join_segments`.
    """
    levels = _levels_at_borders(source, plans, settings)
    arranged = []
    for plan in plans:
        starts = start_segments(clip_ids, plan.segments, seed).to(source.device)
        borders = border_levels(levels, plan.windows_per_segment, plan.segments)
        order = quilt_orders(*borders, starts, ordering)
        arranged.append((order, segment_shifts(source, order, plan)))
    return arranged


def fill_source(source: Tensor, waveforms: Tensor, clip_ids: Sequence[str]) -> None:
    """Copy the seconds that are quilted of each clip, silence after a short one.

    Args:
        source: [clips, source_samples] float32, overwritten.
        waveforms: [clips, samples], any real type, in 16-bit units.
        clip_ids: The clips' ids.

    Raises:
        ValueError: A clip holds NaN or infinite samples; it is named.
    """
    samples = min(source.shape[1], waveforms.shape[1])
    source[:, :samples] = waveforms[:, :samples]
    source[:, samples:] = 0
    finite = source.sum(dim=1).isfinite()
    if not bool(finite.all()):
        rows = torch.nonzero(~finite).flatten().tolist()
        raise ValueError(
            f"clips {', '.join(clip_ids[row] for row in rows[:10])} hold NaN or infinite samples "
            f"and cannot be quilted; decode them anew or leave them out"
        )


def empty_memory(shape: tuple[int, ...], device: str, dtype: torch.dtype = torch.float32) -> Tensor:
    """Memory that is not set to anything.

    On a CPU NumPy allocates: it asks for huge pages, and the first touch of small ones would take
    as long as the joining itself.
    """
    if torch.device(device).type == "cpu":
        numpy_dtype = torch.empty(0, dtype=dtype).numpy().dtype
        return torch.from_numpy(np.empty(shape, dtype=numpy_dtype))
    return torch.empty(shape, dtype=dtype, device=device)


def _check_batch(waveforms: Tensor, clip_ids: Sequence[str]) -> None:
    if waveforms.ndim != 2 or len(waveforms) != len(clip_ids):
        raise ValueError(
            f"quilts need waveforms of shape [clips, samples] and an id for each clip, got shape "
            f"{tuple(waveforms.shape)} and {len(clip_ids)} ids"
        )


def _levels_at_borders(
    source: Tensor, plans: Sequence[Segmentation], settings: LogMelSettings
) -> Tensor:
    """[clips, windows, bands] in dB; windows at no segment's border keep NaN."""
    numbers = (border_windows(plan.windows_per_segment, plan.segments) for plan in plans)
    needed = torch.tensor(sorted(set().union(*numbers)), device=source.device)
    count = source.shape[1] // settings.window_samples
    windows = source[:, : count * settings.window_samples].unflatten(1, (count, -1))
    shape = (len(source), count, settings.bands)
    levels = torch.full(shape, torch.nan, dtype=torch.float64, device=source.device)
    # On a CPU clip by clip: it stays in the cache, and all products have one shape in any batch.
    block = 64 if source.device.type == "cuda" else 1
    for first in range(0, len(source), block):
        clips = windows[first : first + block].index_select(1, needed)
        made = window_levels(clips.flatten(0, 1), settings).unflatten(0, clips.shape[:2])
        levels[first : first + block].index_copy_(1, needed, made)
    return levels
