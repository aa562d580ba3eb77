"""Record what the units of a network that hears waveforms respond to some stimuli."""

import logging
import sys
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from itertools import tee
from pathlib import Path

import numpy as np
import torch
from tqdm import tqdm

from plumbing.device import choose_device
from plumbing.job import logged, paths
from science.network.responses import record_responses
from science.quilts.heard import Heard, quilted_waveforms
from science.sound.settings import LogMelSettings
from science.sound.waveforms import amplitudes_at
from storage.activations import write_activations
from storage.logmels import LogMelShards
from storage.networks import load_network, read_network_file
from storage.waveforms import levelled_waveforms, natural_waveforms


def main(
    weights: Path,
    heard: Iterable[Heard],
    features_of: Mapping[tuple[str, str], Path],
    scores_of: Mapping[tuple[str, str], Path],
    device: str,
    layers_of: Mapping[tuple[str, str], Path],
    layers: Sequence[str],
) -> None:
    """Write activations in the order of clip_id; class scores and other layers where wanted.

    Files are by stimulus and split.
    """
    network, content = load_network(weights), read_network_file(weights)
    rate_hz = content["network"]["sample_rate_hz"]
    sounds, again = tee(tqdm(heard, unit="batch", file=sys.stderr, mininterval=10))
    batches = (torch.from_numpy(amplitudes_at(waveforms, rate_hz)) for _, _, waveforms in sounds)
    ids, responses = defaultdict(list), defaultdict(list)
    recorded = record_responses(network, batches, device, layers=layers if layers_of else ())
    for of_batch, (place, clip_ids, _) in zip(recorded, again, strict=True):
        ids[place] += clip_ids
        responses[place].append(of_batch)
    for place, path in features_of.items():
        order = np.argsort(np.array(ids[place], dtype=object))
        clip_ids = [ids[place][row] for row in order]
        values = [np.concatenate(parts)[order] for parts in zip(*responses[place], strict=True)]
        scores = scores_of.get(place), content["classes"]
        clips = [(clip_ids, *values)] if clip_ids else []
        write_activations(path, clips, *scores, layers_of.get(place), layers)
        logging.info("%s: %d clips, on %s", path, len(clip_ids), device)


if __name__ == "__main__":
    with logged(snakemake):
        torch.set_num_threads(snakemake.threads)
        given = snakemake.params
        clips, settings = paths(snakemake.input.clips), LogMelSettings(**given.logmel)
        heard = natural_waveforms(clips, settings)
        if given.stimuli == "quilts":
            heard = quilted_waveforms(heard, settings, given.quilts, given.seed)
        elif given.stimuli == "natural_sounds":
            levels = LogMelShards(paths(snakemake.input.train)).levels()
            heard = levelled_waveforms(clips, settings, given.heard, levels)
        places = [tuple(place) for place in given.places]
        main(
            weights=Path(snakemake.input.weights),
            heard=heard,
            features_of=dict(zip(places, paths(snakemake.output.features), strict=True)),
            scores_of=dict(zip(places, paths(snakemake.output.get("scores", [])), strict=False)),
            device=choose_device(snakemake.config["run"]["device"]),
            layers_of={
                (path.parts[-3], path.stem): path
                for path in paths(snakemake.output.get("layers", []))
            },
            layers=given.layers,
        )
