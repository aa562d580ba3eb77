"""Sort every clip into pure, mixed or none for one category."""

import logging
from collections.abc import Iterable, Sequence
from pathlib import Path

from plumbing.job import logged
from science.corpus.audioset import purity
from storage.corpus_tables import read_corpus_tables
from storage.tables import read_table, write_table


def main(
    clips: Path, tables: Iterable[Path], category: str, classes: Sequence, output: Path
) -> None:
    """Write clip_id, split and kind (pure, mixed or none)."""
    table = read_table(clips, ["clip_id", "split", "labels"])
    members = read_corpus_tables(tables).resolve(classes, f"categories.{category}")
    table["kind"] = purity(table.pop("labels").tolist(), members)
    logging.info("%s", table.groupby("split")["kind"].value_counts().to_string())
    write_table(output, table)


if __name__ == "__main__":
    with logged(snakemake):
        main(
            clips=Path(snakemake.input.clips),
            tables=snakemake.input.tables,
            category=snakemake.wildcards.category,
            classes=snakemake.params.classes,
            output=Path(snakemake.output[0]),
        )
