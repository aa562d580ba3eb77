"""The response of units to a category over that to other sounds, and its interval."""

from __future__ import annotations

import math

import numpy as np

from science.analyses.selection import clips_in_use, mean_response
from science.statistics.intervals import Interval, bootstrap_interval

NO_UNIT = "no unit was chosen"


def response_ratio(
    responses: np.ndarray, units: np.ndarray, category: np.ndarray, others: np.ndarray
) -> float:
    """Mean response of the units to the category over that to the other clips.

    NaN if a group of clips is empty, there are no units, or the units are silent to the others
    (a ratio to nothing says nothing).
    """
    responses, category = clips_in_use(responses, category, others)
    if len(units) == 0 or category.all() or not category.any():
        return math.nan
    means = mean_response(responses, units)
    return float(safe_ratio(means[category].mean(), means[~category].mean()))


def why_undefined(ratio: float, category: np.ndarray, others: np.ndarray) -> str:
    """Why a ``response_ratio`` is NaN, in words, from its two masks of clips; '' where it is not.

    The units are taken to be there, so that what is left is that they are silent.
    """
    if not math.isnan(ratio):
        return ""
    for mask, words in ((category, "of the category alone"), (others, "without the category")):
        if not mask.any():
            return f"there is no clip {words}"
    return "the units are silent to the other clips"


def ratio_interval(
    responses: np.ndarray,
    units: np.ndarray,
    category: np.ndarray,
    others: np.ndarray,
    generator: np.random.Generator,
    resamples: int = 1000,
) -> Interval:
    """95% bootstrap interval of ``response_ratio`` over clips, each group resampled on its own."""
    responses, category = clips_in_use(responses, category, others)
    means = mean_response(responses, units)
    groups = means[category], means[~category]
    return bootstrap_interval(groups, generator, _ratio_of_means, resamples)


def safe_ratio(numerator: np.ndarray, denominator: np.ndarray) -> np.ndarray:
    """Quotient, element by element; NaN where the denominator is 0."""
    numerator, denominator = np.asarray(numerator), np.asarray(denominator)
    out = np.full(denominator.shape, np.nan)
    return np.divide(numerator, denominator, out=out, where=denominator != 0)


def _ratio_of_means(first: np.ndarray, second: np.ndarray, axis: int) -> np.ndarray:
    return safe_ratio(first.mean(axis=axis), second.mean(axis=axis))
