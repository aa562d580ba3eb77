"""How many units are selective at all: a permutation test of each, false discoveries controlled.

Beyond the paper, which calls a fixed share of the units selective (12.5%) whatever they do. Here
each unit's index is compared with its own under permuted labels, one-sided: is the response to the
category larger? Benjamini & Hochberg's procedure (J. R. Stat. Soc. B 57:289, 1995) then bounds the
expected share of false discoveries among the units of one network. With many clips a small
difference is enough, in an untrained network too: the ratio of the units found, measured on the
other split, says how large it is.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping

import numpy as np
import pandas as pd
from scipy import stats

from science.analyses.ratios import NO_UNIT, response_ratio
from science.analyses.selection import (
    FEWEST_CLIPS,
    OTHER_SPLIT,
    GroupSums,
    IndexKind,
    Sample,
    centre_responses,
    clips_in_use,
    fraction_of,
    indices_of_sums,
    select_units,
)

UNIT_COLUMNS = ("split", "unit", "index", "p", "q", "selective", "chosen")
SHARE_COLUMNS = (
    "split",
    "units",
    "category_clips",
    "other_clips",
    "selective",
    "share",
    "share_in_both",
    "share_chosen",
    "share_of_chosen",
    "ratio",
    "fdr",
    "permutations",
    "note",
)
# Labellings in one matrix product: with 15,000 clips 250 are 30 MB.
AT_ONCE = 250
# Two labellings that give the same index may differ by rounding.
ROUNDING = 1e-9


def unit_p_values(
    responses: np.ndarray,
    category: np.ndarray,
    others: np.ndarray,
    generator: np.random.Generator,
    kind: IndexKind = "msi",
    permutations: int = 10000,
) -> tuple[np.ndarray, np.ndarray]:
    """Index of every unit, and the chance of one as large under permuted labels.

    Args:
        responses: [clips, units].
        category: Mask [clips] of the clips that are all of the category.
        others: Mask [clips] of the clips without it.
        generator: Permutes the labels, the same for all units.
        kind: Of the index.
        permutations: How often.

    Returns:
        Index and p [units], each NaN for a unit without an index. p = (1 + permutations with an
        index at least as large) / (1 + permutations): one-sided, never 0. A permutation that leaves
        a unit without an index counts as one with a larger, which can only raise p.
    """
    responses, category = clips_in_use(responses, category, others)
    centred = centre_responses(responses)
    squares = centred**2

    def sums_of(masks: np.ndarray) -> GroupSums:
        weights = masks.astype(np.float64)
        return GroupSums(weights.sum(axis=1, keepdims=True), weights @ centred, weights @ squares)

    whole = sums_of(np.ones((1, len(centred)), dtype=bool))

    def indices_of(masks: np.ndarray) -> np.ndarray:
        of_category = sums_of(masks)
        return indices_of_sums(of_category, whole - of_category, whole, kind)

    index = indices_of(category[None])[0]
    reached = index - ROUNDING * np.abs(index)
    as_large = np.zeros(len(index), dtype=int)
    for start in range(0, permutations, AT_ONCE):
        rows = min(AT_ONCE, permutations - start)
        masks = generator.permuted(np.repeat(category[None], rows, axis=0), axis=1)
        as_large += (~(indices_of(masks) < reached)).sum(axis=0)
    p = (1 + as_large) / (1 + permutations)
    return index, np.where(np.isnan(index), np.nan, p)


def false_discovery_rates(p: np.ndarray) -> np.ndarray:
    """Benjamini & Hochberg's adjusted p [units] (q): NaN stays, and is no member of the family."""
    q = np.full(len(p), np.nan)
    known = ~np.isnan(p)
    if known.any():
        q[known] = stats.false_discovery_control(p[known])
    return q


def describe_units(
    samples: Mapping[str, Sample],
    settings: Mapping,
    draw: Callable[..., np.random.Generator],
) -> pd.DataFrame:
    """Index, p and q of every unit of one network, by the clips of each split.

    Args:
        samples: Responses and the two masks, of 'train' and of 'test'.
        settings: index and fraction, as in the configuration's section selectivity; fdr and
            permutations, as in its section selective_units.
        draw: Gives a generator for the names of what is drawn.

    Returns:
        `UNIT_COLUMNS`: selective where q is below fdr, chosen where the unit is among the fraction
        with the largest index.
    """
    parts = []
    for split, (responses, category, others) in samples.items():
        given = responses, category, others, draw(split)
        index, p = unit_p_values(*given, settings["index"], settings["permutations"])
        q = false_discovery_rates(p)
        units = np.arange(len(index))
        top = select_units(index, fraction_of(settings, len(index)))
        enough = min(np.count_nonzero(category), np.count_nonzero(others)) >= FEWEST_CLIPS
        chosen = np.isin(units, top) & enough
        columns = (split, units, index, p, q, q < settings["fdr"], chosen)
        parts.append(pd.DataFrame(dict(zip(UNIT_COLUMNS, columns, strict=True))))
    return pd.concat(parts, ignore_index=True)


def share_of_units(
    units: pd.DataFrame, samples: Mapping[str, Sample], settings: Mapping
) -> pd.DataFrame:
    """Share of the units of one network that are selective, by the clips of each split.

    Args:
        units: From `describe_units`, with its `samples` and `settings`.
        samples: As there.
        settings: As there.

    Returns:
        `SHARE_COLUMNS`: share is of all units, those without an index too; share_in_both of units
        that are selective on either split alike; share_chosen the fixed share, and share_of_chosen
        the share of those units that are selective; ratio is that of the selective units, to the
        clips of the other split.
    """
    by_split = dict(list(units.groupby("split", sort=False)))
    masks = {
        split: of.sort_values("unit")["selective"].to_numpy() for split, of in by_split.items()
    }
    in_both = np.logical_and.reduce(list(masks.values())).mean()
    rows = []
    for split, (_, category, others) in samples.items():
        selective, chosen = masks[split], by_split[split]["chosen"].to_numpy()
        has_index = bool(by_split[split]["index"].notna().any())
        ratio = response_ratio(
            samples[OTHER_SPLIT[split]][0],
            np.flatnonzero(selective),
            *samples[OTHER_SPLIT[split]][1:],
        )
        rows.append(
            {
                "split": split,
                "units": len(selective),
                "category_clips": int(category.sum()),
                "other_clips": int(others.sum()),
                "selective": int(selective.sum()),
                "share": selective.mean() if has_index else math.nan,
                "share_in_both": in_both if has_index else math.nan,
                "share_chosen": chosen.mean(),
                "share_of_chosen": selective[chosen].mean() if chosen.any() else math.nan,
                "ratio": ratio,
                "fdr": settings["fdr"],
                "permutations": settings["permutations"],
                "note": _note(has_index, selective, category, others),
            }
        )
    return pd.DataFrame(rows, columns=SHARE_COLUMNS)


def _note(has_index: bool, selective: np.ndarray, category: np.ndarray, others: np.ndarray) -> str:
    if min(np.count_nonzero(category), np.count_nonzero(others)) < FEWEST_CLIPS:
        return "too few clips of the category, or without it, for an index"
    if not has_index:
        return "no unit responds to some clips more than to others"
    return "" if selective.any() else NO_UNIT.replace("chosen", "found")
