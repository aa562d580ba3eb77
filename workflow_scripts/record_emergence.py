"""Measure the selectivity of one network after several epochs of its training."""

import logging
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from torch import nn
from tqdm import tqdm

from plumbing.device import choose_device
from plumbing.job import logged, paths
from science.analyses.emergence import drawn_clips, measure_epochs
from science.analyses.measures import heard_by_each
from science.analyses.selection import OTHER_SPLIT
from science.network.cnn import clips_at_once
from science.network.responses import record_features_of_each
from storage.labels import CategoryTable, read_natural_sounds
from storage.logmels import LogMelShards
from storage.snapshots import load_snapshots
from storage.tables import read_table, write_table


def main(
    networks: Mapping[int, nn.Module],
    used: int,
    logmels: Mapping[str, LogMelShards],
    groups: CategoryTable,
    sounds: pd.DataFrame,
    history: pd.DataFrame,
    clips: int,
    chosen_on: str,
    settings: Mapping,
    seed: int,
    device: str,
) -> pd.DataFrame:
    """The measures after each epoch.

    Networks are by epoch, log-Mels by what they are of: as responses in `heard_by_each`.
    """
    logging.info("%d epochs, on %s", len(networks), device)

    def respond(name: str, clip_ids: Sequence[str]) -> Mapping[int, np.ndarray]:
        parts = logmels[name].parts(clip_ids, clips_at_once(device))
        parts = tqdm(parts, name, unit="batch", file=sys.stderr, mininterval=10)
        return record_features_of_each(networks, map(logmels[name].gather, parts), device)

    ids, masks = {}, {}
    for split in ("train", "test"):
        category, others = groups.groups(logmels[split].clip_ids)
        ids[split] = drawn_clips(logmels[split].clip_ids[category | others], clips, seed)
        masks[split] = groups.groups(np.array(ids[split], dtype=object))
    held_out = OTHER_SPLIT[chosen_on]
    members = np.array(ids[held_out], dtype=object)[masks[held_out][0]]
    ids |= {"quilt": members, "original": members}
    ids |= {"sounds": logmels["sounds"].clip_ids} if "sounds" in logmels else {}
    heard = {name: respond(name, clip_ids) for name, clip_ids in ids.items()}
    of_sounds = sounds.loc[list(ids.get("sounds", ()))]
    epochs = heard_by_each(heard, masks, np.ones(len(members), dtype=bool), of_sounds)
    return measure_epochs(epochs, history, used, chosen_on, settings)


if __name__ == "__main__":
    with logged(snakemake):
        torch.set_num_threads(snakemake.threads)
        files, given = snakemake.input, snakemake.params
        networks, used = load_snapshots(Path(files.snapshots), Path(files.weights))
        table = main(
            networks=networks,
            used=used,
            logmels={kind: LogMelShards(paths(files[kind])) for kind in given.kinds},
            groups=CategoryTable(Path(files.category)),
            sounds=read_natural_sounds(paths(files.of_sounds), given.wanted, given.component),
            history=read_table(Path(files.history), ["epoch", "validation_ap"]),
            clips=given.clips,
            chosen_on=given.chosen_on,
            settings=given.selectivity,
            seed=given.seed,
            device=choose_device(snakemake.config["run"]["device"]),
        )
        write_table(Path(snakemake.output[0]), table)
