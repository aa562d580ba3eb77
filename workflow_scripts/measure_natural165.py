"""Measure the responses of music-selective units, and of Gabor features, to natural sounds."""

import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from tqdm import tqdm

from plumbing.job import logged, paths
from science.natural_responses import MEAN_COLUMNS, RATIO_COLUMNS, category_means, music_ratio
from science.network_comparisons import COMPARISON_COLUMNS, compare_networks, with_holm
from science.selectivity import select_units, selectivity_index
from storage.activations import read_matrix
from storage.categories import CategoryTable
from storage.clip_shards import read_clip_table
from storage.selected_units import SelectedUnits
from storage.tables import write_table

if TYPE_CHECKING:
    from snakemake.iocontainers import Snakemake

    snakemake: Snakemake

ABSENT = "not run: stimuli absent"
GBFB = "gbfb"


def main(
    sounds: Path,
    activations: Iterable[Path],
    networks: Sequence[tuple[str, int]],
    gbfb: Path,
    gbfb_train: Path,
    units: Path,
    categories: Path,
    settings: Mapping,
    reference: str,
    bootstrap_samples: int,
    seed: int,
    outputs: Mapping[str, Path],
) -> None:
    """Write ratio and test, category means and comparisons of conditions."""
    labels = read_clip_table([sounds], ["clip_id", "labels"]).to_pandas()
    category_of = dict(zip(labels["clip_id"], labels["labels"].str[0], strict=True))
    chosen = SelectedUnits(units)
    feature_sets = [
        (*network, path, np.flatnonzero(chosen.of(*network)))
        for network, path in zip(networks, activations, strict=True)
    ]
    feature_sets.append((GBFB, np.nan, gbfb, chosen_filters(gbfb_train, categories, settings)))
    rows, means = [], []
    for place, (features, network_seed, path, selected) in enumerate(
        tqdm(feature_sets, file=sys.stderr)
    ):
        clip_ids, responses = read_matrix(path)
        of_sounds = [category_of[clip_id] for clip_id in clip_ids]
        generator = np.random.default_rng([seed, place])
        given = (responses, selected, of_sounds, generator, bootstrap_samples)
        rows.append({"features": features, "seed": network_seed} | music_ratio(*given))
        means.append(category_means(*given).assign(features=features, seed=network_seed))
    table = pd.DataFrame(rows)
    write_table(outputs["summary"], table)
    write_table(outputs["means"], pd.concat(means, ignore_index=True))
    write_table(outputs["tests"], compare_conditions(table, reference))


def chosen_filters(path: Path, categories: Path, settings: Mapping) -> np.ndarray:
    """The filters that are most selective for music on the train split, chosen as units are."""
    clip_ids, responses = read_matrix(path)
    groups = CategoryTable(categories, "music").groups(clip_ids, "music")
    index = selectivity_index(responses, *groups, settings["index"])
    return select_units(index, settings["fraction"])


def compare_conditions(table: pd.DataFrame, reference: str) -> pd.DataFrame:
    """Rank-sum tests of the ratios of every other condition against those of the reference."""
    others = [name for name in dict.fromkeys(table["features"]) if name not in (reference, GBFB)]
    rows = [compare_networks(table, name, reference, "ratio", "two-sided") for name in others]
    return with_holm(pd.DataFrame(rows, columns=COMPARISON_COLUMNS))


def write_absence(outputs: Mapping[str, Path]) -> None:
    """Write tables without networks that say why, with the columns that they would have."""
    summary = pd.DataFrame(columns=["features", "seed", *RATIO_COLUMNS])
    summary.loc[0, ["features", "note"]] = "", ABSENT
    write_table(outputs["summary"], summary)
    write_table(outputs["means"], pd.DataFrame(columns=["features", "seed", *MEAN_COLUMNS]))
    write_table(outputs["tests"], compare_conditions(summary.iloc[:0], ""))


if __name__ == "__main__":
    with logged(snakemake):
        outputs = {name: Path(path) for name, path in snakemake.output.items()}
        if not snakemake.input.get("sounds"):
            write_absence(outputs)
        else:
            main(
                sounds=Path(snakemake.input.sounds),
                activations=paths(snakemake.input.activations),
                networks=snakemake.params.networks,
                gbfb=Path(snakemake.input.gbfb),
                gbfb_train=Path(snakemake.input.gbfb_train),
                units=Path(snakemake.input.units),
                categories=Path(snakemake.input.categories),
                settings=snakemake.params.selectivity,
                reference=snakemake.params.reference,
                bootstrap_samples=snakemake.params.bootstrap_samples,
                seed=snakemake.params.seed,
                outputs=outputs,
            )
