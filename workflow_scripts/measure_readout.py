"""Measure how well the selective units alone detect each sub-class of their category."""

import sys
from collections.abc import Iterable
from pathlib import Path

import pandas as pd
from tqdm import tqdm

from plumbing.job import logged, paths
from science.analyses.readout import (
    describe_subclasses,
    read_out_subclasses,
    summarise_subclasses,
)
from science.baselines.feature_sets import ACOUSTICS
from storage.activations import network_of, read_matrix
from storage.corpus_tables import read_corpus_tables
from storage.labels import CategoryTable, read_labels
from storage.responses import SelectedUnits
from storage.tables import write_table


def main(
    splits: Iterable[tuple[Path, Path]],
    units: SelectedUnits,
    groups: CategoryTable,
    clips: Path,
    category: str,
    described: pd.DataFrame,
) -> dict[str, pd.DataFrame]:
    """One read-out for each feature set and sub-class (per_subclass), and their mean (summary).

    Acoustics are read out whole: of seven numbers there are too few to choose from.
    """
    labels = read_labels(clips)
    parts, rows = [], []
    for files in tqdm(list(splits), file=sys.stderr):
        features, seed = network_of(files[0])
        network = {"features": features, "seed": seed, "category": category}
        used = slice(None) if features == ACOUSTICS else units.of(features, seed)
        samples = []
        for clip_ids, responses in map(read_matrix, files):
            of_clips = labels.loc[clip_ids].tolist()
            samples.append((responses[:, used], of_clips, *groups.groups(clip_ids)))
        part = read_out_subclasses(samples, described)
        parts.append(pd.DataFrame([network]).merge(part, how="cross"))
        rows.append(network | {"units": samples[0][0].shape[1]} | summarise_subclasses(part))
    return {
        "summary": pd.DataFrame(rows),
        "per_subclass": pd.concat(parts, ignore_index=True),
    }


if __name__ == "__main__":
    with logged(snakemake):
        corpus = read_corpus_tables(snakemake.input.tables)
        tables = main(
            splits=zip(paths(snakemake.input.train), paths(snakemake.input.test), strict=True),
            units=SelectedUnits(Path(snakemake.input.units)),
            groups=CategoryTable(Path(snakemake.input.category)),
            clips=Path(snakemake.input.clips),
            category=snakemake.wildcards.category,
            described=describe_subclasses(
                corpus.ontology, corpus.class_labels, snakemake.params.parent
            ),
        )
        for name, path in snakemake.output.items():
            write_table(Path(path), tables[name])
