"""Addresses of files as the configuration gives them: a path or URL, or one with a fallback."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from urllib.parse import unquote, urlsplit

from sources.fetching.files import TableAddress, local_path_of


def address_of(given: str | Mapping[str, str]) -> TableAddress:
    """The address that an option means; `primary` is empty where the option is."""
    if isinstance(given, str):
        return TableAddress(given)
    return TableAddress(given["primary"], given["fallback"] or None, given["sha256"] or None)


def path_of(given: str | Mapping[str, str]) -> Path | None:
    """The file on this machine that an option names first, or None for a URL or nothing."""
    primary = address_of(given).primary
    return local_path_of(primary) if primary else None


def file_name_of(given: str | Mapping[str, str]) -> str:
    """The name of the file that an option means, without folders and queries."""
    return PurePosixPath(unquote(urlsplit(address_of(given).primary).path)).name
