"""Measure how well a linear read-out of each feature set tells music from other sounds."""

import sys
from collections.abc import Iterable, Sequence
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


def main(
    train: Iterable[Path],
    test: Iterable[Path],
    networks: Sequence[tuple[str, int]],
    categories: Path,
    output: Path,
) -> None:
    """Fit on the pure clips of the train split, test on those of the test split."""
    table = CategoryTable(categories, "music")

    def pure_clips(path: Path) -> tuple[np.ndarray, np.ndarray]:
        clip_ids, responses = read_matrix(path)
        music, others = table.groups(clip_ids, "music")
        used = music | others
        return responses[used], music[used]

    rows = []
    files = tqdm(list(zip(networks, train, test, strict=True)), file=sys.stderr)
    for (features, seed), train_path, test_path in files:
        result = evaluate_readout(*pure_clips(train_path), *pure_clips(test_path))
        rows.append({"features": features, "seed": seed, **asdict(result)})
    write_table(output, pd.DataFrame(rows))


if __name__ == "__main__":
    with logged(snakemake):
        main(
            train=paths(snakemake.input.train),
            test=paths(snakemake.input.test),
            networks=snakemake.params.networks,
            categories=Path(snakemake.input.categories),
            output=Path(snakemake.output[0]),
        )
