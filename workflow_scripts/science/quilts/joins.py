"""Joining the segments of a sound quilt: shifts that fit their waveforms, and cross-fades.

Pitch-synchronous overlap-add as in Overath et al. 2015 (Methods). A segment's shift depends on the
one before it, so positions follow one another, each for all clips of a batch at once.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from itertools import pairwise

import torch
from torch import Tensor
from torch.nn import functional

from science.quilts.segments import Segmentation

# Of a correlation by float32 transforms, as a part of the product of both norms; several times
# what is seen. Where it leaves the best lag in doubt, float64 decides.
FLOAT32_ERROR = 2e-6
# Up to so many lags in doubt are correlated one by one; more of them by a transform in float64.
FEW_LAGS = 16


def segment_shifts(
    source: Tensor,
    orders: Sequence[Tensor],
    segmentations: Sequence[Segmentation],
    norms: Tensor | None = None,
) -> list[Tensor]:
    """Find by how much each segment is shifted in its source so that it joins its tail best.

    The segment s at a position is x[s·L + δ ... (s + 1)·L + δ) of the clip x. Its δ is the one that
    maximises Σ_{i<W} x[e − H + i] · x[s·L + δ − H + i], where e is the shifted end of the segment
    before it, among −H ... H; the lowest of equals. Both cross-fades of a segment have to lie in
    the clip's used samples, never before 0, which leaves H for segment 0 (unless it is the first)
    and negative shifts for the last. The first segment takes the admissible δ nearest to 0.

    The quilts of several lengths are gone through together, which makes fewer and larger steps.

    Args:
        source: [clips, source_samples] float32 in 16-bit units.
        orders: For each length, [clips, segments] from `quilt_orders`.
        segmentations: For each length, how the clips are cut; all have the same windows.
        norms: The source's `window_norms`, where they are known already.

    Returns:
        For each length, [clips, segments] int64 shifts in samples.
    """
    half = segmentations[0].half_window_samples
    # Those of most segments come first, so that the quilts that go on are always the first rows.
    ranked = sorted(range(len(orders)), key=lambda place: -segmentations[place].segments)
    plans = [segmentations[place] for place in ranked]
    norms = window_norms(source, plans[0].window_samples) if norms is None else norms
    joins = [_joins(source, norms, orders[place], segmentations[place]) for place in ranked]
    tails, regions, lowest, highest, doubts = (
        _side_by_side(parts) for parts in zip(*joins, strict=True)
    )
    # A lag is a shift counted from the lowest on.
    lags = torch.empty_like(tails)
    torch.clamp(highest[0], max=half, out=lags[0])
    search = _LagSearch(source, plans[0], tails.shape[1])
    for first, last in pairwise([1, *sorted({plan.segments for plan in plans})]):
        rows = len(source) * sum(first < plan.segments for plan in plans)
        search.use_rows(rows)
        before = [part[first - 1 : last - 1, :rows].unbind() for part in (tails, lags)]
        after = [part[first:last, :rows].unbind() for part in (regions, doubts, lowest, lags)]
        limits = _limits(highest[first:last, :rows], 2 * half)
        for tail, lag_before, region, doubt, at_least, lag, limited in zip(
            *before, *after, limits, strict=True
        ):
            best = search.best_lags(tail + lag_before, region, doubt, limited)
            torch.maximum(best, at_least, out=lag)
    shifts = lags.sub_(half).split(len(source), dim=1)
    found = dict(zip(ranked, shifts, strict=True))
    return [found[place][: plan.segments].T for place, plan in enumerate(segmentations)]


def _joins(source: Tensor, norms: Tensor, order: Tensor, plan: Segmentation) -> tuple[Tensor, ...]:
    """What has to be known of each join before the lag of the segment before it is.

    Returns:
        Where in all samples of the source the tail of lag 0 begins, and the region in which its
        like is sought; the lowest and the highest lag; and by how much two correlations may be
        closer than they seem; each [clips, segments].
    """
    half, length = plan.half_window_samples, plan.segment_samples
    begins = order * length
    clip_begins = torch.arange(len(source), device=source.device)[:, None] * source.shape[1]
    highest = plan.source_samples - (begins + length) - (plan.window_samples - half) + half
    highest[:, -1] += plan.window_samples - half
    # Tail and region lie in the two windows about a border, whose norms bound theirs.
    borders = torch.arange(plan.segments + 1, device=source.device) * plan.windows_per_segment
    about = torch.hypot(norms[:, (borders - 1).abs()], norms[:, borders])
    after, before = about.gather(1, order), about.gather(1, order + 1).roll(1, dims=1)
    return (
        begins + clip_begins + length - 2 * half,
        (begins - 2 * half).clamp_(min=0) + clip_begins,
        2 * half - begins,
        highest,
        2 * FLOAT32_ERROR * before * after,
    )


def _limits(highest: Tensor, highest_of_all: int) -> list[list[tuple[int, int]]]:
    """For each position the rows that may not have all lags, and the highest that each may have."""
    is_limited = highest < highest_of_all
    limits: list[list[tuple[int, int]]] = [[] for _ in highest]
    places = is_limited.nonzero().tolist()
    for (position, row), lag in zip(places, highest[is_limited].tolist(), strict=True):
        limits[position].append((row, lag))
    return limits


def window_norms(source: Tensor, window_samples: int) -> Tensor:
    """[clips, windows + 1] norms of the windows side by side, and of what is left of the source.

    In 16-bit units, as the source [clips, source_samples]; not finite where a sample is not.
    """
    used = source.shape[1] // window_samples * window_samples
    windows = source[:, :used].unflatten(1, (-1, window_samples))
    rest = torch.linalg.vector_norm(source[:, used:], dim=1, keepdim=True)
    return torch.cat((torch.linalg.vector_norm(windows, dim=2), rest), dim=1)


def _side_by_side(parts: Sequence[Tensor]) -> Tensor:
    """[clips, segments] of each length, most segments first -> [most segments, all rows]."""
    most = parts[0].shape[1]
    padded = [functional.pad(part, (0, most - part.shape[1])) for part in parts]
    return torch.cat(padded).T.contiguous()


class _LagSearch:
    """Finds at which lag a region of each clip correlates best with a tail of it.

    Holds the memory that all positions of the quilts use in turn, for so many rows at most.
    """

    def __init__(self, source: Tensor, plan: Segmentation, rows: int) -> None:
        self._window = plan.window_samples
        self._lags = 2 * plan.half_window_samples + 1
        self._region_samples = self._window + self._lags - 1
        # Multiples of 128 are fast to transform. What wraps around misses the lags that are read.
        self._size = -(-self._region_samples // 128) * 128
        samples = source.reshape(-1)
        self._source_tails = samples.unfold(0, self._window, 1)
        self._source_regions = samples.unfold(0, self._region_samples, 1)
        self._memory = source.new_zeros(rows, 2, self._size)
        self._numbers = torch.arange(self._lags, dtype=source.dtype, device=source.device)

    def use_rows(self, rows: int) -> None:
        """Have so many rows from now on, the first ones of the memory."""
        self._pairs = self._memory[:rows]
        self._tails = self._pairs[:, 0, : self._window]
        self._regions = self._pairs[:, 1, : self._region_samples]

    def best_lags(
        self,
        tail_begins: Tensor,
        region_begins: Tensor,
        doubts: Tensor,
        limits: Sequence[tuple[int, int]],
    ) -> Tensor:
        """[rows] the best lags from 0 on; `limits` has the rows that are limited, to which lag."""
        torch.index_select(self._source_tails, 0, tail_begins, out=self._tails)
        torch.index_select(self._source_regions, 0, region_begins, out=self._regions)
        correlation = self._correlate(self._pairs)
        for row, highest in limits:
            correlation[row, highest + 1 :] = -torch.inf
        # The peak becomes a one among zeros, and a product gives its lag: quicker than max with its
        # index, as is comparing in place.
        candidates = correlation.ge_((correlation.amax(dim=1) - doubts)[:, None])
        best = torch.mv(candidates, self._numbers).long()
        # Where there are other ones, which is the peak is in doubt.
        if int(candidates.sum()) > len(best):
            rows = (candidates.sum(dim=1) > 1).nonzero()[:, 0]
            best[rows] = self._exact_lags(self._pairs[rows], candidates[rows].bool())
        return best

    def _exact_lags(self, pairs: Tensor, candidates: Tensor) -> Tensor:
        """[rows] the best of the candidates [rows, lags] in float64, the lowest of equals.

        For samples in whole 16-bit steps correlations are whole numbers, and here they are exact.
        """
        exact = candidates.new_full(candidates.shape, -torch.inf, dtype=torch.float64)
        has_many = candidates.count_nonzero(dim=1) > FEW_LAGS
        row, lag = candidates.logical_and(~has_many[:, None]).nonzero(as_tuple=True)
        regions = pairs[:, 1].unfold(1, self._window, 1)[row, lag].double()
        exact[row, lag] = regions.mul_(pairs[row, 0, : self._window]).sum(dim=1)
        if has_many.any():
            correlation = self._correlate(pairs[has_many].double()).round_()
            exact[has_many] = correlation.masked_fill_(~candidates[has_many], -torch.inf)
        return exact.max(dim=1).indices

    def _correlate(self, pairs: Tensor) -> Tensor:
        tails, regions = torch.fft.rfft(pairs).unbind(1)
        return torch.fft.irfft(tails.conj_physical_().mul_(regions), n=self._size)[:, : self._lags]


class SegmentJoiner:
    """Joins shifted segments with raised-cosine cross-fades of one window about each border.

    Around border k·L of the quilt, the sample i = 0 ... W − 1 from k·L − H on is
    (1 − w_i)·tail_i + w_i·head_i with w_i = ½ − ½·cos(π (i + ½) / W): both segments go on beyond
    their border as they do in the clip. The weights add up to 1, so the quilt stays within the
    clip's range, and no step between samples exceeds the clip's largest by more than π / 2W (0.3%)
    of that range.
    """

    def __init__(
        self, source: Tensor, order: Tensor, shifts: Tensor, segmentation: Segmentation
    ) -> None:
        """Find out for a whole batch from where to copy.

        Args:
            source: [clips, source_samples] float32 in 16-bit units.
            order: [clips, segments] from `quilt_orders`.
            shifts: [clips, segments] from `segment_shifts`.
            segmentation: How the clips are cut.
        """
        self._plan = plan = segmentation
        clip_begins = torch.arange(len(source), device=source.device)[:, None] * source.shape[1]
        self._begins = begins = order * plan.segment_samples + shifts + clip_begins
        ends = begins + plan.segment_samples
        self._heads_and_tails = torch.stack((begins[:, 1:], ends[:, :-1]), dim=1)
        self._heads_and_tails -= plan.half_window_samples
        samples = source.reshape(-1)
        self._segments = samples.unfold(0, plan.segment_samples, 1)
        self._windows = samples.unfold(0, plan.window_samples, 1)

    def join(self, clips: slice, quilts: Tensor) -> None:
        """Fill `quilts` [clips, quilt_samples] float32 with those of some of the batch's clips."""
        plan = self._plan
        half, window, length = plan.half_window_samples, plan.window_samples, plan.segment_samples
        # Whole segments, also what a cross-fade overwrites: fewer steps than to leave that out.
        segments = quilts.unflatten(1, (plan.segments, length))
        for quilt, begins in zip(segments, self._begins[clips], strict=True):
            torch.index_select(self._segments, 0, begins, out=quilt)
        begins = self._heads_and_tails[clips]
        room = quilts.new_empty(*begins.shape, window)
        torch.index_select(self._windows, 0, begins.flatten(), out=room.flatten(0, 2))
        heads, tails = room.unbind(1)
        rises = heads.sub_(tails)
        coarse, fine = _fade_weights(window, quilts.device)
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
