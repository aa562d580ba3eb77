"""Measure how well networks know the clips they were trained on, beside clips that are new."""

import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
from tqdm import tqdm

from plumbing.job import logged, paths
from science.analyses.memorisation import by_split, describe_knowledge
from science.statistics.randomness import named_generator
from storage.activations import network_of, read_matrix
from storage.corpus_tables import read_corpus_tables
from storage.labels import read_labels
from storage.tables import read_table, write_table

EMBEDDING = ["features", "seed", "category", "segregation_index"]


def main(
    scores: Iterable[tuple[Path, Path]],
    targets_of: Mapping[str, Path],
    clips: Path,
    classes: Sequence[str],
    segregation: Mapping[tuple[str, int], float],
    seed: int,
    output: Path,
) -> None:
    """Mean AP on the train and validation clips by the targets trained on, and on the test clips.

    The test clips have their true labels. The segregation index is that of the network's
    embedding, where it has one.
    """
    labels, parts = read_labels(clips), {}
    for train, test in tqdm(list(scores), file=sys.stderr):
        network = network_of(train)
        targets = read_table(targets_of[network[0]], ["clip_id", "split", "targets"])
        scored = by_split(*read_matrix(train, classes), targets)
        clip_ids, of_test = read_matrix(test, classes)
        scored["test"] = ("true", of_test, labels.loc[clip_ids].tolist())
        drawn = {split: named_generator(seed, "memorisation", *network, split) for split in scored}
        known = describe_knowledge(scored, classes, drawn)
        parts[network] = known.assign(segregation_index=segregation.get(network, np.nan))
    names = ["features", "seed"]
    write_table(output, pd.concat(parts, names=names).reset_index(names))


if __name__ == "__main__":
    with logged(snakemake):
        corpus = read_corpus_tables(snakemake.input.tables)
        apart = set(corpus.resolve(snakemake.params.classes_apart))
        embedding = read_table(Path(snakemake.input.embedding), EMBEDDING)
        embedding = embedding[embedding["category"] == snakemake.params.category]
        scores = (paths(snakemake.input[f"{split}_scores"]) for split in ("train", "test"))
        main(
            scores=zip(*scores, strict=True),
            targets_of={path.stem: path for path in paths(snakemake.input.labels)},
            clips=Path(snakemake.input.clips),
            classes=[mid for mid in corpus.classes if mid not in apart],
            segregation=embedding.set_index(["features", "seed"])["segregation_index"].to_dict(),
            seed=snakemake.params.seed,
            output=Path(snakemake.output[0]),
        )
