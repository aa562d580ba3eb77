"""Fetching a shard of clips: each clip once, whatever happens in between, and an exact account.

The order of things keeps the promise through kills and power cuts: an answer is on disk before the
next clip is asked for; the shard is written when every clip has an answer; only then are the
clips' own files dropped. One job at a time works on a shard; another that comes for the same one
waits, and then finds everything there.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from sources.fetching.asking import ask_for_clips
from sources.fetching.clip_cache import ClipCache
from sources.fetching.retrying import Backoff
from sources.interface import ClipSource, ReadsAhead
from storage.clips import (
    AskedClip,
    ClipRow,
    ClipShardError,
    read_clip_table,
    write_clip_shard,
    write_sorted_clip_shard,
)


class FetchIncomplete(Exception):
    """Clips are missing for reasons that may pass; the message says how many and what to do."""


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
) -> int:
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
        seed: for the order of asking and the jitter of the waits.
        progress: is given each row as its answer comes, those of earlier runs first, without sound.

    Returns:
        How many clips were asked for now.

    Raises:
        FetchIncomplete: too many clips are missing for passing reasons; the shard is not written,
            what was fetched is kept, and the next call asks for the others only.
        SourceStopped: a source cannot be asked until a person acts; likewise.
    """
    with cache.lock(shard.stem):
        kept = cache.kept_ids(asked)
        to_ask = [clip for clip in asked if clip.clip_id not in kept and cache.get(clip) is None]
        unanswered: dict[str, ClipRow] = {}
        ahead = {source.name: source for source in sources if isinstance(source, ReadsAhead)}

        def answered(row: ClipRow, passing: bool) -> None:
            if passing:
                unanswered[row.clip_id] = row
            elif not (row.source in ahead and ahead[row.source].hand_over(row, cache)):
                cache.put(row)
            progress(row)

        for row in _known(asked, cache, to_ask):
            progress(row)
        ask_for_clips(
            to_ask, sources, answered, threads=threads, backoff=backoff or Backoff(), seed=seed
        )
        if len(unanswered) > accept_missing * len(asked):
            raise FetchIncomplete(_why_incomplete(unanswered.values(), len(asked)))
        # Where all answers have files of their own, they need not be sorted on the disk first.
        write = write_clip_shard if kept or unanswered else write_sorted_clip_shard
        in_order = sorted(asked, key=lambda clip: clip.clip_id)
        write(shard, _rows(in_order, cache, unanswered))
        cache.keep_shard(shard)
        cache.forget(asked)
        for source in ahead.values():
            source.forget(asked)
        cache.tidy()
        return len(to_ask)


def refetch_shard(
    asked: Sequence[AskedClip],
    sources: Sequence[ClipSource],
    shard: Path,
    cache: ClipCache,
    *,
    threads: int = 8,
    backoff: Backoff | None = None,
    seed: int = 0,
    progress: Callable[[ClipRow], None] = lambda row: None,
) -> int:
    """Ask again for the clips of a finished shard that are missing, and replace only those.

    The file stays untouched where nothing new came, so that nothing after it has to run again.

    Args:
        asked: the shard's clips.
        sources: whom to ask.
        shard: the Parquet file, as `fetch_shard` left it.
        cache: as for `fetch_shard`.
        threads: how many clips are asked for at the same time.
        backoff: how often passing faults are retried, and the waits between.
        seed: for the order of asking and the jitter of the waits.
        progress: is given each row as its answer comes.

    Returns:
        How many clips were won.

    Raises:
        ClipShardError: The shard has not the sound of all other clips any more; it stays as it is.
    """
    with cache.lock(shard.stem):
        missing = _missing_rows(shard, asked)
        lacking = [clip for clip in asked if clip.clip_id in missing]
        # What an earlier call won before it was killed is won; a no is asked for again.
        won = {clip.clip_id for clip in lacking if (row := cache.get(clip)) and row.flac}
        cache.forget(clip for clip in lacking if clip.clip_id not in won)

        def answered(row: ClipRow, passing: bool) -> None:
            if not passing:
                cache.put(row)
            if row.status == "ok":
                won.add(row.clip_id)
            progress(row)

        ask_for_clips(
            [clip for clip in lacking if clip.clip_id not in won],
            sources,
            answered,
            threads=threads,
            backoff=backoff or Backoff(),
            seed=seed,
        )
        if won:
            cache.keep_shard(shard)
            _refuse_lost(shard, [clip for clip in asked if clip.clip_id not in missing], cache)
            write_clip_shard(shard, _rows(asked, cache, missing))
            cache.keep_shard(shard)
        cache.forget(lacking)
        return len(won)


def _known(
    asked: Sequence[AskedClip], cache: ClipCache, to_ask: Sequence[AskedClip]
) -> Iterator[ClipRow]:
    """Yield the rows of clips that earlier runs have answered, without their sound."""
    asking = {clip.clip_id for clip in to_ask}
    for row in _rows([clip for clip in asked if clip.clip_id not in asking], cache, {}):
        yield replace(row, flac=b"") if row.status == "ok" else row


def _rows(
    asked: Iterable[AskedClip], cache: ClipCache, others: Mapping[str, ClipRow]
) -> Iterator[ClipRow]:
    """Yield a row for each clip: fetched now, else kept from before, else one of `others`."""
    rest = []
    for clip in asked:
        row = cache.get(clip)
        if row is None:
            rest.append(clip)
        else:
            yield row
    done = set()
    for row in cache.kept_rows(rest):
        done.add(row.clip_id)
        yield row
    for clip in rest:
        if clip.clip_id not in done:
            yield others[clip.clip_id]


def _missing_rows(shard: Path, asked: Sequence[AskedClip]) -> dict[str, ClipRow]:
    """Return by id the rows of clips that the shard has no sound of, or does not know."""
    columns = ["clip_id", "source", "status", "detail"]
    known = {row.pop("clip_id"): row for row in read_clip_table([shard], columns).to_pylist()}
    unknown = {"source": "", "status": "missing", "detail": "not asked for before"}
    said = ((clip, known.get(clip.clip_id, unknown)) for clip in asked)
    return {
        clip.clip_id: ClipRow.failed(clip, **row) for clip, row in said if row["status"] != "ok"
    }


def _refuse_lost(shard: Path, found: Sequence[AskedClip], cache: ClipCache) -> None:
    """Refuse to rewrite a shard where that would lose sound that it had."""
    if lost := {clip.clip_id for clip in found} - cache.kept_ids(found):
        raise ClipShardError(
            f"{shard} is damaged, or the segments table was edited after it was made: it has no "
            f"sound for {len(lost)} clips that it calls ok, such as {min(lost)}. Delete it and run "
            f"the workflow again: only what is not kept is asked for."
        )


def _why_incomplete(rows: Collection[ClipRow], asked: int) -> str:
    (status, count), *_ = Counter(row.status for row in rows).most_common()
    example = next(row.detail for row in rows if row.status == status)
    # Rounded up, so that the number named is one that suffices.
    enough = math.ceil(1e4 * len(rows) / asked) / 1e4
    return (
        f"{len(rows)} of {asked} clips could not be fetched for reasons that may pass, most often "
        f"{status} ({count} of them; for example: {example}). What was fetched is kept. Run again "
        f"to ask for these {len(rows)} only, or set fetch.accept_missing to "
        f"{enough:g}{' or more' if enough < 1 else ''} to go on without them."
    )
