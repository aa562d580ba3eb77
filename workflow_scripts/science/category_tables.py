"""The tables of the analysis of categories other than music, of all networks and categories."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from science.category_selectivity import (
    RATIO_COLUMNS,
    UNIT_COLUMNS,
    Sample,
    describe_ratios,
    rank_by_index,
)
from science.quilt_responses import RESPONSE_COLUMNS, TEST_COLUMNS, quilt_responses, quilt_tests

PLACE = ["features", "seed", "category"]
COLUMNS_OF = {
    "summary": RATIO_COLUMNS,
    "units": UNIT_COLUMNS,
    "quilts": RESPONSE_COLUMNS,
    "tests": TEST_COLUMNS,
}
NO_CATEGORY = "not run: `categories` names none but music"


def measure_category(
    samples: Mapping[str, Sample],
    stimuli: Mapping[str, np.ndarray],
    quilted: tuple[np.ndarray, np.ndarray],
    settings: Mapping,
    bootstrap_samples: int,
    generator: np.random.Generator,
) -> dict[str, pd.DataFrame]:
    """One feature set and category: its units, their ratio, and their responses to quilts.

    Args:
        samples: Responses and the two masks, of 'train' and of 'test'.
        stimuli: Responses [clips, units] to quilts by stimulus name; none where there are none.
        quilted: Masks [clips] of the quilts' clips: all of the category, and without it.
        settings: index, fraction and permutations, as in the configuration's section selectivity.
        bootstrap_samples: Of the clips, for the intervals.
        generator: For intervals, null and stability.

    Returns:
        units (`rank_by_index`), summary (`describe_ratios`) and, where there are quilts, quilts
        (`quilt_responses`).
    """
    units = rank_by_index(*samples["train"], settings)
    tables = {
        "units": units,
        "summary": describe_ratios(samples, units, settings, bootstrap_samples, generator),
    }
    if stimuli and units["selected"].any():
        groups = dict(zip(("category", "other"), quilted, strict=True))
        selected = units["selected"].to_numpy(dtype=bool)
        tables["quilts"] = quilt_responses(stimuli, selected, groups, generator, bootstrap_samples)
    return tables


def pooled_tables(
    tables: Mapping[tuple[str, int, str], Mapping[str, pd.DataFrame]],
) -> dict[str, pd.DataFrame]:
    """Join the tables of `measure_category`, and test the responses to quilts over networks.

    Args:
        tables: By features, seed and category; where there is none, the tables say so.

    Returns:
        summary, units, quilts and tests, each beginning with `PLACE`.
    """
    pooled = {}
    for kind in ("summary", "units", "quilts"):
        parts = {place: of_place[kind] for place, of_place in tables.items() if kind in of_place}
        pooled[kind] = (
            pd.concat(parts, names=PLACE).reset_index(PLACE).reset_index(drop=True)
            if parts
            else pd.DataFrame(columns=[*PLACE, *COLUMNS_OF[kind]])
        )
    if not tables:
        pooled["summary"].loc[0, ["features", "note"]] = "", NO_CATEGORY
    pooled["tests"] = (
        quilt_tests(pooled["quilts"], ["features", "category"])
        if len(pooled["quilts"])
        else pd.DataFrame(columns=[*PLACE, *COLUMNS_OF["tests"]])
    )
    return pooled
