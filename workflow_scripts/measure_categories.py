"""Measure selectivity for categories other than music: index, units, ratio and quilts."""

import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from tqdm import tqdm

from plumbing.job import logged, paths
from science.category_selectivity import (
    RATIO_COLUMNS,
    UNIT_COLUMNS,
    describe_ratios,
    rank_by_index,
)
from science.quilt_responses import (
    RESPONSE_COLUMNS,
    TEST_COLUMNS,
    quilt_responses,
    quilt_tests,
)
from storage.activations import read_matrix
from storage.categories import CategoryTable
from storage.quilt_activations import quilt_files_of, read_quilt_activations
from storage.tables import write_table

if TYPE_CHECKING:
    from snakemake.iocontainers import Snakemake

    snakemake: Snakemake


def main(
    train: Iterable[Path],
    test: Iterable[Path],
    quilts: Mapping[tuple[str, int], Iterable[Path]],
    categories: Path,
    names: Sequence[str],
    settings: Mapping,
    bootstrap_samples: int,
    seed: int,
    outputs: Mapping[str, Path],
) -> None:
    """For each network and category, what the analyses selectivity and quilts do for music.

    Where `categories` names none but music, the tables say so.
    """
    if not names:
        write_absence(outputs)
        return
    table = CategoryTable(categories, *names)
    parts: dict[str, list[pd.DataFrame]] = {"summary": [], "units": [], "quilts": []}
    files = tqdm(list(zip(quilts.items(), train, test, strict=True)), file=sys.stderr)
    for place, (((features, network_seed), of_quilts), *split_paths) in enumerate(files):
        splits = dict(zip(("train", "test"), map(read_matrix, split_paths), strict=True))
        quilt_ids, stimuli = read_quilt_activations(of_quilts)
        for number, name in enumerate(names):
            generator = np.random.default_rng([seed, place, number])
            samples = {
                split: (responses, *table.groups(clip_ids, name))
                for split, (clip_ids, responses) in splits.items()
            }
            units = rank_by_index(*samples["train"], settings)
            selected = units["selected"].to_numpy(dtype=bool)
            groups = dict(zip(("category", "other"), table.groups(quilt_ids, name), strict=True))
            of_name = {
                "units": units,
                "summary": describe_ratios(samples, units, settings, bootstrap_samples, generator),
                "quilts": quilt_responses(stimuli, selected, groups, generator, bootstrap_samples),
            }
            for kind, part in of_name.items():
                part.insert(0, "features", features)
                part.insert(1, "seed", network_seed)
                part.insert(2, "category", name)
                parts[kind].append(part)
    pooled = {kind: pd.concat(tables, ignore_index=True) for kind, tables in parts.items()}
    pooled["tests"] = quilt_tests(pooled["quilts"], ["features", "category"])
    for kind, path in outputs.items():
        write_table(path, pooled[kind])


def write_absence(outputs: Mapping[str, Path]) -> None:
    """Write tables without networks, with the columns that they would have."""
    network = ["features", "seed", "category"]
    for kind, columns in (
        ("summary", RATIO_COLUMNS),
        ("units", UNIT_COLUMNS),
        ("quilts", RESPONSE_COLUMNS),
        ("tests", TEST_COLUMNS),
    ):
        table = pd.DataFrame(columns=[*network, *columns])
        if kind == "summary":
            table.loc[0, ["features", "note"]] = "", "not run: `categories` names none but music"
        write_table(outputs[kind], table)


if __name__ == "__main__":
    with logged(snakemake):
        main(
            train=paths(snakemake.input.train),
            test=paths(snakemake.input.test),
            quilts=quilt_files_of(paths(snakemake.input.quilts), snakemake.params.networks),
            categories=Path(snakemake.input.categories),
            names=snakemake.params.names,
            settings=snakemake.params.selectivity,
            bootstrap_samples=snakemake.params.bootstrap_samples,
            seed=snakemake.params.seed,
            outputs={name: Path(path) for name, path in snakemake.output.items()},
        )
