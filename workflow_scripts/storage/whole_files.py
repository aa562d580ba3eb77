"""Files that are whole or absent: written beside their place, synced, then renamed into it."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import uuid
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, BinaryIO


class TableFileError(ValueError):
    """A table between stages cannot be used; the message names the file and what to do."""


@contextlib.contextmanager
def whole_file(path: Path | str) -> Iterator[Path]:
    """Give a temporary path beside `path` to write to; rename it to `path` when the block succeeds.

    The temporary name ends as the target's does, so that writers which go by the ending still work.
    After a failure nothing is left behind and a previous `path` is untouched. Missing parent
    folders are made.

    Args:
        path: Where the file goes.

    Yields:
        The path to write to, in the same folder.

    Raises:
        FileNotFoundError: The block ended without having written the file.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".partial-{uuid.uuid4().hex[:12]}-{path.name}")
    try:
        yield partial
        if not partial.exists():
            raise FileNotFoundError(
                f"{path} was to be written, but nothing was written to {partial}."
            )
        sync(partial)
        os.replace(partial, path)
        sync(path.parent)
    finally:
        partial.unlink(missing_ok=True)


def write_whole(path: Path, parts: Sequence[bytes], *, synced: bool = True) -> None:
    """Write bytes as a whole file, in half the system calls of `whole_file`: for very many files.

    Args:
        path: The file; missing parent folders are made.
        parts: What to write, one part after the other.
        synced: Whether it is on the disk when this returns; else a power cut may cut it short.

    Raises:
        OSError: It cannot be written; a previous `path` is untouched.
    """
    beside = path.with_name(f".partial-{uuid.uuid4().hex[:12]}-{path.name}")
    try:
        with _opened_to_write(beside) as file:
            file.writelines(parts)
            if synced:
                file.flush()
                os.fsync(file.fileno())
        os.replace(beside, path)
    except BaseException:
        beside.unlink(missing_ok=True)
        raise
    if synced:
        sync(path.parent)


def write_checked(path: Path, value: Any) -> None:
    """Write plain values as JSON below a checksum, whole or not at all."""
    text = json.dumps(value, indent=1).encode()
    write_whole(path, [_checksum(text), b"\n", text])


def read_checked(path: Path) -> Any:
    """Read what `write_checked` wrote.

    Raises:
        ValueError: A byte of it is not as it was written.
    """
    checksum, _, text = path.read_bytes().partition(b"\n")
    if checksum != _checksum(text):
        raise ValueError(f"{path} is not as it was written.")
    return json.loads(text)


@contextlib.contextmanager
def written_out_early(path: Path) -> Iterator[Callable[[], None]]:
    """Put a large file on the disk while it is being made, so that the sync at its end is short.

    What is on the disk already leaves the memory that the operating system keeps files in, where
    gigabytes of it would push out what other jobs read; who reads it next reads it from the disk.

    Args:
        path: A file that is open elsewhere, to be written.

    Yields:
        A function to call whenever some more has been written; it does not wait for the disk. It
        does nothing where the operating system takes no such advice.
    """
    if not hasattr(os, "posix_fadvise"):
        yield lambda: None
        return
    descriptor = os.open(path, os.O_RDONLY)
    try:
        yield lambda: os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
    finally:
        os.close(descriptor)


def sync(path: Path) -> None:
    """Have the operating system put a file, or a folder's entries, on the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _opened_to_write(path: Path) -> BinaryIO:
    try:
        return path.open("wb")
    except FileNotFoundError:
        path.parent.mkdir(parents=True, exist_ok=True)
        return path.open("wb")


def _checksum(content: bytes) -> bytes:
    return hashlib.blake2b(content, digest_size=16).hexdigest().encode()
