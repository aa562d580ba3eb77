"""Plot a figure of the run: what `science.figures.{figure}` draws of the tables that it names."""

from collections.abc import Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from plumbing.job import logged, paths
from science.figures.style import Scene
from storage.figures import write_figure
from storage.tables import read_table

if TYPE_CHECKING:
    from snakemake.iocontainers import Snakemake

    snakemake: Snakemake


def main(
    figure: str,
    files: Mapping[str, Sequence[Path]],
    networks: Mapping[str, Sequence[tuple[str, int]]],
    scene: Scene,
    png: Path,
    pdf: Path,
) -> None:
    """Read the tables, draw and write; `networks` are those of tables with a file for each."""
    module = import_module(f"science.figures.{figure}")
    tables = {}
    for name, columns in module.TABLES.items():
        parts = [read_table(path, columns) for path in files[name]]
        if name in networks:
            parts = [
                part.assign(features=features, seed=seed)
                for part, (features, seed) in zip(parts, networks[name], strict=True)
            ]
        tables[name] = pd.concat(parts, ignore_index=True)
    write_figure(module.draw(tables, scene), png, pdf)


if __name__ == "__main__":
    with logged(snakemake):
        main(
            figure=snakemake.params.figure,
            files={name: paths(files) for name, files in snakemake.input.items()},
            networks=snakemake.params.networks,
            scene=Scene(**snakemake.params.scene),
            png=Path(snakemake.output.png),
            pdf=Path(snakemake.output.pdf),
        )
