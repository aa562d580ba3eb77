"""What a claim is: a finding, whose networks it is about, and which of our numbers answer it.

A finding says in one sentence what was found, which numbers of our tables answer it (one for each
network), how these are computed, and what they have to be distinguished from. It names its networks
by the role they play (`ROLES`) and its category by `TARGET`; a `Cast` says which condition of a run
plays which role, and for which category.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Literal

import numpy as np
import pandas as pd

from science.statistics.tests import rank_sum_test

REPRODUCED = "reproduced"
SAME_DIRECTION = "same direction"
NOT_REPRODUCED = "not reproduced"
CANNOT_BE_TESTED = "cannot be tested here"
VERDICTS = (REPRODUCED, SAME_DIRECTION, NOT_REPRODUCED, CANNOT_BE_TESTED)

# Stands for the run's target in `Selection.category`.
TARGET = "{category}"
REFERENCE = "reference"
WITH_CATEGORY = "with_category"
UNTRAINED = "untrained"
MEMORISED = "memorised"
WITHOUT_MORE = "without_more"
# What the networks of each role are, to complete "no condition of this run is ...".
ROLES = {
    REFERENCE: "trained on true labels without the classes of {category}",
    WITH_CATEGORY: "trained on true labels with the classes of {category} among them",
    UNTRAINED: "left untrained",
    MEMORISED: "trained on random labels",
    WITHOUT_MORE: "trained on true labels without the classes of {category} and further ones",
}


@dataclass(frozen=True)
class Cast:
    """Which conditions play the roles that findings name, and for which category.

    Attributes:
        category: The target.
        condition_of: A condition for each role that one plays.
        reference: The run's reference condition, which a reader takes a sentence to be about.
        more: What the networks of `WITHOUT_MORE` did not hear beside the category, in words; empty
            where no condition plays that role.
    """

    category: str
    condition_of: Mapping[str, str]
    reference: str
    more: str = ""

    def fill(self, text: str) -> str:
        """A text of a finding with the category in place; the place of our number stays."""
        category = self.category.replace("_", " ")
        capital = category[:1].upper() + category[1:]
        more = self.more or "further classes"
        return text.format(category=category, Category=capital, more=more, ours="{ours}")


@dataclass(frozen=True)
class Selection:
    """Which numbers of an analysis' table are meant: one for each network, or one of them all.

    Attributes:
        table: Name of the analysis, or of a table beside it: `quilts/tests`.
        column: The column that holds the numbers.
        features: A role, later the condition that plays it; or a baseline.
        where: Values that other columns must have.
        category: Whose units and clips; None for a table that is of the target alone and does not
            name it.
        second: Role of the networks that each is compared with, which gives the table the columns
            `share` (of these whose value is smaller) and of a test.
        absent: Why there cannot be such numbers: no condition plays a role. Empty where one does.
    """

    table: str
    column: str
    features: str = REFERENCE
    where: Mapping[str, object] = field(default_factory=dict)
    category: str | None = TARGET
    second: str | None = None
    absent: str = ""

    def of(self, cast: Cast) -> Selection:
        """The same numbers, of the conditions and the category of a run."""
        names = [name for name in (self.features, self.second) if name is not None]
        unplayed = [name for name in names if name in ROLES and name not in cast.condition_of]
        return replace(
            self,
            features=cast.condition_of.get(self.features, self.features),
            second=cast.condition_of.get(self.second, self.second),
            category=cast.category if self.category == TARGET else self.category,
            absent="".join(
                f"no condition of this run is {cast.fill(ROLES[name])}" for name in unplayed[:1]
            ),
        )

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
        if self.table not in tables or self.missing(tables):
            return pd.DataFrame()
        rows = _matching(tables[self.table], self.where)
        if self.category is not None:
            rows = _matching(rows, {"category": self.category})
        of_features = _matching(rows, {"features": self.features})
        if self.second is None:
            return of_features
        return _compared(of_features, _matching(rows, {"features": self.second}))

    def missing(self, tables: Mapping[str, pd.DataFrame]) -> str:
        """Why the table has no such numbers, if it lacks the condition or the category."""
        if self.absent:
            return self.absent
        table = tables[self.table]
        known = set(table["features"])
        lacking = [name for name in (self.features, self.second) if name and name not in known]
        if self.category is not None and self.category not in set(table["category"]):
            lacking.append(self.category)
        return "".join(
            f"the finding needs {name}, which has no row in analyses/{self.table}.csv"
            for name in lacking[:1]
        )


def _matching(table: pd.DataFrame, wanted: Mapping[str, object]) -> pd.DataFrame:
    for column, value in wanted.items():
        table = table[table[column] == value]
    return table


def _compared(first: pd.DataFrame, second: pd.DataFrame) -> pd.DataFrame:
    """Networks with the share of others whose value is smaller, and the test that theirs is larger.

    Ties count half, so that the mean share is the effect size U / (n1 n2).
    """
    values, others = first["value"].dropna().to_numpy(), second["value"].dropna().to_numpy()
    result = rank_sum_test(values, others, "greater")
    signs = np.sign(first["value"].to_numpy()[:, None] - others)
    shares = (signs.mean(axis=1) + 1) / 2 if len(others) else math.nan
    return first.assign(share=shares, **asdict(result))


@dataclass(frozen=True)
class Bound:
    """How far a finding in words must go: a value or numbers by network, and its name."""

    value: float | Selection
    words: str


@dataclass(frozen=True)
class Claim:
    """One finding, with the number that was published for it or without one.

    Attributes:
        id: Name in the scorecard and in `scorecard.tolerances`.
        sentence: The finding in words, to be understood without any other; `{ours}` stands where
            the number belongs, `{category}` and at the beginning `{Category}` where the category
            does, `{more}` for what `WITHOUT_MORE` leaves out beside it.
        ours: Our numbers.
        compared_with: What ours are to be distinguished from: a value, or numbers by network (a
            feature set without seeds has one number for all networks); None for a number that was
            published without a comparison.
        computed: How our number is computed, in words.
        direction: The side of `compared_with` on which the published value lies; 'equal' where
            the paper found no difference.
        own_p: The p of the analysis' own test, where it has one: the column log10_p, or null_p
            for a permutation of labels.
        bound: For a finding in words that says how much ("high", "at chance"), what ours must
            reach to be that.
        where: Place in the paper; the analysis where the finding is not the paper's.
        published: The published value; NaN for a finding in words, which is its direction alone.
        published_spread: Its standard deviation over networks, where one was given.
        tolerance: Relative distance from the published value that counts as reproduced, for a
            number to which the general one would be too wide to mean anything; None for that.
    """

    id: str
    sentence: str
    ours: Selection
    compared_with: float | Selection | None
    computed: str = ""
    direction: Literal["above", "below", "equal"] = "above"
    own_p: Selection | None = None
    bound: Bound | None = None
    where: str = ""
    published: float = math.nan
    published_spread: float = math.nan
    tolerance: float | None = None

    def of(self, cast: Cast) -> Claim:
        """The claim about the conditions and the category of a run."""
        ours = self.ours.of(cast)
        sentence = cast.fill(self.sentence)
        if self.ours.features == REFERENCE and not ours.absent and ours.features != cast.reference:
            sentence += f" (networks of {ours.features})"
        bound = self.bound and replace(self.bound, value=_of(self.bound.value, cast))
        return replace(
            self,
            sentence=sentence,
            computed=cast.fill(self.computed),
            ours=ours,
            compared_with=_of(self.compared_with, cast),
            own_p=_of(self.own_p, cast),
            bound=bound,
            where=self.where or self.ours.table.split("/")[0].replace("_", " ").capitalize(),
        )

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


def _of(given: float | Selection | None, cast: Cast) -> float | Selection | None:
    return given.of(cast) if isinstance(given, Selection) else given


def headlines(rows: Iterable[Mapping]) -> list[Mapping]:
    """The first claim that could be tested of each place in the paper, in the scorecard's order.

    Args:
        rows: Rows of the scorecard, with at least `where` and `verdict`.
    """
    first_of_place: dict[str, Mapping] = {}
    for row in rows:
        if row["verdict"] != CANNOT_BE_TESTED:
            first_of_place.setdefault(row["where"], row)
    return list(first_of_place.values())
