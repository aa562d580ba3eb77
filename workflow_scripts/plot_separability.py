"""Plot how well a linear read-out of each feature set tells music from other sounds."""

from pathlib import Path

from plumbing.job import logged
from science.figures.plotting_networks import separability_figure
from storage.figures import write_figure
from storage.tables import read_table

COLUMNS = [
    "features",
    "seed",
    "added",
    "average_precision",
    "chance",
    "n_test_positive",
    "n_test_negative",
]


def main(
    table: Path,
    notice: str,
    png: Path,
    pdf: Path,
) -> None:
    """Draw average precision per feature set."""
    figure = separability_figure(read_table(table, COLUMNS), notice)
    write_figure(figure, png, pdf)


if __name__ == "__main__":
    with logged(snakemake):
        main(
            table=Path(snakemake.input[0]),
            notice=snakemake.params.notice,
            png=Path(snakemake.output.png),
            pdf=Path(snakemake.output.pdf),
        )
