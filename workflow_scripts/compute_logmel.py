"""Transform the available clips of one shard to log-Mel spectrograms."""

import itertools
import logging
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import torch
from tqdm import tqdm

from plumbing.device import choose_device
from plumbing.job import logged
from science.logmel import LogMel, LogMelSettings
from science.loudness import rms_level_db
from storage.clip_shards import iterate_clips
from storage.logmel_shards import write_logmel_shard

if TYPE_CHECKING:
    from snakemake.iocontainers import Snakemake

    snakemake: Snakemake

CLIPS_PER_BLOCK = 16


def main(clips: Path, output: Path, settings: Mapping, device: str) -> None:
    """Write a log-Mel of equal length for every clip of the shard that is ok."""
    transform = LogMel(LogMelSettings(**settings), device)
    length = transform.settings.clip_samples
    waveforms = torch.zeros(CLIPS_PER_BLOCK, length)

    def blocks() -> Iterator[tuple[list[str], np.ndarray, np.ndarray]]:
        available = iterate_clips(clips)
        while block := list(itertools.islice(available, CLIPS_PER_BLOCK)):
            for row, (_, samples) in enumerate(block):
                waveforms[row, : len(samples)] = torch.from_numpy(samples[:length])
                waveforms[row, len(samples) :] = 0
            used = waveforms[: len(block)]
            decibels = transform(used).half().cpu().numpy()
            yield [clip_id for clip_id, _ in block], rms_level_db(used.numpy()), decibels

    progress = tqdm(blocks(), unit="block", file=sys.stderr, mininterval=10)
    bands, frames = transform.settings.bands, transform.settings.frames
    written = write_logmel_shard(output, progress, bands, frames)
    logging.info("%d clips, %d bands, %d frames, on %s", written, bands, frames, device)


if __name__ == "__main__":
    with logged(snakemake):
        main(
            clips=Path(snakemake.input[0]),
            output=Path(snakemake.output[0]),
            settings=snakemake.params.logmel,
            device=choose_device(snakemake.config["run"]["device"]),
        )
