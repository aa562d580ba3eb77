"""Plot what networks that memorised random labels keep of their response to quilts."""

from pathlib import Path

from plumbing.job import logged
from science.figures.plotting_quilts import memorisation_quilts_figure
from storage.figures import write_figure
from storage.tables import read_table

COLUMNS = ["features", "seed", "stimulus", "segment_ms", "relative", "note"]
TEST_COLUMNS = ["features", "stimulus", "measure", "p"]


def main(table: Path, tests: Path, reference: str, notice: str, png: Path, pdf: Path) -> None:
    """Draw relative responses by segment length with the p of each."""
    figure = memorisation_quilts_figure(
        read_table(table, COLUMNS), read_table(tests, TEST_COLUMNS), reference, notice
    )
    write_figure(figure, png, pdf)


if __name__ == "__main__":
    with logged(snakemake):
        main(
            table=Path(snakemake.input.summary),
            tests=Path(snakemake.input.tests),
            reference=snakemake.params.reference,
            notice=snakemake.params.notice,
            png=Path(snakemake.output.png),
            pdf=Path(snakemake.output.pdf),
        )
