"""Compare the response ratio on the test split between conditions and feature sets, pairwise."""

from pathlib import Path
from typing import TYPE_CHECKING

from plumbing.job import logged
from science.analyses.condition_pairs import compare_pairs
from storage.tables import read_table, write_table

if TYPE_CHECKING:
    from snakemake.iocontainers import Snakemake

    snakemake: Snakemake


def main(selectivity: Path, output: Path) -> None:
    """A row for every pair of conditions, GBFB and acoustics."""
    table = read_table(selectivity, ["features", "seed", "split", "ratio"])
    tested = table[(table["split"] == "test") & table["ratio"].notna()]
    ratios = {
        features: tested.loc[tested["features"] == features, "ratio"].to_numpy(dtype=float)
        for features in dict.fromkeys(table["features"])
    }
    write_table(output, compare_pairs(ratios))


if __name__ == "__main__":
    with logged(snakemake):
        main(selectivity=Path(snakemake.input[0]), output=Path(snakemake.output[0]))
