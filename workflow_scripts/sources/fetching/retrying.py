"""Which network faults pass, which are this machine's own, and how long to wait between tries.

What a proxy, an administrator or a hotspot says in a site's place is a setting of this machine: no
further try can help, and it says nothing about what was asked for.

Back-off is exponential with full jitter (delays drawn evenly between zero and the bound), which
keeps many clients that failed together from returning together; a server's own Retry-After is
a lower bound on the wait. RFC 9110 sections 10.2.3 (Retry-After) and 15 (status codes).
"""

from __future__ import annotations

import email.utils
import errno
import http.client
import math
import random
import re
import socket
import ssl
import time
from collections.abc import Iterator
from dataclasses import dataclass

PASSING_HTTP_STATUSES = frozenset({408, 425, 429})
# Proxy Authentication Required, and Network Authentication Required (RFC 6585).
SETTING_HTTP_STATUSES = frozenset({407, 511})
LONGEST_HONOURED_RETRY_AFTER_S = 3600.0
_PASSING_ERRNOS = frozenset(
    {errno.ENETDOWN, errno.ENETUNREACH, errno.EHOSTDOWN, errno.EHOSTUNREACH, errno.ETIMEDOUT}
)
_WORDS_OF_SETTINGS = re.compile(
    r"""
    administrator.{0,40}(restrict|block|disabl)
    | (restricted|blocked|disabled) \s by .{0,40} (administrator|organi[sz]ation|network|policy)
    | restricted \s mode
    | proxy \s authentication | proxy .{0,40} access \s denied | access \s denied .{0,80} proxy
    | captive \s portal
    | cache \s administrator
    | network \s (authentication|log.?in|sign.?in|access) \s? (is \s)? (required|page)?
    | (log|sign) .? in \s to \s .{0,40} (network|wi-?fi|internet)
    | wi-?fi .{0,60} (log.?in|sign.?in|terms|accept|voucher)
    | hotspot
    | (web \s? (page|site)|site|page|url|access) .{0,40} (is|has \s been|was) \s blocked
    | (web|url|content|internet) \s? filter
    | certificate \s verify \s failed
    """,
    re.IGNORECASE | re.DOTALL | re.VERBOSE,
)
_TUNNEL_STATUS = re.compile(r"tunnel connection failed:? (\d{3})", re.IGNORECASE)
_WORDS_OF_UNREACHABLE = re.compile(
    r"failed to resolve|name resolution|name or service not known|nodename nor servname"
    r"|no address associated|connection refused|network is unreachable|no route to host"
    r"|cannot connect to proxy|unable to connect to proxy|connecttimeout",
    re.IGNORECASE,
)
_WORDS_OF_PASSING_ERRORS = (
    "timeout",
    "timed out",
    "incompleteread",
    "connectionerror",
    "connecterror",
    "readerror",
    "writeerror",
    "networkerror",
    "protocolerror",
    "chunkedencodingerror",
    "transporterror",
    "contenttooshort",
    "proxyerror",
)


@dataclass(frozen=True)
class Backoff:
    """How often one thing is asked for, and the waits between.

    Attributes:
        attempts: how often in all, at least 1.
        first_delay_s: the bound of the first wait; it doubles with every further one.
        longest_delay_s: the largest bound.
    """

    attempts: int = 5
    first_delay_s: float = 1.0
    longest_delay_s: float = 60.0

    def __post_init__(self) -> None:
        """Refuse settings that could never ask, or would wait a negative time."""
        if self.attempts < 1:
            raise ValueError(f"Backoff: attempts must be at least 1, not {self.attempts}.")
        if not 0 <= self.first_delay_s <= self.longest_delay_s:
            raise ValueError(
                "Backoff: first_delay_s must lie between 0 and longest_delay_s, not "
                f"{self.first_delay_s} with longest_delay_s {self.longest_delay_s}."
            )

    def delay_s(
        self, attempt: int, generator: random.Random, retry_after_s: float | None = None
    ) -> float:
        """Return the seconds to wait after failed attempt number `attempt` (1, 2, ...)."""
        bound_s = min(self.longest_delay_s, self.first_delay_s * 2.0 ** min(attempt - 1, 60))
        jittered_s = generator.uniform(0.0, bound_s)
        if retry_after_s is None:
            return jittered_s
        return min(retry_after_s, LONGEST_HONOURED_RETRY_AFTER_S) + jittered_s


@dataclass(frozen=True)
class Fault:
    """What an exception from a network client means.

    Attributes:
        passing: whether asking again can help.
        http_status: the response's status code, or None where no response came.
        retry_after_s: the server's own wish, or None.
        detail: a short sentence.
        unreachable: whether no connection was made, so that every other question fails too.
        setting: whether a proxy, an administrator or this machine refused, and not the site.
    """

    passing: bool
    http_status: int | None
    retry_after_s: float | None
    detail: str
    unreachable: bool = False
    setting: bool = False


def parse_retry_after(value: str | None, now_s: float | None = None) -> float | None:
    """Return the seconds a Retry-After header asks for (delta or HTTP date), or None.

    Args:
        value: the header as received.
        now_s: the present as a POSIX time; the clock's where None.
    """
    if not value:
        return None
    try:
        seconds = float(value)
    except ValueError:
        try:
            moment = email.utils.parsedate_to_datetime(value)
        except ValueError:
            return None
        seconds = moment.timestamp() - (time.time() if now_s is None else now_s)
    return max(0.0, seconds) if math.isfinite(seconds) else None


def is_passing_http_status(status: int) -> bool:
    """Whether a response with this status code is known to come out differently later."""
    return status in PASSING_HTTP_STATUSES or 500 <= status <= 599


def is_setting(text: str) -> bool:
    """Whether a proxy, an administrator or a hotspot says this, and not the site."""
    return _WORDS_OF_SETTINGS.search(text) is not None


def chain_of(error: BaseException) -> Iterator[BaseException]:
    """Yield an exception and everything that it names as its cause, each once, outermost first.

    Besides Python's own chain this follows the attributes in which requests, urllib3 and yt-dlp
    keep what they wrapped.
    """
    waiting: list[object] = [error]
    seen: set[int] = set()
    while waiting:
        current = waiting.pop(0)
        if not isinstance(current, BaseException) or id(current) in seen:
            continue
        seen.add(id(current))
        yield current
        waiting += [getattr(current, name, None) for name in ("cause", "reason", "__cause__")]
        waiting.append(current.__context__ if not current.__suppress_context__ else None)
        waiting += [argument for argument in current.args if isinstance(argument, BaseException)]
        exc_info = getattr(current, "exc_info", None)
        if isinstance(exc_info, tuple) and len(exc_info) > 1:
            waiting.append(exc_info[1])


def fault_of(error: BaseException) -> Fault | None:
    """Say what a network client's exception means, or None where it is no network fault.

    Works on requests, urllib3, httpx, huggingface_hub and yt-dlp alike: by the status code of the
    response that the exception (or its cause) carries, else by the kind of exception.
    """
    links = list(chain_of(error))
    for link in links:
        status, headers = _response_of(link)
        if status is not None and status >= 400:
            retry_after_s = parse_retry_after(headers.get("Retry-After"))
            # Squid, a common proxy, marks its own answers; its 5xx speak of the site.
            of_proxy = headers.get("X-Squid-Error") if status < 500 else None
            setting = status in SETTING_HTTP_STATUSES or bool(of_proxy)
            return Fault(
                is_passing_http_status(status) and not setting,
                status,
                retry_after_s,
                f"HTTP {status}" + (f" of a proxy ({of_proxy})" if of_proxy else ""),
                setting=setting,
            )
    for link in links:
        detail = f"{type(link).__name__}: {link}"[:300]
        if _is_of_this_machine(link):
            return Fault(False, None, None, detail, setting=True)
    # The innermost link says best what happened: "Connection refused", not "max retries exceeded".
    for link in reversed(links):
        if _is_unreachable(link):
            return Fault(True, None, None, f"{type(link).__name__}: {link}"[:300], unreachable=True)
    for link in links:
        if _is_passing_error(link):
            return Fault(True, None, None, f"{type(link).__name__}: {link}"[:300])
    return None


def _is_of_this_machine(link: BaseException) -> bool:
    if isinstance(link, ssl.SSLCertVerificationError):
        return True
    if type(link).__name__ in ("CertificateVerifyError", "OfflineModeIsEnabled"):
        return True
    refused = _TUNNEL_STATUS.search(str(link))
    # A proxy's 5xx says that the site is beyond its reach, all else that we may not pass.
    return refused is not None and not refused[1].startswith("5")


def _is_unreachable(link: BaseException) -> bool:
    if isinstance(link, (socket.gaierror, ConnectionRefusedError)):
        return True
    if isinstance(link, OSError) and link.errno in _PASSING_ERRNOS - {errno.ETIMEDOUT}:
        return True
    said = f"{type(link).__name__}: {link}"
    return bool(_WORDS_OF_UNREACHABLE.search(said) or _TUNNEL_STATUS.search(said))


def _is_passing_error(link: BaseException) -> bool:
    if isinstance(
        link, (TimeoutError, ConnectionError, http.client.HTTPException, socket.gaierror)
    ):
        return True
    if isinstance(link, OSError) and link.errno in _PASSING_ERRNOS:
        return True
    name = type(link).__name__.lower()
    return any(word in name or word in str(link).lower() for word in _WORDS_OF_PASSING_ERRORS)


def _response_of(link: BaseException) -> tuple[int | None, dict]:
    response = getattr(link, "response", None)
    for holder in (response, link):
        for attribute in ("status_code", "status", "code"):
            status = getattr(holder, attribute, None)
            if isinstance(status, int) and not isinstance(status, bool):
                headers = getattr(holder, "headers", None) or getattr(response, "headers", None)
                return status, headers if headers is not None else {}
    return None, {}
