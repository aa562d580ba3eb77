"""In which order a sound quilt takes the segments of a clip (Overath et al. 2015, Methods).

A clip is cut into n segments of M windows of 25 ms each. X_s[m, b] is the log-Mel level in dB of
window m and Mel band b of segment s, windows side by side and uncentred. The change at the border
where t follows s is

    D(s, t) = Σ_{m=0,1} Σ_b (X_s[M − 2 + m, b] − X_t[m, b])²

and s's natural change is D(s, s + 1); the last segment, which has no successor, takes the (lower)
median of the clip's natural changes in its place.

Levels are computed in float64, since a difference of 1e-5 dB, an error usual in float32, gives a
few clips in a hundred another order. D is rounded to 2⁻²⁰ dB², so that segments that are equal
(digital silence, a loop) are equal in whatever order sums are made; of equals the lowest is taken.
"""

from __future__ import annotations

from typing import Literal, get_args

import torch
from torch import Tensor

from science.quilts.segments import BORDER_WINDOWS, FEWEST_SEGMENTS

Ordering = Literal["overath", "kim2024"]

STEPS_PER_SQUARED_DB = 2.0**20


def border_windows(windows_per_segment: int, segments: int) -> list[int]:
    """Numbers of the windows at the segments' borders, the only ones whose levels are needed."""
    ends = {
        *range(BORDER_WINDOWS),
        *range(windows_per_segment - BORDER_WINDOWS, windows_per_segment),
    }
    first_windows = range(0, segments * windows_per_segment, windows_per_segment)
    return [first + end for first in first_windows for end in sorted(ends)]


def border_levels(levels: Tensor, windows_per_segment: int, segments: int) -> tuple[Tensor, Tensor]:
    """Pick what each segment begins and ends with.

    Args:
        levels: [clips, windows, bands] in dB.
        windows_per_segment: M.
        segments: n; n · M windows are used.

    Returns:
        left and right, each [clips, segments, 2 · bands], the earlier window first.
    """
    levels = levels[:, : segments * windows_per_segment].unflatten(1, (segments, -1))
    return levels[:, :, :BORDER_WINDOWS].flatten(2), levels[:, :, -BORDER_WINDOWS:].flatten(2)


def _changes_in_steps(left: Tensor, right: Tensor) -> Tensor:
    """D(s, t) of the module's docstring [clips, segments s, segments t], in whole steps."""
    left, right = left.double(), right.double()
    # Steps are a power of two, so that scaling the terms is exact and saves a pass over the pairs.
    steps = STEPS_PER_SQUARED_DB
    before, after = (side.square().sum(-1).mul_(steps) for side in (right, left))
    changes = before[:, :, None] + after[:, None, :]
    return changes.baddbmm_(right, left.mT, alpha=-2.0 * steps).round_()


def quilt_orders(
    left: Tensor, right: Tensor, starts: Tensor, ordering: Ordering = "overath"
) -> Tensor:
    """Order the segments of each clip: greedy, without reuse, never one's natural successor.

    After s follows the t, among the unused ones other than s + 1, with the smallest
    |D(s, t) − D(s, s + 1)| (`overath`) or |D(t, t + 1) − D(s, s + 1)| (`kim2024`, the paper's
    code). While two segments are unused, a t is passed over if the other is t + 1, which would
    have to follow it at the end; there is always one to take.

    Args:
        left: [clips, segments, levels] from `border_levels`.
        right: [clips, segments, levels] from `border_levels`.
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
    clips, segments, _ = left.shape
    costs = left.new_empty((clips, segments, segments), dtype=torch.float64)
    # On a CPU a few clips at a time: their costs stay in the cache while they are made.
    block = 64 if costs.device.type == "cuda" else 8
    for first in range(0, clips, block):
        part = slice(first, first + block)
        _fill_costs(costs[part], _changes_in_steps(left[part], right[part]), ordering)
    return _greedy_orders(costs, starts)


def _fill_costs(costs: Tensor, changes: Tensor, ordering: Ordering) -> None:
    natural = changes.diagonal(offset=1, dim1=1, dim2=2)
    natural = torch.cat((natural, natural.median(dim=1, keepdim=True).values), dim=1)
    own = natural[:, None, :] if ordering == "kim2024" else changes
    torch.sub(own, natural[:, :, None], out=costs).abs_()
    costs.diagonal(offset=1, dim1=1, dim2=2).fill_(torch.inf)


def _greedy_orders(costs: Tensor, starts: Tensor) -> Tensor:
    clips, segments, _ = costs.shape
    clip_begins = torch.arange(clips, device=costs.device) * segments
    rows = costs.flatten(0, 1)
    # Zero for an unused segment, infinity for a used one.
    used = costs.new_zeros(clips, segments)
    used_anywhere = used.view(-1)
    current = starts.to(costs.device)
    order = [current]
    for position in range(1, segments):
        place = clip_begins + current
        used_anywhere.index_fill_(0, place, torch.inf)
        row = rows.index_select(0, place).add_(used)
        if position == segments - 2:
            row[:, :-1].masked_fill_(used[:, 1:] == 0, torch.inf)
        current = row.min(dim=1).indices
        order.append(current)
    return torch.stack(order, dim=1)
