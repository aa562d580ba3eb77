"""A shard from sources on this machine's disk: read once in order, and nothing kept beside it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from sources.fetching.clip_asking import Asking
from sources.interface import ClipSource, ClipUnavailable
from storage.clips import AskedClip, ClipRow, write_clip_shard


def read_shard(
    asked: Sequence[AskedClip],
    sources: Sequence[ClipSource],
    shard: Path,
    progress: Callable[[ClipRow], None] = lambda row: None,
) -> None:
    """Write a shard with a row for every clip asked for.

    Unlike `fetching.fetch_shard` this keeps no answers: what is on the disk can be read again, and
    a file that its owner has repaired since is to be read again.

    Args:
        asked: The shard's clips.
        sources: Whom to ask, the preferred one first; none of them may need a second try.
        shard: The Parquet file to write.
        progress: Is given each row as it is read.

    Raises:
        SourceStopped: A source cannot be read until a person acts.
    """

    def rows() -> Iterator[ClipRow]:
        for clip in asked:
            row = _read(clip, sources)
            progress(row)
            yield row

    write_clip_shard(shard, rows())


def _read(clip: AskedClip, sources: Sequence[ClipSource]) -> ClipRow:
    asking = Asking(clip)
    for place, source in enumerate(sources):
        try:
            return source.fetch(clip)
        except ClipUnavailable as unavailable:
            asking.answers[place] = unavailable
    return asking.missing_row(sources)
