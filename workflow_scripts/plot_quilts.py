"""Plot responses to quilts by segment length."""

from pathlib import Path

from plumbing.job import logged
from science.figures.plotting_quilts import quilts_figure
from storage.figures import write_figure
from storage.tables import read_table

COLUMNS = [
    "features",
    "seed",
    "units",
    "group",
    "stimulus",
    "segment_ms",
    "clips",
    "response",
    "relative",
]


def main(table: Path, reference: str, notice: str, png: Path, pdf: Path) -> None:
    """Draw the responses of the reference condition, and what all conditions keep."""
    figure = quilts_figure(read_table(table, COLUMNS), reference, notice)
    write_figure(figure, png, pdf)


if __name__ == "__main__":
    with logged(snakemake):
        main(
            table=Path(snakemake.input[0]),
            reference=snakemake.params.reference,
            notice=snakemake.params.notice,
            png=Path(snakemake.output.png),
            pdf=Path(snakemake.output.pdf),
        )
