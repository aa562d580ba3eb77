"""Measure how well groups of units along the ranking detect their category, and its sub-classes."""

import sys
from collections.abc import Iterable
from pathlib import Path

import pandas as pd
from tqdm import tqdm

from plumbing.job import logged, paths
from science.analyses.readout import (
    read_out_places,
    read_out_subclasses,
    summarise_subclasses,
)
from science.baselines.feature_sets import ACOUSTICS
from science.corpus.ontology import describe_subclasses
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
    fraction: float,
) -> dict[str, pd.DataFrame]:
    """One read-out for each feature set and group of units (summary), and sub-class (per_subclass).

    Units are ranked on the train split, which the read-out is fitted on. Acoustics are read out
    whole: of seven numbers there are too few to choose from. Sub-classes are read out of the most
    selective units, and their mean stands in the row of these.
    """
    labels = read_labels(clips)
    parts, rows = [], []
    for files in tqdm(list(splits), file=sys.stderr):
        features, seed = network_of(files[0])
        network = {"features": features, "seed": seed, "category": category}
        ranked, share = units.table(features, seed).sort_values("rank"), fraction
        ranking = ranked["unit"].to_numpy()
        if features == ACOUSTICS:
            share = 1.0
        elif not ranked["selected"].any():
            ranking = ranking[:0]
        samples, of_clips = [], []
        for clip_ids, responses in map(read_matrix, files):
            samples.append((responses, *groups.groups(clip_ids)))
            of_clips.append(labels.loc[clip_ids].tolist())
        places = read_out_places(*samples, ranking, share)
        first = ranking[: places["units"].iloc[0]]
        part = read_out_subclasses(samples, of_clips, first, described)
        parts.append(pd.DataFrame([network]).merge(part, how="cross"))
        of_first = pd.DataFrame([{"place": 1, **summarise_subclasses(part)}])
        of_network = places.merge(of_first, how="left", on="place")
        rows.append(pd.DataFrame([network]).merge(of_network, how="cross"))
    return {
        "summary": pd.concat(rows, ignore_index=True),
        "per_subclass": pd.concat(parts, ignore_index=True),
    }


if __name__ == "__main__":
    with logged(snakemake):
        corpus = read_corpus_tables(snakemake.input.tables)
        tables = main(
            splits=zip(paths(snakemake.input.train), paths(snakemake.input.test), strict=True),
            units=SelectedUnits(paths(snakemake.input.units), chosen_on="train"),
            groups=CategoryTable(Path(snakemake.input.category)),
            clips=Path(snakemake.input.clips),
            category=snakemake.wildcards.category,
            described=describe_subclasses(
                corpus.ontology, corpus.class_labels, snakemake.params.parent
            ),
            fraction=snakemake.params.fraction,
        )
        for name, path in snakemake.output.items():
            write_table(Path(path), tables[name])
