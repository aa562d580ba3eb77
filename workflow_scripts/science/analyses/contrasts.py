"""How conditions differ: response ratios, and what quilting takes from the responses.

Kim, Kim & Jeong (2024) compare networks trained without music with those trained with it, untrained
ones, Gabor filters, networks that memorised random labels, and networks trained without speech too.
Networks of different training differ in the scale of their responses, so that what they keep of
the response to the original is compared (`relative` in the tables of `quilts`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, fields

import numpy as np
import pandas as pd

from science.statistics.comparisons import HOLM_COLUMNS, with_holm
from science.statistics.intervals import welch_interval
from science.statistics.tests import Sidedness, TestResult, rank_sum_test, signed_rank_test

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
    *HOLM_COLUMNS,
)
# The paper's one-sided p says that quilts take less from the first; elsewhere either side counts.
SIDEDNESS_OF: dict[str, Sidedness] = {"relative": "greater"}


def values_of_networks(selectivity: pd.DataFrame, quilts: pd.DataFrame) -> pd.DataFrame:
    """What each network has to say, in one long table.

    Args:
        selectivity: Columns category, features, seed, split and ratio.
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
        `PAIR_COLUMNS`, a row for each pair, measure and stimulus that either has values of. Holm's
        correction is over the pairs of one measure, and for what is kept of the response over the
        segment lengths of one pair.
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
            family = f"{first} {second}" if measure == "relative" else measure
            sidedness = SIDEDNESS_OF.get(measure, "two-sided")
            rows.append(place | _compare(*sides, sidedness) | {"family": family})
    if not rows:
        return pd.DataFrame(columns=PAIR_COLUMNS)
    return with_holm(pd.DataFrame(rows), "family")[list(PAIR_COLUMNS)]


def _compare(first: np.ndarray, second: np.ndarray, sidedness: Sidedness) -> dict[str, object]:
    """Test of two sets of networks, and Welch's interval of the difference."""
    interval = welch_interval(first, second)
    return {
        "mean": first.mean() if len(first) else np.nan,
        "mean_of_second": second.mean() if len(second) else np.nan,
        "difference": interval.estimate,
        "low": interval.low,
        "high": interval.high,
        "interval": f"95%, {interval.kind}",
        "networks": interval.n,
        **asdict(_test(first, second, sidedness)),
    }


def _test(first: np.ndarray, second: np.ndarray, sidedness: Sidedness) -> TestResult:
    """Rank-sum over networks; signed-rank where one side is a feature set without networks."""
    if len(second) == 1 and len(first) > 1:
        return signed_rank_test(first - second[0], sidedness=sidedness)
    if len(first) == 1 and len(second) > 1:
        return signed_rank_test(first[0] - second, sidedness=sidedness)
    return rank_sum_test(first, second, sidedness)
