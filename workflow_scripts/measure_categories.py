"""Measure selectivity for categories other than music: index, units, ratio and quilts."""

import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from tqdm import tqdm

from plumbing.job import logged, paths
from science.analyses.category_tables import measure_category, pooled_tables
from storage.categories import CategoryTable
from storage.feature_splits import read_splits
from storage.quilt_activations import quilt_files_of, read_quilt_responses
from storage.tables import write_table

if TYPE_CHECKING:
    from snakemake.iocontainers import Snakemake

    snakemake: Snakemake


def main(
    train: Iterable[Path],
    test: Iterable[Path],
    feature_sets: Sequence[tuple[str, int]],
    quilts: Mapping[tuple[str, int], Iterable[Path]],
    categories: Path,
    names: Sequence[str],
    settings: Mapping,
    bootstrap_samples: int,
    seed: int,
    outputs: Mapping[str, Path],
) -> None:
    """For each feature set and category, what the analyses selectivity and quilts do for music.

    A feature set without a network has the seed 0; of these, trivial acoustics alone have quilts.
    Where `categories` in the configuration names none but music, the tables say so.
    """
    table = CategoryTable(categories, *names)
    tables = {}
    files = list(zip(feature_sets, train, test, strict=True)) if names else []
    for place, (feature_set, of_train, of_test) in enumerate(tqdm(files, file=sys.stderr)):
        features, network_seed = feature_set
        splits = read_splits(features, of_train, of_test)
        quilted = quilts.get((features, network_seed), ())
        quilt_ids, stimuli = read_quilt_responses(features, quilted, of_train)
        for number, name in enumerate(names):
            samples = {
                split: (responses, *table.groups(clip_ids, name))
                for split, (clip_ids, responses) in splits.items()
            }
            tables[features, network_seed, name] = measure_category(
                samples,
                stimuli,
                table.groups(quilt_ids, name) if stimuli else (),
                settings,
                bootstrap_samples,
                np.random.default_rng([seed, place, number]),
            )
    pooled = pooled_tables(tables)
    for kind, path in outputs.items():
        write_table(path, pooled[kind])


if __name__ == "__main__":
    with logged(snakemake):
        main(
            train=paths(snakemake.input.train),
            test=paths(snakemake.input.test),
            feature_sets=snakemake.params.feature_sets,
            quilts=quilt_files_of(paths(snakemake.input.quilts), snakemake.params.quilted),
            categories=Path(snakemake.input.categories),
            names=snakemake.params.names,
            settings=snakemake.params.selectivity,
            bootstrap_samples=snakemake.params.bootstrap_samples,
            seed=snakemake.params.seed,
            outputs={name: Path(path) for name, path in snakemake.output.items()},
        )
