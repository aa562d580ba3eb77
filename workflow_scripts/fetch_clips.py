"""Fetch one shard of clips from the first source that has each; what is kept is not asked again."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from plumbing.job import logged, paths
from sources.by_name import CorpusSplit
from sources.fetching.account import Account
from sources.fetching.split_shards import make_shard
from storage.corpus_tables import read_asked_clips


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
    everything = read_asked_clips(asked)
    clips = everything.of_shard(number, shards)
    with Account(len(clips)) as account:
        make_shard(split, everything, clips, shard, number, account.note)


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
