"""Measure the response ratio of the units that were chosen for one category."""

import sys
from collections.abc import Iterable, Mapping
from functools import partial
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
UNITS = ["chosen_on", "unit", "index", "selected"]


def main(
    splits: Iterable[tuple[Path, Path]],
    units: Iterable[Path],
    groups: Path,
    category: str,
    settings: Mapping,
    bootstrap_samples: int,
    seed: int,
    output: Path,
) -> None:
    """Write the ratio of units chosen on either split (files of train and test) on both splits."""
    table = CategoryTable(groups)
    chosen = pd.concat([read_table(path, [*NETWORK, *UNITS]) for path in units])
    of_network = dict(list(chosen.sort_values("unit", kind="stable").groupby(NETWORK)))
    ratios = {}
    for files in tqdm(list(splits), file=sys.stderr):
        network = network_of(files[0])
        samples = {}
        for split, path in zip(("train", "test"), files, strict=True):
            clip_ids, responses = read_responses(path)
            samples[split] = (responses, *table.groups(clip_ids))
        draw = partial(named_generator, seed, "selectivity", category, *network)
        given = (samples, of_network[network], settings, bootstrap_samples, draw)
        ratios[network] = describe_ratios(*given)
    pooled = pd.concat(ratios, names=NETWORK).reset_index(NETWORK)
    pooled.insert(2, "category", category)
    write_table(output, pooled)


if __name__ == "__main__":
    with logged(snakemake):
        main(
            splits=zip(paths(snakemake.input.train), paths(snakemake.input.test), strict=True),
            units=paths(snakemake.input.units),
            groups=Path(snakemake.input.category),
            category=snakemake.wildcards.category,
            settings=snakemake.params.selectivity,
            bootstrap_samples=snakemake.params.bootstrap_samples,
            seed=snakemake.params.seed,
            output=Path(snakemake.output[0]),
        )
