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

from functools import lru_cache
from typing import Literal, get_args

import numpy as np
import torch
from torch import Tensor

from science.logmel import LogMelSettings, folded_fourier_matrices, mel_weights
from science.quilt_segments import BORDER_WINDOWS, FEWEST_SEGMENTS

Ordering = Literal["overath", "kim2024"]

STEPS_PER_SQUARED_DB = 2.0**20


def window_levels(windows: Tensor, settings: LogMelSettings | None = None) -> Tensor:
    """Log-Mel levels of windows that are already cut, as `LogMel.from_frames`, but in float64.

    Args:
        windows: [count, window_samples] in 16-bit units.
        settings: The log-Mel's settings.

    Returns:
        [count, bands] float64 in dB.
    """
    settings = settings or LogMelSettings()
    cosine, sine, weights = _transform(settings, windows.device)
    samples = windows.shape[-1]
    half = (samples + 1) // 2
    windows = windows.double()
    left, right = windows[:, 1:half], windows[:, samples - half + 1 :].flip(-1)
    even = left + right
    if samples % 2 == 0:
        even = torch.cat((even, windows[:, half : half + 1]), dim=-1)
    imaginary = left.sub(right) @ sine
    power = (even @ cosine).square_().addcmul_(imaginary, imaginary)
    return (power @ weights).clamp_(min=settings.lowest_power).log10_().mul_(10.0)


@lru_cache(maxsize=8)
def _transform(settings: LogMelSettings, device: torch.device) -> tuple[Tensor, Tensor, Tensor]:
    weights = mel_weights(settings)
    used = np.flatnonzero(weights.any(axis=0))
    matrices = (
        *folded_fourier_matrices(settings.window_samples, used),
        np.ascontiguousarray(weights[:, used].T),
    )
    cosine, sine, band_weights = (torch.from_numpy(matrix).to(device) for matrix in matrices)
    return cosine, sine, band_weights


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


def border_changes(left: Tensor, right: Tensor) -> Tensor:
    """D(s, t) of the module's docstring, for all pairs of segments of each clip.

    Args:
        left: [clips, segments, levels] in dB, what each segment begins with.
        right: [clips, segments, levels] in dB, what each ends with.

    Returns:
        [clips, segments s, segments t] float64 in dB².
    """
    left, right = left.double(), right.double()
    squares = right.square().sum(-1)[:, :, None] + left.square().sum(-1)[:, None, :]
    changes = torch.baddbmm(squares, right, left.mT, alpha=-2.0)
    return changes.mul_(STEPS_PER_SQUARED_DB).round_().div_(STEPS_PER_SQUARED_DB)


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
    return _greedy_orders(_order_costs(border_changes(left, right), ordering), starts)


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
    used = costs.new_zeros(clips, segments)
    order = [current]
    for position in range(1, segments):
        used[rows, current] = torch.inf
        row = costs[rows, current].add_(used)
        if position == segments - 2:
            row[:, :-1].masked_fill_(used[:, 1:] == 0, torch.inf)
        current = row.min(dim=1).indices
        order.append(current)
    return torch.stack(order, dim=1)
