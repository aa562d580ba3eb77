"""Measure how alike units and components of the human brain respond to the natural sounds."""

import sys
from collections.abc import Collection, Iterable, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
from tqdm import tqdm

from plumbing.job import logged, paths
from science.analyses.brain import (
    absent_tables,
    correlate,
    draw_halves,
    pooled_tables,
    predict,
)
from science.analyses.selection import mean_response
from science.baselines.feature_sets import PCA, WITHOUT_NETWORK
from science.statistics.randomness import named_generator
from storage.activations import network_of, read_layers_of
from storage.clips import read_clip_table
from storage.labels import read_responses_of_brain
from storage.responses import SelectedUnits, read_responses
from storage.tables import write_table

NONE = "the natural sounds have no components of the brain"


def main(
    sounds: Path,
    components: Path,
    activations: Iterable[Path],
    layers: tuple[Sequence[str], str],
    units: SelectedUnits,
    wanted: Collection[str],
    permutations: int,
    halves: int,
    seed: int,
) -> dict[str, pd.DataFrame]:
    """Correlations of profiles with the components, and what all units predict of these.

    Of networks every layer predicts, too. `layers` are all and the one that is analysed in all
    else, for which the column layer is empty.
    """
    brain = read_responses_of_brain(components)
    if brain.empty:
        return absent_tables(NONE)
    labels = read_clip_table([sounds], ["clip_id", "labels"]).to_pandas()
    category_of = labels.set_index("clip_id")["labels"].str[0]
    correlations, predictions, profiles = {}, {}, {}
    for path in tqdm(list(activations), file=sys.stderr):
        network = network_of(path)
        clip_ids, responses = read_responses(path)
        of_sounds, of_brain = category_of[clip_ids].to_numpy(), brain.loc[clip_ids]
        inside, parts = np.isin(of_sounds, list(wanted)), draw_halves(len(clip_ids), halves, seed)
        of_layers = {} if network[0] in WITHOUT_NETWORK else read_layers_of(path, *layers)[1]
        predictions[network] = pd.concat(
            predict(values, of_brain, inside, parts, layer)
            for layer, values in ({"": responses} | of_layers).items()
            if layer != layers[1]
        )
        if network[0] != PCA:  # its columns are no amounts, and none of them is selective
            profile = mean_response(responses, np.flatnonzero(units.of(*network)))
            profiles.setdefault(network[0], []).append(profile)
            draw = named_generator(seed, "brain", "permutations", *network)
            correlations[network] = correlate(profile, of_brain, of_sounds, permutations, draw)
    return pooled_tables(correlations, predictions, profiles)


if __name__ == "__main__":
    with logged(snakemake):
        tables = absent_tables(snakemake.params.absent)
        if snakemake.input.get("sounds"):
            tables = main(
                sounds=Path(snakemake.input.sounds),
                components=Path(snakemake.input.components),
                activations=paths(snakemake.input.activations),
                layers=(snakemake.params.layers, snakemake.params.analysed),
                units=SelectedUnits(paths(snakemake.input.units), snakemake.params.chosen_on),
                wanted=snakemake.params.wanted,
                permutations=snakemake.params.permutations,
                halves=snakemake.params.halves,
                seed=snakemake.params.seed,
            )
        for name, path in snakemake.output.items():
            write_table(Path(path), tables[name])
