"""Pool what networks show of selectivity over training, and how it goes with detecting sounds."""

from collections.abc import Iterable
from pathlib import Path

import pandas as pd

from plumbing.job import logged, paths
from science.analyses.emergence import (
    CORRELATION_COLUMNS,
    EPOCH_COLUMNS,
    NETWORK,
    rank_correlations,
)
from storage.activations import network_of
from storage.tables import read_table, write_table


def main(courses: Iterable[Path], category: str) -> dict[str, pd.DataFrame]:
    """A row for each network, epoch and measure (summary), and their correlations (networks)."""
    courses = list(courses)
    if not courses:
        why = "not run: no network of emergence.conditions is trained here"
        absent = pd.DataFrame([{"category": category, "note": why}])
        return {
            "summary": absent.reindex(columns=[*NETWORK, *EPOCH_COLUMNS]),
            "networks": pd.DataFrame(columns=CORRELATION_COLUMNS),
        }
    tables = {(*network_of(path), category): read_table(path, EPOCH_COLUMNS) for path in courses}
    summary = pd.concat(tables, names=NETWORK).reset_index(list(NETWORK))
    return {"summary": summary, "networks": rank_correlations(summary)}


if __name__ == "__main__":
    with logged(snakemake):
        tables = main(paths(snakemake.input), snakemake.params.category)
        for name, path in snakemake.output.items():
            write_table(Path(path), tables[name])
