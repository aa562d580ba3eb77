"""Measure the selectivity of every layer of each network."""

import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import pandas as pd
from tqdm import tqdm

from plumbing.job import logged, paths
from science.analyses.depth import measure_layers
from science.analyses.measures import heard_by_each
from storage.activations import network_of, read_layers_of
from storage.labels import CategoryTable, read_natural_sounds
from storage.tables import write_table

NETWORK = ["features", "seed", "category"]


def main(
    activations: Iterable[Mapping[str, Path]],
    layers: Sequence[str],
    analysed: str,
    groups: CategoryTable,
    sounds: pd.DataFrame,
    category: str,
    chosen_on: str,
    settings: Mapping,
) -> pd.DataFrame:
    """A row for each network, layer and measure.

    Files of a network are those of `train`, `test`, `quilt`, `original` and, where there are any,
    natural `sounds`, which the table of that name describes.
    """
    tables = {}
    for files in tqdm(list(activations), file=sys.stderr):
        ids, responses = {}, {}
        for name, path in files.items():
            ids[name], responses[name] = read_layers_of(path, layers, analysed)
        masks = {name: groups.groups(ids[name]) for name in ("train", "test")}
        members, _ = groups.groups(ids["quilt"])
        of_sounds = sounds.loc[list(ids.get("sounds", ()))]
        heard = heard_by_each(responses, masks, members, of_sounds)
        tables[*network_of(files["train"]), category] = measure_layers(heard, chosen_on, settings)
    return pd.concat(tables, names=NETWORK).reset_index(NETWORK)


if __name__ == "__main__":
    with logged(snakemake):
        given = snakemake.params
        kinds = given.kinds
        of_networks = zip(*(paths(snakemake.input[kind]) for kind in kinds), strict=True)
        table = main(
            activations=[dict(zip(kinds, files, strict=True)) for files in of_networks],
            layers=given.layers,
            analysed=given.analysed,
            groups=CategoryTable(Path(snakemake.input.category)),
            sounds=read_natural_sounds(
                paths(snakemake.input.of_sounds), given.wanted, given.component
            ),
            category=given.category,
            chosen_on=given.chosen_on,
            settings=given.selectivity,
        )
        write_table(Path(snakemake.output[0]), table)
