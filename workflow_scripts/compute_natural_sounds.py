"""Transform the natural sounds to log-Mel spectrograms, each at the mean level of train clips."""

import logging
import sys
from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import lru_cache
from pathlib import Path

import torch
from tqdm import tqdm

from plumbing.job import logged, paths
from science.sound.logmel import LogMel
from science.sound.loudness import mean_level_db, rms_level_db
from science.sound.settings import LogMelSettings
from storage.logmels import LogMelShards, open_logmel_shard
from storage.waveforms import iterate_levelled


def main(
    clips: Path,
    train: Iterable[Path],
    output: Path,
    settings: Mapping,
    heard: str,
    fewest_frames: int,
) -> None:
    """Write a log-Mel for every sound that is ok: of its own length, or filled up to a clip's.

    Each is brought to the mean of the RMS levels in dB of all clips of the train split, its
    validation clips included.

    Raises:
        ValueError: A sound is too short for the network; it is named.
    """
    target_db = mean_level_db(LogMelShards(train).levels())
    of_clips = LogMelSettings(**settings)
    rate_hz, whole = of_clips.sample_rate_hz, of_clips.clip_samples
    transform_of = lru_cache(4)(lambda samples: LogMel(replace(of_clips, clip_s=samples / rate_hz)))
    sounds = iterate_levelled(clips, heard, whole, target_db)
    too_short = []
    with open_logmel_shard(output, of_clips.bands) as write:
        for clip_id, waveform, own in tqdm(sounds, file=sys.stderr, mininterval=10):
            transform = transform_of(waveform.shape[1])
            if transform.settings.frames < fewest_frames:
                too_short.append(clip_id)
                continue
            decibels = transform(torch.from_numpy(waveform)).numpy()
            write([clip_id], rms_level_db(waveform[:, :own]), [own / rate_hz], decibels)
        if too_short:
            raise ValueError(
                f"the network hears nothing shorter than {fewest_frames} frames of "
                f"{of_clips.hop_s:g} s: set corpus.natural_sounds.heard to repeated, or leave out "
                f"of the table {', '.join(too_short[:10])} ({len(too_short)} in all)"
            )
    logging.info("heard %s, at %.2f dB re one 16-bit unit", heard, target_db)


if __name__ == "__main__":
    with logged(snakemake):
        main(
            clips=Path(snakemake.input.clips),
            train=paths(snakemake.input.train),
            output=Path(snakemake.output[0]),
            settings=snakemake.params.logmel,
            heard=snakemake.params.heard,
            fewest_frames=snakemake.params.fewest_frames,
        )
