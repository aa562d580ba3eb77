"""Ablation of units: set a group of the pooled features to zero and classify again.

As in Kim, Kim & Jeong (2024). Ablation acts on the pooled features, so only the two linear layers
run again: linear, ReLU, linear. Groups: the top, middle and bottom of a ranking by selectivity, and
as a control the units with the largest L1 norm of their own filter in the last convolution *(our
choice of norm: the paper names the L1 norm, and a unit's filter is the part of the network that
makes it)*. Signed-rank tests are over all pairs of class and network of a condition.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields

import numpy as np
import pandas as pd

from science.analyses.selection import rank_units, unit_group
from science.corpus.audioset import multi_hot
from science.statistics.average_precision import average_precision_per_class
from science.statistics.intervals import t_interval
from science.statistics.tests import TestResult, holm_correction, signed_rank_test

BASELINE = "baseline"
# Last filters, then the two linear layers behind the pooled features.
LAYERS = ("conv4.weight", "hidden.weight", "hidden.bias", "output.weight", "output.bias")
CLASS_COLUMNS = ("features", "seed", "mid", "display_name", "positives")
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
TEST_COLUMNS = (
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


@dataclass(frozen=True)
class LinearHead:
    """The two linear layers behind the pooled features, weights [outputs, inputs] as in PyTorch."""

    hidden_weight: np.ndarray
    hidden_bias: np.ndarray
    output_weight: np.ndarray
    output_bias: np.ndarray

    def scores(self, features: np.ndarray) -> np.ndarray:
        """Class scores (logits) of pooled features: [clips, units] -> [clips, classes].

        Raises:
            ValueError: if the features have another number of units than the first layer.
        """
        features = np.asarray(features)
        if features.ndim != 2 or features.shape[1] != self.hidden_weight.shape[1]:
            raise ValueError(
                f"The features are {features.shape} but the first linear layer takes "
                f"{self.hidden_weight.shape[1]} units; pass [clips, units] of the same network."
            )
        hidden = np.maximum(features @ self.hidden_weight.T + self.hidden_bias, 0)
        return hidden @ self.output_weight.T + self.output_bias

    def for_classes(self, classes: np.ndarray) -> LinearHead:
        """The same layers with only some output classes."""
        return LinearHead(
            self.hidden_weight,
            self.hidden_bias,
            self.output_weight[classes],
            self.output_bias[classes],
        )


def filter_l1_norms(last_convolution_weight: np.ndarray) -> np.ndarray:
    """L1 norm of each unit's filter: weights [units, inputs, height, width] -> float64 [units]."""
    weight = np.asarray(last_convolution_weight, dtype=np.float64)
    return np.abs(weight).reshape(len(weight), -1).sum(axis=1)


def ablation_groups(
    selectivity: np.ndarray, l1_norms: np.ndarray, fraction: float = 0.125
) -> dict[str, np.ndarray]:
    """The paper's four groups of units, each ``fraction`` of all: top, middle, bottom, l1_norm.

    The first three are by selectivity index [units] (units without an index rank last, so they are
    in the bottom group), the last is by L1 norm [units].

    Raises:
        ValueError: if the two arrays differ in length or the fraction gives no units.
    """
    if len(selectivity) != len(l1_norms):
        raise ValueError(
            f"There are {len(selectivity)} selectivity indices but {len(l1_norms)} L1 norms; both "
            "must have one value per unit."
        )
    ranking = rank_units(selectivity)
    groups = {name: unit_group(ranking, name, fraction) for name in ("top", "middle", "bottom")}
    return groups | {"l1_norm": unit_group(rank_units(l1_norms), "top", fraction)}


def ablate(features: np.ndarray, units: np.ndarray) -> np.ndarray:
    """A copy of the features [clips, units] with the given units set to zero."""
    ablated = np.array(features)
    ablated[:, units] = 0
    return ablated


def ablation_average_precision(
    features: np.ndarray,
    targets: np.ndarray,
    head: LinearHead,
    groups: dict[str, np.ndarray],
) -> dict[str, np.ndarray]:
    """Average precision per class of the whole network ("baseline") and without each group.

    Features [clips, units], targets boolean [clips, classes] in the order of the head's classes;
    each value is float64 [classes], NaN for classes without positives.
    """
    result = {BASELINE: average_precision_per_class(head.scores(features), targets)}
    for name, units in groups.items():
        scores = head.scores(ablate(features, units))
        result[name] = average_precision_per_class(scores, targets)
    return result


def ablated_classes(
    responses: np.ndarray,
    labels: Sequence[Sequence[str]],
    class_labels: pd.DataFrame,
    tested: np.ndarray,
    head: LinearHead,
    groups: dict[str, np.ndarray],
) -> pd.DataFrame:
    """Average precision of each tested class with all units, and without each group.

    Args:
        responses: [clips, units] of one network.
        labels: The mids of each clip.
        class_labels: Columns mid and display_name, in the order of the head's classes.
        tested: Mask [classes].
        head: The network's two linear layers.
        groups: Units to silence by name, as of `ablation_groups`.

    Returns:
        Columns mid, display_name, positives, baseline, and one for each group.
    """
    targets = multi_hot(labels, list(class_labels["mid"]))[:, tested]
    of_tested = class_labels.loc[tested, ["mid", "display_name"]]
    precisions = ablation_average_precision(responses, targets, head.for_classes(tested), groups)
    return of_tested.assign(positives=targets.sum(axis=0), **precisions)


def groups_of_network(
    units: pd.DataFrame, features: str, seed: int, l1_norms: np.ndarray, fraction: float
) -> dict[str, np.ndarray]:
    """The groups of units to silence in one network.

    Args:
        units: Columns features, seed, unit and index (of selectivity, on the train split).
        features: The network's condition.
        seed: Its seed.
        l1_norms: [units] of its last filters.
        fraction: Of the units, in each group.
    """
    of_network = units[(units["features"] == features) & (units["seed"] == seed)]
    index = of_network.sort_values("unit")["index"].to_numpy(dtype=float)
    return ablation_groups(index, l1_norms, fraction)


def pool_classes(parts: dict[tuple[str, int], pd.DataFrame]) -> pd.DataFrame:
    """The tables of `ablated_classes` of all networks, by condition and seed, as one."""
    if not parts:
        return pd.DataFrame(columns=[*CLASS_COLUMNS, BASELINE])
    pooled = pd.concat(parts, names=["features", "seed"])
    return pooled.reset_index(["features", "seed"]).reset_index(drop=True)


def mean_per_group(per_class: pd.DataFrame) -> pd.DataFrame:
    """Mean AP over classes with a positive clip, per network and silenced group."""
    groups = [name for name in per_class.columns if name not in CLASS_COLUMNS]
    long = per_class[per_class["positives"] > 0].melt(
        ["features", "seed"], groups, "group", "average_precision"
    )
    of_group = long.groupby(["features", "seed", "group"], sort=False)["average_precision"]
    means = of_group.agg(mean_average_precision="mean", classes="count")
    return means.reset_index()


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
    return pd.concat(parts, ignore_index=True)[list(TEST_COLUMNS)]


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
