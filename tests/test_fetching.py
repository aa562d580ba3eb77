"""Fetching a shard: every clip once, whatever happens in between, and an exact account."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import numpy
import pyarrow.parquet
import pytest
import tone_media
from hostile_server import HostileServer, Misbehaviour

from science.sound import waveforms
from sources.fetching.clip_cache import PASSING_STATUSES, ClipCache
from sources.fetching.retrying import Backoff
from sources.fetching.shards import FetchIncomplete, fetch_shard, refetch_shard
from sources.interface import ClipSource, ClipUnavailable, SourceStopped
from storage.clips import STATUSES, AskedClip, ClipRow, ClipShardError

QUICK = Backoff(attempts=3, first_delay_s=0.0, longest_delay_s=0.0)
FLAC = waveforms.encode_flac((numpy.arange(2_205) % 99).astype(numpy.int16))


def clips(number):
    return [
        AskedClip(f"clip{n:04d}_0.000", f"clip{n:04d}", 0.0, 10.0, ("/m/1",)) for n in range(number)
    ]


class ScriptedSource:
    """A source that answers from a table: a list of answers for each clip, the last one stays."""

    def __init__(self, name, answers=None, default="ok"):
        self.name = name
        self.answers = dict(answers or {})
        self.default = default
        self.asked = []
        self.lock = threading.Lock()

    def fetch(self, asked):
        with self.lock:
            self.asked.append(asked.clip_id)
            script = self.answers.get(asked.clip_id, [self.default])
            answer = script.pop(0) if len(script) > 1 else script[0]
        if isinstance(answer, Exception):
            raise answer
        if answer == "ok":
            return ClipRow.found(asked, self.name, FLAC)
        raise ClipUnavailable(answer, f"said {answer}", passing=answer in PASSING_STATUSES)


def fetch(asked, sources, folder, **how):
    cache = ClipCache(folder / "cache", [source.name for source in sources])
    how = {"backoff": QUICK, "threads": 4} | how
    return fetch_shard(asked, sources, folder / "00.parquet", cache, **how)


def rows_of(path):
    rows = pyarrow.parquet.read_table(path).to_pylist()
    assert len({row["clip_id"] for row in rows}) == len(rows)
    return {row["clip_id"]: row for row in rows}


def statuses_of(path):
    return {clip_id: row["status"] for clip_id, row in rows_of(path).items()}


def counts_of(folder):
    return Counter(statuses_of(folder / "00.parquet").values())


def test_a_scripted_source_is_a_source():
    assert isinstance(ScriptedSource("a"), ClipSource)


def test_the_first_source_that_has_a_clip_wins_and_the_row_says_which(tmp_path):
    first = ScriptedSource("folder", {"clip0001_0.000": ["missing"], "clip0002_0.000": ["decode"]})
    second = ScriptedSource("youtube", {"clip0002_0.000": ["private"]})
    assert fetch(clips(4), [first, second], tmp_path) == 4
    rows = rows_of(tmp_path / "00.parquet")
    assert [row["source"] for row in rows.values()] == ["folder", "youtube", "youtube", "folder"]
    assert rows["clip0002_0.000"]["status"] == "private"
    assert rows["clip0002_0.000"]["detail"] == "folder: said decode; youtube: said private"
    assert rows["clip0002_0.000"]["flac"] is None
    assert counts_of(tmp_path) == {"ok": 3, "private": 1}
    assert Counter(second.asked) == {"clip0001_0.000": 1, "clip0002_0.000": 1}


def test_passing_faults_are_retried_and_final_ones_are_not(tmp_path):
    source = ScriptedSource(
        "a", {"clip0000_0.000": ["network", "network", "ok"], "clip0001_0.000": ["removed"]}
    )
    fetch(clips(2), [source], tmp_path)
    assert Counter(source.asked) == {"clip0000_0.000": 3, "clip0001_0.000": 1}
    assert statuses_of(tmp_path / "00.parquet") == {
        "clip0000_0.000": "ok",
        "clip0001_0.000": "removed",
    }


def test_a_lasting_passing_fault_fails_the_job_and_a_rerun_asks_only_for_it(tmp_path):
    script = {
        "clip0003_0.000": ["network"],
        "clip0004_0.000": ["network"],
        "clip0005_0.000": ["rate_limited"],
    }
    source = ScriptedSource("a", {**script, "clip0006_0.000": ["private"]})
    with pytest.raises(FetchIncomplete, match=r"3 of 20 clips.*network \(2.*accept_missing.*0\.15"):
        fetch(clips(20), [source], tmp_path)
    assert not (tmp_path / "00.parquet").exists()
    again = ScriptedSource("a")
    assert fetch(clips(20), [again], tmp_path) == 3
    assert sorted(again.asked) == sorted(script)
    assert counts_of(tmp_path) == {"ok": 19, "private": 1}


def test_a_share_of_passing_faults_can_be_accepted(tmp_path):
    source = ScriptedSource("a", {"clip0003_0.000": ["network"]})
    fetch(clips(20), [source], tmp_path, accept_missing=0.05)
    assert counts_of(tmp_path) == {"ok": 19, "network": 1}


def test_a_passing_fault_of_one_source_is_bridged_by_the_next(tmp_path):
    down = ScriptedSource("mirror", default="network")
    fetch(clips(3), [down, ScriptedSource("b")], tmp_path)
    assert {row["source"] for row in rows_of(tmp_path / "00.parquet").values()} == {"b"}


def test_a_garbled_file_is_asked_for_again_and_then_final(tmp_path):
    garbled = ClipUnavailable("decode", "noise", passing=True, settles=True)
    source = ScriptedSource("a", {"clip0000_0.000": [garbled], "clip0001_0.000": [garbled, "ok"]})
    fetch(clips(2), [source], tmp_path, backoff=Backoff(attempts=5, first_delay_s=0))
    assert counts_of(tmp_path) == {"ok": 1, "decode": 1}
    assert Counter(source.asked) == {"clip0000_0.000": 3, "clip0001_0.000": 2}


def test_a_stopped_source_stops_the_job_and_keeps_what_it_has(tmp_path):
    source = ScriptedSource("a", {"clip0010_0.000": [SourceStopped("Give cookies.")]})
    with pytest.raises(SourceStopped, match="cookies"):
        fetch(clips(40), [source], tmp_path, threads=1)
    assert source.asked[-1] == "clip0010_0.000"
    again = ScriptedSource("a")
    fetch(clips(40), [again], tmp_path)
    assert sorted([*again.asked, *source.asked[:-1]]) == [clip.clip_id for clip in clips(40)]


def test_a_mistake_in_a_source_is_not_taken_for_a_missing_clip(tmp_path):
    source = ScriptedSource("a", {"clip0001_0.000": [KeyError("typo")]})
    with pytest.raises(KeyError):
        fetch(clips(3), [source], tmp_path)
    assert not (tmp_path / "00.parquet").exists()


def test_one_clips_long_wait_does_not_hold_up_the_others(tmp_path):
    slow = ClipUnavailable("rate_limited", "429", passing=True, retry_after_s=0.8)
    source = ScriptedSource("a", {"clip0000_0.000": [slow, "ok"]})
    answered = []
    fetch(
        clips(30), [source], tmp_path, threads=1, progress=lambda row: answered.append(row.clip_id)
    )
    assert answered[-1] == "clip0000_0.000"
    assert len(answered) == 30


def test_a_removed_shard_costs_no_second_download(tmp_path):
    fetch(clips(20), [ScriptedSource("a", {"clip0003_0.000": ["private"]})], tmp_path)
    before = rows_of(tmp_path / "00.parquet")
    (tmp_path / "00.parquet").unlink()
    silent = ScriptedSource("a")
    assert fetch(clips(20), [silent], tmp_path) == 0
    assert silent.asked == []
    assert rows_of(tmp_path / "00.parquet") == before


def test_another_number_of_shards_costs_no_second_download(tmp_path):
    cache = ClipCache(tmp_path / "cache", ["a"])
    for shard in range(3):
        part = clips(30)[shard::3]
        fetch_shard(part, [ScriptedSource("a")], tmp_path / f"{shard}.parquet", cache)
    silent = ScriptedSource("a")
    fetch_shard(clips(30)[:17], [silent], tmp_path / "half.parquet", cache)
    assert silent.asked == []
    assert len(rows_of(tmp_path / "half.parquet")) == 17


def test_a_source_added_later_is_asked_for_what_is_missing(tmp_path):
    fetch(clips(9), [ScriptedSource("a", {"clip0003_0.000": ["private"]})], tmp_path)
    added = ScriptedSource("b")
    fetch(clips(9), [ScriptedSource("a", default="missing"), added], tmp_path)
    assert added.asked == ["clip0003_0.000"]
    assert rows_of(tmp_path / "00.parquet")["clip0003_0.000"]["source"] == "b"


def test_refetching_replaces_only_what_was_missing(tmp_path):
    asked = clips(20)
    script = {
        "clip0003_0.000": ["private"],
        "clip0007_0.000": ["removed"],
        "clip0009_0.000": ["network"],
    }
    fetch(asked, [ScriptedSource("a", script)], tmp_path, accept_missing=0.1)
    before = rows_of(tmp_path / "00.parquet")
    cache = ClipCache(tmp_path / "cache", ["a"])
    again = ScriptedSource("a", {"clip0007_0.000": ["removed"]})
    won = refetch_shard(asked, [again], tmp_path / "00.parquet", cache, backoff=QUICK)
    after = rows_of(tmp_path / "00.parquet")
    assert won == 2
    assert sorted(again.asked) == sorted(script)
    assert {i for i in after if after[i] != before[i]} == {"clip0003_0.000", "clip0009_0.000"}
    assert after["clip0007_0.000"]["status"] == "removed"


@pytest.mark.parametrize("lost_by", ["other seconds", "damage"])
def test_refetching_never_writes_a_clip_as_found_without_its_sound(tmp_path, lost_by):
    asked, shard = clips(20), tmp_path / "00.parquet"
    fetch(asked, [ScriptedSource("a", {"clip0003_0.000": ["private"]})], tmp_path)
    if lost_by == "other seconds":
        asked[5] = replace(asked[5], end_s=12.0)
    else:
        whole = shard.read_bytes()
        place = whole.index(FLAC)
        shard.write_bytes(whole[:place] + bytes(len(FLAC)) + whole[place + len(FLAC) :])
    before = shard.read_bytes()
    cache = ClipCache(tmp_path / "cache", ["a"])
    with pytest.raises(ClipShardError, match=r"00\.parquet is damaged, or .* such as clip.*Delete"):
        refetch_shard(asked, [ScriptedSource("a")], shard, cache, backoff=QUICK)
    assert shard.read_bytes() == before
    shard.unlink()
    again = ScriptedSource("a")
    fetch(asked, [again], tmp_path)
    assert counts_of(tmp_path) == {"ok": 20}
    assert all(row["flac"] == FLAC for row in rows_of(shard).values())
    assert "clip0003_0.000" not in again.asked, "what was won before the refusal is kept"


def test_refetching_asks_again_for_every_missing_clip_whatever_its_status(tmp_path):
    """An older version may have called final what passes."""
    statuses = [status for status in STATUSES if status != "ok"]
    asked = clips(len(statuses) + 1)
    script = {clip.clip_id: [status] for clip, status in zip(asked, statuses, strict=False)}
    fetch(asked, [ScriptedSource("a", script)], tmp_path, accept_missing=1.0)
    assert set(statuses_of(tmp_path / "00.parquet").values()) == set(STATUSES)
    again = ScriptedSource("a")
    cache = ClipCache(tmp_path / "cache", ["a"])
    won = refetch_shard(asked, [again], tmp_path / "00.parquet", cache, backoff=QUICK)
    assert (won, sorted(again.asked)) == (len(statuses), sorted(script))
    assert set(statuses_of(tmp_path / "00.parquet").values()) == {"ok"}


@pytest.mark.parametrize("unfinished", [True, False], ids=["unfinished", "shard removed"])
def test_a_no_of_clips_without_a_shard_can_be_dropped_too(tmp_path, unfinished):
    script = {"clip0003_0.000": ["removed"], "clip0004_0.000": ["private"]}
    source = ScriptedSource("a", script | ({"clip0005_0.000": ["network"]} if unfinished else {}))
    cache = ClipCache(tmp_path / "cache", ["a"])
    with suppress(FetchIncomplete):
        fetch(clips(9), [source], tmp_path)
    (tmp_path / "00.parquet").unlink(missing_ok=True)
    with cache.lock("00"):
        assert cache.forget_missing("00", clips(9)) == 0
    assert cache.forget_missing("00", clips(9)) == 2
    again = ScriptedSource("a")
    fetch(clips(9), [again], tmp_path)
    assert counts_of(tmp_path) == {"ok": 9}
    assert set(again.asked) == {call for call in source.asked if call in source.answers}


def test_a_lasting_refusal_or_page_among_good_answers_is_not_taken_for_the_clips_own(tmp_path):
    with HostileServer() as server:
        asked = [plan_of(number)[0] for number in range(4)]
        for number, clip in enumerate(asked):
            kind = KINDS[number % len(KINDS)]
            media = tone_media.media(kind, 0, DURATION_S)
            server.serve(f"/watch/{clip.ytid}", media, tone_media.CONTENT_TYPES[kind])
        faults = (Misbehaviour("status", status=403), Misbehaviour("html"))
        for clip, fault in zip(asked, faults, strict=False):
            server.misbehave(f"/watch/{clip.ytid}", fault, always=True)
        write_clips(tmp_path, asked)
        assert start(tmp_path, server).wait() == 1
        assert "2 of 4 clips could not be fetched for reasons that may pass" in (
            tmp_path / "stderr.txt"
        ).read_text(encoding="utf-8")
        for clip in asked:
            server.behave(f"/watch/{clip.ytid}")
        assert start(tmp_path, server).wait() == 0
    assert set(statuses_of(tmp_path / "shard.parquet").values()) == {"ok"}


def test_refetching_in_vain_leaves_the_file_alone(tmp_path):
    asked = clips(9)
    fetch(asked, [ScriptedSource("a", {"clip0003_0.000": ["private"]})], tmp_path)
    before = (tmp_path / "00.parquet").stat()
    for answer in ("private", "network"):
        source = ScriptedSource("a", {"clip0003_0.000": [answer]})
        cache = ClipCache(tmp_path / "cache", ["a"])
        assert refetch_shard(asked, [source], tmp_path / "00.parquet", cache, backoff=QUICK) == 0
    after = (tmp_path / "00.parquet").stat()
    assert (after.st_ino, after.st_mtime_ns) == (before.st_ino, before.st_mtime_ns)


def test_a_spoilt_file_in_the_cache_is_asked_for_again(tmp_path):
    cache = ClipCache(tmp_path / "cache", ["a"])
    clip = clips(1)[0]
    cache.put(ClipRow.found(clip, "a", FLAC))
    assert cache.get(clip).flac == FLAC
    (path,) = (tmp_path / "cache").glob("*/*.clip")
    path.write_bytes(b"\0" * 100)
    assert cache.get(clip) is None


def test_ids_that_differ_by_case_or_hold_odd_characters_stay_apart(tmp_path):
    cache = ClipCache(tmp_path / "cache", ["a"])
    names = ["aBc", "abc", "-x/../y", "ü" * 90, "ü" * 91]
    for number, name in enumerate(names):
        clip = AskedClip(f"{name}_0.000", name, 0.0, 10.0, ())
        cache.put(ClipRow.found(clip, "a", FLAC, str(number)))
    paths = [path.name.lower() for path in (tmp_path / "cache").glob("*/*.clip")]
    assert len(set(paths)) == len(names)
    for number, name in enumerate(names):
        assert cache.get(AskedClip(f"{name}_0.000", name, 0.0, 10.0, ())).detail == str(number)


KINDS = tuple(tone_media.CONTENT_TYPES)
DURATION_S = 26.0
# A fault that comes and goes, or stays; and what becomes of the clip.
GOES = [
    "stall",
    "cut",
    "closed",
    "hang_up",
    "truncated",
    "html",
    "length_too_long",
    "length_too_short",
]
STAYS = {
    "404": (Misbehaviour("status", status=404), {"removed"}),
    "410": (Misbehaviour("status", status=410), {"removed"}),
    "truncated": (
        Misbehaviour("truncated", share=0.2),
        {"truncated", "decode", "not_audio", "too_short"},
    ),
}


def plan_of(number):
    """Return a clip of the great test: what is asked, what is served, what should come of it."""
    ytid = f"video{number:06d}"
    start_s = 23.0 if number % 20 == 19 else float(number * 7 % 16)
    kind, recording = KINDS[number % len(KINDS)], number // len(KINDS) % 2
    fates = [None, "429", "500", *GOES, *STAYS, "short"]
    fate = "short" if start_s == 23.0 else fates[number % (len(fates) - 1)]
    asked = AskedClip(
        f"{ytid}_{start_s:.3f}", ytid, start_s, start_s + 10, ("/m/04rlf", "/m/09x0r")
    )
    expected = {"short": {"too_short"}}.get(fate) or (STAYS[fate][1] if fate in STAYS else {"ok"})
    return asked, kind, recording, fate, expected


def arrange(server, number):
    asked, kind, recording, fate, _ = plan_of(number)
    path = f"/watch/{asked.ytid}"
    media = tone_media.media(kind, recording, DURATION_S)
    server.serve(path, media, tone_media.CONTENT_TYPES[kind], ranges=number % 3 != 0)
    first_answer_is_fine = Misbehaviour("slow", seconds=0)
    if fate in STAYS:
        server.misbehave(path, STAYS[fate][0], always=True)
    elif fate == "429":
        server.misbehave(path, Misbehaviour("status", status=429, retry_after="0.3"))
    elif fate == "500":
        server.misbehave(path, *[Misbehaviour("status", status=500)] * 3)
    elif fate in GOES:
        server.misbehave(path, first_answer_is_fine, Misbehaviour(fate, seconds=3, share=0.2))


def start(folder, server, accept_missing=0.0):
    child = Path(__file__).with_name("fetching_child.py")
    url = server.url("/watch/{ytid}")
    arguments = [str(folder), url, str(folder / "clips.json"), str(accept_missing)]
    return subprocess.Popen(
        [sys.executable, str(child), *arguments],
        stdout=subprocess.PIPE,
        stderr=(folder / "stderr.txt").open("w"),
        text=True,
        encoding="utf-8",
    )


def write_clips(folder, asked):
    fields = [[c.clip_id, c.ytid, c.start_s, c.end_s, c.labels] for c in asked]
    (folder / "clips.json").write_text(json.dumps(fields), encoding="utf-8")


@pytest.mark.timeout(240)
def test_160_clips_through_every_fault_with_kills_in_between(tmp_path):
    plans = [plan_of(number) for number in range(160)]
    write_clips(tmp_path, [plan[0] for plan in plans])
    generator = random.Random(7)
    with HostileServer() as server:
        for number in range(len(plans)):
            arrange(server, number)
        kills = 0
        while kills < 6:
            done = len(server.requests)
            child = start(tmp_path, server)
            while child.poll() is None and len(server.requests) < done + 20:
                time.sleep(0.02)
            time.sleep(generator.uniform(0.0, 0.5))
            if child.poll() is not None:
                break
            os.kill(child.pid, signal.SIGKILL)
            child.wait()
            kills += 1
            assert not (tmp_path / "shard.parquet").exists()
        assert kills == 6
        child = start(tmp_path, server)
        output, _ = child.communicate(timeout=200)
        assert child.returncode == 0, (tmp_path / "stderr.txt").read_text(encoding="utf-8")[-2_000:]
        assert int(output) < len(plans)
        check_rows(tmp_path / "shard.parquet", plans)
        check_nothing_half_written(tmp_path)
        requests = len(server.requests)
        (tmp_path / "shard.parquet").unlink()
        assert start(tmp_path, server).wait() == 0
        assert len(server.requests) == requests
        check_rows(tmp_path / "shard.parquet", plans)


def check_rows(shard, plans):
    rows = rows_of(shard)
    assert set(rows) == {plan[0].clip_id for plan in plans}
    for asked, _, recording, fate, expected in plans:
        row = rows[asked.clip_id]
        assert row["status"] in expected, (fate, row["status"], row["detail"])
        assert (row["start_s"], row["end_s"]) == (asked.start_s, asked.end_s)
        assert tuple(row["labels"]) == asked.labels
        if row["status"] != "ok":
            assert row["detail"]
            continue
        samples = waveforms.decode_flac(row["flac"]) / 32_768
        assert len(samples) == 220_500
        first = int(asked.start_s)
        assert tone_media.heard_seconds(samples, 22_050) == list(range(first, first + 10))
        assert tone_media.heard_recording(samples, 22_050) == recording


def check_nothing_half_written(folder):
    for path in folder.rglob("*.parquet"):
        pyarrow.parquet.ParquetFile(path).close()
    # The clips' own files are gone once their shard is there; what a kill left is not under a name
    # that anybody reads.
    leftovers = [path for path in folder.rglob("*.clip") if not path.name.startswith(".partial-")]
    assert leftovers == []


@pytest.mark.timeout(120)
def test_two_workflows_on_one_folder_fetch_each_clip_once(tmp_path):
    plans = [plan_of(number) for number in range(0, 320, 18)]
    write_clips(tmp_path, [plan[0] for plan in plans])
    with HostileServer() as server:
        for plan in plans:
            asked, kind, recording, *_ = plan
            media = tone_media.media(kind, recording, DURATION_S)
            server.serve(
                f"/watch/{asked.ytid}", media, tone_media.CONTENT_TYPES[kind], ranges=False
            )
        both = [start(tmp_path, server), start(tmp_path, server)]
        fetched = [int(child.communicate(timeout=60)[0]) for child in both]
        assert sorted(fetched) == [0, len(plans)]
        # yt-dlp asks once to look at an address, and once for the sound.
        assert max(Counter(r.path for r in server.requests).values()) == 2
    assert len(rows_of(tmp_path / "shard.parquet")) == len(plans)


@pytest.mark.parametrize("synced", [True, False])
def test_an_answer_is_synced_before_it_has_its_name_and_the_name_before_the_next(
    tmp_path, monkeypatch, synced
):
    """What a power cut may undo is only what was done after the last sync."""
    clip = AskedClip("abc_0.000", "abc", 0.0, 10.0, ())
    row = ClipRow.found(clip, "a", bytes(range(256)) * 100)
    done = []
    fsync, rename = os.fsync, os.replace

    def noted_fsync(descriptor):
        path = Path(os.readlink(f"/proc/self/fd/{descriptor}"))
        done.append("folder" if path.is_dir() else f"{path.stat().st_size} bytes")
        fsync(descriptor)

    def noted_rename(source, target):
        done.append("rename")
        rename(source, target)

    monkeypatch.setattr(os, "fsync", noted_fsync)
    monkeypatch.setattr(os, "replace", noted_rename)
    cache = ClipCache(tmp_path / "cache", ["a"], synced=synced)
    cache.put(row)
    (file,) = (tmp_path / "cache").rglob("*.clip")
    whole = f"{file.stat().st_size} bytes"
    assert done == ([whole, "rename", "folder"] if synced else ["rename"])
    assert cache.get(clip) == row
    other = ClipCache(tmp_path / "other", ["a"])
    done.clear()
    assert cache.hand_over(row, other)
    assert [what for what in done if what != "rename"] == [whole, "folder"]
    assert other.get(clip) == row
    assert cache.get(clip) is None
