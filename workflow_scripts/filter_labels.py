"""Choose the clips and labels that one condition is trained on, and count what was left out."""

import logging
from collections.abc import Iterable, Mapping
from pathlib import Path

import pyarrow as pa

from plumbing.job import logged, paths
from science.corpus.conditions import Condition, count_left_out, label_condition, refuse_too_small
from storage.corpus_tables import read_corpus_tables, read_excluded_clips
from storage.labels import read_corpus_clips
from storage.tables import read_table, write_table

LABELS = pa.schema(
    [
        ("clip_id", pa.string()),
        ("split", pa.string()),
        ("targets", pa.list_(pa.string())),
        ("left_out", pa.string()),
    ]
)


def main(
    shards: Iterable[Path],
    clips: Path,
    tables: Iterable[Path],
    excluded_clips: Path | None,
    labels: Path,
    left_out: Path,
    name: str,
    condition: Mapping,
    seed: int,
    trains: bool,
) -> None:
    """Filter and label all clips of the corpus for the condition `name`.

    `clips` says which of them validate, `excluded_clips` which are left out by hand (None for a
    condition that takes all).
    """
    corpus = read_corpus_tables(tables)
    excluded = read_excluded_clips(excluded_clips) if excluded_clips else frozenset()
    if condition["exclude_listed_clips"] and not excluded:
        logging.warning(
            "%s leaves out clips listed by hand, but none is listed: corpus.tables.excluded_clips "
            "is empty",
            name,
        )
    chosen = Condition(
        name=name,
        excluded_labels=corpus.resolve(
            condition["exclude_labels"], f"conditions.{name}.exclude_labels"
        ),
        excluded_clips=excluded,
        label_mode=condition["label_mode"],
        keep_fraction=condition["keep_fraction"],
    )
    asked = read_corpus_clips(shards)
    divided = read_table(clips, ["clip_id", "split"])
    table = label_condition(asked, divided, chosen, corpus.class_labels, seed)
    counts = count_left_out(table, asked, name)
    logging.info(counts.to_string(index=False))
    if trains:
        refuse_too_small(counts)
    write_table(labels, table, LABELS)
    write_table(left_out, counts)


if __name__ == "__main__":
    with logged(snakemake):
        main(
            shards=paths(snakemake.input.shards),
            clips=Path(snakemake.input.clips),
            tables=paths(snakemake.input.tables),
            excluded_clips=Path(listed) if (listed := snakemake.input.excluded_clips) else None,
            labels=Path(snakemake.output.labels),
            left_out=Path(snakemake.output.left_out),
            name=snakemake.wildcards.condition,
            condition=snakemake.params.condition,
            seed=snakemake.params.seed,
            trains=snakemake.params.trains,
        )
