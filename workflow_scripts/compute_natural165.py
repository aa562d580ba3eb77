"""Compute log-Mels, Gabor features and acoustics of the natural sounds."""

import logging
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import torch

from plumbing.device import choose_device
from plumbing.job import logged
from science.baselines.gabor import gabor_features
from science.baselines.gabor_bank import gabor_parameters
from science.sound.acoustics import FEATURE_NAMES, acoustic_features, mel_band_centres_hz
from science.sound.logmel import LogMel
from science.sound.loudness import rms_level_db
from science.sound.settings import LogMelSettings
from storage.activations import refuse_no_clips, unit_names, write_features
from storage.logmel_shards import open_logmel_shard
from storage.waveform_batches import iterate_waveforms

if TYPE_CHECKING:
    from snakemake.iocontainers import Snakemake

    snakemake: Snakemake

CLIPS_PER_BATCH = 32


def main(
    clips: Path,
    logmel_path: Path,
    gbfb_path: Path,
    acoustics_path: Path,
    logmel: Mapping,
    gbfb: Mapping,
    device: str,
) -> None:
    """Write a log-Mel for every sound, padded to the length of a clip, and what describes it."""
    transform = LogMel(LogMelSettings(**logmel), device)
    settings = transform.settings
    parameters = gabor_parameters(gbfb)
    centres_hz = mel_band_centres_hz(settings.bands, high_hz=settings.highest_hz)
    ids, filtered, described = [], [], []
    with open_logmel_shard(logmel_path, settings.bands, settings.frames) as write:
        for clip_ids, waveforms in iterate_waveforms(clips, settings.clip_samples, CLIPS_PER_BATCH):
            # All that describes the sounds hears what the networks hear: float16.
            log_mel = transform(torch.from_numpy(waveforms)).half()
            decibels = log_mel.cpu().numpy()
            write(clip_ids, rms_level_db(waveforms), decibels)
            filtered.append(gabor_features(log_mel, parameters).cpu().numpy())
            described.append(acoustic_features(decibels, centres_hz))
            ids += clip_ids
        refuse_no_clips(logmel_path, len(ids))
    values = np.concatenate(filtered)
    write_features(gbfb_path, ids, unit_names(values.shape[1]), values)
    write_features(acoustics_path, ids, FEATURE_NAMES, np.concatenate(described))
    logging.info("%d sounds, on %s", len(ids), device)


if __name__ == "__main__":
    with logged(snakemake):
        torch.set_num_threads(snakemake.threads)
        main(
            clips=Path(snakemake.input[0]),
            logmel_path=Path(snakemake.output.logmel),
            gbfb_path=Path(snakemake.output.gbfb),
            acoustics_path=Path(snakemake.output.acoustics),
            logmel=snakemake.params.logmel,
            gbfb=snakemake.params.gbfb,
            device=choose_device(snakemake.config["run"]["device"]),
        )
