"""Whether the selectivity of chosen units is more than a product of choosing, and how stable it is.

Beyond the paper: choosing the most selective 12.5% of units always gives a response ratio above 1
on the data they were chosen from, even where no unit is selective.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from science.analyses.ratios import safe_ratio
from science.analyses.selection import (
    IndexKind,
    Sample,
    centre_responses,
    clips_in_use,
    indices_of_labellings,
    indices_of_sums,
    rank_units,
    sums_of_groups,
    unit_count,
)
from science.statistics.exact import ranks

# Permutations handled in one matrix product: with 15,000 clips 100 masks are 12 MB.
PERMUTATION_CHUNK = 100


@dataclass(frozen=True)
class SplitHalfStability:
    """Agreement of two random halves of the clips, one value per repeat.

    ``overlap`` is the share of selected units common to both halves, ``rank_correlation``
    Spearman's of the index over all units.
    """

    overlap: np.ndarray
    rank_correlation: np.ndarray


def ratio_null(
    chosen_on: Sample,
    held_out: Sample,
    generator: np.random.Generator,
    fraction: float = 0.125,
    kind: IndexKind = "msi",
    permutations: int = 200,
) -> tuple[np.ndarray, np.ndarray]:
    """Response ratios of units that were chosen by labels that mean nothing.

    Choosing the top units always gives a ratio above 1 on the data they were chosen from; this says
    how far above.

    Args:
        chosen_on: Responses [clips, units] and masks [clips] of the category and of other clips; in
            every permutation these labels are permuted, and the whole choice is repeated.
        held_out: The same of data with no part in choosing.
        generator: Permutes the labels.
        fraction: Of the units, that are chosen.
        kind: Index by which they are chosen.
        permutations: How often.

    Returns:
        Two arrays [permutations]: the ratio on the data chosen on, by the permuted labels; and on
        the held-out data by their true labels (more than the units at large?).
    """
    responses, category = clips_in_use(*chosen_on)
    held_out_responses, held_out_category = clips_in_use(*held_out)
    count, centred = unit_count(responses.shape[1], fraction), centre_responses(responses)
    selection, held_out_ratios = [np.empty(0)], [np.empty(0)]
    for start in range(0, permutations, PERMUTATION_CHUNK):
        rows = min(PERMUTATION_CHUNK, permutations - start)
        masks = generator.permuted(np.repeat(category[None], rows, axis=0), axis=1)
        chosen = rank_units(indices_of_labellings(centred, masks, kind))[:, :count]
        selection.append(_ratios(responses, masks, chosen))
        held_out_ratios.append(_ratios(held_out_responses, held_out_category[None], chosen))
    return np.concatenate(selection), np.concatenate(held_out_ratios)


def split_half_stability(
    responses: np.ndarray,
    category: np.ndarray,
    others: np.ndarray,
    generator: np.random.Generator,
    fraction: float = 0.125,
    kind: IndexKind = "msi",
    repeats: int = 100,
) -> SplitHalfStability:
    """Select units on two random halves of the clips (each group halved), and compare.

    Again for each repeat. With fewer than four clips in a group the halves have no index, and all
    values are NaN.
    """
    responses, category = clips_in_use(responses, category, others)
    units = responses.shape[1]
    count = unit_count(units, fraction)
    absent = np.full(repeats, np.nan)
    if min(category.sum(), (~category).sum()) < 4:
        return SplitHalfStability(absent, absent)
    halves = np.stack([_stratified_half(category, generator) for _ in range(repeats)])
    first, second = _indices_of_halves(centre_responses(responses), category, halves, kind)
    # The place of every unit in the ranking.
    places = [np.argsort(rank_units(index), axis=1) for index in (first, second)]
    overlap = ((places[0] < count) & (places[1] < count)).sum(axis=1) / count
    correlation = np.array([_rank_correlation(*pair) for pair in zip(first, second, strict=True)])
    return SplitHalfStability(overlap, correlation)


def _indices_of_halves(
    centred: np.ndarray, category: np.ndarray, halves: np.ndarray, kind: IndexKind
) -> tuple[np.ndarray, np.ndarray]:
    """Index of every unit [repeats, units] in each half [repeats, clips] and in what is left."""
    whole, *groups = (
        sums_of_groups(centred, mask[None])
        for mask in (np.ones_like(category), category, ~category)
    )
    first = [sums_of_groups(centred, halves & mask) for mask in (category, ~category)]
    second = [group - half for group, half in zip(groups, first, strict=True)]
    return indices_of_sums(*first, whole, kind), indices_of_sums(*second, whole, kind)


def _ratios(responses: np.ndarray, masks: np.ndarray, chosen: np.ndarray) -> np.ndarray:
    """Response ratio of chosen units [P, count], labels as masks [P or 1, clips] -> [P]."""
    weights, values = masks.astype(np.float64), responses.astype(np.float64)
    n1 = weights.sum(axis=1)
    sums1 = weights @ values
    sums0 = values.sum(axis=0) - sums1
    chosen1, chosen0 = (
        np.take_along_axis(np.broadcast_to(sums, (len(chosen), sums.shape[1])), chosen, axis=1)
        for sums in (sums1, sums0)
    )
    numerator = safe_ratio(chosen1.mean(axis=1), np.broadcast_to(n1, len(chosen)))
    denominator = safe_ratio(chosen0.mean(axis=1), np.broadcast_to(len(values) - n1, len(chosen)))
    return safe_ratio(numerator, denominator)


def _stratified_half(category: np.ndarray, generator: np.random.Generator) -> np.ndarray:
    """A mask of half of the category's clips and half of the others, drawn at random."""
    half = np.zeros(len(category), dtype=bool)
    for group in (category, ~category):
        members = generator.permutation(np.flatnonzero(group))
        half[members[: len(members) // 2]] = True
    return half


def _rank_correlation(first: np.ndarray, second: np.ndarray) -> float:
    known = ~(np.isnan(first) | np.isnan(second))
    values = first[known], second[known]
    if np.count_nonzero(known) < 2 or min(map(np.ptp, values)) == 0:
        return math.nan
    return float(np.corrcoef(*map(ranks, values))[0, 1])
