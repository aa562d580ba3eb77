"""A set of natural sounds as it lies: a folder or an archive, whose files are read one by one.

The published set is the repository `snormanhaignere/natsound165-neuron2015`, or its archive, which
has a folder of its own on top: what is needed is found by the ends of paths.
"""

from __future__ import annotations

import lzma
import struct
import tarfile
import unicodedata
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from science.corpus.ontology import TableError
from sources.archives import SwollenError, opened_tar, refuse_swollen, zip_reader
from sources.folder.files import ENDINGS

TABLE, COMPONENTS = "sounds/category_labels.csv", "data/components.mat"
# What the readers of archives raise; a password is a RuntimeError.
_DAMAGED = (OSError, EOFError, RuntimeError, ValueError, struct.error, zlib.error, lzma.LZMAError)
_DAMAGED += (zipfile.BadZipFile, tarfile.TarError)


@dataclass(frozen=True)
class Place:
    """An open folder or archive.

    Attributes:
        name: What messages call it.
        names: The paths of its files, without what operating systems leave beside them.
        read: The content of one of them.
    """

    name: str
    names: list[str]
    read: Callable[[str], bytes]

    def found(self, wanted: str) -> str | None:
        """The file whose path ends as `wanted`, else the only one of its name, else None.

        Raises:
            TableError: There are several, and none of them is the one.
        """
        name = PurePosixPath(wanted).name
        alike = [path for path in self.names if PurePosixPath(path).name == name]
        ending = [path for path in alike if f"/{path}".endswith(f"/{wanted}")]
        found = ending or alike
        if len(found) > 1:
            raise TableError(f"{self.name} has {', '.join(found)}; keep one, or name the file.")
        return found[0] if found else None


@contextmanager
def opened(place: Path) -> Iterator[Place]:
    """Open a folder or an archive (zip, tar, packed or not); nothing is unpacked on the disk.

    Raises:
        FileNotFoundError: There is nothing at `place`.
        ValueError: It is neither, or a file in it cannot be read; says why.
    """
    if place.is_dir():
        paths = sorted(path for path in place.rglob("*") if path.is_file())
        by_name = {path.relative_to(place).as_posix(): path for path in paths}
        sizes = {name: path.stat().st_size for name, path in by_name.items()}
        yield _of(place, sizes, lambda name: by_name[name].read_bytes())
    elif not place.exists():
        raise FileNotFoundError(f"There is no folder or archive of natural sounds at {place}.")
    else:
        with _archive(place) as (sizes, read):
            yield _of(place, sizes, read)


@contextmanager
def _archive(place: Path) -> Iterator[tuple[dict[str, int], Callable[[str], bytes]]]:
    with ExitStack() as stack:
        try:
            if zipfile.is_zipfile(place):
                found = zip_reader(stack.enter_context(zipfile.ZipFile(place)))
            else:
                found = stack.enter_context(opened_tar(place))
        except tarfile.ReadError as error:
            raise ValueError(
                f"{place} is neither a folder nor a zip or tar archive, or is damaged ({error}); "
                f"correct the path, or delete the file where it was fetched."
            ) from error
        except _DAMAGED as error:
            raise ValueError(f"{place} cannot be read ({error}); get it again.") from error
        yield found


def stem_of(file: str) -> str:
    """A file's name without folders and, where it is of audio, its ending."""
    path = PurePosixPath(file.replace("\\", "/"))
    return path.stem if path.suffix.lower().removeprefix(".") in ENDINGS else path.name


def same_letters(name: str) -> str:
    """A name in the one form that all forms of Unicode, cases and separators have in common."""
    return unicodedata.normalize("NFC", name.replace("\\", "/")).casefold()


def _of(place: Path, sizes: dict[str, int], read: Callable[[str], bytes]) -> Place:
    def checked(name: str) -> bytes:
        try:
            refuse_swollen(name, sizes[name])
            content = read(name)
        except SwollenError as error:
            raise ValueError(f"{place}: {error}.") from error
        except _DAMAGED as error:
            # A password, a method of packing that is not known, a damaged member.
            raise ValueError(f"{place}: {name} cannot be read ({error}); get it again.") from error
        if len(content) != sizes[name]:
            raise ValueError(
                f"{place}: {name} has {len(content)} bytes in place of {sizes[name]}; get it again."
            )
        return content

    return Place(str(place), [name for name in sizes if _may_be_wanted(name)], checked)


def _may_be_wanted(name: str) -> bool:
    """Whether a file is no rest that an operating system leaves beside others."""
    return not PurePosixPath(name).name.startswith(".") and not name.startswith("__MACOSX/")
