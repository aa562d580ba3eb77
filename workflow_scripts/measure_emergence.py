"""Pool what networks show of selectivity over training, and how it goes with detecting sounds."""

from collections.abc import Collection
from pathlib import Path

import pandas as pd

from plumbing.job import logged, paths
from science.analyses.emergence import EPOCH_COLUMNS, NETWORK, absent_tables, rank_correlations
from storage.activations import network_of
from storage.tables import read_table, write_table


def main(courses: Collection[Path], category: str) -> dict[str, pd.DataFrame]:
    """A row for each network, epoch and measure (summary), and their correlations (networks)."""
    if not courses:
        return absent_tables("the reference condition is not trained here")
    tables = {(*network_of(path), category): read_table(path, EPOCH_COLUMNS) for path in courses}
    summary = pd.concat(tables, names=NETWORK).reset_index(list(NETWORK))
    return {"summary": summary, "networks": rank_correlations(summary)}


if __name__ == "__main__":
    with logged(snakemake):
        tables = main(paths(snakemake.input), snakemake.params.category)
        for name, path in snakemake.output.items():
            write_table(Path(path), tables[name])
