"""Test the selectivity of every unit, and count those that are selective at all."""

import sys
from collections.abc import Iterable, Mapping
from functools import partial
from pathlib import Path

import pandas as pd
from tqdm import tqdm

from plumbing.job import logged, paths
from science.analyses.selective_units import describe_units, share_of_units
from science.statistics.randomness import named_generator
from storage.activations import network_of
from storage.labels import CategoryTable
from storage.responses import read_responses
from storage.tables import write_table

NETWORK = ["features", "seed", "category"]


def main(
    splits: Iterable[tuple[Path, Path]],
    groups: Path,
    category: str,
    settings: Mapping,
    seed: int,
    summary_path: Path,
    units_path: Path,
) -> None:
    """Write the share of selective units (files of train and test), and a row for every unit."""
    table = CategoryTable(groups)
    units, shares = {}, {}
    for files in tqdm(list(splits), file=sys.stderr):
        features, number = network_of(files[0])
        samples = {}
        for split, path in zip(("train", "test"), files, strict=True):
            clip_ids, responses = read_responses(path)
            samples[split] = (responses, *table.groups(clip_ids))
        draw = partial(named_generator, seed, "selective_units", category, features, number)
        network = features, number, category
        units[network] = describe_units(samples, settings, draw)
        shares[network] = share_of_units(units[network], samples, settings)
    write_table(summary_path, pd.concat(shares, names=NETWORK).reset_index(NETWORK))
    write_table(units_path, pd.concat(units, names=NETWORK).reset_index(NETWORK))


if __name__ == "__main__":
    with logged(snakemake):
        main(
            splits=zip(paths(snakemake.input.train), paths(snakemake.input.test), strict=True),
            groups=Path(snakemake.input.category),
            category=snakemake.params.category,
            settings=snakemake.params.selective_units,
            seed=snakemake.params.seed,
            summary_path=Path(snakemake.output.summary),
            units_path=Path(snakemake.output.units),
        )
