"""Make the quilts of the clips of one shard, of all segment lengths, and their log-Mels."""

import logging
import sys
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path

import numpy as np
import torch
from tqdm import tqdm

from plumbing.device import choose_device
from plumbing.job import logged, paths
from science.quilts.logmel import OriginalLogMel, QuiltLogMels
from science.sound.settings import LogMelSettings
from storage.logmels import LogMelShards, open_logmel_shard
from storage.waveforms import iterate_waveforms

CLIPS_PER_BATCH = 32


def main(
    clips: Path,
    natural: Path,
    quilted: Sequence[Path],
    original: Path,
    logmel: Mapping,
    quilts: Mapping,
    seed: int,
    device: str,
) -> None:
    """Write a log-Mel shard for each segment length, in their order, and one for the originals."""
    settings = LogMelSettings(**logmel)
    of_quilts = QuiltLogMels(
        quilts["segments_ms"],
        seed,
        ordering=quilts["ordering"],
        quilted_s=quilts["quilted_s"],
        settings=settings,
        device=device,
        clips_at_once=CLIPS_PER_BATCH,
    )
    of_original = OriginalLogMel(of_quilts.sounding_samples, settings, device)
    whole = LogMelShards([natural])
    whole.expect_shape(settings.bands, settings.frames)
    with ExitStack() as files:
        *write_quilted, write_original = [
            files.enter_context(open_logmel_shard(path, settings.bands))
            for path in (*quilted, original)
        ]
        # On a CPU clips are decoded to where their quilts are made from.
        place = of_quilts.place().numpy() if device == "cpu" else None
        batches = iterate_waveforms(
            clips, of_quilts.source_samples, CLIPS_PER_BATCH, place, settings.short_clips
        )
        for clip_ids, waveforms, own in tqdm(
            batches, unit="batch", file=sys.stderr, mininterval=10
        ):
            sounds = torch.from_numpy(waveforms)
            heard_s = np.minimum(own, of_quilts.sounding_samples) / settings.sample_rate_hz
            made = of_quilts(sounds, clip_ids)
            for write, (levels_db, decibels) in zip(write_quilted, made, strict=True):
                write(clip_ids, levels_db, heard_s, decibels)
            levels_db, decibels = of_original(sounds, whole.gather(clip_ids))
            write_original(clip_ids, levels_db, heard_s, decibels)
    logging.info("segments of %s ms, on %s", quilts["segments_ms"], device)


if __name__ == "__main__":
    with logged(snakemake):
        torch.set_num_threads(snakemake.threads)
        main(
            clips=Path(snakemake.input.clips),
            natural=Path(snakemake.input.natural),
            quilted=paths(snakemake.output.quilted),
            original=Path(snakemake.output.original),
            logmel=snakemake.params.logmel,
            quilts=snakemake.params.quilts,
            seed=snakemake.params.seed,
            device=choose_device(snakemake.config["run"]["device"], auto_takes_gpu=False),
        )
