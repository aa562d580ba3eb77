"""How many bytes an audio file lacks, or has beyond its sound, going by its own header.

Decoders read a WAV or an OGG file that was cut off as if it were merely shorter. The containers
say how long they should be: RIFF and AIFF in the size of their sound chunk (Microsoft and IBM 1991;
Apple 1989), MP4 in the sizes of its boxes (ISO/IEC 14496-12, section 4.2), Ogg in the segment table
of its last page (RFC 3533, section 6), MP3 in the table that encoders put into the first frame
(Xing's, of which LAME's "Info" is a variant, and Fraunhofer's VBRI).
FLAC is not looked at: `sources.audio.flac_frames` does.
"""

from __future__ import annotations

import os
from typing import BinaryIO

# Sizes from here up are what programs write that stream to a pipe and cannot know the length.
UNKNOWN_CHUNK_BYTES = 0x7FFF_0000
# Bytes after the last chunk that are no chunk: padding, not sound.
LONGEST_LOOSE_END_BYTES = 64
LONGEST_OGG_PAGE_BYTES = 27 + 255 + 255 * 255


def bytes_missing(stream: BinaryIO) -> int:
    """How many bytes a file's header promises beyond the file's end.

    Args:
        stream: The file, open for reading in binary; its position is set back to the start.

    Returns:
        0 for a whole file, and for a file in a format that this module does not know.
    """
    total = stream.seek(0, os.SEEK_END)
    stream.seek(0)
    head = stream.read(12)
    try:
        if head[:4] == b"RIFF" and head[8:] == b"WAVE":
            return _missing_from_chunk(stream, total, b"data", "little")
        if head[:4] == b"FORM" and head[8:] in (b"AIFF", b"AIFC"):
            return _missing_from_chunk(stream, total, b"SSND", "big")
        if head[4:8] == b"ftyp":
            return _missing_from_boxes(stream, total)
        if head[:4] == b"OggS":
            return _missing_from_last_page(stream, total)
        if head[:3] == b"ID3" or int.from_bytes(head[:2], "big") & 0xFFE0 == 0xFFE0:
            return _missing_from_first_frame(stream, total, head)
        return 0
    finally:
        stream.seek(0)


def _missing_from_chunk(stream: BinaryIO, total: int, name: bytes, byte_order: str) -> int:
    """Walk the chunks of a RIFF or AIFF file to the one that holds the sound."""
    position = 12
    while position + 8 <= total:
        stream.seek(position)
        header = stream.read(8)
        size = int.from_bytes(header[4:], byte_order)
        position += 8
        if header[:4] == name:
            return 0 if size >= UNKNOWN_CHUNK_BYTES else max(0, position + size - total)
        position += size + size % 2
    return 0


def wave_goes_on(stream: BinaryIO) -> str:
    """How a WAV file holds more sound than its header says; empty where it does not.

    Recorders that lose power leave an old size in the header, and sizes beyond 4 GiB wrap around:
    then sound follows the sound chunk, where only further chunks and tags belong. Or the whole of
    another WAV file does.

    Args:
        stream: The file, open for reading in binary; its position is set back to the start.

    Returns:
        "sound" or "file", or "".
    """
    total = stream.seek(0, os.SEEK_END)
    stream.seek(0)
    head = stream.read(12)
    if head[:4] != b"RIFF" or head[8:] != b"WAVE":
        stream.seek(0)
        return ""
    position, after_sound = 12, False
    found = ""
    while position + 8 <= total:
        stream.seek(position)
        name, size = stream.read(4), int.from_bytes(stream.read(4), "little")
        if after_sound and name == b"RIFF":
            found = "file"
            break
        if after_sound and not _is_chunk(name, size, total - position):
            found = "sound" if total - position > LONGEST_LOOSE_END_BYTES else ""
            break
        after_sound = after_sound or name == b"data"
        if name == b"data" and size >= UNKNOWN_CHUNK_BYTES:
            break
        position += 8 + size + size % 2
    stream.seek(0)
    return found


def _is_chunk(name: bytes, size: int, left: int) -> bool:
    """Whether this can be a chunk's name and size, or a tag such as ID3 that was appended."""
    if name[:3] in (b"TAG", b"ID3") or name == b"APET":
        return True
    # A chunk of an odd size may have been written without the byte that makes it even.
    return name.isascii() and name.decode("ascii").isprintable() and 8 + size <= left + 1


def _missing_from_first_frame(stream: BinaryIO, total: int, head: bytes) -> int:
    """Compare the size in an MP3 file's first frame, where it has one, with what there is."""
    start = 0
    if head[:3] == b"ID3":
        # Its length: four bytes of seven bits (ID3v2, section 3.1).
        sizes = zip(head[6:10], (21, 14, 7, 0), strict=True)
        start = 10 + sum((byte & 0x7F) << shift for byte, shift in sizes)
    stream.seek(start)
    frame = stream.read(256)
    for name in (b"Xing", b"Info"):
        if (at := frame.find(name)) >= 0:
            flags = int.from_bytes(frame[at + 4 : at + 8], "big")
            at += 8 + 4 * (flags & 1)
            size = int.from_bytes(frame[at : at + 4], "big") if flags & 2 else 0
            return max(0, start + size - total)
    if (at := frame.find(b"VBRI")) >= 0:
        return max(0, start + int.from_bytes(frame[at + 10 : at + 14], "big") - total)
    return 0


def _missing_from_boxes(stream: BinaryIO, total: int) -> int:
    """Walk the top-level boxes of an MP4 file; size 1 means a 64-bit size, 0 "up to the end"."""
    position = 0
    while position + 8 <= total:
        stream.seek(position)
        size = int.from_bytes(stream.read(8)[:4], "big")
        if size == 1:
            size = int.from_bytes(stream.read(8), "big")
        if size < 8:
            return 0
        position += size
    return max(0, position - total)


def _missing_from_last_page(stream: BinaryIO, total: int) -> int:
    """Compare the last Ogg page's segment table with what follows it."""
    start = max(0, total - LONGEST_OGG_PAGE_BYTES)
    stream.seek(start)
    tail = stream.read()
    page = tail.rfind(b"OggS")
    if page < 0:
        return 0
    segments = tail[page + 26] if page + 26 < len(tail) else 0
    table = tail[page + 27 : page + 27 + segments]
    # A page that ends within its own header lacks at least the rest of that header.
    end = page + 27 + segments + sum(table)
    return max(0, end - len(tail))
