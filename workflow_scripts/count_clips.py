"""Count the clips asked for, available and missing, per split and per class."""

import logging
from collections.abc import Iterable
from pathlib import Path

import pandas as pd

from plumbing.job import logged, paths
from sources.availability import (
    availability_by_class,
    availability_by_split,
    classes_without_clips,
)
from sources.availability_sentences import availability_sentences
from storage.clips import read_clip_table
from storage.corpus_tables import read_class_labels
from storage.tables import write_table

COMPARED = ["paper_got", "paper_fraction", "paper_note", "got_to_paper"]


def main(
    shards: Iterable[Path], class_labels: Path, splits: Path, classes: Path, compare: bool
) -> None:
    """Write the account of a corpus; `compare` puts the paper's numbers beside it."""
    clips = pd.concat(
        [
            read_clip_table([shard], ["clip_id", "labels", "status", "source"])
            .to_pandas()
            .assign(split=shard.parent.name)
            for shard in shards
        ],
        ignore_index=True,
    )
    labels = read_class_labels(class_labels)
    by_split = availability_by_split(clips)
    if not compare:
        by_split[COMPARED] = float("nan")
    by_class = availability_by_class(
        clips, dict(zip(labels["mid"], labels["display_name"], strict=True))
    )
    for sentence in availability_sentences(by_split, classes_without_clips(by_class)):
        logging.info(sentence)
    write_table(splits, by_split)
    write_table(classes, by_class)


if __name__ == "__main__":
    with logged(snakemake):
        main(
            shards=paths(snakemake.input.clips),
            class_labels=Path(snakemake.input.class_labels),
            splits=Path(snakemake.output.splits),
            classes=Path(snakemake.output.classes),
            compare=snakemake.params.compare,
        )
