"""Write the report of a run: one HTML page with its figures, tables, configuration and costs."""

import platform
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path

import pandas as pd
import yaml

from plumbing.job import logged, paths
from plumbing.provenance import commit_of, digests_of, logs_of, sources_of
from science.report.listening import Sounds
from science.report.page import Run, render_page
from science.report.traces import selections_of, traces_of
from sources.availability import classes_without_clips
from sources.availability_sentences import availability_sentences
from storage.tables import read_benchmarks, read_table
from storage.whole_files import write_whole

# Digits are those of the paper; numbers of networks are whole, or two.
AS_WRITTEN = ("printed", "n", "our_n")
PACKAGES = ["snakemake", "torch", "numpy", "scipy", "pandas", "scikit-learn", "pyarrow"]
PACKAGES += ["matplotlib", "soundfile", "soxr", "av", "yt-dlp", "huggingface_hub"]
VERSIONS = {"Python": platform.python_version()} | {name: version(name) for name in PACKAGES}


def read_sounds(folder: Path) -> Sounds:
    """What rule gather_sounds left in a folder beside the page."""
    files = {path.name: path.read_bytes() for path in sorted(folder.glob("*.ogg"))}
    return Sounds(read_table(folder / "sounds.csv"), files, folder.name)


def main(parts: Mapping[str, Path], tables: Mapping[str, list[Path]], params: Mapping) -> str:
    """Gather what the run left behind and render it as one page.

    Args:
        parts: template, script, availability, availability_classes, scorecard, numbers, config.
        tables: figures, captions, analyses, left_out, and sounds: the folder of these, or none.
        params: clips (a folder), scripts (a folder, from that of the run), notice.
    """
    folder = parts["config"].parent
    config = yaml.safe_load(config_text := parts["config"].read_text(encoding="utf-8"))
    target = config["run"]["target"]
    by_split = read_table(parts["availability"])
    gone = classes_without_clips(read_table(parts["availability_classes"]))
    analyses = {path.stem: read_table(path) for path in tables["analyses"]}
    scripts = folder / params["scripts"]
    run = Run(
        folder=str(folder),
        notice=params["notice"],
        config=config,
        config_text=config_text,
        figures={path.stem: path.read_bytes() for path in tables["figures"]},
        captions={path.stem: path.read_text(encoding="utf-8") for path in tables["captions"]},
        scorecard=read_table(parts["scorecard"], as_text=AS_WRITTEN),
        numbers=read_table(parts["numbers"], as_text=AS_WRITTEN),
        analyses=analyses,
        availability=by_split,
        availability_words=availability_sentences(by_split, gone),
        left_out=pd.concat(map(read_table, tables["left_out"]), ignore_index=True),
        jobs=read_benchmarks(folder / "benchmarks", folder / "logs"),
        versions=VERSIONS,
        traces=traces_of(
            selections_of(target, config["categories"]),
            sources_of(scripts, analyses),
            logs_of(folder, analyses, target),
            params["scripts"],
        ),
        sounds=read_sounds(*tables["sounds"]) if tables["sounds"] else None,
        commit=commit_of(scripts),
        digests=digests_of(Path(params["clips"])),
    )
    texts = (parts[name].read_text(encoding="utf-8") for name in ("template", "script"))
    return render_page(*texts, run)


if __name__ == "__main__":
    with logged(snakemake):
        given = dict(snakemake.input.items())
        lists = ("figures", "captions", "analyses", "left_out", "sounds")
        page = main(
            {name: Path(file) for name, file in given.items() if name not in lists},
            {name: paths(given.get(name, [])) for name in lists},
            dict(snakemake.params.items()),
        )
        write_whole(Path(snakemake.output[0]), [page.encode()])
