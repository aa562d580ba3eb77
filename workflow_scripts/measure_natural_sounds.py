"""Measure responses of selective units, of baselines and of the brain to the natural sounds."""

import sys
from collections.abc import Collection, Iterable, Iterator
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
    responses_to_sounds,
)
from science.baselines.feature_sets import BRAIN
from science.statistics.randomness import named_generator
from storage.activations import network_of
from storage.clips import read_clip_table
from storage.labels import read_responses_of_brain
from storage.responses import SelectedUnits, read_responses
from storage.tables import write_table

Heard = tuple[tuple[str, int], np.ndarray, np.ndarray, np.ndarray]


def main(
    sounds: Path,
    activations: Iterable[Path],
    units: SelectedUnits,
    brain: tuple[Path, str],
    category: str,
    wanted: Collection[str],
    reference: str,
    bootstrap_samples: int,
    seed: int,
) -> dict[str, pd.DataFrame]:
    """Ratio and test, means by the sounds' categories, responses to each, comparisons."""
    labels = read_clip_table([sounds], ["clip_id", "labels"]).to_pandas()
    category_of = dict(zip(labels["clip_id"], labels["labels"].str[0], strict=True))
    tables = {"summary": {}, "means": {}, "sounds": {}}
    for network, clip_ids, responses, chosen in listeners(activations, units, *brain):
        of_sounds, key = [category_of[clip_id] for clip_id in clip_ids], (*network, category)
        given = (responses, chosen, of_sounds, wanted)
        draw = partial(named_generator, seed, "natural_sounds", category, *network)
        ratio = ratio_of_sounds(*given, draw("ratio"), bootstrap_samples)
        tables["summary"][key] = pd.DataFrame([ratio])
        tables["means"][key] = category_means(*given, draw("means"), bootstrap_samples)
        tables["sounds"][key] = responses_to_sounds(clip_ids, *given)
    pooled = {
        name: pd.concat(parts, names=NETWORK).reset_index(NETWORK) for name, parts in tables.items()
    }
    tests = [compare_conditions(pooled["summary"], reference), compare_categories(pooled["means"])]
    return pooled | {"tests": pd.concat(tests, ignore_index=True)}


def listeners(
    files: Iterable[Path], units: SelectedUnits, components: Path, component: str
) -> Iterator[Heard]:
    """Whoever hears the sounds, with clip ids, responses and the units that are averaged."""
    heard = []
    for path in tqdm(list(files), file=sys.stderr):
        heard, responses = read_responses(path)
        network = network_of(path)
        yield network, heard, responses, np.flatnonzero(units.of(*network))
    of_brain = read_responses_of_brain(components)
    if component in of_brain:
        yield (BRAIN, 0), heard, of_brain.loc[heard, [component]].to_numpy(), np.arange(1)


if __name__ == "__main__":
    with logged(snakemake):
        tables = absent_tables(snakemake.params.absent)
        if snakemake.input.get("sounds"):
            tables = main(
                sounds=Path(snakemake.input.sounds),
                activations=paths(snakemake.input.activations),
                units=SelectedUnits(paths(snakemake.input.units), snakemake.params.chosen_on),
                brain=(Path(snakemake.input.components), snakemake.params.component),
                **{
                    name: snakemake.params[name]
                    for name in ("category", "wanted", "reference", "bootstrap_samples", "seed")
                },
            )
        for name, path in snakemake.output.items():
            write_table(Path(path), tables[name])
