"""Measure the response ratio of the units that were chosen for one category."""

import sys
from collections.abc import Iterable, Mapping
from pathlib import Path

import pandas as pd
from tqdm import tqdm

from plumbing.job import logged, paths
from science.analyses.selectivity import describe_ratios
from science.statistics.randomness import named_generator
from storage.activations import network_of
from storage.labels import CategoryTable
from storage.responses import read_responses
from storage.tables import read_table, write_table

NETWORK = ["features", "seed"]
UNITS = ["unit", "index", "selected"]


def main(
    splits: Iterable[tuple[Path, Path]],
    units: Path,
    groups: Path,
    category: str,
    settings: Mapping,
    bootstrap_samples: int,
    seed: int,
    output: Path,
) -> None:
    """Write the ratio on both splits (files of train and test), its null, and its stability."""
    table = CategoryTable(groups)
    of_network = dict(list(read_table(units, [*NETWORK, *UNITS]).groupby(NETWORK)))
    ratios = {}
    for files in tqdm(list(splits), file=sys.stderr):
        network = network_of(files[0])
        samples = {}
        for split, path in zip(("train", "test"), files, strict=True):
            clip_ids, responses = read_responses(path)
            samples[split] = (responses, *table.groups(clip_ids))
        generator = named_generator(seed, "selectivity", category, *network)
        chosen = of_network[network].sort_values("unit")
        ratios[network] = describe_ratios(samples, chosen, settings, bootstrap_samples, generator)
    pooled = pd.concat(ratios, names=NETWORK).reset_index(NETWORK)
    pooled.insert(2, "category", category)
    write_table(output, pooled)


if __name__ == "__main__":
    with logged(snakemake):
        main(
            splits=zip(paths(snakemake.input.train), paths(snakemake.input.test), strict=True),
            units=Path(snakemake.input.units),
            groups=Path(snakemake.input.category),
            category=snakemake.wildcards.category,
            settings=snakemake.params.selectivity,
            bootstrap_samples=snakemake.params.bootstrap_samples,
            seed=snakemake.params.seed,
            output=Path(snakemake.output[0]),
        )
