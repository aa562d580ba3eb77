"""Clips from YouTube, through yt-dlp.

yt-dlp finds the audio stream of a video; of that, only the bytes of the asked seconds are fetched
where the site gives parts of it (`audio.remote_audio`), through yt-dlp's own connections, so that
cookies, proxy and headers hold. Streams in pieces (HLS) are cut by yt-dlp with FFmpeg instead.
"""

from __future__ import annotations

import io
import tempfile
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import imageio_ffmpeg
import yt_dlp
from yt_dlp.networking import Request
from yt_dlp.networking.exceptions import HTTPError
from yt_dlp.postprocessor.ffmpeg import FFmpegPostProcessor
from yt_dlp.utils import download_range_func

from science.sound import waveforms
from sources.audio.decoders import AudioProblem, OpenAudio
from sources.audio.decoding import decode_clip, open_audio
from sources.audio.remote_audio import RemoteFile, open_remote_audio
from sources.fetching.connection_limit import ConnectionLimit, Pace
from sources.fetching.reaching import Route, host_of
from sources.fetching.wall import Wall
from sources.interface import ClipUnavailable, SourceStopped
from sources.youtube.answers import classify_failure, classify_page, classify_problem
from sources.youtube.client import Client
from sources.youtube.cookies import read_cookies
from storage.clips import AskedClip, ClipRow

SOURCE = "youtube"
DEFAULT_URL = "https://www.youtube.com/watch?v={ytid}"
ADVICE = (
    "What helps: give a cookies file of an account (fetch.youtube.cookies_file), ask more slowly "
    "(fetch.youtube.seconds_between_clips), use another network, or take the clips from the "
    "mirror (corpus.sources: [huggingface, youtube]). Then run again."
)
_PARTIAL_PROTOCOLS = ("http", "https")
# Sound before the segment that FFmpeg also fetches, since it cuts at packets.
_CUT_MARGIN_S = 1.0


@dataclass(frozen=True)
class YouTubeSettings:
    """How YouTube is asked.

    Attributes:
        url: the address of a video, with `{ytid}` in it.
        cookies_file: cookies in Netscape format, or None.
        proxy: the proxy's URL, or None.
        bytes_per_s: the highest rate of one transfer, or None.
        timeout_s: how long a connection may stay silent.
        options: further options of yt-dlp's Python API, such as `extractor_args` (player clients)
            or `js_runtimes`; they go before ours.
        channel: how channels become one, see `science.sound.waveforms.mix_to_mono`.
        min_duration_s: clips with less sound are "too_short".
    """

    url: str = DEFAULT_URL
    cookies_file: Path | None = None
    proxy: str | None = None
    bytes_per_s: float | None = None
    timeout_s: float = 30.0
    options: Mapping[str, Any] = field(default_factory=dict)
    channel: str = "average"
    min_duration_s: float = 0.0


class YouTubeSource:
    """Clips cut from the videos themselves.

    Args:
        settings: how to ask.
        folder: where yt-dlp keeps what it learns of the site's player, and cuts of streams.
        connections: the limit on simultaneous transfers, shared with other sources and jobs.
        wall: what to do when every clip is refused, shared between jobs.
        pace: the least time between two clips, shared between jobs; None for no pace.
    """

    name = SOURCE

    def __init__(
        self,
        settings: YouTubeSettings,
        folder: Path,
        *,
        connections: ConnectionLimit,
        wall: Wall,
        pace: Pace | None = None,
    ) -> None:
        self._settings = settings
        self._folder = Path(folder)
        self._connections = connections
        self._pace = pace
        self._wall = wall
        self._route = Route(
            settings.url,
            self._folder / "route.json",
            proxy_option="fetch.youtube.proxy",
            proxy=settings.proxy,
            timeout_s=settings.timeout_s,
        )
        self._of_thread = threading.local()
        # Looking for it runs a program, which the threads would all do at the same moment.
        self._ffmpeg = imageio_ffmpeg.get_ffmpeg_exe()
        # yt-dlp writes cookies back to the file it read them from; many jobs would spoil it.
        file = settings.cookies_file
        self._cookies = read_cookies(Path(file), host_of(settings.url)[0]) if file else None

    def fetch(self, asked: AskedClip) -> ClipRow:
        """Return the clip's row; see `sources.interface.ClipSource`."""
        self._route.wait()
        self._wall.wait()
        if self._pace is not None:
            self._pace.wait()
        try:
            with self._connections.connection(), self._opened(asked) as (audio, start_s):
                samples, detail = decode_clip(
                    audio,
                    start_s,
                    asked.duration_s,
                    channel=self._settings.channel,
                    min_duration_s=self._settings.min_duration_s,
                )
        except AudioProblem as problem:
            self._answered()
            raise classify_problem(problem) from problem
        except ClipUnavailable as unavailable:
            self._note(unavailable)
            raise
        except SourceStopped:
            raise
        except Exception as error:
            answer = self._meaning_of(error, asked)
            if isinstance(answer, ClipUnavailable):
                self._note(answer)
            raise answer or error from error
        self._answered()
        return ClipRow.found(asked, SOURCE, waveforms.encode_flac(samples), detail)

    def _answered(self) -> None:
        self._wall.answered()
        self._route.reached()

    def _note(self, unavailable: ClipUnavailable) -> None:
        if unavailable.unreachable:
            self._route.lost(unavailable.detail)
        elif unavailable.wall:
            self._route.reached()
            self._wall.refused(unavailable.detail)
        elif unavailable.status != "network":
            self._answered()

    @contextmanager
    def _opened(self, asked: AskedClip) -> Iterator[tuple[OpenAudio, float]]:
        """Open the video's sound; gives it with where in it the segment starts."""
        url = self._settings.url.replace("{ytid}", asked.ytid)
        client = self._client()
        client.met.clear()
        try:
            found = client.extract_info(url, download=False, ie_key=client.load_extractor(url))
        except yt_dlp.utils.DownloadError as error:
            if "Unsupported URL" not in str(error):
                raise
            # A web page came instead of sound.
            with client.urlopen(Request(url)) as page:
                text = page.read(1 << 16).decode("utf-8", "replace")
            raise classify_page(text) from error
        stream = _audio_of(found)
        if stream.get("protocol") not in _PARTIAL_PROTOCOLS:
            with self._cut_by_ffmpeg(url, asked) as (audio, start_s):
                yield audio, start_s
            return
        with RemoteFile(
            lambda headers: _ask(client, stream, headers),
            bytes_per_s=self._settings.bytes_per_s,
        ) as file:
            if file.content_type.startswith("text/html"):
                raise classify_page(file.read(1 << 16).decode("utf-8", "replace"))
            with open_remote_audio(file) as audio:
                yield audio, asked.start_s

    def _meaning_of(self, error: Exception, asked: AskedClip) -> Exception | None:
        """Say what a failure means, from what the requests of this thread met; None if nothing."""
        met = self._client().met
        url = self._settings.url.replace("{ytid}", asked.ytid)
        of_the_video = bool(met) and met[-1][0] == url
        return classify_failure(error, of_the_video=of_the_video, met=[fault for _, fault in met])

    @contextmanager
    def _cut_by_ffmpeg(self, url: str, asked: AskedClip) -> Iterator[tuple[OpenAudio, float]]:
        first_s = max(0.0, asked.start_s - _CUT_MARGIN_S)
        # yt-dlp asks in this variable, not in its options, whether there is an FFmpeg to cut with.
        FFmpegPostProcessor._ffmpeg_location.set(self._ffmpeg)
        with tempfile.TemporaryDirectory(dir=self._folder) as folder:
            options = {
                **self._options(),
                "outtmpl": str(Path(folder) / "clip.%(ext)s"),
                "download_ranges": download_range_func(None, [(first_s, asked.end_s + 1)]),
                "force_keyframes_at_cuts": True,
            }
            with Client(options) as client:
                client.extract_info(url, download=True, ie_key=client.load_extractor(url))
            files = [path for path in Path(folder).iterdir() if path.suffix != ".part"]
            if len(files) != 1:
                raise AudioProblem("decode", f"yt-dlp left {len(files)} files, not one")
            with open_audio(files[0]) as audio:
                yield audio, asked.start_s - first_s

    def _client(self) -> Client:
        """Return this thread's yt-dlp; it keeps connections and the site's player between clips."""
        if not hasattr(self._of_thread, "client"):
            self._of_thread.client = Client(self._options())
        return self._of_thread.client

    def _options(self) -> dict[str, Any]:
        settings = self._settings
        self._folder.mkdir(parents=True, exist_ok=True)
        return {
            "ffmpeg_location": self._ffmpeg,
            **settings.options,
            "format": "bestaudio/bestaudio*",
            "cachedir": str(self._folder / "yt-dlp"),
            "cookiefile": io.StringIO(self._cookies) if self._cookies is not None else None,
            "proxy": settings.proxy,
            "socket_timeout": settings.timeout_s,
            "ratelimit": settings.bytes_per_s,
            # Repeating is done in one place, `sources.fetching.shards`.
            "retries": 0,
            "extractor_retries": 0,
            "fragment_retries": 0,
            "file_access_retries": 0,
            "noplaylist": True,
            "noprogress": True,
            "quiet": True,
            "no_warnings": True,
            "logger": _Silence(),
        }


class _Silence:
    """yt-dlp's messages; what matters of them comes as an exception."""

    def debug(self, message: str) -> None:
        """Say nothing."""

    info = warning = error = debug


def _audio_of(found: Mapping[str, Any] | None) -> Mapping[str, Any]:
    """Return the stream that yt-dlp chose: the audio without pictures, where there is one."""
    if not found or not (found.get("url") or found.get("requested_formats")):
        raise AudioProblem("not_audio", "yt-dlp found no sound at the address")
    streams = found.get("requested_formats") or [found]
    return next((stream for stream in streams if stream.get("acodec") != "none"), streams[0])


def _ask(client: yt_dlp.YoutubeDL, stream: Mapping[str, Any], headers: Mapping[str, str]) -> Any:
    together = {**(stream.get("http_headers") or {}), **headers, "Accept-Encoding": "identity"}
    try:
        return client.urlopen(Request(stream["url"], headers=together))
    except HTTPError as error:
        # Nobody reads on in a refusal; open, it would keep the connection.
        error.close()
        raise
