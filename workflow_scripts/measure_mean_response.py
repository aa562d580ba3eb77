"""Compare the mean response of all units to music and to other sounds, for each feature set."""

import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from tqdm import tqdm

from plumbing.job import logged, paths
from science.analyses.mean_response import compare_means, histograms
from science.analyses.selection import mean_response
from storage.categories import CategoryTable
from storage.feature_splits import read_responses
from storage.tables import write_table

if TYPE_CHECKING:
    from snakemake.iocontainers import Snakemake

    snakemake: Snakemake


def main(
    activations: Iterable[Path],
    feature_sets: Sequence[tuple[str, int]],
    acoustics_train: Path,
    categories: Path,
    bootstrap_samples: int,
    seed: int,
    summary_path: Path,
    histogram_path: Path,
) -> None:
    """One-tailed rank-sum test per network, and the histograms behind it.

    The interval is of the effect size. A feature set without a network has the seed 0.
    """
    table = CategoryTable(categories, "music")
    rows, parts = [], []
    progress = tqdm(list(activations), file=sys.stderr)
    for (features, network_seed), path in zip(feature_sets, progress, strict=True):
        clip_ids, responses = read_responses(features, path, acoustics_train)
        means = mean_response(responses)
        groups = dict(zip(("music", "non-music"), table.groups(clip_ids, "music"), strict=True))
        network = {"features": features, "seed": network_seed}
        generator = np.random.default_rng([seed, network_seed])
        of_groups = [means[mask] for mask in groups.values()]
        rows.append(network | compare_means(*of_groups, generator, bootstrap_samples))
        histogram = histograms(means, groups).assign(**network)
        parts.append(histogram[[*network, *histogram.columns.drop(list(network))]])
    write_table(summary_path, pd.DataFrame(rows))
    write_table(histogram_path, pd.concat(parts, ignore_index=True))


if __name__ == "__main__":
    with logged(snakemake):
        main(
            activations=paths(snakemake.input.test),
            feature_sets=snakemake.params.feature_sets,
            acoustics_train=Path(snakemake.input.acoustics_train),
            categories=Path(snakemake.input.categories),
            bootstrap_samples=snakemake.params.bootstrap_samples,
            seed=snakemake.params.seed,
            summary_path=Path(snakemake.output.summary),
            histogram_path=Path(snakemake.output.histogram),
        )
