"""What a claim of the paper is, and the rule by which our numbers are held against it.

A claim says in one sentence what was found, where it was published and with which value, which
numbers of our tables answer it (one for each network), and what it has to be distinguished from.
The claims themselves are in `published_claims`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
import pandas as pd

from science.intervals import t_interval
from science.statistics_tests import SIGNIFICANCE_LEVEL, rank_sum_test, signed_rank_test

REFERENCE_CONDITION = "the reference condition"

REPRODUCED = "reproduced"
SAME_DIRECTION = "same direction"
NOT_REPRODUCED = "not reproduced"
CANNOT_BE_TESTED = "cannot be tested here"


@dataclass(frozen=True)
class Selection:
    """Which numbers of an analysis' table are meant: one for each network, or one of them all.

    Attributes:
        table: Name of the analysis.
        column: The column that holds the numbers.
        where: Values that other columns must have.
    """

    table: str
    column: str
    where: Mapping[str, object] = field(default_factory=dict)

    def values(self, tables: Mapping[str, pd.DataFrame], reference: str) -> pd.Series:
        """The numbers, indexed by seed where they have one; empty where the analysis was not run.

        A table without the column `seed` pools all networks, and gives a single number.
        """
        rows = self.rows(tables, reference)
        if rows.empty:
            return pd.Series(dtype=float)
        seeds = rows["seed"] if "seed" in rows else range(len(rows))
        return pd.Series(rows[self.column].to_numpy(dtype=float), index=seeds)

    def rows(self, tables: Mapping[str, pd.DataFrame], reference: str) -> pd.DataFrame:
        """The rows of the table that hold the numbers."""
        if self.table not in tables:
            return pd.DataFrame()
        rows = tables[self.table]
        for column, value in {"features": REFERENCE_CONDITION, **self.where}.items():
            rows = rows[rows[column] == (reference if value == REFERENCE_CONDITION else value)]
        return rows


@dataclass(frozen=True)
class Claim:
    """One published finding.

    Attributes:
        id: Name in the scorecard and in `scorecard.tolerances`.
        sentence: The finding in words; `{ours}` stands where the number belongs.
        where: Place in the paper.
        ours: Our numbers.
        compared_with: What ours are to be distinguished from: a value, or numbers by network (a
            feature set without seeds has one number for all networks).
        published: The published value; NaN for a finding in words, which is its direction alone.
        published_spread: Its standard deviation over networks, where one was given.
        direction: The side of `compared_with` on which the published value lies; 'equal' where
            the paper found no difference.
        own_p: Base-10 logarithm of the p of our own test, where the analysis has one.
    """

    id: str
    sentence: str
    where: str
    ours: Selection
    compared_with: float | Selection
    published: float = math.nan
    published_spread: float = math.nan
    direction: Literal["above", "below", "equal"] = "above"
    own_p: Selection | None = None


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

    *reproduced*: our mean lies within the tolerance of the published value (where there is one),
    and every network on the published side of what it is compared with. *same direction*: the
    latter alone. A claim of no difference is *reproduced* where a two-sided rank-sum test over
    networks, with enough of them to find one, finds none at 5%.
    """
    empty = len(ours) == 0 or len(compared_with) == 0
    if empty or np.isnan(ours).any() or np.isnan(compared_with).any():
        return CANNOT_BE_TESTED
    if claim.direction == "equal":
        result = rank_sum_test(ours, compared_with)
        if math.isnan(result.p) or not result.can_be_significant:
            return CANNOT_BE_TESTED
        return REPRODUCED if result.p >= SIGNIFICANCE_LEVEL else NOT_REPRODUCED
    sign = 1 if claim.direction == "above" else -1
    if not (sign * (ours - compared_with) > 0).all():
        return NOT_REPRODUCED
    near = not abs(ours.mean() - claim.published) > tolerance * abs(claim.published)
    return REPRODUCED if near else SAME_DIRECTION


def _row(claim: Claim, tables: Mapping, reference: str, tolerance: float) -> dict:
    ours = claim.ours.values(tables, reference)
    other = _compared_with(claim, ours, tables, reference)
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
        "networks": _networks(claim, ours, tables, reference),
        "compared_with": other.mean(),
        "tolerance": tolerance,
        **_test(claim, ours, other, tables, reference),
        "verdict": finding,
        "note": _note(claim, ours, other, tables, finding),
    }


def _compared_with(claim: Claim, ours: pd.Series, tables: Mapping, reference: str) -> pd.Series:
    """What each of our numbers is compared with, indexed as ours are."""
    if not isinstance(claim.compared_with, Selection):
        return pd.Series(claim.compared_with, index=ours.index, dtype=float)
    other = claim.compared_with.values(tables, reference)
    if len(other) == 1:
        return pd.Series(other.iloc[0], index=ours.index)
    if len(ours) == 1:
        return other
    return other.reindex(ours.index)


def _networks(claim: Claim, ours: pd.Series, tables: Mapping, reference: str) -> int:
    """How many networks our numbers come from; a pooled table says it in a column."""
    rows = claim.ours.rows(tables, reference)
    return int(rows["networks"].sum()) if "networks" in rows else len(ours)


def _test(
    claim: Claim, ours: pd.Series, other: pd.Series, tables: Mapping, reference: str
) -> dict[str, object]:
    if claim.own_p is not None:
        return _own_test(claim.own_p, tables, reference)
    known_ours, known_other = ours.dropna(), other.dropna()
    if claim.direction == "equal":
        result = rank_sum_test(known_ours.to_numpy(), known_other.to_numpy())
        name = "two-sided rank-sum over networks"
    elif len(ours) == len(other):
        sidedness = "greater" if claim.direction == "above" else "less"
        pairs = known_ours.index.intersection(known_other.index)
        result = signed_rank_test(
            known_ours[pairs].to_numpy(), known_other[pairs].to_numpy(), sidedness
        )
        name = "one-sided signed-rank over networks"
    else:
        sidedness = "less" if claim.direction == "above" else "greater"
        known = known_other.to_numpy() if len(known_ours) else np.empty(0)
        differences = known - known_ours.to_numpy()
        result = signed_rank_test(differences, None, sidedness)
        name = "one-sided signed-rank over networks"
    name = "; ".join(part for part in (name, result.note) if part)
    return {"test": name, "p": result.p, "log10_p": result.log10_p}


def _own_test(selection: Selection, tables: Mapping, reference: str) -> dict[str, object]:
    """The analysis' own test; of several networks the one with the largest p."""
    rows = selection.rows(tables, reference)
    if rows.empty or rows[selection.column].isna().all():
        return {"test": "", "p": math.nan, "log10_p": math.nan}
    row = rows.loc[rows[selection.column].idxmax()]
    name = f"{row['test']}, {row['sidedness']}"
    if rows[selection.column].nunique() > 1:
        name += ", within each network: the largest p"
    log10_p = float(row[selection.column])
    return {"test": name, "p": 10.0**log10_p, "log10_p": log10_p}


def _note(claim: Claim, ours: pd.Series, other: pd.Series, tables: Mapping, finding: str) -> str:
    if finding != CANNOT_BE_TESTED:
        return ""
    selections = (claim.ours, claim.compared_with)
    absent = [
        selection.table
        for selection in selections
        if isinstance(selection, Selection) and selection.table not in tables
    ]
    if absent:
        return f"the analysis {absent[0]} is not in run.analyses"
    if ours.empty:
        return "no network has this number"
    if ours.notna().all() and other.notna().all() and claim.direction == "equal":
        return "too few networks to find a difference"
    if ours.notna().all():
        return "what it is compared with was not run, or is not defined here"
    return "the number is not defined here"
