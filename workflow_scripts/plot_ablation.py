"""Plot how class detection suffers when groups of units are silenced."""

from pathlib import Path

from plumbing.job import logged
from science.figures.plotting_units import ablation_figure
from storage.figures import write_figure
from storage.tables import read_table

GROUP_COLUMNS = ["features", "seed", "group", "mean_average_precision", "classes"]
TEST_COLUMNS = ["features", "comparison", "effect_size", "networks", "n1"]


def main(groups: Path, tests: Path, notice: str, png: Path, pdf: Path) -> None:
    """Draw the change of mean AP without each group, and the effect sizes of the tests."""
    figure = ablation_figure(
        read_table(groups, GROUP_COLUMNS), read_table(tests, TEST_COLUMNS), notice
    )
    write_figure(figure, png, pdf)


if __name__ == "__main__":
    with logged(snakemake):
        main(
            groups=Path(snakemake.input.groups),
            tests=Path(snakemake.input.tests),
            notice=snakemake.params.notice,
            png=Path(snakemake.output.png),
            pdf=Path(snakemake.output.pdf),
        )
