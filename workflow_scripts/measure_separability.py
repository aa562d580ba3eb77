"""Measure how well a linear read-out of each feature set tells music from other sounds."""

import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd
from tqdm import tqdm

from plumbing.job import logged, paths
from science.analyses.readout import evaluate_readout
from science.baselines.explained_variance import with_variance_held
from science.baselines.feature_sets import GBFB, PCA, WITHOUT_NETWORK
from storage.categories import CategoryTable
from storage.paired_features import read_pure_clips
from storage.tables import read_table, write_table

if TYPE_CHECKING:
    from snakemake.iocontainers import Snakemake

    snakemake: Snakemake

SPLITS = ("train", "test")
ADDED = (PCA, GBFB)


def main(
    train: Iterable[Path],
    test: Iterable[Path],
    feature_sets: Sequence[tuple[str, int]],
    baselines: Mapping[str, Mapping[str, Path]],
    explained: Path,
    categories: Path,
    output: Path,
) -> None:
    """Fit on the pure clips of the train split, test on those of the test split.

    Writes a row for every feature set alone, and beside each baseline `added` for every network.
    `baselines` are files by name and split; `explained` tells the variance that the principal
    components hold. A feature set without a network has the seed 0.
    """
    table = CategoryTable(categories, "music")
    components = read_table(explained, ["cumulative_share", "clips"])
    rows = []
    for (features, seed), *split_paths in tqdm(
        list(zip(feature_sets, train, test, strict=True)), file=sys.stderr
    ):
        files = dict(zip(SPLITS, split_paths, strict=True))
        for added in ("none", *(() if features in WITHOUT_NETWORK else baselines)):
            sides = [
                side
                for split, path in files.items()
                for side in read_pure_clips(path, baselines.get(added, {}).get(split), table)
            ]
            described = {"features": features, "seed": seed, "added": added}
            rows.append(described | asdict(evaluate_readout(*sides)))
    write_table(output, with_variance_held(pd.DataFrame(rows), PCA, components))


if __name__ == "__main__":
    with logged(snakemake):
        main(
            train=paths(snakemake.input.train),
            test=paths(snakemake.input.test),
            feature_sets=snakemake.params.feature_sets,
            baselines={
                name: {split: Path(snakemake.input[f"{name}_{split}"]) for split in SPLITS}
                for name in ADDED
            },
            explained=Path(snakemake.input.explained),
            categories=Path(snakemake.input.categories),
            output=Path(snakemake.output[0]),
        )
