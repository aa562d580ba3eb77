"""Files in the archives of others, zip or tar: read in place, and no more of each than it may have.

Nothing is unpacked on the disk, so that names that lead elsewhere, links and devices do no harm.
What an archive says of its sizes is a stranger's word: a file that holds more than was said, or
more than any of its kind, is refused before it fills the memory.
"""

from __future__ import annotations

import tarfile
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

# Far above a minute of uncompressed sound, and any table.
LARGEST_BYTES = 400_000_000
MOST_FILES = 100_000
# What tar keeps beside a file, such as a name that is too long for its header.
_LARGEST_REMARK_BYTES = 1_000_000
_REMARKS = (b"L", b"K", b"x", b"X", b"g")


class SwollenError(ValueError):
    """A file in an archive is larger than it may be; the message says which."""


def zip_reader(archive: zipfile.ZipFile) -> tuple[dict[str, int], Callable[[str], bytes]]:
    """The sizes of an archive's files by their names, and what reads one of them.

    The reader raises what zipfile raises, and `SwollenError`.
    """
    files = [info for info in archive.infolist() if not info.filename.endswith("/")]
    _refuse_many(len(files))
    infos = {info.filename: info for info in files}

    def read(name: str) -> bytes:
        info = infos[name]
        refuse_swollen(name, info.file_size)
        # Others are unpacked in one go, however much that is.
        if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise zipfile.BadZipFile(f"it is packed by method {info.compress_type}; use deflate")
        with archive.open(info) as file:
            return file.read(info.file_size + 1)

    return {name: info.file_size for name, info in infos.items()}, read


@contextmanager
def opened_tar(path: Path) -> Iterator[tuple[dict[str, int], Callable[[str], bytes]]]:
    """As `zip_reader`, for a tar archive, packed or not; links and devices are left out."""
    with tarfile.open(path, tarinfo=_CarefulTarInfo) as archive:
        members: dict[str, tarfile.TarInfo] = {}
        for number, member in enumerate(archive):
            _refuse_many(number)
            if member.isfile():
                members[member.name] = member

        def read(name: str) -> bytes:
            refuse_swollen(name, members[name].size)
            return archive.extractfile(members[name]).read(members[name].size + 1)

        yield {name: member.size for name, member in members.items()}, read


def refuse_swollen(name: str, size: int) -> None:
    """Refuse a file that is larger than any of those that are read from archives.

    Raises:
        SwollenError: It is.
    """
    if size > LARGEST_BYTES:
        raise SwollenError(f"{name} has {size} bytes, more than any sound here; leave it out")


def _refuse_many(files: int) -> None:
    if files > MOST_FILES:
        raise SwollenError(f"it has over {MOST_FILES} files; take those that are needed alone")


class _CarefulTarInfo(tarfile.TarInfo):
    """A header whose remarks, which tarfile takes into memory as they come, are short."""

    @classmethod
    def frombuf(cls, buf: bytes, encoding: str, errors: str) -> tarfile.TarInfo:
        found = super().frombuf(buf, encoding, errors)
        if found.type in _REMARKS and found.size > _LARGEST_REMARK_BYTES:
            raise SwollenError(
                "the name of a file in it is millions of letters long; use shorter names"
            )
        return found
