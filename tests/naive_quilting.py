"""Sound quilts as one would write them from the description: one clip, one segment at a time.

The independent reference of the tests and the baseline of the benchmark. NumPy in float64; the
log-Mel is a Fourier transform of each window and a product with the Mel bands.
"""

from __future__ import annotations

import numpy as np

WINDOW = 551
HALF = 275
USED_SAMPLES = 176_400


def naive_bands() -> np.ndarray:
    """[64, 276] triangular HTK Mel bands, 0-8 kHz, as torchaudio makes them."""
    import torchaudio

    return (
        torchaudio.functional.melscale_fbanks(276, 0.0, 8000.0, 64, 22_050, norm=None)
        .double()
        .numpy()
        .T
    )


def naive_levels(clip: np.ndarray, length: int, segments: int, bands: np.ndarray) -> np.ndarray:
    """[windows, 64] log-Mel levels in dB; of the windows at a segment's border, others are NaN."""
    hann = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(WINDOW) / WINDOW)
    levels = np.full((segments * length, 64), np.nan)
    for window in range(segments * length):
        if window % length < 2 or window % length >= length - 2:
            frame = clip[window * WINDOW : (window + 1) * WINDOW] * hann
            power = np.abs(np.fft.rfft(frame)) ** 2
            levels[window] = 10 * np.log10(np.maximum(bands @ power, 1e-10))
    return levels


def _naive_change(levels: np.ndarray, length: int, before: int, after: int) -> float:
    right = levels[(before + 1) * length - 2 : (before + 1) * length]
    left = levels[after * length : after * length + 2]
    return np.sum((right - left) ** 2)


def naive_order(levels: np.ndarray, length: int, segments: int, start: int, ordering: str) -> list:
    """Greedy order of the segments, each `length` windows long."""

    def rounded(change: float) -> float:
        return np.round(change * 2**20) / 2**20

    natural = [
        rounded(_naive_change(levels, length, segment, segment + 1))
        for segment in range(segments - 1)
    ]
    natural.append(sorted(natural)[(len(natural) - 1) // 2])
    order, unused = [start], [segment for segment in range(segments) if segment != start]
    while unused:
        current = order[-1]
        candidates = [segment for segment in unused if segment != current + 1]
        if len(unused) == 2:
            candidates = [segment for segment in candidates if segment + 1 not in unused]
        if ordering == "overath":
            # One product for all candidates: the loop over pairs would be slower still.
            rights = levels[(current + 1) * length - 2 : (current + 1) * length]
            lefts = levels.reshape(segments, length, 64)
            changes = rounded(np.sum((rights - lefts[candidates, :2]) ** 2, axis=(1, 2)))
        else:
            changes = np.array([natural[segment] for segment in candidates])
        chosen = candidates[int(np.argmin(np.abs(changes - natural[current])))]
        order.append(chosen)
        unused.remove(chosen)
    return order


def naive_joins(clip: np.ndarray, order: list, length: int) -> tuple[np.ndarray, list]:
    """Join segments of `length` samples; returns the quilt and each segment's shift."""
    segments = len(order)
    fade_in = 0.5 - 0.5 * np.cos(np.pi * (np.arange(WINDOW) + 0.5) / WINDOW)
    quilt = np.zeros(segments * length)
    shifts = []
    for position, segment in enumerate(order):
        start = segment * length
        needed_after = 0 if position == segments - 1 else WINDOW - HALF
        highest = min(HALF, USED_SAMPLES - needed_after - start - length)
        if position == 0:
            shift = min(0, highest)
            quilt[:length] = clip[start + shift : start + shift + length]
        else:
            tail_start = order[position - 1] * length + shifts[-1] + length - HALF
            tail = clip[tail_start : tail_start + WINDOW]
            lowest = max(-HALF, HALF - start)
            region = clip[start + lowest - HALF : start + highest - HALF + WINDOW]
            shift = lowest + int(np.argmax(np.correlate(region, tail, "valid")))
            begin, border = start + shift, position * length
            quilt[border : border + length] = clip[begin : begin + length]
            head = clip[begin - HALF : begin - HALF + WINDOW]
            end = border + WINDOW - HALF
            quilt[border - HALF : end] = (1 - fade_in) * tail + fade_in * head
        shifts.append(shift)
    return quilt, shifts


def naive_quilt(
    clip: np.ndarray, windows_per_segment: int, start: int, ordering: str, bands: np.ndarray
) -> tuple[list, list, np.ndarray]:
    """Order, shifts and samples of the quilt of one clip of 176,400 samples or more."""
    clip = np.asarray(clip, dtype=np.float64)
    length = windows_per_segment * WINDOW
    segments = (USED_SAMPLES - 1) // length
    levels = naive_levels(clip, windows_per_segment, segments, bands)
    order = naive_order(levels, windows_per_segment, segments, start, ordering)
    quilt, shifts = naive_joins(clip, order, length)
    return order, shifts, quilt
