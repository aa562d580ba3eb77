"""Place clips of the test split in two dimensions by t-SNE of one feature set."""

import logging
from pathlib import Path

import pandas as pd

from plumbing.job import logged
from science.analyses.embedding import place
from storage.activations import read_matrix
from storage.labels import CategoryTable
from storage.tables import write_table


def main(
    features: Path, groups: Path, seed: int, neighbours: int, coordinates: Path, quality: Path
) -> None:
    """Write a place for every clip that is pure in the category or free of it, and the quality."""
    clip_ids, values = read_matrix(features)
    in_category, others = CategoryTable(groups).groups(clip_ids)
    used = in_category | others
    places, described = place(values[used], seed, neighbours)
    table = pd.DataFrame({"clip_id": clip_ids[used], "in_category": in_category[used]})
    write_table(coordinates, table.assign(x=places[:, 0], y=places[:, 1]))
    write_table(quality, pd.DataFrame([described]))
    logging.info("%s", described)


if __name__ == "__main__":
    with logged(snakemake):
        main(
            features=Path(snakemake.input.features),
            groups=Path(snakemake.input.category),
            seed=snakemake.params.seed,
            neighbours=snakemake.params.neighbours,
            coordinates=Path(snakemake.output.coordinates),
            quality=Path(snakemake.output.quality),
        )
