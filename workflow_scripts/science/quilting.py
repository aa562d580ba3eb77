"""Sound quilts: a clip's segments in a new order, so that only structure longer than them is lost.

Overath, McDermott, Zarate & Poeppel, Nat. Neurosci. 18 (2015) 903-911, as Kim, Kim & Jeong (2024)
use them. The segments of a clip have to be joined one after the other, but clips are independent:
every step here works on a batch of clips, on the CPU or on a CUDA device with the same code.

Notation. A clip's first seconds are cut into n segments of L samples, each a whole number M of the
log-Mel's windows of W samples (25 ms). X_s[m, b] is the level in dB of window m and Mel band b of
segment s, windows side by side and uncentred. The change at a border, when t follows s, is

    D(s, t) = Σ_{m=0,1} Σ_b (X_s[M − 2 + m, b] − X_t[m, b])²

and s's natural change is D(s, s + 1); the last segment has no successor in the clip and takes the
(lower) median of the clip's natural changes in its place.

Every quantity that decides something is exact: levels are rounded to 2⁻¹⁵ dB, below the error of
the float32 transform, and samples that are correlated to whole 16-bit steps, which clips are
anyway. Then float64 holds every sum without rounding, so that equal is equal, and the lowest index
wins, in whatever order and on whatever machine the sums are made.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, get_args

import torch
from torch import Tensor

from science.logmel import LogMel, LogMelSettings

Ordering = Literal["overath", "kim2024"]

FEWEST_SEGMENTS = 3
BORDER_WINDOWS = 2
LEVEL_STEP_DB = 2.0**-15


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
    source_samples = int(settings.sample_rate_hz * quilted_s)
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


def border_levels(
    source: Tensor, segmentation: Segmentation, logmel: LogMel
) -> tuple[Tensor, Tensor]:
    """Log-Mel levels of the two windows at the right and at the left end of every segment.

    Args:
        source: [clips, samples] in 16-bit units; at least `segmentation.quilt_samples` long.
        segmentation: How the clips are cut.
        logmel: The transform; its windows are those of the segmentation.

    Returns:
        right and left, each [clips, segments, 2 · bands] float32 in dB, the earlier window first.
    """
    windows = source[:, : segmentation.quilt_samples].unflatten(
        1, (segmentation.segments, segmentation.windows_per_segment, segmentation.window_samples)
    )
    left = _levels(windows[:, :, :BORDER_WINDOWS], logmel)
    if segmentation.windows_per_segment == BORDER_WINDOWS:
        return left, left
    return _levels(windows[:, :, -BORDER_WINDOWS:], logmel), left


def _levels(windows: Tensor, logmel: LogMel) -> Tensor:
    return logmel.from_frames(windows.flatten(0, 2)).reshape(*windows.shape[:2], -1)


def border_changes(right: Tensor, left: Tensor) -> Tensor:
    """D(s, t) of the module's docstring for all pairs of segments of each clip.

    Args:
        right: [clips, segments, levels] in dB, what each segment ends with.
        left: [clips, segments, levels] in dB, what each begins with.

    Returns:
        [clips, segments s, segments t] float64 in dB², exact for levels rounded to 2⁻¹⁵ dB.
    """
    right, left = (
        levels.double().div_(LEVEL_STEP_DB).round_().mul_(LEVEL_STEP_DB) for levels in (right, left)
    )
    squares = right.square().sum(-1)[:, :, None] + left.square().sum(-1)[:, None, :]
    return torch.baddbmm(squares, right, left.mT, alpha=-2.0)


def quilt_orders(
    right: Tensor, left: Tensor, starts: Tensor, ordering: Ordering = "overath"
) -> Tensor:
    """Order the segments of each clip: greedy, without reuse, never one's natural successor.

    After s follows the t, among the unused ones other than s + 1, with the smallest
    |D(s, t) − D(s, s + 1)| (`overath`) or |D(t, t + 1) − D(s, s + 1)| (`kim2024`, the paper's
    code); the lowest t of equals. While two segments are unused, a t is passed over if the other
    is t + 1, which would otherwise have to follow it at the end; there is always one to take.

    Args:
        right: [clips, segments, levels], from `border_levels`.
        left: [clips, segments, levels], from `border_levels`.
        starts: [clips] the first segment of each quilt.
        ordering: Which rule.

    Returns:
        [clips, segments] int64: the segment at each position.

    Raises:
        ValueError: The ordering is unknown, or there are fewer than three segments.
    """
    if ordering not in get_args(Ordering):
        raise ValueError(
            f"unknown quilt ordering {ordering!r}; choose one of {', '.join(get_args(Ordering))}"
        )
    if left.shape[1] < FEWEST_SEGMENTS:
        raise ValueError(
            f"{left.shape[1]} segments cannot be quilted; at least {FEWEST_SEGMENTS} are needed"
        )
    return _greedy_orders(_order_costs(border_changes(right, left), ordering), starts)


def _order_costs(changes: Tensor, ordering: Ordering) -> Tensor:
    natural = changes.diagonal(offset=1, dim1=1, dim2=2)
    natural = torch.cat((natural, natural.median(dim=1, keepdim=True).values), dim=1)
    own = natural[:, None, :] if ordering == "kim2024" else changes
    costs = (own - natural[:, :, None]).abs_()
    costs.diagonal(offset=1, dim1=1, dim2=2).fill_(torch.inf)
    return costs


def _greedy_orders(costs: Tensor, starts: Tensor) -> Tensor:
    clips, segments, _ = costs.shape
    rows = torch.arange(clips, device=costs.device)
    current = starts.to(costs.device)
    # Zero for an unused segment, infinity for a used one.
    used = torch.zeros(clips, segments, dtype=costs.dtype, device=costs.device)
    positions = [current]
    for position in range(1, segments):
        used[rows, current] = torch.inf
        row = costs[rows, current] + used
        if position == segments - BORDER_WINDOWS:
            row[:, :-1].masked_fill_(used[:, 1:] == 0, torch.inf)
        current = row.min(dim=1).indices
        positions.append(current)
    return torch.stack(positions, dim=1)


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
    tails = _cut(source, starts[:, :-1] + length - half, window).double()
    heads = _cut(source, starts[:, 1:] - half, window).double()
    faded = quilts[:, length - half :].unfold(1, window, length)
    # In float64, so that a sample is rounded once: float32 is barely finer than the tolerance.
    faded.copy_(tails.lerp_(heads, weights))


def _cut(source: Tensor, starts: Tensor, samples: int) -> Tensor:
    """[clips, ..., samples] of each clip from its starts [clips, ...] on."""
    rows = torch.arange(len(source), device=source.device)
    rows = rows.reshape(-1, *[1] * (starts.ndim - 1))
    return source.unfold(1, samples, 1)[rows, starts]


def quilt_clips(
    waveforms: Tensor,
    clip_ids: Sequence[str],
    segment_ms: float,
    seed: int,
    logmel: LogMel,
    *,
    ordering: Ordering = "overath",
    quilted_s: float = 8.0,
    clips_at_once: int = 64,
) -> Tensor:
    """Make a quilt of the first seconds of each clip; the rest of the clip is silence.

    Clips that are shorter are padded with silence first, which is cut and ordered with the sound.
    A quilt depends on the clip, its id, the segment length, the ordering and the seed, and not on
    the other clips of the batch.

    Args:
        waveforms: [clips, samples], any real type, in 16-bit units.
        clip_ids: The clips' ids, from which each quilt's start is drawn.
        segment_ms: Length of the segments, a multiple of 25 ms, 50 ms or more.
        seed: Seed of the start segments.
        logmel: The transform whose levels are compared; the work is done on its device.
        ordering: Which rule orders the segments, see `quilt_orders`.
        quilted_s: How many seconds of a clip are used.
        clips_at_once: Clips in work at a time, which bounds the memory (about 8 MB a clip).

    Returns:
        [clips, clip_samples] float32 in 16-bit units on the device of `logmel`.

    Raises:
        ValueError: A clip holds NaN or infinite samples (named), the shapes do not fit, or the
            segments do not, see `plan_segments`.
    """
    segmentation = plan_segments(segment_ms, quilted_s, logmel.settings)
    _check_batch(waveforms, clip_ids)
    shape = (len(waveforms), logmel.settings.clip_samples)
    quilts = torch.zeros(shape, dtype=torch.float32, device=logmel.device)
    starts = start_segments(clip_ids, segmentation.segments, seed).to(logmel.device)
    for first in range(0, len(waveforms), clips_at_once):
        chunk = slice(first, first + clips_at_once)
        source = _source(waveforms[chunk], clip_ids[chunk], segmentation, logmel.device)
        right, left = border_levels(source, segmentation, logmel)
        order = quilt_orders(right, left, starts[chunk], ordering)
        shifts = segment_shifts(source, order, segmentation)
        _join_into(
            quilts[chunk, : segmentation.quilt_samples], source, order, shifts, segmentation
        )
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
        [clips, clip_samples] float32, as long as the quilts and silent where they are.
    """
    settings = settings or LogMelSettings()
    source_samples = int(settings.sample_rate_hz * quilted_s)
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
    waveforms: Tensor, clip_ids: Sequence[str], segmentation: Segmentation, device: torch.device
) -> Tensor:
    source = waveforms[:, : segmentation.source_samples].to(device, torch.float32)
    finite = source.sum(dim=1).isfinite()
    if not bool(finite.all()):
        rows = torch.nonzero(~finite).flatten().tolist()
        raise ValueError(
            f"clips {', '.join(clip_ids[row] for row in rows[:10])} hold NaN or infinite samples "
            f"and cannot be quilted; decode them anew or leave them out"
        )
    missing = segmentation.source_samples - source.shape[1]
    return torch.nn.functional.pad(source, (0, missing)) if missing else source
