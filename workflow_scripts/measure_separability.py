"""Measure how well a linear read-out of each feature set detects a category."""

import sys
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pandas as pd
from tqdm import tqdm

from plumbing.job import logged, paths
from science.analyses.readout import evaluate_readout
from science.analyses.separability import with_variance_held
from science.baselines.feature_sets import GBFB, PCA, WITHOUT_NETWORK
from storage.activations import network_of, read_beside, read_matrix
from storage.labels import CategoryTable
from storage.tables import read_table, write_table

ALONE = "none"
ADDED = (PCA, GBFB)


def main(
    splits: Mapping[tuple[str, int], tuple[Path, Path]],
    explained: Path,
    groups: CategoryTable,
    category: str,
    output: Path,
) -> None:
    """Fit on the pure clips of the train split, test on those of the test split.

    Writes a row for every feature set alone, and for every network with each baseline of `ADDED`
    beside it; principal components tell how much of the variance they hold.
    """

    def pure_clips(path: Path, beside: Path | None) -> tuple[np.ndarray, np.ndarray]:
        clip_ids, values = read_matrix(path) if beside is None else read_beside(path, beside)
        in_category, others = groups.groups(clip_ids)
        return values[in_category | others], in_category[in_category | others]

    rows = []
    for (features, seed), files in tqdm(splits.items(), file=sys.stderr):
        for added in (ALONE, *(() if features in WITHOUT_NETWORK else ADDED)):
            baseline = (None, None) if added == ALONE else splits[added, 0]
            sides = [pure_clips(*pair) for pair in zip(files, baseline, strict=True)]
            result = evaluate_readout(*sides[0], *sides[1])
            place = {"features": features, "seed": seed, "category": category, "added": added}
            rows.append(place | asdict(result))
    components = read_table(explained, ["cumulative_share", "clips"])
    write_table(output, with_variance_held(pd.DataFrame(rows), PCA, components))


if __name__ == "__main__":
    with logged(snakemake):
        files = zip(paths(snakemake.input.train), paths(snakemake.input.test), strict=True)
        main(
            splits={network_of(train): (train, test) for train, test in files},
            explained=Path(snakemake.input.explained),
            groups=CategoryTable(Path(snakemake.input.category)),
            category=snakemake.wildcards.category,
            output=Path(snakemake.output[0]),
        )
