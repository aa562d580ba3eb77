"""Find the music-selective units of each feature set on the train split, and their ratio."""

import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from tqdm import tqdm

from plumbing.job import logged, paths
from science.acoustics import relative_acoustics
from science.selectivity import (
    rank_units,
    ratio_interval,
    response_ratio,
    select_units,
    selectivity_index,
)
from science.selectivity_null import permutation_p, ratio_null, split_half_stability
from storage.activations import read_matrix
from storage.categories import CategoryTable
from storage.tables import write_table

if TYPE_CHECKING:
    from snakemake.iocontainers import Snakemake

    snakemake: Snakemake

Sample = tuple[np.ndarray, np.ndarray, np.ndarray]  # responses, music, others


def main(
    train: Iterable[Path],
    test: Iterable[Path],
    feature_sets: Sequence[tuple[str, int]],
    categories: Path,
    settings: Mapping,
    bootstrap_samples: int,
    seed: int,
    units_path: Path,
    summary_path: Path,
) -> None:
    """Units are ranked on the train split alone; the ratio is given on both splits.

    A feature set without a network has the seed 0.
    """
    table = CategoryTable(categories, "music")
    units, rows = [], []
    files = tqdm(list(zip(feature_sets, train, test, strict=True)), file=sys.stderr)
    for (features, network_seed), *split_paths in files:
        samples = {
            split: read_sample(path, table, features)
            for split, path in zip(("train", "test"), split_paths, strict=True)
        }
        of_units = describe_units(samples["train"], settings)
        generator = np.random.default_rng([seed, network_seed])
        of_network = describe_ratios(samples, of_units, settings, bootstrap_samples, generator)
        place = pd.DataFrame({"features": [features], "seed": [network_seed]})
        units.append(place.merge(of_units, how="cross"))
        rows.append(place.merge(of_network, how="cross"))
    write_table(units_path, pd.concat(units, ignore_index=True))
    write_table(summary_path, pd.concat(rows, ignore_index=True))


def read_sample(path: Path, table: CategoryTable, features: str) -> Sample:
    """Responses of all clips, and the masks of pure music and of clips without music."""
    clip_ids, responses = read_matrix(path)
    if features == "acoustics":
        responses = relative_acoustics(responses)
    return responses, *table.groups(clip_ids, "music")


def describe_units(sample: Sample, settings: Mapping) -> pd.DataFrame:
    """Index, rank and choice of every unit."""
    responses, music, others = sample
    index = selectivity_index(responses, music, others, settings["index"])
    ranking = rank_units(index)
    chosen = select_units(index, settings["fraction"])
    table = pd.DataFrame({"unit": np.arange(len(index)), "index": index})
    table["rank"] = np.argsort(ranking) + 1
    table["selected"] = table["unit"].isin(chosen)
    for group, mask in (("music", music), ("non_music", others)):
        means = responses[mask].mean(axis=0, dtype=float) if mask.any() else np.nan
        table[f"mean_{group}"] = means
    return table


def describe_ratios(
    samples: Mapping[str, Sample],
    units: pd.DataFrame,
    settings: Mapping,
    bootstrap_samples: int,
    generator: np.random.Generator,
) -> pd.DataFrame:
    """Ratio with its interval, its permutation null and the stability of the choice."""
    chosen = units.loc[units["selected"], "unit"].to_numpy()
    null = ratio_null(
        *samples["train"],
        generator,
        held_out=samples["test"],
        fraction=settings["fraction"],
        kind=settings["index"],
        permutations=settings["permutations"],
    )
    null_of = {"train": null.selection, "test": null.held_out_true}
    stability = split_half_stability(
        *samples["train"], generator, settings["fraction"], settings["index"]
    )
    rows = []
    for split, (responses, music, others) in samples.items():
        interval = ratio_interval(responses, chosen, music, others, generator, bootstrap_samples)
        ratio = response_ratio(responses, chosen, music, others)
        rows.append(
            {
                "split": split,
                "units": len(chosen),
                "music_clips": int(music.sum()),
                "non_music_clips": int(others.sum()),
                "ratio": ratio,
                "low": interval.low,
                "high": interval.high,
                "interval": f"95%, {interval.kind}",
                "ratio_of_all_units": response_ratio(
                    responses, units["unit"].to_numpy(), music, others
                ),
                "null_mean": null_of[split].mean() if len(null_of[split]) else np.nan,
                "null_p": permutation_p(ratio, null_of[split]),
                "permutations": len(null_of[split]),
                "half_overlap": stability.overlap.mean(),
                "half_rank_correlation": stability.rank_correlation.mean(),
            }
        )
    return pd.DataFrame(rows)


if __name__ == "__main__":
    with logged(snakemake):
        main(
            train=paths(snakemake.input.train),
            test=paths(snakemake.input.test),
            feature_sets=snakemake.params.feature_sets,
            categories=Path(snakemake.input.categories),
            settings=snakemake.params.selectivity,
            bootstrap_samples=snakemake.params.bootstrap_samples,
            seed=snakemake.params.seed,
            units_path=Path(snakemake.output.units),
            summary_path=Path(snakemake.output.summary),
        )
