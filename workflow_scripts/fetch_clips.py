"""Fetch one shard of clips from the first source that has each; what is kept is not asked again."""

import logging
import sys
import threading
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tqdm import tqdm

from plumbing.job import logged, paths
from sources.by_name import CorpusSplit
from sources.fetching import fetch_shard
from sources.reading import read_shard
from storage.asked_clips import read_asked_clips
from storage.clip_shards import ClipRow, shard_of

if TYPE_CHECKING:
    from snakemake.iocontainers import Snakemake

    snakemake: Snakemake


def main(
    asked: Path,
    archive: Sequence[Path],
    shard: Path,
    number: int,
    shards: int,
    corpus: Mapping[str, Any],
    fetch: Mapping[str, Any],
) -> None:
    """Write shard `number` out of `shards`, a row for each clip asked for."""
    split = CorpusSplit(
        split=shard.parent.name,
        folder=shard.parent.parent,
        sources=corpus["sources"],
        recordings=Path(corpus["folder"]) if corpus["folder"] else None,
        archive=archive,
        channel=corpus["channel"],
        fetch=fetch,
    )
    everything = read_asked_clips(asked, 0, 1)
    clips = [clip for clip in everything if shard_of(clip.clip_id, shards) == number]
    with Account(len(clips)) as account:
        if split.on_disk:
            read_shard(clips, split.make_sources(list), shard, account.note)
            return
        cache = split.cache()

        def wanted() -> list:
            kept = cache.kept_ids(everything)
            return [clip for clip in everything if clip.clip_id not in kept]

        fetch_shard(
            clips,
            split.make_sources(wanted),
            shard,
            cache,
            threads=fetch["threads"],
            backoff=split.backoff(),
            accept_missing=fetch["accept_missing"],
            seed=number,
            progress=account.note,
        )


class Account:
    """What became of the clips, in the job's log: a line for each that is missing, and the sum."""

    def __init__(self, clips: int) -> None:
        self._bar = tqdm(total=clips, file=sys.stderr, mininterval=10)
        self._statuses: Counter[str] = Counter()
        self._lock = threading.Lock()

    def note(self, row: ClipRow) -> None:
        """Take in one row; called from several threads."""
        with self._lock:
            self._bar.update()
            self._statuses[f"ok from {row.source}" if row.status == "ok" else row.status] += 1
        if row.status != "ok":
            logging.warning("%s: %s (%s)", row.clip_id, row.status, row.detail)

    def __enter__(self) -> "Account":
        """Begin."""
        return self

    def __exit__(self, *_: object) -> None:
        """Log the sum, after a failure too."""
        self._bar.close()
        counts = (f"{number} {status}" for status, number in self._statuses.most_common())
        logging.info(", ".join(counts))


if __name__ == "__main__":
    with logged(snakemake):
        main(
            asked=Path(snakemake.input.asked),
            archive=paths(snakemake.input.archive),
            shard=Path(snakemake.output[0]),
            number=int(snakemake.wildcards.shard),
            shards=snakemake.params.shards,
            corpus=snakemake.params.corpus,
            # Not a parameter: how fast and how patiently to ask is no reason to ask again.
            fetch=snakemake.config["fetch"],
        )
