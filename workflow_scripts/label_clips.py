"""List available clips with their own labels, and choose the validation set."""

import logging
from collections.abc import Iterable
from pathlib import Path

from plumbing.job import logged, paths
from science.corpus.completeness import refuse_without_clips
from science.corpus.conditions import divide_clips
from storage.labels import read_corpus_clips
from storage.tables import write_table


def main(shards: Iterable[Path], validation_fraction: float, seed: int, output: Path) -> None:
    """Write clip_id, split and labels of every clip that is ok, sorted by clip_id."""
    clips = read_corpus_clips(shards)
    refuse_without_clips(clips)
    divided = divide_clips(clips, validation_fraction, seed)
    logging.info("%s", divided["split"].value_counts().to_string())
    write_table(output, divided)


if __name__ == "__main__":
    with logged(snakemake):
        main(
            shards=paths(snakemake.input),
            validation_fraction=snakemake.params.validation_fraction,
            seed=snakemake.params.seed,
            output=Path(snakemake.output[0]),
        )
