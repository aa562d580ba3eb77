"""Which network faults pass, and how long to wait before asking again.

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
import socket
import ssl
import time
from collections.abc import Iterator
from dataclasses import dataclass

PASSING_HTTP_STATUSES = frozenset({408, 425, 429})
LONGEST_HONOURED_RETRY_AFTER_S = 3600.0
_PASSING_ERRNOS = frozenset(
    {errno.ENETDOWN, errno.ENETUNREACH, errno.EHOSTDOWN, errno.EHOSTUNREACH, errno.ETIMEDOUT}
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
    """

    passing: bool
    http_status: int | None
    retry_after_s: float | None
    detail: str


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
    """Whether a response with this status code may come out differently later."""
    return status in PASSING_HTTP_STATUSES or 500 <= status <= 599


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
            return Fault(is_passing_http_status(status), status, retry_after_s, f"HTTP {status}")
    for link in links:
        if isinstance(link, ssl.SSLCertVerificationError):
            return Fault(False, None, None, f"the server's certificate was refused: {link}")
    for link in links:
        if _is_passing_error(link):
            return Fault(True, None, None, f"{type(link).__name__}: {link}"[:300])
    return None


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
