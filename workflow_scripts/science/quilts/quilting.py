"""Sound quilts: a clip's segments in a new order, so that only structure longer than them is lost.

Overath, McDermott, Zarate & Poeppel, Nat. Neurosci. 18 (2015) 903-911, as Kim, Kim & Jeong (2024)
use them. `order` decides the order, `joins` joins. The segments of a clip have to be
joined one after the other, but clips are independent: every step works on a batch of clips, on the
CPU or on a CUDA device with the same code.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from science.quilts.joins import segment_shifts, window_norms
from science.quilts.order import (
    Ordering,
    border_levels,
    border_windows,
    quilt_orders,
)
from science.quilts.segments import Segmentation
from science.quilts.window_levels import window_levels
from science.sound.settings import LogMelSettings


def start_segments(clip_ids: Sequence[str], segments: int, seed: int) -> Tensor:
    """Draw the segment each clip's quilt starts with, from seed, clip and number of segments alone.

    Returns:
        [clips] int64, uniform on 0 ... segments − 1; the same for a clip in whatever batch.
    """
    keys = (f"{seed} {segments} {clip_id}".encode() for clip_id in clip_ids)
    digests = (hashlib.blake2b(key, digest_size=8).digest() for key in keys)
    return torch.tensor([int.from_bytes(digest, "big") % segments for digest in digests])


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
        For each length the orders and the shifts, each [clips, segments], for `SegmentJoiner`.

    Raises:
        ValueError: A clip holds NaN or infinite samples; it is named.
    """
    norms = window_norms(source, settings.window_samples)
    _refuse_non_finite(norms, clip_ids)
    levels = _levels_at_borders(source, plans, settings)
    orders = []
    for plan in plans:
        starts = start_segments(clip_ids, plan.segments, seed).to(source.device)
        borders = border_levels(levels, plan.windows_per_segment, plan.segments)
        orders.append(quilt_orders(*borders, starts, ordering))
    return list(zip(orders, segment_shifts(source, orders, plans, norms), strict=True))


def fill_source(source: Tensor, waveforms: Tensor) -> None:
    """Copy the seconds that are quilted of each clip, silence after a short one.

    Clips that were made in `source` are not copied.

    Args:
        source: [clips, source_samples] float32, overwritten.
        waveforms: [clips, samples], any real type, in 16-bit units.
    """
    samples = min(source.shape[1], waveforms.shape[1])
    if waveforms.data_ptr() != source.data_ptr():
        source[:, :samples] = waveforms[:, :samples]
    source[:, samples:] = 0


def _refuse_non_finite(norms: Tensor, clip_ids: Sequence[str]) -> None:
    finite = norms.isfinite().all(dim=1)
    if not bool(finite.all()):
        rows = torch.nonzero(~finite).flatten().tolist()
        raise ValueError(
            f"clips {', '.join(clip_ids[row] for row in rows[:10])} hold NaN or infinite samples "
            f"and cannot be quilted; decode them again or leave them out"
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


def _levels_at_borders(
    source: Tensor, plans: Sequence[Segmentation], settings: LogMelSettings
) -> Tensor:
    """[clips, windows, bands] in dB; windows at no segment's border keep NaN."""
    numbers = (border_windows(plan.windows_per_segment, plan.segments) for plan in plans)
    needed = torch.tensor(sorted(set().union(*numbers)), device=source.device)
    count = source.shape[1] // settings.window_samples
    # By a slice, all are had without copying them.
    chosen = slice(None) if len(needed) == count else needed
    windows = source[:, : count * settings.window_samples].unflatten(1, (count, -1))
    shape = (len(source), count, settings.bands)
    levels = torch.full(shape, torch.nan, dtype=torch.float64, device=source.device)
    # On a CPU clip by clip: it stays in the cache, and all products have one shape in any batch.
    block = 64 if source.device.type == "cuda" else 1
    for first in range(0, len(source), block):
        clips = windows[first : first + block, chosen]
        made = window_levels(clips.flatten(0, 1), settings)
        levels[first : first + block, chosen] = made.unflatten(0, clips.shape[:2])
    return levels
