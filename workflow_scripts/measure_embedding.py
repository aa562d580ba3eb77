"""Measure how far a category and other sounds keep apart in the embedding of each feature set."""

from collections.abc import Iterable
from pathlib import Path

import pandas as pd

from plumbing.job import logged, paths
from science.analyses.embedding import Quality, segregation_beside_null
from science.statistics.randomness import named_generator
from science.statistics.tests import join_notes
from storage.activations import network_of
from storage.tables import read_table, write_table

QUALITY_COLUMNS = [name for name in Quality.__dataclass_fields__ if name != "clips"]


def main(coordinates: Iterable[Path], category: str, bins: int, seed: int, output: Path) -> None:
    """Segregation index of each embedding, beside that of permuted labels and the fit's quality.

    Few clips leave most bins of the histograms empty, which raises the index whatever the labels:
    the permuted ones say how high, and whether it says anything at all.
    """
    rows = []
    for path in coordinates:
        features, network_seed = network_of(path)
        table = read_table(path, ["in_category", "x", "y"])
        generator = named_generator(seed, "embedding", category, features, network_seed)
        in_category = table["in_category"].to_numpy(dtype=bool)
        places = table[["x", "y"]].to_numpy()
        segregation = segregation_beside_null(places, in_category, bins, generator)
        described = read_table(path.with_suffix(".csv"), QUALITY_COLUMNS).iloc[0].to_dict()
        described["note"] = join_notes(described["note"], segregation.pop("note"))
        place = {"features": features, "seed": network_seed, "category": category}
        rows.append(place | segregation | described)
    write_table(output, pd.DataFrame(rows))


if __name__ == "__main__":
    with logged(snakemake):
        main(
            coordinates=paths(snakemake.input.coordinates),
            category=snakemake.wildcards.category,
            bins=snakemake.params.bins,
            seed=snakemake.params.seed,
            output=Path(snakemake.output[0]),
        )
