"""Plot the mean response of all units to music and to other sounds."""

from pathlib import Path

from plumbing.job import logged
from science.figures.plotting_selectivity import mean_response_figure
from storage.figures import write_figure
from storage.tables import read_table

SUMMARY_COLUMNS = ["features", "seed", "effect_size", "n1", "n2"]
HISTOGRAM_COLUMNS = ["features", "seed", "group", "low", "high", "clips"]


def main(
    summary: Path,
    histogram: Path,
    reference: str,
    notice: str,
    png: Path,
    pdf: Path,
) -> None:
    """Draw the histograms of one network, and the effect size per condition."""
    figure = mean_response_figure(
        read_table(summary, SUMMARY_COLUMNS),
        read_table(histogram, HISTOGRAM_COLUMNS),
        reference,
        notice,
    )
    write_figure(figure, png, pdf)


if __name__ == "__main__":
    with logged(snakemake):
        main(
            summary=Path(snakemake.input.summary),
            histogram=Path(snakemake.input.histogram),
            reference=snakemake.params.reference,
            notice=snakemake.params.notice,
            png=Path(snakemake.output.png),
            pdf=Path(snakemake.output.pdf),
        )
