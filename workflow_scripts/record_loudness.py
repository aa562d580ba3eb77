"""Record the music-selective units of one network, all clips at one level, music attenuated."""

import logging
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import torch
from tqdm import tqdm

from plumbing.device import choose_device
from plumbing.job import logged, paths
from science.network.cnn import clips_at_once
from science.network.responses import record_responses
from storage.levelled_stimuli import LevelledStimuli
from storage.networks import load_network
from storage.selected_units import select_units_of_music
from storage.tables import write_table

if TYPE_CHECKING:
    from snakemake.iocontainers import Snakemake

    snakemake: Snakemake


def main(
    network: torch.nn.Module,
    units: np.ndarray,
    shards: Mapping[str, Iterable[Path]],
    categories: Path,
    attenuations: Sequence[float],
    output: Path,
    device: str,
) -> None:
    """Write the mean response of the units, a mask, to every stimulus of both splits."""
    stimuli = LevelledStimuli(shards, categories, attenuations)
    means = np.empty(len(stimuli.table))
    batches = (torch.from_numpy(batch) for batch in stimuli.batches(clips_at_once(device)))
    done = 0
    with tqdm(total=len(means), file=sys.stderr, mininterval=10) as progress:
        for features, _ in record_responses(network, batches, device):
            means[done : done + len(features)] = features[:, units].mean(axis=1, dtype=float)
            done += len(features)
            progress.update(len(features))
    write_table(output, stimuli.table.assign(mean_response=means))
    logging.info("%d stimuli, on %s", len(means), device)


if __name__ == "__main__":
    with logged(snakemake):
        torch.set_num_threads(snakemake.threads)
        categories = Path(snakemake.input.categories)
        main(
            network=load_network(Path(snakemake.input.weights)),
            units=select_units_of_music(
                snakemake.wildcards.condition,
                Path(snakemake.input.activations),
                categories,
                snakemake.params.selectivity,
            ),
            shards={split: paths(snakemake.input[split]) for split in ("train", "test")},
            categories=categories,
            attenuations=snakemake.params.attenuations,
            output=Path(snakemake.output[0]),
            device=choose_device(snakemake.config["run"]["device"]),
        )
