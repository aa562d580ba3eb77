"""Selectivity of one feature set for one category: units of one split, their ratio on both.

Kim, Kim & Jeong (2024) do this with music, and with speech and other categories alike. They choose
units on the test split and measure them on the train split; here it is done both ways round.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping

import numpy as np
import pandas as pd

from science.analyses.ratios import ratio_interval, response_ratio, why_undefined
from science.analyses.selection import OTHER_SPLIT, Sample, fraction_of, index_overlap
from science.analyses.selectivity_null import ratio_null, split_half_stability
from science.statistics.tests import permutation_p

RATIO_COLUMNS = (
    "chosen_on",
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
    "index_overlap",
    "note",
)


def describe_ratios(
    samples: Mapping[str, Sample],
    units: pd.DataFrame,
    settings: Mapping,
    bootstrap_samples: int,
    draw: Callable[..., np.random.Generator],
) -> pd.DataFrame:
    """Response ratio of the selected units on each split, its null, the stability of the choice.

    Args:
        samples: Responses and the two masks, of 'train' and of 'test'.
        units: From `rank_by_index` of either split, with the column chosen_on.
        settings: index, fraction and permutations.
        bootstrap_samples: Of the clips, for the interval.
        draw: Gives a generator for the names of what is drawn.

    Returns:
        `RATIO_COLUMNS`, a row for each split that units were chosen on and each that they are
        measured on. Index, stability and overlap are those of the split chosen on.
    """
    rows = []
    for chosen_on, of_choice in units.groupby("chosen_on", sort=False):
        if not of_choice["selected"].any():
            rows += [_unchosen(chosen_on, split, sample) for split, sample in samples.items()]
            continue
        rows += _rows_of_choice(chosen_on, of_choice, samples, settings, bootstrap_samples, draw)
    return pd.DataFrame(rows, columns=RATIO_COLUMNS)


def _rows_of_choice(
    chosen_on: str,
    units: pd.DataFrame,
    samples: Mapping[str, Sample],
    settings: Mapping,
    bootstrap_samples: int,
    draw: Callable[..., np.random.Generator],
) -> list[dict[str, object]]:
    held_out = OTHER_SPLIT[chosen_on]
    choice = fraction_of(settings, len(units)), settings["index"]
    nulls = ratio_null(
        samples[chosen_on],
        samples[held_out],
        draw(chosen_on, "null"),
        *choice,
        settings["permutations"],
    )
    null_of = dict(zip((chosen_on, held_out), nulls, strict=True))
    stability = split_half_stability(*samples[chosen_on], draw(chosen_on, "halves"), *choice)
    of_choice = {
        "chosen_on": chosen_on,
        "mean_index": units.loc[units["selected"], "index"].mean(),
        "half_overlap": stability.overlap.mean(),
        "half_rank_correlation": stability.rank_correlation.mean(),
        "index_overlap": index_overlap(*samples[chosen_on], settings),
    }
    chosen = np.flatnonzero(units["selected"])
    rows = []
    for split, sample in samples.items():
        null = null_of[split]
        ratio = _ratio(sample, chosen, bootstrap_samples, draw(chosen_on, split, "interval"))
        of_null = {
            "null_mean": null.mean() if len(null) else np.nan,
            "null_p": permutation_p(ratio["ratio"], null),
            "permutations": len(null),
        }
        rows.append({"split": split} | of_choice | ratio | of_null)
    return rows


def _unchosen(chosen_on: str, split: str, sample: Sample) -> dict[str, object]:
    """The row of a split where the clips chosen on were too few to choose units by."""
    _, category, others = sample
    too_few = f"the {chosen_on} split has too few clips to choose units by"
    return {
        "chosen_on": chosen_on,
        "split": split,
        "units": 0,
        "category_clips": np.count_nonzero(category),
        "other_clips": np.count_nonzero(others),
        "permutations": 0,
        "note": too_few
        if category.any() and others.any()
        else why_undefined(math.nan, category, others),
    }


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
        **interval.columns(),
        "ratio_of_all_units": response_ratio(responses, everything, category, others),
        "note": why_undefined(ratio, category, others),
    }
