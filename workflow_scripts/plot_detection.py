"""Plot how well the networks detect classes of sound."""

from pathlib import Path

from plumbing.job import logged
from science.figures.plotting_networks import detection_figure
from storage.figures import write_figure
from storage.tables import read_table

SUMMARY_COLUMNS = [
    "features",
    "seed",
    "group",
    "mean_average_precision",
    "chance",
    "classes",
    "clips",
]
PER_CLASS_COLUMNS = [
    "features",
    "seed",
    "display_name",
    "group",
    "positives",
    "average_precision",
    "chance",
]


def main(
    summary: Path,
    per_class: Path,
    reference: str,
    notice: str,
    png: Path,
    pdf: Path,
) -> None:
    """Draw mean AP per condition, and the best-detected classes of the reference condition."""
    figure = detection_figure(
        read_table(summary, SUMMARY_COLUMNS),
        read_table(per_class, PER_CLASS_COLUMNS),
        reference,
        notice,
    )
    write_figure(figure, png, pdf)


if __name__ == "__main__":
    with logged(snakemake):
        main(
            summary=Path(snakemake.input.summary),
            per_class=Path(snakemake.input.per_class),
            reference=snakemake.params.reference,
            notice=snakemake.params.notice,
            png=Path(snakemake.output.png),
            pdf=Path(snakemake.output.pdf),
        )
