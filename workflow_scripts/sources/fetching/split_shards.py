"""One shard of a corpus' split: read at once from this machine's disk, or fetched and kept."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from sources.by_name import CorpusSplit
from sources.fetching.reading import read_shard
from sources.fetching.shards import fetch_shard
from storage.clips import AskedClip, ClipRow


def make_shard(
    split: CorpusSplit,
    everything: Sequence[AskedClip],
    asked: Sequence[AskedClip],
    shard: Path,
    number: int,
    progress: Callable[[ClipRow], None],
) -> None:
    """Write a shard with a row for every clip asked for.

    Args:
        split: where its clips come from.
        everything: the clips of the whole split; the mirror reads ahead, and a folder or archive
            that has none of them is refused.
        asked: those of the shard.
        shard: the Parquet file to write.
        number: the shard's, for the order of asking and the jitter of the waits.
        progress: is given each row as it is there; called from several threads.

    Raises:
        FetchIncomplete: too many clips are missing for reasons that may pass.
        SourceStopped: a source cannot be asked until a person acts.
        FileNotFoundError: the folder of recordings or a part of an archive is not there.
        ValueError: all clips should be in a folder of recordings or an archive, and none is.
    """
    if split.on_disk:
        sources = split.make_sources(everything, list)
        if everything and len(sources) == 1:
            sources[0].expect_one_of(everything)
        read_shard(asked, sources, shard, progress)
        return
    cache = split.cache()

    def wanted() -> list[AskedClip]:
        kept = cache.kept_ids(everything)
        return [clip for clip in everything if clip.clip_id not in kept]

    fetch_shard(
        asked,
        split.make_sources(everything, wanted),
        shard,
        cache,
        threads=split.fetch["threads"],
        backoff=split.backoff(),
        accept_missing=split.fetch["accept_missing"],
        seed=number,
        progress=progress,
    )
