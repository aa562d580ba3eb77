"""How conditions differ: response ratios, and what quilting takes from the responses.

Kim, Kim & Jeong (2024) compare networks trained without music with those trained with it, untrained
ones, Gabor filters, networks that memorised random labels, and networks trained without speech too.
Networks of different training differ in the scale of their responses, so that what they keep of
the response to the original is compared (`relative` in the tables of `quilts`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields

import numpy as np
import pandas as pd

from science.statistics.comparisons import HOLM_COLUMNS, compare_two, with_holm
from science.statistics.tests import TestResult

VALUE_COLUMNS = ["category", "features", "seed", "measure", "stimulus", "value"]
PAIR_COLUMNS = (
    "features",
    "second",
    "measure",
    "stimulus",
    "mean",
    "mean_of_second",
    "difference",
    "low",
    "high",
    "interval",
    "networks",
    *(field.name for field in fields(TestResult)),
    "log10_p_greater",
    *HOLM_COLUMNS,
)


def values_of_networks(selectivity: pd.DataFrame, quilts: pd.DataFrame) -> pd.DataFrame:
    """What each network has to say, in one long table.

    Args:
        selectivity: Columns category, features, seed, split and ratio, of the units of one choice.
        quilts: Columns category, features, seed, stimulus, segment_ms and relative, of selective
            units and clips of the category.

    Returns:
        `VALUE_COLUMNS`: measures `ratio_train` and `ratio_test`; `relative`, for each stimulus;
        and `quilt_loss`, 1 less what is kept at the shortest segments.
    """
    ratios = selectivity.assign(
        measure="ratio_" + selectivity["split"], stimulus="", value=selectivity["ratio"]
    )
    quilted = quilts.dropna(subset=["segment_ms"]).assign(
        measure="relative", value=quilts["relative"]
    )
    shortest = quilted[quilted["segment_ms"] == quilted["segment_ms"].min()]
    lost = shortest.assign(measure="quilt_loss", value=1 - shortest["relative"])
    parts = [part[VALUE_COLUMNS] for part in (ratios, lost, quilted)]
    return pd.concat(parts, ignore_index=True)


def compare_pairs(values: pd.DataFrame, pairs: Sequence[tuple[str, str]]) -> pd.DataFrame:
    """Compare pairs of conditions, over networks.

    Args:
        values: From `values_of_networks`.
        pairs: Names of features; the first is compared with the second.

    Returns:
        `PAIR_COLUMNS`, a row for each pair, measure and stimulus that either has values of. p is
        two-sided; log10_p_greater is of the one-sided test that the first is larger. Holm's
        correction is over the segment lengths of one pair, which ask one question: each pair is a
        question of its own.
    """
    rows = []
    for (measure, stimulus), part in values.groupby(["measure", "stimulus"], sort=False):
        of_features = {
            features: of_one["value"].dropna().to_numpy(dtype=float)
            for features, of_one in part.groupby("features", sort=False)
        }
        for first, second in pairs:
            if first not in of_features and second not in of_features:
                continue
            sides = [of_features.get(features, np.empty(0)) for features in (first, second)]
            place = {"features": first, "second": second, "measure": measure, "stimulus": stimulus}
            rows.append(place | compare_two(*sides) | {"family": f"{first} {second} {measure}"})
    if not rows:
        return pd.DataFrame(columns=PAIR_COLUMNS)
    return with_holm(pd.DataFrame(rows), "family")[list(PAIR_COLUMNS)]
