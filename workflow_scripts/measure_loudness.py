"""Measure the response ratio of selective units with all clips at one level, the category lower."""

from collections.abc import Iterable, Sequence
from pathlib import Path

import pandas as pd

from plumbing.job import logged, paths
from science.analyses.loudness import levelled_ratio
from science.statistics.randomness import named_generator
from storage.activations import network_of
from storage.tables import read_table, write_table

COLUMNS = ["split", "in_category", "attenuation", "mean_response"]


def main(
    responses: Iterable[Path],
    category: str,
    attenuations: Sequence[float],
    bootstrap_samples: int,
    seed: int,
    output: Path,
) -> None:
    """A row for every feature set, split and attenuation of the category."""
    rows = []
    for path in responses:
        features, network_seed = network_of(path)
        table = read_table(path, COLUMNS)
        for split in ("train", "test"):
            of_split = table[table["split"] == split]
            for attenuation in attenuations:
                names = ("loudness", category, features, network_seed, split, f"1:{attenuation:g}")
                generator = named_generator(seed, *names)
                ratio = levelled_ratio(of_split, attenuation, generator, bootstrap_samples)
                network = {"features": features, "seed": network_seed, "category": category}
                rows.append(network | {"split": split, "attenuation": attenuation} | ratio)
    write_table(output, pd.DataFrame(rows))


if __name__ == "__main__":
    with logged(snakemake):
        main(
            responses=paths(snakemake.input),
            category=snakemake.wildcards.category,
            attenuations=snakemake.params.attenuations,
            bootstrap_samples=snakemake.params.bootstrap_samples,
            seed=snakemake.params.seed,
            output=Path(snakemake.output[0]),
        )
