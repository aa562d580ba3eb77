"""Record what the units of one network respond to the natural sounds."""

import logging
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import torch

from plumbing.device import choose_device
from plumbing.job import logged
from science.network.cnn import clips_at_once
from science.network.responses import record_responses
from storage.activations import unit_names, write_features
from storage.logmel_shards import LogMelShards
from storage.networks import load_network

if TYPE_CHECKING:
    from snakemake.iocontainers import Snakemake

    snakemake: Snakemake


def main(weights: Path, shard: Path, output: Path, device: str) -> None:
    """Write the activations of all sounds, in the order of their ids."""
    logmel = LogMelShards([shard])
    batches = logmel.batches(logmel.clip_ids, clips_at_once(device))
    stimuli = (torch.from_numpy(batch) for _, batch in batches)
    features = [
        of_batch for of_batch, _ in record_responses(load_network(weights), stimuli, device)
    ]
    values = np.concatenate(features) if features else np.empty((0, 0))
    write_features(output, logmel.clip_ids, unit_names(values.shape[1]), values)
    logging.info("%d sounds, on %s", len(values), device)


if __name__ == "__main__":
    with logged(snakemake):
        torch.set_num_threads(snakemake.threads)
        main(
            weights=Path(snakemake.input.weights),
            shard=Path(snakemake.input.logmel),
            output=Path(snakemake.output[0]),
            device=choose_device(snakemake.config["run"]["device"]),
        )
