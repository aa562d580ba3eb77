"""Measure the response ratio of music-selective units with all clips at one level, and below."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from plumbing.job import logged, paths
from science.selectivity import ratio_interval, response_ratio
from storage.tables import read_table, write_table

if TYPE_CHECKING:
    from snakemake.iocontainers import Snakemake

    snakemake: Snakemake

COLUMNS = ["split", "music", "attenuation", "mean_response"]
ONE_UNIT = np.array([0])


def main(
    responses: Iterable[Path],
    networks: Sequence[tuple[str, int]],
    attenuations: Sequence[float],
    bootstrap_samples: int,
    seed: int,
    output: Path,
) -> None:
    """A row for every network, split and attenuation of music."""
    rows = []
    for (features, network_seed), path in zip(networks, responses, strict=True):
        table = read_table(path, COLUMNS)
        generator = np.random.default_rng([seed, network_seed])
        for split in ("train", "test"):
            of_split = table[table["split"] == split]
            for attenuation in attenuations:
                ratio = describe_ratio(of_split, attenuation, generator, bootstrap_samples)
                place = {"features": features, "seed": network_seed, "split": split}
                rows.append(place | {"attenuation": attenuation} | ratio)
    write_table(output, pd.DataFrame(rows))


def describe_ratio(
    table: pd.DataFrame, attenuation: float, generator: np.random.Generator, resamples: int
) -> dict[str, object]:
    """Ratio of the mean response to attenuated music over that to other clips, all normalised.

    ``rms_ratio`` is what a detector of nothing but level would give.
    """
    is_music = table["music"].to_numpy(dtype=bool)
    music = is_music & (table["attenuation"] == attenuation).to_numpy()
    means = table["mean_response"].to_numpy(dtype=float)[:, None]
    interval = ratio_interval(means, ONE_UNIT, music, ~is_music, generator, resamples)
    return {
        "music_clips": int(music.sum()),
        "non_music_clips": int((~is_music).sum()),
        "ratio": response_ratio(means, ONE_UNIT, music, ~is_music),
        "low": interval.low,
        "high": interval.high,
        "interval": f"95%, {interval.kind}",
        "rms_ratio": 1 / attenuation,
        "note": "" if music.any() and not is_music.all() else "no clips of music or no others",
    }


if __name__ == "__main__":
    with logged(snakemake):
        main(
            responses=paths(snakemake.input),
            networks=snakemake.params.networks,
            attenuations=snakemake.params.attenuations,
            bootstrap_samples=snakemake.params.bootstrap_samples,
            seed=snakemake.params.seed,
            output=Path(snakemake.output[0]),
        )
