"""Measure how well the music-selective units alone tell each genre from sounds without music."""

import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd
from tqdm import tqdm

from plumbing.job import logged, paths
from science.analyses.genres import describe_genres, genre_masks, genre_table, summarise_genres
from science.analyses.readout import evaluate_genre_readouts
from science.baselines.feature_sets import ACOUSTICS
from storage.activations import read_matrix
from storage.categories import CategoryTable
from storage.corpus_tables import CorpusTables, read_corpus_tables
from storage.selected_units import SelectedUnits
from storage.tables import write_table

if TYPE_CHECKING:
    from snakemake.iocontainers import Snakemake

    snakemake: Snakemake


def main(
    train: Iterable[Path],
    test: Iterable[Path],
    feature_sets: Sequence[tuple[str, int]],
    units: Path,
    categories: Path,
    corpus: CorpusTables,
    per_genre_path: Path,
    summary_path: Path,
) -> None:
    """One read-out per feature set and genre, and their mean.

    Acoustics are read out whole: of seven numbers there are too few to choose from.
    """
    table, chosen = CategoryTable(categories, "music"), SelectedUnits(units)
    described = describe_genres(corpus.ontology, corpus.class_labels)
    parts, rows = [], []
    files = tqdm(list(zip(feature_sets, train, test, strict=True)), file=sys.stderr)
    for (features, seed), *split_paths in files:
        used = slice(None) if features == ACOUSTICS else chosen.of(features, seed)
        samples = []
        for path in split_paths:
            clip_ids, responses = read_matrix(path)
            music, others = table.groups(clip_ids, "music")
            labels = table.labels(clip_ids)
            of_genres = genre_masks(labels, music, corpus.classes, described["mid"])
            samples += [responses[:, used], of_genres, others]
        network = {"features": features, "seed": seed}
        part = genre_table(described.assign(**network), evaluate_genre_readouts(*samples))
        parts.append(part)
        rows.append(network | {"units": samples[0].shape[1]} | summarise_genres(part))
    write_table(per_genre_path, pd.concat(parts, ignore_index=True))
    write_table(summary_path, pd.DataFrame(rows))


if __name__ == "__main__":
    with logged(snakemake):
        main(
            train=paths(snakemake.input.train),
            test=paths(snakemake.input.test),
            feature_sets=snakemake.params.feature_sets,
            units=Path(snakemake.input.units),
            categories=Path(snakemake.input.categories),
            corpus=read_corpus_tables(snakemake.input.tables),
            per_genre_path=Path(snakemake.output.per_genre),
            summary_path=Path(snakemake.output.summary),
        )
