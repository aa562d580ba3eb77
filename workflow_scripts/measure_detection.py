"""Measure how well each network detects each class on the test set."""

import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from tqdm import tqdm

from plumbing.job import logged, paths
from science.corpus.audioset import multi_hot
from science.statistics.average_precision import average_precision_per_class, chance_per_class
from storage.activations import read_matrix
from storage.categories import CategoryTable
from storage.corpus_tables import CorpusTables, read_corpus_tables
from storage.tables import write_table

if TYPE_CHECKING:
    from snakemake.iocontainers import Snakemake

    snakemake: Snakemake


def main(
    scores: Iterable[Path],
    networks: Sequence[tuple[str, int]],
    categories: Path,
    corpus: CorpusTables,
    apart: Sequence,
    per_class_path: Path,
    summary_path: Path,
) -> None:
    """Average precision per class, and its mean over the classes apart and over all others."""
    table = CategoryTable(categories)
    described = corpus.class_labels[["mid", "display_name"]].assign(
        group=np.where(corpus.class_labels["mid"].isin(corpus.resolve(apart)), "apart", "other")
    )
    parts = []
    for (features, seed), path in zip(networks, tqdm(list(scores), file=sys.stderr), strict=True):
        clip_ids, values = read_matrix(path, corpus.classes)
        targets = multi_hot(table.labels(clip_ids), corpus.classes)
        part = described.assign(
            positives=targets.sum(axis=0),
            clips=len(clip_ids),
            average_precision=average_precision_per_class(values, targets),
            chance=chance_per_class(targets),
        )
        part.insert(0, "features", features)
        part.insert(1, "seed", seed)
        parts.append(part)
    per_class = pd.concat(parts, ignore_index=True)
    write_table(per_class_path, per_class)
    tested = per_class[per_class["positives"] > 0]
    grouped = tested.groupby(["features", "seed", "group"], sort=False)
    summary = grouped.agg(
        mean_average_precision=("average_precision", "mean"),
        chance=("chance", "mean"),
        classes=("mid", "size"),
        clips=("clips", "first"),
    )
    write_table(summary_path, summary.reset_index())


if __name__ == "__main__":
    with logged(snakemake):
        main(
            scores=paths(snakemake.input.scores),
            networks=snakemake.params.networks,
            categories=Path(snakemake.input.categories),
            corpus=read_corpus_tables(snakemake.input.tables),
            apart=snakemake.params.detection["classes_apart"],
            per_class_path=Path(snakemake.output.per_class),
            summary_path=Path(snakemake.output.summary),
        )
