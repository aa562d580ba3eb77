"""Measure how well a linear read-out of each feature set tells music from other sounds."""

import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from tqdm import tqdm

from plumbing.job import logged, paths
from science.readout import evaluate_readout
from storage.activations import read_matrix
from storage.categories import CategoryTable
from storage.tables import write_table

if TYPE_CHECKING:
    from snakemake.iocontainers import Snakemake

    snakemake: Snakemake

SPLITS = ("train", "test")
ADDED = ("pca", "gbfb")
BASELINES = (*ADDED, "acoustics")


def main(
    train: Iterable[Path],
    test: Iterable[Path],
    feature_sets: Sequence[tuple[str, int]],
    baselines: Mapping[str, Mapping[str, Path]],
    categories: Path,
    output: Path,
) -> None:
    """Fit on the pure clips of the train split, test on those of the test split.

    Args:
        train: Features of the train clips, one file for each feature set.
        test: The same of the test clips.
        feature_sets: Name and seed of each; one without a network has the seed 0.
        baselines: By name, files by split: read out also beside the units of every network.
        categories: Table of the clips' categories.
        output: Table with a row for every feature set, alone and with each baseline `added`.
    """
    table = CategoryTable(categories, "music")
    added = {
        name: {split: read_matrix(path)[1] for split, path in files.items()}
        for name, files in baselines.items()
    }
    rows = []
    progress = tqdm(list(zip(feature_sets, train, test, strict=True)), file=sys.stderr)
    for (features, seed), *split_paths in progress:
        samples = {
            split: pure_clips(path, table)
            for split, path in zip(SPLITS, split_paths, strict=True)
        }
        of_network = {} if features in BASELINES else added
        for name, of_split in {"none": None, **of_network}.items():
            sides = []
            for split, (responses, music, used) in samples.items():
                columns = [responses] if of_split is None else [responses, of_split[split]]
                sides += [np.hstack(columns)[used], music[used]]
            described = {"features": features, "seed": seed, "added": name}
            rows.append(described | asdict(evaluate_readout(*sides)))
    write_table(output, pd.DataFrame(rows))


def pure_clips(path: Path, table: CategoryTable) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Responses of all clips, and the masks of pure music and of all pure clips."""
    clip_ids, responses = read_matrix(path)
    music, others = table.groups(clip_ids, "music")
    return responses, music, music | others


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
            categories=Path(snakemake.input.categories),
            output=Path(snakemake.output[0]),
        )
