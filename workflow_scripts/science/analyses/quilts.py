"""Responses of units to sound quilts: by segment length, for selective and other units.

Kim, Kim & Jeong (2024): where units answer to the structure of sounds over seconds, they answer
less to quilts, the less the shorter the segments. A network's mean response to the quilts is given
as it is and relative to that to the original, which is what networks of different training can be
compared by.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from science.analyses.ratios import safe_ratio
from science.analyses.selection import mean_response
from science.baselines.feature_sets import of_networks
from science.statistics.comparisons import (
    COMPARISON_COLUMNS,
    HOLM_COLUMNS,
    comparison_row,
    with_holm,
)
from science.statistics.tests import TestResult, correlation_test, signed_rank_test

ORIGINAL = "original"
BOOTSTRAP = "95%, percentile bootstrap over clips"
RESAMPLES_AT_ONCE = 100
RESPONSE_COLUMNS = (
    "units",
    "group",
    "stimulus",
    "segment_ms",
    "clips",
    "response",
    "low",
    "high",
    "interval",
    "relative",
    "note",
)
TEST_COLUMNS = ("units", "group", *COMPARISON_COLUMNS, "networks", *HOLM_COLUMNS)


def stimulus_name(segment_ms: int) -> str:
    """Name of the quilts of one segment length in tables: `50ms`."""
    return f"{segment_ms}ms"


def segment_length_ms(stimulus: str) -> float:
    """Segment length that a stimulus name stands for; NaN for the original."""
    return math.nan if stimulus == ORIGINAL else float(stimulus.removesuffix("ms"))


def mean_intervals(
    values: np.ndarray, generator: np.random.Generator, resamples: int = 1000
) -> tuple[np.ndarray, np.ndarray]:
    """95% percentile bootstrap intervals of column means, the same clips drawn for all columns.

    Args:
        values: [clips, columns].
        generator: Draws the clips.
        resamples: How many samples are drawn.

    Returns:
        low and high, each [columns]; NaN with fewer than two clips.
    """
    clips, columns = values.shape
    if clips < 2:
        return np.full(columns, np.nan), np.full(columns, np.nan)
    means = []
    for first in range(0, resamples, RESAMPLES_AT_ONCE):
        rows = min(RESAMPLES_AT_ONCE, resamples - first)
        drawn = generator.integers(0, clips, (rows, clips)) + clips * np.arange(rows)[:, None]
        counts = np.bincount(drawn.ravel(), minlength=rows * clips).reshape(rows, clips)
        means.append(counts @ values / clips)
    low, high = np.quantile(np.concatenate(means), (0.025, 0.975), axis=0)
    return low, high


def quilt_responses(
    stimuli: Mapping[str, np.ndarray],
    selected: np.ndarray,
    groups: Mapping[str, np.ndarray],
    generator: np.random.Generator,
    resamples: int = 1000,
) -> pd.DataFrame:
    """Mean response of one feature set's selective and other units to quilts of each length.

    Args:
        stimuli: Responses [clips, units] by stimulus name, `original` among them, clips in one
            order.
        selected: [units] bool, which units are selective.
        groups: Masks [clips] by name.
        generator: For the intervals.
        resamples: Of the clips, for the intervals.

    Returns:
        `RESPONSE_COLUMNS`: units are 'selective' or 'other', relative is the response over that to
        the original.
    """
    names, tables = list(stimuli), []
    for units, mask in (("selective", selected), ("other", ~selected)):
        means = _means_over_units(stimuli, mask)
        for group, members in groups.items():
            response = _column_means(means[members])
            original = np.full(len(names), response[names.index(ORIGINAL)])
            low, high = mean_intervals(means[members], generator, resamples)
            columns = {
                "units": units,
                "group": group,
                "stimulus": names,
                "segment_ms": [segment_length_ms(name) for name in names],
                "clips": int(members.sum()),
                "response": response,
                "low": low,
                "high": high,
                "interval": BOOTSTRAP,
                "relative": safe_ratio(response, original),
                "note": _absence(members, mask),
            }
            tables.append(pd.DataFrame(columns))
    return pd.concat(tables, ignore_index=True)


def _means_over_units(stimuli: Mapping[str, np.ndarray], mask: np.ndarray) -> np.ndarray:
    """Mean response of each clip, a column per stimulus; NaN where there are no units."""
    chosen = np.flatnonzero(mask)
    return np.column_stack([mean_response(of_one, chosen) for of_one in stimuli.values()])


def _column_means(values: np.ndarray) -> np.ndarray:
    return values.mean(axis=0) if len(values) else np.full(values.shape[1], np.nan)


def _absence(members: np.ndarray, units: np.ndarray) -> str:
    if not units.any():
        return "there is no such unit"
    return "" if members.any() else "there is no clip of this group"


def quilt_tests(table: pd.DataFrame, by: Sequence[str] = ("features",)) -> pd.DataFrame:
    """Tests over networks of what quilting takes from the responses.

    For units and clips of each kind: the one-sided signed-rank test of the response to originals
    above that to quilts of the shortest segments, a pair per network; and Pearson's correlation of
    the relative response with the logarithm of the segment length, a point for each network and
    length. (The points of a network are not independent; the interval, over the networks' own
    correlations, is free of that.) p is corrected after Holm among all rows of a comparison.
    Feature sets without a network have no part.

    Args:
        table: Rows of `quilt_responses` with the columns of `by` and seed.
        by: Columns that part one set of networks from another.

    Returns:
        The columns of `by`, and `TEST_COLUMNS`.
    """
    table = of_networks(table)
    shortest = stimulus_name(int(table["segment_ms"].min()))
    rows = []
    for key, part in table.groupby([*by, "units", "group"], sort=False):
        of_part = dict(zip([*by, "units", "group"], key, strict=True))
        response, relative = (
            part.pivot(index="seed", columns="stimulus", values=measure)
            for measure in ("response", "relative")
        )
        for comparison, result, values in (
            (f"{ORIGINAL} above {shortest}", *_original_above(response, shortest)),
            ("correlation with log segment length", *_correlation_with_length(relative)),
        ):
            row = comparison_row(comparison, result, values)
            rows.append(of_part | row | {"networks": len(values)})
    return with_holm(pd.DataFrame(rows), "comparison")


def _original_above(wide: pd.DataFrame, shortest: str) -> tuple[TestResult, np.ndarray]:
    pairs = wide[[ORIGINAL, shortest]].dropna()
    original, quilted = pairs[ORIGINAL].to_numpy(), pairs[shortest].to_numpy()
    return signed_rank_test(original, quilted, "greater"), original - quilted


def _correlation_with_length(wide: pd.DataFrame) -> tuple[TestResult, np.ndarray]:
    quilted = wide.drop(columns=ORIGINAL).dropna()
    lengths = np.log2([segment_length_ms(name) for name in quilted.columns])
    values = quilted.to_numpy(dtype=float)
    pooled = correlation_test(np.tile(lengths, len(values)), values.ravel())
    own = [correlation_test(lengths, row).statistic for row in values]
    return pooled, np.array(own, dtype=float)
