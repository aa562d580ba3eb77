"""The score that training epochs are compared by, computed on the device where the logits lie."""

from __future__ import annotations

import torch
from torch import Tensor


def pooled_average_precision(scores: Tensor, targets: Tensor) -> float:
    """Average precision of all (clip, class) decisions pooled into one list (micro-average).

    The same number as scikit-learn's
    ``average_precision_score(..., average="micro")``, without bringing millions of scores to
    the CPU. Equal scores share one threshold. NaN without positives.

    Args:
        scores: [clips, classes]; only their order matters.
        targets: [clips, classes], bool.

    Raises:
        ValueError: a score is NaN, or the shapes differ.
    """
    if scores.shape != targets.shape or scores.isnan().any():
        raise ValueError(
            f"Average precision needs scores without NaN, of the targets' shape: scores are "
            f"{tuple(scores.shape)} with {int(scores.isnan().sum())} NaN, "
            f"targets {tuple(targets.shape)}."
        )
    positives = scores[targets].sort().values
    if len(positives) == 0:
        return float("nan")
    everything = scores.flatten().sort().values
    at_least = len(everything) - torch.searchsorted(everything, positives)
    positives_at_least = len(positives) - torch.searchsorted(positives, positives)
    return float((positives_at_least.double() / at_least).mean())
