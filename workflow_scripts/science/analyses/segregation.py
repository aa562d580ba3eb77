"""How far music and other sounds keep apart in an embedding, beside clips with permuted labels.

The segregation index (Kim, Kim & Jeong 2024; `embedding.segregation_index`) is 1 where no bin of a
histogram has clips of both groups. Where clips are few most bins hold one clip at most, and the
index is near 1 whatever the labels; permuted labels tell how near.
"""

from __future__ import annotations

import numpy as np

from science.analyses.embedding import segregation_index
from science.analyses.selectivity_null import permutation_p
from science.statistics.tests import SIGNIFICANCE_LEVEL

PERMUTATIONS = 200
HIGHEST_INDEX = 1.0


def segregation_beside_null(
    places: np.ndarray,
    music: np.ndarray,
    bins: int,
    generator: np.random.Generator,
    permutations: int = PERMUTATIONS,
) -> dict[str, object]:
    """The index by the true labels, and by permuted ones.

    Args:
        places: [clips, 2]; NaN where there is no embedding.
        music: Mask [clips]; all others are the other group.
        bins: On each side of the histogram.
        generator: Permutes the labels.
        permutations: How often.

    Returns:
        music_clips, non_music_clips, bins, segregation_index; null_mean and null_p of the permuted
        labels; smallest_possible_p, the p of the highest index there is; segregation_above_null,
        how much of the way from null_mean to the highest index it goes; permutations and note.
        Where smallest_possible_p is 5% or more the index is saturated: no arrangement could be
        told from permuted labels, and segregation_above_null is NaN. So are all where one group is
        empty.
    """
    counts = {"music_clips": int(music.sum()), "non_music_clips": int((~music).sum()), "bins": bins}
    if not music.any() or music.all() or np.isnan(places).any():
        names = ("segregation_index", "null_mean", "null_p", "smallest_possible_p")
        unknown = dict.fromkeys((*names, "segregation_above_null"), np.nan)
        return counts | unknown | {"permutations": 0, "note": ""}
    index = segregation_index(places, music, ~music, bins)
    shuffled = (generator.permutation(music) for _ in range(permutations))
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
