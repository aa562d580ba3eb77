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
    rows = []
    progress = tqdm(list(zip(feature_sets, train, test, strict=True)), file=sys.stderr)
    for (features, seed), *split_paths in progress:
        files = dict(zip(SPLITS, split_paths, strict=True))
        for added in ("none", *(() if features in BASELINES else baselines)):
            sides = [
                side
                for split, path in files.items()
                for side in pure_clips(path, baselines.get(added, {}).get(split), table)
            ]
            described = {"features": features, "seed": seed, "added": added}
            rows.append(described | asdict(evaluate_readout(*sides)))
    write_table(output, pd.DataFrame(rows))


def pure_clips(
    path: Path, baseline: Path | None, table: CategoryTable
) -> tuple[np.ndarray, np.ndarray]:
    """Features of the pure clips, with those of a baseline beside them, and which are music."""
    clip_ids, responses = read_matrix(path) if baseline is None else beside(path, baseline)
    music, others = table.groups(clip_ids, "music")
    used = music | others
    return responses[used], music[used]


def beside(path: Path, baseline: Path) -> tuple[np.ndarray, np.ndarray]:
    """The columns of two files side by side, with their clip ids.

    Raises:
        ValueError: The files hold other clips.
    """
    (clip_ids, responses), (others, more) = read_matrix(path), read_matrix(baseline)
    if not np.array_equal(clip_ids, others):
        raise ValueError(f"{path} and {baseline} are not the same clips; run both again")
    return clip_ids, np.hstack([responses, more])


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
