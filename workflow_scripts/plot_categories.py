"""Plot the ratio of units selective for each category, and their responses to quilts."""

from pathlib import Path

from plumbing.job import logged
from science.figures.plotting_categories import categories_figure
from storage.figures import write_figure
from storage.tables import read_table

SUMMARY_COLUMNS = ["features", "seed", "category", "split", "ratio", "null_mean", "category_clips"]
QUILT_COLUMNS = [
    "features",
    "seed",
    "category",
    "units",
    "group",
    "stimulus",
    "segment_ms",
    "relative",
]
MUSIC_COLUMNS = ["features", "seed", "split", "ratio", "null_mean"]


def main(
    summary: Path, quilts: Path, music: Path, reference: str, notice: str, png: Path, pdf: Path
) -> None:
    """Draw the ratios of the reference condition, music first, and its quilts."""
    figure = categories_figure(
        read_table(summary, SUMMARY_COLUMNS),
        read_table(quilts, QUILT_COLUMNS),
        read_table(music, MUSIC_COLUMNS),
        reference,
        notice,
    )
    write_figure(figure, png, pdf)


if __name__ == "__main__":
    with logged(snakemake):
        main(
            summary=Path(snakemake.input.summary),
            quilts=Path(snakemake.input.quilts),
            music=Path(snakemake.input.music),
            reference=snakemake.params.reference,
            notice=snakemake.params.notice,
            png=Path(snakemake.output.png),
            pdf=Path(snakemake.output.pdf),
        )
