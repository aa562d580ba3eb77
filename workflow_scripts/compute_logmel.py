"""Transform the available clips of one shard to log-Mel spectrograms."""

import logging
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np
import torch
from tqdm import tqdm

from plumbing.device import choose_device
from plumbing.job import logged
from science.sound.logmel import LogMel
from science.sound.loudness import rms_level_db
from science.sound.settings import LogMelSettings
from storage.logmels import Block, write_logmel_shard
from storage.waveforms import iterate_waveforms

CLIPS_PER_BLOCK = 16


def main(clips: Path, output: Path, settings: Mapping, device: str) -> None:
    """Write a log-Mel of equal length for every clip of the shard that is ok."""
    transform = LogMel(LogMelSettings(**settings), device)
    bands, frames = transform.settings.bands, transform.settings.frames
    progress = tqdm(_blocks(clips, transform), unit="block", file=sys.stderr, mininterval=10)
    written = write_logmel_shard(output, progress, bands)
    logging.info("%d clips, %d bands, %d frames, on %s", written, bands, frames, device)


def _blocks(clips: Path, transform: LogMel) -> Iterator[Block]:
    """Some clips at a time, their log-Mels in memory that the next ones overwrite."""
    settings = transform.settings
    shape = (CLIPS_PER_BLOCK, settings.bands, settings.frames)
    decibels = torch.empty(shape, dtype=torch.float16)
    # On a CPU clips are decoded to where they are transformed, while the cache still has them.
    place = transform.place().numpy() if transform.device.type == "cpu" else None
    ids: list[str] = []
    numbers: list[np.ndarray] = []  # level and seconds of sound [2, clips]
    at_once = min(transform.clips_at_once, CLIPS_PER_BLOCK)
    batches = iterate_waveforms(clips, settings.clip_samples, at_once, place, settings.short_clips)
    for clip_ids, waveforms, own in batches:
        if len(ids) + len(clip_ids) > CLIPS_PER_BLOCK:
            yield ids, *np.hstack(numbers), decibels[: len(ids)].numpy()
            ids, numbers = [], []
        transform(torch.from_numpy(waveforms), decibels[len(ids) : len(ids) + len(clip_ids)])
        numbers.append(np.stack([rms_level_db(waveforms, own), own / settings.sample_rate_hz]))
        ids.extend(clip_ids)
    if ids:
        yield ids, *np.hstack(numbers), decibels[: len(ids)].numpy()


if __name__ == "__main__":
    with logged(snakemake):
        main(
            clips=Path(snakemake.input[0]),
            output=Path(snakemake.output[0]),
            settings=snakemake.params.logmel,
            device=choose_device(snakemake.config["run"]["device"], auto_takes_gpu=False),
        )
