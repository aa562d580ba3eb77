"""Selectivity of one network for one category: its units on the train split, their ratio on both.

Kim, Kim & Jeong (2024) do with speech and other categories what they do with music.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from science.selectivity import (
    rank_units,
    ratio_interval,
    response_ratio,
    select_units,
    selectivity_index,
)
from science.selectivity_null import permutation_p, ratio_null

UNIT_COLUMNS = ("unit", "index", "rank", "selected")
RATIO_COLUMNS = (
    "split",
    "units",
    "category_clips",
    "other_clips",
    "mean_index",
    "ratio",
    "low",
    "high",
    "interval",
    "null_mean",
    "null_p",
    "permutations",
    "note",
)
Sample = tuple[np.ndarray, np.ndarray, np.ndarray]


def rank_by_index(
    responses: np.ndarray, category: np.ndarray, others: np.ndarray, settings: Mapping
) -> pd.DataFrame:
    """Index, rank and choice of every unit.

    Args:
        responses: [clips, units] of the train split.
        category: Mask [clips] of the clips that are all of the category.
        others: Mask [clips] of the clips without it.
        settings: index and fraction, as in the configuration's section selectivity.

    Returns:
        `UNIT_COLUMNS`, in order of the units.
    """
    index = selectivity_index(responses, category, others, settings["index"])
    chosen = select_units(index, settings["fraction"])
    units = np.arange(len(index))
    ranks = np.argsort(rank_units(index)) + 1
    columns = (units, index, ranks, np.isin(units, chosen))
    return pd.DataFrame(dict(zip(UNIT_COLUMNS, columns, strict=True)))


def describe_ratios(
    samples: Mapping[str, Sample],
    units: pd.DataFrame,
    settings: Mapping,
    bootstrap_samples: int,
    generator: np.random.Generator,
) -> pd.DataFrame:
    """Response ratio of the selected units on each split, its interval and its permutation null.

    Args:
        samples: Responses and the two masks, of 'train' and of 'test'.
        units: From `rank_by_index`, of the train split.
        settings: index, fraction and permutations.
        bootstrap_samples: Of the clips, for the interval.
        generator: For interval and null.

    Returns:
        A row per split with `RATIO_COLUMNS`.
    """
    chosen = units.loc[units["selected"], "unit"].to_numpy()
    null = ratio_null(
        *samples["train"],
        generator,
        held_out=samples["test"],
        fraction=settings["fraction"],
        kind=settings["index"],
        permutations=settings["permutations"],
    )
    null_of = {"train": null.selection, "test": null.held_out_true}
    rows = []
    for split, sample in samples.items():
        responses, category, others = sample
        interval = ratio_interval(responses, chosen, category, others, generator, bootstrap_samples)
        ratio = response_ratio(responses, chosen, category, others)
        rows.append(
            {
                "split": split,
                "units": len(chosen),
                "category_clips": int(category.sum()),
                "other_clips": int(others.sum()),
                "mean_index": units.loc[units["selected"], "index"].mean(),
                "ratio": ratio,
                "low": interval.low,
                "high": interval.high,
                "interval": f"95%, {interval.kind}",
                "null_mean": null_of[split].mean() if len(null_of[split]) else np.nan,
                "null_p": permutation_p(ratio, null_of[split]),
                "permutations": len(null_of[split]),
                "note": _why_undefined(ratio, category, others),
            }
        )
    return pd.DataFrame(rows, columns=RATIO_COLUMNS)


def _why_undefined(ratio: float, category: np.ndarray, others: np.ndarray) -> str:
    if not np.isnan(ratio):
        return ""
    for mask, words in ((category, "of the category alone"), (others, "without the category")):
        if not mask.any():
            return f"there is no clip {words}"
    return "the units are silent to the other clips"
