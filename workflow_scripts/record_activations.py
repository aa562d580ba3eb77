"""Record what the units of one network respond to every clip, with its class scores."""

import logging
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import torch
from tqdm import tqdm

from plumbing.device import choose_device
from plumbing.job import logged, paths
from science.network.cnn import clips_at_once
from science.network.responses import record_responses
from storage.activations import write_activations
from storage.logmel_shards import LogMelShards
from storage.networks import load_network, read_network_file

if TYPE_CHECKING:
    from snakemake.iocontainers import Snakemake

    snakemake: Snakemake


def main(
    weights: Path, shards: Iterable[Path], features_path: Path, scores_path: Path, device: str
) -> None:
    """Write activations and scores of all clips of one split, in the order of clip_id."""
    network, classes = load_network(weights), read_network_file(weights)["classes"]
    logmel = LogMelShards(shards)
    ids = list(logmel.clip_ids)

    def batches() -> Iterator[tuple[list[str], np.ndarray, np.ndarray]]:
        at_once = clips_at_once(device)
        parts = [ids[start : start + at_once] for start in range(0, len(ids), at_once)]
        stimuli = (torch.from_numpy(logmel.gather(part)) for part in parts)
        recorded = record_responses(network, stimuli, device)
        progress = tqdm(parts, unit="batch", file=sys.stderr, mininterval=10)
        for part, (features, scores) in zip(progress, recorded, strict=True):
            yield part, features, scores

    clips = write_activations(features_path, scores_path, classes, batches())
    logging.info("%s: %d clips, on %s", features_path, clips, device)


if __name__ == "__main__":
    with logged(snakemake):
        torch.set_num_threads(snakemake.threads)
        for split in ("train", "test"):
            main(
                weights=Path(snakemake.input.weights),
                shards=paths(snakemake.input[split]),
                features_path=Path(snakemake.output[split]),
                scores_path=Path(snakemake.output[f"{split}_scores"]),
                device=choose_device(snakemake.config["run"]["device"]),
            )
