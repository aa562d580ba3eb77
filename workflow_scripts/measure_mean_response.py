"""Compare the mean response of all units to music and to other sounds, for each feature set."""

import sys
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from tqdm import tqdm

from plumbing.job import logged, paths
from science.acoustics import relative_acoustics
from science.intervals import rank_sum_effect_interval
from science.selectivity import mean_response
from science.statistics_tests import rank_sum_test
from storage.activations import read_matrix
from storage.categories import CategoryTable
from storage.tables import write_table

if TYPE_CHECKING:
    from snakemake.iocontainers import Snakemake

    snakemake: Snakemake

HISTOGRAM_BINS = 60


def main(
    activations: Iterable[Path],
    feature_sets: Sequence[tuple[str, int]],
    categories: Path,
    bootstrap_samples: int,
    seed: int,
    summary_path: Path,
    histogram_path: Path,
) -> None:
    """One-tailed rank-sum test per network, and the histograms behind it.

    The interval is of the effect size. A feature set without a network has the seed 0.
    """
    table = CategoryTable(categories, "music")
    rows, histograms = [], []
    progress = tqdm(list(activations), file=sys.stderr)
    for (features, network_seed), path in zip(feature_sets, progress, strict=True):
        clip_ids, responses = read_matrix(path)
        if features == "acoustics":
            responses = relative_acoustics(responses)
        means = mean_response(responses)
        groups = dict(zip(("music", "non-music"), table.groups(clip_ids, "music"), strict=True))
        music, others = (means[mask] for mask in groups.values())
        generator = np.random.default_rng([seed, network_seed])
        interval = rank_sum_effect_interval(music, others, generator, bootstrap_samples)
        rows.append(
            {
                "features": features,
                "seed": network_seed,
                "mean_music": music.mean() if len(music) else np.nan,
                "mean_non_music": others.mean() if len(others) else np.nan,
                **asdict(rank_sum_test(music, others, "greater")),
                "low": interval.low,
                "high": interval.high,
                "interval": f"95%, {interval.kind}",
            }
        )
        edges = np.linspace(means.min(), means.max(), HISTOGRAM_BINS + 1)
        for group, mask in groups.items():
            counts, _ = np.histogram(means[mask], edges)
            histograms.append(
                pd.DataFrame(
                    {
                        "features": features,
                        "seed": network_seed,
                        "group": group,
                        "low": edges[:-1],
                        "high": edges[1:],
                        "clips": counts,
                    }
                )
            )
    write_table(summary_path, pd.DataFrame(rows))
    write_table(histogram_path, pd.concat(histograms, ignore_index=True))


if __name__ == "__main__":
    with logged(snakemake):
        main(
            activations=paths(snakemake.input.test),
            feature_sets=snakemake.params.feature_sets,
            categories=Path(snakemake.input.categories),
            bootstrap_samples=snakemake.params.bootstrap_samples,
            seed=snakemake.params.seed,
            summary_path=Path(snakemake.output.summary),
            histogram_path=Path(snakemake.output.histogram),
        )
