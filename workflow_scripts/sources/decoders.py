"""The two decoders behind one interface: libsndfile (soundfile) and FFmpeg's libraries (PyAV).

Each opens a byte stream, says how long its sound is and decodes any part of it without decoding,
or at least without keeping, the rest. Why a file cannot be read is told by `AudioProblem`.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import BinaryIO, Protocol

import av
import numpy as np
import soundfile

from science.sound.waveforms import mix_to_mono
from sources.ffmpeg_frames import JoinedFrames, decoded_from

# Frames that may lack at the end: durations in containers are rounded to packets or milliseconds.
DURATION_SLACK_S = 0.1
# A header's exact duration that is longer than the sound by this much tells of a file cut off.
CUT_OFF_S = 0.5
# Lossy codecs need some packets before the wanted one to settle.
PREROLL_S = 0.5
# Formats that FFmpeg seeks by an index. Elsewhere it guesses, so we decode from the start.
INDEXED_FORMATS = frozenset({"mov", "matroska", "webm", "ogg"})


class AudioProblem(Exception):  # noqa: N818 - an outcome to be recorded, as often as not
    """Why no clip could be had: `status` is a key of clip_shards.STATUSES, `detail` a sentence."""

    def __init__(self, status: str, detail: str) -> None:
        """Keep the reason for the clip's row."""
        super().__init__(f"{status}: {detail}")
        self.status = status
        self.detail = detail


class UnsuitedError(Exception):
    """A file is not for the first decoder; the message says why."""


class OpenAudio(Protocol):
    """An audio file, open for reading any part of it.

    `duration_s` is the sound that is there; `cut_off` says how the file is known to have lost its
    end, and is empty where it is not.
    """

    duration_s: float
    cut_off: str

    def read(self, start_s: float, end_s: float, channel: str) -> tuple[np.ndarray, int]:
        """Decode a part, which ends early where the file does, and make it mono.

        Args:
            start_s: Where it begins.
            end_s: Where it ends.
            channel: "average" or "first", see `science.sound.waveforms.mix_to_mono`.

        Returns:
            float32 in +-1, shape [frames], and the sampling rate in Hz.

        Raises:
            AudioProblem: "truncated" or "decode".
        """


class SoundFileAudio:
    """A file that libsndfile reads; the number of frames comes from its header."""

    def __init__(self, file: soundfile.SoundFile, stream: BinaryIO, cut_off: str) -> None:
        """Measure the duration; `cut_off` is what the container's size fields told."""
        self.file = file
        self.stream = stream
        self.cut_off = cut_off
        self.duration_s = file.frames / file.samplerate

    @classmethod
    def opened(cls, stream: BinaryIO, cut_off: str, stack: contextlib.ExitStack) -> SoundFileAudio:
        """Open a stream, to be closed by `stack`.

        Raises:
            UnsuitedError: The file is not for libsndfile.
        """
        try:
            file = stack.enter_context(soundfile.SoundFile(stream))
        except soundfile.LibsndfileError as error:
            raise UnsuitedError(error.error_string) from error
        # Encoders that stream to a pipe leave the number of frames out; libsndfile, which then says
        # 2**63 - 1, can neither seek nor read such a FLAC.
        if file.frames >= 2**62:
            raise UnsuitedError("the header leaves the number of frames out.")
        return cls(file, stream, cut_off)

    def read(self, start_s: float, end_s: float, channel: str) -> tuple[np.ndarray, int]:
        """Seek to the part and decode it; see `OpenAudio.read`."""
        rate_hz = self.file.samplerate
        first = min(self.file.frames, round(start_s * rate_hz))
        expected = min(self.file.frames, round(end_s * rate_hz)) - first
        try:
            self.file.seek(first)
            samples = self.file.read(expected, dtype="float32", always_2d=True)
        except soundfile.LibsndfileError as error:
            raise self._failure(first, expected, error.error_string) from error
        if len(samples) < expected - DURATION_SLACK_S * rate_hz:
            raise self._failure(first, expected, f"only {len(samples)} were")
        return mix_to_mono(samples, channel), rate_hz

    def _failure(self, first: int, expected: int, reason: str) -> AudioProblem:
        """A file whose last frame can be had is damaged in the middle; else its end is gone."""
        status = "truncated"
        self.stream.seek(0)
        # After an error libsndfile refuses every further seek, so the file is opened anew.
        with (
            contextlib.suppress(soundfile.LibsndfileError),
            soundfile.SoundFile(self.stream) as again,
        ):
            again.seek(self.file.frames - 1)
            if len(again.read(1)) == 1:
                status = "decode"
        return AudioProblem(
            status,
            f"frames {first} to {first + expected} of the {self.file.frames} that the header names "
            f"could not all be decoded: {reason}",
        )


class _Nameless:
    """A stream without its file's name, from which FFmpeg would guess a format."""

    def __init__(self, stream: BinaryIO) -> None:
        self.read = stream.read
        self.seek = stream.seek
        self.tell = stream.tell


class FFmpegAudio:
    """A file that FFmpeg reads; time counts from the first sample of its first audio stream."""

    def __init__(self, container: av.container.InputContainer, cut_off: str) -> None:
        """Measure the duration by the packets, since headers leave it out or estimate it."""
        self.container = container
        self.stream = container.streams.audio[0]
        self.indexed = not INDEXED_FORMATS.isdisjoint(container.format.name.split(","))
        self.first_pts = max(0, self.stream.start_time or 0)
        ends = [
            packet.pts + (packet.duration or 0)
            for packet in container.demux(self.stream)
            if packet.pts is not None
        ]
        last_pts = max(ends, default=self.first_pts)
        self.duration_s = float((last_pts - self.first_pts) * (self.stream.time_base or 0))
        self.cut_off = cut_off
        if not cut_off and self.duration_s < (declared_s := self._declared_s()) - CUT_OFF_S:
            self.cut_off = f"its header says {declared_s:.2f} s"

    @classmethod
    def opened(
        cls, stream: BinaryIO, cut_off: str, stack: contextlib.ExitStack, first_try: str
    ) -> FFmpegAudio:
        """Open a stream that libsndfile refused for the reason `first_try`, closed by `stack`.

        Raises:
            AudioProblem: "not_audio", "truncated" or "decode".
        """
        try:
            # Playlists and the like must not make FFmpeg open anything beside this stream.
            options = {"protocol_whitelist": "none"}
            container = av.open(_Nameless(stream), options=options, metadata_errors="replace")
            stack.enter_context(container)
        except (av.FFmpegError, ValueError) as error:
            if cut_off:
                raise AudioProblem("truncated", f"the file cannot be opened; {cut_off}") from error
            raise AudioProblem("not_audio", f"libsndfile: {first_try} FFmpeg: {error}") from error
        if not container.streams.audio:
            kind = container.format.name
            raise AudioProblem("not_audio", f"the file ({kind}) has no audio stream")
        try:
            return cls(container, cut_off)
        except (av.FFmpegError, ValueError) as error:
            raise AudioProblem("decode", f"FFmpeg: {error}") from error

    def read(self, start_s: float, end_s: float, channel: str) -> tuple[np.ndarray, int]:
        """Decode a part, dropping the frames before it one by one; see `OpenAudio.read`."""
        want_s = max(0.0, min(end_s, self.duration_s) - start_s)
        joined = JoinedFrames(start_s, want_s, channel)
        try:
            joined.take(self._frames_from(start_s))
        except (av.FFmpegError, ValueError) as error:
            status = "truncated" if self.cut_off else "decode"
            raise AudioProblem(
                status, f"after {joined.have_s:.2f} s of {want_s:.2f} s: {error}"
            ) from error
        if joined.have_s < want_s - DURATION_SLACK_S:
            raise AudioProblem(
                "truncated", f"only {joined.have_s:.2f} s of {want_s:.2f} s were decoded"
            )
        return joined.samples(self.stream.rate)

    def _declared_s(self) -> float:
        """The header's duration, or 0 where there is none to rely on."""
        if not self.indexed:
            return 0.0
        if self.stream.duration is not None:
            return float(self.stream.duration * self.stream.time_base)
        if len(self.container.streams) == 1 and self.container.duration is not None:
            return self.container.duration / av.time_base
        return 0.0

    def _frames_from(self, start_s: float) -> Iterator[tuple[float, av.AudioFrame]]:
        """Decode from a little before `start_s` on: time in s, and the frame."""
        back_s = max(0.0, start_s - PREROLL_S) if self.indexed else 0.0
        first_pts, time_base = self.first_pts, float(self.stream.time_base or 0)
        next_s = 0.0
        frames = decoded_from(self.container, self.stream, first_pts, back_s, indexed=self.indexed)
        for frame in frames:
            time_s = next_s
            if frame.pts is not None:
                time_s = (frame.pts - first_pts) * time_base
            next_s = time_s + frame.samples / frame.sample_rate
            yield time_s, frame
