"""Joining the segments of a sound quilt: shifts that fit their waveforms, and cross-fades.

Pitch-synchronous overlap-add as in Overath et al. 2015 (Methods). A segment's shift depends on the
one before it, so positions follow one another, each for all clips of a batch at once.
"""

from __future__ import annotations

import torch
from torch import Tensor

from science.quilt_segments import Segmentation

# Of a correlation by float32 transforms, as a part of the product of both norms; several times
# what is seen. Where it leaves the best lag in doubt, float64 decides.
FLOAT32_ERROR = 2e-6


def segment_shifts(source: Tensor, order: Tensor, segmentation: Segmentation) -> Tensor:
    """Find by how much each segment is shifted in its source so that it joins its tail best.

    The segment s at a position is x[s·L + δ ... (s + 1)·L + δ) of the clip x. Its δ is the one that
    maximises Σ_{i<W} x[e − H + i] · x[s·L + δ − H + i], where e is the shifted end of the segment
    before it, among −H ... H; the lowest of equals. Both cross-fades of a segment have to lie in
    the clip's used samples, never before 0, which leaves H for segment 0 (unless it is the first)
    and negative shifts for the last. The first segment takes the admissible δ nearest to 0.

    Args:
        source: [clips, source_samples] float32 in 16-bit units.
        order: [clips, segments] from `quilt_orders`.
        segmentation: How the clips are cut.

    Returns:
        [clips, segments] int64 shifts in samples.
    """
    half, window = segmentation.half_window_samples, segmentation.window_samples
    length, region_samples = segmentation.segment_samples, window + 2 * half
    begins = order * length
    highest = segmentation.source_samples - (begins + length) - (window - half)
    highest[:, -1] += window - half
    is_limited = (highest < half).any(dim=0).tolist()
    lags = torch.arange(-half, half + 1, device=source.device)
    samples = source.reshape(-1)
    clip_begins = torch.arange(len(source), device=source.device) * source.shape[1]
    tail_begins = begins + clip_begins[:, None] + length - half
    region_begins = (begins - 2 * half).clamp_(min=0) + clip_begins[:, None]
    # Multiples of 128 are fast to transform. What wraps around misses the lags that are read.
    size = -(-region_samples // 128) * 128
    pairs = torch.zeros(len(source), 2, size, device=source.device)
    shift = highest[:, 0].clamp(max=0)
    shifts = [shift]
    for position in range(1, segmentation.segments):
        tail_begin = tail_begins[:, position - 1] + shift
        _copy_windows(samples, tail_begin, pairs[:, 0, :window])
        _copy_windows(samples, region_begins[:, position], pairs[:, 1, :region_samples])
        beyond = lags > highest[:, position, None] if is_limited[position] else None
        best = _best_lags(pairs, len(lags), beyond)
        shift = torch.maximum(best - half, half - begins[:, position])
        shifts.append(shift)
    return torch.stack(shifts, dim=1)


def _best_lags(pairs: Tensor, lags: int, beyond: Tensor | None) -> Tensor:
    """The lag, from 0 on, at which each second row of samples correlates best with the first."""
    correlation = _correlate(pairs, lags, beyond)
    highest, best = correlation.max(dim=1, keepdim=True)
    error = FLOAT32_ERROR * torch.linalg.vector_norm(pairs, dim=2).prod(dim=1, keepdim=True)
    near = correlation >= highest - 2 * error
    best = best[:, 0]
    if near.count_nonzero() > len(pairs):
        doubtful = (near.count_nonzero(dim=1) > 1).nonzero()[:, 0]
        beyond = None if beyond is None else beyond[doubtful]
        # For samples in whole 16-bit steps correlations are whole numbers, so rounded ones exact.
        exact = _correlate(pairs[doubtful].double(), lags, beyond).round_()
        best[doubtful] = exact.max(dim=1).indices
    return best


def _correlate(pairs: Tensor, lags: int, beyond: Tensor | None) -> Tensor:
    first, second = torch.fft.rfft(pairs).unbind(1)
    correlation = torch.fft.irfft(first.conj() * second, n=pairs.shape[2])[:, :lags]
    return correlation if beyond is None else correlation.masked_fill_(beyond, -torch.inf)


def join_segments(
    source: Tensor,
    order: Tensor,
    shifts: Tensor,
    segmentation: Segmentation,
    out: Tensor | None = None,
) -> Tensor:
    """Join the shifted segments with raised-cosine cross-fades of one window about each border.

    Around border k·L of the quilt, the sample i = 0 ... W − 1 from k·L − H on is
    (1 − w_i)·tail_i + w_i·head_i with w_i = ½ − ½·cos(π (i + ½) / W): both segments go on beyond
    their border as they do in the clip. The weights add up to 1, so the quilt stays within the
    clip's range, and no step between samples exceeds the clip's largest by more than π / 2W (0.3%)
    of that range.

    Args:
        source: [clips, source_samples] float32 in 16-bit units.
        order: [clips, segments] from `quilt_orders`.
        shifts: [clips, segments] from `segment_shifts`.
        segmentation: How the clips are cut.
        out: [clips, quilt_samples] float32 to be filled, or None for a new tensor.

    Returns:
        [clips, quilt_samples] float32, within 0.001 of the exact sum for clips in whole 16-bit
        steps.
    """
    if out is None:
        out = source.new_empty((len(source), segmentation.quilt_samples))
    begins = order * segmentation.segment_samples + shifts
    # A few clips at a time: their cross-fades stay in memory that is at hand.
    block = 1024 if source.device.type == "cuda" else 16
    for first in range(0, len(source), block):
        clips = slice(first, first + block)
        _join_block(out[clips], source[clips], begins[clips], segmentation)
    return out


def _join_block(quilts: Tensor, source: Tensor, begins: Tensor, plan: Segmentation) -> None:
    half, window, length = plan.half_window_samples, plan.window_samples, plan.segment_samples
    after = window - half
    inner = quilts[:, after:].unfold(1, length - window, length)
    for quilt, clip, segments in zip(inner, source, begins + after, strict=True):
        _copy_windows(clip, segments, quilt)
    samples = source.reshape(-1)
    begins = begins + torch.arange(len(source), device=source.device)[:, None] * source.shape[1]
    _copy_windows(samples, begins[:, 0], quilts[:, :after])
    _copy_windows(samples, begins[:, -1] + length - half, quilts[:, plan.quilt_samples - half :])
    joins = (len(source), plan.segments - 1, window)
    heads, tails = source.new_empty(2, joins[0] * joins[1], window)
    _copy_windows(samples, (begins[:, 1:] - half).flatten(), heads)
    _copy_windows(samples, (begins[:, :-1] + length - half).flatten(), tails)
    rises = heads.sub_(tails)
    coarse, fine = _fade_weights(window, source.device)
    faded = quilts[:, length - half :].unfold(1, window, length)
    tails.addcmul_(rises, coarse)
    torch.addcmul(tails.view(joins), rises.view(joins), fine, out=faded)


def _fade_weights(window: int, device: torch.device) -> tuple[Tensor, Tensor]:
    """The raised cosine as a sum of multiples of 1/256 and of what is left.

    The difference of two 16-bit samples times the first, and the sum with a sample, is exact in
    float32. Only the sum with the small rest is rounded, once, as if all had been float64.
    """
    phase = torch.arange(window, dtype=torch.float64, device=device) + 0.5
    weights = 0.5 - 0.5 * torch.cos(torch.pi * phase / window)
    coarse = (weights * 256).round_() / 256
    return coarse.float(), (weights - coarse).float()


def _copy_windows(samples: Tensor, begins: Tensor, windows: Tensor) -> None:
    """Fill windows [count, length] with the samples [all] from each of the begins [count] on."""
    torch.index_select(samples.unfold(0, windows.shape[1], 1), 0, begins, out=windows)
