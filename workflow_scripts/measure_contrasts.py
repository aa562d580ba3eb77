"""Compare conditions and baselines in pairs: response ratios, and what quilting takes."""

from collections.abc import Sequence
from pathlib import Path

from plumbing.job import logged
from science.analyses.contrasts import compare_pairs, values_of_networks
from storage.tables import read_table, write_table

NETWORK = ["category", "features", "seed"]


def main(
    selectivity: Path,
    quilts: Path,
    category: str,
    chosen_on: str,
    pairs: Sequence[tuple[str, str]],
    summary_path: Path,
    networks_path: Path,
) -> None:
    """Write the numbers of every network and baseline, and the comparison of each pair."""
    ratios = read_table(selectivity, [*NETWORK, "chosen_on", "split", "ratio"])
    ratios = ratios[ratios["chosen_on"] == chosen_on]
    kept = read_table(
        quilts, [*NETWORK, "units", "group", "stimulus", "segment_ms", "clips", "relative"]
    )
    kept = kept[(kept["units"] == "selective") & (kept["group"] == "category")]
    values = values_of_networks(ratios, kept)
    compared = compare_pairs(values, pairs)
    compared.insert(0, "category", category)
    write_table(summary_path, compared)
    write_table(networks_path, values)


if __name__ == "__main__":
    with logged(snakemake):
        main(
            selectivity=Path(snakemake.input.selectivity),
            quilts=Path(snakemake.input.quilts),
            category=snakemake.params.category,
            chosen_on=snakemake.params.chosen_on,
            pairs=snakemake.params.pairs,
            summary_path=Path(snakemake.output.summary),
            networks_path=Path(snakemake.output.networks),
        )
