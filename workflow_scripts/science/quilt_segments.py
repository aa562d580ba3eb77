"""How a clip is cut into the segments of a quilt, and which lengths of segments can be had.

Apart from `quilting`, and without PyTorch, so that a configuration can be checked in no time.
"""

from __future__ import annotations

from dataclasses import dataclass

FEWEST_SEGMENTS = 3
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
    segment_ms: float,
    quilted_s: float,
    window_s: float = 0.025,
    clip_s: float = 10.0,
    sample_rate_hz: int = 22_050,
) -> Segmentation:
    """Decide into how many segments of which length the first seconds of a clip are cut.

    With the paper's values each of 50, 100, ... 1600 ms divides the same 320 windows (176,320
    samples), so that all quilts have one length. At least one sample of the seconds is left over:
    with it, the last segment can be shifted so that its cross-fade ends within them.

    Args:
        segment_ms: Length of a segment.
        quilted_s: Seconds of a clip that are quilted.
        window_s: Length of a log-Mel window.
        clip_s: Length of a clip.
        sample_rate_hz: Sampling rate of the clips.

    Raises:
        ValueError: The segment is not a whole number of windows, or shorter than two; fewer than
            three segments fit; or the seconds are longer than a clip.
    """
    window_ms = 1000 * window_s
    windows = round(segment_ms / window_ms)
    if windows < BORDER_WINDOWS or abs(windows * window_ms - segment_ms) > 1e-6 * window_ms:
        raise ValueError(
            f"a quilt segment of {segment_ms:g} ms is not a whole number, two or more, of the "
            f"{window_ms:g}-ms windows; choose a multiple of {window_ms:g} ms from "
            f"{BORDER_WINDOWS * window_ms:g} ms on"
        )
    if quilted_s > clip_s:
        raise ValueError(
            f"quilts of the first {quilted_s:g} s cannot be made of clips of {clip_s:g} s; choose "
            f"at most {clip_s:g} s"
        )
    window_samples = int(sample_rate_hz * window_s)
    source_samples = round(sample_rate_hz * quilted_s)
    segments = (source_samples - 1) // (windows * window_samples)
    if segments < FEWEST_SEGMENTS:
        longest = (source_samples - 1) // (FEWEST_SEGMENTS * window_samples)
        shorter = f"at most {longest * window_ms:g} ms, or " if longest >= BORDER_WINDOWS else ""
        raise ValueError(
            f"segments of {segment_ms:g} ms leave {segments} in {quilted_s:g} s, and a quilt needs "
            f"at least {FEWEST_SEGMENTS}; choose {shorter}more seconds"
        )
    return Segmentation(window_samples, windows, segments, source_samples)
