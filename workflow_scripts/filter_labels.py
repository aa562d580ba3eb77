"""Choose the clips and labels that one condition is trained on, and count what was left out."""

import logging
from collections.abc import Iterable, Mapping
from pathlib import Path

import pyarrow as pa

from plumbing.job import logged, paths
from science.corpus.completeness import refuse_without_clips
from science.corpus.conditions import Condition, count_left_out, label_condition, refuse_too_small
from storage.corpus_tables import read_corpus_tables
from storage.labels import read_corpus_clips
from storage.tables import write_table

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
    tables: Iterable[Path],
    labels: Path,
    left_out: Path,
    name: str,
    condition: Mapping,
    validation_fraction: float,
    seed: int,
    trains: bool,
) -> None:
    """Filter, split and label all clips of the corpus for the condition `name`."""
    corpus = read_corpus_tables(tables)
    excluded = corpus.excluded_clips if condition["exclude_listed_clips"] else frozenset()
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
    )
    clips = read_corpus_clips(shards)
    refuse_without_clips(clips)
    table = label_condition(clips, chosen, corpus.class_labels, validation_fraction, seed)
    counts = count_left_out(table, clips, name)
    logging.info(counts.to_string(index=False))
    if trains:
        refuse_too_small(counts)
    write_table(labels, table, LABELS)
    write_table(left_out, counts)


if __name__ == "__main__":
    with logged(snakemake):
        main(
            shards=paths(snakemake.input.clips),
            tables=paths(snakemake.input.tables),
            labels=Path(snakemake.output.labels),
            left_out=Path(snakemake.output.left_out),
            name=snakemake.wildcards.condition,
            condition=snakemake.params.condition,
            validation_fraction=snakemake.params.validation_fraction,
            seed=snakemake.params.seed,
            trains=snakemake.params.trains,
        )
