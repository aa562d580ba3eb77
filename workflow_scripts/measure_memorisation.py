"""Measure how well networks know the clips they were trained on, beside clips that are new."""

import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from tqdm import tqdm

from plumbing.job import logged, paths
from science.audioset import multi_hot
from science.average_precision import (
    average_precision_per_class,
    chance_per_class,
    mean_average_precision,
)
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
    output: Path,
) -> None:
    """Mean AP on the train and validation clips by the targets trained on, and on the test clips.

    The test clips have their true labels, and the classes apart have no part there. The
    segregation index is that of the network's embedding, where it has one.
    """
    table = CategoryTable(categories)
    set_apart = set(corpus.resolve(apart))
    columns = [mid for mid in corpus.classes if mid not in set_apart]
    segregation = read_table(embedding, ["features", "seed", "segregation_index"])
    segregation = segregation.set_index(["features", "seed"])["segregation_index"]
    rows = []
    files = tqdm(list(zip(networks, train_scores, test_scores, strict=True)), file=sys.stderr)
    for (features, seed), train_path, test_path in files:
        targets = read_table(labels[features], ["clip_id", "split", "targets"])
        of_train = {
            split: targets.loc[targets["split"] == split].set_index("clip_id")["targets"]
            for split in ("train", "validation")
        }
        scored = [
            (split, "trained on", *read_matrix(train_path, columns), of_split)
            for split, of_split in of_train.items()
        ]
        clip_ids, scores = read_matrix(test_path, columns)
        true = pd.Series(table.labels(clip_ids), index=clip_ids)
        scored.append(("test", "true", clip_ids, scores, true))
        for split, kind, ids, values, of_split in scored:
            rows.append(
                {
                    "features": features,
                    "seed": seed,
                    "split": split,
                    "targets": kind,
                    **mean_over_classes(ids, values, of_split, columns),
                    "segregation_index": segregation.get((features, seed), np.nan),
                }
            )
    write_table(output, pd.DataFrame(rows))


def mean_over_classes(
    clip_ids: np.ndarray, scores: np.ndarray, targets: pd.Series, classes: Sequence[str]
) -> dict[str, object]:
    """Mean AP over the classes with a positive clip, and what chance would give."""
    used = np.isin(clip_ids, targets.index.to_numpy(dtype=object))
    if not used.any():
        note = "no clips: the condition is not trained"
        return {"mean_average_precision": np.nan, "chance": np.nan} | {
            "classes": 0,
            "clips": 0,
            "note": note,
        }
    known = set(classes)
    labels = [[mid for mid in of_clip if mid in known] for of_clip in targets[clip_ids[used]]]
    truth = multi_hot(labels, classes)
    precisions = average_precision_per_class(scores[used], truth)
    return {
        "mean_average_precision": mean_average_precision(precisions),
        "chance": mean_average_precision(chance_per_class(truth)),
        "classes": int(np.isfinite(precisions).sum()),
        "clips": int(used.sum()),
        "note": "",
    }


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
            output=Path(snakemake.output[0]),
        )
