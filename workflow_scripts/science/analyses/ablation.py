"""Ablation of units: set a group of the pooled features to zero and classify again.

As in Kim, Kim & Jeong (2024, Fig. 5). Ablation acts on the pooled features, so only the two linear
layers run again: linear, ReLU, linear. Groups: the top, middle and bottom of a ranking by
selectivity, and as a control the units with the largest mean response to the test clips (the
paper's "L1 norm" of responses); beside it those whose own filter has the largest L1 norm (ours).
Signed-rank tests are over networks, and over all pairs of class and network of a condition, which
are not independent of each other: a bootstrap of clips and networks stands beside these.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields

import numpy as np
import pandas as pd

from science.analyses.selection import rank_units, unit_group
from science.statistics.average_precision import (
    average_precision_per_class,
    resampled_average_precision,
)
from science.statistics.intervals import t_interval
from science.statistics.tests import TestResult, signed_rank_test
from science.statistics.two_way import two_way_interval_of_resamples

BASELINE = "baseline"
# Last filters, then the two linear layers behind the pooled features.
LAYERS = ("conv4.weight", "hidden.weight", "hidden.bias", "output.weight", "output.bias")
CLASS_COLUMNS = ("features", "seed", "mid", "display_name", "positives")
CONTROL = "largest_response"
# The first is expected to detect better: it lacks no units, or less important ones.
COMPARISONS = (
    (BASELINE, "top"),
    (BASELINE, "middle"),
    (BASELINE, "bottom"),
    (BASELINE, CONTROL),
    (BASELINE, "largest_weights"),
    ("middle", "top"),
    ("bottom", "top"),
    (CONTROL, "top"),
    ("largest_weights", "top"),
)
# Each takes an average precision of every class; their variance alone is used.
RESAMPLES = 100
# Pooled tests are over pairs of class and network, as published.
LEVELS = ("pairs", "networks")
TEST_COLUMNS = (
    "features",
    "comparison",
    "first",
    "second",
    "level",
    *(field.name for field in fields(TestResult)),
    "mean",
    "low",
    "high",
    "interval",
    "two_way_low",
    "two_way_high",
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
    ranking: np.ndarray,
    mean_responses: np.ndarray,
    l1_norms: np.ndarray,
    fraction: float = 0.125,
) -> dict[str, np.ndarray]:
    """Groups of units, each ``fraction`` of all.

    Args:
        ranking: Numbers of the units [units], most selective first: top, middle and bottom.
        mean_responses: [units] to the test clips: largest_response.
        l1_norms: [units] of the filters: largest_weights.
        fraction: Of the units, in each group.

    Raises:
        ValueError: if the arrays differ in length or the fraction gives no units.
    """
    lengths = {len(ranking), len(mean_responses), len(l1_norms)}
    if len(lengths) > 1:
        raise ValueError(
            f"Ranking, mean responses and L1 norms have {sorted(lengths)} values; each must have "
            "one per unit."
        )
    groups = {name: unit_group(ranking, name, fraction) for name in ("top", "middle", "bottom")}
    for name, size in (("largest_response", mean_responses), ("largest_weights", l1_norms)):
        groups[name] = unit_group(rank_units(size), "top", fraction)
    return groups


def ablate(features: np.ndarray, units: np.ndarray) -> np.ndarray:
    """A copy of the features [clips, units] with the given units set to zero."""
    ablated = np.array(features)
    ablated[:, units] = 0
    return ablated


def ablated_scores(
    responses: np.ndarray, head: LinearHead, groups: Mapping[str, np.ndarray]
) -> dict[str, np.ndarray]:
    """Class scores [clips, classes] of the whole network ("baseline") and without each group."""
    without = {name: head.scores(ablate(responses, units)) for name, units in groups.items()}
    return {BASELINE: head.scores(responses), **without}


def ablated_classes(
    scores: Mapping[str, np.ndarray], targets: np.ndarray, classes: pd.DataFrame
) -> pd.DataFrame:
    """Average precision of each class with all units, and without each group.

    Args:
        scores: From `ablated_scores`.
        targets: [clips, classes] bool.
        classes: Columns mid and display_name, in the order of the scores.

    Returns:
        Columns mid, display_name, positives, baseline, and one for each group.
    """
    precisions = {name: average_precision_per_class(of, targets) for name, of in scores.items()}
    return classes.assign(positives=targets.sum(axis=0), **precisions)


def draw_clips(clips: int, generator: np.random.Generator) -> np.ndarray:
    """How often each clip is drawn, in each resample: int [RESAMPLES, clips]."""
    return generator.multinomial(clips, np.full(clips, 1 / clips), size=RESAMPLES)


def resampled_means(
    scores: Mapping[str, np.ndarray], targets: np.ndarray, drawn: np.ndarray
) -> dict[str, np.ndarray]:
    """Mean over classes of the average precision in resamples of the clips, for each group.

    Args:
        scores: From `ablated_scores`.
        targets: [clips, classes] bool.
        drawn: [resamples, clips] how often each clip was drawn.
    """
    return {
        name: np.nanmean(resampled_average_precision(of, targets, drawn), axis=1)
        for name, of in scores.items()
    }


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


def compare_groups(
    per_class: pd.DataFrame,
    conditions: Sequence[str],
    resampled: Mapping[str, Sequence[Mapping[str, np.ndarray]]],
    clips: int,
    generator: np.random.Generator,
) -> pd.DataFrame:
    """One-sided signed-rank tests for each condition and comparison, on two levels.

    Args:
        per_class: Columns features, seed, and AP per class: baseline and one for each group.
            Classes without a positive are NaN and have no part.
        conditions: Which to test; one without rows gets rows that say so.
        resampled: For some conditions the `resampled_means` of each network, in order of seed.
        clips: How many there are.
        generator: Draws the networks of the bootstrap.

    Returns:
        `TEST_COLUMNS`, a row per condition, comparison and level. At the level `pairs` a pair is
        the AP of one class in one network (the published form); at `networks` it is a network's
        mean over classes. The interval is Student's t over networks, of each network's mean
        difference over classes; two_way_low and two_way_high are the 95% interval of the same with
        clips and networks drawn.
    """
    rows = []
    for condition in conditions:
        of_condition = per_class[per_class["features"] == condition]
        for first, second in COMPARISONS:
            differences = _differences(of_condition, first, second)
            two_way = {}
            if condition in resampled:
                of_networks = resampled[condition], clips, generator
                two_way = _two_way(differences, first, second, *of_networks)
            place = {"features": condition, "comparison": f"{first}_above_{second}"}
            place |= {"first": first, "second": second}
            rows += [place | _test(differences, level) | two_way for level in LEVELS]
    return pd.DataFrame(rows, columns=TEST_COLUMNS)


def _differences(rows: pd.DataFrame, first: str, second: str) -> pd.DataFrame:
    """Columns seed, mid and difference of the classes that have an AP with either group."""
    known = rows.dropna(subset=[first, second]) if len(rows) else rows
    differences = (known[first] - known[second]).astype(float) if len(known) else 0.0
    known = known[["seed", "mid"]].assign(difference=differences)
    # A difference of rounding errors is none: scores are in single precision.
    return known.assign(difference=known["difference"].where(known["difference"].abs() > 1e-9, 0.0))


def _two_way(
    differences: pd.DataFrame,
    first: str,
    second: str,
    networks: Sequence[Mapping[str, np.ndarray]],
    clips: int,
    generator: np.random.Generator,
) -> dict[str, float]:
    """Interval of the mean difference with clips and networks drawn."""
    of_networks = differences.groupby("seed")["difference"].mean().to_numpy()
    resampled = np.column_stack([of_one[first] - of_one[second] for of_one in networks])
    interval = two_way_interval_of_resamples(of_networks, resampled, clips, generator)
    return {"two_way_low": interval.low, "two_way_high": interval.high}


def _test(differences: pd.DataFrame, level: str) -> dict[str, object]:
    """The test of one level, and the interval over networks."""
    per_network = differences.groupby("seed")["difference"].mean()
    pairs = differences["difference"] if level == "pairs" else per_network
    interval = t_interval(per_network.to_numpy(dtype=float))
    return {
        "level": level,
        **asdict(signed_rank_test(pairs.to_numpy(dtype=float), None, "greater")),
        "mean": interval.estimate,
        **interval.columns(),
        "classes": differences["mid"].nunique(),
        "networks": len(per_network),
    }
