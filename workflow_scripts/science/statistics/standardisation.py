"""Features in standard deviations of the set of clips that something is fitted on."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Standardisation:
    """Mean and scale of each feature of a fit set; a feature that is constant there has scale 0."""

    mean: np.ndarray
    scale: np.ndarray

    def apply(self, features: np.ndarray) -> np.ndarray:
        """Features [clips, features] in standard deviations of the fit set; constant ones are 0."""
        return (np.asarray(features, dtype=np.float64) - self.mean) * _inverse(self.scale)


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


def _inverse(scale: np.ndarray) -> np.ndarray:
    return np.divide(1.0, scale, out=np.zeros_like(scale), where=scale > 0)
