"""What a failure of yt-dlp means for one clip: which of the fixed reasons, and whether it passes.

The sentences are YouTube's own, as yt-dlp (2026.10) hands them on; the order matters, since some of
them contain the words of others ("Private video. Sign in if you've been granted access").
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from sources.decoders import AudioProblem
from sources.interface import ClipUnavailable
from sources.retrying import fault_of


@dataclass(frozen=True)
class _Reading:
    """What a sentence means."""

    pattern: str
    status: str
    passing: bool = False
    wall: bool = False


_READINGS = (
    _Reading(r"confirm you.{0,8}re not a (ro)?bot", "bot_check", passing=True, wall=True),
    _Reading(r"captcha|unusual traffic|automated queries", "bot_check", passing=True, wall=True),
    _Reading(r"rate.?limited|too many requests", "rate_limited", passing=True, wall=True),
    _Reading(r"content isn.t available, try again later", "rate_limited", passing=True, wall=True),
    _Reading(r"account.{0,60}(terminated|closed|suspended)", "account_terminated"),
    _Reading(r"closed their youtube account", "account_terminated"),
    _Reading(r"private video|video is private", "private"),
    _Reading(r"members.only|join this channel|requires payment|purchase|rent", "private"),
    _Reading(
        r"confirm your age|age.restricted|inappropriate for some users|age verification",
        "age_restricted",
    ),
    _Reading(
        r"(not|isn.t|n't) (made this video )?available (in|from) your (country|region|location)",
        "region_restricted",
    ),
    _Reading(r"blocked it (in your country|on copyright|from display)", "region_restricted"),
    _Reading(r"geo.?restrict|not available from your location", "region_restricted"),
    _Reading(
        r"only images are available|no video formats|requested format is not available"
        r"|signature extraction failed|nsig",
        "network",
        passing=True,
        wall=True,
    ),
    _Reading(r"please sign in|login required|sign in to", "private"),
    _Reading(r"removed|no longer (available|exists)|deleted|does not exist", "removed"),
    _Reading(r"(video|content) (is |has been )?(unavailable|not available)", "removed"),
    _Reading(r"isn.t available|incomplete youtube id|truncated id", "removed"),
    _Reading(r"premieres? in|live event will begin|is offline", "missing"),
)
# What a status code says of a clip. 403 comes for one forbidden clip, and for all when a site has
# had enough of us: a few in a row are a wall, a lasting one among others is that clip's own.
_OF_HTTP_STATUS = {
    401: ("private", False),
    402: ("private", False),
    403: ("private", True),
    404: ("removed", False),
    410: ("removed", False),
    451: ("region_restricted", False),
}
_GARBLED = frozenset({"truncated", "decode", "not_audio", "empty", "invalid_samples", "too_short"})


def classify_text(text: str) -> ClipUnavailable | None:
    """Return what a sentence of the site means, or None where no known sentence is in it."""
    for reading in _READINGS:
        if re.search(reading.pattern, text, re.IGNORECASE | re.DOTALL):
            return ClipUnavailable(
                reading.status, _tidy(text), passing=reading.passing, wall=reading.wall
            )
    return None


def classify_failure(error: BaseException) -> ClipUnavailable | None:
    """Return what an exception of yt-dlp or of a transfer means; None for a mistake of ours."""
    fault = fault_of(error)
    if fault is not None and fault.http_status is not None:
        return _of_http_status(fault.http_status, fault.passing, fault.retry_after_s, error)
    if fault is not None and fault.passing:
        return ClipUnavailable("network", fault.detail, passing=True)
    if not _is_of_yt_dlp(error):
        return None
    said = classify_text(str(error))
    if said is not None:
        return said
    return ClipUnavailable("network", _tidy(str(error)), passing=True)


def classify_page(page: str) -> ClipUnavailable:
    """Return what a web page that came instead of sound means."""
    text = re.sub(r"<(script|style).*?</\1>|<[^>]*>", " ", page, flags=re.DOTALL | re.IGNORECASE)
    said = classify_text(text)
    if said is not None:
        return said
    detail = f"a web page came instead of sound: {_tidy(text)}"
    return ClipUnavailable("not_audio", detail, passing=True, settles=True)


def classify_problem(problem: AudioProblem) -> ClipUnavailable:
    """Return what undecodable sound means: garbled on the way, until it has come so a few times."""
    garbled = problem.status in _GARBLED
    return ClipUnavailable(problem.status, problem.detail, passing=garbled, settles=garbled)


def _of_http_status(
    status: int, passing: bool, retry_after_s: float | None, error: BaseException
) -> ClipUnavailable:
    if status == 429:
        return ClipUnavailable(
            "rate_limited", "HTTP 429", passing=True, retry_after_s=retry_after_s, wall=True
        )
    if passing:
        return ClipUnavailable(
            "network", f"HTTP {status}", passing=True, retry_after_s=retry_after_s
        )
    said = classify_text(str(error)) if status in (401, 403) else None
    if said is not None:
        return said
    reason, lasting = _OF_HTTP_STATUS.get(status, ("removed", False))
    return ClipUnavailable(reason, f"HTTP {status}", passing=lasting, settles=lasting, wall=lasting)


def _is_of_yt_dlp(error: BaseException) -> bool:
    return type(error).__module__.split(".")[0] == "yt_dlp"


def _tidy(text: str) -> str:
    """Return a message on one line, without yt-dlp's colours and its advice to report a bug."""
    text = re.sub(r"\x1b\[[0-9;]*m", "", text).removeprefix("ERROR: ")
    text = re.split(r"; please report this issue on|\s+Use --cookies", text)[0]
    return re.sub(r"\s+", " ", text).strip()[:300]
