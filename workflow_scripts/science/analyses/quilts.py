"""Responses of units to sound quilts: by segment length, for selective and other units.

Kim, Kim & Jeong (2024, Fig. 4): where units answer to the structure of sounds over seconds, they
answer less to quilts, the less the shorter the segments. A network's mean response to the quilts is
given as it is and relative to that to the original, which is what networks of different training
can be compared by. Quilts are of clips that had no part in choosing the units.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial

import numpy as np
import pandas as pd

from science.analyses.ratios import safe_ratio
from science.analyses.selection import mean_response
from science.baselines.feature_sets import of_networks
from science.quilts.segments import ORIGINAL
from science.statistics.comparisons import COMPARISON_COLUMNS, comparison_row
from science.statistics.intervals import correlation_interval, t_interval
from science.statistics.tests import TestResult, correlation_test, signed_rank_test
from science.statistics.two_way import two_way_bootstrap_interval

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
TEST_COLUMNS = ("units", "group", *COMPARISON_COLUMNS, "networks", "two_way_low", "two_way_high")
WITH_LENGTH = "correlation with segment length"
WITH_LOG_LENGTH = "correlation with log segment length"


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
    tables = []
    for units, mask in (("selective", selected), ("other", ~selected)):
        means = means_over_units(stimuli, mask)
        for group, members in groups.items():
            response = means[members].mean().to_numpy()
            original = np.full(len(response), response[means.columns.get_loc(ORIGINAL)])
            low, high = mean_intervals(means[members].to_numpy(), generator, resamples)
            columns = {
                "units": units,
                "group": group,
                "stimulus": list(stimuli),
                "segment_ms": [segment_length_ms(name) for name in stimuli],
                "clips": int(members.sum()),
                "response": response,
                "low": low,
                "high": high,
                "interval": BOOTSTRAP,
                "relative": safe_ratio(response, original),
                "note": _absence(members, mask),
            }
            tables.append(pd.DataFrame(columns))
    return (
        pd.concat(tables, ignore_index=True) if tables else pd.DataFrame(columns=RESPONSE_COLUMNS)
    )


def carriers(
    labels: Iterable[Sequence[str]], described: pd.DataFrame, members: np.ndarray
) -> dict[str, np.ndarray]:
    """Masks [clips] of the category's clips that carry each sub-class, by its name.

    Args:
        labels: The mids of each clip.
        described: From `ontology.describe_subclasses`.
        members: Mask [clips] of the clips that are all of the category.
    """
    sets = [set(of_clip) for of_clip in labels]
    return {
        name: np.array([mid in of_clip for of_clip in sets], dtype=bool) & members
        for mid, name in described[["mid", "subclass"]].to_numpy()
    }


def means_over_units(stimuli: Mapping[str, np.ndarray], mask: np.ndarray) -> pd.DataFrame:
    """Mean response of each clip, a column per stimulus; NaN where there are no units."""
    chosen = np.flatnonzero(mask)
    return pd.DataFrame({name: mean_response(of, chosen) for name, of in stimuli.items()})


def _absence(members: np.ndarray, units: np.ndarray) -> str:
    if not units.any():
        return "there is no such unit"
    return "" if members.any() else "there is no clip of this group"


def quilt_tests(table: pd.DataFrame, by: Sequence[str] = ("features",)) -> pd.DataFrame:
    """Tests over networks of what quilting takes from the responses.

    For units and clips of each kind: for every segment length the one-sided signed-rank test of the
    response to originals above that to quilts, a pair per network; Pearson's correlation of the
    response with the segment length in ms, a point for each network and length (the published form:
    points of one network are not independent, and p knows nothing of that); and that of the
    relative response with the logarithm of the length, whose interval is over the networks' own
    correlations. Feature sets without a network have no part.

    Args:
        table: Rows of `quilt_responses` with the columns of `by` and seed.
        by: Columns that part one set of networks from another.

    Returns:
        The columns of `by`, and `TEST_COLUMNS`; `with_two_way_intervals` fills the last two.
    """
    table = of_networks(table)
    rows = []
    for key, part in table.groupby([*by, "units", "group"], sort=False):
        of_part = dict(zip([*by, "units", "group"], key, strict=True))
        response, relative = (
            part.pivot(index="seed", columns="stimulus", values=measure)
            for measure in ("response", "relative")
        )
        stimuli = [name for name in dict.fromkeys(part["stimulus"]) if name != ORIGINAL]
        lengths = np.array([segment_length_ms(name) for name in stimuli])
        tested = [(above(name), *_original_above(response, name)) for name in stimuli]
        tested.append((WITH_LENGTH, *_correlation(response[stimuli], lengths)))
        tested.append((WITH_LOG_LENGTH, *_correlation(relative[stimuli], np.log2(lengths))))
        for comparison, result, values in tested:
            of_correlations = comparison in (WITH_LENGTH, WITH_LOG_LENGTH)
            interval = correlation_interval(values) if of_correlations else t_interval(values)
            row = comparison_row(comparison, result, interval)
            rows.append(of_part | row | {"networks": len(values)})
    columns = [*by, *TEST_COLUMNS]
    return pd.DataFrame(rows).reindex(columns=columns)


def above(stimulus: str) -> str:
    """Name of the comparison of originals with quilts: `original above 50ms`."""
    return f"{ORIGINAL} above {stimulus}"


def with_two_way_intervals(
    tests: pd.DataFrame,
    responses: Mapping[tuple[str, str], Sequence[pd.DataFrame]],
    draw: Callable[..., np.random.Generator],
) -> pd.DataFrame:
    """Add the two-way bootstrap intervals of pooled correlations with segment length.

    Args:
        tests: From `quilt_tests`.
        responses: For features and group of clips, the mean responses [clips, stimuli] of the
            selective units of each network, from `means_over_units`.
        draw: Gives a generator for the names of what is drawn.
    """
    tests = tests.copy()
    pooled = (tests["comparison"] == WITH_LENGTH) & (tests["units"] == "selective")
    for row in tests.index[pooled]:
        features, group = tests.loc[row, ["features", "group"]]
        means = responses[features, group]
        stimuli = [name for name in means[0] if name != ORIGINAL]
        lengths = [segment_length_ms(name) for name in stimuli]
        values = np.stack([of_one[stimuli].to_numpy() for of_one in means], axis=1)
        statistic = partial(_pooled_correlation_z, lengths=np.array(lengths))
        interval = two_way_bootstrap_interval(values, draw(features, group), statistic)
        bounds = np.tanh([interval.low, interval.high])
        tests.loc[row, ["two_way_low", "two_way_high"]] = bounds
    return tests


def _pooled_correlation_z(values: np.ndarray, lengths: np.ndarray) -> float:
    """Correlation of mean response and length, of values [clips, networks, lengths].

    As Fisher's z, so that an interval around it ends below a correlation of 1.
    """
    means = values.mean(axis=0) if len(values) else np.full(values.shape[1:], np.nan)
    if not np.isfinite(means).all() or np.ptp(means) == 0:
        return math.nan
    r = np.corrcoef(np.tile(lengths, len(means)), means.ravel())[0, 1]
    return math.atanh(r) if abs(r) < 1 else math.nan


def _original_above(wide: pd.DataFrame, stimulus: str) -> tuple[TestResult, np.ndarray]:
    pairs = wide[[ORIGINAL, stimulus]].dropna()
    original, quilted = pairs[ORIGINAL].to_numpy(), pairs[stimulus].to_numpy()
    return signed_rank_test(original, quilted, "greater"), original - quilted


def _correlation(wide: pd.DataFrame, lengths: np.ndarray) -> tuple[TestResult, np.ndarray]:
    """The test over all points, and each network's own correlation."""
    values = wide.dropna().to_numpy(dtype=float)
    pooled = correlation_test(np.tile(lengths, len(values)), values.ravel())
    own = [correlation_test(lengths, row).statistic for row in values]
    return pooled, np.array(own, dtype=float)
