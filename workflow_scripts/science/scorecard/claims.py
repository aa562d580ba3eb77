"""What a claim of the paper is: a published finding, and which of our numbers answer it.

A claim says in one sentence what was found, where it was published and with which value, which
numbers of our tables answer it (one for each network), how these are computed, and what they have
to be distinguished from. The numbers are those of the condition that was published, whichever
condition is a run's reference. The claims themselves are in `published_claims`; `scorecard` holds
our numbers against them.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

import pandas as pd

NO_MUSIC = "no_music"

REPRODUCED = "reproduced"
SAME_DIRECTION = "same direction"
NOT_REPRODUCED = "not reproduced"
CANNOT_BE_TESTED = "cannot be tested here"


@dataclass(frozen=True)
class Selection:
    """Which numbers of an analysis' table are meant: one for each network, or one of them all.

    Attributes:
        table: Name of the analysis, or of a table beside it: `quilts/tests`.
        column: The column that holds the numbers.
        where: Values that other columns must have; `features` is `no_music` unless it is named.
        relative_to: The condition whose networks the numbers hold others against, where they tell
            how two conditions differ; None for numbers of one.
    """

    table: str
    column: str
    where: Mapping[str, object] = field(default_factory=dict)
    relative_to: str | None = None

    @property
    def features(self) -> str:
        """The condition or baseline whose numbers are meant."""
        return self.where.get("features", NO_MUSIC)

    def values(self, tables: Mapping[str, pd.DataFrame]) -> pd.Series:
        """The numbers, indexed by seed where they have one; empty where the analysis was not run.

        A table without the column `seed` pools all networks, and gives a single number.
        """
        rows = self.rows(tables)
        if rows.empty:
            return pd.Series(dtype=float)
        seeds = rows["seed"] if "seed" in rows else range(len(rows))
        return pd.Series(rows[self.column].to_numpy(dtype=float), index=seeds)

    def rows(self, tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
        """The rows of the table that hold the numbers."""
        if self.table not in tables or self.absent_features(tables):
            return pd.DataFrame()
        rows = tables[self.table]
        for column, value in {"features": self.features, **self.where}.items():
            rows = rows[rows[column] == value]
        return rows

    def absent_features(self, tables: Mapping[str, pd.DataFrame]) -> list[str]:
        """Conditions and baselines that the numbers need and the table has no row of."""
        known = set(tables[self.table]["features"])
        needed = [self.features] if self.relative_to is None else [self.features, self.relative_to]
        return [name for name in needed if name not in known]


@dataclass(frozen=True)
class Bound:
    """How far a finding in words must go: a value or numbers by network, and its name."""

    value: float | Selection
    words: str


@dataclass(frozen=True)
class Claim:
    """One published finding.

    Attributes:
        id: Name in the scorecard and in `scorecard.tolerances`.
        sentence: The finding in words, to be understood without any other; `{ours}` stands where
            the number belongs.
        where: Place in the paper.
        ours: Our numbers.
        compared_with: What ours are to be distinguished from: a value, or numbers by network (a
            feature set without seeds has one number for all networks); None for a number that was
            published without a comparison.
        computed: How our number is computed, in words.
        published: The published value; NaN for a finding in words, which is its direction alone.
        published_spread: Its standard deviation over networks, where one was given.
        direction: The side of `compared_with` on which the published value lies; 'equal' where
            the paper found no difference.
        own_p: The p of the analysis' own test, where it has one: the column log10_p, or null_p
            for a permutation of labels.
        bound: For a finding in words that says how much ("high", "at chance"), what ours must
            reach to be that.
        tolerance: Relative distance from the published value that counts as reproduced, for a
            number to which the general one would be too wide to mean anything; None for that.
    """

    id: str
    sentence: str
    where: str
    ours: Selection
    compared_with: float | Selection | None
    computed: str = ""
    published: float = math.nan
    published_spread: float = math.nan
    direction: Literal["above", "below", "equal"] = "above"
    own_p: Selection | None = None
    bound: Bound | None = None
    tolerance: float | None = None

    def criterion(self, tolerance: float) -> str:
        """What counts as reproduced, in words, at a relative tolerance."""
        near = f"our mean is within {tolerance:.0%} of the published value"
        if self.compared_with is None:
            return near
        if self.direction == "equal":
            return (
                "a two-sided rank-sum test over networks finds no difference at 5%, and the means "
                f"lie within {tolerance:.0%} of each other"
            )
        parts = [] if math.isnan(self.published) else [near]
        parts.append(f"every network is {self.direction} what it is compared with")
        if self.bound is not None:
            limit = "at least" if self.direction == "above" else "at most"
            parts.append(f"every network is {limit} {self.bound.words}")
        if self.own_p is not None:
            parts.append("the analysis' own test has p < 0.05")
        return ", and ".join(parts)
