"""Plot ratio and loss by quilting of networks trained without speech, beside others."""

from pathlib import Path

from plumbing.job import logged
from science.figures.plotting_quilts import speech_removal_figure
from storage.figures import write_figure
from storage.tables import read_table

COLUMNS = ["features", "seed", "ratio_test", "quilt_loss", "shortest", "note"]


def main(table: Path, removed: str, reference: str, notice: str, png: Path, pdf: Path) -> None:
    """Draw a point for each network of both conditions."""
    figure = speech_removal_figure(read_table(table, COLUMNS), removed, reference, notice)
    write_figure(figure, png, pdf)


if __name__ == "__main__":
    with logged(snakemake):
        main(
            table=Path(snakemake.input[0]),
            removed=snakemake.params.removed,
            reference=snakemake.params.reference,
            notice=snakemake.params.notice,
            png=Path(snakemake.output.png),
            pdf=Path(snakemake.output.pdf),
        )
