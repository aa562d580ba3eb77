"""The scorecard: our numbers compared with the published ones, claim by claim."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from science.scorecard.claims import (
    CANNOT_BE_TESTED,
    NOT_REPRODUCED,
    REPRODUCED,
    SAME_DIRECTION,
    Bound,
    Claim,
    Selection,
)
from science.statistics.intervals import t_interval
from science.statistics.tests import SIGNIFICANCE_LEVEL, rank_sum_test, signed_rank_test

# Equal numbers deviate from their own mean by a few of its last digits (1e-16 of it) at most.
ROUNDING = 1e-9


@dataclass(frozen=True)
class Evidence:
    """Our numbers on one claim, all indexed by seed where they are by network.

    Attributes:
        ours: Our numbers.
        compared_with: What each is to be distinguished from; NaN where nothing is.
        bound: What each must reach; None where the claim has no bound.
        test: Name of the test.
        log10_p: Base-10 logarithm of its p.
        smallest_p: The least p that the analysis' own test could have given, NaN where unknown.
    """

    ours: pd.Series
    compared_with: pd.Series
    bound: pd.Series | None = None
    test: str = ""
    log10_p: float = math.nan
    smallest_p: float = math.nan

    def known(self, claim: Claim) -> bool:
        """Whether there is a number for every network, and for all that it is compared with."""
        needed = [self.ours]
        if claim.compared_with is not None:
            needed.append(self.compared_with)
        if self.bound is not None:
            needed.append(self.bound)
        return all(len(values) > 0 and values.notna().all() for values in needed)


def score(
    claims: Sequence[Claim],
    tables: Mapping[str, pd.DataFrame],
    tolerance: float,
    tolerances: Mapping[str, float],
) -> pd.DataFrame:
    """One row for each claim: the published number, ours over networks, the test, a verdict.

    Args:
        claims: What to score, about the conditions and the category of the run (`Claim.of`).
        tables: The tables of the analyses that were run, by name.
        tolerance: Relative distance from the published value that counts as reproduced, except for
            claims that have one of their own.
        tolerances: The same for single claims, by id; goes before both.
    """
    rows = []
    for claim in claims:
        own = tolerance if claim.tolerance is None else claim.tolerance
        rows.append(_row(claim, tables, tolerances.get(claim.id, own)))
    return pd.DataFrame(rows)


def verdict(claim: Claim, evidence: Evidence, tolerance: float) -> str:
    """Judge our networks by a claim's `Claim.criterion`.

    *reproduced*: our mean lies within the tolerance of the published value (where there is one),
    every network on the published side of what it is compared with and beyond the bound, and the
    analysis' own test (where it has one) finds it at 5%. *same direction*: every network on the
    published side, but not the rest. *cannot be tested here*: a number is missing, or the
    analysis' own test could not have found anything whatever the outcome.
    """
    if not evidence.known(claim) or evidence.smallest_p >= SIGNIFICANCE_LEVEL:
        return CANNOT_BE_TESTED
    ours, other = evidence.ours.to_numpy(), evidence.compared_with.to_numpy()
    near = not abs(ours.mean() - claim.published) > tolerance * abs(claim.published)
    if claim.compared_with is None:
        return REPRODUCED if near else NOT_REPRODUCED
    if claim.direction == "equal":
        return _verdict_of_no_difference(ours, other, tolerance)
    sign = 1 if claim.direction == "above" else -1
    if not (sign * (ours - other) > 0).all():
        return NOT_REPRODUCED
    beyond = evidence.bound is None or (sign * (ours - evidence.bound.to_numpy()) >= 0).all()
    found = claim.own_p is None or evidence.log10_p < math.log10(SIGNIFICANCE_LEVEL)
    return REPRODUCED if near and beyond and found else SAME_DIRECTION


def _verdict_of_no_difference(ours: np.ndarray, other: np.ndarray, tolerance: float) -> str:
    result = rank_sum_test(ours, other)
    if math.isnan(result.p) or not result.can_be_significant:
        return CANNOT_BE_TESTED
    if result.p < SIGNIFICANCE_LEVEL:
        return NOT_REPRODUCED
    # Networks that scatter widely hide a difference; that none was found then says nothing.
    alike = abs(ours.mean() - other.mean()) <= tolerance * abs(other.mean())
    return REPRODUCED if alike else CANNOT_BE_TESTED


def _row(claim: Claim, tables: Mapping, tolerance: float) -> dict:
    evidence = _evidence(claim, tables)
    ours = evidence.ours
    interval = t_interval(ours.to_numpy())
    finding = verdict(claim, evidence, tolerance)
    return {
        "claim": claim.id,
        "sentence": claim.sentence,
        "where": claim.where,
        "features": "" if claim.ours.absent else claim.ours.features,
        "published": claim.published,
        "published_spread": claim.published_spread,
        "ours": ours.mean(),
        "spread": _spread(ours),
        "low": interval.low,
        "high": interval.high,
        "networks": _networks(claim, ours, tables),
        "compared_with": evidence.compared_with.mean(),
        "tolerance": tolerance,
        "test": evidence.test,
        "p": 10.0**evidence.log10_p,
        "log10_p": evidence.log10_p,
        "verdict": finding,
        "note": _reason(claim, evidence, tables) if finding == CANNOT_BE_TESTED else "",
        "computed": claim.computed,
        "criterion": claim.criterion(tolerance),
    }


def _spread(ours: pd.Series) -> float:
    """Standard deviation over networks; 0 where they differ by rounding alone."""
    spread = ours.std(ddof=1)
    return 0.0 if spread < ROUNDING * ours.abs().max() else spread


def _evidence(claim: Claim, tables: Mapping) -> Evidence:
    ours = claim.ours.values(tables)
    other = _beside(ours, claim.compared_with, tables)
    bound = None
    if claim.bound is not None:
        bound = _beside(ours, claim.bound.value, tables)
    if claim.own_p is not None:
        own = claim.own_p.rows(tables)
        smallest = own["smallest_possible_p"].max() if "smallest_possible_p" in own else math.nan
        return Evidence(ours, other, bound, *_own_test(own, claim.own_p.column), smallest)
    if claim.compared_with is None:
        return Evidence(ours, other, bound)
    return Evidence(ours, other, bound, *_test_over_networks(claim, ours, other))


def _beside(ours: pd.Series, given: float | Selection | None, tables: Mapping) -> pd.Series:
    """What each of our numbers is compared with, indexed as ours are."""
    if not isinstance(given, Selection):
        value = math.nan if given is None else given
        return pd.Series(value, index=ours.index, dtype=float)
    other = given.values(tables)
    if len(other) == 1:
        return pd.Series(other.iloc[0], index=ours.index)
    if len(ours) == 1:
        return other
    return other.reindex(ours.index)


def _networks(claim: Claim, ours: pd.Series, tables: Mapping) -> int:
    """How many networks our numbers come from; a pooled table says it in a column."""
    rows = claim.ours.rows(tables)
    return int(rows["networks"].sum()) if "networks" in rows else len(ours)


def _test_over_networks(claim: Claim, ours: pd.Series, other: pd.Series) -> tuple[str, float]:
    """Name and log10 p of a test of our networks against what they are compared with."""
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
    return "; ".join(part for part in (name, result.note) if part), result.log10_p


def _own_test(rows: pd.DataFrame, column: str) -> tuple[str, float]:
    """Name and log10 p of the analysis' own test; of several networks the one with the largest."""
    if rows.empty or rows[column].isna().all():
        return "", math.nan
    row = rows.loc[rows[column].idxmax()]
    if column == "null_p":
        name, log10_p = "permutation of labels, greater", math.log10(row[column])
    else:
        name, log10_p = f"{row['test']}, {row['sidedness']}", float(row[column])
    if rows[column].nunique() > 1:
        name += ", within each network: the largest p"
    return name, log10_p


def _reason(claim: Claim, evidence: Evidence, tables: Mapping) -> str:
    """Why a claim cannot be tested: the table's own words where it has any."""
    selections = list(_selections(claim))
    for given in selections:
        if given.absent:
            return given.absent
        if given.table not in tables:
            return f"the analysis {given.table.split('/')[0]} is not in run.analyses"
    if not evidence.known(claim):
        for given in selections:
            if words := _noted(given, tables) or given.missing(tables):
                return words
        if evidence.ours.empty:
            return "no network has this number"
        if evidence.ours.notna().all():
            return "what it is compared with was not run, or is not defined here"
        return "the number is not defined here"
    if claim.direction != "equal":
        notes = _notes(claim.own_p.rows(tables))
        return notes or f"no outcome could give a p below {evidence.smallest_p:.2g}"
    if not rank_sum_test(evidence.ours, evidence.compared_with).can_be_significant:
        return "too few networks to find a difference"
    return "no difference is found, but networks scatter too widely to say that there is none"


def _selections(claim: Claim) -> Iterator[Selection]:
    bound = claim.bound.value if isinstance(claim.bound, Bound) else None
    for given in (claim.ours, claim.compared_with, bound):
        if isinstance(given, Selection):
            yield given


def _noted(selection: Selection, tables: Mapping) -> str:
    """What a table notes of the numbers, or of there being no networks in it."""
    table, rows = tables[selection.table], selection.rows(tables)
    if "note" not in table:
        return ""
    if rows.empty:
        rows = table[table["features"].isna() | (table["features"] == "")]
        if selection.category is not None:
            rows = rows[rows["category"].isna() | (rows["category"] == selection.category)]
    elif rows[selection.column].notna().all():
        return ""
    return _notes(rows)


def _notes(rows: pd.DataFrame) -> str:
    """The first note of some rows of a table, if there is any."""
    notes = rows["note"].dropna() if "note" in rows else pd.Series(dtype=object)
    notes = notes[notes != ""]
    return "" if notes.empty else str(notes.iloc[0])
