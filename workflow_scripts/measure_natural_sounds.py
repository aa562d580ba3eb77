"""Measure the responses of selective units, and of baselines, to the natural sounds."""

import sys
from collections.abc import Collection, Iterable
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
from tqdm import tqdm

from plumbing.job import logged, paths
from science.analyses.natural_sounds import (
    NETWORK,
    absent_tables,
    category_means,
    compare_categories,
    compare_conditions,
    ratio_of_sounds,
)
from science.statistics.randomness import named_generator
from storage.activations import network_of
from storage.clips import read_clip_table
from storage.responses import SelectedUnits, read_responses
from storage.tables import write_table


def main(
    sounds: Path,
    activations: Iterable[Path],
    units: SelectedUnits,
    category: str,
    wanted: Collection[str],
    reference: str,
    bootstrap_samples: int,
    seed: int,
) -> dict[str, pd.DataFrame]:
    """Ratio and test (summary), means by the sounds' categories, comparisons of conditions."""
    labels = read_clip_table([sounds], ["clip_id", "labels"]).to_pandas()
    category_of = dict(zip(labels["clip_id"], labels["labels"].str[0], strict=True))
    ratios, means = {}, {}
    for path in tqdm(list(activations), file=sys.stderr):
        network = network_of(path)
        clip_ids, responses = read_responses(path)
        of_sounds = [category_of[clip_id] for clip_id in clip_ids]
        given = (responses, np.flatnonzero(units.of(*network)), of_sounds, wanted)
        draw = partial(named_generator, seed, "natural_sounds", category, *network)
        ratio = ratio_of_sounds(*given, draw("ratio"), bootstrap_samples)
        ratios[*network, category] = pd.DataFrame([ratio])
        means[*network, category] = category_means(*given, draw("means"), bootstrap_samples)
    summary, by_category = (
        pd.concat(parts, names=NETWORK).reset_index(NETWORK) for parts in (ratios, means)
    )
    tests = [compare_conditions(summary, reference), compare_categories(by_category)]
    return {"summary": summary, "means": by_category, "tests": pd.concat(tests, ignore_index=True)}


if __name__ == "__main__":
    with logged(snakemake):
        tables = absent_tables(snakemake.params.absent)
        if snakemake.input.get("sounds"):
            tables = main(
                sounds=Path(snakemake.input.sounds),
                activations=paths(snakemake.input.activations),
                units=SelectedUnits(paths(snakemake.input.units), snakemake.params.chosen_on),
                category=snakemake.params.category,
                wanted=snakemake.params.wanted,
                reference=snakemake.params.reference,
                bootstrap_samples=snakemake.params.bootstrap_samples,
                seed=snakemake.params.seed,
            )
        for name, path in snakemake.output.items():
            write_table(Path(path), tables[name])
