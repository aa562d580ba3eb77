"""What a claim is: a finding, whose networks it is about, and which of our numbers answer it.

A finding says in one sentence what was found, which numbers of our tables answer it (one for each
network), how these are computed, and what they are compared with. It names its networks by the role
they play (`ROLES`), its category by `TARGET` and the two splits by what they are for; a `Cast` says
which condition of a run plays which role, and for which category.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

import numpy as np
import pandas as pd

from science.baselines.feature_sets import BRAIN, WITHOUT_NETWORK

REPRODUCED = "reproduced"
SAME_DIRECTION = "same direction"
INCONCLUSIVE = "inconclusive"
CONTRADICTED = "contradicted"
CANNOT_BE_TESTED = "cannot be tested"
VERDICTS = (REPRODUCED, SAME_DIRECTION, INCONCLUSIVE, CONTRADICTED, CANNOT_BE_TESTED)

# How the place begins of a finding that is not the paper's, whatever the target.
BEYOND = "Beyond the paper"
# Stand in a `Selection` for the run's target, the split that units are chosen on, and the other.
TARGET = "{category}"
CHOSEN_ON = "{chosen_on}"
HELD_OUT = "{held_out}"
OTHER_SPLIT = {"train": "test", "test": "train"}
REFERENCE = "reference"
WITH_CATEGORY = "with_category"
UNTRAINED = "untrained"
MEMORISED = "memorised"
WITHOUT_MORE = "without_more"
Direction = Literal["above", "below", "equal", "not above", "not below"]
# On which sides of zero a difference would speak against an absence.
SIDES = {"equal": (1, -1), "not above": (1,), "not below": (-1,)}
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
        unheard: Other categories, by name, that these networks heard nothing of.
        chosen_on: The split whose clips choose the units.
    """

    category: str
    condition_of: Mapping[str, str]
    reference: str
    more: str = ""
    unheard: tuple[str, ...] = ()
    chosen_on: str = "test"

    def fill(self, text: str) -> str:
        """A text of a finding with the category in place; the place of our number stays."""
        category = self.category.replace("_", " ")
        return text.format(
            category=category,
            Category=category[:1].upper() + category[1:],
            more=self.more or "further classes",
            chosen_on=self.chosen_on,
            held_out=OTHER_SPLIT[self.chosen_on],
            ours="{ours}",
        )


@dataclass(frozen=True)
class Selection:
    """Which numbers of an analysis' table are meant: one for each network, or one of them all.

    Attributes:
        table: Name of the analysis, or of a table beside it: `quilts/tests`.
        column: The column that holds the numbers.
        features: A role, later the condition that plays it; or a baseline; None for a table that
            is about clips.
        where: Values that other columns must have; of a tuple, one of these.
        category: Whose units and clips; None for a table that is of the target alone and does not
            name it.
        less: A column that is subtracted.
        worst: Of several rows of a network, which counts: the 'least' or the 'greatest'. Empty
            where there is one.
        floor: Numbers below it count as this.
        known_only: Whether rows without a number have no part, as a sub-class without clips.
        absent: Why there cannot be such numbers: no condition plays a role. Empty where one does.
    """

    table: str
    column: str
    features: str | None = REFERENCE
    where: Mapping[str, object] = field(default_factory=dict)
    category: str | None = TARGET
    less: str = ""
    worst: Literal["", "least", "greatest"] = ""
    floor: float = -math.inf
    known_only: bool = False
    absent: str = ""

    def of(self, cast: Cast) -> Selection:
        """The same numbers, of the conditions, the category and the splits of a run."""
        unplayed = self.features in ROLES and self.features not in cast.condition_of
        return replace(
            self,
            features=cast.condition_of.get(self.features, self.features),
            category=cast.category if self.category == TARGET else self.category,
            where={
                column: cast.fill(value) if isinstance(value, str) else value
                for column, value in self.where.items()
            },
            absent=f"no condition of this run is {cast.fill(ROLES[self.features])}"
            if unplayed
            else "",
        )

    @property
    def constant(self) -> bool:
        """Whether these numbers come from no network: a baseline's, or the brain's."""
        return self.features in (*WITHOUT_NETWORK, BRAIN)

    def values(self, tables: Mapping[str, pd.DataFrame]) -> pd.Series:
        """The numbers, indexed by seed where they have one; empty where the analysis was not run.

        A table without the column `seed` pools all networks, and gives a single number.
        """
        rows = self.rows(tables)
        if rows.empty:
            return pd.Series(dtype=float)
        numbers = rows[self.column].to_numpy(dtype=float)
        if self.less:
            numbers = numbers - rows[self.less].to_numpy(dtype=float)
        numbers = np.maximum(numbers, self.floor)
        if self.pooled(tables):
            return pd.Series(numbers)
        by_seed = pd.Series(numbers, index=rows["seed"].to_numpy())
        if self.known_only:
            by_seed = by_seed.dropna()
        if not self.worst:
            return by_seed
        # Of a network with a number that is missing nothing is known, not even the others' worst.
        of_network = by_seed.groupby(level=0)
        worst = of_network.min() if self.worst == "least" else of_network.max()
        return worst.where(of_network.count() == of_network.size())

    def pooled(self, tables: Mapping[str, pd.DataFrame]) -> bool:
        """Whether the table has one row for all networks of a condition."""
        return self.table in tables and "seed" not in tables[self.table]

    def rows(self, tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
        """The rows of the table that hold the numbers.

        Raises:
            ValueError: There are such rows, without the column that is meant.
        """
        if self.table not in tables or self.absent:
            return pd.DataFrame()
        table = tables[self.table]
        named = {"category": self.category, "features": self.features}
        wanted = self.where | {name: value for name, value in named.items() if value is not None}
        if not set(wanted) <= set(table.columns):
            return pd.DataFrame()
        among = np.ones(len(table), dtype=bool)
        for column, value in wanted.items():
            values = value if isinstance(value, tuple) else (value,)
            column_values = table[column].to_numpy()
            among &= np.logical_or.reduce([column_values == one for one in values])
        unknown = [name for name in (self.column, self.less) if name and name not in table]
        if unknown and among.any():
            raise ValueError(
                f"a finding reads {' and '.join(unknown)} of analyses/{self.table}.csv, whose "
                f"columns are {', '.join(table)}"
            )
        return table[among]

    def missing(self, tables: Mapping[str, pd.DataFrame]) -> str:
        """Why the table has no such numbers, if it lacks the condition or the category."""
        if self.absent:
            return self.absent
        table = tables[self.table]
        for column, name in (("features", self.features), ("category", self.category)):
            if name is not None and name not in set(table.get(column, ())):
                return f"the finding needs {name}, which has no row in analyses/{self.table}.csv"
        return ""


@dataclass(frozen=True)
class Contrast:
    """An effect that the paper contrasts an absence with; half of it is the absence's margin.

    Attributes:
        larger: Where the effect is.
        smaller: What it is an effect against.
        words: What the effect is, to complete "half of ...".
    """

    larger: Selection
    smaller: float | Selection
    words: str

    def of(self, cast: Cast) -> Contrast:
        """The same, of a run."""
        return Contrast(self.larger.of(cast), _of(self.smaller, cast), cast.fill(self.words))


@dataclass(frozen=True)
class Claim:
    """One finding, whose published numbers stand in `kim2024` under its id.

    Attributes:
        id: Name in the scorecard and in `scorecard.tolerances`.
        sentence: The finding in words, to be understood without any other; `{ours}` stands where
            the number belongs, `{category}` and at the beginning `{Category}` where the category
            does, `{more}` for what `WITHOUT_MORE` leaves out beside it.
        ours: Our numbers.
        compared_with: What ours are to be distinguished from: a value, or numbers by network (a
            feature set without seeds has one number for all networks).
        computed: How our number is computed, in words.
        direction: The side of `compared_with` on which the published value lies. An absence:
            'equal' where neither side was found, 'not above' or 'not below' where one was not.
        contrast: For an absence, the effect that it is contrasted with.
        beside: Rows with the analysis' own test, which stands beside ours and decides nothing: the
            column log10_p, or null_p for a permutation of labels.
        two_way: The row with two_way_low and two_way_high.
        where: Place in the paper; the analysis where the finding is not the paper's.
    """

    id: str
    sentence: str
    ours: Selection
    compared_with: float | Selection
    computed: str = ""
    direction: Direction = "above"
    contrast: Contrast | None = None
    beside: Selection | None = None
    two_way: Selection | None = None
    where: str = ""

    def of(self, cast: Cast) -> Claim:
        """The claim about the conditions and the category of a run."""
        ours = self.ours.of(cast)
        sentence = cast.fill(self.sentence)
        if self.ours.features == REFERENCE and not ours.absent and ours.features != cast.reference:
            sentence += f" (networks of {ours.features})"
        return replace(
            self,
            sentence=sentence,
            computed=cast.fill(self.computed),
            ours=ours,
            compared_with=_of(self.compared_with, cast),
            contrast=self.contrast and self.contrast.of(cast),
            beside=_of(self.beside, cast),
            two_way=_of(self.two_way, cast),
            where=self.where or self.ours.table.split("/")[0].replace("_", " ").capitalize(),
        )

    @property
    def is_absence(self) -> bool:
        """Whether the paper found nothing where one might have expected something."""
        return self.direction in SIDES

    @property
    def selections(self) -> list[Selection]:
        """All numbers that a verdict needs."""
        given = [self.ours, self.compared_with]
        if self.contrast is not None:
            given += [self.contrast.larger, self.contrast.smaller]
        return [one for one in given if isinstance(one, Selection)]


def _of(given: float | Selection | None, cast: Cast) -> float | Selection | None:
    return given.of(cast) if isinstance(given, Selection) else given


def headlines(rows: Iterable[Mapping]) -> list[Mapping]:
    """The first finding that could be tested of each part of the paper, in the scorecard's order.

    Args:
        rows: Rows of the scorecard, with at least `where` and `verdict`.
    """
    first_of_place: dict[str, Mapping] = {}
    for row in rows:
        if row["verdict"] != CANNOT_BE_TESTED:
            first_of_place.setdefault(row["where"].partition(" (")[0], row)
    return list(first_of_place.values())
