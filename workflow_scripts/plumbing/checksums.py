"""Whether files between jobs are still as they were written, in the format of sha256sum.

Snakemake goes by times, and few formats see a wrong byte: a CSV none, Arrow and PyTorch not those
of numbers. A job writes a checksum for each of its outputs, and looks at those of its inputs before
it reads them. `sha256sum --check .checksums/*` in a folder of results looks at all.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection, Iterable, Iterator
from contextlib import suppress
from pathlib import Path

from storage.whole_files import write_whole

FOLDER = ".checksums"
LINE = re.compile(r"([0-9a-f]{64})  .+\n")


class ChangedFileError(ValueError):
    """A file is not as a job wrote it; the message names it and says what to do."""


def record(files: Iterable[Path]) -> None:
    """Write the checksums of files that are there now; of a folder, those of all files in it.

    Raises:
        OSError: The disk is full, or takes no file for another reason.
    """
    for path in _each(files):
        if path.is_file():
            write_whole(place_of(path), [f"{_of(path)}  {path.name}\n".encode()], synced=False)


def forget(files: Iterable[Path]) -> None:
    """Remove the checksums of files that are about to be written."""
    for path in files:
        place_of(path).unlink(missing_ok=True)


def refuse_changed(files: Collection[Path]) -> None:
    """Refuse files that are not as they were written; one without a checksum may be anything.

    Raises:
        ChangedFileError: The first of them.
    """
    for path in _each(files):
        noted, in_folder = _noted(path), path.parent in files
        if noted and not path.is_file() and in_folder:
            raise ChangedFileError(f"{path} is gone: delete {path.parent} and run again.")
        if noted and path.is_file() and _of(path) != noted:
            # A folder is made again as a whole.
            spoilt = path.parent if in_folder else "it"
            raise ChangedFileError(
                f"{path} is not as it was written (a failing disk, or an edit): delete {spoilt} "
                f"and run again; if the change is meant, delete {place_of(path)} instead."
            )


def _each(paths: Iterable[Path]) -> Iterator[Path]:
    """The files among them, and those that are or were in the folders among them."""
    for path in paths:
        if path.is_dir():
            names = {file.name for file in path.iterdir() if file.is_file()}
            names |= {file.name.removesuffix(".sum") for file in path.glob(f"{FOLDER}/*.sum")}
            yield from (path / name for name in sorted(names) if not name.startswith("."))
        else:
            yield path


def place_of(path: Path) -> Path:
    """Where the checksum of a file is."""
    return path.parent / FOLDER / f"{path.name}.sum"


def _noted(path: Path) -> str:
    """The checksum that was written; empty where there is none, or none that was written whole."""
    with suppress(OSError, UnicodeDecodeError):
        if line := LINE.fullmatch(place_of(path).read_text(encoding="utf-8")):
            return line[1]
    return ""


def _of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
