"""How a clip is cut into the segments of a quilt, and which lengths of segments can be had.

Apart from `quilting`, and without PyTorch, so that a configuration can be checked in no time.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from science.sound.settings import LogMelSettings

FEWEST_SEGMENTS = 3
ORIGINAL = "original"  # the stimulus that quilts are compared with
BORDER_WINDOWS = 2


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


def cut_into_segments(
    segment_ms: float, quilted_s: float = 8.0, settings: LogMelSettings | None = None
) -> Segmentation:
    """Decide into how many segments of which length the first seconds of a clip are cut.

    With the paper's values each of 50, 100, ... 1600 ms divides the same 320 windows (176,320
    samples), so that all quilts have one length.

    Args:
        segment_ms: Length of a segment.
        quilted_s: Seconds of a clip that are quilted.
        settings: The log-Mel's settings: sampling rate, window, length of a clip.

    Raises:
        ValueError: The segment is not a whole number of windows, or shorter than two; fewer than
            three segments fit; or the seconds are longer than a clip.
    """
    settings = settings or LogMelSettings()
    if quilted_s > settings.clip_s:
        raise ValueError(
            f"quilts of the first {quilted_s:g} s cannot be made of clips of {settings.clip_s:g} "
            f"s; choose at most {settings.clip_s:g} s"
        )
    windows = _whole_windows(segment_ms, settings.window_s)
    if windows is None or windows < BORDER_WINDOWS:
        raise ValueError(
            f"a quilt segment of {segment_ms:g} ms is not a whole number, {BORDER_WINDOWS} or "
            f"more, of the {1000 * settings.window_s:g}-ms windows; "
            f"{_possible_lengths(quilted_s, settings.window_s)}"
        )
    source_samples = _source_samples(quilted_s, settings)
    windows_in_all = (source_samples - 1) // settings.window_samples
    segments = windows_in_all // windows
    if segments < FEWEST_SEGMENTS:
        longest = windows_in_all // FEWEST_SEGMENTS
        longest_ms = 1000 * settings.window_s * longest
        shorter = f"at most {longest_ms:g} ms, or " if longest >= BORDER_WINDOWS else ""
        would_fit = source_samples // settings.window_samples // windows
        why = ", as a sample has to follow the last" if would_fit > segments else ""
        raise ValueError(
            f"segments of {segment_ms:g} ms leave {segments} in {quilted_s:g} s{why}, and a quilt "
            f"needs at least {FEWEST_SEGMENTS}; choose {shorter}more seconds"
        )
    return Segmentation(settings.window_samples, windows, segments, source_samples)


def shortest_quilt_samples(plans: Sequence[Segmentation]) -> int:
    """For how many samples all stimuli sound: the quilts of each length, and the original.

    Where a length does not divide the same windows as the others, its quilts would be shorter by
    up to a segment; silence that grows with the segments would be taken for an effect of quilting.
    """
    return min(plan.quilt_samples for plan in plans)


def _source_samples(quilted_s: float, settings: LogMelSettings) -> int:
    """How many samples of a clip may be used for seconds of it.

    The cross-fade of the last segment needs a sample after whole windows; where windows divide the
    seconds it is the clip's next one, if there is one.
    """
    samples = round(settings.sample_rate_hz * quilted_s)
    is_whole_windows = samples % settings.window_samples == 0
    return min(samples + is_whole_windows, settings.clip_samples)


def _whole_windows(segment_ms: float, window_s: float) -> int | None:
    window_ms = 1000 * window_s
    windows = round(segment_ms / window_ms)
    return windows if abs(windows * window_ms - segment_ms) <= 1e-6 * window_ms else None


def _possible_lengths(quilted_s: float, window_s: float) -> str:
    """What to choose: segments are given in whole milliseconds, which windows need not have."""
    window_ms = 1000 * window_s
    if _whole_windows(round(window_ms), window_s) == 1:
        return f"choose a multiple of {window_ms:g} ms from {BORDER_WINDOWS * window_ms:g} ms on"
    lengths_ms = range(1, int(1000 * quilted_s / FEWEST_SEGMENTS) + 1)
    possible = [ms for ms in lengths_ms if (_whole_windows(ms, window_s) or 0) >= BORDER_WINDOWS]
    if not possible:
        return "choose a window of whole milliseconds"
    several = ", ".join(map(str, possible[:6])) + (", ..." if len(possible) > 6 else "")
    return f"choose among {several} ms, or a window of whole milliseconds"
