"""Measure the responses of music-selective units, and of what stands beside, to natural sounds."""

import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from tqdm import tqdm

from plumbing.job import logged, paths
from science.analyses.natural_sounds import (
    NETWORK,
    absent_tables,
    category_means,
    compare_conditions,
    music_ratio,
)
from storage.clip_shards import read_clip_table
from storage.feature_splits import read_responses
from storage.selected_units import SelectedUnits
from storage.tables import write_table

if TYPE_CHECKING:
    from snakemake.iocontainers import Snakemake

    snakemake: Snakemake


def main(
    sounds: Path,
    activations: Iterable[Path],
    feature_sets: Sequence[tuple[str, int]],
    acoustics_train: Path,
    units: Path,
    reference: str,
    bootstrap_samples: int,
    seed: int,
) -> dict[str, pd.DataFrame]:
    """Ratio and test (summary), means by category and comparisons of conditions (tests).

    Units, filters and acoustic numbers are those that were chosen on the train split.
    """
    labels = read_clip_table([sounds], ["clip_id", "labels"]).to_pandas()
    category_of = dict(zip(labels["clip_id"], labels["labels"].str[0], strict=True))
    chosen = SelectedUnits(units)
    ratios, means = {}, {}
    files = tqdm(activations, file=sys.stderr)
    for place, ((features, network_seed), path) in enumerate(zip(feature_sets, files, strict=True)):
        clip_ids, responses = read_responses(features, path, acoustics_train)
        of_sounds = [category_of[clip_id] for clip_id in clip_ids]
        selected = np.flatnonzero(chosen.of(features, network_seed))
        generator = np.random.default_rng([seed, place])
        given = (responses, selected, of_sounds, generator, bootstrap_samples)
        ratios[features, network_seed] = pd.DataFrame([music_ratio(*given)])
        means[features, network_seed] = category_means(*given)
    summary, by_category = (
        pd.concat(parts, names=NETWORK).reset_index(NETWORK) for parts in (ratios, means)
    )
    tests = compare_conditions(summary, reference)
    return {"summary": summary, "means": by_category, "tests": tests}


if __name__ == "__main__":
    with logged(snakemake):
        tables = absent_tables()
        if snakemake.input.get("sounds"):
            tables = main(
                sounds=Path(snakemake.input.sounds),
                activations=paths(snakemake.input.activations),
                feature_sets=snakemake.params.feature_sets,
                acoustics_train=Path(snakemake.input.acoustics_train),
                units=Path(snakemake.input.units),
                reference=snakemake.params.reference,
                bootstrap_samples=snakemake.params.bootstrap_samples,
                seed=snakemake.params.seed,
            )
        for name, path in snakemake.output.items():
            write_table(Path(path), tables[name])
