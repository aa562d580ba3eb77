"""Selectivity of one feature set for one category: units of the train split, their ratio on both.

Kim, Kim & Jeong (2024) do this with music, and with speech and other categories alike.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
import pandas as pd

from science.analyses.selection import (
    Sample,
    fraction_of,
    ratio_interval,
    response_ratio,
    why_undefined,
)
from science.analyses.selectivity_null import ratio_null, split_half_stability
from science.statistics.tests import permutation_p

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
    "ratio_of_all_units",
    "null_mean",
    "null_p",
    "permutations",
    "half_overlap",
    "half_rank_correlation",
    "note",
)
TOO_FEW_TO_CHOOSE = "the train split has too few clips to choose units by"


def describe_ratios(
    samples: Mapping[str, Sample],
    units: pd.DataFrame,
    settings: Mapping,
    bootstrap_samples: int,
    generator: np.random.Generator,
) -> pd.DataFrame:
    """Response ratio of the selected units on each split, its null, the stability of the choice.

    Args:
        samples: Responses and the two masks, of 'train' and of 'test'.
        units: From `rank_by_index`, of the train split.
        settings: index, fraction and permutations.
        bootstrap_samples: Of the clips, for the interval.
        generator: For interval, null and stability.

    Returns:
        A row per split with `RATIO_COLUMNS`; index and stability are those of the train split.
    """
    if not units["selected"].any():
        rows = [
            {
                "split": split,
                "units": 0,
                "category_clips": np.count_nonzero(category),
                "other_clips": np.count_nonzero(others),
                "permutations": 0,
                "note": TOO_FEW_TO_CHOOSE
                if category.any() and others.any()
                else why_undefined(math.nan, category, others),
            }
            for split, (_, category, others) in samples.items()
        ]
        return pd.DataFrame(rows, columns=RATIO_COLUMNS)
    choice = fraction_of(settings, len(units)), settings["index"]
    nulls = ratio_null(
        samples["train"], samples["test"], generator, *choice, settings["permutations"]
    )
    null_of = dict(zip(("train", "test"), nulls, strict=True))
    stability = split_half_stability(*samples["train"], generator, *choice)
    of_choice = {
        "mean_index": units.loc[units["selected"], "index"].mean(),
        "half_overlap": stability.overlap.mean(),
        "half_rank_correlation": stability.rank_correlation.mean(),
    }
    chosen = np.flatnonzero(units["selected"])
    rows = [
        {
            "split": split,
            **of_choice,
            **_ratio(sample, chosen, bootstrap_samples, generator),
            "null_mean": null_of[split].mean() if len(null_of[split]) else np.nan,
            "permutations": len(null_of[split]),
        }
        for split, sample in samples.items()
    ]
    for row in rows:
        row["null_p"] = permutation_p(row["ratio"], null_of[row["split"]])
    return pd.DataFrame(rows, columns=RATIO_COLUMNS)


def _ratio(
    sample: Sample, chosen: np.ndarray, bootstrap_samples: int, generator: np.random.Generator
) -> dict[str, object]:
    responses, category, others = sample
    interval = ratio_interval(responses, chosen, category, others, generator, bootstrap_samples)
    ratio = response_ratio(responses, chosen, category, others)
    everything = np.arange(responses.shape[1])
    return {
        "units": len(chosen),
        "category_clips": int(category.sum()),
        "other_clips": int(others.sum()),
        "ratio": ratio,
        "low": interval.low,
        "high": interval.high,
        "interval": f"95%, {interval.kind}",
        "ratio_of_all_units": response_ratio(responses, everything, category, others),
        "note": why_undefined(ratio, category, others),
    }
