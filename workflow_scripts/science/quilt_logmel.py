"""The log-Mels of a batch's quilts and of its original sound, a few clips at a time.

A quilt is made, transformed and forgotten while it is in the processor's cache: the samples of all
quilts of a batch would fill hundreds of megabytes, and take as long to write and read as to make.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np
import torch
from torch import Tensor

from science.logmel import LogMel, LogMelSettings
from science.loudness import rms_level_db
from science.quilt_joins import join_segments
from science.quilt_order import Ordering
from science.quilting import arrange_quilts, empty_memory, fill_source, plan_segments


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

    def __call__(self, waveforms: Tensor, out: Tensor) -> None:
        """Fill `out` with the log-Mels.

        Args:
            waveforms: [clips, samples], any real type, in 16-bit units; silence follows them.
            out: [clips, bands, frames] of any floating type, in dB, on the transform's device.

        Raises:
            ValueError: See `LogMel`.
        """
        frames = self._transform.settings.frames
        self._transform(waveforms, out=out[:, :, :frames])
        out[:, :, frames:] = self.floor_db


class QuiltLogMels:
    """Makes the log-Mels of the quilts of all lengths, and of the original, batch after batch.

    The object holds memory that every batch uses anew: what it returns lasts until the next call.
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
        """Take the arguments of `quilt_clips`; there are at most `clips_at_once` clips a batch.

        Raises:
            ValueError: No quilt can be made of segments of these lengths, see `plan_segments`.
        """
        self.settings = settings or LogMelSettings()
        self._plans = [plan_segments(ms, quilted_s, self.settings) for ms in segments_ms]
        self._seed, self._ordering = seed, ordering
        window_samples = self.settings.window_samples
        source_samples = round(self.settings.sample_rate_hz * quilted_s)
        self._original_samples = (source_samples - 1) // window_samples * window_samples
        longest = max([self._original_samples, *(plan.quilt_samples for plan in self._plans)])
        self._transform = SoundingLogMel(longest, self.settings, device)
        self._clips_in_cache = 64 if torch.device(device).type == "cuda" else 4
        self._source = empty_memory((clips_at_once, source_samples), device)
        self._quilts = empty_memory((self._clips_in_cache, longest), device)
        shape = (clips_at_once, self.settings.bands, self.settings.frames)
        self._decibels = empty_memory((len(self._plans) + 1, *shape), device, torch.float16)

    def __call__(self, waveforms: Tensor, clip_ids: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
        """Make the quilts and transform them and the original.

        Args:
            waveforms: [clips, samples], any real type, in 16-bit units.
            clip_ids: The clips' ids.

        Returns:
            levels_db [stimuli, clips], the RMS levels of the whole clips, and decibels [stimuli,
            clips, bands, frames] float16; stimuli are the quilts of each length and the original.

        Raises:
            ValueError: A clip holds NaN or infinite samples (it is named), or there are too many.
        """
        if len(waveforms) > len(self._source):
            raise ValueError(f"{len(waveforms)} clips at once, but memory for {len(self._source)}")
        source = self._source[: len(waveforms)]
        fill_source(source, waveforms, clip_ids)
        arranged = arrange_quilts(
            source, clip_ids, self._plans, self._seed, self._ordering, self.settings
        )
        decibels = self._decibels[:, : len(waveforms)]
        levels_db = np.empty(decibels.shape[:2])
        for first in range(0, len(source), self._clips_in_cache):
            clips = slice(first, first + self._clips_in_cache)
            parts = [(order[clips], shifts[clips]) for order, shifts in arranged]
            for row, stimulus in enumerate(self._stimuli(source[clips], parts)):
                levels_db[row, clips] = self._level_db(stimulus)
                self._transform(stimulus, out=decibels[row, clips])
        return levels_db, decibels.cpu().numpy()

    def _stimuli(
        self, source: Tensor, arranged: Sequence[tuple[Tensor, Tensor]]
    ) -> Iterator[Tensor]:
        """The quilts of each length, one after the other in the same memory, and the original."""
        for plan, (order, shifts) in zip(self._plans, arranged, strict=True):
            quilts = self._quilts[: len(source), : plan.quilt_samples]
            yield join_segments(source, order, shifts, plan, out=quilts)
        yield source[:, : self._original_samples]

    def _level_db(self, sounding: Tensor) -> np.ndarray:
        samples = sounding.cpu().numpy()
        silence_db = 10 * np.log10(self.settings.clip_samples / samples.shape[1])
        return rms_level_db(samples) - silence_db
