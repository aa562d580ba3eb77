"""How well a network detects each class: average precision per class, and its mean over groups."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import numpy as np
import pandas as pd

from science.corpus.audioset import multi_hot
from science.statistics.average_precision import (
    average_precision_per_class,
    chance_per_class,
    positive_rate_per_class,
)


def describe_classes(class_labels: pd.DataFrame, category: Collection[str]) -> pd.DataFrame:
    """Columns mid, display_name and group: 'category' for its classes, 'other' for all others.

    Args:
        class_labels: Columns mid and display_name, in the order of the scores.
        category: Mids of the category's classes, which are reported apart.
    """
    of_category = class_labels["mid"].isin(category)
    return class_labels[["mid", "display_name"]].assign(
        group=np.where(of_category, "category", "other")
    )


def detect_classes(
    scores: np.ndarray, labels: Sequence[Sequence[str]], described: pd.DataFrame
) -> pd.DataFrame:
    """Average precision of one network for every class.

    Args:
        scores: [clips, classes].
        labels: The mids of each clip.
        described: From `describe_classes`.

    Returns:
        The columns of `described` with positives, clips, average_precision, positive_rate (the
        share of positive clips), chance (expected of a random order) and note.
    """
    targets = multi_hot(labels, list(described["mid"]))
    return described.assign(
        positives=targets.sum(axis=0),
        clips=len(scores),
        average_precision=average_precision_per_class(scores, targets),
        positive_rate=positive_rate_per_class(targets),
        chance=chance_per_class(targets),
        note="",
    )


def mean_over_classes(per_class: pd.DataFrame) -> pd.DataFrame:
    """Means over the classes with a positive clip, for each network and group of classes.

    Args:
        per_class: Rows of `detect_classes` with features and seed.

    Returns:
        A row for each network and for 'other' classes, those of the 'category', and 'all'.
    """
    tested = per_class[per_class["positives"] > 0]
    grouped = pd.concat([tested, tested.assign(group="all")])
    summary = grouped.groupby(["features", "seed", "group"], sort=False).agg(
        mean_average_precision=("average_precision", "mean"),
        positive_rate=("positive_rate", "mean"),
        chance=("chance", "mean"),
        classes=("mid", "size"),
        clips=("clips", "first"),
        note=("note", "first"),
    )
    return summary.reset_index()
