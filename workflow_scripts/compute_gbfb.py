"""Compute the features of the two-dimensional Gabor filter bank for every sound of some stimuli."""

import logging
import sys
from collections.abc import Iterable, Mapping
from itertools import groupby
from pathlib import Path

import numpy as np
import torch
from tqdm import tqdm

from plumbing.device import choose_device
from plumbing.job import logged, paths
from science.baselines.gabor import gabor_features
from science.baselines.gabor_bank import gabor_parameters
from storage.activations import refuse_no_clips, unit_names, write_features
from storage.logmels import LogMelShards

CLIPS_PER_BLOCK = 64


def main(shards: Iterable[Path], output: Path, settings: Mapping, device: str) -> None:
    """Write the mean of every filter's rectified output, a column per filter."""
    logmel = LogMelShards(shards)
    refuse_no_clips(output, len(logmel))
    parameters = gabor_parameters(settings)
    blocks = tqdm(logmel.batches(logmel.clip_ids, CLIPS_PER_BLOCK), file=sys.stderr, mininterval=10)
    parts = [
        gabor_features(torch.from_numpy(block), parameters, device).cpu().numpy()
        for _, block in blocks
    ]
    values = np.concatenate(parts)
    write_features(output, logmel.clip_ids, unit_names(values.shape[1]), values)
    logging.info("%d clips, %d filters, on %s", *values.shape, device)


if __name__ == "__main__":
    with logged(snakemake):
        torch.set_num_threads(snakemake.threads)
        device = choose_device(snakemake.config["run"]["device"])
        by_place = groupby(paths(snakemake.input), lambda shard: shard.parent)
        for (_, shards), output in zip(by_place, paths(snakemake.output), strict=True):
            main(shards, output, snakemake.params.gbfb, device)
