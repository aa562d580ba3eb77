"""Record the selective units of one feature set, all clips at one level and the category lower."""

import logging
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
from tqdm import tqdm

from plumbing.job import logged, paths
from science.analyses.selection import mean_response, rank_by_index
from science.sound.acoustics import describe_relative
from science.sound.levelled import levelled_log_mels, levelled_stimuli, pure_clips
from storage.activations import read_matrix
from storage.labels import CategoryTable
from storage.logmels import LogMelShards
from storage.responses import read_responses
from storage.tables import write_table

CLIPS_PER_BATCH = 32
SPLITS = ("train", "test")


def main(
    activations: Path,
    logmel: Mapping[str, LogMelShards],
    groups: CategoryTable,
    selectivity: Mapping,
    attenuations: Sequence[float],
    respond: Callable[[Iterator[np.ndarray]], Iterable[np.ndarray]],
    output: Path,
) -> None:
    """Write the mean response to every stimulus; units are chosen here, each network alone."""
    clip_ids, natural = read_responses(activations)
    chosen = rank_by_index(natural, *groups.groups(clip_ids), selectivity)
    units = np.flatnonzero(chosen["selected"])
    clips = [
        pure_clips(split, clips.clip_ids, clips.levels(), *groups.groups(clips.clip_ids))
        for split, clips in logmel.items()
    ]
    stimuli = levelled_stimuli(pd.concat(clips), attenuations)
    heard = levelled_log_mels(stimuli, logmel, CLIPS_PER_BATCH)
    means = [np.empty(0)]
    with tqdm(total=len(stimuli), file=sys.stderr, mininterval=10) as progress:
        for responses in respond(heard):
            means.append(mean_response(responses, units))
            progress.update(len(responses))
    write_table(output, stimuli.assign(mean_response=np.concatenate(means)))


def of_network(weights: Path, device: str, threads: int) -> Callable:
    """What a network's units respond to log-Mels; acoustics do without the libraries of this."""
    import torch

    from plumbing.device import choose_device
    from science.network.responses import record_features
    from storage.networks import load_network

    torch.set_num_threads(threads)
    device = choose_device(device)
    logging.info("%s, on %s", weights, device)
    return partial(record_features, load_network(weights), device=device)


if __name__ == "__main__":
    with logged(snakemake):
        activations = Path(snakemake.input.activations)
        if weights := snakemake.input.get("weights"):
            device = snakemake.config["run"]["device"]
            respond = of_network(Path(weights), device, snakemake.threads)
        else:
            how = {"highest_hz": snakemake.params.highest_hz}
            _, reference = read_matrix(Path(snakemake.input.reference))
            respond = partial(describe_relative, reference=reference, **how)
        main(
            activations=activations,
            logmel={split: LogMelShards(paths(snakemake.input[split])) for split in SPLITS},
            groups=CategoryTable(Path(snakemake.input.category)),
            selectivity=snakemake.params.selectivity,
            attenuations=snakemake.params.attenuations,
            respond=respond,
            output=Path(snakemake.output[0]),
        )
