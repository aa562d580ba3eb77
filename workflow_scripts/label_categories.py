"""Sort every available clip into pure, mixed or none for each category, and list its labels."""

import logging
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from plumbing.job import logged, paths
from science.audioset import purity
from science.conditions import refuse_without_clips
from storage.corpus_clips import read_corpus_clips
from storage.corpus_tables import read_corpus_tables
from storage.tables import write_table

if TYPE_CHECKING:
    from snakemake.iocontainers import Snakemake

    snakemake: Snakemake


def main(
    shards: Iterable[Path], tables: Iterable[Path], output: Path, categories: Mapping[str, list]
) -> None:
    """Write clip_id, corpus_split, labels and a column per category, sorted by clip_id."""
    corpus = read_corpus_tables(tables)
    clips = read_corpus_clips(shards)
    refuse_without_clips(clips)
    clips = clips[clips["status"] == "ok"].sort_values("clip_id", ignore_index=True)
    table = clips[["clip_id", "corpus_split", "labels"]].copy()
    for name, items in categories.items():
        members = corpus.resolve(items, f"categories.{name}")
        table[name] = purity(clips["labels"].tolist(), members)
        logging.info("%s", table.groupby("corpus_split")[name].value_counts().to_string())
    write_table(output, table)


if __name__ == "__main__":
    with logged(snakemake):
        main(
            shards=paths(snakemake.input.clips),
            tables=paths(snakemake.input.tables),
            output=Path(snakemake.output[0]),
            categories=snakemake.params.categories,
        )
