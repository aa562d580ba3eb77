"""The hub client against a hub that misbehaves: the right clips, few bytes, nothing twice."""

from __future__ import annotations

import io
import re
import threading
import time

import numpy
import pyarrow.parquet
import pytest
import soundfile
import tone_media
from hostile_hub import COMMIT, HostileHub
from hostile_server import HostileServer, Misbehaviour

from science.sound import waveforms
from sources.fetching.clip_cache import ClipCache
from sources.fetching.connection_limit import ConnectionLimit
from sources.fetching.retrying import Backoff
from sources.fetching.shards import fetch_shard
from sources.huggingface import source as huggingface
from sources.huggingface.source import HuggingFaceSettings, HuggingFaceSource
from sources.interface import ClipUnavailable, ReadsAhead, SourceStopped
from storage.clips import AskedClip

FILES = ["data/bal_train/00.parquet", "data/bal_train/01.parquet"]
ROWS_PER_GROUP = 5


def sound_of(number):
    """Return a 10-s, 48 kHz, 24-bit stereo FLAC, as the mirror has them, that names the number."""
    samples = tone_media.tones(number % 50, 10.0, 48_000)
    noise = numpy.random.default_rng(number).uniform(-0.02, 0.02, len(samples))
    target = io.BytesIO()
    stereo = numpy.stack([samples + noise, samples - noise], axis=1)
    soundfile.write(target, stereo, 48_000, format="FLAC", subtype="PCM_24")
    return target.getvalue()


def asked_clip(number):
    ytid = f"video{number:06d}"
    return AskedClip(f"{ytid}_30.000", ytid, 30.0, 40.0, ("/m/04rlf",))


ASKED = [asked_clip(number) for number in range(20)]


@pytest.fixture(scope="module")
def sounds():
    return [(clip.ytid, sound_of(number)) for number, clip in enumerate(ASKED)]


@pytest.fixture
def hub(sounds):
    with HostileServer() as server:
        hub = HostileHub(server)
        hub.add(FILES[0], sounds[:10], ROWS_PER_GROUP)
        hub.add(FILES[1], sounds[10:], ROWS_PER_GROUP)
        yield hub


def source_of(hub, folder, wanted=ASKED, everything=ASKED, **settings):
    return HuggingFaceSource(
        HuggingFaceSettings("data/bal_train", endpoint=hub.server.url(), timeout_s=1.0, **settings),
        folder / "mirror",
        everything=everything,
        wanted=wanted,
        connections=ConnectionLimit(folder / "connections", 4),
    )


def check(row, number):
    assert (row.status, row.source, row.clip_id) == ("ok", "huggingface", ASKED[number].clip_id)
    samples = waveforms.decode_flac(row.flac) / 32_768
    assert len(samples) == 220_500
    assert tone_media.heard_recording(samples, 22_050) == number % 50
    assert tone_media.heard_seconds(samples, 22_050) == list(range(10))


def test_clips_come_from_the_rows_of_their_videos(hub, tmp_path):
    source = source_of(hub, tmp_path)
    for number in (0, 7, 19, 3):
        check(source.fetch(ASKED[number]), number)


def test_a_row_group_is_read_once_for_all_its_clips_and_jobs(hub, tmp_path):
    check(source_of(hub, tmp_path).fetch(ASKED[1]), 1)
    asked = len(hub.server.requests)
    for number in (0, 2, 3, 4):
        check(source_of(hub, tmp_path).fetch(ASKED[number]), number)
    assert len(hub.server.requests) == asked
    check(source_of(hub, tmp_path).fetch(ASKED[5]), 5)
    assert len(hub.server.requests) > asked


def test_only_the_needed_row_groups_and_columns_are_fetched(hub, tmp_path, monkeypatch):
    monkeypatch.setattr(huggingface, "_REQUEST_BYTES", 1 << 19)
    body = hub.server.served[hub.path_of(FILES[1])].body
    metadata = pyarrow.parquet.ParquetFile(io.BytesIO(body)).metadata
    group = metadata.row_group(1)
    group_bytes = sum(group.column(i).total_compressed_size for i in range(group.num_columns))
    source = source_of(hub, tmp_path)
    source.fetch(ASKED[0])
    hub.server.bytes_sent = 0
    source.fetch(ASKED[19])
    # Requests come in blocks: one too many at each end, one for the footer, a small one to begin.
    assert group_bytes <= hub.server.bytes_sent <= group_bytes + 3 * (1 << 19) + (1 << 17)
    assert hub.server.bytes_sent < 0.7 * len(body)
    assert {r.path for r in hub.server.requests if r.range} == {hub.path_of(f) for f in FILES}


def test_a_clip_that_the_mirror_lacks_is_missing_for_good(hub, tmp_path):
    with pytest.raises(ClipUnavailable, match="not in data/bal_train") as caught:
        source_of(hub, tmp_path).fetch(asked_clip(99))
    assert (caught.value.status, caught.value.passing) == ("missing", False)


@pytest.mark.parametrize("is_kept", [False, True])
def test_two_segments_of_one_video_cannot_be_told_apart(hub, tmp_path, is_kept):
    """Not even where the other is kept from another source, so that one alone is still wanted."""
    twin = AskedClip("video000003_90.000", "video000003", 90.0, 100.0, ())
    everything = [*ASKED, twin]
    wanted = [clip for clip in everything if not is_kept or clip != twin]
    source = source_of(hub, tmp_path, wanted, everything)
    with pytest.raises(ClipUnavailable, match="several segments"):
        source.fetch(ASKED[3])


def test_a_spoilt_sound_is_that_clips_own_fault(sounds, tmp_path):
    spoilt = [
        (ytid, b"" if n == 1 else sound[: len(sound) // 3] if n == 2 else sound)
        for n, (ytid, sound) in enumerate(sounds[:5])
    ]
    with HostileServer() as server:
        hub = HostileHub(server)
        hub.add(FILES[0], spoilt, ROWS_PER_GROUP)
        source = source_of(hub, tmp_path)
        for number in (1, 2):
            with pytest.raises(ClipUnavailable) as caught:
                source.fetch(ASKED[number])
            assert not caught.value.passing
            assert caught.value.status in ("empty", "truncated", "decode")
        check(source.fetch(ASKED[0]), 0)


def test_a_branch_is_pinned_to_the_commit_of_its_first_use(hub, tmp_path):
    source_of(hub, tmp_path, revision="main").fetch(ASKED[0])
    source_of(hub, tmp_path, revision="main").fetch(ASKED[19])
    asked = [request.path for request in hub.server.requests]
    assert sum(path.endswith("/revision/main") for path in asked) == 1
    assert all(COMMIT in path for path in asked if "/resolve/" in path)


def test_the_token_comes_from_the_environment(hub, tmp_path, monkeypatch):
    monkeypatch.setenv("HF_TOKEN", "hf_of_the_test")
    source_of(hub, tmp_path).fetch(ASKED[0])
    headers = [{k.lower(): v for k, v in r.headers.items()} for r in hub.server.requests]
    assert {h["authorization"] for h in headers} == {"Bearer hf_of_the_test"}
    written = [path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()]
    assert not any(b"hf_of_the_test" in content for content in written)


@pytest.mark.parametrize("status", [401, 403, 404])
def test_a_refusal_of_the_whole_mirror_stops_with_what_to_do(hub, tmp_path, status):
    hub.server.serve(f"/api/datasets/agkphysics/AudioSet/revision/{COMMIT}", b"{}")
    hub.server.misbehave(
        f"/api/datasets/agkphysics/AudioSet/revision/{COMMIT}",
        Misbehaviour("status", status=status),
        always=True,
    )
    with pytest.raises(SourceStopped, match="HF_TOKEN"):
        source_of(hub, tmp_path, revision=COMMIT).fetch(ASKED[0])


@pytest.mark.parametrize("status", [407, 511])
@pytest.mark.parametrize("place", ["hub", "file"])
def test_a_refusal_of_a_proxy_stops_and_names_it(hub, tmp_path, status, place):
    revision = f"/api/datasets/agkphysics/AudioSet/revision/{COMMIT}"
    if place == "hub":
        hub.server.serve(revision, b"{}")
    path = revision if place == "hub" else hub.path_of(FILES[0])
    hub.server.misbehave(path, Misbehaviour("status", status=status), always=True)
    with pytest.raises(SourceStopped, match=rf"HTTP {status}.*HTTPS_PROXY"):
        source_of(hub, tmp_path, revision=COMMIT).fetch(ASKED[0])


@pytest.mark.parametrize("place", ["hub", "file"])
def test_a_page_of_the_network_itself_stops_with_its_words(hub, tmp_path, place):
    page = Misbehaviour("html", text="Welcome to Hotel Wi-Fi. Please log in.")
    revision = f"/api/datasets/agkphysics/AudioSet/revision/{huggingface.REVISION}"
    hub.server.serve(revision, b"{}")
    hub.server.misbehave(revision if place == "hub" else "", page, always=True)
    if place == "file":
        hub.server.served.pop(revision)
        hub.server.misbehave(hub.path_of(FILES[0]), page, always=True)
    with pytest.raises(SourceStopped, match=r"Hotel Wi-Fi\. Please log in"):
        source_of(hub, tmp_path).fetch(ASKED[0])


@pytest.mark.parametrize("place", ["hub", "file"])
@pytest.mark.parametrize(
    "fault",
    [Misbehaviour("html"), *(Misbehaviour("status", status=s) for s in (400, 405, 418, 423, 431))],
    ids=lambda fault: f"{fault.kind}{fault.status}",
)
def test_an_answer_that_nobody_knows_passes(hub, tmp_path, fault, place):
    revision = f"/api/datasets/agkphysics/AudioSet/revision/{COMMIT}"
    if place == "hub":
        hub.server.serve(
            revision, b'{"id": "agkphysics/AudioSet", "sha": "' + COMMIT.encode() + b'"}'
        )
    path = revision if place == "hub" else hub.path_of(FILES[0])
    hub.server.misbehave(path, *[fault] * 9, always=True)
    source = source_of(hub, tmp_path, revision=COMMIT)
    with pytest.raises(ClipUnavailable) as caught:
        source.fetch(ASKED[0])
    assert (caught.value.status, caught.value.passing) == ("network", True)
    assert not caught.value.settles
    hub.server.behave(path)
    check(source.fetch(ASKED[0]), 0)


def test_a_hub_that_is_not_there_is_named_within_seconds(tmp_path):
    with HostileServer() as server:
        gone = HostileHub(server)
    begin_s = time.monotonic()
    with pytest.raises(SourceStopped, match=rf"127\.0\.0\.1 \(port {server.port}\) cannot be"):
        source_of(gone, tmp_path).fetch(ASKED[0])
    assert time.monotonic() - begin_s < 8


PASSING = [
    Misbehaviour("status", status=429, retry_after="2"),
    Misbehaviour("status", status=500),
    Misbehaviour("status", status=503),
    Misbehaviour("stall", seconds=2),
    Misbehaviour("cut"),
    Misbehaviour("closed"),
    Misbehaviour("hang_up"),
    Misbehaviour("length_too_short"),
]


@pytest.mark.parametrize("fault", PASSING, ids=lambda fault: f"{fault.kind}{fault.status}")
def test_a_passing_fault_is_told_and_the_next_try_succeeds(hub, tmp_path, fault):
    source = source_of(hub, tmp_path)
    source.fetch(ASKED[19])
    hub.server.misbehave(hub.path_of(FILES[0]), fault)
    with pytest.raises(ClipUnavailable) as caught:
        source.fetch(ASKED[0])
    assert (caught.value.status, caught.value.passing) == ("network", True)
    assert caught.value.retry_after_s == (2.0 if fault.retry_after else None)
    check(source.fetch(ASKED[0]), 0)


def test_a_shard_through_faults_has_every_clip_once_and_leaves_nothing_behind(hub, tmp_path):
    for file in FILES:
        hub.server.misbehave(
            hub.path_of(file),
            Misbehaviour("status", status=500),
            *[Misbehaviour("slow", seconds=0)] * 3,
            Misbehaviour("cut"),
            Misbehaviour("html"),
            Misbehaviour("closed"),
        )
    source = source_of(hub, tmp_path)
    assert isinstance(source, ReadsAhead)
    fetch_shard(
        [*ASKED, asked_clip(99)],
        [source],
        tmp_path / "0.parquet",
        ClipCache(tmp_path / "cache", ["huggingface"]),
        backoff=Backoff(attempts=8, first_delay_s=0.01, longest_delay_s=0.1),
    )
    table = pyarrow.parquet.read_table(tmp_path / "0.parquet").to_pylist()
    assert [row["status"] for row in table] == ["ok"] * 20 + ["missing"]
    assert [row["clip_id"] for row in table] == [c.clip_id for c in [*ASKED, asked_clip(99)]]
    for number, row in enumerate(table[:20]):
        samples = waveforms.decode_flac(row["flac"]) / 32_768
        assert tone_media.heard_recording(samples, 22_050) == number
    assert not list(tmp_path.rglob("*.clip"))


def test_jobs_side_by_side_read_each_row_group_once(hub, tmp_path):
    sources = [source_of(hub, tmp_path) for _ in range(4)]
    found = {}

    def fetch(source, numbers):
        for number in numbers:
            found[number] = source.fetch(ASKED[number])

    threads = [threading.Thread(target=fetch, args=(sources[n], range(n, 20, 4))) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for number, row in found.items():
        check(row, number)
    assert len(found) == 20
    opened = [r for r in hub.server.requests if r.range and re.match(r"bytes=0-", r.range)]
    # Each file once for its ids, each of its two row groups once for its sound.
    assert len(opened) <= 2 * (1 + 2) + 2 * 2
