"""Selectivity of units for a category of sounds, and their response ratio.

The index of Kim, Kim & Jeong (2024, equation 2), there the music selectivity index (MSI), for any
category: (m1 - m0) / sqrt(s1²/n1 + s0²/n0), with means, variances and numbers of the clips of the
category (1) and of the others (0). Clips that are neither (mixed ones) have no part. Units are
chosen on the data passed in, one split, and measured on the other.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

IndexKind = Literal["msi", "summed_deviations", "d_prime"]
INDEX_KINDS = ("msi", "summed_deviations", "d_prime")
# The equation, and what a widely read summary of the paper prints in its place.
OTHER_FORM: dict[str, IndexKind] = {
    "msi": "summed_deviations",
    "summed_deviations": "msi",
    "d_prime": "msi",
}
# Responses [clips, units], and masks [clips] of the category and of the others.
Sample = tuple[np.ndarray, np.ndarray, np.ndarray]
OTHER_SPLIT = {"train": "test", "test": "train"}
UnitGroup = Literal["top", "middle", "bottom"]
UNIT_COLUMNS = ("unit", "index", "rank", "selected", "mean_category", "mean_other")
INDEX_DIGITS = 9
FEWEST_CLIPS = 2  # in the category and without it: an index compares means by deviations
# A variance within a group below this share of the unit's whole variance is rounding, not spread.
NEGLIGIBLE_VARIANCE = 1e-12


def selectivity_index(
    responses: np.ndarray, category: np.ndarray, others: np.ndarray, kind: IndexKind = "msi"
) -> np.ndarray:
    """Selectivity index per unit: responses [clips, units], two clip masks -> float64 [units].

    ``msi`` is (m1 - m0) / sqrt(s1²/n1 + s0²/n0), the paper's equation 2 (Welch's t);
    ``summed_deviations`` is (m1 - m0) / (s1 + s0); ``d_prime`` is (m1 - m0) / sqrt((s1² + s0²) /
    2). Standard deviations are those of samples (ddof = 1), so each group needs two clips; with
    fewer, every index is NaN. A unit without spread in both groups has no index (NaN).

    Raises:
        ValueError: if a mask does not fit, the masks share clips, or the kind is unknown.
    """
    responses, category = clips_in_use(responses, category, others)
    return indices_of_labellings(centre_responses(responses), category[None], kind)[0]


def rank_units(index: np.ndarray) -> np.ndarray:
    """Unit numbers by falling index; ties by number, units without an index last.

    Indices that differ by less than their rounding are tied: of units that are active in a single
    clip, say, which all have the same.
    """
    rounded = np.round(np.asarray(index, dtype=np.float64), INDEX_DIGITS)
    return np.argsort(-rounded, axis=-1, kind="stable")


def unit_count(units: int, fraction: float) -> int:
    """How many units a fraction stands for, halves rounded up: 12.5% of 256 are 32.

    Raises:
        ValueError: if that is none, or more than there are.
    """
    count = math.floor(fraction * units + 0.5)
    if not 1 <= count <= units:
        raise ValueError(
            f"A fraction of {fraction} of {units} units is {count} units; choose one that gives "
            f"between 1 and {units}."
        )
    return count


def select_units(index: np.ndarray, fraction: float = 0.125) -> np.ndarray:
    """The most selective units, best first: the top ``fraction`` of the ranking by index."""
    return unit_group(rank_units(index), "top", fraction)


def fraction_of(settings: Mapping, units: int) -> float:
    """The fraction of units to choose: of few features, such as the acoustics, at least one."""
    return max(settings["fraction"], 1 / units)


def rank_by_index(
    responses: np.ndarray, category: np.ndarray, others: np.ndarray, settings: Mapping
) -> pd.DataFrame:
    """Index, rank and choice of every unit, and its mean response to the clips of either group.

    Args:
        responses: [clips, units] of one split.
        category: Mask [clips] of the clips that are all of the category.
        others: Mask [clips] of the clips without it.
        settings: index and fraction, as in the configuration's section selectivity.

    Returns:
        `UNIT_COLUMNS`, in order of the units.
    """
    index = selectivity_index(responses, category, others, settings["index"])
    chosen = select_units(index, fraction_of(settings, len(index)))
    units = np.arange(len(index))
    ranks = np.argsort(rank_units(index)) + 1
    means = [
        responses[mask].mean(axis=0, dtype=float) if mask.any() else np.full(len(index), np.nan)
        for mask in (category, others)
    ]
    # Fewer clips give no unit an index, and the first ones would be "chosen".
    enough = min(np.count_nonzero(category), np.count_nonzero(others)) >= FEWEST_CLIPS
    selected = np.isin(units, chosen) & enough
    columns = (units, index, ranks, selected, *means)
    return pd.DataFrame(dict(zip(UNIT_COLUMNS, columns, strict=True)))


def index_overlap(
    responses: np.ndarray, category: np.ndarray, others: np.ndarray, settings: Mapping
) -> float:
    """Share of the chosen units that the other form of the index chooses too (`OTHER_FORM`).

    The arguments are those of `rank_by_index`.
    """
    kinds = settings["index"], OTHER_FORM[settings["index"]]
    indices = [selectivity_index(responses, category, others, kind) for kind in kinds]
    if np.isnan(indices).all():
        return math.nan
    fraction = fraction_of(settings, len(indices[0]))
    chosen, by_other_form = (select_units(index, fraction) for index in indices)
    return float(np.isin(chosen, by_other_form).mean())


def unit_group(ranking: np.ndarray, group: UnitGroup, fraction: float = 0.125) -> np.ndarray:
    """The units of a ranking at its top, middle (43.75-56.25% for 12.5%) or bottom, in rank order.

    Raises:
        ValueError: if the group is unknown or the fraction gives no units.
    """
    units = len(ranking)
    count = unit_count(units, fraction)
    starts = {"top": 0, "middle": (units - count) // 2, "bottom": units - count}
    if group not in starts:
        raise ValueError(f"Unit group is {group!r}; use one of {', '.join(starts)}.")
    return np.asarray(ranking)[starts[group] : starts[group] + count]


def mean_response(responses: np.ndarray, units: np.ndarray | None = None) -> np.ndarray:
    """Response of each clip averaged over the given units (or all): [clips, units] -> [clips].

    NaN where there are no units.
    """
    responses = np.asarray(responses)
    chosen = responses if units is None else responses[:, units]
    if chosen.shape[1] == 0:
        return np.full(len(chosen), np.nan)
    return chosen.mean(axis=1, dtype=np.float64)


def clips_in_use(
    responses: np.ndarray, category: np.ndarray, others: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Responses of the clips in either group, and which of these are of the category.

    Raises:
        ValueError: if a mask is not boolean [clips], or the masks share clips.
    """
    responses = np.asarray(responses)
    category, others = np.asarray(category), np.asarray(others)
    for name, mask in (("category", category), ("others", others)):
        if mask.dtype != bool or mask.shape != responses.shape[:1]:
            raise ValueError(
                f"The mask of {name} is {mask.dtype} {mask.shape}; it must be boolean with one "
                f"value for each of the {len(responses)} clips."
            )
    both = np.count_nonzero(category & others)
    if both:
        raise ValueError(
            f"{both} clips are in the category and among the others; each must be in one only."
        )
    used = category | others
    if used.all():
        return responses, category
    return responses[used], category[used]


def centre_responses(responses: np.ndarray) -> np.ndarray:
    """Responses less each unit's mean, so that sums of squares keep their digits."""
    centred = responses.astype(np.float64)
    if len(centred) == 0:
        return centred
    constant = (centred == centred[0]).all(axis=0)
    centred -= centred.mean(axis=0)
    centred[:, constant] = 0
    return centred


def indices_of_labellings(centred: np.ndarray, masks: np.ndarray, kind: IndexKind) -> np.ndarray:
    """Index of every unit under every labelling: [clips, units], masks [P, clips] -> [P, units].

    All labellings are done by one matrix product with the responses and one with their squares.
    """
    whole = sums_of_groups(centred, np.ones((1, len(centred)), dtype=bool))
    category = sums_of_groups(centred, masks)
    return indices_of_sums(category, whole - category, whole, kind)


@dataclass(frozen=True)
class GroupSums:
    """Of several groups of clips: n [groups, 1], and sums and sums of squares [groups, units].

    The difference of two is what a group has besides the other.
    """

    n: np.ndarray
    sums: np.ndarray
    square_sums: np.ndarray

    def __sub__(self, other: GroupSums) -> GroupSums:
        return GroupSums(
            self.n - other.n, self.sums - other.sums, self.square_sums - other.square_sums
        )


def sums_of_groups(centred: np.ndarray, masks: np.ndarray) -> GroupSums:
    """Sums over groups of clips: centred responses [clips, units], masks [groups, clips]."""
    weights = masks.astype(np.float64)
    return GroupSums(weights.sum(axis=1, keepdims=True), weights @ centred, weights @ centred**2)


def indices_of_sums(
    category: GroupSums, others: GroupSums, whole: GroupSums, kind: IndexKind
) -> np.ndarray:
    """Index of every unit [groups, units] for pairs of groups; NaN where one has under two clips.

    `whole` is the sums over all clips, by which a variance within a group counts as negligible.

    Raises:
        ValueError: if the kind is unknown.
    """
    if kind not in INDEX_KINDS:
        raise ValueError(f"Selectivity index is {kind!r}; use one of {', '.join(INDEX_KINDS)}.")
    n1, n0 = category.n, others.n
    if n1.min(initial=2) < 2 or n0.min(initial=2) < 2:
        return np.full(category.sums.shape, np.nan)
    negligible = NEGLIGIBLE_VARIANCE * whole.square_sums / whole.n
    mean1, variance1 = _moments(category, negligible)
    mean0, variance0 = _moments(others, negligible)
    spread = {
        "msi": lambda: np.sqrt(variance1 / n1 + variance0 / n0),
        "summed_deviations": lambda: np.sqrt(variance1) + np.sqrt(variance0),
        "d_prime": lambda: np.sqrt((variance1 + variance0) / 2),
    }[kind]()
    return np.divide(mean1 - mean0, spread, out=np.full_like(spread, np.nan), where=spread > 0)


def _moments(group: GroupSums, negligible: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    variance = (group.square_sums - group.sums**2 / group.n) / (group.n - 1)
    return group.sums / group.n, np.where(variance > negligible, variance, 0.0)
