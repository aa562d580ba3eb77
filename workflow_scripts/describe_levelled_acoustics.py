"""Describe the stimuli of the loudness control by the acoustic numbers most selective for music."""

import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from tqdm import tqdm

from plumbing.job import logged, paths
from science.baselines.feature_sets import ACOUSTICS
from science.sound.acoustics import acoustic_features, mel_band_centres_hz, relative_acoustics
from storage.activations import read_matrix
from storage.levelled_stimuli import LevelledStimuli
from storage.selected_units import select_units_of_music
from storage.tables import write_table

if TYPE_CHECKING:
    from snakemake.iocontainers import Snakemake

    snakemake: Snakemake

CLIPS_PER_BLOCK = 64


def main(
    chosen: np.ndarray,
    train: Path,
    shards: Mapping[str, Iterable[Path]],
    categories: Path,
    attenuations: Sequence[float],
    output: Path,
    highest_hz: float,
) -> None:
    """Write the mean of the chosen numbers, a mask, for every stimulus of both splits.

    The numbers are those of the log-Mel after the gain, as multiples of their means over the train
    split as recorded.
    """
    stimuli = LevelledStimuli(shards, categories, attenuations)
    centres_hz = mel_band_centres_hz(stimuli.shape[0], high_hz=highest_hz)
    _, reference = read_matrix(train)
    means = np.empty(len(stimuli.table))
    done = 0
    with tqdm(total=len(means), file=sys.stderr, mininterval=10) as progress:
        for log_mel_db in stimuli.batches(CLIPS_PER_BLOCK):
            values = relative_acoustics(acoustic_features(log_mel_db, centres_hz), reference)
            means[done : done + len(values)] = values[:, chosen].mean(axis=1)
            done += len(values)
            progress.update(len(values))
    write_table(output, stimuli.table.assign(mean_response=means))


if __name__ == "__main__":
    with logged(snakemake):
        train, categories = Path(snakemake.input.acoustics), Path(snakemake.input.categories)
        main(
            chosen=select_units_of_music(
                ACOUSTICS, train, categories, snakemake.params.selectivity
            ),
            train=train,
            shards={split: paths(snakemake.input[split]) for split in ("train", "test")},
            categories=categories,
            attenuations=snakemake.params.attenuations,
            output=Path(snakemake.output[0]),
            highest_hz=snakemake.params.highest_hz,
        )
