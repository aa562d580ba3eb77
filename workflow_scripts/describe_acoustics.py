"""Describe every sound of some stimuli by seven trivial acoustic numbers."""

import sys
from collections.abc import Iterable
from itertools import groupby
from pathlib import Path

import numpy as np
from tqdm import tqdm

from plumbing.job import logged, paths
from science.sound.acoustics import FEATURE_NAMES, acoustic_features, mel_band_centres_hz
from storage.activations import refuse_no_clips, write_features
from storage.logmels import LogMelShards

CLIPS_PER_BLOCK = 64


def main(shards: Iterable[Path], output: Path, highest_hz: float) -> None:
    """Write level, its spread, activity and four spectral measures of every clip."""
    logmel = LogMelShards(shards)
    refuse_no_clips(output, len(logmel))
    centres_hz = mel_band_centres_hz(logmel.bands, high_hz=highest_hz)
    blocks = tqdm(logmel.batches(logmel.clip_ids, CLIPS_PER_BLOCK), file=sys.stderr, mininterval=10)
    values = np.concatenate([acoustic_features(block, centres_hz) for _, block in blocks])
    write_features(output, logmel.clip_ids, FEATURE_NAMES, values)


if __name__ == "__main__":
    with logged(snakemake):
        by_place = groupby(paths(snakemake.input), lambda shard: shard.parent)
        for (_, shards), output in zip(by_place, paths(snakemake.output), strict=True):
            main(shards, output, snakemake.params.highest_hz)
