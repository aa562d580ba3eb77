"""Audio files as FFmpeg's libraries (PyAV) read them: samples are counted from the beginning.

What containers say about lengths and places is often wrong: MP3 without a table of its frames,
files joined byte by byte, recorders that were cut off. FFmpeg is therefore never asked to seek.
Every pass demuxes a file from its first byte and decodes all of its first minute. Packets beyond
it that lie before the wanted part are passed over undecoded only in a file whose own times agreed,
frame by frame, with the samples that were counted. Nothing is kept but the wanted part.
"""

from __future__ import annotations

import contextlib
import math
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import BinaryIO

import av
import numpy as np

from sources.audio.bare_frames import Gauge
from sources.audio.decoders import DURATION_SLACK_S, AudioProblem
from sources.audio.ffmpeg_frames import JoinedFrames, KindChanged

# A header's exact duration that is longer than the sound by this much tells of a file cut off, and
# an end of this length that cannot be decoded is more than a broken last frame.
CUT_OFF_S = 0.5
# Lossy codecs need some packets before the wanted one to settle.
PREROLL_S = 0.5
# So much of a file is decoded whatever its packets say.
ALWAYS_DECODED_S = 60.0
# Containers round times to milliseconds, and Vorbis's go astray for a packet where blocks change.
STEADY_S = 0.02
# Formats that are frames in a row and nothing else: FFmpeg estimates their duration from the first
# bit rate, and counts times by what it takes for frames.
BARE_FORMATS = frozenset(
    {"mp3", "aac", "loas", "ac3", "eac3", "dts", "truehd", "mlp", "amr", "amrnb", "amrwb", "gsm"}
)
# MPEG's transport streams have times, but no duration.
UNDECLARED_FORMATS = BARE_FORMATS | {"mpegts", "mpeg"}


class _Unsteady(Exception):  # noqa: N818 - a turn that a pass takes, no error of anyone
    """A file's times do not go on as they began."""


@dataclass(frozen=True)
class _Loss:
    """Sound that could not be decoded: from when, how long, how much of it was counted, and why."""

    at_s: float
    lasts_s: float
    counted_s: float
    why: str


class _Nameless:
    """A stream without its file's name, from which FFmpeg would guess a format."""

    def __init__(self, stream: BinaryIO) -> None:
        self.read = stream.read
        self.seek = stream.seek
        self.tell = stream.tell


class FFmpegAudio:
    """A file that FFmpeg reads; time counts from the first sample of its first audio stream.

    Args:
        stream: The file.
        cut_off: What its size fields told about a lost end.
        first_try: Why libsndfile was not used.
        length_is_wrong: Whether a WAV file's sound goes on to its end, whatever the header says.

    Raises:
        AudioProblem: "not_audio", "truncated" or "decode".
    """

    def __init__(
        self, stream: BinaryIO, cut_off: str, first_try: str, *, length_is_wrong: bool = False
    ) -> None:
        self.cut_off = cut_off
        self.remark = ""
        self._stream = stream
        self._first_try = first_try
        self._length_is_wrong = length_is_wrong
        self._steady = True
        self._reached_s = 0.0
        self._losses: list[_Loss] = []
        self._end = ""
        self._skipped_s = 0.0
        self.duration_s, declared_s = self._measured()
        if self.duration_s == 0 and self._losses:
            raise AudioProblem("decode", self._losses[0].why)
        at_end = [loss for loss in self._losses if loss.at_s >= self.duration_s - 1e-9]
        lost_s = sum(loss.lasts_s for loss in at_end)
        # What is lost before the end makes the sound shorter too.
        declared_s -= sum(
            loss.lasts_s - loss.counted_s for loss in self._losses if loss not in at_end
        )
        if self.cut_off:
            return
        if lost_s > CUT_OFF_S:
            self.cut_off = f"nothing after {self.duration_s:.2f} s can be decoded: {at_end[0].why}"
        elif self.duration_s < declared_s - CUT_OFF_S:
            self.cut_off = f"its header says {declared_s:.2f} s"
        elif at_end:
            self._end = f"its last {lost_s:.3f} s are damaged and left out ({at_end[0].why})"

    def read(self, start_s: float, end_s: float, channel: str) -> tuple[np.ndarray, int]:
        """Decode a part; see `sources.audio.decoders.OpenAudio.read`."""
        want_s = max(0.0, min(end_s, self.duration_s) - start_s)
        joined = JoinedFrames(start_s, want_s, channel)
        try:
            joined.take(self._undamaged(start_s))
        except _Unsteady:
            self._steady = False
            return self.read(start_s, end_s, channel)
        except KindChanged as error:
            raise AudioProblem("decode", f"{error}, between {start_s:g} and {end_s:g} s") from error
        self.remark = self._end if end_s > self.duration_s else ""
        if self._skipped_s > DURATION_SLACK_S:
            self.remark = f"the file has bytes for {self._skipped_s:.2f} s more that are not sound"
        if joined.have_s < want_s - DURATION_SLACK_S:
            raise AudioProblem(
                "truncated", f"only {joined.have_s:.2f} s of {want_s:.2f} s were decoded"
            )
        return joined.samples(0)

    def _measured(self) -> tuple[float, float]:
        """The sound that is there and what the header says, both in s; 0 where it says nothing."""
        try:
            for _ in self._decoded(math.inf):
                pass
        except _Unsteady:
            self._steady = False
            return self._measured()
        with self._opened() as container:
            return self._sound_s(), _declared_s(container)

    def _sound_s(self) -> float:
        """Where the last frame of a finished pass ends."""
        end_s = self._reached_s
        for loss in reversed(self._losses):
            if loss.at_s + loss.counted_s < end_s - 1e-9:
                break
            end_s = loss.at_s
        return end_s

    def _undamaged(self, start_s: float) -> Iterator[tuple[float, av.AudioFrame]]:
        """Decode from before `start_s` on, and stop at damage that the wanted part is after or in.

        A loss is known for one at the end of the file by that no frame follows it.
        """
        known = 0
        for time_s, frame in self._decoded(start_s):
            if len(self._losses) > known:
                self._refuse_after(start_s, self._losses[known:])
                known = len(self._losses)
            yield time_s, frame

    def _refuse_after(self, start_s: float, news: Sequence[_Loss]) -> None:
        """Raise where the losses that just came leave the sound from `start_s` on in doubt."""
        for loss in news:
            if loss.at_s + max(loss.lasts_s, loss.counted_s) > start_s:
                raise AudioProblem("decode", f"damaged at {loss.at_s:.2f} s: {loss.why}")
        unplaced_s = sum(loss.lasts_s - loss.counted_s for loss in self._losses)
        unplaced_s += max(0.0, self._skipped_s)
        if unplaced_s > DURATION_SLACK_S:
            first = self._losses[0]
            raise AudioProblem(
                "decode",
                f"about {unplaced_s:.2f} s are lost at {first.at_s:.2f} s ({first.why}), so that "
                "what comes after has no certain place",
            )

    @contextlib.contextmanager
    def _opened(self) -> Iterator[av.container.InputContainer]:
        """Open the stream at its beginning."""
        self._stream.seek(0)
        # Playlists and the like must not make FFmpeg open anything beside this stream.
        options = {"protocol_whitelist": "none"}
        if self._length_is_wrong:
            options["ignore_length"] = "1"
        try:
            container = av.open(_Nameless(self._stream), options=options, metadata_errors="replace")
        except (av.FFmpegError, ValueError) as error:
            if self.cut_off:
                detail = f"the file cannot be opened; {self.cut_off}"
                raise AudioProblem("truncated", detail) from error
            if isinstance(error, OSError | EOFError):
                raise AudioProblem("truncated", "the file ends within its own header") from error
            detail = f"libsndfile: {self._first_try} FFmpeg: {_words(error)}"
            raise AudioProblem("not_audio", detail) from error
        with container:
            if not container.streams.audio:
                kind = container.format.name
                raise AudioProblem("not_audio", f"the file ({kind}) has no audio stream")
            codec = container.streams.audio[0].codec_context
            if codec is None:
                raise AudioProblem("not_audio", "its sound is of a kind that FFmpeg does not know")
            # With threads of its own, a decoder tells of an error with a later packet.
            codec.thread_count = 1
            yield container

    def _decoded(self, from_s: float) -> Iterator[tuple[float, av.AudioFrame]]:
        """Count the file's sound from its beginning: when each frame begins in s, and the frame.

        Packets more than `PREROLL_S` before `from_s` are passed over where the file is steady. What
        is lost on the way goes to `_losses`; `_reached_s` is where the pass has come to.

        Raises:
            _Unsteady: Packets were passed over, and then their times did not go on.
        """
        self._losses, self._reached_s = [], 0.0
        with self._opened() as container:
            stream = container.streams.audio[0]
            tick_s = float(stream.time_base or 0)
            gauge = Gauge(bare=_is_of(container, BARE_FORMATS))
            # Where the file's own times begin, and where they should go on.
            origin_s = expected_s = None
            passing = rejoining = False
            for packet in self._packets(container, stream):
                gauge.take(packet)
                lasts_s = (packet.duration or 0) * tick_s
                far = ALWAYS_DECODED_S < self._reached_s < from_s - PREROLL_S
                if far and self._steady and packet.size and origin_s is not None:
                    time_s = math.nan if packet.pts is None else packet.pts * tick_s - origin_s
                    goes_on = lasts_s > 0 and abs(time_s - self._reached_s) < STEADY_S
                    if not goes_on or gauge.is_swollen(packet):
                        raise _Unsteady
                    self._reached_s, expected_s, passing = time_s + lasts_s, None, True
                    continue
                if passing and packet.size:
                    stream.codec_context.flush_buffers()
                    passing, rejoining = False, True
                try:
                    frames = packet.decode()
                except (av.FFmpegError, ValueError) as error:
                    if not gauge.is_tag(packet):
                        lost_s = gauge.lost_s(packet, lasts_s)
                        self._lose(lost_s, lasts_s, f"FFmpeg: {_words(error)}")
                        expected_s = None if expected_s is None else expected_s + lasts_s
                    continue
                if frames and (zeros_s := gauge.zeros_s(packet)) > 0:
                    self._lose(zeros_s, 0.0, "there are zeros in place of sound")
                for frame in frames:
                    length_s = frame.samples / frame.sample_rate
                    if frame.pts is not None:
                        time_s = frame.pts * tick_s
                        origin_s = time_s if origin_s is None else origin_s
                        if rejoining:
                            self._reached_s = time_s - origin_s
                        elif abs(time_s - origin_s - self._reached_s) > STEADY_S:
                            self._steady = False
                        gap_s = 0.0 if expected_s is None else time_s - expected_s
                        if gap_s > DURATION_SLACK_S and not gauge.bare:
                            self._lose(gap_s, 0.0, "the file's own times leave a gap there")
                        expected_s = time_s + length_s
                    elif rejoining:
                        raise _Unsteady
                    rejoining = False
                    begins_s = self._reached_s
                    self._reached_s += length_s
                    gauge.count(packet, length_s)
                    yield begins_s, frame
            self._skipped_s = gauge.skipped_s(self._stream.seek(0, os.SEEK_END))

    def _packets(
        self, container: av.container.InputContainer, stream: av.AudioStream
    ) -> Iterator[av.Packet]:
        """Demux to the end of what can be; where that is an error, the rest is lost."""
        try:
            yield from container.demux(stream)
        except (av.FFmpegError, ValueError) as error:
            self._lose(math.inf, 0.0, f"FFmpeg: {_words(error)}")

    def _lose(self, lasts_s: float, counted_s: float, why: str) -> None:
        self._losses.append(_Loss(self._reached_s, lasts_s, counted_s, why))
        self._reached_s += counted_s


def _is_of(container: av.container.InputContainer, formats: frozenset[str]) -> bool:
    return not formats.isdisjoint(container.format.name.split(","))


def _declared_s(container: av.container.InputContainer) -> float:
    """The header's duration, or 0 where there is none to rely on."""
    stream = container.streams.audio[0]
    if _is_of(container, UNDECLARED_FORMATS):
        return 0.0
    if stream.duration is not None:
        return float(stream.duration * stream.time_base)
    if len(container.streams) == 1 and container.duration is not None:
        return container.duration / av.time_base
    return 0.0


def _words(error: Exception) -> str:
    """What an error of FFmpeg means for a sound; its own words are of systems and files."""
    if isinstance(error, av.PatchWelcomeError):
        return "its sound changes its kind midway, as in joined files, or is of a rare kind"
    if isinstance(error, OSError | EOFError):
        return "the data end too early, or are damaged"
    return "the data are damaged, or are not sound"
