"""How many bytes an audio file lacks, going by its own header.

Decoders read a WAV or an OGG file that was cut off as if it were merely shorter. The containers
say how long they should be: RIFF and AIFF in the size of their sound chunk (Microsoft and IBM 1991;
Apple 1989), MP4 in the sizes of its boxes (ISO/IEC 14496-12, section 4.2), Ogg in the segment table
of its last page (RFC 3533, section 6).
FLAC and MP3 are not looked at: their decoders say how many frames there should be.
"""

from __future__ import annotations

import os
from typing import BinaryIO

# Sizes from here up are what programs write that stream to a pipe and cannot know the length.
UNKNOWN_CHUNK_BYTES = 0x7FFF_0000
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
