"""Fetching a shard of clips: each clip once, whatever happens in between, and an exact account.

The order of things keeps the promise through kills and power cuts: an answer is on disk before the
next clip is asked for; the shard is written when every clip has an answer; only then are the
clips' own files dropped. One job at a time works on a shard; another that comes for the same one
waits, and then finds everything there.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from sources.asking import ask_for_clips
from sources.clip_cache import ClipCache
from sources.interface import ClipSource
from sources.retrying import Backoff
from storage.clip_shards import AskedClip, ClipRow, read_clip_table, write_clip_shard


class FetchIncomplete(Exception):
    """Clips are missing for reasons that may pass; the message says how many and what to do."""


@dataclass(frozen=True)
class FetchAccount:
    """What a shard holds.

    Attributes:
        asked: how many clips were asked for.
        ok: how many are there.
        missing: how many are not, by status.
        fetched: how many were asked of a source in this run.
    """

    asked: int
    ok: int
    missing: dict[str, int]
    fetched: int


def fetch_shard(
    asked: Sequence[AskedClip],
    sources: Sequence[ClipSource],
    shard: Path,
    cache: ClipCache,
    *,
    threads: int = 8,
    backoff: Backoff | None = None,
    accept_missing: float = 0.0,
    seed: int = 0,
    progress: Callable[[ClipRow], None] = lambda row: None,
) -> FetchAccount:
    """Write a shard with a row for every clip asked for.

    Args:
        asked: the shard's clips.
        sources: whom to ask, the preferred one first.
        shard: the Parquet file to write.
        cache: what has been fetched before, by this run or another.
        threads: how many clips are asked for at the same time.
        backoff: how often passing faults are retried, and the waits between.
        accept_missing: the largest share of the shard's clips that may be missing for reasons that
            may pass. Clips that are missing for good do not count.
        seed: for the jitter of the waits.
        progress: is given each row as its answer comes, those of earlier runs first, without sound.

    Raises:
        FetchIncomplete: too many clips are missing for passing reasons; the shard is not written,
            what was fetched is kept, and the next call asks for the others only.
        SourceStopped: a source cannot be asked until a person acts; likewise.
    """
    with cache.lock(shard.stem):
        return _fetch(
            asked, sources, shard, cache, threads, backoff, accept_missing, seed, progress
        )


def refetch_shard(
    asked: Sequence[AskedClip],
    sources: Sequence[ClipSource],
    shard: Path,
    cache: ClipCache,
    **how: object,
) -> int:
    """Ask again for the clips of a finished shard that are missing, and replace only those.

    The file stays untouched where nothing new came, so that nothing after it has to run again.

    Args:
        asked: the shard's clips.
        sources: whom to ask.
        shard: the Parquet file, as `fetch_shard` left it.
        cache: as for `fetch_shard`.
        how: `threads`, `backoff`, `seed` and `progress` of `fetch_shard`.

    Returns:
        How many clips were won.
    """
    with cache.lock(shard.stem):
        table = read_clip_table([shard], ["clip_id", "status"])
        here = dict(zip(*(table[name].to_pylist() for name in table.column_names), strict=True))
        lacking = [clip for clip in asked if here.get(clip.clip_id, "missing") != "ok"]
        cache.forget(lacking)
        won: set[str] = set()
        backoff = how.pop("backoff", None) or Backoff()
        threads = how.pop("threads", 8)
        progress = how.pop("progress", lambda row: None)

        def answered(row: ClipRow, passing: bool) -> None:
            if row.status == "ok":
                cache.put(row)
                won.add(row.clip_id)
            progress(row)

        ask_for_clips(
            lacking, sources, answered, threads=threads, backoff=backoff, seed=how.pop("seed", 0)
        )
        if won:
            cache.keep_shard(shard)
            write_clip_shard(shard, _rows(asked, cache, Spare(shard, won)))
            cache.keep_shard(shard)
            cache.forget(lacking)
        return len(won)
