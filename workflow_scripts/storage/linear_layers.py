"""The layers of a stored network that an ablation of its pooled features needs."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from science.analyses.ablation import LinearHead, filter_l1_norms
from storage.networks import read_network_file

LAYERS = ("conv4.weight", "hidden.weight", "hidden.bias", "output.weight", "output.bias")


def read_layers(path: Path) -> tuple[LinearHead, np.ndarray] | None:
    """The two linear layers of a network in the paper's form, and the sizes of its last filters.

    Args:
        path: File of weights.

    Returns:
        The layers, and the L1 norm of each unit's filter [units]; None for a network of a user's
        own, which has other layers.
    """
    weights = read_network_file(path)["weights"]
    if not set(LAYERS) <= set(weights):
        return None
    last_filters, *head = (weights[name].float().numpy() for name in LAYERS)
    return LinearHead(*head), filter_l1_norms(last_filters)
