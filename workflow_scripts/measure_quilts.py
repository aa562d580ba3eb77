"""Measure the responses of selective and other units to quilts of each segment length."""

import sys
from collections.abc import Iterable
from functools import partial
from itertools import groupby
from pathlib import Path

import pandas as pd
from tqdm import tqdm

from plumbing.job import logged, paths
from science.analyses import quilts as analysis
from science.baselines.feature_sets import WITHOUT_NETWORK
from science.corpus.ontology import describe_subclasses
from science.statistics.randomness import named_generator
from storage.activations import network_of
from storage.corpus_tables import read_corpus_tables
from storage.labels import CategoryTable, read_labels
from storage.responses import SelectedUnits, read_stimuli
from storage.tables import write_table

GROUPS = ("category", "other")
NETWORK = ["features", "seed", "category"]


def main(
    quilts: Iterable[Path],
    units: SelectedUnits,
    groups: CategoryTable,
    labels: pd.Series,
    described: pd.DataFrame,
    category: str,
    bootstrap_samples: int,
    seed: int,
) -> dict[str, pd.DataFrame]:
    """Responses to the category's clips and to others (summary), by sub-class, and tests.

    Trivial acoustics are one more feature set, in the unit that they have for natural clips.
    """
    draw = partial(named_generator, seed, "quilts", category)
    parts, of_subclasses, per_clip = {}, {}, {}
    for network, files in groupby(tqdm(list(quilts), file=sys.stderr), network_of):
        clip_ids, stimuli = read_stimuli(files)
        masks = dict(zip(GROUPS, groups.groups(clip_ids), strict=True))
        carried = analysis.carriers(labels.loc[clip_ids], described, masks["category"])
        given, place = (stimuli, units.of(*network)), (*network, category)
        parts[place] = analysis.quilt_responses(*given, masks, draw(*network), bootstrap_samples)
        generator = draw(*network, "subclasses")
        of_subclasses[place] = analysis.quilt_responses(
            *given, carried, generator, bootstrap_samples
        )
        if network[0] not in WITHOUT_NETWORK:
            means = analysis.means_over_units(*given)
            for group, mask in masks.items():
                per_clip.setdefault((network[0], group), []).append(means[mask])
    summary, by_subclass = (
        pd.concat(tables, names=NETWORK).reset_index(NETWORK) for tables in (parts, of_subclasses)
    )
    tests = analysis.quilt_tests(summary, ["features", "category"])
    tests = analysis.with_two_way_intervals(tests, per_clip, draw)
    by_subclass = by_subclass[by_subclass["units"] == "selective"]
    by_subclass = by_subclass.rename(columns={"group": "subclass"})
    return {"summary": summary, "tests": tests, "per_subclass": by_subclass}


if __name__ == "__main__":
    with logged(snakemake):
        corpus = read_corpus_tables(snakemake.input.tables)
        parent = snakemake.params.parent
        tables = main(
            quilts=paths(snakemake.input.quilts),
            units=SelectedUnits(paths(snakemake.input.units), snakemake.params.chosen_on),
            groups=CategoryTable(Path(snakemake.input.category)),
            labels=read_labels(Path(snakemake.input.clips)),
            described=describe_subclasses(corpus.ontology, corpus.class_labels, parent),
            category=snakemake.wildcards.category,
            bootstrap_samples=snakemake.params.bootstrap_samples,
            seed=snakemake.params.seed,
        )
        for name, path in snakemake.output.items():
            write_table(Path(path), tables[name])
