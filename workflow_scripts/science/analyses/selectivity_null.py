"""Whether the selectivity of chosen units is more than a product of choosing, and how stable it is.

Beyond the paper: choosing the most selective 12.5% of units always gives a response ratio above 1
on the data they were chosen from, even where no unit is selective.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from scipy import stats

from science.analyses.selection import (
    IndexKind,
    centre_responses,
    clips_in_use,
    indices_of_labellings,
    indices_of_sums,
    rank_units,
    response_ratio,
    safe_ratio,
    select_units,
    selectivity_index,
    sums_of_groups,
    unit_count,
)

# Permutations handled in one matrix product: with 15,000 clips 100 masks are 12 MB.
PERMUTATION_CHUNK = 100


@dataclass(frozen=True)
class RatioNull:
    """The response ratio of selected units, and its distribution without a relation to the labels.

    In every permutation the labels of the selection data are permuted and the whole selection is
    repeated. ``selection`` is then the ratio on those same data, by the permuted labels;
    ``held_out_permuted`` is the ratio on held-out data with permuted labels of their own (labels
    mean nothing anywhere); ``held_out_true`` is the ratio on held-out data by their true labels
    (units picked for nothing, so: more than the units at large?). Each is [permutations]; the
    held-out ones are NaN where there are no held-out data.
    """

    observed_selection: float
    observed_held_out: float
    selection: np.ndarray
    held_out_permuted: np.ndarray
    held_out_true: np.ndarray


@dataclass(frozen=True)
class SplitHalfStability:
    """Agreement of two random halves of the clips, one value per repeat.

    ``overlap`` is the share of selected units common to both halves, ``jaccard`` the common ones
    over those in either, ``rank_correlation`` Spearman's of the index over all units.
    """

    overlap: np.ndarray
    jaccard: np.ndarray
    rank_correlation: np.ndarray


def ratio_null(
    responses: np.ndarray,
    category: np.ndarray,
    others: np.ndarray,
    generator: np.random.Generator,
    held_out: tuple[np.ndarray, np.ndarray, np.ndarray] | None = None,
    fraction: float = 0.125,
    kind: IndexKind = "msi",
    permutations: int = 200,
) -> RatioNull:
    """Null distribution of the response ratio: labels permuted, the whole selection repeated.

    Choosing the top units always gives a ratio above 1 on the data they were chosen from; this says
    how far above. ``held_out`` is (responses, category, others) of data with no part in choosing.
    """
    responses, category = clips_in_use(responses, category, others)
    units = select_units(selectivity_index(responses, category, ~category, kind), fraction)
    count, centred = len(units), centre_responses(responses)
    test = None if held_out is None else clips_in_use(*held_out)
    selection, permuted, true = [], [], []
    for start in range(0, permutations, PERMUTATION_CHUNK):
        rows = min(PERMUTATION_CHUNK, permutations - start)
        masks = _permuted(category, rows, generator)
        chosen = rank_units(indices_of_labellings(centred, masks, kind))[:, :count]
        selection.append(_ratios(responses, masks, chosen))
        if test is not None:
            permuted.append(_ratios(test[0], _permuted(test[1], rows, generator), chosen))
            true.append(_ratios(test[0], test[1][None], chosen))
    absent = [np.full(permutations, np.nan)]
    observed_held_out = (
        math.nan if test is None else response_ratio(test[0], units, test[1], ~test[1])
    )
    return RatioNull(
        observed_selection=response_ratio(responses, units, category, ~category),
        observed_held_out=observed_held_out,
        selection=np.concatenate(selection or absent),
        held_out_permuted=np.concatenate(permuted or absent),
        held_out_true=np.concatenate(true or absent),
    )


def permutation_p(observed: float, null: np.ndarray) -> float:
    """One-sided p of an observed value: (1 + null values at least as large) / (1 + their number).

    NaN if the observed value or every null value is NaN.
    """
    null = np.asarray(null, dtype=np.float64)
    null = null[~np.isnan(null)]
    if math.isnan(observed) or len(null) == 0:
        return math.nan
    return float((1 + np.count_nonzero(null >= observed)) / (1 + len(null)))


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
        return SplitHalfStability(absent, absent, absent)
    halves = np.stack([_stratified_half(category, generator) for _ in range(repeats)])
    first, second = _indices_of_halves(centre_responses(responses), category, halves, kind)
    # The place of every unit in the ranking.
    places = [np.argsort(rank_units(index), axis=1) for index in (first, second)]
    overlap = ((places[0] < count) & (places[1] < count)).sum(axis=1) / count
    correlation = np.array([_rank_correlation(*pair) for pair in zip(first, second, strict=True)])
    return SplitHalfStability(overlap, overlap / (2 - overlap), correlation)


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


def _permuted(category: np.ndarray, rows: int, generator: np.random.Generator) -> np.ndarray:
    return generator.permuted(np.repeat(category[None], rows, axis=0), axis=1)


def _stratified_half(category: np.ndarray, generator: np.random.Generator) -> np.ndarray:
    """A mask of half of the category's clips and half of the others, drawn at random."""
    half = np.zeros(len(category), dtype=bool)
    for group in (category, ~category):
        members = generator.permutation(np.flatnonzero(group))
        half[members[: len(members) // 2]] = True
    return half


def _rank_correlation(first: np.ndarray, second: np.ndarray) -> float:
    known = ~(np.isnan(first) | np.isnan(second))
    if np.count_nonzero(known) < 2:
        return math.nan
    ranks = np.vstack([stats.rankdata(first[known]), stats.rankdata(second[known])])
    if (np.ptp(ranks, axis=1) == 0).any():
        return math.nan
    return float(np.corrcoef(ranks)[0, 1])
