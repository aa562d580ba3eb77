"""Responses of a feature set, as every analysis takes them: to any stimuli, and to both splits."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from science.baselines.feature_sets import ACOUSTICS
from science.sound.acoustics import relative_acoustics
from storage.activations import read_matrix


def read_responses(features: str, stimuli: Path, train: Path) -> tuple[np.ndarray, np.ndarray]:
    """Read responses, or what stands for them.

    Args:
        features: The condition or feature set. Acoustics become multiples of their means over the
            train split (`relative_acoustics`), whatever the stimuli; all others are as recorded.
        stimuli: The file of activations.
        train: The file of the same features on the natural train split; read for acoustics alone.

    Returns:
        clip_ids [clips] and responses [clips, units].
    """
    clip_ids, values = read_matrix(stimuli)
    if features == ACOUSTICS:
        values = relative_acoustics(values, read_matrix(train)[1])
    return clip_ids, values


def read_splits(features: str, train: Path, test: Path) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """The responses of `read_responses` to 'train' and to 'test'."""
    return {
        "train": read_responses(features, train, train),
        "test": read_responses(features, test, train),
    }
