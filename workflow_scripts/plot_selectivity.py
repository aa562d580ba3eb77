"""Plot the response ratio of the music-selective units, and how units rank."""

from pathlib import Path

from plumbing.job import logged
from science.figures.plotting_selectivity import selectivity_figure
from storage.figures import write_figure
from storage.tables import read_table

SUMMARY_COLUMNS = ["features", "seed", "split", "units", "ratio", "low", "high", "null_mean"]
UNITS_COLUMNS = ["features", "seed", "rank", "index", "selected"]


def main(
    summary: Path,
    units: Path,
    reference: str,
    notice: str,
    png: Path,
    pdf: Path,
) -> None:
    """Draw the response ratio per condition, and the units of the reference condition by rank."""
    figure = selectivity_figure(
        read_table(summary, SUMMARY_COLUMNS), read_table(units, UNITS_COLUMNS), reference, notice
    )
    write_figure(figure, png, pdf)


if __name__ == "__main__":
    with logged(snakemake):
        main(
            summary=Path(snakemake.input.summary),
            units=Path(snakemake.input.units),
            reference=snakemake.params.reference,
            notice=snakemake.params.notice,
            png=Path(snakemake.output.png),
            pdf=Path(snakemake.output.pdf),
        )
