"""Plot the response ratio of every condition and feature set, compared in pairs."""

from pathlib import Path

from plumbing.job import logged
from science.figures.plotting_units import conditions_figure
from storage.figures import write_figure
from storage.tables import read_table

RATIO_COLUMNS = ["features", "seed", "split", "ratio"]
PAIR_COLUMNS = ["features", "second", "difference", "p", "p_holm", "smallest_possible_p"]


def main(selectivity: Path, conditions: Path, notice: str, png: Path, pdf: Path) -> None:
    """Draw the ratios on the test split, and the differences of all pairs."""
    ratios = read_table(selectivity, RATIO_COLUMNS)
    pairs = read_table(conditions, PAIR_COLUMNS)
    figure = conditions_figure(ratios[ratios["split"] == "test"], pairs, notice)
    write_figure(figure, png, pdf)


if __name__ == "__main__":
    with logged(snakemake):
        main(
            selectivity=Path(snakemake.input.selectivity),
            conditions=Path(snakemake.input.conditions),
            notice=snakemake.params.notice,
            png=Path(snakemake.output.png),
            pdf=Path(snakemake.output.pdf),
        )
