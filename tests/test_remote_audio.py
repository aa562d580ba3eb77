"""Files on a server, read in parts, against the same files in memory; joined frames."""

from __future__ import annotations

import io
import re
import struct

import av
import numpy as np
import pytest
import tone_media

from sources.audio.ffmpeg_frames import JoinedFrames, KindChanged
from sources.audio.remote_audio import RemoteFile, open_remote_audio

BLOCK_BYTES = 1_000


class Answer(io.BytesIO):
    """A response to a range request."""

    status = 206

    def __init__(self, body: bytes, first: int, last: int) -> None:
        super().__init__(body[first : last + 1])
        self.headers = {"Content-Range": f"bytes {first}-{last}/{len(body)}"}


class Site:
    """A body, and which bytes of it were asked for."""

    def __init__(self, body: bytes) -> None:
        self.body = body
        self.asked: list[range] = []

    def ask(self, headers: dict[str, str]) -> Answer:
        first, last = map(int, re.fullmatch(r"bytes=(\d+)-(\d+)", headers["Range"]).groups())
        last = min(last, len(self.body) - 1)
        self.asked.append(range(first, last + 1))
        return Answer(self.body, first, last)


def test_reading_anywhere_gives_the_bytes_of_the_file():
    generator = np.random.default_rng(0)
    body = generator.bytes(20_321)
    site = Site(body)
    with RemoteFile(site.ask, block_bytes=BLOCK_BYTES) as remote:
        for _ in range(300):
            first, length = int(generator.integers(0, 20_500)), int(generator.integers(0, 3_000))
            assert remote.seek(first) == first
            assert remote.read(length) == body[first : first + length]
        remote.seek(0)
        assert remote.read() == body
    assert max(len(asked) for asked in site.asked) <= BLOCK_BYTES


def test_reading_on_asks_for_no_byte_twice_and_for_none_before_it():
    site = Site(np.random.default_rng(1).bytes(50_000))
    with RemoteFile(site.ask, block_bytes=BLOCK_BYTES) as remote:
        for first in (30_050, 30_550, 29_700):
            remote.seek(first)
            remote.read(600)
    asked = [byte for part in site.asked for byte in part]
    assert len(asked) == len(set(asked))
    assert min(byte for byte in asked if byte >= BLOCK_BYTES) == 29_700


@pytest.mark.parametrize("kind", ["dash", "m4a", "webm"])
@pytest.mark.parametrize("start_s", [0.0, 0.3, 17.3])
def test_a_part_is_what_decoding_everything_gives_there(kind, start_s):
    body = tone_media.media(kind, 3, 40.0)
    with av.open(io.BytesIO(body)) as container:
        stream = container.streams.audio[0]
        frames = [(frame.pts, frame.to_ndarray()[0]) for frame in container.decode(stream)]
        first_pts = max(0, stream.start_time or 0)
        start = (frames[0][0] - first_pts) * float(stream.time_base)
        whole, rate_hz = np.concatenate([samples for _, samples in frames]), stream.rate
    with RemoteFile(Site(body).ask) as remote, open_remote_audio(remote) as audio:
        part, part_rate_hz = audio.read(start_s, start_s + 10.0, "average")
    assert part_rate_hz == rate_hz
    first = round((start_s - start) * rate_hz)
    # Containers round a packet's time, WebM to the millisecond.
    errors = [
        np.abs(part[1_000:-1_000] - whole[first + shift + 1_000 :][: len(part) - 2_000]).max()
        for shift in range(-48, 49)
    ]
    assert min(errors) < 1e-3


@pytest.mark.parametrize("milliseconds", [5_000.0, 0.0])
def test_the_duration_in_the_header_does_not_shorten_a_part(milliseconds):
    body = tone_media.media("webm", 3, 40.0)
    at = body.index(b"\x44\x89\x88") + 3
    body = body[:at] + struct.pack(">d", milliseconds) + body[at + 8 :]
    with RemoteFile(Site(body).ask) as remote, open_remote_audio(remote) as audio:
        part, rate_hz = audio.read(17.0, 27.0, "average")
    assert tone_media.heard_seconds(part, rate_hz) == list(range(17, 27))


def frame(value: float, *, frames: int = 100, layout: str = "mono", rate_hz: int = 48_000):
    channels = 1 if layout == "mono" else 2
    samples = np.full((channels, frames), value, np.float32)
    made = av.AudioFrame.from_ndarray(samples, format="fltp", layout=layout)
    made.sample_rate = rate_hz
    return made


def test_frames_are_cut_and_joined_at_the_sample():
    timed = [(number * 100 / 48_000, frame(number)) for number in range(10)]
    joined = JoinedFrames(250 / 48_000, 300 / 48_000, "average")
    joined.take(timed)
    samples, rate_hz = joined.samples(0)
    assert samples.tolist() == [2.0] * 50 + [3.0] * 100 + [4.0] * 100 + [5.0] * 50
    assert (rate_hz, joined.first_s) == (48_000, 200 / 48_000)


@pytest.mark.parametrize("other", [{"layout": "stereo"}, {"rate_hz": 44_100}])
def test_sound_that_changes_its_kind_midway_is_refused(other):
    joined = JoinedFrames(0.0, 1.0, "average")
    with pytest.raises(KindChanged, match="change midway"):
        joined.take([(0.0, frame(0.1)), (100 / 48_000, frame(0.1, **other))])


def test_no_frames_are_no_sound():
    joined = JoinedFrames(5.0, 1.0, "average")
    joined.take([])
    samples, rate_hz = joined.samples(44_100)
    assert (len(samples), rate_hz, joined.first_s) == (0, 44_100, None)
