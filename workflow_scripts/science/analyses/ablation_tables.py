"""Tables of an ablation: average precision of each class by silenced group, and their means."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from science.analyses.ablation import (
    BASELINE,
    LinearHead,
    ablation_average_precision,
    ablation_groups,
)
from science.corpus.audioset import multi_hot

CLASS_COLUMNS = ("features", "seed", "mid", "display_name", "positives")


def ablated_classes(
    responses: np.ndarray,
    labels: Sequence[Sequence[str]],
    class_labels: pd.DataFrame,
    tested: np.ndarray,
    head: LinearHead,
    groups: dict[str, np.ndarray],
) -> pd.DataFrame:
    """Average precision of each tested class with all units, and without each group.

    Args:
        responses: [clips, units] of one network.
        labels: The mids of each clip.
        class_labels: Columns mid and display_name, in the order of the head's classes.
        tested: Mask [classes].
        head: The network's two linear layers.
        groups: Units to silence by name, as of `ablation_groups`.

    Returns:
        Columns mid, display_name, positives, baseline, and one for each group.
    """
    targets = multi_hot(labels, list(class_labels["mid"]))[:, tested]
    of_tested = class_labels.loc[tested, ["mid", "display_name"]]
    precisions = ablation_average_precision(responses, targets, head.for_classes(tested), groups)
    return of_tested.assign(positives=targets.sum(axis=0), **precisions)


def groups_of_network(
    units: pd.DataFrame, features: str, seed: int, l1_norms: np.ndarray, fraction: float
) -> dict[str, np.ndarray]:
    """The groups of units to silence in one network.

    Args:
        units: Columns features, seed, unit and index (of selectivity, on the train split).
        features: The network's condition.
        seed: Its seed.
        l1_norms: [units] of its last filters.
        fraction: Of the units, in each group.
    """
    of_network = units[(units["features"] == features) & (units["seed"] == seed)]
    index = of_network.sort_values("unit")["index"].to_numpy(dtype=float)
    return ablation_groups(index, l1_norms, fraction)


def pool_classes(parts: dict[tuple[str, int], pd.DataFrame]) -> pd.DataFrame:
    """The tables of `ablated_classes` of all networks, by condition and seed, as one."""
    if not parts:
        return pd.DataFrame(columns=[*CLASS_COLUMNS, BASELINE])
    pooled = pd.concat(parts, names=["features", "seed"])
    return pooled.reset_index(["features", "seed"]).reset_index(drop=True)


def mean_per_group(per_class: pd.DataFrame) -> pd.DataFrame:
    """Mean AP over classes with a positive clip, per network and silenced group."""
    groups = [name for name in per_class.columns if name not in CLASS_COLUMNS]
    long = per_class[per_class["positives"] > 0].melt(
        ["features", "seed"], groups, "group", "average_precision"
    )
    of_group = long.groupby(["features", "seed", "group"], sort=False)["average_precision"]
    means = of_group.agg(mean_average_precision="mean", classes="count")
    return means.reset_index()
