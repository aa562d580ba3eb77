"""Measure selectivity by how much of the category was left in training."""

from collections.abc import Collection, Mapping
from functools import partial
from pathlib import Path

import pandas as pd

from plumbing.job import logged, paths
from science.analyses.contrasts import values_of_networks
from science.analyses.dose import absent_tables, clips_left_in, dose_tests, values_by_dose
from science.statistics.randomness import named_generator
from storage.tables import read_table, write_table

NETWORK = ["category", "features", "seed"]
KEPT = [*NETWORK, "units", "group", "stimulus", "segment_ms", "clips", "relative"]


def main(
    selectivity: Path,
    quilts: Path,
    labels: Mapping[str, Path],
    reference: str,
    shares: Mapping[str, float],
    apart: Collection[str],
    chosen_on: str,
    seed: int,
) -> dict[str, pd.DataFrame]:
    """The numbers of every network by share left in (summary), and tests of the share.

    `labels` are what the conditions train on; those `apart` have no part in the trend.
    """
    ratios = read_table(selectivity, [*NETWORK, "chosen_on", "split", "ratio"])
    ratios = ratios[ratios["chosen_on"] == chosen_on]
    kept = read_table(quilts, KEPT)
    kept = kept[(kept["units"] == "selective") & (kept["group"] == "category")]
    tables = {
        name: read_table(path, ["clip_id", "split", "left_out"]) for name, path in labels.items()
    }
    clips = clips_left_in(tables, reference)
    held_out = {"test": "train", "train": "test"}[chosen_on]
    measured = values_of_networks(ratios, kept)
    values = values_by_dose(measured, shares, clips, apart, held_out)
    draw = partial(named_generator, seed, "dose")
    return {"summary": values, "tests": dose_tests(values, reference, draw)}


if __name__ == "__main__":
    with logged(snakemake):
        tables = absent_tables(snakemake.params.absent)
        if snakemake.input.get("selectivity"):
            tables = main(
                selectivity=Path(snakemake.input.selectivity),
                quilts=Path(snakemake.input.quilts),
                labels={path.stem: path for path in paths(snakemake.input.labels)},
                reference=snakemake.params.reference,
                shares=snakemake.params.shares,
                apart=snakemake.params.apart,
                chosen_on=snakemake.params.chosen_on,
                seed=snakemake.params.seed,
            )
        for name, path in snakemake.output.items():
            write_table(Path(path), tables[name])
