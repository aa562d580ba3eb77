"""Find the music-selective units of each feature set on the train split, and their ratio."""

import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from tqdm import tqdm

from plumbing.job import logged, paths
from science.analyses.selectivity import describe_ratios, rank_by_index
from storage.categories import CategoryTable
from storage.feature_splits import read_splits
from storage.tables import write_table

if TYPE_CHECKING:
    from snakemake.iocontainers import Snakemake

    snakemake: Snakemake

NETWORK = ["features", "seed"]
MUSIC_COLUMNS = {
    "category_clips": "music_clips",
    "other_clips": "non_music_clips",
    "mean_category": "mean_music",
    "mean_other": "mean_non_music",
}


def main(
    train: Iterable[Path],
    test: Iterable[Path],
    feature_sets: Sequence[tuple[str, int]],
    categories: Path,
    settings: Mapping,
    bootstrap_samples: int,
    seed: int,
    units_path: Path,
    summary_path: Path,
) -> None:
    """Units are ranked on the train split alone; the ratio is given on both splits.

    A feature set without a network has the seed 0.
    """
    table = CategoryTable(categories, "music")
    units, ratios = {}, {}
    files = tqdm(list(zip(feature_sets, train, test, strict=True)), file=sys.stderr)
    for (features, network_seed), *split_paths in files:
        samples = {
            split: (responses, *table.groups(clip_ids, "music"))
            for split, (clip_ids, responses) in read_splits(features, *split_paths).items()
        }
        network = features, network_seed
        units[network] = rank_by_index(*samples["train"], settings)
        generator = np.random.default_rng([seed, network_seed])
        ratios[network] = describe_ratios(
            samples, units[network], settings, bootstrap_samples, generator
        )
    for path, parts in ((units_path, units), (summary_path, ratios)):
        pooled = pd.concat(parts, names=NETWORK).reset_index(NETWORK)
        write_table(path, pooled.rename(columns=MUSIC_COLUMNS))


if __name__ == "__main__":
    with logged(snakemake):
        main(
            train=paths(snakemake.input.train),
            test=paths(snakemake.input.test),
            feature_sets=snakemake.params.feature_sets,
            categories=Path(snakemake.input.categories),
            settings=snakemake.params.selectivity,
            bootstrap_samples=snakemake.params.bootstrap_samples,
            seed=snakemake.params.seed,
            units_path=Path(snakemake.output.units),
            summary_path=Path(snakemake.output.summary),
        )
