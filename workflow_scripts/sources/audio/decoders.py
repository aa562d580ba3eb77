"""What an open audio file is, why one cannot be read, and the files that libsndfile may seek in.

libsndfile (soundfile) reads what it can seek in exactly: formats whose samples all take the same
number of bytes, and FLAC whose frames agree with its header. All others are for `ffmpeg_audio`,
which decodes a file from its beginning, without keeping what is not wanted.
"""

from __future__ import annotations

import contextlib
from typing import BinaryIO, Protocol

import numpy as np
import soundfile

from science.sound.waveforms import mix_to_mono
from sources.audio.flac_frames import samples_are_counted

# Frames that may lack at the end: durations in containers are rounded to packets or milliseconds.
DURATION_SLACK_S = 0.1
# What a part may have of samples over all channels: twenty minutes of stereo, and 400 MB as floats.
MOST_VALUES = 100_000_000
# Formats in which libsndfile believes a header's count of frames or seeks by a guess, and how their
# files begin: looked at first, since libsndfile talks to the terminal about an MP3 that it opens.
GUESSED_FORMATS = frozenset({"OGG", "MP3"})
GUESSED_BEGINNINGS = (b"OggS", b"ID3", b"\xff\xf2", b"\xff\xf3", b"\xff\xfa", b"\xff\xfb")


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

    `duration_s` is the sound that is there; `cut_off` says how the file is known to hold, or to
    have held, more than that, and is empty where it is not. `remark` is what a reader of the row
    should know of the part that was read last.
    """

    duration_s: float
    cut_off: str
    remark: str

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


def refuse_swollen(samples: float, channels: int, rate_hz: int) -> None:
    """Refuse a part that would fill the memory; a damaged header may promise any rate and length.

    Raises:
        AudioProblem: It has more values than `MOST_VALUES`.
    """
    if samples * channels > MOST_VALUES:
        raise AudioProblem(
            "decode",
            f"the part asked for has {samples:.0f} samples in {channels} channels, at {rate_hz} Hz "
            f"as its header says, and at most {MOST_VALUES} can be read; cut it into shorter files",
        )


class _NeverBefore:
    """A stream that stays where it is when it is to go before its own beginning.

    A damaged header makes libsndfile ask for that; an error in its call back into Python would be
    printed, and otherwise lost.
    """

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self.read, self.tell = stream.read, stream.tell
        if hasattr(stream, "readinto"):
            self.readinto = stream.readinto

    def seek(self, offset: int, whence: int = 0) -> int:
        """Go there, where there is such a place."""
        try:
            return self._stream.seek(offset, whence)
        except (ValueError, OSError):
            return self._stream.tell()


class SoundFileAudio:
    """A file in which libsndfile seeks exactly."""

    remark = ""

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
        beginning = stream.read(4)
        stream.seek(0)
        if beginning.startswith(GUESSED_BEGINNINGS):
            raise UnsuitedError("it has no exact seek in files that begin so.")
        try:
            file = stack.enter_context(soundfile.SoundFile(_NeverBefore(stream)))
        except soundfile.LibsndfileError as error:
            raise UnsuitedError(error.error_string) from error
        # Encoders that stream to a pipe and recorders that lose power leave the number of frames
        # out; libsndfile then says 0 or 2**63 - 1.
        if not 0 < file.frames < 2**62:
            raise UnsuitedError("the header leaves the number of frames out.")
        guessed = file.format in GUESSED_FORMATS or file.subtype.startswith("MPEG_LAYER")
        if guessed or not file.seekable():
            raise UnsuitedError(f"it has no exact seek in {file.format} with {file.subtype}.")
        if file.format == "FLAC":
            position = stream.tell()
            counted = samples_are_counted(stream, file.frames)
            stream.seek(position)
            if not counted:
                raise UnsuitedError("the header's number of frames is not that of the file.")
        return cls(file, stream, cut_off)

    def read(self, start_s: float, end_s: float, channel: str) -> tuple[np.ndarray, int]:
        """Seek to the part and decode it; see `OpenAudio.read`."""
        rate_hz = self.file.samplerate
        first = min(self.file.frames, round(start_s * rate_hz))
        expected = min(self.file.frames, round(end_s * rate_hz)) - first
        refuse_swollen(expected, self.file.channels, rate_hz)
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
        # After an error libsndfile refuses every further seek, so the file is opened again.
        with (
            contextlib.suppress(soundfile.LibsndfileError),
            soundfile.SoundFile(_NeverBefore(self.stream)) as again,
        ):
            again.seek(self.file.frames - 1)
            if len(again.read(1)) == 1:
                status = "decode"
        return AudioProblem(
            status,
            f"frames {first} to {first + expected} of the {self.file.frames} that the header names "
            f"could not all be decoded: {reason}",
        )
