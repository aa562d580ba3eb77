"""Audio files of any common format, decoded to the workflow's clips.

libsndfile (through soundfile) reads WAV, AIFF and FLAC, in which it seeks exactly; all else goes to
FFmpeg's libraries (through PyAV), which decode from the beginning: MP3, OGG, M4A, AAC, WebM, and
WAV or FLAC whose header is wrong. Gzip'ed files are unpacked first. Only the asked-for part of a
recording is kept, so one of hours costs no more memory than a clip.
"""

from __future__ import annotations

import contextlib
import gzip
import io
import os
import tempfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import numpy as np

from science.sound import waveforms
from sources.audio.decoders import (
    DURATION_SLACK_S,
    AudioProblem,
    OpenAudio,
    SoundFileAudio,
    UnsuitedError,
)
from sources.audio.ffmpeg_audio import FFmpegAudio
from sources.audio.truncation import bytes_missing, wave_goes_on

# Sound beside a segment that resampling looks at, so that the filter does not ring at the cuts.
RESAMPLING_MARGIN_S = 0.1
# Headers that count themselves to the sound chunk are wrong by this much, and nothing is lost.
HEADER_SLACK_BYTES = 64
# Float files may pass full scale a little; values in 16-bit units instead of +-1 are a mistake.
HIGHEST_PEAK = 256.0
# So much of a file shows whether it is the pointer that git-lfs or git-annex leave in its place.
POINTER_BYTES = 128
_PAGES = (b"<!doctype", b"<html", b"<?xml")
# Channels of opposite sign leave next to nothing of each other: an average that is this quiet is
# compared with the first channel, and that much less is no recording's own.
QUIET_PEAK = 0.01
CANCELLED_BELOW = 0.01
UNPACKED_IN_MEMORY_BYTES = 64 * 2**20
# Sound packs to a half or so, and silence to a thousandth: larger files that swell by more than
# this are nearly all silence, or made to fill a disk.
SWELLS_AT_MOST = 100


@contextlib.contextmanager
def open_audio(source: Path | bytes | BinaryIO) -> Iterator[OpenAudio]:
    """Open an audio file, whatever its format.

    Args:
        source: A path, the bytes of a file, or an open file that can seek, which is closed in the
            end. Formats are told by content, never by name.

    Yields:
        The open file, with its duration.

    Raises:
        AudioProblem: "empty", "unreadable", "missing", "truncated", "not_audio" or "decode".
    """
    with contextlib.ExitStack() as stack:
        stream = stack.enter_context(_unpacked(_byte_stream(source, stack)))
        missing = bytes_missing(stream)
        cut_off = f"it lacks {missing} bytes at its end" if missing > HEADER_SLACK_BYTES else ""
        goes_on = wave_goes_on(stream)
        if goes_on == "file":
            cut_off = "another WAV file is joined to its end; split them"
        audio: OpenAudio
        try:
            if goes_on == "sound":
                raise UnsuitedError("the header's length is not that of the file.")
            audio = SoundFileAudio.opened(stream, cut_off, stack)
        except UnsuitedError as error:
            audio = FFmpegAudio(stream, cut_off, str(error), length_is_wrong=goes_on == "sound")
        if audio.duration_s <= 0:
            raise AudioProblem("empty", "the file holds no samples")
        yield audio


def decode_clip(
    audio: OpenAudio,
    start_s: float,
    duration_s: float,
    *,
    channel: str = "average",
    min_duration_s: float = 0.0,
) -> tuple[np.ndarray, str]:
    """Decode a segment in the workflow's form; what the recording lacks at its end is not padded.

    Args:
        audio: From `open_audio`.
        start_s: Where the segment starts in the recording.
        duration_s: Its length.
        channel: "average" or "first", see `science.sound.waveforms.mix_to_mono`.
        min_duration_s: Shorter results are refused; with 0, one sample is enough.

    Returns:
        int16 samples, shape [frames], mono, 22,050 Hz; and a remark for the row's detail, often
        empty.

    Raises:
        AudioProblem: "truncated", "decode", "invalid_samples", "silent" or "too_short".
    """
    end_s = start_s + duration_s
    if audio.cut_off and audio.duration_s < end_s - DURATION_SLACK_S:
        raise AudioProblem(
            "truncated", f"the file holds {audio.duration_s:.2f} s of sound, but {audio.cut_off}"
        )
    margin_s = min(start_s, RESAMPLING_MARGIN_S)
    with_margins = (start_s - margin_s, end_s + RESAMPLING_MARGIN_S)
    mono, rate_hz = audio.read(*with_margins, channel)
    _refuse_invalid(mono)
    if channel == "average" and _peak(mono) < QUIET_PEAK:
        _refuse_cancelled(mono, audio.read(*with_margins, "first")[0])
    # Where nothing was decoded, there need not be a rate.
    resampled = waveforms.resample(mono, rate_hz) if len(mono) else mono
    first = round(margin_s * waveforms.SAMPLE_RATE_HZ)
    cut = resampled[first : first + round(duration_s * waveforms.SAMPLE_RATE_HZ)]
    found_s = len(cut) / waveforms.SAMPLE_RATE_HZ
    if len(cut) == 0 or found_s < min_duration_s:
        raise AudioProblem(
            "too_short",
            f"{found_s:.3f} s of {duration_s:.3f} s, at least {min_duration_s:g} s wanted",
        )
    clip = waveforms.to_int16(cut)
    if not clip.any():
        raise AudioProblem("silent", f"all {len(clip)} samples are zero")
    return clip, "; ".join(filter(None, [_remark(cut, found_s, duration_s), audio.remark]))


def _refuse_invalid(mono: np.ndarray) -> None:
    """Raise on NaN, infinity, and floats that are no amplitudes around +-1."""
    peak = _peak(mono)
    if not np.isfinite(peak):
        invalid = int(np.count_nonzero(~np.isfinite(mono)))
        raise AudioProblem(
            "invalid_samples", f"{invalid} of {len(mono)} samples are NaN or infinite"
        )
    if peak > HIGHEST_PEAK:
        raise AudioProblem(
            "invalid_samples",
            f"samples reach {peak:.4g} times full scale; floats must lie within -1 and 1",
        )


def _refuse_cancelled(average: np.ndarray, first: np.ndarray) -> None:
    """Raise where an average is quiet because the channels are each other's opposite."""
    if _peak(average) < CANCELLED_BELOW * _peak(first):
        raise AudioProblem(
            "silent",
            "its channels cancel each other, so that their average is silence; with corpus.channel "
            "set to first, the first is taken",
        )


def _peak(samples: np.ndarray) -> float:
    """The largest magnitude; NaN where a sample is, and 0 where there is none."""
    return float(max(samples.max(initial=0.0), -samples.min(initial=0.0)))


def _remark(cut: np.ndarray, found_s: float, duration_s: float) -> str:
    """Say what a reader of the table would want to know of a clip that is ok."""
    remarks = []
    if duration_s - found_s > 1e-3:
        remarks.append(f"{found_s:.3f} s of {duration_s:.3f} s")
    if _peak(cut) > 1.0:
        clipped = int(np.count_nonzero(np.abs(cut) > 1.0))
        remarks.append(f"{clipped} samples beyond full scale were clipped")
    return "; ".join(remarks)


def _byte_stream(source: Path | bytes | BinaryIO, stack: contextlib.ExitStack) -> BinaryIO:
    """Open a path or bytes for reading; no bytes at all is a reason of its own."""
    try:
        if isinstance(source, Path):
            stream = source.open("rb")
        else:
            stream = io.BytesIO(source) if isinstance(source, bytes) else source
        stack.enter_context(stream)
        first = stream.read(POINTER_BYTES)
    except FileNotFoundError as error:
        raise AudioProblem("missing", f"{source} is not there any more") from error
    except OSError as error:
        raise AudioProblem("unreadable", f"{source}: {error.strerror or error}") from error
    if not first:
        raise AudioProblem("empty", "the file has 0 bytes")
    if first.startswith(b"version https://git-lfs"):
        detail = "the file is a pointer of git-lfs, without its content; run git lfs pull"
        raise AudioProblem("missing", detail)
    if b"annex/objects/" in first and first.startswith((b"/", b"../", b".git/")):
        detail = "the file is a pointer of git-annex, without its content; run git annex get"
        raise AudioProblem("missing", detail)
    if first.lstrip(b"\xef\xbb\xbf \t\r\n").lower().startswith(_PAGES):
        detail = "the file is a web page or XML in place of sound; download the sound itself"
        raise AudioProblem("not_audio", detail)
    stream.seek(0)
    return stream


def _size_of(stream: BinaryIO) -> int:
    here = stream.tell()
    size = stream.seek(0, os.SEEK_END)
    stream.seek(here)
    return size


def _copy(packed: BinaryIO, unpacked: BinaryIO, most: int) -> None:
    while piece := packed.read(1 << 20):
        unpacked.write(piece)
        if unpacked.tell() > max(most, UNPACKED_IN_MEMORY_BYTES):
            raise AudioProblem(
                "decode",
                f"the gzip file holds over {SWELLS_AT_MOST} times its own size, as no sound does; "
                f"if it is one, unpack it first",
            )


@contextlib.contextmanager
def _unpacked(stream: BinaryIO) -> Iterator[BinaryIO]:
    """Unpack gzip, told by its first two bytes; large files go to the disk instead of memory."""
    gzipped = stream.read(2) == b"\x1f\x8b"
    stream.seek(0)
    if not gzipped:
        yield stream
        return
    with tempfile.SpooledTemporaryFile(UNPACKED_IN_MEMORY_BYTES) as unpacked:
        try:
            with gzip.GzipFile(fileobj=stream) as packed:
                _copy(packed, unpacked, _size_of(stream) * SWELLS_AT_MOST)
        except EOFError as error:
            raise AudioProblem("truncated", "the gzip file ends too early") from error
        except (gzip.BadGzipFile, zlib.error) as error:
            raise AudioProblem("decode", f"the gzip file is damaged: {error}") from error
        if unpacked.tell() == 0:
            raise AudioProblem("empty", "the gzip file holds 0 bytes")
        unpacked.seek(0)
        yield unpacked
