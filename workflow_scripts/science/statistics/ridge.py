"""Ridge regression whose penalty is chosen by leaving out one observation at a time.

The exact leave-one-out error follows from one singular value decomposition (Golub, Heath & Wahba,
Technometrics 1979), the mean being fitted without the observation, as scikit-learn's RidgeCV
does. It is written so that penalties from 1e-50 to 1e49, as Tuckute et al. (PLoS Biology 2023) try
them, neither overflow nor cancel.
"""

from __future__ import annotations

import numpy as np

PENALTIES = 10.0 ** np.arange(-50, 50)
# What an observation has outside the features' span, below which it is rounding.
NEGLIGIBLE = 1e-12


def ridge_deviations(
    features: np.ndarray,
    targets: np.ndarray,
    new_features: np.ndarray,
    penalties: np.ndarray = PENALTIES,
) -> tuple[np.ndarray, np.ndarray]:
    """Predict targets by ridge regression, each with the penalty that leaves out one best.

    Args:
        features: [observations, features] to fit on; centred here.
        targets: [observations, targets]; centred here.
        new_features: [others, features] to predict from; the same centre is subtracted.
        penalties: [penalties], rising; of those with the same error the largest is taken.

    Returns:
        Predictions [others, targets] as deviations from the mean of the targets, and the penalty
        [targets] of each. With the mean added, small deviations would be lost to rounding.
    """
    centre = features.mean(axis=0)
    centred = targets - targets.mean(axis=0)
    left, sizes, right = np.linalg.svd(features - centre, full_matrices=False)
    kept = sizes > max(features.shape) * np.finfo(float).eps * sizes.max(initial=0)
    left, sizes, right = left[:, kept], sizes[kept], right[kept]
    coordinates = left.T @ centred
    errors = _left_out_errors(left, sizes, coordinates, centred, penalties)
    best = len(penalties) - 1 - errors[::-1].argmin(axis=0)
    shrunk = coordinates * (sizes[:, None] / (sizes[:, None] ** 2 + penalties[best]))
    return (new_features - centre) @ right.T @ shrunk, penalties[best]


def _left_out_errors(
    left: np.ndarray,
    sizes: np.ndarray,
    coordinates: np.ndarray,
    centred: np.ndarray,
    penalties: np.ndarray,
) -> np.ndarray:
    """Mean squared error [penalties, targets] for the observation that is left out.

    The residual of an observation, and one less its leverage, are both sums over directions of the
    share w = penalty / (size² + penalty) that a penalty takes away: 1 outside the features' span.
    """
    observations, rank = left.shape
    outside = 1 - 1 / observations - (left**2).sum(axis=1)
    unexplained = centred - left @ coordinates
    # Rounding would be taken for a direction of its own, and outweigh those that w made small.
    spanned = (outside < NEGLIGIBLE) | (rank == observations - 1)
    outside, unexplained = np.where(spanned, 0, outside), np.where(spanned[:, None], 0, unexplained)
    taken = 1 / (1 + sizes**2 / penalties[:, None])
    residuals = unexplained + left @ (taken[:, :, None] * coordinates)
    complement = outside + taken @ (left**2).T
    return ((residuals / complement[:, :, None]) ** 2).mean(axis=1)
