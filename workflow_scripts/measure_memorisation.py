"""Measure how well networks know the clips they were trained on, beside clips that are new."""

import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from tqdm import tqdm

from plumbing.job import logged, paths
from science.analyses.memorisation import by_split, describe_knowledge
from storage.activations import read_matrix
from storage.categories import CategoryTable
from storage.corpus_tables import CorpusTables, read_corpus_tables
from storage.tables import read_table, write_table

if TYPE_CHECKING:
    from snakemake.iocontainers import Snakemake

    snakemake: Snakemake


def main(
    train_scores: Iterable[Path],
    test_scores: Iterable[Path],
    networks: Sequence[tuple[str, int]],
    labels: Mapping[str, Path],
    categories: Path,
    corpus: CorpusTables,
    apart: Sequence,
    embedding: Path,
    seed: int,
    output: Path,
) -> None:
    """Mean AP on the train and validation clips by the targets trained on, and on the test clips.

    The test clips have their true labels, and the classes apart have no part there. The
    segregation index is that of the network's embedding, where it has one.
    """
    table = CategoryTable(categories)
    set_apart = set(corpus.resolve(apart))
    classes = [mid for mid in corpus.classes if mid not in set_apart]
    segregation = read_table(embedding, ["features", "seed", "segregation_index"])
    segregation = segregation.set_index(["features", "seed"])["segregation_index"]
    parts = []
    files = tqdm(list(zip(networks, train_scores, test_scores, strict=True)), file=sys.stderr)
    for place, ((features, network_seed), train_path, test_path) in enumerate(files):
        targets = read_table(labels[features], ["clip_id", "split", "targets"])
        scored = by_split(*read_matrix(train_path, classes), targets)
        clip_ids, scores = read_matrix(test_path, classes)
        scored["test"] = ("true", scores, table.labels(clip_ids))
        part = describe_knowledge(scored, classes, np.random.default_rng([seed, place]))
        part.insert(0, "features", features)
        part.insert(1, "seed", network_seed)
        part["segregation_index"] = segregation.get((features, network_seed), np.nan)
        parts.append(part)
    write_table(output, pd.concat(parts, ignore_index=True))


if __name__ == "__main__":
    with logged(snakemake):
        main(
            train_scores=paths(snakemake.input.train_scores),
            test_scores=paths(snakemake.input.test_scores),
            networks=snakemake.params.networks,
            labels={path.stem: path for path in paths(snakemake.input.labels)},
            categories=Path(snakemake.input.categories),
            corpus=read_corpus_tables(snakemake.input.tables),
            apart=snakemake.params.detection["classes_apart"],
            embedding=Path(snakemake.input.embedding),
            seed=snakemake.params.seed,
            output=Path(snakemake.output[0]),
        )
