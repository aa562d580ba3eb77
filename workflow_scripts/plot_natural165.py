"""Plot responses to natural sounds by category, and the ratio of music to others."""

from pathlib import Path

from plumbing.job import logged
from science.figures.plotting_categories import natural165_figure
from storage.figures import write_figure
from storage.tables import read_table

SUMMARY_COLUMNS = ["features", "seed", "ratio", "music_sounds", "other_sounds", "note"]
MEANS_COLUMNS = ["features", "seed", "category", "music", "response"]


def main(summary: Path, means: Path, reference: str, notice: str, png: Path, pdf: Path) -> None:
    """Draw the means of all categories, and the ratio of each network."""
    figure = natural165_figure(
        read_table(summary, SUMMARY_COLUMNS), read_table(means, MEANS_COLUMNS), reference, notice
    )
    write_figure(figure, png, pdf)


if __name__ == "__main__":
    with logged(snakemake):
        main(
            summary=Path(snakemake.input.summary),
            means=Path(snakemake.input.means),
            reference=snakemake.params.reference,
            notice=snakemake.params.notice,
            png=Path(snakemake.output.png),
            pdf=Path(snakemake.output.pdf),
        )
