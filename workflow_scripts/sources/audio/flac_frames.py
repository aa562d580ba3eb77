"""Whether the length in a FLAC file's header is that of its sound, and a seek in it exact.

Frames of FLAC carry their number or that of their first sample (RFC 9639, section 9.1), by which
decoders seek. The header's count of samples is checked by the last frame of the file, and a second
header tells of files joined byte by byte, in which numbers come twice.
"""

from __future__ import annotations

import os
from typing import BinaryIO

# Frames of eight channels of 65,535 samples of 32 bits are longer; those we decode through.
_TAIL_BYTES = 256 * 1024
_SCANNED_BYTES = 2**20
_HEADER = b"fLaC"
_HEADER_BYTES = 42
# A frame's header: 4 bytes, a number in up to 7, block size and rate in up to 2 each, a checksum.
_LONGEST_FRAME_HEADER = 16


def samples_are_counted(stream: BinaryIO, samples: int) -> bool:
    """Whether a native FLAC file holds exactly so many samples, in one run of frames.

    Args:
        stream: The file, open for reading in binary; its position is set back to the start.
        samples: What the header says.

    Returns:
        False also where this cannot be told.
    """
    try:
        total = stream.seek(0, os.SEEK_END)
        stream.seek(0)
        head = stream.read(_HEADER_BYTES)
        if head[:4] != _HEADER or head[4] & 0x7F:
            return False
        smallest, largest = (int.from_bytes(head[at : at + 2], "big") for at in (8, 10))
        stream.seek(max(_HEADER_BYTES, total - _TAIL_BYTES))
        end = _last_sample(stream.read(), largest if smallest == largest else 0)
        return end == samples and not _header_again(stream)
    finally:
        stream.seek(0)


def _header_again(stream: BinaryIO) -> bool:
    """Whether the marker at the beginning of a FLAC file stands anywhere later in it."""
    stream.seek(4)
    before = b""
    while piece := stream.read(_SCANNED_BYTES):
        if _HEADER in piece or _HEADER in before + piece[:3]:
            return True
        before = piece[-3:]
    return False


def _last_sample(tail: bytes, block: int) -> int | None:
    """The number of samples up to the end of the last frame that begins in the tail.

    Args:
        tail: The last bytes of a file.
        block: The length of all frames but the last, or 0 where they differ.
    """
    at = len(tail)
    while (at := tail.rfind(b"\xff", 0, at)) >= 0:
        header = tail[at : at + _LONGEST_FRAME_HEADER]
        if len(header) > 5 and header[1] & 0xFE == 0xF8:
            end = _end_of_frame(header, block)
            if end is not None:
                return end
    return None


def _end_of_frame(header: bytes, block: int) -> int | None:
    """The number of samples up to the end of a frame; None where this is no frame's header."""
    size_code, rate_code = header[2] >> 4, header[2] & 0x0F
    # The number is coded as UTF-8 codes characters, with up to 36 bits.
    ones = 8 - (header[4] ^ 0xFF).bit_length()
    length = max(1, ones)
    if ones in (1, 8) or header[3] & 1:
        return None
    number = header[4] & (0x7F >> ones)
    for byte in header[5 : 4 + length]:
        number = number << 6 | byte & 0x3F
    size_bytes = {6: 1, 7: 2}.get(size_code, 0)
    end = 4 + length + size_bytes + {12: 1, 13: 2, 14: 2}.get(rate_code, 0)
    if size_code == 0 or end >= len(header) or _crc8(header[:end]) != header[end]:
        return None
    if size_bytes:
        samples = 1 + int.from_bytes(header[4 + length : 4 + length + size_bytes], "big")
    elif size_code == 1:
        samples = 192
    else:
        samples = 576 << size_code - 2 if size_code < 6 else 256 << size_code - 8
    variable = header[1] & 1
    if not variable and not block:
        return samples if number == 0 else None
    return (number if variable else number * block) + samples


def _crc8(data: bytes) -> int:
    """The checksum of a frame's header: x^8 + x^2 + x + 1 (RFC 9639, section 9.1.8)."""
    crc = 0
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc << 1 & 0xFF ^ (0x07 if crc & 0x80 else 0)
    return crc
