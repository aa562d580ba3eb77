"""Make the quilts of the clips of one shard, of all segment lengths, and their log-Mels."""

import logging
import sys
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import torch
from tqdm import tqdm

from plumbing.device import choose_device
from plumbing.job import logged, paths
from science.logmel import LogMel, LogMelSettings
from science.loudness import rms_level_db
from science.quilting import cut_original, quilt_clips
from storage.logmel_shards import open_logmel_shard
from storage.waveform_batches import iterate_waveforms

if TYPE_CHECKING:
    from snakemake.iocontainers import Snakemake

    snakemake: Snakemake

CLIPS_PER_BATCH = 32


def main(
    clips: Path,
    quilted: Sequence[Path],
    original: Path,
    logmel: Mapping,
    quilts: Mapping,
    seed: int,
    device: str,
) -> None:
    """Write a log-Mel shard for each segment length, in their order, and one for the originals."""
    settings = LogMelSettings(**logmel)
    transform = LogMel(settings, device)
    with ExitStack() as files:
        writers = [
            files.enter_context(open_logmel_shard(path, settings.bands, settings.frames))
            for path in (*quilted, original)
        ]
        batches = iterate_waveforms(clips, settings.clip_samples, CLIPS_PER_BATCH)
        for clip_ids, waveforms in tqdm(batches, unit="batch", file=sys.stderr, mininterval=10):
            sounds = torch.from_numpy(waveforms)
            made = quilt_clips(
                sounds,
                clip_ids,
                quilts["segments_ms"],
                seed,
                ordering=quilts["ordering"],
                quilted_s=quilts["quilted_s"],
                settings=settings,
                device=device,
            )
            stimuli = (*made, cut_original(sounds, quilts["quilted_s"], settings))
            for write, stimulus in zip(writers, stimuli, strict=True):
                levels_db = rms_level_db(stimulus.cpu().numpy())
                write(clip_ids, levels_db, transform(stimulus).half().cpu().numpy())
    logging.info("segments of %s ms, on %s", quilts["segments_ms"], device)


if __name__ == "__main__":
    with logged(snakemake):
        torch.set_num_threads(snakemake.threads)
        main(
            clips=Path(snakemake.input[0]),
            quilted=paths(snakemake.output.quilted),
            original=Path(snakemake.output.original),
            logmel=snakemake.params.logmel,
            quilts=snakemake.params.quilts,
            seed=snakemake.params.seed,
            device=choose_device(snakemake.config["run"]["device"]),
        )
