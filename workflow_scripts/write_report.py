"""Write the report of a run: one HTML page with its figures, tables, configuration and costs."""

import platform
from collections.abc import Iterable
from importlib.metadata import version
from pathlib import Path

import pandas as pd
import yaml

from plumbing.job import logged, paths
from science.report.page import Run, render_page
from sources.availability import classes_without_clips
from sources.availability_sentences import availability_sentences
from storage.tables import read_benchmarks
from storage.whole_files import whole_file

# Digits are those of the paper; numbers of networks are whole, or two.
AS_WRITTEN = {"printed": str, "n": str, "our_n": str}
PACKAGES = ["snakemake", "torch", "numpy", "scipy", "pandas", "scikit-learn", "pyarrow"]
PACKAGES += ["matplotlib", "soundfile", "soxr", "av", "yt-dlp", "huggingface_hub"]


def main(
    template: Path,
    figures: Iterable[Path],
    captions: Iterable[Path],
    analyses: Iterable[Path],
    availability: Path,
    availability_classes: Path,
    left_out: Iterable[Path],
    scorecard: Path,
    numbers: Path,
    config: Path,
    benchmarks: Path,
    notice: str,
    output: Path,
) -> None:
    """Gather what the run left behind and write it as one page."""
    config_text = config.read_text(encoding="utf-8")
    by_split = pd.read_csv(availability)
    without_clips = classes_without_clips(pd.read_csv(availability_classes))
    run = Run(
        folder=str(output.parent),
        notice=notice,
        config=yaml.safe_load(config_text),
        config_text=config_text,
        figures={path.stem: path.read_bytes() for path in figures},
        captions={path.stem: path.read_text(encoding="utf-8") for path in captions},
        scorecard=pd.read_csv(scorecard, dtype=AS_WRITTEN),
        numbers=pd.read_csv(numbers, dtype=AS_WRITTEN),
        analyses={path.stem: pd.read_csv(path) for path in analyses},
        availability=by_split,
        availability_words=availability_sentences(by_split, without_clips),
        left_out=pd.concat([pd.read_csv(path) for path in left_out], ignore_index=True),
        jobs=read_benchmarks(benchmarks),
        versions={
            "Python": platform.python_version(),
            **{name: version(name) for name in PACKAGES},
        },
    )
    with whole_file(output) as unfinished:
        page = render_page(template.read_text(encoding="utf-8"), run)
        unfinished.write_text(page, encoding="utf-8")


if __name__ == "__main__":
    with logged(snakemake):
        main(
            template=Path(snakemake.input.template),
            figures=paths(snakemake.input.figures),
            captions=paths(snakemake.input.captions),
            analyses=paths(snakemake.input.analyses),
            availability=Path(snakemake.input.availability),
            availability_classes=Path(snakemake.input.availability_classes),
            left_out=paths(snakemake.input.left_out),
            scorecard=Path(snakemake.input.scorecard),
            numbers=Path(snakemake.input.numbers),
            config=Path(snakemake.input.config),
            benchmarks=Path(snakemake.params.benchmarks),
            notice=snakemake.params.notice,
            output=Path(snakemake.output[0]),
        )
