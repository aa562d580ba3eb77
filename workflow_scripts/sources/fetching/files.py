"""Fetching single files, such as segments tables, the ontology and lists of clips, from the web.

A file has a primary and, if wanted, a fallback address, each a URL or a path on disk. It arrives
whole or not at all, and where its checksum is known only the right content is kept. Large files
(the parts of FSD50K) go on where a cut connection or a kill left them.
"""

from __future__ import annotations

import functools
import hashlib
import random
import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

import requests

from sources.fetching.connection_limit import locked
from sources.fetching.retrying import Backoff, fault_of
from storage.whole_files import whole_file

_BLOCK_BYTES = 1 << 16
_LOCAL_REASONS = {
    FileNotFoundError: "there is no such file",
    IsADirectoryError: "it is a folder",
    PermissionError: "it may not be read",
}
_PAGE_STARTS = (b"<!doctype html", b"<html")


class TableUnavailable(Exception):
    """A file could be had from none of its addresses; the message says why for each."""


@dataclass(frozen=True)
class TableAddress:
    """Where a file is.

    Attributes:
        primary: an http(s) URL, a file URL or a path.
        fallback: where else, tried when the primary address fails for good; None for nowhere.
        sha256: the file's checksum in hexadecimal, or None where the file may change.
    """

    primary: str
    fallback: str | None = None
    sha256: str | None = None


class _WrongContent(Exception):
    """What came is not the file that was asked for."""


def fetch_table(
    address: TableAddress,
    destination: Path,
    *,
    backoff: Backoff | None = None,
    check: Callable[[Path, str], object] | None = None,
    timeout_s: float = 60.0,
    generator: random.Random | None = None,
    sleep: Callable[[float], None] = time.sleep,
) -> str:
    """Bring a file to `destination` and say which address it came from.

    Passing faults of an address are retried with back-off before the next address is tried; final
    ones (404, a web page or another file in place of the wanted one) go to the next at once.

    Args:
        address: where the file is.
        destination: where to put it; its folder is made.
        backoff: how often each address is asked, and the waits between.
        check: looks at what came, and raises a ValueError that says what it is in place of the
            wanted file; it is given a path, and the word for the file in its message.
        timeout_s: how long a connection may stay silent.
        generator: draws the jitter of the waits.
        sleep: waits; replaced in tests.

    Returns:
        The address that answered.

    Raises:
        TableUnavailable: no address gives the file; `destination` is as it was before.
    """
    backoff = backoff or Backoff()
    generator = generator or random.Random(0)
    failures = []
    places = [place for place in (address.primary, address.fallback) if place]
    keep = functools.partial(
        _keep, destination=destination, sha256=address.sha256, check=check or (lambda *_: None)
    )
    for place in places:
        try:
            local = local_path_of(place)
            if local is not None:
                keep(local)
                return place
            part = _part_of(place, destination, address.sha256)
            _fetch_from(place, part, keep, backoff, timeout_s, generator, sleep)
        except (_WrongContent, requests.RequestException, OSError) as error:
            failures.append(f"[{place}: {_reason_of(error)}]")
            continue
        return place
    if all(local_path_of(place) is not None for place in places):
        raise TableUnavailable(
            f"{destination.name} cannot be taken from this machine. {' '.join(failures)} Correct "
            "the file, or its path in the configuration."
        )
    raise TableUnavailable(
        f"{destination.name} could not be fetched. {' '.join(failures)} Check the connection and "
        "the address, or put the file on this machine and give its path in place of the address."
    )


def local_path_of(place: str) -> Path | None:
    """Return the path that an address names, or None where it is an http(s) URL."""
    parts = urlsplit(place)
    if parts.scheme in ("http", "https"):
        return None
    return Path(unquote(parts.path)) if parts.scheme == "file" else Path(place).expanduser()


def _fetch_from(
    url: str,
    part: Path,
    keep: Callable[[Path], None],
    backoff: Backoff,
    timeout_s: float,
    generator: random.Random,
    sleep: Callable[[float], None],
) -> None:
    for attempt in range(1, backoff.attempts + 1):
        try:
            _download(url, part, keep, timeout_s)
            return
        except (requests.RequestException, OSError) as error:
            fault = fault_of(error)
            if fault is None or not fault.passing or attempt == backoff.attempts:
                raise
            sleep(backoff.delay_s(attempt, generator, fault.retry_after_s))


def _part_of(url: str, destination: Path, sha256: str | None) -> Path:
    key = hashlib.sha256(f"{url} {sha256}".encode()).hexdigest()[:16]
    return destination.with_name(f".{destination.name}.{key}.part")


def _download(url: str, part: Path, keep: Callable[[Path], None], timeout_s: float) -> None:
    """Ask once; what has come before a cut stays in the part file, to go on from."""
    with locked(part.with_suffix(".lock")):
        tag = part.with_suffix(".tag")
        headers = {"Accept-Encoding": "identity"}
        if part.exists() and tag.exists() and part.stat().st_size:
            headers |= {
                "Range": f"bytes={part.stat().st_size}-",
                "If-Range": tag.read_text(encoding="utf-8"),
            }
        with requests.get(url, headers=headers, stream=True, timeout=timeout_s) as response:
            if response.status_code == requests.codes.requested_range_not_satisfiable:
                tag.unlink(missing_ok=True)
                raise requests.ConnectionError(f"{url} has changed since a part of it was fetched")
            response.raise_for_status()
            _save(response, part, tag)
        try:
            keep(part)
        finally:
            part.unlink(missing_ok=True)
            tag.unlink(missing_ok=True)


def _save(response: requests.Response, part: Path, tag: Path) -> None:
    """Append to the part file, or begin it again where the server sends the whole."""
    goes_on = response.status_code == requests.codes.partial_content
    entity_tag = response.headers.get("ETag", "")
    if not goes_on:
        tag.unlink(missing_ok=True)
    with part.open("ab" if goes_on else "wb") as file:
        # Only a strong tag promises that a later part belongs to the same bytes (RFC 9110, 13.1.5).
        if not goes_on and entity_tag.startswith('"'):
            tag.write_text(entity_tag, encoding="utf-8")
        for block in response.iter_content(_BLOCK_BYTES):
            file.write(block)


def _keep(
    found: Path, destination: Path, sha256: str | None, check: Callable[[Path, str], object]
) -> None:
    """Copy a file into place once its content has been looked at."""
    with found.open("rb") as file:
        start = file.read(512).lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if not start:
        raise _WrongContent("the file is empty")
    if start.startswith(_PAGE_STARTS):
        raise _WrongContent("it is a web page in place of the file")
    if sha256 is not None:
        with found.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        if digest != sha256.lower():
            raise _WrongContent(f"its checksum is sha256 {digest}, expected {sha256.lower()}")
    try:
        check(found, "it")
    except ValueError as error:
        raise _WrongContent(f"{error}".rstrip(".")) from error
    with whole_file(destination) as beside:
        if found.name.endswith(".part"):
            found.rename(beside)
        else:
            shutil.copyfile(found, beside)


def _reason_of(error: Exception) -> str:
    if isinstance(error, OSError) and type(error) in _LOCAL_REASONS:
        return _LOCAL_REASONS[type(error)]
    fault = fault_of(error)
    if fault is not None:
        return fault.detail
    return f"{error}" if isinstance(error, _WrongContent) else f"{type(error).__name__}: {error}"
