"""Gather what a report lets one hear: clips that drive the selective units, and a clip's quilts."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from plumbing.job import logged, paths
from science.quilts.segments import ORIGINAL
from science.quilts.waveforms import quilts_to_hear
from science.report import sounds
from science.sound.opus import encode_opus, loudest_excerpt
from science.sound.settings import LogMelSettings
from storage.corpus_tables import read_corpus_tables
from storage.labels import CategoryTable, read_labels
from storage.responses import SelectedUnits, read_responses, read_stimuli
from storage.tables import write_table
from storage.waveforms import read_waveforms
from storage.whole_files import write_whole


def main(
    activations: Path,
    quilted: Sequence[Path],
    units: pd.DataFrame,
    groups: CategoryTable,
    labels: pd.Series,
    names: Mapping[str, str],
    shards: Iterable[Path],
    quilts: Mapping | None,
    folder: Path,
) -> None:
    """Write sounds.csv, a row for each sound of each part, and the Ogg Opus files that it names.

    `quilts` has settings, seed, segments_ms, quilted_s and ordering; None where none are made.
    """
    clip_ids, responses = read_responses(activations)
    ids_of_quilts, stimuli = read_stimuli(quilted)
    if stimuli and not np.array_equal(clip_ids, ids_of_quilts):
        raise ValueError(f"{activations} and the quilts are of other clips; delete it, run again")
    table = sounds.sounds_of_network(clip_ids, responses, units, groups.groups(clip_ids), stimuli)
    waveforms = read_waveforms(shards, table["clip_id"])
    heard = {}
    for file, rows in table.groupby("file"):
        clip_id, stimulus = rows[["clip_id", "stimulus"]].iloc[0]
        if stimulus == sounds.NATURAL:
            heard[file] = loudest_excerpt(waveforms[clip_id], sounds.EXCERPT_S)
        elif stimulus == ORIGINAL:
            made = quilts_to_hear(waveforms[clip_id], clip_id, **quilts)
            heard |= {f"quilt_{name}.ogg": samples for name, samples in made.items()}
    folder.mkdir(exist_ok=True)
    for name, samples in heard.items():
        write_whole(folder / name, [encode_opus(samples)], synced=False)
    table["labels"] = [
        "; ".join(names.get(mid, mid) for mid in labels[clip_id]) for clip_id in table["clip_id"]
    ]
    write_table(folder / "sounds.csv", table)


if __name__ == "__main__":
    with logged(snakemake):
        params = snakemake.params
        corpus = read_corpus_tables(snakemake.input.tables)
        chosen = SelectedUnits(paths(snakemake.input.units), params.chosen_on)
        main(
            activations=Path(snakemake.input.activations),
            quilted=paths(snakemake.input.quilted),
            units=chosen.table(*params.network),
            groups=CategoryTable(Path(snakemake.input.category)),
            labels=read_labels(Path(snakemake.input.clips)),
            names=dict(zip(corpus.classes, corpus.class_labels["display_name"], strict=True)),
            shards=paths(snakemake.input.shards),
            quilts=params.quilts
            and params.quilts | {"settings": LogMelSettings(**params.logmel), "seed": params.seed},
            folder=Path(snakemake.output[0]),
        )
