"""Plot what music-selective units tell of genres."""

from pathlib import Path

from plumbing.job import logged
from science.figures.plotting_units import genres_figure
from storage.figures import write_figure
from storage.tables import read_table

SUMMARY_COLUMNS = ["features", "seed", "mean_average_precision", "chance", "genres"]
GENRE_COLUMNS = [
    "features",
    "seed",
    "genre",
    "average_precision",
    "chance",
    "n_test_positive",
]


def main(summary: Path, per_genre: Path, reference: str, notice: str, png: Path, pdf: Path) -> None:
    """Draw the mean AP of each feature set, and of each genre in the reference condition."""
    figure = genres_figure(
        read_table(summary, SUMMARY_COLUMNS),
        read_table(per_genre, GENRE_COLUMNS),
        reference,
        notice,
    )
    write_figure(figure, png, pdf)


if __name__ == "__main__":
    with logged(snakemake):
        main(
            summary=Path(snakemake.input.summary),
            per_genre=Path(snakemake.input.per_genre),
            reference=snakemake.params.reference,
            notice=snakemake.params.notice,
            png=Path(snakemake.output.png),
            pdf=Path(snakemake.output.pdf),
        )
