"""Measure how class detection suffers when groups of units are silenced in the trained networks."""

import logging
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
from tqdm import tqdm

from plumbing.job import logged, paths
from science.analyses import ablation
from science.corpus.audioset import multi_hot
from science.statistics.randomness import named_generator
from storage.activations import network_of, read_matrix
from storage.corpus_tables import CorpusTables, read_corpus_tables
from storage.labels import read_labels
from storage.networks import has_scores, read_layers
from storage.responses import SelectedUnits
from storage.tables import write_table


def main(
    networks: Mapping[tuple[str, int], tuple[Path, Path]],
    units: SelectedUnits,
    clips: Path,
    corpus: CorpusTables,
    classes_apart: Sequence,
    fraction: float,
    reference: str,
    seed: int,
) -> dict[str, pd.DataFrame]:
    """AP per class without each group of units, its mean (per_group), and paired tests (tests).

    Only the two linear layers run again, on the recorded responses. Classes are all but those
    apart. `networks` are files of weights and of activations. Clips and networks of the reference
    condition are drawn again, too.
    """
    parts, resampled = {}, {}
    tested = ~np.isin(corpus.classes, corpus.resolve(classes_apart))
    described = corpus.class_labels.loc[tested, ["mid", "display_name"]]
    clip_ids, _ = read_matrix(next(iter(networks.values()))[1])
    targets = multi_hot(read_labels(clips).loc[clip_ids], corpus.classes)[:, tested]
    drawn = ablation.draw_clips(len(clip_ids), named_generator(seed, "ablation", "clips"))
    for network, (weights, activations) in tqdm(networks.items(), file=sys.stderr):
        layers = read_layers(weights, ablation.LAYERS) if has_scores(weights) else None
        of_units = units.table(*network)
        if layers is None or not of_units["selected"].any():
            logging.info("not ablated, without these layers or a selective unit: %s", weights)
            continue
        (last_filters, *head), responses = layers, read_matrix(activations)[1]
        ranking = of_units.sort_values("rank")["unit"].to_numpy()
        sizes = responses.mean(axis=0, dtype=float), ablation.filter_l1_norms(last_filters)
        groups = ablation.ablation_groups(ranking, *sizes, fraction)
        classifier = ablation.LinearHead(*head).for_classes(tested)
        scores = ablation.ablated_scores(responses, classifier, groups)
        parts[network] = ablation.ablated_classes(scores, targets, described)
        if network[0] == reference:
            means = ablation.resampled_means(scores, targets, drawn)
            resampled.setdefault(reference, []).append(means)
    per_class = ablation.pool_classes(parts)
    conditions = dict.fromkeys(condition for condition, _ in networks)
    generator = named_generator(seed, "ablation", "networks")
    tests = ablation.compare_groups(per_class, conditions, resampled, len(clip_ids), generator)
    return {"per_class": per_class, "per_group": ablation.mean_per_group(per_class), "tests": tests}


if __name__ == "__main__":
    with logged(snakemake):
        files = zip(paths(snakemake.input.weights), paths(snakemake.input.test), strict=True)
        tables = main(
            networks={network_of(weights): (weights, responses) for weights, responses in files},
            units=SelectedUnits([Path(snakemake.input.units)], snakemake.params.chosen_on),
            clips=Path(snakemake.input.clips),
            corpus=read_corpus_tables(snakemake.input.tables),
            classes_apart=snakemake.params.classes_apart,
            fraction=snakemake.params.fraction,
            reference=snakemake.params.reference,
            seed=snakemake.params.seed,
        )
        for name, path in snakemake.output.items():
            write_table(Path(path), tables[name])
