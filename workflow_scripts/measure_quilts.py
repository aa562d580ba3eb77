"""Measure the responses of music-selective and other units to quilts of each segment length."""

import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from tqdm import tqdm

from plumbing.job import logged, paths
from science.analyses.quilts import quilt_responses, quilt_tests
from storage.categories import CategoryTable
from storage.quilt_activations import quilt_files_of, read_quilt_responses
from storage.selected_units import SelectedUnits
from storage.tables import write_table

if TYPE_CHECKING:
    from snakemake.iocontainers import Snakemake

    snakemake: Snakemake


def main(
    quilts: Mapping[tuple[str, int], Iterable[Path]],
    acoustics_train: Path,
    units: Path,
    categories: Path,
    bootstrap_samples: int,
    seed: int,
    summary_path: Path,
    tests_path: Path,
) -> None:
    """Music and other clips apart; units are those chosen on the natural train clips.

    Trivial acoustics are one more feature set, in the unit that they have for natural clips.
    """
    chosen, table = SelectedUnits(units), CategoryTable(categories, "music")
    parts = []
    for place, ((features, network_seed), files) in enumerate(
        tqdm(quilts.items(), file=sys.stderr)
    ):
        clip_ids, stimuli = read_quilt_responses(features, files, acoustics_train)
        groups = dict(zip(("music", "non-music"), table.groups(clip_ids, "music"), strict=True))
        part = quilt_responses(
            stimuli,
            chosen.of(features, network_seed),
            groups,
            np.random.default_rng([seed, place]),
            bootstrap_samples,
        )
        part.insert(0, "features", features)
        part.insert(1, "seed", network_seed)
        parts.append(part)
    responses = pd.concat(parts, ignore_index=True)
    write_table(summary_path, responses)
    write_table(tests_path, quilt_tests(responses))


if __name__ == "__main__":
    with logged(snakemake):
        main(
            quilts=quilt_files_of(paths(snakemake.input.quilts), snakemake.params.feature_sets),
            acoustics_train=Path(snakemake.input.acoustics_train),
            units=Path(snakemake.input.units),
            categories=Path(snakemake.input.categories),
            bootstrap_samples=snakemake.params.bootstrap_samples,
            seed=snakemake.params.seed,
            summary_path=Path(snakemake.output.summary),
            tests_path=Path(snakemake.output.tests),
        )
