"""Plot the embeddings of all feature sets as density contours."""

from collections.abc import Iterable, Sequence
from pathlib import Path

import pandas as pd

from plumbing.job import logged, paths
from science.figures.plotting_embedding import embedding_figure
from storage.figures import write_figure
from storage.tables import read_table

SUMMARY_COLUMNS = [
    "features",
    "seed",
    "segregation_index",
    "null_mean",
    "smallest_possible_p",
    "music_clips",
    "non_music_clips",
]
PLACE_COLUMNS = ["music", "x", "y"]


def main(
    summary: Path,
    coordinates: Iterable[Path],
    feature_sets: Sequence[str],
    notice: str,
    png: Path,
    pdf: Path,
) -> None:
    """Draw the first embedding of every feature set."""
    places: dict[str, pd.DataFrame] = {}
    for features, path in zip(feature_sets, coordinates, strict=True):
        if features not in places:
            places[features] = read_table(path, PLACE_COLUMNS)
    figure = embedding_figure(places, read_table(summary, SUMMARY_COLUMNS), notice)
    write_figure(figure, png, pdf)


if __name__ == "__main__":
    with logged(snakemake):
        main(
            summary=Path(snakemake.input.summary),
            coordinates=paths(snakemake.input.coordinates),
            feature_sets=[features for features, _ in snakemake.params.feature_sets],
            notice=snakemake.params.notice,
            png=Path(snakemake.output.png),
            pdf=Path(snakemake.output.pdf),
        )
