"""FFmpeg's decoded frames, from any moment of a file on, as one mono array."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction

import av
import numpy as np

from science.sound.waveforms import mix_channels
from sources.audio.decoders import refuse_swollen

# Frames that are made into an array together; FFmpeg's queue is slow once it outgrows the caches.
_CONVERTED_AT_ONCE = 16_384


class KindChanged(ValueError):  # noqa: N818 - what a file does, as often as not
    """The sampling rate or the channels of a file change midway."""


def decoded_from(
    container: av.container.InputContainer,
    stream: av.AudioStream,
    first_pts: int,
    back_s: float,
    *,
    indexed: bool = True,
) -> Iterator[av.AudioFrame]:
    """Seek and decode what follows, leaving packets before the wanted moment undecoded.

    Containers seek to the beginning of a stretch of packets, 5 to 10 s long in WebM.

    Args:
        container: An open file.
        stream: Its audio.
        first_pts: Where time 0 is, in the stream's time base.
        back_s: The moment; 0 for the very beginning.
        indexed: Whether the format seeks by an index, and so to times before 0 too.
    """
    time_base = stream.time_base or Fraction(1)
    if back_s <= 0:
        # Codecs begin with packets before time 0, which a seek to 0 would leave out.
        container.seek(first_pts - math.ceil(indexed / time_base), stream=stream)
        yield from container.decode(stream)
        return
    target = first_pts + int(back_s / time_base)
    container.seek(target, stream=stream)
    for packet in container.demux(stream):
        pts = packet.pts
        if pts is None or pts >= target:
            yield from packet.decode()


class JoinedFrames:
    """FFmpeg's frames from a moment on as one mono array, converted many at a time.

    A frame holds some 20 ms, and making an array of it costs as much as decoding it; the array of
    all channels of a clip, on the other hand, would not fit a processor's cache.

    Args:
        start_s: where in the file the wanted sound begins.
        want_s: how long it is.
        channel: "average" or "first", see `science.sound.waveforms.mix_to_mono`.

    Attributes:
        first_s: when the first frame kept begins, or None before there is one.
    """

    def __init__(self, start_s: float, want_s: float, channel: str) -> None:
        """Begin with nothing."""
        self.first_s: float | None = None
        self._start_s = start_s
        self._want_s = want_s
        self._channel = channel
        self._fifo = av.AudioFifo()
        self._mono = np.empty(0, np.float32)
        self._rate_hz = 0
        self._channels = 0
        self._skip = 0
        self._queued = 0
        self._filled = 0

    @property
    def have_s(self) -> float:
        """How much of the wanted sound has come."""
        have = self._filled + self._queued - self._skip
        return have / self._rate_hz if self._rate_hz else 0.0

    def take(self, timed: Iterable[tuple[float, av.AudioFrame]]) -> None:
        """Take frames, each with its time in s, until there is as much as is wanted.

        Raises:
            KindChanged: the sampling rate or the channels change midway.
        """
        if self._want_s <= 0:
            return
        for time_s, frame in timed:
            if self.first_s is None and not self._begins_with(time_s, frame):
                continue
            self._queue(frame)
            if self._queued >= _CONVERTED_AT_ONCE:
                self._convert()
            if self.have_s >= self._want_s:
                break
        self._convert()

    def samples(self, rate_hz: int) -> tuple[np.ndarray, int]:
        """Return float32 in +-1, shape [frames], and the sampling rate in Hz.

        Args:
            rate_hz: what to name as the sampling rate where there was no frame.
        """
        return self._mono[: self._filled], self._rate_hz or rate_hz

    def _begins_with(self, time_s: float, frame: av.AudioFrame) -> bool:
        """Whether the wanted sound begins in this frame; then it says what the others are like."""
        rate_hz = frame.sample_rate
        skip = max(0, round((self._start_s - time_s) * rate_hz))
        if skip >= frame.samples:
            return False
        self.first_s, self._skip, self._rate_hz = time_s, skip, rate_hz
        self._channels = frame.layout.nb_channels
        refuse_swollen(self._want_s * rate_hz, 1, rate_hz)
        self._mono = np.empty(round(self._want_s * rate_hz), np.float32)
        return True

    def _queue(self, frame: av.AudioFrame) -> None:
        # The queue wants times without gaps or none; containers round theirs.
        frame.pts = None
        try:
            # The queue looks at rate and format itself, and crashes over another layout.
            if frame.layout.nb_channels != self._channels:
                raise ValueError("other channels")
            self._fifo.write(frame)
        except ValueError as error:
            raise KindChanged("the sampling rate or the channels change midway") from error
        self._queued += frame.samples

    def _convert(self) -> None:
        joined = self._fifo.read()
        if joined is None:
            return
        room = len(self._mono) - self._filled
        channels = [samples[self._skip :][:room] for samples in _amplitudes(joined)]
        end = self._filled + len(channels[0])
        mix_channels(channels, self._channel, self._mono[self._filled : end])
        self._filled = end
        self._skip = self._queued = 0


def _amplitudes(frame: av.AudioFrame) -> Sequence[np.ndarray]:
    """The channels of a decoded frame as float32 in +-1, shape [frames] each."""
    if frame.format.name == "fltp":
        # What lossy codecs give, read where it lies; the arrays keep the frame.
        return [np.frombuffer(plane, np.float32, frame.samples) for plane in frame.planes]
    samples = frame.to_ndarray()
    if not frame.format.is_planar:
        samples = samples.reshape(-1, frame.layout.nb_channels).T
    if samples.dtype.kind == "f":
        return samples.astype(np.float32, copy=False)
    half_range = 2.0 ** (8 * samples.dtype.itemsize - 1)
    offset = half_range if samples.dtype.kind == "u" else 0.0
    return ((samples - offset) / half_range).astype(np.float32)
