"""What a failure of yt-dlp means for one clip: which of the fixed reasons, and whether it passes.

The sentences are YouTube's own, as yt-dlp (2026.10) hands them on; the order matters, since some of
them contain the words of others ("Private video. Sign in if you've been granted access"). What is
not known passes: final is only what says that the video itself is gone or closed to us. What a
proxy or an administrator says stops the run, since it says nothing about any clip.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from sources.audio.decoders import AudioProblem
from sources.fetching.retrying import Fault, fault_of, is_setting
from sources.interface import ClipUnavailable, SourceStopped

Answer = ClipUnavailable | SourceStopped


@dataclass(frozen=True)
class _Reading:
    """What a sentence means."""

    pattern: str
    status: str
    passing: bool = False
    wall: bool = False
    settles: bool = False


def _passes(pattern: str, status: str = "network", *, wall: bool = False) -> _Reading:
    return _Reading(pattern, status, passing=True, wall=wall)


_OF_THE_SITE = (
    _passes(r"confirm you.{0,8}re not a (ro)?bot", "bot_check", wall=True),
    _passes(r"captcha|unusual traffic|automated queries", "bot_check", wall=True),
    _passes(r"your IP is likely being blocked", "bot_check", wall=True),
    _passes(r"rate.?limited|too many requests", "rate_limited", wall=True),
    _passes(r"content isn.t available, try again later", "rate_limited", wall=True),
)
_OF_THE_VIDEO = (
    # What another client, another address or another hour may be told.
    _passes(r"on this app\b|latest version of youtube|on this (device|client)"),
    _passes(
        r"playback on other|blocked it from display|embed(ding)? .{0,40}(disabled|not allowed)"
    ),
    _passes(r"needs to be reloaded|try again|something went wrong|an error occurred"),
    _passes(r"premieres? in|live event will begin|is offline|will be available"),
    _Reading(r"private video|video is private", "private"),
    _Reading(
        r"(this|that|the|youtube|uploader.?s|user.?s) account.{0,60}(terminated|closed|suspended)",
        "account_terminated",
    ),
    _Reading(r"closed their (youtube )?account", "account_terminated"),
    _Reading(r"channel (has been|was) (removed|terminated)", "account_terminated"),
    _Reading(r"members.only|available to this channel.s members|join this channel", "private"),
    _Reading(r"requires payment|(must|have to|need to) (purchase|buy|rent)", "private"),
    _Reading(r"only available to (music |youtube )?premium", "private"),
    _Reading(
        r"confirm your age|\bage.restricted|inappropriate for some users|\bage verification",
        "age_restricted",
    ),
    _Reading(
        r"(not|isn.t|n't) (made this video )?available (in|from) your (country|region|location)",
        "region_restricted",
    ),
    _Reading(
        r"blocked it (in your country|on copyright)|due to geo.?restriction", "region_restricted"
    ),
    _passes(
        r"only images are available|no video formats|requested format is not available"
        r"|signature extraction failed|\bnsig\b",
        wall=True,
    ),
    _passes(
        r"please sign in|log.?in required|log.?in details|sign in to|registered users",
        "bot_check",
        wall=True,
    ),
    _Reading(
        r"(video|recording) (has been|was) (removed|deleted)|removed by the (uploader|user)",
        "removed",
    ),
    _Reading(r"video (is no longer available|isn.t available any ?more|does not exist)", "removed"),
    _Reading(r"incomplete youtube id|looks truncated", "removed"),
    _Reading(r"video unavailable[\s.]*$", "removed"),
    # Said of a video that is gone, and now and then of one that is not.
    _Reading(
        r"video (is unavailable|is not available|isn.t available)[\s.]*$",
        "removed",
        passing=True,
        settles=True,
    ),
)
# What a status code of the video's own address says; of any other address it says nothing of it.
_FINAL_HTTP_STATUSES = {404: "removed", 410: "removed", 451: "region_restricted"}
_GARBLED = frozenset({"truncated", "decode", "not_audio", "empty", "invalid_samples", "too_short"})


def classify_text(text: str) -> Answer | None:
    """Return what a sentence of the site means, or None where no known sentence is in it."""
    said = _read(_OF_THE_SITE, text)
    if said is None and is_setting(text):
        return stopped_by_setting(_tidy(text))
    return said or _read(_OF_THE_VIDEO, text)


def classify_failure(
    error: BaseException, *, of_the_video: bool = True, met: Iterable[BaseException] = ()
) -> Answer | None:
    """Return what an exception of yt-dlp or of a transfer means; None for a mistake of ours.

    Args:
        error: what was raised.
        of_the_video: whether a status code in it was said of the video's own address.
        met: what the requests for the clip met on the way. yt-dlp passes over many a fault, and
            says in the end no more than that it found nothing.
    """
    fault = fault_of(error)
    if fault is not None and (fault.http_status is not None or fault.passing or fault.setting):
        return _of_fault(fault, error, of_the_video)
    if not _is_of_yt_dlp(error):
        return None
    said = classify_text(_without_name(str(error)))
    if said is not None:
        return said
    for earlier in met:
        fault = fault_of(earlier)
        if fault is not None and (fault.setting or fault.unreachable or fault.http_status == 429):
            return _of_fault(fault, earlier, False)
    return ClipUnavailable("network", _tidy(str(error)), passing=True)


def classify_page(page: str) -> Answer:
    """Return what a web page that came instead of sound means."""
    text = re.sub(r"<(script|style).*?</\1>|<[^>]*>", " ", page, flags=re.DOTALL | re.IGNORECASE)
    said = classify_text(text)
    if said is not None:
        return said
    detail = f"a web page came instead of sound: {_tidy(text)}"
    return ClipUnavailable("network", detail, passing=True, wall=True)


def classify_problem(problem: AudioProblem) -> ClipUnavailable:
    """Return what undecodable sound means: garbled on the way, until it has come so a few times."""
    garbled = problem.status in _GARBLED
    return ClipUnavailable(problem.status, problem.detail, passing=garbled, settles=garbled)


def stopped_by_setting(said: str) -> SourceStopped:
    """Return the stop of a source that a proxy, an administrator or a hotspot stands before."""
    return SourceStopped(
        f"YouTube was not reached; what stands between says: {said}. That is a setting of this "
        f"machine, its network or its account. No clip was marked as missing for it and all that "
        f"was fetched is kept. Log in to the network or correct the proxy (fetch.youtube.proxy, "
        f"or HTTPS_PROXY in the environment), the certificates or the account of the cookies "
        f"(fetch.youtube.cookies_file), then run again."
    )


def _read(readings: Iterable[_Reading], text: str) -> ClipUnavailable | None:
    for reading in readings:
        if re.search(reading.pattern, text, re.IGNORECASE | re.DOTALL):
            return ClipUnavailable(
                reading.status,
                _tidy(text),
                passing=reading.passing,
                wall=reading.wall,
                settles=reading.settles,
            )
    return None


def _of_fault(fault: Fault, error: BaseException, of_the_video: bool) -> Answer:
    status = fault.http_status
    if fault.setting:
        return stopped_by_setting(fault.detail)
    if fault.unreachable:
        return ClipUnavailable("network", fault.detail, passing=True, unreachable=True)
    if status == 429:
        return ClipUnavailable(
            "rate_limited", "HTTP 429", passing=True, retry_after_s=fault.retry_after_s, wall=True
        )
    if of_the_video and status in _FINAL_HTTP_STATUSES:
        return ClipUnavailable(_FINAL_HTTP_STATUSES[status], fault.detail, passing=False)
    said = classify_text(str(error)) if status in (401, 403) else None
    if said is not None:
        return said
    # 403 comes for all clips when a site has had enough of us: a few in a row are a wall.
    return ClipUnavailable(
        "network",
        fault.detail,
        passing=True,
        retry_after_s=fault.retry_after_s,
        wall=status == 403,
    )


def _is_of_yt_dlp(error: BaseException) -> bool:
    return type(error).__module__.split(".")[0] == "yt_dlp"


def _without_name(text: str) -> str:
    """Return what yt-dlp says, without the name and id in front and its own advice behind."""
    return re.sub(r"^(ERROR: )?\[[\w:+]+\] [\w-]+: ", "", _tidy(text))


def _tidy(text: str) -> str:
    """Return a message on one line, without yt-dlp's colours and its advice to report a bug."""
    text = re.sub(r"\x1b\[[0-9;]*m", "", text).removeprefix("ERROR: ")
    text = re.split(r"; please report this issue on|\s+Use --cookies", text)[0]
    return re.sub(r"\s+", " ", text).strip()[:300]
