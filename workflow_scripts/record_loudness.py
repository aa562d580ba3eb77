"""Record the music-selective units of one network, all clips at one level, music attenuated."""

import logging
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import torch
from tqdm import tqdm

from plumbing.device import choose_device
from plumbing.job import logged, paths
from science.loudness import apply_gain, attenuation_gain_db, normalisation_gain_db
from science.responses import record_responses
from storage.categories import CategoryTable
from storage.logmel_shards import LogMelShards
from storage.networks import load_network
from storage.tables import read_table, write_table

if TYPE_CHECKING:
    from snakemake.iocontainers import Snakemake

    snakemake: Snakemake

CLIPS_PER_BATCH = 32


def main(
    network: torch.nn.Module,
    units: np.ndarray,
    shards: Mapping[str, Iterable[Path]],
    categories: Path,
    attenuations: Sequence[float],
    output: Path,
    device: str,
) -> None:
    """Write the mean response of the units to every pure clip of both splits.

    Every clip is brought to the mean level of the train split's, then music is attenuated; other
    sounds are heard once, at attenuation 1. A gain is a shift of the log-Mel in dB.
    """
    logmel = {split: LogMelShards(files) for split, files in shards.items()}
    table = CategoryTable(categories, "music")
    clips = pd.concat(
        [described_clips(split, of_split, table) for split, of_split in logmel.items()]
    )
    target_db = target_level_db(clips.loc[clips["split"] == "train", "level_db"].to_numpy())
    gains_db = normalisation_gain_db(clips["level_db"].to_numpy(), target_db)
    heard = repeat_music(clips.assign(gain_db=gains_db), attenuations)
    responses = record_responses(network, batches(heard, logmel), device)
    means = [features[:, units].mean(axis=1, dtype=float) for features, _ in responses]
    heard["mean_response"] = np.concatenate(means) if means else np.empty(0)
    write_table(output, heard)
    logging.info("%d stimuli of %d clips, all at %.1f dB", len(heard), len(clips), target_db)


def described_clips(split: str, logmel: LogMelShards, table: CategoryTable) -> pd.DataFrame:
    """The pure clips of a split, their kind and their level."""
    music, others = table.groups(logmel.clip_ids, "music")
    used = music | others
    clip_ids = logmel.clip_ids[used]
    return pd.DataFrame(
        {
            "split": split,
            "clip_id": clip_ids,
            "music": music[used],
            "level_db": logmel.levels(clip_ids),
        }
    )


def target_level_db(level_db: np.ndarray) -> float:
    """Mean level of the clips that sound; 0 dB where none does."""
    sounding = level_db[np.isfinite(level_db)]
    return float(sounding.mean(dtype=float)) if len(sounding) else 0.0


def repeat_music(clips: pd.DataFrame, attenuations: Sequence[float]) -> pd.DataFrame:
    """A row for every stimulus: other sounds once, music once per attenuation, with their gains."""
    stimuli = [clips[~clips["music"]].assign(attenuation=1.0)]
    for ratio in attenuations:
        music = clips[clips["music"]].assign(attenuation=float(ratio))
        stimuli.append(music.assign(gain_db=music["gain_db"] + attenuation_gain_db(ratio)))
    return pd.concat(stimuli, ignore_index=True)


def batches(heard: pd.DataFrame, logmel: Mapping[str, LogMelShards]) -> Iterator[torch.Tensor]:
    """The log-Mels of all stimuli, shifted by their gains."""
    starts = tqdm(range(0, len(heard), CLIPS_PER_BATCH), file=sys.stderr, mininterval=10)
    for start in starts:
        part = heard.iloc[start : start + CLIPS_PER_BATCH]
        spectrograms = [
            logmel[split].gather([clip_id])[0]
            for split, clip_id in zip(part["split"], part["clip_id"], strict=True)
        ]
        shifted = apply_gain(np.stack(spectrograms), part["gain_db"].to_numpy())
        yield torch.from_numpy(shifted)


def selected_units(path: Path, features: str, seed: int) -> np.ndarray:
    """The music-selective units of one network, chosen on the unnormalised train split."""
    units = read_table(path, ["features", "seed", "unit", "selected"])
    of_network = (units["features"] == features) & (units["seed"] == seed)
    return units.loc[of_network & units["selected"].astype(bool), "unit"].to_numpy()


if __name__ == "__main__":
    with logged(snakemake):
        torch.set_num_threads(snakemake.threads)
        condition, network_seed = snakemake.wildcards.condition, int(snakemake.wildcards.seed)
        main(
            network=load_network(Path(snakemake.input.weights)),
            units=selected_units(Path(snakemake.input.units), condition, network_seed),
            shards={split: paths(snakemake.input[split]) for split in ("train", "test")},
            categories=Path(snakemake.input.categories),
            attenuations=snakemake.params.attenuations,
            output=Path(snakemake.output[0]),
            device=choose_device(snakemake.config["run"]["device"]),
        )
