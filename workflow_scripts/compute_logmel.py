"""Transform the available clips of one shard to log-Mel spectrograms."""

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
from storage.logmel_shards import write_logmel_shard
from storage.waveform_batches import iterate_waveforms

if TYPE_CHECKING:
    from snakemake.iocontainers import Snakemake

    snakemake: Snakemake

CLIPS_PER_BLOCK = 16


def main(clips: Path, output: Path, settings: Mapping, device: str) -> None:
    """Write a log-Mel of equal length for every clip of the shard that is ok."""
    transform = LogMel(LogMelSettings(**settings), device)
    bands, frames = transform.settings.bands, transform.settings.frames
    decibels = torch.empty((CLIPS_PER_BLOCK, bands, frames), dtype=torch.float16)

    def blocks() -> Iterator[tuple[list[str], np.ndarray, np.ndarray]]:
        length = transform.settings.clip_samples
        batches = iterate_waveforms(clips, length, CLIPS_PER_BLOCK, np.int16, reuse=True)
        for clip_ids, waveforms in batches:
            transformed = transform(torch.from_numpy(waveforms), out=decibels[: len(clip_ids)])
            yield clip_ids, rms_level_db(waveforms), transformed.numpy()

    progress = tqdm(blocks(), unit="block", file=sys.stderr, mininterval=10)
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
