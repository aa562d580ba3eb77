"""Measure the response ratio of the units that were chosen for one category."""

import sys
from collections.abc import Iterable, Mapping
from functools import partial
from pathlib import Path

import pandas as pd
from tqdm import tqdm

from plumbing.job import logged, paths
from science.analyses.selectivity import describe_ratios
from science.sound.short_clips import padded_shares
from science.statistics.randomness import named_generator
from storage.activations import network_of
from storage.labels import CategoryTable
from storage.logmels import LogMelShards
from storage.responses import read_responses
from storage.tables import read_table, write_table

NETWORK = ["features", "seed"]
UNITS = ["chosen_on", "unit", "index", "selected"]
PADDED = ["padded_category", "padded_other"]


def main(
    splits: Iterable[tuple[Path, Path]],
    units: Iterable[Path],
    groups: Path,
    category: str,
    settings: Mapping,
    bootstrap_samples: int,
    seed: int,
    padded: Mapping[str, tuple[float, float]],
    short_clips: str,
    output: Path,
) -> None:
    """Write the ratio of units chosen on either split (files of train and test) on both splits.

    `padded` are the shares of short clips in the category and the others, by split.
    """
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
    shares = pd.DataFrame(pooled["split"].map(padded).tolist(), columns=PADDED)
    write_table(output, pooled.join(shares).assign(short_clips=short_clips))


def padded_of(logmel: Iterable[Path], groups: CategoryTable, clip_s: float) -> tuple[float, float]:
    """Share of the category's clips, and of the others, that are shorter than what is heard."""
    shards = LogMelShards(list(logmel))
    return padded_shares(shards.heard_s(), clip_s, *groups.groups(shards.clip_ids))


if __name__ == "__main__":
    with logged(snakemake):
        logmel, table = snakemake.params.logmel, CategoryTable(Path(snakemake.input.category))
        main(
            splits=zip(paths(snakemake.input.train), paths(snakemake.input.test), strict=True),
            units=paths(snakemake.input.units),
            groups=Path(snakemake.input.category),
            category=snakemake.wildcards.category,
            settings=snakemake.params.selectivity,
            bootstrap_samples=snakemake.params.bootstrap_samples,
            seed=snakemake.params.seed,
            padded={
                split: padded_of(paths(snakemake.input[f"logmel_{split}"]), table, logmel["clip_s"])
                for split in ("train", "test")
            },
            short_clips=logmel["short_clips"],
            output=Path(snakemake.output[0]),
        )
