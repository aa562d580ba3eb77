"""Compare the mean response of all units to a category and to other sounds, in each feature set."""

import sys
from collections.abc import Iterable
from pathlib import Path

import pandas as pd
from tqdm import tqdm

from plumbing.job import logged, paths
from science.analyses.mean_response import compare_means, histograms
from science.analyses.selection import mean_response
from science.statistics.randomness import named_generator
from storage.activations import network_of
from storage.labels import CategoryTable
from storage.responses import read_responses
from storage.tables import write_table


def main(
    activations: Iterable[Path],
    groups: Path,
    category: str,
    bootstrap_samples: int,
    seed: int,
    summary_path: Path,
    histogram_path: Path,
) -> None:
    """One-tailed rank-sum test for each network, and the histograms behind it.

    The interval is of the effect size.
    """
    table = CategoryTable(groups)
    rows, parts = [], []
    for path in tqdm(list(activations), file=sys.stderr):
        features, network_seed = network_of(path)
        network = {"features": features, "seed": network_seed, "category": category}
        clip_ids, responses = read_responses(path)
        means = mean_response(responses)
        masks = dict(zip(("category", "other"), table.groups(clip_ids), strict=True))
        generator = named_generator(seed, "mean_response", category, features, network_seed)
        of_groups = [means[mask] for mask in masks.values()]
        rows.append(network | compare_means(*of_groups, generator, bootstrap_samples))
        histogram = histograms(means, masks)
        parts.append(pd.DataFrame([network]).merge(histogram, how="cross"))
    write_table(summary_path, pd.DataFrame(rows))
    write_table(histogram_path, pd.concat(parts, ignore_index=True))


if __name__ == "__main__":
    with logged(snakemake):
        main(
            activations=paths(snakemake.input.test),
            groups=Path(snakemake.input.category),
            category=snakemake.wildcards.category,
            bootstrap_samples=snakemake.params.bootstrap_samples,
            seed=snakemake.params.seed,
            summary_path=Path(snakemake.output.summary),
            histogram_path=Path(snakemake.output.histogram),
        )
