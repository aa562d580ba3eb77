"""Cookies files as browsers, extensions and editors leave them: read as meant, or refused.

What is certain is read: a byte-order mark, UTF-16, a file without its first line, a value that is
empty. Everything else is refused in one sentence, which never holds a cookie's value.
"""

from __future__ import annotations

import codecs
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

HEAD = "# Netscape HTTP Cookie File"
_HTTP_ONLY = "#HttpOnly_"
_COLUMNS = ("domain", "subdomains", "path", "secure", "expires", "name", "value")
# A login to YouTube is one to Google.
_LOGINS = {"youtube.com": ("youtube.com", "google.com")}
_REMEDY = (
    "export the site's cookies once more, in Netscape format (cookies.txt), with a browser "
    "extension or with `yt-dlp --cookies-from-browser firefox --cookies cookies.txt`"
)


@dataclass(frozen=True)
class _Cookie:
    """One line of the file."""

    fields: tuple[str, ...]
    http_only: bool

    @property
    def domain(self) -> str:
        return self.fields[0].lstrip(".").lower()

    def is_expired(self, now_s: float) -> bool:
        expires_s = float(self.fields[4] or 0)
        return 0 < expires_s <= now_s

    def line(self) -> str:
        domain, subdomains, *rest = self.fields
        # The two say the same, and yt-dlp wants them to agree.
        if subdomains == "TRUE" and not domain.startswith("."):
            domain = f".{domain}"
        with_all = "TRUE" if domain.startswith(".") else "FALSE"
        return "\t".join([_HTTP_ONLY * self.http_only + domain, with_all, *rest])


def read_cookies(path: Path, host: str, now_s: float | None = None) -> str:
    """Read a cookies file for a site.

    Args:
        path: the file.
        host: the site's host, such as `www.youtube.com`.
        now_s: the present in POSIX seconds; the clock's where None.

    Returns:
        The cookies in Netscape format, as yt-dlp reads it without a word.

    Raises:
        ValueError: it is no such file, or has no cookie that the site would take; the message
            says where and what to do, and holds no cookie's value.
    """
    text = _text_of(path)
    cookies = list(_cookies_of(text, path))
    if not cookies:
        raise ValueError(f"{path} has no cookie in it; {_REMEDY}")
    ours = [cookie for cookie in cookies if _is_for(cookie.domain, host)]
    if not ours:
        others = sorted({cookie.domain for cookie in cookies})
        shown = ", ".join(others[:5]) + (" and others" if len(others) > 5 else "")
        raise ValueError(
            f"{path} has no cookie for {' or '.join(_sites_of(host))}, only for {shown}; log in "
            f"there and {_REMEDY}"
        )
    now_s = time.time() if now_s is None else now_s
    if all(cookie.is_expired(now_s) for cookie in ours):
        raise ValueError(
            f"{path}: all its cookies for {' and '.join(_sites_of(host))} have expired; log in "
            f"there again and {_REMEDY}"
        )
    return "\n".join([HEAD, *(cookie.line() for cookie in cookies), ""])


def _text_of(path: Path) -> str:
    try:
        content = path.read_bytes()
    except OSError as error:
        words = f"{path} cannot be read: {error.strerror}; correct the path or its rights"
        raise ValueError(words) from error
    if content.startswith(b"SQLite format 3\0"):
        raise ValueError(f"{path} is a browser's own database of cookies; {_REMEDY}")
    utf_16 = content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    try:
        text = content.decode("utf-16" if utf_16 else "utf-8-sig")
    except UnicodeDecodeError:
        text = "\0"
    if "\0" in text:
        raise ValueError(f"{path} is not text in UTF-8; save it as UTF-8, or {_REMEDY}")
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _cookies_of(text: str, path: Path) -> Iterator[_Cookie]:
    start = text.lstrip()
    if start.startswith(("[", "{")):
        raise ValueError(f"{path} is JSON, not a cookies file in Netscape format; {_REMEDY}")
    if start.startswith("<"):
        raise ValueError(f"{path} is a web page, not a cookies file; {_REMEDY}")
    if re.match(r"(set-)?cookie:|[^\s=;\t]+=[^\t]*(;|$)", start, re.IGNORECASE):
        raise ValueError(
            f"{path} is the header of a request or an answer (`Cookie: NAME=VALUE; ...`), not a "
            f"cookies file in Netscape format; {_REMEDY}"
        )
    for number, line in enumerate(text.split("\n"), 1):
        http_only = line.startswith(_HTTP_ONLY)
        line = line.removeprefix(_HTTP_ONLY)
        if not line.strip() or line.startswith("#"):
            continue
        fields = line.split("\t")
        if len(fields) == len(_COLUMNS) - 1:
            fields.append("")
        if problem := _problem_of(fields, line):
            raise ValueError(f"{path}, line {number}: {problem}; {_REMEDY}")
        yield _Cookie(tuple(field.strip() for field in fields), http_only)


def _problem_of(fields: list[str], line: str) -> str | None:
    if len(fields) != len(_COLUMNS):
        of_words = len(line.split(None, len(_COLUMNS) - 1)) >= len(_COLUMNS) - 1
        if len(fields) < len(_COLUMNS) and of_words:
            return "there are spaces in place of the tabs between its fields"
        return f"it has {len(fields)} fields between tabs, not the {len(_COLUMNS)} of a cookie"
    _, subdomains, _, secure, expires, _, _ = (field.strip() for field in fields)
    if {subdomains, secure} - {"TRUE", "FALSE"}:
        return "its second and fourth fields are not TRUE or FALSE"
    if expires and not re.fullmatch(r"\d+(\.\d+)?", expires):
        return "its fifth field is not a time in seconds since 1970"
    return None


def _sites_of(host: str) -> tuple[str, ...]:
    for site, logins in _LOGINS.items():
        if host == site or host.endswith(f".{site}"):
            return logins
    return (host,)


def _is_for(domain: str, host: str) -> bool:
    """Whether a cookie of this domain is sent to the host, or is of a login there."""
    if host == domain or host.endswith(f".{domain}"):
        return True
    return any(domain == site or domain.endswith(f".{site}") for site in _sites_of(host)[1:])
