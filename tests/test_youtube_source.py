"""yt-dlp itself against a server that misbehaves: what comes is the right seconds, or a reason."""

from __future__ import annotations

import functools
import re
import socket
import ssl
import threading
import time
from contextlib import contextmanager, suppress

import av
import pytest
import tone_media
from hostile_server import HostileServer, Misbehaviour
from yt_dlp.networking.exceptions import CertificateVerifyError, TransportError
from yt_dlp.utils import DownloadError, ExtractorError

from science.sound import waveforms
from sources.fetching.clip_cache import PASSING_STATUSES
from sources.fetching.connection_limit import ConnectionLimit, Pace
from sources.fetching.reaching import Route
from sources.fetching.wall import Wall
from sources.interface import ClipUnavailable, SourceStopped
from sources.youtube import source as youtube
from sources.youtube.answers import classify_failure
from sources.youtube.source import YouTubeSettings, YouTubeSource
from storage.clips import AskedClip

YTID = "-a_Bcdefg12"
PATH = f"/watch/{YTID}"
ASKED = AskedClip(f"{YTID}_23.000", YTID, 23.0, 33.0, ("/m/04rlf",))
RIGHT_SECONDS = list(range(23, 33))


@pytest.fixture
def server():
    with HostileServer() as running:
        yield running


@pytest.fixture
def source(server, tmp_path):
    return source_of(server, tmp_path)


def source_of(server, folder, **how):
    return source_at(folder, **{"url": server.url("/watch/{ytid}"), "timeout_s": 0.5} | how)


def source_at(folder, *, wall=None, pace=None, connections=4, **settings):
    return YouTubeSource(
        YouTubeSettings(**settings),
        folder,
        connections=ConnectionLimit(folder / "connections", connections),
        wall=wall or Wall(folder / "wall.json", refusals=1_000_000),
        pace=pace,
    )


def serve(server, kind, **how):
    media = tone_media.media(kind, 3, 40.0)
    server.serve(PATH, media, tone_media.CONTENT_TYPES[kind], **how)


def heard(row):
    samples = waveforms.decode_flac(row.flac) / 32_768
    assert tone_media.heard_recording(samples, waveforms.SAMPLE_RATE_HZ) == 3
    return tone_media.heard_seconds(samples, waveforms.SAMPLE_RATE_HZ)


@pytest.mark.parametrize("ranges", [True, False], ids=["ranges", "whole"])
@pytest.mark.parametrize("kind", tone_media.CONTENT_TYPES)
def test_the_right_ten_seconds_come_from_every_format(server, source, kind, ranges):
    serve(server, kind, ranges=ranges)
    row = source.fetch(ASKED)
    assert heard(row) == RIGHT_SECONDS
    assert len(waveforms.decode_flac(row.flac)) == 220_500
    assert (row.status, row.source, row.labels) == ("ok", "youtube", ("/m/04rlf",))


@pytest.mark.parametrize("kind", ["dash", "webm", "m4a"])
def test_only_the_seconds_asked_for_are_fetched(server, source, kind):
    media = tone_media.media(kind, 0, 150.0)
    server.serve(PATH, media, tone_media.CONTENT_TYPES[kind])
    asked = AskedClip(f"{YTID}_50.000", YTID, 50.0, 60.0, ())
    samples = waveforms.decode_flac(source.fetch(asked).flac) / 32_768
    assert tone_media.heard_seconds(samples, 22_050) == list(range(50, 60))
    # Requests for a part are those for sound; yt-dlp's own look at the address names no part.
    ranges = [request.range for request in server.asked(PATH) if request.range]
    fetched = sum(1 - int(a) + int(b) for a, b in (r[6:].split("-") for r in ranges))
    assert fetched < 0.5 * len(media)


def test_an_address_that_leads_elsewhere_is_followed(server, tmp_path):
    serve(server, "dash")
    server.serve("/elsewhere", b"")
    server.misbehave("/elsewhere", Misbehaviour("redirect", text=server.url(PATH)), always=True)
    other = AskedClip("elsewhere_23.000", "elsewhere", 23.0, 33.0, ())
    moved = source_of(server, tmp_path, url=server.url("/{ytid}"))
    assert heard(moved.fetch(other)) == RIGHT_SECONDS


FINAL = {
    "removed": Misbehaviour("status", status=404),
    "region_restricted": Misbehaviour("status", status=451),
    "age_restricted": Misbehaviour("html", text="Sign in to confirm your age"),
    "private": Misbehaviour("html", text="Private video. Sign in if you have been granted access"),
}


@pytest.mark.parametrize("status", FINAL)
def test_a_final_answer_is_final(server, source, status):
    serve(server, "dash")
    server.misbehave(PATH, FINAL[status], always=True)
    with pytest.raises(ClipUnavailable) as caught:
        source.fetch(ASKED)
    assert (caught.value.status, caught.value.passing) == (status, False)


PASSING = [
    ("rate_limited", Misbehaviour("status", status=429, retry_after="3")),
    ("network", Misbehaviour("status", status=500)),
    ("network", Misbehaviour("status", status=503)),
    ("network", Misbehaviour("stall", seconds=1.5)),
    ("network", Misbehaviour("cut")),
    ("network", Misbehaviour("closed")),
    ("network", Misbehaviour("hang_up")),
    ("bot_check", Misbehaviour("html", text="Sign in to confirm you’re not a bot")),
    ("network", Misbehaviour("html")),
    ("network", Misbehaviour("status", status=403)),
]


@pytest.mark.parametrize("first", [False, True], ids=["sound", "page"])
@pytest.mark.parametrize(("status", "fault"), PASSING)
def test_a_passing_fault_is_told_and_the_next_try_succeeds(server, source, status, fault, first):
    if first and fault.kind in ("stall", "cut", "closed"):
        pytest.skip("yt-dlp reads no more than the header of the first answer")
    serve(server, "dash")
    quiet = [] if first else [Misbehaviour("slow", seconds=0)]
    # yt-dlp asks for an HTML page twice: once to look at it, once for its text.
    server.misbehave(PATH, *quiet, fault, *([fault] if first and fault.kind == "html" else []))
    with pytest.raises(ClipUnavailable) as caught:
        source.fetch(ASKED)
    assert (caught.value.status, caught.value.passing) == (status, True)
    assert caught.value.retry_after_s == (3.0 if status == "rate_limited" else None)
    server.behave(PATH)
    assert heard(source.fetch(ASKED)) == RIGHT_SECONDS


KNOWN_TO_BE_FINAL = {404: "removed", 410: "removed", 451: "region_restricted"}
SETTINGS_OF_THIS_MACHINE = {407, 511}


@pytest.mark.parametrize("first", [False, True], ids=["sound", "page"])
def test_only_status_codes_known_to_be_final_are_final(server, source, first):
    serve(server, "dash")
    for status in [*range(400, 432), 451, 500, 502, 503, 504, 511, 599]:
        server.behave(PATH)
        quiet = [] if first else [Misbehaviour("slow", seconds=0)]
        server.misbehave(PATH, *quiet, Misbehaviour("status", status=status), always=True)
        with pytest.raises((ClipUnavailable, SourceStopped)) as caught:
            source.fetch(ASKED)
        if status in SETTINGS_OF_THIS_MACHINE:
            assert isinstance(caught.value, SourceStopped), status
            assert str(status) in str(caught.value)
        elif status in KNOWN_TO_BE_FINAL:
            assert (caught.value.status, caught.value.passing) == (KNOWN_TO_BE_FINAL[status], False)
        else:
            assert caught.value.passing, status
            assert not caught.value.settles, status
            # A row that is given up for now is asked for again only with one of these.
            assert caught.value.status in PASSING_STATUSES, status


def test_a_status_code_of_another_address_says_nothing_of_the_video(server, source):
    server.serve(PATH, b"")
    server.misbehave(PATH, Misbehaviour("redirect", text=server.url("/page.html")), always=True)
    page = f'<html><video src="{server.url("/gone.mp4")}"></video></html>'
    server.serve("/page.html", page.encode(), "text/html")
    with pytest.raises(ClipUnavailable) as caught:
        source.fetch(ASKED)
    assert server.asked("/gone.mp4")
    assert (caught.value.status, caught.value.passing) == ("network", True)


PAGES_IN_BETWEEN = [
    "Welcome to Hotel Wi-Fi. Please log in to access the internet.",
    "This site has been blocked by your network administrator.",
    "Web filter violation: the page you requested is blocked.",
    "Captive Portal - accept the terms",
    "ERR_CACHE_ACCESS_DENIED: proxy authentication required",
]


@pytest.mark.parametrize("first", [False, True], ids=["sound", "page"])
@pytest.mark.parametrize("text", PAGES_IN_BETWEEN)
def test_a_page_of_the_network_itself_stops_the_run_with_its_words(server, source, text, first):
    serve(server, "dash")
    quiet = [] if first else [Misbehaviour("slow", seconds=0)]
    server.misbehave(PATH, *quiet, Misbehaviour("html", text=text), always=True)
    with pytest.raises(SourceStopped, match=re.escape(text)):
        source.fetch(ASKED)


def test_a_certificate_that_is_refused_stops_the_run(tmp_path):
    refused = ssl.SSLCertVerificationError(1, "certificate verify failed: self-signed certificate")
    wrapped = DownloadError("ERROR: [youtube] x: Unable to download API page: certificate")
    wrapped.__cause__ = CertificateVerifyError(cause=refused)
    assert isinstance(classify_failure(wrapped), SourceStopped)


def test_a_proxy_that_wants_a_password_stops_the_run(server, tmp_path):
    with HostileServer() as proxy:
        # A proxy is asked for the whole address.
        proxy.serve(server.url(PATH), b"")
        proxy.misbehave(server.url(PATH), Misbehaviour("status", status=407), always=True)
        with pytest.raises(SourceStopped, match=r"HTTP 407.*fetch\.youtube\.proxy"):
            source_of(server, tmp_path, proxy=proxy.url()).fetch(ASKED)


@pytest.mark.parametrize("answer", ["407 Proxy Authentication Required", "403 Forbidden"])
def test_a_proxy_that_opens_no_tunnel_stops_the_run(tmp_path, answer):
    with one_answer(f"HTTP/1.1 {answer}\r\nContent-Length: 0\r\n\r\n".encode()) as port:
        how = {"proxy": f"http://127.0.0.1:{port}", "timeout_s": 2}
        with pytest.raises(SourceStopped, match=answer[:3]):
            source_at(tmp_path, url="https://videos.test/{ytid}", **how).fetch(ASKED)


@contextmanager
def one_answer(answer):
    """A server that gives everybody this answer; its port."""
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve_all():
            with suppress(OSError):
                while True:
                    line, _ = listening.accept()
                    with line, suppress(OSError):
                        line.settimeout(1)
                        if line.recv(4096):
                            line.sendall(answer)

        threading.Thread(target=serve_all, daemon=True).start()
        yield listening.getsockname()[1]


@pytest.mark.parametrize("ranges", [True, False], ids=["ranges", "whole"])
@pytest.mark.parametrize("kind", tone_media.CONTENT_TYPES)
@pytest.mark.parametrize("fault", ["truncated", "length_too_short"])
def test_a_truncated_file_never_passes_for_a_clip(server, source, kind, ranges, fault):
    serve(server, kind, ranges=ranges)
    server.misbehave(PATH, Misbehaviour(fault, share=0.55), always=True)
    with pytest.raises(ClipUnavailable) as caught:
        source.fetch(ASKED)
    assert caught.value.passing
    assert caught.value.status in ("truncated", "decode", "network", "not_audio", "too_short")


def test_a_video_that_ends_before_the_segment_is_too_short(server, tmp_path):
    source = source_of(server, tmp_path, min_duration_s=5.0)
    server.serve(PATH, tone_media.media("dash", 3, 25.0), "audio/mp4")
    with pytest.raises(ClipUnavailable) as caught:
        source.fetch(ASKED)
    assert caught.value.status == "too_short"
    assert caught.value.settles


def test_a_stream_in_pieces_is_cut_by_ffmpeg(server, tmp_path):
    playlist = tmp_path / "list.m3u8"
    with (
        av.open(
            str(playlist), "w", format="hls", options={"hls_time": "4", "hls_list_size": "0"}
        ) as target,
        av.open(_file(tmp_path, tone_media.media("m4a", 3, 40.0))) as origin,
    ):
        stream = target.add_stream_from_template(origin.streams.audio[0])
        for packet in origin.demux(origin.streams.audio[0]):
            if packet.dts is not None:
                packet.stream = stream
                target.mux(packet)
    text = playlist.read_text(encoding="utf-8")
    for piece in tmp_path.glob("*.ts"):
        server.serve(f"/pieces/{piece.name}", piece.read_bytes(), "video/mp2t")
        text = text.replace(piece.name, server.url(f"/pieces/{piece.name}"))
    if "#EXT-X-ENDLIST" not in text:
        text += "#EXT-X-ENDLIST\n"
    server.serve(f"{PATH}.m3u8", text.encode(), "application/vnd.apple.mpegurl")
    source = source_of(server, tmp_path, url=server.url("/watch/{ytid}.m3u8"))
    assert heard(source.fetch(ASKED)) == RIGHT_SECONDS


def _file(folder, media):
    path = folder / "origin.m4a"
    path.write_bytes(media)
    return str(path)


MESSAGES = {
    "Private video. Sign in if you've been granted access to this video": ("private", False),
    "Sign in to confirm you’re not a bot. Use --cookies-from-browser": ("bot_check", True),
    "Sign in to confirm your age. This video may be inappropriate for some users.": (
        "age_restricted",
        False,
    ),
    "Video unavailable. This video is no longer available because the YouTube account associated "
    "with this video has been terminated.": ("account_terminated", False),
    "Video unavailable. This video is no longer available because the uploader has closed their "
    "YouTube account.": ("account_terminated", False),
    "Video unavailable. This video has been removed by the uploader": ("removed", False),
    "This video has been removed for violating YouTube's Terms of Service": ("removed", False),
    "Video unavailable": ("removed", False),
    "Video unavailable. The uploader has not made this video available in your country": (
        "region_restricted",
        False,
    ),
    "Video unavailable. This content isn't available, try again later. The current session has "
    "been rate-limited by YouTube for up to an hour": ("rate_limited", True),
    "Join this channel to get access to members-only content": ("private", False),
    "Requested format is not available. Use --list-formats": ("network", True),
    "Something that nobody has seen before": ("network", True),
    "The following content is not available on this app. Watch on the latest version of YouTube.": (
        "network",
        True,
    ),
    "The page needs to be reloaded.": ("network", True),
    "Video unavailable. Playback on other websites has been disabled by the video owner": (
        "network",
        True,
    ),
    "Video unavailable. This video contains content from X, who has blocked it from display on "
    "this website or application": ("network", True),
    "Video unavailable. This content isn\u2019t available.": ("network", True),
    "Video unavailable. This video is currently being processed": ("network", True),
    "The channel is not currently live": ("network", True),
    "Premieres in 5 hours": ("network", True),
    "This live event will begin in a few moments.": ("network", True),
    "This video is DRM protected": ("network", True),
    "Login with OAuth is no longer supported. Use --cookies-from-browser": ("network", True),
    "Failed to extract any player response": ("network", True),
    "Incomplete data received": ("network", True),
    "Please sign in. Use --cookies-from-browser or --cookies for the authentication": (
        "bot_check",
        True,
    ),
    "All player responses are invalid. Your IP is likely being blocked by Youtube": (
        "bot_check",
        True,
    ),
    "This video requires payment to watch.": ("private", False),
    "This video is available to this channel's members on level: Fan (or any higher level)": (
        "private",
        False,
    ),
    "This video is only available to Music Premium members": ("private", False),
    "Video unavailable. This video isn't available anymore": ("removed", False),
    "Video unavailable. This video is no longer available due to a copyright claim by X": (
        "removed",
        False,
    ),
    "Video unavailable. This video contains content from X, who has blocked it on copyright "
    "grounds": ("region_restricted", False),
    "This video is age-restricted and only available on YouTube": ("age_restricted", False),
}
WALLS = ("not a bot", "rate-limited", "Requested format", "Please sign in", "invalid")


@pytest.mark.parametrize("message", MESSAGES)
def test_the_reasons_of_youtube_are_told_apart(message):
    answer = answer_to(message)
    assert (answer.status, answer.passing) == MESSAGES[message]
    assert answer.wall == any(words in message for words in WALLS)
    assert not answer.passing or answer.status in PASSING_STATUSES


@pytest.mark.parametrize(
    "message",
    [
        "Video unavailable. This video is restricted. Please check the Google Workspace "
        "administrator and/or the network administrator restrictions.",
        "Video unavailable. This video is restricted by network administrator",
        "Video unavailable. This video is unavailable with Restricted Mode enabled.",
    ],
)
def test_what_an_administrator_forbids_stops_the_run_with_that_word(message):
    answer = answer_to(message)
    assert isinstance(answer, SourceStopped)
    assert message[:-1] in str(answer)


def answer_to(message):
    wrapped = DownloadError(f"ERROR: [youtube] {YTID}: {message}")
    wrapped.__cause__ = ExtractorError(message, expected=True, video_id=YTID)
    return classify_failure(wrapped)


def test_a_video_that_says_once_that_it_is_not_available_is_asked_for_again():
    answer = answer_to("Video unavailable. This video is not available")
    assert (answer.status, answer.passing, answer.settles) == ("removed", True, True)


def test_a_fault_that_yt_dlp_passed_over_is_not_lost():
    said = DownloadError(f"ERROR: [youtube] {YTID}: Failed to extract any player response")
    lost = TransportError(cause=socket.gaierror(-3, "Temporary failure in name resolution"))
    answer = classify_failure(said, met=[lost])
    assert (answer.status, answer.unreachable) == ("network", True)
    refused = TransportError("Tunnel connection failed: 407 Proxy Authentication Required")
    assert isinstance(classify_failure(said, met=[refused]), SourceStopped)


def test_a_mistake_of_ours_is_no_reason():
    assert classify_failure(KeyError("flac")) is None
    assert classify_failure(OSError(28, "No space left on device")) is None


def test_a_bot_check_for_everybody_pauses_and_then_stops_all_jobs(server, tmp_path):
    naps, now = [], [1_000.0]

    def sleep(seconds):
        naps.append(seconds)
        now[0] += seconds

    def wall():
        clock = {"sleep": sleep, "clock": lambda: now[0]}
        return Wall(tmp_path / "w.json", refusals=3, pause_s=60, pauses=2, advice="Do so.", **clock)

    sources = [source_of(server, tmp_path, wall=wall()) for _ in range(2)]
    fault = Misbehaviour("html", text="Sign in to confirm you’re not a bot")
    serve(server, "dash")
    server.misbehave(PATH, fault, always=True)
    for attempt in range(9):
        with pytest.raises(ClipUnavailable):
            sources[attempt % 2].fetch(ASKED)
    with pytest.raises(SourceStopped, match=r"not a bot.*Do so\."):
        sources[1].fetch(ASKED)
    assert sum(naps) == pytest.approx(120)
    with pytest.raises(SourceStopped):
        source_of(server, tmp_path, wall=wall()).fetch(ASKED)
    now[0] += 61
    server.behave(PATH)
    assert heard(sources[0].fetch(ASKED)) == RIGHT_SECONDS


def test_one_proper_answer_makes_the_count_of_refusals_start_again(tmp_path):
    wall = Wall(tmp_path / "w.json", refusals=2, pause_s=60, sleep=pytest.fail)
    for _ in range(5):
        wall.refused("HTTP 429")
        wall.answered()
        wall.wait()


def test_a_cookies_file_is_sent_and_never_written(server, tmp_path):
    cookies = tmp_path / "cookies.txt"
    text = "# Netscape HTTP Cookie File\n127.0.0.1\tFALSE\t/\tFALSE\t0\tSID\tsecret\n"
    cookies.write_text(text, encoding="utf-8")
    serve(server, "dash")
    source_of(server, tmp_path, cookies_file=cookies).fetch(ASKED)
    assert all("SID=secret" in request.headers.get("Cookie", "") for request in server.requests)
    assert cookies.read_text(encoding="utf-8") == text


def test_a_proxy_is_used(server, tmp_path):
    with HostileServer() as proxy:
        proxy.responders.append(lambda *_: server.served[PATH])
        serve(server, "dash")
        source_of(server, tmp_path, proxy=proxy.url()).fetch(ASKED)
        assert proxy.requests
        assert not server.requests


def test_a_host_that_refuses_is_named_within_seconds_and_before_any_clip(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    pace = Pace(tmp_path / "p", 60)
    source = source_at(tmp_path, url=f"http://127.0.0.1:{port}/{{ytid}}", pace=pace)
    begin_s = time.monotonic()
    for _ in range(9):
        with pytest.raises(SourceStopped, match=rf"127\.0\.0\.1 \(port {port}\) cannot be reached"):
            source.fetch(ASKED)
    assert time.monotonic() - begin_s < 8


def test_youtube_without_a_name_server_is_named_within_seconds(tmp_path, monkeypatch):
    def unknown(*_, **__):
        raise socket.gaierror(-3, "Temporary failure in name resolution")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    for name in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
    begin_s = time.monotonic()
    with pytest.raises(SourceStopped, match=r"www\.youtube\.com .*name resolution.*proxy"):
        source_at(tmp_path).fetch(ASKED)
    assert time.monotonic() - begin_s < 8


def test_a_proxy_that_is_not_there_is_named_within_seconds(server, tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    serve(server, "dash")
    with pytest.raises(SourceStopped, match=rf"The proxy 127\.0\.0\.1 \(port {port}\).*cannot"):
        source_of(server, tmp_path, proxy=f"127.0.0.1:{port}").fetch(ASKED)
    assert not server.requests


def test_a_host_that_goes_away_is_waited_for_and_then_given_up(tmp_path, monkeypatch):
    monkeypatch.setattr(youtube, "Route", functools.partial(Route, pause_s=0.2))
    with HostileServer() as server:
        serve(server, "dash")
        source = source_of(server, tmp_path)
        assert heard(source.fetch(ASKED)) == RIGHT_SECONDS
    for _ in range(40):
        with pytest.raises((ClipUnavailable, SourceStopped)) as caught:
            source.fetch(ASKED)
        if isinstance(caught.value, SourceStopped):
            break
        assert (caught.value.status, caught.value.passing) == ("network", True)
        time.sleep(0.02)
    assert isinstance(caught.value, SourceStopped)
    assert re.search(rf"127\.0\.0\.1 \(port {server.port}\) could no longer", str(caught.value))


def test_a_host_that_comes_back_goes_on_as_if_nothing_had_been(server, tmp_path, monkeypatch):
    how = {"refusals": 2, "sleep": pytest.fail}
    monkeypatch.setattr(youtube, "Route", functools.partial(Route, **how))
    source = source_of(server, tmp_path)
    of_another_job = Route(server.url(), tmp_path / "route.json", **how)
    serve(server, "dash")
    for _ in range(5):
        of_another_job.lost("Connection refused")
        assert heard(source.fetch(ASKED)) == RIGHT_SECONDS


def test_jobs_together_keep_the_pace(tmp_path):
    naps, lock = [], threading.Lock()

    def sleep(seconds):
        with lock:
            naps.append(seconds)

    paces = [Pace(tmp_path / "p", 10.0, sleep=sleep, clock=lambda: 5.0) for _ in range(3)]
    for pace in [*paces, *paces]:
        pace.wait()
    assert naps == pytest.approx([0, 10, 20, 30, 40, 50])


def test_no_more_connections_than_allowed(server, tmp_path):
    serve(server, "dash")
    server.misbehave(PATH, Misbehaviour("slow", seconds=0.05), always=True)
    limit = 2
    sources = [source_of(server, tmp_path, timeout_s=30, connections=limit) for _ in range(6)]
    threads = [threading.Thread(target=source.fetch, args=(ASKED,)) for source in sources]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert 1 <= server.most_at_once <= limit
