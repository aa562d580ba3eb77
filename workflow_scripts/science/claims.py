"""The paper's numerical claims, and the rule by which ours are held against them.

A claim says in one sentence what was found, where it was published and with which value, which
numbers of our tables answer it (one for each network), and what it has to be distinguished from.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
import pandas as pd

from science.intervals import t_interval
from science.statistics_tests import signed_rank_test

REFERENCE_CONDITION = "the reference condition"

REPRODUCED = "reproduced"
SAME_DIRECTION = "same direction"
NOT_REPRODUCED = "not reproduced"
CANNOT_BE_TESTED = "cannot be tested here"


@dataclass(frozen=True)
class Selection:
    """Which numbers of an analysis' table are meant: one for each network.

    Attributes:
        table: Name of the analysis.
        column: The column that holds the numbers.
        where: Values that other columns must have.
    """

    table: str
    column: str
    where: Mapping[str, object] = field(default_factory=dict)

    def values(self, tables: Mapping[str, pd.DataFrame], reference: str) -> pd.Series:
        """The numbers, indexed by seed; empty where the analysis was not run."""
        if self.table not in tables:
            return pd.Series(dtype=float)
        rows = tables[self.table]
        for column, value in {"features": REFERENCE_CONDITION, **self.where}.items():
            rows = rows[rows[column] == (reference if value == REFERENCE_CONDITION else value)]
        return rows.set_index("seed")[self.column].astype(float)


@dataclass(frozen=True)
class Claim:
    """One published number.

    Attributes:
        id: Name in the scorecard and in `scorecard.tolerances`.
        sentence: The finding in words; `{ours}` stands where the number belongs.
        where: Place in the paper.
        published: The published value.
        published_spread: Its standard deviation over networks, where one was given.
        ours: Our numbers.
        compared_with: What ours are to be distinguished from: a value, or numbers by network.
        direction: The side of `compared_with` on which the published value lies.
        own_p: Our test within each network, where the analysis has one.
    """

    id: str
    sentence: str
    where: str
    published: float
    ours: Selection
    compared_with: float | Selection
    direction: Literal["above", "below"] = "above"
    published_spread: float = math.nan
    own_p: Selection | None = None


CLAIMS = (
    Claim(
        id="detection_other_classes",
        sentence="Networks trained without music detect the other classes with a mean AP of {ours}",
        where="released notebook, 30 epochs",
        published=0.109,
        ours=Selection("detection", "mean_average_precision", {"group": "other"}),
        compared_with=Selection("detection", "chance", {"group": "other"}),
    ),
    Claim(
        id="detection_music_classes",
        sentence="They detect the classes of music, left out of training, with a mean AP of {ours}",
        where="released notebook, 30 epochs",
        published=0.0073,
        ours=Selection("detection", "mean_average_precision", {"group": "apart"}),
        compared_with=Selection("detection", "mean_average_precision", {"group": "other"}),
        direction="below",
    ),
    Claim(
        id="separability_network",
        sentence="A linear read-out of their units tells music from other sounds with an AP of "
        "{ours}",
        where="Results, linear separability",
        published=0.887,
        published_spread=0.005,
        ours=Selection("separability", "average_precision"),
        compared_with=Selection("separability", "chance"),
    ),
    Claim(
        id="mean_response_effect_size",
        sentence="The mean response of all units is higher to music in {ours} of the pairs of one "
        "music and one other clip",
        where="Results, mean response (U = 30,340,954, p = 4.89e-276)",
        published=0.689,
        ours=Selection("mean_response", "effect_size"),
        compared_with=0.5,
        own_p=Selection("mean_response", "log10_p"),
    ),
    Claim(
        id="selectivity_ratio_test",
        sentence="Music-selective units respond {ours} times as strongly to music as to other "
        "sounds, in clips that had no part in choosing them",
        where="Results, music-selective units",
        published=2.07,
        ours=Selection("selectivity", "ratio", {"split": "test"}),
        compared_with=Selection("selectivity", "null_mean", {"split": "test"}),
    ),
    Claim(
        id="selectivity_ratio_train",
        sentence="The same ratio is {ours} in the clips they were chosen by",
        where="Results, music-selective units",
        published=2.07,
        ours=Selection("selectivity", "ratio", {"split": "train"}),
        compared_with=Selection("selectivity", "null_mean", {"split": "train"}),
    ),
)


def score(
    claims: Sequence[Claim],
    tables: Mapping[str, pd.DataFrame],
    reference: str,
    tolerance: float,
    tolerances: Mapping[str, float],
) -> pd.DataFrame:
    """One row for each claim: the published number, ours over networks, the test, a verdict.

    Args:
        claims: What to score.
        tables: The tables of the analyses that were run, by name.
        reference: The condition that claims speak of unless they name another.
        tolerance: Relative distance from the published value that counts as reproduced.
        tolerances: The same for single claims, by id.

    Raises:
        ValueError: A tolerance is given for a claim that does not exist.
    """
    unknown = set(tolerances) - {claim.id for claim in claims}
    if unknown:
        raise ValueError(
            f"scorecard.tolerances names no claim: {', '.join(sorted(unknown))}; there are "
            f"{', '.join(claim.id for claim in claims)}"
        )
    return pd.DataFrame(
        [_row(claim, tables, reference, tolerances.get(claim.id, tolerance)) for claim in claims]
    )


def verdict(claim: Claim, ours: np.ndarray, compared_with: np.ndarray, tolerance: float) -> str:
    """Hold our networks against a claim.

    *reproduced*: our mean lies within the tolerance of the published value, and every network on
    the published side of what it is compared with. *same direction*: the latter alone.
    """
    if len(ours) == 0 or np.isnan(ours).any() or np.isnan(compared_with).any():
        return CANNOT_BE_TESTED
    sign = 1 if claim.direction == "above" else -1
    if not (sign * (ours - compared_with) > 0).all():
        return NOT_REPRODUCED
    near = abs(ours.mean() - claim.published) <= tolerance * abs(claim.published)
    return REPRODUCED if near else SAME_DIRECTION


def _row(claim: Claim, tables: Mapping, reference: str, tolerance: float) -> dict:
    ours = claim.ours.values(tables, reference)
    if isinstance(claim.compared_with, Selection):
        other = claim.compared_with.values(tables, reference).reindex(ours.index)
    else:
        other = pd.Series(claim.compared_with, index=ours.index)
    interval = t_interval(ours.to_numpy())
    finding = verdict(claim, ours.to_numpy(), other.to_numpy(), tolerance)
    return {
        "claim": claim.id,
        "sentence": claim.sentence,
        "where": claim.where,
        "published": claim.published,
        "published_spread": claim.published_spread,
        "ours": ours.mean(),
        "spread": ours.std(ddof=1),
        "low": interval.low,
        "high": interval.high,
        "networks": len(ours),
        "compared_with": other.mean(),
        "tolerance": tolerance,
        **_test(claim, ours, other, tables, reference),
        "verdict": finding,
        "note": _note(claim, ours, tables, finding),
    }


def _test(
    claim: Claim, ours: pd.Series, other: pd.Series, tables: Mapping, reference: str
) -> dict[str, object]:
    if claim.own_p is not None:
        log10_p = claim.own_p.values(tables, reference).max()
        name = "one-sided rank-sum within each network, the largest p"
        return {"test": name, "p": 10.0**log10_p, "log10_p": log10_p}
    sidedness = "greater" if claim.direction == "above" else "less"
    known = ours.notna() & other.notna()
    result = signed_rank_test(ours[known].to_numpy(), other[known].to_numpy(), sidedness)
    name = "; ".join(part for part in ("one-sided signed-rank over networks", result.note) if part)
    return {"test": name, "p": result.p, "log10_p": result.log10_p}


def _note(claim: Claim, ours: pd.Series, tables: Mapping, finding: str) -> str:
    if finding != CANNOT_BE_TESTED:
        return ""
    if claim.ours.table not in tables:
        return f"the analysis {claim.ours.table} is not in run.analyses"
    return "no network has this number" if ours.empty else "the number is not defined here"
