"""Record the selective units of one feature set, all clips at one level and the category lower."""

import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
from tqdm import tqdm

from plumbing.job import logged, paths
from science.analyses.loudness import levelled_log_mels, levelled_stimuli
from science.analyses.selectivity import rank_by_index
from science.sound.acoustics import acoustic_features, mel_band_centres_hz, relative_acoustics
from storage.activations import read_matrix, read_responses
from storage.labels import CategoryTable
from storage.logmel_shards import LogMelShards
from storage.tables import write_table

CLIPS_PER_BATCH = 32
Responses = Callable[[Iterator[np.ndarray]], Iterator[np.ndarray]]


def main(
    activations: Path,
    shards: Mapping[str, Sequence[Path]],
    groups: CategoryTable,
    selectivity: Mapping,
    attenuations: Sequence[float],
    respond: Responses,
    output: Path,
) -> None:
    """Write the mean response of the units to every stimulus of both splits.

    The units are those of `select_units`, chosen again, so that one more network or category is no
    reason to hear all stimuli again.
    """
    clip_ids, natural = read_responses(activations)
    units = rank_by_index(natural, *groups.groups(clip_ids), selectivity)["selected"].to_numpy()
    logmel = {split: LogMelShards(files) for split, files in shards.items()}
    clips = []
    for split, of_split in logmel.items():
        in_category, others = groups.groups(of_split.clip_ids)
        ids = of_split.clip_ids[in_category | others]
        columns = {"split": split, "clip_id": ids, "in_category": in_category[in_category | others]}
        clips.append(pd.DataFrame(columns | {"level_db": of_split.levels(ids)}))
    stimuli = levelled_stimuli(pd.concat(clips), attenuations)
    heard = levelled_log_mels(
        stimuli, lambda split, ids: logmel[split].gather(ids), CLIPS_PER_BATCH
    )
    with tqdm(total=len(stimuli), file=sys.stderr, mininterval=10) as progress:
        means = [np.empty(0)]
        for responses in respond(heard):
            means.append(responses[:, units].mean(axis=1, dtype=float))
            progress.update(len(responses))
    write_table(output, stimuli.assign(mean_response=np.concatenate(means)))


def of_network(weights: Path, wanted_device: str, threads: int) -> Responses:
    """What a network's units respond to log-Mels; acoustics do without the libraries of this."""
    import torch

    from plumbing.device import choose_device
    from science.network.responses import record_responses
    from storage.networks import load_network

    torch.set_num_threads(threads)
    network, device = load_network(weights), choose_device(wanted_device)

    def respond(log_mels: Iterator[np.ndarray]) -> Iterator[np.ndarray]:
        batches = (torch.from_numpy(log_mel) for log_mel in log_mels)
        return (features for features, _ in record_responses(network, batches, device))

    return respond


def of_acoustics(train: Path, highest_hz: float) -> Responses:
    """The acoustics of log-Mels, as multiples of their means over the train split as recorded."""
    _, reference = read_matrix(train)

    def respond(log_mels: Iterator[np.ndarray]) -> Iterator[np.ndarray]:
        for log_mel in log_mels:
            centres_hz = mel_band_centres_hz(log_mel.shape[1], high_hz=highest_hz)
            yield relative_acoustics(acoustic_features(log_mel, centres_hz), reference)

    return respond


if __name__ == "__main__":
    with logged(snakemake):
        activations = Path(snakemake.input.activations)
        main(
            activations=activations,
            shards={split: paths(snakemake.input[split]) for split in ("train", "test")},
            groups=CategoryTable(Path(snakemake.input.category)),
            selectivity=snakemake.params.selectivity,
            attenuations=snakemake.params.attenuations,
            respond=of_network(
                Path(snakemake.input.weights),
                snakemake.config["run"]["device"],
                snakemake.threads,
            )
            if snakemake.input.get("weights")
            else of_acoustics(activations, snakemake.params.highest_hz),
            output=Path(snakemake.output[0]),
        )
