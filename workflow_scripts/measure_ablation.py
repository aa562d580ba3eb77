"""Measure how class detection suffers when groups of units are silenced in the trained networks."""

import logging
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
from tqdm import tqdm

from plumbing.job import logged, paths
from science.analyses import ablation
from storage.activations import network_of, read_matrix
from storage.corpus_tables import CorpusTables, read_corpus_tables
from storage.labels import read_labels
from storage.networks import read_layers
from storage.tables import read_table, write_table


def main(
    networks: Iterable[tuple[Path, Path]],
    units: Path,
    clips: Path,
    corpus: CorpusTables,
    classes_apart: Sequence,
    fraction: float,
) -> dict[str, pd.DataFrame]:
    """AP per class without each group of units, its mean (per_group), and paired tests (tests).

    Only the two linear layers run again, on the recorded responses. Groups are by the selectivity
    index; classes are all but those apart. `networks` are files of weights and of activations.
    """
    labels, conditions, parts = read_labels(clips), {}, {}
    of_units = read_table(units, ["features", "seed", "unit", "index", "selected"])
    tested = ~np.isin(corpus.classes, corpus.resolve(classes_apart))
    for weights, activations in tqdm(list(networks), file=sys.stderr):
        network = network_of(weights)
        conditions[network[0]] = None
        layers = read_layers(weights, ablation.LAYERS)
        chosen = of_units[(of_units[["features", "seed"]] == network).all(axis=1)]
        if layers is None or not chosen["selected"].any():
            why = "has other layers than the paper's" if layers is None else "has no selective unit"
            logging.info("%s %s: not ablated", weights, why)
            continue
        last_filters, *head = layers
        l1_norms = ablation.filter_l1_norms(last_filters)
        groups = ablation.groups_of_network(of_units, *network, l1_norms, fraction)
        clip_ids, responses = read_matrix(activations)
        of_clips = labels.loc[clip_ids].tolist()
        given = (corpus.class_labels, tested, ablation.LinearHead(*head), groups)
        parts[network] = ablation.ablated_classes(responses, of_clips, *given)
    per_class = ablation.pool_classes(parts)
    tests = ablation.compare_groups(per_class, list(conditions))
    return {"per_class": per_class, "per_group": ablation.mean_per_group(per_class), "tests": tests}


if __name__ == "__main__":
    with logged(snakemake):
        weights, activations = paths(snakemake.input.weights), paths(snakemake.input.test)
        tables = main(
            networks=zip(weights, activations, strict=True),
            units=Path(snakemake.input.units),
            clips=Path(snakemake.input.clips),
            corpus=read_corpus_tables(snakemake.input.tables),
            classes_apart=snakemake.params.classes_apart,
            fraction=snakemake.params.fraction,
        )
        for name, path in snakemake.output.items():
            write_table(Path(path), tables[name])
