"""Record what the units of one network respond to the quilts of every length, and the originals."""

import logging
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import torch
from tqdm import tqdm

from plumbing.device import choose_device
from plumbing.job import logged, paths
from science.network.cnn import clips_at_once
from science.network.responses import record_responses
from storage.activations import unit_names, write_features
from storage.logmel_shards import LogMelShards
from storage.networks import load_network

if TYPE_CHECKING:
    from snakemake.iocontainers import Snakemake

    snakemake: Snakemake


def main(
    weights: Path, shards_of: Mapping[str, Iterable[Path]], outputs: Mapping[str, Path], device: str
) -> None:
    """Write activations for each stimulus, clips in the order of clip_id."""
    network = load_network(weights)
    for stimulus, output in tqdm(outputs.items(), file=sys.stderr, mininterval=10):
        logmel = LogMelShards(shards_of[stimulus])
        batches = logmel.batches(logmel.clip_ids, clips_at_once(device))
        stimuli = (torch.from_numpy(batch) for _, batch in batches)
        features = [of_batch for of_batch, _ in record_responses(network, stimuli, device)]
        values = np.concatenate(features) if features else np.empty((0, 0))
        write_features(output, logmel.clip_ids, unit_names(values.shape[1]), values)
        logging.info("%s: %d clips, on %s", stimulus, len(values), device)


if __name__ == "__main__":
    with logged(snakemake):
        torch.set_num_threads(snakemake.threads)
        shards = paths(snakemake.input.shards)
        stimuli = snakemake.params.stimuli
        each = len(shards) // len(stimuli)
        main(
            weights=Path(snakemake.input.weights),
            shards_of={
                stimulus: shards[place * each : (place + 1) * each]
                for place, stimulus in enumerate(stimuli)
            },
            outputs=dict(zip(stimuli, paths(snakemake.output), strict=True)),
            device=choose_device(snakemake.config["run"]["device"]),
        )
