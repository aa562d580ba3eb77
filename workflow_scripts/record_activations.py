"""Record what the units of one network respond to every sound of some stimuli."""

import logging
import sys
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from pathlib import Path

import torch
from tqdm import tqdm

from plumbing.device import choose_device
from plumbing.job import logged, paths
from science.network.cnn import clips_at_once
from science.network.responses import record_responses
from storage.activations import write_activations
from storage.logmels import LogMelShards
from storage.networks import load_network, read_network_file


def main(
    weights: Path,
    shards: Mapping[tuple[str, str], Sequence[Path]],
    features_of: Mapping[tuple[str, str], Path],
    scores_of: Mapping[tuple[str, str], Path],
    device: str,
    layers_of: Mapping[tuple[str, str], Path] | None = None,
    layers: Sequence[str] = (),
) -> None:
    """Write activations in the order of clip_id; class scores and other layers where wanted.

    Files are by stimulus and split.
    """
    network, classes = load_network(weights), read_network_file(weights)["classes"]
    for place, files in shards.items():
        logmel, layers_path = LogMelShards(files), (layers_of or {}).get(place)
        wanted = layers if layers_path else ()

        def batches(logmel: LogMelShards = logmel, wanted: Sequence = wanted) -> Iterator[tuple]:
            parts = logmel.parts(logmel.clip_ids, clips_at_once(device))
            stimuli = (torch.from_numpy(logmel.gather(part)) for part in parts)
            recorded = record_responses(network, stimuli, device, layers=wanted)
            progress = tqdm(parts, unit="batch", file=sys.stderr, mininterval=10)
            for part, responses in zip(progress, recorded, strict=True):
                yield part, *responses

        scores = scores_of.get(place), classes
        clips = write_activations(features_of[place], batches(), *scores, layers_path, wanted)
        logging.info("%s: %d clips, on %s", features_of[place], clips, device)


if __name__ == "__main__":
    with logged(snakemake):
        torch.set_num_threads(snakemake.threads)
        places = [tuple(place) for place in snakemake.params.places]
        shards = groupby(paths(snakemake.input.shards), lambda path: path.parts[-3:-1])
        main(
            weights=Path(snakemake.input.weights),
            shards={place: list(files) for place, files in shards},
            features_of=dict(zip(places, paths(snakemake.output.features), strict=True)),
            scores_of=dict(zip(places, paths(snakemake.output.get("scores", [])), strict=False)),
            device=choose_device(snakemake.config["run"]["device"]),
            layers_of={
                (path.parts[-3], path.stem): path
                for path in paths(snakemake.output.get("layers", []))
            },
            layers=snakemake.params.layers,
        )
