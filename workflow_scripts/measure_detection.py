"""Measure how well each network detects each class on the test set."""

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
from tqdm import tqdm

from plumbing.job import logged, paths
from science.analyses.detection import describe_classes, detect_classes, mean_over_classes
from storage.activations import network_of, read_matrix
from storage.corpus_tables import CorpusTables, read_corpus_tables
from storage.labels import read_labels
from storage.networks import has_scores
from storage.tables import write_table

NO_SCORES = "its weights have no layer of these classes"


def main(
    networks: Mapping[tuple[str, int], tuple[Path, Path]],
    clips: Path,
    corpus: CorpusTables,
    category: str,
    classes: Sequence,
    per_class_path: Path,
    summary_path: Path,
) -> None:
    """Average precision per class, and its mean over the category's classes and over all others.

    `networks` are files of weights and of scores. One that took weights without a layer of these
    classes detects none.
    """
    described = describe_classes(corpus.class_labels, corpus.resolve(classes))
    labels = read_labels(clips)
    parts = {}
    for network, (weights, scores) in tqdm(networks.items(), file=sys.stderr):
        clip_ids, values = read_matrix(scores, corpus.classes)
        parts[network] = detect_classes(values, labels.loc[clip_ids], described)
        if not has_scores(weights):
            parts[network] = parts[network].assign(average_precision=np.nan, note=NO_SCORES)
    per_class = pd.concat(parts, names=["features", "seed"]).reset_index(["features", "seed"])
    write_table(per_class_path, per_class)
    summary = mean_over_classes(per_class)
    summary.insert(2, "category", category)
    write_table(summary_path, summary)


if __name__ == "__main__":
    with logged(snakemake):
        files = zip(paths(snakemake.input.weights), paths(snakemake.input.scores), strict=True)
        main(
            networks={network_of(weights): (weights, scores) for weights, scores in files},
            clips=Path(snakemake.input.clips),
            corpus=read_corpus_tables(snakemake.input.tables),
            category=snakemake.params.category,
            classes=snakemake.params.classes,
            per_class_path=Path(snakemake.output.per_class),
            summary_path=Path(snakemake.output.summary),
        )
