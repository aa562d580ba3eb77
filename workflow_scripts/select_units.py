"""Choose the units of each network and baseline that are selective for one category."""

import sys
from collections.abc import Iterable, Mapping
from pathlib import Path

import pandas as pd
from tqdm import tqdm

from plumbing.job import logged, paths
from science.analyses.selection import rank_by_index
from storage.activations import network_of
from storage.labels import CategoryTable
from storage.responses import read_responses
from storage.tables import write_table

NETWORK = ["features", "seed"]


def main(train: Iterable[Path], category: Path, settings: Mapping, output: Path) -> None:
    """Write index, rank and choice of every unit, and its mean response to both groups of clips.

    Units are ranked on the train split alone.
    """
    table = CategoryTable(category)
    units = {}
    for path in tqdm(list(train), file=sys.stderr):
        clip_ids, responses = read_responses(path)
        units[network_of(path)] = rank_by_index(responses, *table.groups(clip_ids), settings)
    write_table(output, pd.concat(units, names=NETWORK).reset_index(NETWORK))


if __name__ == "__main__":
    with logged(snakemake):
        main(
            train=paths(snakemake.input.train),
            category=Path(snakemake.input.category),
            settings=snakemake.params.selectivity,
            output=Path(snakemake.output[0]),
        )
