"""Plot loss and average precision of every network over the epochs of its training."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import pandas as pd

from plumbing.job import logged, paths
from science.figures.plotting_networks import training_figure
from storage.figures import write_figure
from storage.tables import read_table

COLUMNS = ["epoch", "loss", "validation_loss", "train_ap", "validation_ap"]


def main(
    histories: Iterable[Path],
    networks: Sequence[tuple[str, int]],
    weights_used: Mapping[str, str],
    notice: str,
    png: Path,
    pdf: Path,
) -> None:
    """Draw the histories of all networks; one that was never trained has no rows."""
    parts = [
        read_table(path, COLUMNS).astype(float).assign(features=features, seed=seed)
        for (features, seed), path in zip(networks, histories, strict=True)
    ]
    history = pd.concat(parts, ignore_index=True)
    write_figure(training_figure(history, weights_used, notice), png, pdf)


if __name__ == "__main__":
    with logged(snakemake):
        main(
            histories=paths(snakemake.input),
            networks=snakemake.params.networks,
            weights_used=snakemake.params.weights_used,
            notice=snakemake.params.notice,
            png=Path(snakemake.output.png),
            pdf=Path(snakemake.output.pdf),
        )
