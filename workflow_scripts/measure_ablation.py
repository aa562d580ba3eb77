"""Measure how class detection suffers when groups of units are silenced in the trained networks."""

import logging
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from tqdm import tqdm

from plumbing.job import logged, paths
from science.ablation import (
    BASELINE,
    LinearHead,
    ablation_average_precision,
    ablation_groups,
    filter_l1_norms,
)
from science.ablation_tests import compare_groups
from science.audioset import multi_hot
from storage.activations import read_matrix
from storage.categories import CategoryTable
from storage.corpus_tables import CorpusTables, read_corpus_tables
from storage.networks import read_network_file
from storage.tables import read_table, write_table

if TYPE_CHECKING:
    from snakemake.iocontainers import Snakemake

    snakemake: Snakemake

LAYERS = ("conv4.weight", "hidden.weight", "hidden.bias", "output.weight", "output.bias")


def main(
    weights: Iterable[Path],
    activations: Iterable[Path],
    networks: Sequence[tuple[str, int]],
    units: Path,
    categories: Path,
    corpus: CorpusTables,
    apart: Sequence,
    fraction: float,
    per_class_path: Path,
    per_group_path: Path,
    tests_path: Path,
) -> None:
    """AP per class without each group of units, its mean, and the paired tests per condition.

    Only the two linear layers run again, on the recorded responses. Groups are by the selectivity
    index of the train split; classes are those not reported apart.
    """
    table = CategoryTable(categories)
    of_units = read_table(units, ["features", "seed", "unit", "index"])
    set_apart = set(corpus.resolve(apart))
    parts = []
    files = tqdm(list(zip(networks, weights, activations, strict=True)), file=sys.stderr)
    for (features, seed), weights_path, activations_path in files:
        of_network = (of_units["features"] == features) & (of_units["seed"] == seed)
        index = of_units[of_network].sort_values("unit")["index"].to_numpy(dtype=float)
        layers = read_layers(weights_path)
        if layers is None:
            logging.info("%s has other layers than the paper's: not ablated", weights_path)
            continue
        tested = np.array([mid not in set_apart for mid in corpus.classes])
        head = layers[0].for_classes(tested)
        groups = ablation_groups(index, layers[1], fraction)
        clip_ids, responses = read_matrix(activations_path)
        targets = multi_hot(table.labels(clip_ids), corpus.classes)[:, tested]
        precisions = ablation_average_precision(responses, targets, head, groups)
        part = corpus.class_labels.loc[tested, ["mid", "display_name"]].assign(**precisions)
        part.insert(0, "features", features)
        part.insert(1, "seed", seed)
        part.insert(4, "positives", targets.sum(axis=0))
        parts.append(part)
    columns = ["features", "seed", "mid", "display_name", "positives", BASELINE]
    per_class = pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=columns)
    write_table(per_class_path, per_class)
    write_table(per_group_path, mean_per_group(per_class))
    write_table(tests_path, compare_groups(per_class, list(dict.fromkeys(f for f, _ in networks))))


def read_layers(path: Path) -> tuple[LinearHead, np.ndarray] | None:
    """The two linear layers and the L1 norms of the last filters; None for a network of another."""
    weights = read_network_file(path)["weights"]
    if not set(LAYERS) <= set(weights):
        return None
    last_filters, *head = (weights[name].float().numpy() for name in LAYERS)
    return LinearHead(*head), filter_l1_norms(last_filters)


def mean_per_group(per_class: pd.DataFrame) -> pd.DataFrame:
    """Mean AP over classes with a positive clip, per network and silenced group."""
    groups = list(per_class.columns[5:])
    long = per_class[per_class["positives"] > 0].melt(
        ["features", "seed"], groups, "group", "average_precision"
    )
    of_group = long.groupby(["features", "seed", "group"], sort=False)["average_precision"]
    means = of_group.agg(mean_average_precision="mean", classes="count")
    return means.reset_index()


if __name__ == "__main__":
    with logged(snakemake):
        main(
            weights=paths(snakemake.input.weights),
            activations=paths(snakemake.input.test),
            networks=snakemake.params.networks,
            units=Path(snakemake.input.units),
            categories=Path(snakemake.input.categories),
            corpus=read_corpus_tables(snakemake.input.tables),
            apart=snakemake.params.detection["classes_apart"],
            fraction=snakemake.params.fraction,
            per_class_path=Path(snakemake.output.per_class),
            per_group_path=Path(snakemake.output.per_group),
            tests_path=Path(snakemake.output.tests),
        )
