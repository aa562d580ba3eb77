"""Plot the response ratio of music-selective units at equal and lower loudness."""

from pathlib import Path

from plumbing.job import logged
from science.figures.plotting_units import loudness_figure
from storage.figures import write_figure
from storage.tables import read_table

COLUMNS = ["features", "seed", "split", "attenuation", "ratio", "rms_ratio"]


def main(table: Path, notice: str, png: Path, pdf: Path) -> None:
    """Draw the ratio against the attenuation of music, a panel per split."""
    write_figure(loudness_figure(read_table(table, COLUMNS), notice), png, pdf)


if __name__ == "__main__":
    with logged(snakemake):
        main(
            table=Path(snakemake.input[0]),
            notice=snakemake.params.notice,
            png=Path(snakemake.output.png),
            pdf=Path(snakemake.output.pdf),
        )
