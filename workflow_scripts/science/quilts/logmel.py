"""The log-Mels of a batch's quilts and of its original sound.

Quilts and original sound for some seconds and are silent for the rest of the clip. Frames that
hold nothing but that silence are not computed, and the original shares most others with its clip.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np
import torch
from torch import Tensor

from science.quilts.joins import SegmentJoiner
from science.quilts.order import Ordering
from science.quilts.quilting import arrange_quilts, empty_memory, fill_source
from science.quilts.segments import Segmentation, cut_into_segments, shortest_quilt_samples
from science.sound.logmel import LogMel
from science.sound.settings import LogMelSettings


class SoundingLogMel:
    """The log-Mel of clips that are digital silence from some sample on.

    Frames that hold nothing but that silence are the floor and are not computed; the others are
    those of the whole clip, to 1e-4 dB.
    """

    def __init__(
        self, sounding_samples: int, settings: LogMelSettings | None = None, device: str = "cpu"
    ) -> None:
        settings = settings or LogMelSettings()
        # With this much silence, the last frames and what is mirrored into them are silent too.
        needed = sounding_samples + settings.window_samples
        if needed < settings.clip_samples:
            clip_s = needed / settings.sample_rate_hz
            self._transform = LogMel(replace(settings, clip_s=clip_s), device)
        else:
            self._transform = LogMel(settings, device)
        self.floor_db = 10 * np.log10(settings.lowest_power)

    def place(self) -> Tensor:
        """Memory to make clips in, see `LogMel.place`; it ends soon after their last sound."""
        return self._transform.place()

    def __call__(self, waveforms: Tensor, out: Tensor) -> None:
        """Fill `out` with the log-Mels.

        Args:
            waveforms: [clips, samples], any real type, in 16-bit units, all finite; silence
                follows them.
            out: [clips, bands, frames] of any floating type, in dB, on the transform's device.
        """
        frames = self._transform.settings.frames
        self._transform.fill(out[:, :, :frames], waveforms)
        out[:, :, frames:] = self.floor_db


class OriginalLogMel:
    """The log-Mel of what quilts are compared with: a clip that sounds as long as they, no longer.

    Frames that lie before the cut are those of the whole clip, which has been transformed already;
    only the few about the cut are computed, and those after it are the floor.

    Args:
        sounding_samples: How much of a clip sounds, whole windows; see `QuiltLogMels`.
        settings: The log-Mel's settings.
        device: Where the work is done.
    """

    def __init__(
        self, sounding_samples: int, settings: LogMelSettings | None = None, device: str = "cpu"
    ) -> None:
        self.settings = settings = settings or LogMelSettings()
        self.sounding_samples = sounding_samples
        hop, margin = settings.hop_samples, settings.window_samples // 2
        after_centre = settings.window_samples - margin
        self._untouched = max(0, (self.sounding_samples - after_centre) // hop + 1)
        # So many frames earlier the first frame about the cut has all its samples.
        earlier = min(self._untouched, -(-margin // hop))
        self._begin = (self._untouched - earlier) * hop
        self._skipped = earlier
        self._transform = SoundingLogMel(
            self.sounding_samples - self._begin,
            replace(settings, clip_s=settings.clip_s - self._begin / settings.sample_rate_hz),
            device,
        )
        self._device = device

    def __call__(self, waveforms: Tensor, natural: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Cut the log-Mels of whole clips as the clips would be cut.

        Args:
            waveforms: [clips, samples], any real type, in 16-bit units, as long as the original
                at least.
            natural: [clips, bands, frames] float16, the log-Mels of the same clips, in dB.

        Returns:
            levels_db [clips], the RMS levels of the cut clips, and their log-Mels [clips, bands,
            frames] float16.
        """
        sounding = waveforms[:, : self.sounding_samples]
        frames = natural.shape[2] - self._untouched + self._skipped
        about_cut = empty_memory((*natural.shape[:2], frames), self._device, torch.float16)
        self._transform(sounding[:, self._begin :], out=about_cut)
        decibels = natural.copy()
        decibels[:, :, self._untouched :] = about_cut[:, :, self._skipped :].cpu().numpy()
        return level_before_silence_db(sounding, self.settings), decibels


def level_before_silence_db(sounding: Tensor, settings: LogMelSettings) -> np.ndarray:
    """RMS levels [clips] in dB of whole clips that sound [clips, samples] first and then do not.

    They sound for whole windows: each is summed in float32, which is exact enough for so few
    samples, and the windows are added in float64.
    """
    windows = sounding.float().unflatten(1, (-1, settings.window_samples))
    return _level_of_norms_db(torch.linalg.vector_norm(windows, dim=2), settings)


def _level_of_norms_db(norms: Tensor, settings: LogMelSettings) -> np.ndarray:
    """Levels [clips] in dB from the norms [clips, windows] of all windows that sound."""
    mean_square = norms.double().square_().sum(dim=1).div_(settings.clip_samples)
    return mean_square.log10_().mul_(10).cpu().numpy()


class QuiltLogMels:
    """Makes the log-Mels of the quilts of all lengths, batch after batch.

    A quilt is made, transformed and forgotten while it is in the processor's cache: the samples of
    all quilts of a batch would fill hundreds of megabytes, and take as long to write and read as to
    make. The object holds memory that every length and every batch reuses.
    """

    def __init__(
        self,
        segments_ms: Sequence[float],
        seed: int,
        *,
        ordering: Ordering = "overath",
        quilted_s: float = 8.0,
        settings: LogMelSettings | None = None,
        device: str = "cpu",
        clips_at_once: int = 64,
    ) -> None:
        """Plan the quilts and have the memory for a batch of them.

        Args:
            segments_ms: Lengths of the segments, each a multiple of 25 ms, 50 ms or more.
            seed: Seed of the start segments.
            ordering: Which rule orders the segments, see `quilt_orders`.
            quilted_s: How many seconds of a clip are used; shorter clips are padded with silence
                first, which is cut and ordered with the sound.
            settings: The log-Mel's settings: sampling rate, window, bands, length of a clip.
            device: Where the work is done.
            clips_at_once: How many clips a batch has at most, which bounds the memory used.

        Raises:
            ValueError: No quilt can be made of segments of these lengths, see
                `cut_into_segments`.
        """
        self.settings = settings or LogMelSettings()
        self._plans = [cut_into_segments(ms, quilted_s, self.settings) for ms in segments_ms]
        self._seed, self._ordering = seed, ordering
        self.source_samples = self._plans[0].source_samples
        self.sounding_samples = shortest_quilt_samples(self._plans)
        # Whole quilts have room in what is transformed, and are cut there.
        longest = max(plan.quilt_samples for plan in self._plans)
        self._transform = SoundingLogMel(longest, self.settings, device)
        self._source = empty_memory((clips_at_once, self.source_samples), device)
        shape = (clips_at_once, self.settings.bands, self.settings.frames)
        self._decibels = empty_memory(shape, device, torch.float16)

    def place(self) -> Tensor:
        """Memory to read clips into, which are then not copied: [clips, samples] float32.

        It is as long as what is used of a clip, and a batch has to begin at its first row.
        """
        return self._source

    def __call__(
        self, waveforms: Tensor, clip_ids: Sequence[str]
    ) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """Arrange the quilts; make and transform those of one length after the other.

        A quilt depends on the clip, its id, the segment length, the ordering and the seed, not on
        the other clips or lengths; the lengths share the levels that they are ordered by.

        Args:
            waveforms: [clips, samples], any real type, in 16-bit units.
            clip_ids: The clips' ids.

        Returns:
            For each length levels_db [clips], the RMS levels of the quilts, and their log-Mels
            [clips, bands, frames] float16, which last until those of the next length are made. All
            have to be taken before the next call, which fills the memory for clips again.

        Raises:
            ValueError: A clip holds NaN or infinite samples (it is named), or there are too many.
        """
        if len(waveforms) > len(self._source):
            raise ValueError(f"{len(waveforms)} clips at once, but memory for {len(self._source)}")
        source = self._source[: len(waveforms)]
        fill_source(source, waveforms)
        arranged = arrange_quilts(
            source, clip_ids, self._plans, self._seed, self._ordering, self.settings
        )
        return (
            self._joined(source, *of_length, plan)
            for plan, of_length in zip(self._plans, arranged, strict=True)
        )

    def _joined(
        self, source: Tensor, order: Tensor, shifts: Tensor, plan: Segmentation
    ) -> tuple[np.ndarray, np.ndarray]:
        """Levels and log-Mels of the quilts of one length, for arguments as of `SegmentJoiner`."""
        window = plan.window_samples
        joiner = SegmentJoiner(source, order, shifts, plan)
        decibels = self._decibels[: len(source)]
        place = self._transform.place()
        norms = place.new_empty((len(source), self.sounding_samples // window))
        for first in range(0, len(source), len(place)):
            clips = slice(first, first + len(place))
            quilts = place[: len(source[clips]), : plan.quilt_samples]
            joiner.join(clips, quilts)
            quilts = quilts[:, : self.sounding_samples]
            # The many small steps from norms to levels are taken for all clips at once.
            windows = quilts.unflatten(1, (-1, window))
            torch.linalg.vector_norm(windows, dim=2, out=norms[clips])
            self._transform(quilts, out=decibels[clips])
        return _level_of_norms_db(norms, self.settings), decibels.cpu().numpy()
