"""Measure how well each network detects each class on the test set."""

import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

import pandas as pd
from tqdm import tqdm

from plumbing.job import logged, paths
from science.analyses.detection import describe_classes, detect_classes, mean_over_classes
from storage.activations import network_of, read_matrix
from storage.corpus_tables import CorpusTables, read_corpus_tables
from storage.labels import read_labels
from storage.tables import write_table


def main(
    scores: Iterable[Path],
    clips: Path,
    corpus: CorpusTables,
    category: str,
    classes: Sequence,
    per_class_path: Path,
    summary_path: Path,
) -> None:
    """Average precision per class, and its mean over the category's classes and over all others."""
    described = describe_classes(corpus.class_labels, corpus.resolve(classes))
    labels = read_labels(clips)
    parts = {}
    for path in tqdm(list(scores), file=sys.stderr):
        clip_ids, values = read_matrix(path, corpus.classes)
        parts[network_of(path)] = detect_classes(values, labels.loc[clip_ids], described)
    per_class = pd.concat(parts, names=["features", "seed"]).reset_index(["features", "seed"])
    write_table(per_class_path, per_class)
    summary = mean_over_classes(per_class)
    summary.insert(2, "category", category)
    write_table(summary_path, summary)


if __name__ == "__main__":
    with logged(snakemake):
        main(
            scores=paths(snakemake.input.scores),
            clips=Path(snakemake.input.clips),
            corpus=read_corpus_tables(snakemake.input.tables),
            category=snakemake.params.category,
            classes=snakemake.params.classes,
            per_class_path=Path(snakemake.output.per_class),
            summary_path=Path(snakemake.output.summary),
        )
