"""Measure the responses of selective and other units to quilts of each segment length."""

import sys
from collections.abc import Iterable
from itertools import groupby
from pathlib import Path

import pandas as pd
from tqdm import tqdm

from plumbing.job import logged, paths
from science.analyses.quilts import quilt_responses, quilt_tests
from science.statistics.randomness import named_generator
from storage.activations import network_of
from storage.labels import CategoryTable
from storage.responses import SelectedUnits, read_stimuli
from storage.tables import write_table


def main(
    quilts: Iterable[Path],
    units: SelectedUnits,
    groups: CategoryTable,
    category: str,
    bootstrap_samples: int,
    seed: int,
    summary_path: Path,
    tests_path: Path,
) -> None:
    """Clips of the category and other clips apart; a row for every kind of unit and stimulus.

    Trivial acoustics are one more feature set, in the unit that they have for natural clips.
    """
    parts = []
    for network, files in groupby(tqdm(list(quilts), file=sys.stderr), network_of):
        clip_ids, stimuli = read_stimuli(files)
        masks = dict(zip(("category", "other"), groups.groups(clip_ids), strict=True))
        generator = named_generator(seed, "quilts", category, *network)
        part = quilt_responses(stimuli, units.of(*network), masks, generator, bootstrap_samples)
        place = dict(zip(("features", "seed", "category"), (*network, category), strict=True))
        parts.append(pd.DataFrame([place]).merge(part, how="cross"))
    responses = pd.concat(parts, ignore_index=True)
    write_table(summary_path, responses)
    write_table(tests_path, quilt_tests(responses, ["features", "category"]))


if __name__ == "__main__":
    with logged(snakemake):
        main(
            quilts=paths(snakemake.input.quilts),
            units=SelectedUnits(Path(snakemake.input.units)),
            groups=CategoryTable(Path(snakemake.input.category)),
            category=snakemake.wildcards.category,
            bootstrap_samples=snakemake.params.bootstrap_samples,
            seed=snakemake.params.seed,
            summary_path=Path(snakemake.output.summary),
            tests_path=Path(snakemake.output.tests),
        )
