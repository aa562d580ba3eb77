"""Sound quilts: a clip's segments in a new order, so that only structure longer than them is lost.

Overath, McDermott, Zarate & Poeppel, Nat. Neurosci. 18 (2015) 903-911, as Kim, Kim & Jeong (2024)
use them. `quilt_order` decides the order, this module cuts and joins. The segments of a clip have
to be joined one after the other, but clips are independent: every step works on a batch of clips,
on the CPU or on a CUDA device with the same code.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from science.logmel import LogMelSettings
from science.quilt_order import (
    BORDER_WINDOWS,
    FEWEST_SEGMENTS,
    Ordering,
    border_levels,
    border_windows,
    quilt_orders,
    window_levels,
)


@dataclass(frozen=True)
class Segmentation:
    """How clips are cut into segments.

    Attributes:
        window_samples: W, the length of a log-Mel window, of a cross-fade and of its search.
        windows_per_segment: M.
        segments: n.
        source_samples: Samples of a clip that may be used, at least n·L + 1.
    """

    window_samples: int
    windows_per_segment: int
    segments: int
    source_samples: int

    @property
    def segment_samples(self) -> int:
        """L, the length of a segment in samples."""
        return self.windows_per_segment * self.window_samples

    @property
    def quilt_samples(self) -> int:
        """Length of the quilt in samples: that of all segments."""
        return self.segments * self.segment_samples

    @property
    def half_window_samples(self) -> int:
        """H, the longest shift, and the part of a cross-fade that lies before its border."""
        return self.window_samples // 2


def plan_segments(
    segment_ms: float, quilted_s: float = 8.0, settings: LogMelSettings | None = None
) -> Segmentation:
    """Decide into how many segments of which length the first seconds of a clip are cut.

    With the paper's values each of 50, 100, ... 1600 ms divides the same 320 windows (176,320
    samples), so that all quilts have one length. At least one sample of the seconds is left over:
    with it, the last segment can be shifted so that its cross-fade ends within them.

    Raises:
        ValueError: The segment is not a whole number of windows, or shorter than two; fewer than
            three segments fit; or the seconds are longer than a clip.
    """
    settings = settings or LogMelSettings()
    window_ms = 1000 * settings.window_s
    windows = round(segment_ms / window_ms)
    if windows < BORDER_WINDOWS or abs(windows * window_ms - segment_ms) > 1e-6 * window_ms:
        raise ValueError(
            f"a quilt segment of {segment_ms:g} ms is not a whole number, two or more, of the "
            f"{window_ms:g}-ms windows; choose a multiple of {window_ms:g} ms from "
            f"{BORDER_WINDOWS * window_ms:g} ms on"
        )
    if quilted_s > settings.clip_s:
        raise ValueError(
            f"quilts of the first {quilted_s:g} s cannot be made of clips of "
            f"{settings.clip_s:g} s; choose at most {settings.clip_s:g} s"
        )
    source_samples = round(settings.sample_rate_hz * quilted_s)
    segment_samples = windows * settings.window_samples
    segments = (source_samples - 1) // segment_samples
    if segments < FEWEST_SEGMENTS:
        raise ValueError(
            f"segments of {segment_ms:g} ms leave {max(segments, 0)} in {quilted_s:g} s, and a "
            f"quilt needs at least {FEWEST_SEGMENTS}; choose shorter segments or quilt more seconds"
        )
    return Segmentation(settings.window_samples, windows, segments, source_samples)


def start_segments(clip_ids: Sequence[str], segments: int, seed: int) -> Tensor:
    """Draw the segment each clip's quilt starts with, from seed, clip and number of segments alone.

    Returns:
        [clips] int64, uniform on 0 ... segments − 1; the same for a clip in whatever batch.
    """
    keys = (f"{seed} {segments} {clip_id}".encode() for clip_id in clip_ids)
    digests = (hashlib.blake2b(key, digest_size=8).digest() for key in keys)
    return torch.tensor([int.from_bytes(digest, "big") % segments for digest in digests])


def segment_shifts(source: Tensor, order: Tensor, segmentation: Segmentation) -> Tensor:
    """Find by how much each segment is shifted in its source so that it joins its tail best.

    The segment s at a position is x[s·L + δ ... (s + 1)·L + δ) of the clip x. Its δ is the one that
    maximises Σ_{i<W} x[e − H + i] · x[s·L + δ − H + i], where e is the shifted end of the segment
    before it, among −H ... H; the lowest of equals. Both cross-fades of a segment have to lie in
    the clip's used samples, never before 0, which leaves H for segment 0 (unless it is the first)
    and negative shifts for the last. The first segment takes the admissible δ nearest to 0.

    Args:
        source: [clips, source_samples] in 16-bit units.
        order: [clips, segments] from `quilt_orders`.
        segmentation: How the clips are cut.

    Returns:
        [clips, segments] int64 shifts in samples.
    """
    half, window = segmentation.half_window_samples, segmentation.window_samples
    length, region_samples = segmentation.segment_samples, window + 2 * half
    starts = order * length
    highest = segmentation.source_samples - (starts + length) - (window - half)
    highest[:, -1] += window - half
    lowest = half - starts
    lags = torch.arange(-half, half + 1, device=source.device)
    # Multiples of 128 are fast to transform. What wraps around misses the lags that are read.
    size = -(-region_samples // 128) * 128
    pairs = torch.zeros(len(source), 2, size, dtype=torch.float64, device=source.device)
    shift = highest[:, 0].clamp(max=0)
    shifts = [shift]
    for position in range(1, segmentation.segments):
        tail_start = starts[:, position - 1] + shift + length - half
        region_start = (starts[:, position] - 2 * half).clamp_(min=0)
        pairs[:, 0, :window] = _cut(source, tail_start, window).flip(-1)
        pairs[:, 1, :region_samples] = _cut(source, region_start, region_samples)
        tail, region = torch.fft.rfft(pairs).unbind(1)
        correlation = torch.fft.irfft(tail * region, n=size)[:, window - 1 : region_samples]
        correlation.round_().masked_fill_(lags > highest[:, position, None], -torch.inf)
        shift = torch.maximum(correlation.max(dim=1).indices - half, lowest[:, position])
        shifts.append(shift)
    return torch.stack(shifts, dim=1)


def join_segments(
    source: Tensor, order: Tensor, shifts: Tensor, segmentation: Segmentation
) -> Tensor:
    """Join the shifted segments with raised-cosine cross-fades of one window about each border.

    Around border k·L of the quilt, the sample i = 0 ... W − 1 from k·L − H on is
    (1 − w_i)·tail_i + w_i·head_i with w_i = ½ − ½·cos(π (i + ½) / W): both segments go on beyond
    their border as they do in the clip. The weights add up to 1, so the quilt stays within the
    clip's range, and no step between samples exceeds the clip's largest by more than π / 2W (0.3%)
    of that range.

    Args:
        source: [clips, source_samples] in 16-bit units.
        order: [clips, segments] from `quilt_orders`.
        shifts: [clips, segments] from `segment_shifts`.
        segmentation: How the clips are cut.

    Returns:
        [clips, quilt_samples] float32.
    """
    quilts = source.new_empty((len(source), segmentation.quilt_samples), dtype=torch.float32)
    _join_into(quilts, source, order, shifts, segmentation)
    return quilts


def _join_into(
    quilts: Tensor, source: Tensor, order: Tensor, shifts: Tensor, segmentation: Segmentation
) -> None:
    half, window = segmentation.half_window_samples, segmentation.window_samples
    length, after = segmentation.segment_samples, window - half
    phase = torch.arange(window, dtype=torch.float64, device=source.device) + 0.5
    weights = 0.5 - 0.5 * torch.cos(torch.pi * phase / window)
    starts = order * length + shifts
    last = segmentation.quilt_samples - half
    quilts[:, :after] = _cut(source, starts[:, 0], after)
    quilts[:, last:] = _cut(source, starts[:, -1] + length - half, half)
    inner = quilts[:, after:].unfold(1, length - window, length)
    inner.copy_(_cut(source, starts + after, length - window))
    tails = _cut(source, starts[:, :-1] + length - half, window)
    heads = _cut(source, starts[:, 1:] - half, window).double()
    faded = quilts[:, length - half :].unfold(1, window, length)
    # In float64: loud samples in float32 are 0.002 steps apart, so they are rounded only once.
    torch.add(heads.sub_(tails).mul_(weights), tails, out=faded)


def _cut(source: Tensor, starts: Tensor, samples: int) -> Tensor:
    """[clips, ..., samples] of each clip from its starts [clips, ...] on."""
    rows = torch.arange(len(source), device=source.device)
    rows = rows.reshape(-1, *[1] * (starts.ndim - 1))
    return source.unfold(1, samples, 1)[rows, starts]


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
    quilts = torch.zeros(shape, dtype=torch.float32, device=device)
    for first in range(0, len(waveforms), clips_at_once):
        chunk = slice(first, first + clips_at_once)
        source = _source(waveforms[chunk], clip_ids[chunk], quilted_s, settings, device)
        levels = _levels_at_borders(source, plans, settings)
        for plan, made in zip(plans, quilts, strict=True):
            starts = start_segments(clip_ids[chunk], plan.segments, seed).to(device)
            borders = border_levels(levels, plan.windows_per_segment, plan.segments)
            order = quilt_orders(*borders, starts, ordering)
            shifts = segment_shifts(source, order, plan)
            _join_into(made[chunk, : plan.quilt_samples], source, order, shifts, plan)
    return quilts


def cut_original(
    waveforms: Tensor, quilted_s: float = 8.0, settings: LogMelSettings | None = None
) -> Tensor:
    """Treat the clips as their quilts are: the first seconds in whole windows, then silence.

    Args:
        waveforms: [clips, samples], any real type, in 16-bit units.
        quilted_s: How many seconds of a clip are used.
        settings: The log-Mel's settings, for the lengths of window and clip.

    Returns:
        [clips, clip_samples] float32, sounding as long as the quilts do.
    """
    settings = settings or LogMelSettings()
    source_samples = round(settings.sample_rate_hz * quilted_s)
    kept = (source_samples - 1) // settings.window_samples * settings.window_samples
    kept = min(kept, waveforms.shape[1])
    original = waveforms.new_zeros((len(waveforms), settings.clip_samples), dtype=torch.float32)
    original[:, :kept] = waveforms[:, :kept]
    return original


def _check_batch(waveforms: Tensor, clip_ids: Sequence[str]) -> None:
    if waveforms.ndim != 2 or len(waveforms) != len(clip_ids):
        raise ValueError(
            f"quilts need waveforms of shape [clips, samples] and an id for each clip, got shape "
            f"{tuple(waveforms.shape)} and {len(clip_ids)} ids"
        )


def _source(
    waveforms: Tensor,
    clip_ids: Sequence[str],
    quilted_s: float,
    settings: LogMelSettings,
    device: str,
) -> Tensor:
    samples = round(settings.sample_rate_hz * quilted_s)
    source = waveforms[:, :samples].to(device, torch.float32)
    finite = source.sum(dim=1).isfinite()
    if not bool(finite.all()):
        rows = torch.nonzero(~finite).flatten().tolist()
        raise ValueError(
            f"clips {', '.join(clip_ids[row] for row in rows[:10])} hold NaN or infinite samples "
            f"and cannot be quilted; decode them anew or leave them out"
        )
    return torch.nn.functional.pad(source, (0, samples - source.shape[1]))


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
        clips = windows[first : first + block, needed]
        made = window_levels(clips.flatten(0, 1), settings)
        levels[first : first + block, needed] = made.unflatten(0, clips.shape[:2])
    return levels
