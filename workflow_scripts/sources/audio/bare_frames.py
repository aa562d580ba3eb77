"""Bytes that give no sound in formats that are frames in a row, and how long they have sounded.

MP3, ADTS and their like have no times of their own: what FFmpeg passes over in search of the next
frame would move all that follows. It is estimated by what the other bytes gave. Titles, covers and
tables, as lie between files that were joined, are no loss.
"""

from __future__ import annotations

import av

# Bare frames of stereo are shorter; a longer packet may hold bytes that are no sound.
LONGEST_BARE_FRAME_BYTES = 3_000
# No frame begins with so many zeros.
SKIPPED_ZEROS = 16
# What stands before or after the sound of a file, and so between joined ones.
_TAGS = (b"ID3", b"APETAGEX", b"TAG", b"Xing", b"Info", b"VBRI")


class Gauge:
    """How much sound the bytes have been that gave none, in formats of bare frames.

    Args:
        bare: Whether the format is one; others have times of their own, by which gaps are seen.
    """

    def __init__(self, *, bare: bool) -> None:
        self.bare = bare
        self._bytes = 0
        self._sound_s = 0.0
        self._first = -1
        self._taken = 0
        self._tag_end = -1

    def take(self, packet: av.Packet) -> None:
        """Note the packet's bytes."""
        if self._first < 0 and packet.size:
            self._first = packet.pos or 0
        self._taken += packet.size

    def skipped_s(self, file_bytes: int) -> float:
        """The sound of bytes that FFmpeg passed over in search of the next frame."""
        skipped = file_bytes - self._first - self._taken
        return skipped * self._sound_s / self._bytes if self.bare and self._bytes else 0.0

    def count(self, packet: av.Packet, sound_s: float) -> None:
        """Note what a good packet gave."""
        self._bytes += packet.size
        self._sound_s += sound_s

    def lost_s(self, packet: av.Packet, lasts_s: float) -> float:
        """The length of a packet that gave nothing: its own, or more where it is swollen."""
        if not self.bare or not self._bytes:
            return lasts_s
        return max(lasts_s, packet.size * self._sound_s / self._bytes)

    def zeros_s(self, packet: av.Packet) -> float:
        """The sound that zeros at a packet's beginning have been, which decoders of MP3 skip."""
        if not self.bare or not self._bytes:
            return 0.0
        zeros = packet.size - len(bytes(packet).lstrip(b"\0"))
        return zeros * self._sound_s / self._bytes if zeros >= SKIPPED_ZEROS else 0.0

    def is_swollen(self, packet: av.Packet) -> bool:
        """Whether a packet may hold more than a frame."""
        if not self.bare:
            return False
        return packet.size > LONGEST_BARE_FRAME_BYTES or bytes(packet).startswith(
            bytes(SKIPPED_ZEROS)
        )

    def is_tag(self, packet: av.Packet) -> bool:
        """Whether a packet is a title, a cover or a table, as lie between files that were joined.

        Their lengths: ID3v2, section 3.1, four bytes of seven bits.
        """
        if not self.bare or not packet.size:
            return False
        data, first = bytes(packet), packet.pos or 0
        if (start := data.find(b"ID3")) >= 0 and len(size := data[start + 6 : start + 10]) == 4:
            length = sum(byte << shift for byte, shift in zip(size, (21, 14, 7, 0), strict=True))
            self._tag_end = first + start + 10 + length
        return first < self._tag_end or any(tag in data for tag in _TAGS)
