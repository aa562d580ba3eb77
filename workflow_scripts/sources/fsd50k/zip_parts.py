"""Files in a zip archive that is split in parts, read in place.

Split archives (name.z01, name.z02, ..., name.zip) count every offset from the start of the part it
lies in, so laying the parts end to end does not make an archive that Python's own reader takes.
Format: PKWARE's APPNOTE 6.3, sections 4.3.7, 4.3.12, 4.3.14 to 4.3.16 and 4.5.3. An archive in one
part is read just so.
"""

from __future__ import annotations

import re
import struct
import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path

from sources.archives import LARGEST_BYTES

_LOCAL = struct.Struct("<4s5H3L2H")
_CENTRAL = struct.Struct("<4s6H3L5H2L")
_END = struct.Struct("<4s4H2LH")
_LOCATOR64 = struct.Struct("<4sLQL")
_END64 = struct.Struct("<4sQ2H2L4Q")
_LONGEST_COMMENT = 65_535
_STORED, _DEFLATED = 0, 8
_UTF8_NAME = 0x800
# Servers' queries stay in the names of files that were fetched from a command line.
_PART = re.compile(r"\.(z\d\d|zip)(?:[?@].*)?$", re.IGNORECASE)


class ZipPartsError(ValueError):
    """An archive cannot be read; the message names the part and says what is wrong."""


def ordered_parts(paths: Iterable[Path]) -> list[Path]:
    """Return the parts of one archive in the order they are read: .z01, .z02, ..., .zip.

    What a browser or wget has left behind the ending (`.zip?download=1`) does no harm.

    Raises:
        ZipPartsError: the .zip file is not among them, a number is missing in between, or two
            files are the same part.
    """
    by_ending: dict[str, Path] = {}
    for path in map(Path, paths):
        ending = _PART.search(path.name)
        if ending is None:
            raise ZipPartsError(
                f"{path} is not a part of an archive (.z01, .z02, ..., .zip); correct its name."
            )
        earlier = by_ending.setdefault(ending[1].lower(), path)
        if earlier != path:
            raise ZipPartsError(f"{earlier} and {path} are the same part; give the one or other.")
    last = by_ending.pop("zip", None)
    if last is None:
        raise ZipPartsError("The parts of an archive end with a .zip file, and none was given.")
    numbered = [f"z{number:02d}" for number in range(1, len(by_ending) + 1)]
    absent = [f".{ending}" for ending in numbered if ending not in by_ending]
    if absent:
        raise ZipPartsError(f"Of the parts before {last}, these are missing: {', '.join(absent)}.")
    return [*(by_ending[ending] for ending in numbered), last]


@dataclass(frozen=True)
class ZipMember:
    """A file in the archive: its name, and where and how its bytes lie over all parts."""

    name: str
    size: int
    _method: int
    _crc: int
    _packed_size: int
    _start: int


class ZipParts:
    """An archive, open for reading single files; safe to use from several threads.

    Args:
        parts: the parts in order, the last one being the .zip file.

    Attributes:
        members: the archive's files by name; folders are left out.

    Raises:
        ZipPartsError: a part is missing or cut off, or the last one is not the end of an archive.
        FileNotFoundError: a part is not there.
    """

    def __init__(self, parts: Sequence[Path]) -> None:
        if not parts:
            raise ZipPartsError("An archive needs at least one part.")
        self._parts = [Path(part) for part in parts]
        sizes = [part.stat().st_size for part in self._parts]
        self._starts = [0, *accumulate(sizes)]
        self.members = {member.name: member for member in self._central_directory()}

    def read(self, name: str) -> bytes:
        """Return a file's content.

        Raises:
            KeyError: there is no such file.
            ZipPartsError: its bytes are damaged or packed in a way that is not supported.
        """
        member = self.members[name]
        if max(member.size, member._packed_size) > LARGEST_BYTES:
            raise ZipPartsError(
                f"{self._parts[-1]}: {name} has {member.size} bytes, more than any sound here; "
                f"leave it out."
            )
        header = _LOCAL.unpack(self._bytes(member._start, _LOCAL.size))
        if header[0] != b"PK\x03\x04":
            raise self._damaged(member._start, f"no file begins where {name} should")
        first = member._start + _LOCAL.size + header[-2] + header[-1]
        packed = self._bytes(first, member._packed_size)
        if member._method not in (_STORED, _DEFLATED):
            raise self._damaged(first, f"{name} is packed by method {member._method}")
        try:
            content = packed
            if member._method == _DEFLATED:
                # Not all that there is: a few bytes may stand for gigabytes.
                content = zlib.decompressobj(-15).decompress(packed, member.size + 1)
        except zlib.error as error:
            raise self._damaged(first, f"{name} cannot be unpacked: {error}") from error
        if len(content) != member.size or zlib.crc32(content) != member._crc:
            raise self._damaged(first, f"{name} does not match its checksum")
        return content

    def _central_directory(self) -> Iterator[ZipMember]:
        disk, start, size, entries = self._end_record()
        place = self._absolute(disk, start)
        directory = self._bytes(place, size)
        position = 0
        for _ in range(entries):
            whole = position + _CENTRAL.size <= len(directory)
            fields = _CENTRAL.unpack_from(directory, position) if whole else (b"",)
            if fields[0] != b"PK\x01\x02":
                raise self._damaged(place + position, "the table of contents is damaged")
            name_end = position + _CENTRAL.size + fields[10]
            extra_end = name_end + fields[11]
            encoding = "utf-8" if fields[3] & _UTF8_NAME else "cp437"
            name = directory[position + _CENTRAL.size : name_end].decode(encoding, "replace")
            if not name.endswith("/"):
                yield self._member(name, fields, directory[name_end:extra_end])
            position = extra_end + fields[12]

    def _member(self, name: str, fields: tuple, extra: bytes) -> ZipMember:
        packed_size, size, disk, start = fields[8], fields[9], fields[13], fields[16]
        wide = _WideFields(extra)
        # The wide field holds, in this order, only those numbers that do not fit.
        size = wide.take(8) if size == 0xFFFF_FFFF else size
        packed_size = wide.take(8) if packed_size == 0xFFFF_FFFF else packed_size
        start = wide.take(8) if start == 0xFFFF_FFFF else start
        disk = wide.take(4) if disk == 0xFFFF else disk
        absolute = self._absolute(disk, start)
        return ZipMember(name, size, fields[4], fields[7], packed_size, absolute)

    def _end_record(self) -> tuple[int, int, int, int]:
        """Return the table of contents' part, offset in it, length, and number of entries."""
        total = self._starts[-1]
        first = max(self._starts[-2], total - _END.size - _LONGEST_COMMENT)
        tail = self._bytes(first, total - first)
        position = tail.rfind(b"PK\x05\x06")
        if position < 0 or position + _END.size > len(tail):
            raise self._damaged(total, "it is not the end of a zip archive, or it was cut off")
        _, disk, directory_disk, _, entries, size, start, _ = _END.unpack_from(tail, position)
        locator = position - _LOCATOR64.size
        if locator >= 0 and tail[locator : locator + 4] == b"PK\x06\x07":
            _, end_disk, end_start, _ = _LOCATOR64.unpack_from(tail, locator)
            record = self._bytes(self._absolute(end_disk, end_start), _END64.size)
            _, _, _, _, disk, directory_disk, _, entries, size, start = _END64.unpack(record)
        if disk + 1 != len(self._parts):
            raise ZipPartsError(
                f"The archive that ends in {self._parts[-1]} has {disk + 1} parts, but "
                f"{len(self._parts)} were given: {', '.join(part.name for part in self._parts)}. "
                f"Give all parts, or join them by zip -s 0 (laying them end to end is not enough)."
            )
        return directory_disk, start, size, entries

    def _absolute(self, disk: int, start: int) -> int:
        if disk >= len(self._parts):
            raise ZipPartsError(f"{self._parts[-1]} speaks of a part number {disk + 1}.")
        return self._starts[disk] + start

    def _bytes(self, first: int, length: int) -> bytes:
        """Return bytes of the parts laid end to end."""
        pieces = []
        for part, start, end in zip(self._parts, self._starts, self._starts[1:], strict=False):
            if first < end and first + length > start and length > 0:
                with part.open("rb") as file:
                    file.seek(first - start)
                    piece = file.read(min(length, end - first))
                pieces.append(piece)
                first, length = first + len(piece), length - len(piece)
        if length > 0:
            raise self._damaged(first, "the archive ends too early")
        return b"".join(pieces)

    def _damaged(self, place: int, reason: str) -> ZipPartsError:
        number = sum(place >= end for end in self._starts[1:-1])
        return ZipPartsError(f"{self._parts[number]}: {reason}; fetch this part again.")


@dataclass
class _WideFields:
    """The numbers of a member's ZIP64 extra field, taken one by one."""

    extra: bytes

    def __post_init__(self) -> None:
        position, self.extra, extra = 0, b"", self.extra
        while position + 4 <= len(extra):
            kind, length = struct.unpack_from("<2H", extra, position)
            if kind == 1:
                self.extra = extra[position + 4 : position + 4 + length]
            position += 4 + length

    def take(self, width: int) -> int:
        number, self.extra = self.extra[:width], self.extra[width:]
        if len(number) < width:
            raise ZipPartsError("The archive's table of contents lacks a ZIP64 number.")
        return int.from_bytes(number, "little")
