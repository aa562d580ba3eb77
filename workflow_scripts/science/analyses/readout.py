"""Linear read-out of a category from features: regression on standardised features, then AP.

As in Kim, Kim & Jeong (2024): linear regression to targets 0 and 1, fitted on pure clips of the
train split, average precision on pure clips of the test split. Fit sets are standardised by their
own mean and standard deviation, which test sets then share.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass

import numpy as np
import pandas as pd

from science.corpus.ontology import Ontology
from science.statistics.average_precision import (
    average_precision_per_class,
    mean_average_precision,
)

# Directions with less than this share of the largest variance are rounding errors of the
# covariance.
NEGLIGIBLE_DIRECTION = 1e-11


@dataclass(frozen=True)
class Standardisation:
    """Mean and scale of each feature of a fit set; a feature that is constant there has scale 0."""

    mean: np.ndarray
    scale: np.ndarray

    def apply(self, features: np.ndarray) -> np.ndarray:
        """Features [clips, features] in standard deviations of the fit set; constant ones are 0."""
        return (np.asarray(features, dtype=np.float64) - self.mean) * _inverse(self.scale)


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
    chance: float
    n_fit_positive: int
    n_fit_negative: int
    n_test_positive: int
    n_test_negative: int
    note: str


def fit_standardisation(features: np.ndarray) -> Standardisation:
    """Mean and standard deviation (ddof = 0) per feature of a fit set [clips, features].

    Raises:
        ValueError: if there are no clips or a feature is not finite.
    """
    features = np.asarray(features, dtype=np.float64)
    if len(features) == 0:
        raise ValueError("Standardisation needs at least one clip; the fit set is empty.")
    unknown = np.flatnonzero(~np.isfinite(features).all(axis=0))
    if len(unknown):
        raise ValueError(
            f"{len(unknown)} features hold NaN or infinite values, the first is column "
            f"{unknown[0]}."
        )
    # A constant column's computed deviation is not always exactly 0.
    constant = (features == features[0]).all(axis=0)
    scale = np.where(constant, 0.0, features.std(axis=0))
    return Standardisation(features.mean(axis=0), scale)


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
    chance = counts[2] / max(len(test_targets), 1) if counts[2] else math.nan
    if notes:
        return ReadoutResult(math.nan, chance, *counts, "; ".join(notes))
    readout = fit_linear_readout(fit_features, fit_targets[:, None])
    scores = readout.predict(test_features)
    precision = float(average_precision_per_class(scores, test_targets[:, None])[0])
    clips, columns = np.shape(fit_features)
    note = f"{clips} clips fit {columns} features exactly" if clips <= columns else ""
    return ReadoutResult(precision, chance, *counts, note)


def describe_subclasses(
    ontology: Ontology, class_labels: pd.DataFrame, parent: str | None
) -> pd.DataFrame:
    """Columns mid and subclass of the classes right below a class of the ontology, in class order.

    Args:
        ontology: The graph of classes.
        class_labels: Columns mid and display_name.
        parent: Mid or name; no rows where it is None, or is no node of the ontology.
    """
    try:
        children = set(ontology.children[ontology.find(parent, class_labels)] if parent else ())
    except ValueError:
        children = set()
    table = class_labels.loc[class_labels["mid"].isin(children), ["mid", "display_name"]]
    return table.rename(columns={"display_name": "subclass"}).reset_index(drop=True)


def read_out_subclasses(
    samples: Sequence[tuple[np.ndarray, Sequence[Sequence[str]], np.ndarray, np.ndarray]],
    described: pd.DataFrame,
) -> pd.DataFrame:
    """One read-out for each sub-class: its pure clips of the category against the other clips.

    Kim, Kim & Jeong (2024, Fig. S6) do this with AudioSet's 25 genres of music.

    Args:
        samples: Features [clips, columns], the mids of each clip, and masks [clips] of the clips
            pure in the category and of those without it; of the clips to fit, then of those to
            test. A clip may have several sub-classes.
        described: From `describe_subclasses`.

    Returns:
        The columns of `described`, and those of `ReadoutResult`.
    """
    results = []
    for mid in described["mid"]:
        sides = []
        for features, labels, category, others in samples:
            carries = np.fromiter((mid in of_clip for of_clip in labels), bool, len(labels))
            used = (carries & category) | others
            sides += [features[used], (carries & category)[used]]
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
        "mean_average_precision": mean_average_precision(tested["average_precision"]),
        "chance": tested["chance"].mean(),
        "smallest_test_clips": tested["n_test_positive"].min(),
        "note": note if len(table) else "not run: the category has no sub-classes here",
    }


def _inverse(scale: np.ndarray) -> np.ndarray:
    return np.divide(1.0, scale, out=np.zeros_like(scale), where=scale > 0)
