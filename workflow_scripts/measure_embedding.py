"""Measure how far music and other sounds keep apart in the embedding of each feature set."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from plumbing.job import logged, paths
from science.analyses.segregation import segregation_beside_null
from science.statistics.tests import join_notes
from storage.tables import read_table, write_table

if TYPE_CHECKING:
    from snakemake.iocontainers import Snakemake

    snakemake: Snakemake

QUALITY_COLUMNS = [
    "perplexity",
    "kullback_leibler",
    "neighbours",
    "neighbour_preservation",
    "chance_preservation",
    "note",
]


def main(
    coordinates: Iterable[Path],
    qualities: Iterable[Path],
    feature_sets: Sequence[tuple[str, int]],
    bins: int,
    seed: int,
    output: Path,
) -> None:
    """Segregation index per embedding, beside the index of permuted labels and the fit's quality.

    Few clips leave most bins of the histograms empty, which raises the index whatever the labels:
    the permuted ones say how high, and whether it says anything at all.
    """
    rows = []
    for (features, network_seed), places, quality in zip(
        feature_sets, coordinates, qualities, strict=True
    ):
        table = read_table(places, ["music", "x", "y"])
        music = table["music"].to_numpy(dtype=bool)
        generator = np.random.default_rng([seed, network_seed])
        segregation = segregation_beside_null(table[["x", "y"]].to_numpy(), music, bins, generator)
        described = read_table(quality, QUALITY_COLUMNS).iloc[0].to_dict()
        note = join_notes(described["note"], segregation.pop("note"))
        rows.append(
            {"features": features, "seed": network_seed} | segregation | described | {"note": note}
        )
    write_table(output, pd.DataFrame(rows))


if __name__ == "__main__":
    with logged(snakemake):
        main(
            coordinates=paths(snakemake.input.coordinates),
            qualities=paths(snakemake.input.qualities),
            feature_sets=snakemake.params.feature_sets,
            bins=snakemake.params.bins,
            seed=snakemake.params.seed,
            output=Path(snakemake.output[0]),
        )
