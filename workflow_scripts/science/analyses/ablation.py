"""Ablation of units: set a group of the pooled features to zero and classify again.

As in Kim, Kim & Jeong (2024). Ablation acts on the pooled features, so only the two linear layers
run again: linear, ReLU, linear. Groups: the top, middle and bottom of a ranking by selectivity, and
as a control the units with the largest L1 norm of their own filter in the last convolution *(our
choice of norm: the paper names the L1 norm, and a unit's filter is the part of the network that
makes it)*.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from science.analyses.selection import rank_units, unit_group
from science.statistics.average_precision import average_precision_per_class

BASELINE = "baseline"


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
