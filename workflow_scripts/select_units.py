"""Choose the units of each network, or of a baseline, that are selective for one category."""

import sys
from collections.abc import Iterable
from pathlib import Path

import pandas as pd
from tqdm import tqdm

from plumbing.job import logged, paths
from science.analyses.selection import rank_by_index
from storage.activations import network_of
from storage.labels import CategoryTable
from storage.responses import read_responses
from storage.tables import write_table

CHOICE = ["features", "seed", "chosen_on"]


def main(activations: Iterable[Path], category: Path, settings: dict, output: Path) -> None:
    """Write index, rank and choice of every unit, and its mean response to both groups of clips.

    Units are chosen on each split alone; files are those of both.
    """
    table = CategoryTable(category)
    units = {}
    for path in tqdm(list(activations), file=sys.stderr):
        clip_ids, responses = read_responses(path)
        ranked = rank_by_index(responses, *table.groups(clip_ids), settings)
        units[*network_of(path), path.stem] = ranked
    write_table(output, pd.concat(units, names=CHOICE).reset_index(CHOICE))


if __name__ == "__main__":
    with logged(snakemake):
        main(
            activations=paths(snakemake.input.activations),
            category=Path(snakemake.input.category),
            settings=snakemake.params.selectivity,
            output=Path(snakemake.output[0]),
        )
