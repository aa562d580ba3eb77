"""Selectivity over training: the measures of a network's units after several epochs.

Units are chosen again after each epoch. How well the network then detects sounds is its average
precision on the validation clips, which it has in the history of its training.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from science.analyses.measures import MEASURES, Heard, choose_units, measure
from science.statistics import exact
from science.statistics.tests import correlation_test

DETECTION = "validation_ap"
EPOCH_COLUMNS = ("epoch", "used", "selected", "measure", "value", "note")
NETWORK = ("features", "seed", "category")
CORRELATION_COLUMNS = (*NETWORK, "measure", "rank_correlation", "epochs", "note")


def drawn_clips(clip_ids: Sequence[str], most: int, seed: int) -> list[str]:
    """So many clips, in order: those whose ids have the lowest hashes, keyed with the seed.

    A clip that comes or goes moves one other at most. With 0, all.
    """
    ids = sorted(clip_ids)
    if not 0 < most < len(ids):
        return ids
    key = f"emergence {seed}".encode()
    return sorted(
        sorted(ids, key=lambda one: hashlib.blake2b(one.encode(), key=key).digest())[:most]
    )


def measure_epochs(
    epochs: Mapping[int, Heard],
    history: pd.DataFrame,
    used: int,
    chosen_on: str,
    settings: Mapping,
) -> pd.DataFrame:
    """Measure one network after several epochs.

    Args:
        epochs: What its units respond after each epoch.
        history: Columns epoch and validation_ap.
        used: The epoch whose weights are used in all else.
        chosen_on: The split, 'train' or 'test', whose clips choose the units.
        settings: index and fraction, as in the configuration's section selectivity.

    Returns:
        `EPOCH_COLUMNS`, a row for each epoch and measure.
    """
    precision = dict(zip(history["epoch"], history["validation_ap"], strict=True))
    rows = []
    for epoch, heard in epochs.items():
        units = choose_units(heard, chosen_on, settings)
        of_epoch = {"epoch": epoch, "used": epoch == used, "selected": len(units)}
        rows += [of_epoch | row for row in measure(heard, units, chosen_on)]
        if epoch in precision:
            rows.append(of_epoch | {"measure": DETECTION, "value": precision[epoch], "note": ""})
    return pd.DataFrame(rows, columns=EPOCH_COLUMNS)


def rank_correlations(table: pd.DataFrame) -> pd.DataFrame:
    """Spearman's correlation over epochs of each measure with the detection of sounds.

    The epochs of one training are no sample, so that there is no p: networks are what is counted.

    Args:
        table: Columns features, seed, category, epoch, measure and value.

    Returns:
        `CORRELATION_COLUMNS`, a row for each network and measure.
    """
    rows = []
    for network, part in table.groupby([*NETWORK], sort=False):
        wide = part.pivot(index="epoch", columns="measure", values="value")
        for name in MEASURES:
            if name not in wide:
                continue
            known = wide.reindex(columns=[name, DETECTION]).dropna().to_numpy(dtype=float)
            result = correlation_test(*map(exact.ranks, known.T)) if len(known) else None
            found = (
                (np.nan, 0, "no epoch has both numbers")
                if result is None
                else (result.statistic, len(known), result.note)
            )
            rows.append(dict(zip(CORRELATION_COLUMNS, (*network, name, *found), strict=True)))
    return pd.DataFrame(rows, columns=CORRELATION_COLUMNS)


def absent_tables(why: str) -> dict[str, pd.DataFrame]:
    """Tables of no network that say why, with the columns that they would have."""
    columns = {"summary": (*NETWORK, *EPOCH_COLUMNS), "networks": CORRELATION_COLUMNS}
    row = {"features": "", "note": f"not run: {why}"}
    return {name: pd.DataFrame([row], columns=list(columns[name])) for name in columns}
