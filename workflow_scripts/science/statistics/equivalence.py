"""Whether a difference is smaller than a margin: two one-sided t tests (Schuirmann 1987).

That no difference was found says little of one that few networks could not show. An absence is
confirmed where the 90% interval of the difference lies within the margin, which is what two
one-sided tests at 5% ask. The margin may be measured by network (half of an effect that it has);
then it is the rooms between difference and margin, on either side, that are tested.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import stats


@dataclass(frozen=True)
class Equivalence:
    """The p of a difference within the margin, and the least p of one beyond it on some side.

    Both are NaN with fewer than two networks.
    """

    p_within: float
    p_beyond: float


def equivalence_test(
    differences: np.ndarray, margins: np.ndarray | float, sides: Sequence[int] = (1, -1)
) -> Equivalence:
    """Test the differences of networks against a margin, or against the margin of each.

    Args:
        differences: [networks].
        margins: [networks], or one for all.
        sides: On which a difference counts: 1 above zero, -1 below.
    """
    differences = np.asarray(differences, dtype=float)
    margins = np.broadcast_to(np.asarray(margins, dtype=float), differences.shape)
    if len(differences) < 2:
        return Equivalence(math.nan, math.nan)
    rooms = [margins - side * differences for side in sides]
    return _of_p([_p_above_zero(room) for room in rooms])


def equivalence_of_samples(
    first: np.ndarray, second: np.ndarray, margin: float, sides: Sequence[int] = (1, -1)
) -> Equivalence:
    """The same of the difference of two independent samples of networks, by Welch's t."""
    if min(len(first), len(second)) < 2:
        return Equivalence(math.nan, math.nan)
    p_values = []
    for side in sides:
        less, more = (first, second) if side == 1 else (second, first)
        test = stats.ttest_ind(
            np.asarray(more) + margin, less, equal_var=False, alternative="greater"
        )
        p_values.append(float(test.pvalue))
    return _of_p(p_values)


def _of_p(p_values: list[float]) -> Equivalence:
    return Equivalence(max(p_values), min(1 - p for p in p_values))


def _p_above_zero(values: np.ndarray) -> float:
    """One-sided p of a mean above zero; values that are all the same are sure of their sign."""
    if np.ptp(values) == 0:
        return (1 - float(np.sign(values[0]))) / 2
    return float(stats.ttest_1samp(values, 0, alternative="greater").pvalue)
