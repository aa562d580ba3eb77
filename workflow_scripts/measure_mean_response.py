"""Compare the mean response of all units to a category and to other sounds, in each feature set."""

import sys
from collections.abc import Iterable
from functools import partial
from pathlib import Path

import pandas as pd
from tqdm import tqdm

from plumbing.job import logged, paths
from science.analyses.mean_response import (
    POOLED_COLUMNS,
    compare_means,
    histograms,
    pool_networks,
)
from science.analyses.selection import mean_response
from science.baselines.feature_sets import WITHOUT_NETWORK
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
) -> dict[str, pd.DataFrame]:
    """One-tailed rank-sum test for each network (summary), histograms, and effects over networks.

    The interval is of the effect size.
    """
    table = CategoryTable(groups)
    draw = partial(named_generator, seed, "mean_response", category)
    rows, parts, of_conditions = [], [], {}
    for path in tqdm(list(activations), file=sys.stderr):
        features, network_seed = network_of(path)
        network = {"features": features, "seed": network_seed, "category": category}
        clip_ids, responses = read_responses(path)
        means = mean_response(responses)
        masks = dict(zip(("category", "other"), table.groups(clip_ids), strict=True))
        of_groups = tuple(means[mask] for mask in masks.values())
        generator = draw(features, network_seed)
        rows.append(network | compare_means(*of_groups, generator, bootstrap_samples))
        histogram = histograms(means, masks)
        parts.append(pd.DataFrame([network]).merge(histogram, how="cross"))
        if features not in WITHOUT_NETWORK:
            of_conditions.setdefault(features, []).append(of_groups)
    pooled = []
    for features, networks in of_conditions.items():
        place = {"features": features, "category": category}
        generator = draw("networks", features)
        pooled.append(place | pool_networks(networks, generator))
    return {
        "summary": pd.DataFrame(rows),
        "histogram": pd.concat(parts, ignore_index=True),
        "networks": pd.DataFrame(pooled, columns=["features", "category", *POOLED_COLUMNS]),
    }


if __name__ == "__main__":
    with logged(snakemake):
        tables = main(
            activations=paths(snakemake.input.test),
            groups=Path(snakemake.input.category),
            category=snakemake.wildcards.category,
            bootstrap_samples=snakemake.params.bootstrap_samples,
            seed=snakemake.params.seed,
        )
        for name, path in snakemake.output.items():
            write_table(Path(path), tables[name])
