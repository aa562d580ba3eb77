"""Measure the response ratio of music-selective units with all clips at one level, and below."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from plumbing.job import logged, paths
from science.analyses.levelled_ratio import levelled_ratio
from storage.tables import read_table, write_table

if TYPE_CHECKING:
    from snakemake.iocontainers import Snakemake

    snakemake: Snakemake

COLUMNS = ["split", "music", "attenuation", "mean_response"]


def main(
    responses: Iterable[Path],
    feature_sets: Sequence[tuple[str, int]],
    attenuations: Sequence[float],
    bootstrap_samples: int,
    seed: int,
    output: Path,
) -> None:
    """A row for every network, split and attenuation of music, and for the acoustics alike."""
    rows = []
    for (features, network_seed), path in zip(feature_sets, responses, strict=True):
        table = read_table(path, COLUMNS)
        generator = np.random.default_rng([seed, network_seed])
        for split in ("train", "test"):
            of_split = table[table["split"] == split]
            for attenuation in attenuations:
                place = {"features": features, "seed": network_seed, "split": split}
                ratio = levelled_ratio(of_split, attenuation, generator, bootstrap_samples)
                rows.append(place | {"attenuation": attenuation} | ratio)
    write_table(output, pd.DataFrame(rows))


if __name__ == "__main__":
    with logged(snakemake):
        main(
            responses=paths(snakemake.input),
            feature_sets=snakemake.params.feature_sets,
            attenuations=snakemake.params.attenuations,
            bootstrap_samples=snakemake.params.bootstrap_samples,
            seed=snakemake.params.seed,
            output=Path(snakemake.output[0]),
        )
