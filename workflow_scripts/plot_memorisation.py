"""Plot how well networks know the clips they were trained on."""

from pathlib import Path

from plumbing.job import logged
from science.figures.plotting_embedding import memorisation_figure
from storage.figures import write_figure
from storage.tables import read_table

COLUMNS = [
    "features",
    "seed",
    "split",
    "mean_average_precision",
    "chance",
    "null_low",
    "null_high",
    "segregation_index",
]


def main(table: Path, notice: str, png: Path, pdf: Path) -> None:
    """Draw mean AP per split, and how far music keeps apart in the embedding."""
    write_figure(memorisation_figure(read_table(table, COLUMNS), notice), png, pdf)


if __name__ == "__main__":
    with logged(snakemake):
        main(
            table=Path(snakemake.input[0]),
            notice=snakemake.params.notice,
            png=Path(snakemake.output.png),
            pdf=Path(snakemake.output.pdf),
        )
