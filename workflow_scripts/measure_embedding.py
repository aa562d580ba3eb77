"""Measure how far music and other sounds keep apart in the embedding of each feature set."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from plumbing.job import logged, paths
from science.embedding import segregation_index
from science.selectivity_null import permutation_p
from storage.tables import read_table, write_table

if TYPE_CHECKING:
    from snakemake.iocontainers import Snakemake

    snakemake: Snakemake

PERMUTATIONS = 200
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
    the permuted ones say how high.
    """
    rows = []
    for (features, network_seed), places, quality in zip(
        feature_sets, coordinates, qualities, strict=True
    ):
        table = read_table(places, ["music", "x", "y"])
        music = table["music"].to_numpy(dtype=bool)
        generator = np.random.default_rng([seed, network_seed])
        rows.append(
            {
                "features": features,
                "seed": network_seed,
                "music_clips": int(music.sum()),
                "non_music_clips": int((~music).sum()),
                "bins": bins,
                **segregation(table[["x", "y"]].to_numpy(), music, bins, generator),
                **read_table(quality, QUALITY_COLUMNS).iloc[0].to_dict(),
            }
        )
    write_table(output, pd.DataFrame(rows))


def segregation(
    places: np.ndarray, music: np.ndarray, bins: int, generator: np.random.Generator
) -> dict[str, float]:
    """The index by the true labels, and its permutation null; NaN without clips of both kinds."""
    if music.all() or not music.any() or np.isnan(places).any():
        names = ("segregation_index", "null_mean", "null_p")
        return dict.fromkeys(names, np.nan) | {"permutations": 0}
    index = segregation_index(places, music, ~music, bins)
    shuffled = (generator.permutation(music) for _ in range(PERMUTATIONS))
    null = np.array([segregation_index(places, labels, ~labels, bins) for labels in shuffled])
    return {
        "segregation_index": index,
        "null_mean": null.mean(),
        "null_p": permutation_p(index, null),
        "permutations": PERMUTATIONS,
    }


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
