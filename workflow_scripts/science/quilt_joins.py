"""Joining the segments of a sound quilt: shifts that fit their waveforms, and cross-fades.

Pitch-synchronous overlap-add as in Overath et al. 2015 (Methods). A segment's shift depends on the
one before it, so positions follow one another, each for all clips of a batch at once.
"""

from __future__ import annotations

from functools import lru_cache

import torch
from torch import Tensor

from science.quilt_segments import Segmentation

# Of a correlation by float32 transforms, as a part of the product of both norms; several times
# what is seen. Where it leaves the best lag in doubt, float64 decides.
FLOAT32_ERROR = 2e-6
# Up to so many lags in doubt are correlated one by one; more of them by a transform in float64.
FEW_LAGS = 16


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
    half, length = segmentation.half_window_samples, segmentation.segment_samples
    begins = order * length
    highest = segmentation.source_samples - (begins + length) - (segmentation.window_samples - half)
    highest[:, -1] += segmentation.window_samples - half
    lowest = half - begins
    is_limited = (highest < half).any(dim=0).tolist()
    clip_begins = torch.arange(len(source), device=source.device)[:, None] * source.shape[1]
    tail_begins = (begins + clip_begins + length - half).T.contiguous()
    region_begins = ((begins - 2 * half).clamp_(min=0) + clip_begins).T.contiguous()
    doubts = _doubtful_differences(source, order, segmentation).T.contiguous()
    lags = torch.arange(-half, half + 1, device=source.device)
    search = _LagSearch(source, segmentation)
    shift = highest[:, 0].clamp(max=0)
    shifts = [shift]
    for position in range(1, segmentation.segments):
        beyond = lags > highest[:, position, None] if is_limited[position] else None
        best = search.best_lags(
            tail_begins[position - 1] + shift, region_begins[position], doubts[position], beyond
        )
        shift = torch.maximum(best - half, lowest[:, position])
        shifts.append(shift)
    return torch.stack(shifts, dim=1)


def _doubtful_differences(source: Tensor, order: Tensor, plan: Segmentation) -> Tensor:
    """[clips, segments]: by how much two correlations at a join may be closer than they seem.

    Tail and region lie in the two windows about a border, so the borders' norms bound theirs.
    """
    window, segments = plan.window_samples, (plan.segments, plan.segment_samples)
    cut = source[:, : plan.quilt_samples].unflatten(1, segments)
    first, second, last = (
        torch.linalg.vector_norm(part, dim=2)
        for part in (cut[..., :window], cut[:, :1, window : 2 * window], cut[..., -window:])
    )
    rest = source[:, plan.quilt_samples : plan.quilt_samples + window]
    rest = torch.linalg.vector_norm(rest, dim=1, keepdim=True)
    norms = torch.hypot(torch.cat((second, last), dim=1), torch.cat((first, rest), dim=1))
    after = norms.gather(1, order)
    before = norms.gather(1, order + 1).roll(1, dims=1)
    return 2 * FLOAT32_ERROR * before * after


class _LagSearch:
    """Finds at which lag a region of each clip correlates best with a tail of it.

    Holds the memory that all positions of a quilt use in turn.
    """

    def __init__(self, source: Tensor, plan: Segmentation) -> None:
        self._window = plan.window_samples
        self._lags = 2 * plan.half_window_samples + 1
        region_samples = self._window + self._lags - 1
        # Multiples of 128 are fast to transform. What wraps around misses the lags that are read.
        self._size = -(-region_samples // 128) * 128
        self._pairs = source.new_zeros(2, len(source), self._size)
        self._tails = self._pairs[0, :, : self._window]
        self._regions = self._pairs[1, :, :region_samples]
        samples = source.reshape(-1)
        self._source_tails = samples.unfold(0, self._window, 1)
        self._source_regions = samples.unfold(0, region_samples, 1)

    def best_lags(
        self, tail_begins: Tensor, region_begins: Tensor, doubts: Tensor, beyond: Tensor | None
    ) -> Tensor:
        """[clips] the best lag, from 0 on, none that is `beyond` [clips, lags]."""
        torch.index_select(self._source_tails, 0, tail_begins, out=self._tails)
        torch.index_select(self._source_regions, 0, region_begins, out=self._regions)
        correlation = self._correlate(self._pairs)
        if beyond is not None:
            correlation.masked_fill_(beyond, -torch.inf)
        highest, best = correlation.max(dim=1, keepdim=True)
        correlation.scatter_(1, best, -torch.inf)
        near = highest[:, 0] - doubts
        is_doubtful = correlation.amax(dim=1) >= near
        if is_doubtful.any():
            correlation.scatter_(1, best, highest)
            rows = is_doubtful.nonzero()[:, 0]
            best[rows, 0] = self._exact_lags(rows, correlation[rows] >= near[rows, None])
        return best[:, 0]

    def _exact_lags(self, rows: Tensor, candidates: Tensor) -> Tensor:
        """[rows] the best of the candidates [rows, lags] in float64, the lowest of equals.

        For samples in whole 16-bit steps correlations are whole numbers, and here they are exact.
        """
        exact = candidates.new_full(candidates.shape, -torch.inf, dtype=torch.float64)
        has_many = candidates.count_nonzero(dim=1) > FEW_LAGS
        row, lag = candidates.logical_and(~has_many[:, None]).nonzero(as_tuple=True)
        regions = self._regions.unfold(1, self._window, 1)[rows[row], lag].double()
        exact[row, lag] = regions.mul_(self._tails[rows[row]]).sum(dim=1)
        if has_many.any():
            correlation = self._correlate(self._pairs[:, rows[has_many]].double()).round_()
            exact[has_many] = correlation.masked_fill_(~candidates[has_many], -torch.inf)
        return exact.max(dim=1).indices

    def _correlate(self, pairs: Tensor) -> Tensor:
        tails, regions = torch.fft.rfft(pairs)
        return torch.fft.irfft(tails.conj_physical_().mul_(regions), n=self._size)[:, : self._lags]


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
    # On a CPU a few clips at a time: their cross-fades stay in the cache.
    block = min(64 if source.device.type == "cuda" else 16, len(source))
    joins = (block, segmentation.segments - 1, segmentation.window_samples)
    room = source.new_empty(2, *joins)
    for first in range(0, len(source), block):
        clips = slice(first, first + block)
        _join_block(out[clips], source[clips], begins[clips], segmentation, room)
    return out


def _join_block(
    quilts: Tensor, source: Tensor, begins: Tensor, plan: Segmentation, room: Tensor
) -> None:
    half, window, length = plan.half_window_samples, plan.window_samples, plan.segment_samples
    after = window - half
    inner = quilts[:, after:].unfold(1, length - window, length)
    for quilt, clip, segments in zip(inner, source, begins + after, strict=True):
        _copy_windows(clip, segments, quilt)
    samples = source.reshape(-1)
    begins = begins + torch.arange(len(source), device=source.device)[:, None] * source.shape[1]
    _copy_windows(samples, begins[:, 0], quilts[:, :after])
    _copy_windows(samples, begins[:, -1] + length - half, quilts[:, plan.quilt_samples - half :])
    heads, tails = room[:, : len(source)]
    _copy_windows(samples, (begins[:, 1:] - half).flatten(), heads.flatten(0, 1))
    _copy_windows(samples, (begins[:, :-1] + length - half).flatten(), tails.flatten(0, 1))
    rises = heads.sub_(tails)
    coarse, fine = _fade_weights(window, source.device)
    faded = quilts[:, length - half :].unfold(1, window, length)
    torch.addcmul(tails.addcmul_(rises, coarse), rises, fine, out=faded)


@lru_cache(maxsize=8)
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
