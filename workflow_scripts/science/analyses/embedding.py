"""Two-dimensional t-SNE of clips, and how far two groups of clips keep apart in it.

As in Kim, Kim & Jeong (2024): t-SNE of standardised features, contours of each group's density, and
the segregation index 1 - sum(sqrt(p q)) of two-dimensional histograms, here on common bins.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import openTSNE
from scipy.ndimage import gaussian_filter
from threadpoolctl import threadpool_limits

from science.statistics.standardisation import fit_standardisation
from science.statistics.tests import SIGNIFICANCE_LEVEL, permutation_p

PERPLEXITY = 30.0
# With fewer clips than this t-SNE has no neighbourhoods to keep.
SMALLEST_NUMBER_OF_CLIPS = 8
FEWEST_CLIPS_TO_INTERPOLATE = 10_000
CONTOUR_MASSES = (0.2, 0.4, 0.6, 0.8)
PERMUTATIONS = 200
HIGHEST_INDEX = 1.0


@dataclass(frozen=True)
class Embedding:
    """Coordinates [clips, 2] and the Kullback-Leibler divergence that is left (less is better)."""

    coordinates: np.ndarray
    kullback_leibler: float
    perplexity: float


@dataclass(frozen=True)
class Quality:
    """How good an embedding is; NaN and a note where there is none."""

    clips: int
    perplexity: float = math.nan
    kullback_leibler: float = math.nan
    neighbours: int = 0
    neighbour_preservation: float = math.nan
    chance_preservation: float = math.nan
    note: str = ""


@dataclass(frozen=True)
class DensityContours:
    """Density of a group on a grid, and the density on each contour.

    ``density`` [y, x] is a smoothed share of clips per cell and sums to 1; ``levels[i]`` is the
    density that the cells holding the densest ``masses[i]`` of the clips all reach. The levels fall
    as the masses rise.
    """

    x: np.ndarray
    y: np.ndarray
    density: np.ndarray
    masses: np.ndarray
    levels: np.ndarray


def embed(features: np.ndarray, seed: int) -> Embedding:
    """T-SNE of standardised features: [clips, features] -> coordinates [clips, 2] float64.

    By openTSNE, of whose two approximations of the forces the faster is taken: Barnes-Hut trees
    below 10,000 clips (6,000 x 256: 21 s of one core, interpolation 28 s), interpolation from there
    on (15,009 x 256: 40 s, trees 71 s, scikit-learn 95 s). At 15,009 the three leave divergences of
    1.915, 1.902 and 1.898, and keep alike 0.269 of the ten nearest neighbours. Neighbours are found
    exactly: the approximate search gives another result with another number of jobs. One thread,
    so that the result does not depend on their number. Perplexity 30, or a third of the clips where
    there are fewer than 91.

    Raises:
        ValueError: if there are fewer than 8 clips, or a feature is not finite.
    """
    features = np.asarray(features, dtype=np.float64)
    if len(features) < SMALLEST_NUMBER_OF_CLIPS:
        raise ValueError(
            f"t-SNE needs at least {SMALLEST_NUMBER_OF_CLIPS} clips, here are {len(features)}; "
            "take more clips, or leave the embedding out of run.analyses."
        )
    perplexity = min(PERPLEXITY, (len(features) - 1) / 3)
    # Products of matrices round differently with another number of threads, and t-SNE magnifies
    # that.
    with threadpool_limits(limits=1, user_api="blas"):
        standardised = fit_standardisation(features).apply(features)
        if standardised.shape[1] == 1:
            standardised = np.hstack([standardised, np.zeros_like(standardised)])
        result = openTSNE.TSNE(
            perplexity=perplexity,
            # Principal components of clips that are all the same are no numbers.
            initialization="pca" if standardised.any() else "random",
            neighbors="exact",
            negative_gradient_method=gradient_method(len(features)),
            n_jobs=1,
            random_state=seed,
        ).fit(standardised)
    return Embedding(np.array(result), float(result.kl_divergence), perplexity)


def place(features: np.ndarray, seed: int, neighbours: int) -> tuple[np.ndarray, Quality]:
    """Coordinates [clips, 2] of features [clips, units]; NaN where there are too few clips."""
    clips = len(features)
    if clips < SMALLEST_NUMBER_OF_CLIPS:
        note = f"{clips} clips are too few for t-SNE, which needs {SMALLEST_NUMBER_OF_CLIPS}"
        return np.full((clips, 2), np.nan), Quality(clips, note=note)
    embedding = embed(features, seed)
    near = min(neighbours, clips - 2)
    return embedding.coordinates, Quality(
        clips=clips,
        perplexity=embedding.perplexity,
        kullback_leibler=embedding.kullback_leibler,
        neighbours=near,
        neighbour_preservation=neighbour_preservation(features, embedding.coordinates, near),
        chance_preservation=near / (clips - 1),
    )


def gradient_method(clips: int) -> str:
    """How openTSNE computes the forces between this many clips: 'bh' (trees) or 'fft'."""
    return "fft" if clips >= FEWEST_CLIPS_TO_INTERPOLATE else "bh"


def common_limits(coordinates: np.ndarray, *groups: np.ndarray) -> np.ndarray:
    """Smallest and largest coordinate over all clips in any group: [[x, x], [y, y]].

    Raises:
        ValueError: if no clip is in any group.
    """
    used = np.asarray(coordinates)[np.any(groups, axis=0)]
    if len(used) == 0:
        raise ValueError("No clip is in any of the groups, so the embedding has no range.")
    return np.stack([used.min(axis=0), used.max(axis=0)], axis=1)


def segregation_index(
    coordinates: np.ndarray, first: np.ndarray, second: np.ndarray, bins: int = 64
) -> float:
    """How far two groups of clips keep apart: 1 - sum(sqrt(p q)) over 64 x 64 common bins.

    ``coordinates`` [clips, 2], groups as boolean masks [clips]; p and q are each group's share of
    clips per bin. 0 when they are spread alike, 1 when no bin has clips of both. NaN if a group is
    empty. Small groups leave most bins empty, which raises the index: compare like numbers of
    clips.
    """
    first, second = np.asarray(first, bool), np.asarray(second, bool)
    if not first.any() or not second.any():
        return math.nan
    limits = common_limits(coordinates, first, second)
    shares = [_histogram(coordinates[mask], limits, bins) for mask in (first, second)]
    # The sum is at most 1 except for rounding.
    return max(0.0, float(1 - np.sqrt(shares[0] * shares[1]).sum()))


def segregation_beside_null(
    places: np.ndarray,
    category: np.ndarray,
    bins: int,
    generator: np.random.Generator,
    permutations: int = PERMUTATIONS,
) -> dict[str, object]:
    """The index by the true labels, and by permuted ones.

    Where clips are few most bins hold one clip at most, and the index is near 1 whatever the
    labels; permuted labels tell how near.

    Args:
        places: [clips, 2]; NaN where there is no embedding.
        category: Mask [clips]; all others are the other group.
        bins: On each side of the histogram.
        generator: Permutes the labels.
        permutations: How often.

    Returns:
        category_clips, other_clips, bins, segregation_index; null_mean and null_p of the permuted
        labels; smallest_possible_p, the p of the highest index there is; segregation_above_null,
        how much of the way from null_mean to the highest index it goes; permutations and note.
        Where smallest_possible_p is 5% or more the index is saturated: no arrangement could differ
        from permuted labels, and segregation_above_null is NaN. So are all where one group is
        empty.
    """
    counts = {
        "category_clips": int(category.sum()),
        "other_clips": int((~category).sum()),
        "bins": bins,
    }
    if not category.any() or category.all() or np.isnan(places).any():
        names = ("segregation_index", "null_mean", "null_p", "smallest_possible_p")
        unknown = dict.fromkeys((*names, "segregation_above_null"), np.nan)
        return counts | unknown | {"permutations": 0, "note": ""}
    index = segregation_index(places, category, ~category, bins)
    shuffled = (generator.permutation(category) for _ in range(permutations))
    null = np.array([segregation_index(places, labels, ~labels, bins) for labels in shuffled])
    smallest_p = permutation_p(HIGHEST_INDEX, null)
    saturated = smallest_p >= SIGNIFICANCE_LEVEL
    above = np.nan if saturated else (index - null.mean()) / (HIGHEST_INDEX - null.mean())
    note = f"too few clips for {bins} x {bins} bins: permuted labels keep apart as well"
    return counts | {
        "segregation_index": index,
        "null_mean": null.mean(),
        "null_p": permutation_p(index, null),
        "smallest_possible_p": smallest_p,
        "segregation_above_null": above,
        "permutations": permutations,
        "note": note if saturated else "",
    }


def density_contours(
    coordinates: np.ndarray,
    group: np.ndarray,
    limits: np.ndarray,
    masses: tuple[float, ...] = CONTOUR_MASSES,
    bins: int = 128,
    smoothing_share: float = 0.03,
) -> DensityContours:
    """Density of one group of clips, and the levels that enclose 20, 40, 60 and 80% of it.

    A histogram over ``limits`` [[x, x], [y, y]], widened on each side so that contours can close,
    smoothed by a Gaussian whose standard deviation is ``smoothing_share`` of the range.

    Raises:
        ValueError: if the group is empty.
    """
    group = np.asarray(group, dtype=bool)
    if not group.any():
        raise ValueError("The group has no clips, so it has no density contours.")
    limits = np.asarray(limits, dtype=np.float64)
    margin = 3 * smoothing_share * np.ptp(limits, axis=1, keepdims=True)
    wide = limits + margin * [-1, 1]
    counts = _histogram(np.asarray(coordinates)[group], wide, bins)
    deviation_bins = smoothing_share * bins / (1 + 6 * smoothing_share)
    density = gaussian_filter(counts, deviation_bins, mode="constant").T
    density /= density.sum()
    descending = np.sort(density, axis=None)[::-1]
    reached = np.searchsorted(np.cumsum(descending), np.asarray(masses))
    levels = descending[np.minimum(reached, len(descending) - 1)]
    x, y = (np.linspace(*side, 2 * bins + 1)[1::2] for side in wide)
    return DensityContours(x, y, density, np.asarray(masses), levels)


def neighbour_preservation(
    features: np.ndarray, coordinates: np.ndarray, neighbours: int = 10
) -> float:
    """Share of each clip's nearest clips, by standardised features, that the embedding keeps.

    A measure of quality: 1 is perfect, neighbours / (clips - 1) is chance.
    """
    standardised = fit_standardisation(features).apply(features)
    near = [_nearest(points, neighbours) for points in (standardised, np.asarray(coordinates))]
    common = (near[0][:, :, None] == near[1][:, None, :]).any(axis=2)
    return float(common.mean())


def _histogram(coordinates: np.ndarray, limits: np.ndarray, bins: int) -> np.ndarray:
    counts = np.histogram2d(coordinates[:, 0], coordinates[:, 1], bins=bins, range=limits)[0]
    return counts / len(coordinates)


def _nearest(points: np.ndarray, neighbours: int) -> np.ndarray:
    """Numbers of each point's nearest other points [points, neighbours], in blocks of rows."""
    squares = np.sum(points**2, axis=1)
    result = np.empty((len(points), neighbours), dtype=np.int64)
    for start in range(0, len(points), 1000):
        rows = slice(start, start + 1000)
        distances = squares - 2 * points[rows] @ points.T
        distances[np.arange(len(distances)), np.arange(start, start + len(distances))] = np.inf
        result[rows] = np.argpartition(distances, neighbours, axis=1)[:, :neighbours]
    return result
