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
from science.analyses.ablation_tables import (
    ablated_classes,
    groups_of_network,
    mean_per_group,
    pool_classes,
)
from science.analyses.ablation_tests import compare_groups
from storage.activations import read_matrix
from storage.categories import CategoryTable
from storage.corpus_tables import CorpusTables, read_corpus_tables
from storage.linear_layers import read_layers
from storage.tables import read_table, write_table

if TYPE_CHECKING:
    from snakemake.iocontainers import Snakemake

    snakemake: Snakemake


def main(
    weights: Iterable[Path],
    activations: Iterable[Path],
    networks: Sequence[tuple[str, int]],
    units: Path,
    categories: Path,
    corpus: CorpusTables,
    apart: Sequence,
    fraction: float,
) -> dict[str, pd.DataFrame]:
    """AP per class without each group of units, its mean (per_group), and paired tests (tests).

    Only the two linear layers run again, on the recorded responses. Groups are by the selectivity
    index of the train split; classes are those not reported apart.
    """
    table = CategoryTable(categories)
    of_units = read_table(units, ["features", "seed", "unit", "index"])
    tested = ~np.isin(corpus.classes, corpus.resolve(apart))
    parts = {}
    files = tqdm(list(zip(networks, weights, activations, strict=True)), file=sys.stderr)
    for (features, seed), weights_path, activations_path in files:
        layers = read_layers(weights_path)
        if layers is None:
            logging.info("%s has other layers than the paper's: not ablated", weights_path)
            continue
        head, l1_norms = layers
        groups = groups_of_network(of_units, features, seed, l1_norms, fraction)
        clip_ids, responses = read_matrix(activations_path)
        parts[features, seed] = ablated_classes(
            responses, table.labels(clip_ids), corpus.class_labels, tested, head, groups
        )
    per_class = pool_classes(parts)
    tests = compare_groups(per_class, list(dict.fromkeys(features for features, _ in networks)))
    return {"per_class": per_class, "per_group": mean_per_group(per_class), "tests": tests}


if __name__ == "__main__":
    with logged(snakemake):
        tables = main(
            weights=paths(snakemake.input.weights),
            activations=paths(snakemake.input.test),
            networks=snakemake.params.networks,
            units=Path(snakemake.input.units),
            categories=Path(snakemake.input.categories),
            corpus=read_corpus_tables(snakemake.input.tables),
            apart=snakemake.params.detection["classes_apart"],
            fraction=snakemake.params.fraction,
        )
        for name, path in snakemake.output.items():
            write_table(Path(path), tables[name])
