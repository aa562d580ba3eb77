"""Selectivity of units for a category of sounds, and whether it is more than a product of choosing.

The index of Kim, Kim & Jeong (2024), there the music selectivity index (MSI), for any category:
(m1 - m0) / (s1 + s0), with means and standard deviations over the clips of the category (1) and
over the others (0). Clips that are neither (mixed ones) have no part. Units are always chosen on
the data passed in: pass the train split alone.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import partial
from typing import Literal

import numpy as np
from scipy import stats

from science.intervals import Interval, bootstrap_interval

IndexKind = Literal["msi", "welch_t", "d_prime"]
INDEX_KINDS = ("msi", "welch_t", "d_prime")
UnitGroup = Literal["top", "middle", "bottom"]
# A variance within a group below this share of the unit's whole variance is rounding, not spread.
NEGLIGIBLE_VARIANCE = 1e-12
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


def selectivity_index(
    responses: np.ndarray, category: np.ndarray, others: np.ndarray, kind: IndexKind = "msi"
) -> np.ndarray:
    """Selectivity index per unit: responses [clips, units], two clip masks -> float64 [units].

    ``msi`` is (m1 - m0) / (s1 + s0); ``welch_t`` is (m1 - m0) / sqrt(s1²/n1 + s0²/n0), as in the
    paper's code; ``d_prime`` is (m1 - m0) / sqrt((s1² + s0²) / 2). Standard deviations are those of
    samples (ddof = 1), so each group needs two clips; with fewer, every index is NaN. A unit
    without spread in both groups has no index (NaN).

    Raises:
        ValueError: if a mask does not fit, the masks share clips, or the kind is unknown.
    """
    responses, category = _clips_in_use(responses, category, others)
    return _indices(_centred(responses), category[None], kind)[0]


def rank_units(index: np.ndarray) -> np.ndarray:
    """Unit numbers by falling index; ties by number, units without an index last."""
    return np.argsort(-np.asarray(index, dtype=np.float64), axis=-1, kind="stable")


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
    """Response of each clip averaged over the given units (or all): [clips, units] -> [clips]."""
    responses = np.asarray(responses)
    chosen = responses if units is None else responses[:, units]
    return chosen.mean(axis=1, dtype=np.float64)


def response_ratio(
    responses: np.ndarray, units: np.ndarray, category: np.ndarray, others: np.ndarray
) -> float:
    """Mean response of the units to the category over that to the other clips.

    NaN if a group of clips is empty, there are no units, or the units are silent to the others
    (a ratio to nothing says nothing).
    """
    responses, category = _clips_in_use(responses, category, others)
    if len(units) == 0 or category.all() or not category.any():
        return math.nan
    means = mean_response(responses, units)
    return float(_safe_ratio(means[category].mean(), means[~category].mean()))


def ratio_interval(
    responses: np.ndarray,
    units: np.ndarray,
    category: np.ndarray,
    others: np.ndarray,
    generator: np.random.Generator,
    resamples: int = 1000,
) -> Interval:
    """95% bootstrap interval of ``response_ratio`` over clips, each group resampled on its own."""
    responses, category = _clips_in_use(responses, category, others)
    means = mean_response(responses, units)
    groups = means[category], means[~category]
    return bootstrap_interval(groups, generator, _ratio_of_means, resamples)


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
    responses, category = _clips_in_use(responses, category, others)
    units = select_units(selectivity_index(responses, category, ~category, kind), fraction)
    count, centred = len(units), _centred(responses)
    test = None if held_out is None else _clips_in_use(*held_out)
    selection, permuted, true = [], [], []
    for start in range(0, permutations, PERMUTATION_CHUNK):
        rows = min(PERMUTATION_CHUNK, permutations - start)
        masks = _permuted(category, rows, generator)
        chosen = rank_units(_indices(centred, masks, kind))[:, :count]
        selection.append(_ratios(responses, masks, chosen))
        if test is not None:
            permuted.append(_ratios(test[0], _permuted(test[1], rows, generator), chosen))
            true.append(_ratios(test[0], np.repeat(test[1][None], rows, axis=0), chosen))
    absent = [np.full(permutations, np.nan)]
    return RatioNull(
        observed_selection=response_ratio(responses, units, category, ~category),
        observed_held_out=math.nan
        if test is None
        else response_ratio(test[0], units, test[1], ~test[1]),
        selection=np.concatenate(selection),
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
    """Select units on two random halves of the clips (each group halved), again and again, and
    compare.

    With fewer than four clips in a group the halves have no index, and all values are NaN.
    """
    responses, category = _clips_in_use(responses, category, others)
    units = responses.shape[1]
    count = unit_count(units, fraction)
    absent = np.full(repeats, np.nan)
    if min(category.sum(), (~category).sum()) < 4:
        return SplitHalfStability(absent, absent, absent)
    overlap, correlation = np.empty(repeats), np.empty(repeats)
    for repeat in range(repeats):
        half = _stratified_half(category, generator)
        first, second = (
            _indices(_centred(responses[side]), category[side][None], kind)[0]
            for side in (half, ~half)
        )
        common = np.intersect1d(rank_units(first)[:count], rank_units(second)[:count])
        overlap[repeat] = len(common) / count
        correlation[repeat] = _rank_correlation(first, second)
    return SplitHalfStability(overlap, overlap / (2 - overlap), correlation)


def _clips_in_use(
    responses: np.ndarray, category: np.ndarray, others: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Responses of the clips in either group, and which of these are of the category."""
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
            f"{both} clips are in the category and among the others; they must be in one of the two."
        )
    used = category | others
    if used.all():
        return responses, category
    return responses[used], category[used]


def _centred(responses: np.ndarray) -> np.ndarray:
    """Responses less each unit's mean, so that sums of squares keep their digits."""
    centred = responses.astype(np.float64)
    if len(centred) == 0:
        return centred
    constant = (centred == centred[0]).all(axis=0)
    centred -= centred.mean(axis=0)
    centred[:, constant] = 0
    return centred


def _indices(centred: np.ndarray, masks: np.ndarray, kind: IndexKind) -> np.ndarray:
    """Index of every unit under every labelling: [clips, units], masks [P, clips] -> [P, units].

    All labellings are done by one matrix product with the responses and one with their squares.
    """
    if kind not in INDEX_KINDS:
        raise ValueError(f"Selectivity index is {kind!r}; use one of {', '.join(INDEX_KINDS)}.")
    clips, units = centred.shape
    squares = centred**2
    weights = masks.astype(np.float64)
    sums, square_sums = weights @ centred, weights @ squares
    n1 = weights.sum(axis=1, keepdims=True)
    n0 = clips - n1
    if n1.min(initial=2) < 2 or n0.min(initial=2) < 2:
        return np.full((len(masks), units), np.nan)
    negligible = NEGLIGIBLE_VARIANCE * squares.mean(axis=0)
    mean1, variance1 = _moments(sums, square_sums, n1, negligible)
    mean0, variance0 = _moments(
        centred.sum(axis=0) - sums, squares.sum(axis=0) - square_sums, n0, negligible
    )
    spread = {
        "msi": lambda: np.sqrt(variance1) + np.sqrt(variance0),
        "welch_t": lambda: np.sqrt(variance1 / n1 + variance0 / n0),
        "d_prime": lambda: np.sqrt((variance1 + variance0) / 2),
    }[kind]()
    return np.divide(mean1 - mean0, spread, out=np.full_like(spread, np.nan), where=spread > 0)


def _moments(
    sums: np.ndarray, square_sums: np.ndarray, n: np.ndarray, negligible: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    variance = (square_sums - sums**2 / n) / (n - 1)
    return sums / n, np.where(variance > negligible, variance, 0.0)


def _ratios(responses: np.ndarray, masks: np.ndarray, chosen: np.ndarray) -> np.ndarray:
    """Response ratio of chosen units [P, count] under the labels masks [P, clips] -> [P]."""
    weights = masks.astype(np.float64)
    values = responses.astype(np.float64)
    sums = weights @ values
    n1 = weights.sum(axis=1)
    of_chosen = partial(np.take_along_axis, indices=chosen, axis=1)
    sums1, sums0 = of_chosen(sums).sum(axis=1), of_chosen(values.sum(axis=0) - sums).sum(axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        return _safe_ratio(sums1 / n1, sums0 / (len(values) - n1))


def _safe_ratio(numerator: np.ndarray, denominator: np.ndarray) -> np.ndarray:
    numerator, denominator = np.asarray(numerator), np.asarray(denominator)
    out = np.full(denominator.shape, np.nan)
    return np.divide(numerator, denominator, out=out, where=denominator != 0)


def _ratio_of_means(first: np.ndarray, second: np.ndarray, axis: int) -> np.ndarray:
    return _safe_ratio(first.mean(axis=axis), second.mean(axis=axis))


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
