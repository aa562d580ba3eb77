"""Linear read-out of a category from features: regression on standardised features, then AP.

As in Kim, Kim & Jeong (2024): linear regression to targets 0 and 1, fitted on pure clips of the
train split, average precision on pure clips of the test split. Fit sets are standardised by their
own mean and standard deviation, which test sets then share. The category is read out of the most
selective units and of those that follow in the ranking, its sub-classes of the most selective.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass

import numpy as np
import pandas as pd

from science.analyses.selection import Sample, unit_count
from science.statistics.average_precision import (
    average_precision_per_class,
    chance_per_class,
    mean_average_precision,
    positive_rate_per_class,
)
from science.statistics.standardisation import Standardisation, fit_standardisation

# Groups of the ranking that are read out: with a fraction of 12.5%, down to the best half.
PLACES = 4
# Directions with less than this share of the largest variance are rounding errors of the
# covariance.
NEGLIGIBLE_DIRECTION = 1e-11


@dataclass(frozen=True)
class LinearReadout:
    """Fitted regression: coefficients [features, targets] on standardised features, intercepts."""

    standardisation: Standardisation
    coefficients: np.ndarray
    intercept: np.ndarray

    def predict(self, features: np.ndarray) -> np.ndarray:
        """Predicted targets of features [clips, features] -> [clips, targets]."""
        return self.standardisation.apply(features) @ self.coefficients + self.intercept


@dataclass(frozen=True)
class ReadoutResult:
    """How well a read-out finds the category in the test set; ``note`` says why where AP is NaN."""

    average_precision: float
    positive_rate: float
    chance: float
    n_fit_positive: int
    n_fit_negative: int
    n_test_positive: int
    n_test_negative: int
    note: str


def fit_linear_readout(features: np.ndarray, targets: np.ndarray) -> LinearReadout:
    """Least-squares regression of many targets at once: [clips, features] on [clips, targets].

    Solved on the correlation matrix of the features by its eigenvectors; directions without
    variance get no weight, so that the solution is the shortest one, as scikit-learn's
    LinearRegression gives on standardised features.

    Raises:
        ValueError: if features and targets differ in clips, or as ``fit_standardisation``.
    """
    targets = np.asarray(targets, dtype=np.float64)
    if targets.ndim != 2 or len(targets) != len(features):
        raise ValueError(
            f"Read-out: {len(features)} clips have features but the targets are {targets.shape}; "
            "pass targets [clips, targets]."
        )
    standardisation = fit_standardisation(features)
    standardised = standardisation.apply(features)
    intercept = targets.mean(axis=0)
    variances, directions = np.linalg.eigh(standardised.T @ standardised)
    kept = variances > NEGLIGIBLE_DIRECTION * max(variances[-1], 0.0)
    directions = directions[:, kept]
    projected = directions.T @ (standardised.T @ (targets - intercept))
    coefficients = directions @ (projected / variances[kept][:, None])
    return LinearReadout(standardisation, coefficients, intercept)


def evaluate_readout(
    fit_features: np.ndarray,
    fit_targets: np.ndarray,
    test_features: np.ndarray,
    test_targets: np.ndarray,
) -> ReadoutResult:
    """Read-out of one category: fitted on one set of pure clips, tested on the other.

    Features are [clips, features], targets boolean [clips]. With one class only in either set there
    is nothing to read out, and the result is NaN with a note.
    """
    fit_targets, test_targets = np.asarray(fit_targets, bool), np.asarray(test_targets, bool)
    counts = [
        int(np.count_nonzero(t)) for t in (fit_targets, ~fit_targets, test_targets, ~test_targets)
    ]
    names = ("fit set has no clip of the category", "fit set has no other clip")
    names += ("test set has no clip of the category", "test set has no other clip")
    notes = [name for name, count in zip(names, counts, strict=True) if count == 0]
    if not np.shape(fit_features)[1]:
        notes.append("there is no unit to read out")
    tested = test_targets[:, None]
    nothing = float(positive_rate_per_class(tested)[0]), float(chance_per_class(tested)[0])
    if notes:
        return ReadoutResult(math.nan, *nothing, *counts, "; ".join(notes))
    readout = fit_linear_readout(fit_features, fit_targets[:, None])
    scores = readout.predict(test_features)
    precision = float(average_precision_per_class(scores, tested)[0])
    clips, columns = np.shape(fit_features)
    note = f"{clips} clips fit {columns} features exactly" if clips <= columns else ""
    return ReadoutResult(precision, *nothing, *counts, note)


def read_out_places(
    fit: Sample, test: Sample, ranking: np.ndarray, fraction: float
) -> pd.DataFrame:
    """Read the category out of groups of units along a ranking, each against all other clips.

    Args:
        fit: Responses [clips, units] and masks [clips] of the category and of other clips, of the
            split that the ranking is of.
        test: The same of the other split.
        ranking: Numbers of the units, most selective first; empty where none was chosen.
        fraction: Of the units, that are in a group.

    Returns:
        A row for each group, at most `PLACES`: group (as `12.5-25%` of the ranking), place (from
        1), units, and the columns of `ReadoutResult`.
    """
    count = unit_count(len(ranking), fraction) if len(ranking) else 0
    rows = []
    for place in range(PLACES):
        units = ranking[place * count : (place + 1) * count]
        if place and len(units) < max(count, 1):
            break
        sides = []
        for responses, category, others in (fit, test):
            used = category | others
            sides += [responses[used][:, units], category[used]]
        result = evaluate_readout(*sides)
        group = f"{100 * place * fraction:g}-{100 * (place + 1) * fraction:g}%"
        rows.append({"group": group, "place": place + 1, "units": len(units), **asdict(result)})
    return pd.DataFrame(rows)


def read_out_subclasses(
    samples: Sequence[Sample],
    labels: Sequence[Sequence[Sequence[str]]],
    units: np.ndarray,
    described: pd.DataFrame,
) -> pd.DataFrame:
    """One read-out for each sub-class: its pure clips of the category against the other clips.

    Kim, Kim & Jeong (2024, Fig. S6) do this with AudioSet's 25 genres of music.

    Args:
        samples: Responses [clips, units] and masks [clips] of the category and of other clips, of
            the clips to fit, then of those to test.
        labels: The mids of each clip of either; a clip may have several sub-classes.
        units: Numbers of the units that are read out.
        described: From `ontology.describe_subclasses`.

    Returns:
        The columns of `described`, and those of `ReadoutResult`.
    """
    chosen = [responses[:, units] for responses, _, _ in samples]
    results = []
    for mid in described["mid"]:
        sides = []
        for responses, of_clips, (_, category, others) in zip(chosen, labels, samples, strict=True):
            carries = np.fromiter((mid in of_clip for of_clip in of_clips), bool, len(of_clips))
            used = (carries & category) | others
            sides += [responses[used], (carries & category)[used]]
        results.append(asdict(evaluate_readout(*sides)))
    readouts = pd.DataFrame(results, columns=list(ReadoutResult.__dataclass_fields__))
    return described.join(readouts)


def summarise_subclasses(table: pd.DataFrame) -> dict[str, object]:
    """Means over the sub-classes that could be tested, and how many these are."""
    tested = table[table["average_precision"].notna()]
    left_out = len(table) - len(tested)
    note = f"{left_out} of {len(table)} sub-classes lack clips to fit or test" if left_out else ""
    return {
        "subclasses": len(tested),
        "subclass_average_precision": mean_average_precision(tested["average_precision"]),
        "subclass_chance": tested["chance"].mean(),
        "smallest_test_clips": tested["n_test_positive"].min(),
        "subclass_note": note if len(table) else "the category has no sub-classes here",
    }
