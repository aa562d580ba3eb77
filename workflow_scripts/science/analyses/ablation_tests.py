"""Paired tests of ablations: AP per class and network with one group of units silenced or another.

As in Kim, Kim & Jeong (2024): signed-rank tests over all pairs of class and network of a condition.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict, fields

import pandas as pd

from science.analyses.ablation import BASELINE
from science.statistics.intervals import t_interval
from science.statistics.tests import TestResult, holm_correction, signed_rank_test

# The first is expected to detect better: it lacks no units, or less important ones.
COMPARISONS = (
    (BASELINE, "top"),
    (BASELINE, "middle"),
    (BASELINE, "bottom"),
    (BASELINE, "l1_norm"),
    ("middle", "top"),
    ("bottom", "top"),
    ("l1_norm", "top"),
)
COLUMNS = (
    "features",
    "comparison",
    "first",
    "second",
    *(field.name for field in fields(TestResult)),
    "p_holm",
    "mean_difference",
    "low",
    "high",
    "interval",
    "classes",
    "networks",
)


def compare_groups(per_class: pd.DataFrame, conditions: Sequence[str]) -> pd.DataFrame:
    """One-sided signed-rank tests over class × network, for each condition and comparison.

    Args:
        per_class: Columns features, seed, and AP per class: baseline, top, middle, bottom, l1_norm.
            Classes without a positive are NaN and have no part.
        conditions: Which to test; one without rows gets rows that say so.

    Returns:
        A row per condition and comparison. ``p_holm`` is corrected over a condition's comparisons;
        the interval is Student's t over networks, of each network's mean difference over classes.
    """
    parts = []
    for condition in conditions:
        rows = per_class[per_class["features"] == condition]
        part = pd.DataFrame([_compare(condition, rows, *pair) for pair in COMPARISONS])
        part["p_holm"] = holm_correction(part["p"].to_numpy(dtype=float))
        parts.append(part)
    return pd.concat(parts, ignore_index=True)[list(COLUMNS)]


def _compare(condition: str, rows: pd.DataFrame, first: str, second: str) -> dict[str, object]:
    known = rows.dropna(subset=[first, second]) if len(rows) else rows
    differences = (known[first] - known[second]).astype(float) if len(known) else pd.Series([])
    # A difference of rounding errors is none: scores are in single precision.
    differences = differences.where(differences.abs() > 1e-9, 0.0)
    result = signed_rank_test(differences.to_numpy(dtype=float), None, "greater")
    per_network = differences.groupby(known["seed"]).mean() if len(known) else differences
    interval = t_interval(per_network.to_numpy(dtype=float))
    return {
        "features": condition,
        "comparison": f"{first}_above_{second}",
        "first": first,
        "second": second,
        **asdict(result),
        "mean_difference": interval.estimate if len(known) else math.nan,
        "low": interval.low,
        "high": interval.high,
        "interval": f"95%, {interval.kind}",
        "classes": known["mid"].nunique() if len(known) else 0,
        "networks": len(per_network),
    }
