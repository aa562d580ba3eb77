"""Audio on a server, of which only the needed bytes are fetched.

`RemoteFile` turns HTTP range requests (RFC 9110, section 14) into a seekable file. MP4 and WebM,
the containers that video sites use, carry an index, so the seconds asked for cost a request for the
index and one or two for the sound. Servers without ranges, and formats without an index, are
fetched whole.
"""

from __future__ import annotations

import contextlib
import io
import re
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from typing import IO, Protocol

import av
import numpy

from sources.audio.decoders import AudioProblem, OpenAudio
from sources.audio.decoding import open_audio
from sources.audio.ffmpeg_audio import PREROLL_S
from sources.audio.ffmpeg_frames import JoinedFrames, KindChanged, decoded_from

# 16 s of sound at 160 kbit/s: ten seconds, and as much before them as a container cannot leave out.
BLOCK_BYTES = 320 * 1024
# The index of a file lies at its beginning or its end; of the sound there little is wanted.
_FIRST_BYTES = 64 * 1024
# Containers round their durations to packets.
DURATION_SLACK_S = 0.2
_IN_MEMORY_BYTES = 16 * 2**20
_BYTES_KEPT = 4 * 2**20


class Answer(Protocol):
    """A response as yt-dlp, urllib and requests' raw responses give it."""

    status: int
    headers: Mapping[str, str]

    def read(self, amount: int | None = None) -> bytes:
        """Return up to `amount` bytes of the body."""

    def close(self) -> None:
        """Let the connection go."""


Ask = Callable[[dict[str, str]], Answer]


class CutOff(ConnectionError):
    """A response ended before the length it had promised."""


class RemoteFile(io.RawIOBase):
    """A file on a server, read by range requests from where it is read on, a block each.

    Args:
        ask: sends a GET request with the given extra headers and returns the open response.
        block_bytes: how much one request asks for.
        bytes_per_s: the highest rate of transfer, or None for no limit.
        sleep: waits; replaced in tests.

    Attributes:
        fault: the first exception that a read met. FFmpeg takes a failing read for the end of the
            file in places, so whoever decodes from here looks at it afterwards.
        content_type: what the server says the file is.
        ranges: whether the server gives parts of the file.
    """

    def __init__(
        self,
        ask: Ask,
        *,
        block_bytes: int = BLOCK_BYTES,
        bytes_per_s: float | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        super().__init__()
        self._block_bytes = block_bytes
        self._ask = ask
        self._bytes_per_s = bytes_per_s
        self._sleep = sleep
        self._position = 0
        self._parts: dict[int, bytes] = {}
        self._whole: IO[bytes] | None = None
        self.fault: BaseException | None = None
        self.content_type = ""
        self._size = self._open()

    def readable(self) -> bool:
        """It is."""
        return True

    def seekable(self) -> bool:
        """It is."""
        return True

    @property
    def ranges(self) -> bool:
        """Whether only what is read is fetched, and the rest of its block."""
        return self._whole is None

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Move to a byte."""
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._position, io.SEEK_END: self._size}[whence]
        self._position = max(0, base + offset)
        return self._position

    def tell(self) -> int:
        """Return the present byte."""
        return self._position

    def read(self, size: int = -1) -> bytes:
        """Return up to `size` bytes from the present position, all that is left where negative."""
        left = max(0, self._size - self._position)
        wanted = left if size is None or size < 0 else min(size, left)
        parts = []
        while wanted > 0:
            part = self._from_here(wanted)
            parts.append(part)
            self._position += len(part)
            wanted -= len(part)
        return _joined(parts)

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        """Fill a buffer; for Python's own readers."""
        part = self.read(len(buffer))
        buffer[: len(part)] = part
        return len(part)

    def close(self) -> None:
        """Forget what was fetched."""
        if self._whole is not None:
            self._whole.close()
        self._parts.clear()
        super().close()

    def _open(self) -> int:
        first = min(self._block_bytes, _FIRST_BYTES)
        with contextlib.closing(self._ask({"Range": f"bytes=0-{first - 1}"})) as answer:
            self.content_type = (answer.headers.get("Content-Type") or "").lower()
            total = re.fullmatch(r"bytes 0-\d+/(\d+)", answer.headers.get("Content-Range") or "")
            if answer.status == 206 and total is not None:
                size = int(total[1])
                self._parts[0] = self._take(answer, min(size, first))
                return size
            self._whole = tempfile.SpooledTemporaryFile(_IN_MEMORY_BYTES)  # noqa: SIM115
            return self._take_whole(answer, self._whole)

    def _from_here(self, wanted: int) -> bytes:
        """Return at least one and up to `wanted` bytes from the present position."""
        here = self._position
        if self._whole is not None:
            self._whole.seek(here)
            return self._whole.read(wanted)
        for first, part in self._parts.items():
            if first <= here < first + len(part):
                return part[here - first : here - first + wanted]
        part = self._parts[here] = self._fetch(here)
        while len(self._parts) > 2 and sum(map(len, self._parts.values())) > _BYTES_KEPT:
            # The first part holds the index that a decoder comes back to.
            self._parts.pop(next(first for first in self._parts if first != 0))
        return part[:wanted]

    def _fetch(self, first: int) -> bytes:
        """Ask for the bytes from `first` on, up to a block of them or to what is here already."""
        following = [start for start in self._parts if start > first]
        last = min([first + self._block_bytes, self._size, *following]) - 1
        try:
            with contextlib.closing(self._ask({"Range": f"bytes={first}-{last}"})) as answer:
                if answer.status != 206:
                    raise CutOff(f"the server answered {answer.status} to a range request")
                return self._take(answer, last - first + 1)
        except BaseException as error:
            self.fault = self.fault or error
            raise

    def _take(self, answer: Answer, promised: int) -> bytes:
        parts, have = [], 0
        while have < promised:
            part = answer.read(promised - have)
            if not part:
                raise CutOff(f"the connection ended after {have} of {promised} bytes")
            parts.append(part)
            have += len(part)
        self._pace(have)
        return _joined(parts)

    def _take_whole(self, answer: Answer, target: IO[bytes]) -> int:
        length = answer.headers.get("Content-Length")
        size = 0
        while part := answer.read(self._block_bytes):
            size += target.write(part)
            self._pace(len(part))
        if length is not None and length.isdigit() and size < int(length):
            raise CutOff(f"the connection ended after {size} of {length} bytes")
        return size

    def _pace(self, transferred: int) -> None:
        if self._bytes_per_s:
            self._sleep(transferred / self._bytes_per_s)


def _joined(parts: list[bytes]) -> bytes:
    """Join parts; a single one, the usual case, without copying it."""
    return parts[0] if len(parts) == 1 else b"".join(parts)


@contextlib.contextmanager
def open_remote_audio(file: RemoteFile) -> Iterator[OpenAudio]:
    """Open audio on a server; only what is decoded is fetched, where server and format allow it.

    Raises:
        AudioProblem: "not_audio", "empty", "truncated" or "decode".
        Exception: whatever the transfer met, unchanged.
    """
    start = file.read(12)
    file.seek(0)
    indexed = start[4:8] in (b"ftyp", b"styp") or start[:4] == b"\x1a\x45\xdf\xa3"
    if not (file.ranges and indexed):
        with open_audio(file.read()) as audio:
            yield audio
        return
    try:
        with av.open(file, options={"protocol_whitelist": "none"}) as container:
            yield _IndexedAudio(container, file)
    except (av.FFmpegError, EOFError) as error:
        raise file.fault or AudioProblem("decode", f"FFmpeg: {error}") from error


class _IndexedAudio:
    """An open MP4 or WebM file; its duration is what the container says."""

    cut_off = ""
    remark = ""

    def __init__(self, container: av.container.InputContainer, file: RemoteFile) -> None:
        if not container.streams.audio:
            raise AudioProblem("not_audio", f"the file ({container.format.name}) has no audio")
        self._container = container
        self._file = file
        self._stream = container.streams.audio[0]
        self._stream.codec_context.thread_count = 1
        self._first_pts = max(0, self._stream.start_time or 0)
        self.duration_s = (container.duration or 0) / av.time_base

    def read(self, start_s: float, end_s: float, channel: str) -> tuple[numpy.ndarray, int]:
        """Decode a part; see `sources.audio.decoders.OpenAudio.read`."""
        # Until the sound ends, whatever the container says about its length.
        want_s = max(0.0, end_s - start_s)
        joined = JoinedFrames(start_s, want_s, channel)
        try:
            joined.take(self._frames_from(start_s))
        except KindChanged as error:
            raise AudioProblem("decode", str(error)) from error
        if self._file.fault is not None:
            raise self._file.fault
        if joined.first_s is not None and joined.first_s > start_s + DURATION_SLACK_S:
            raise AudioProblem(
                "decode", f"no sound between {start_s:.3f} and {joined.first_s:.3f} s"
            )
        want_s = max(0.0, min(end_s, self.duration_s) - start_s)
        if joined.have_s < want_s - DURATION_SLACK_S:
            raise AudioProblem(
                "truncated",
                f"{joined.have_s:.2f} s of {want_s:.2f} s could be decoded, "
                f"though the file says it lasts {self.duration_s:.2f} s",
            )
        return joined.samples(self._stream.rate)

    def _frames_from(self, start_s: float) -> Iterator[tuple[float, av.AudioFrame]]:
        time_base = float(self._stream.time_base)
        first_pts = self._first_pts
        back_s = max(0.0, start_s - PREROLL_S)
        expected_s = None
        for frame in decoded_from(self._container, self._stream, first_pts, back_s):
            if frame.pts is None:
                raise AudioProblem("decode", "the file does not say when its sound sounds")
            time_s = (frame.pts - first_pts) * time_base
            if expected_s is not None and abs(time_s - expected_s) > DURATION_SLACK_S:
                raise AudioProblem(
                    "decode", f"the file's times go from {expected_s:.3f} s to {time_s:.3f} s"
                )
            expected_s = time_s + frame.samples / frame.sample_rate
            yield time_s, frame
