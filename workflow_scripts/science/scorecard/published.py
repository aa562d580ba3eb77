"""What a published number is, as data: the size of a finding, a test, a fact; and what it allows.

A number is kept as it was printed, so that its digits say how far it was rounded.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

from science.scorecard.claims import Selection
from science.statistics.intervals import (
    Interval,
    correlation_prediction_interval,
    prediction_interval,
)
from science.statistics.tests import (
    Sidedness,
)

EFFECT, STATISTIC, P, EFFECT_SIZE = "effect", "statistic", "p", "effect size"
COUNT, FACT = "count", "fact of the corpus"
KINDS = (EFFECT, STATISTIC, P, EFFECT_SIZE, COUNT, FACT)
RANK_SUM, SIGNED_RANK, CORRELATION = "rank-sum", "signed-rank", "correlation"
NETWORKS = 5


@dataclass(frozen=True)
class Published:
    """Where a finding was published, and the size by which it is judged, if it has one.

    Attributes:
        where: Place in the paper.
        printed: The size; empty for a finding in words.
        spread: Its standard deviation over networks; empty where none was printed.
        kind: A 'mean' over networks; a 'correlation' over `points`; 'at least', of which the size
            is the lower end.
        points: Of a correlation.
        tolerance: Relative distance that counts as reproduced where no spread was printed and the
            general one would be too wide to mean anything; None for that.
        derived: How the size follows from printed numbers, where it is not itself one.
        slip: A slip of the paper in what it prints of the finding.
    """

    where: str
    printed: str = ""
    spread: str = ""
    kind: Literal["mean", "correlation", "at least"] = "mean"
    points: int = 0
    tolerance: float | None = None
    derived: str = ""
    slip: str = ""

    @property
    def value(self) -> float:
        """The size as a number; NaN for a finding in words."""
        return value_of(self.printed)

    def allowed(self, spread: float, networks: int, tolerance: float) -> Interval | None:
        """Where our mean has to lie to be the published size; None without one.

        Args:
            spread: Standard deviation of our networks; NaN of one number.
            networks: How many ours are.
            tolerance: Relative distance, for a size without a printed spread.
        """
        if not self.printed:
            return None
        if self.kind == "at least":
            return Interval("lower bound", self.value, self.value, math.inf, math.nan, 0)
        if self.kind == "correlation":
            points = networks * self.points // NETWORKS
            return correlation_prediction_interval(self.value, self.points, points)
        return allowed(self.printed, self.spread, spread, networks, tolerance)


@dataclass(frozen=True)
class Number:
    """A published number beside the sizes that findings are judged by.

    Attributes:
        finding: Id of the finding that it belongs to; empty for a fact.
        where: Place in the paper.
        what: What it is, in words.
        kind: One of `KINDS`.
        printed: As it was printed.
        spread: Its standard deviation over networks, if one was printed.
        ours: Our numbers, of which the mean stands beside it; None for none.
        absent: Why there is none of ours.
        unlike: Why it cannot be compared with ours, which is shown beside it.
        slip: A slip of the paper in this number.
    """

    finding: str
    where: str
    what: str
    kind: str
    printed: str
    spread: str = ""
    ours: Selection | None = None
    absent: str = ""
    unlike: str = ""
    slip: str = ""


@dataclass(frozen=True)
class PublishedTest:
    """A published test, of which statistic, p and effect size are a number each.

    Attributes:
        finding: Id of the finding that it belongs to.
        where: Place in the paper.
        what: What was tested, in words.
        test: `RANK_SUM`, `SIGNED_RANK` or `CORRELATION`.
        n1: Values of the first sample; pairs; points.
        n2: Values of the second sample.
        statistic: U, W or r as printed.
        p: As printed.
        effect_size: As printed; empty where none was.
        sidedness: By which p follows from the statistic.
        first: Our numbers that are tested as the larger; None where a table has the test.
        second: Those that are tested as the smaller.
        row: The row of a table that has the test.
        slip: A slip of the paper in this test.
    """

    finding: str
    where: str
    what: str
    test: str
    n1: int
    n2: int
    statistic: str
    p: str
    effect_size: str = ""
    sidedness: Sidedness = "greater"
    first: Selection | None = None
    second: float | Selection | None = None
    row: Selection | None = None
    slip: str = ""


def value_of(printed: str) -> float:
    """A printed number: 30,340,954 or 4.891e-276; NaN for none."""
    return float(printed.replace(",", "")) if printed else math.nan


def half_digit(printed: str) -> float:
    """How far rounding can have moved a printed number: half of a unit of its last digit."""
    mantissa, _, exponent = printed.replace(",", "").partition("e")
    decimals = len(mantissa.partition(".")[2])
    return 0.5 * 10.0 ** (int(exponent or 0) - decimals)


def allowed(
    printed: str, printed_spread: str, spread: float, networks: int, tolerance: float
) -> Interval:
    """Where the mean of a replication lies: its prediction interval, or within the tolerance.

    Either is wider by what the rounding of the printed number can have moved. A number that is not
    by network (ours has no spread) is compared with the tolerance.

    Args:
        printed: The published mean.
        printed_spread: Its standard deviation over networks, or none.
        spread: Standard deviation of our networks.
        networks: How many ours are.
        tolerance: Relative distance.
    """
    value, rounding = value_of(printed), half_digit(printed)
    interval = prediction_interval(value, value_of(printed_spread), NETWORKS, spread, networks)
    if math.isnan(interval.low):
        reach = tolerance * abs(value) + rounding
        kind = f"within {tolerance:.0%} of the published value"
        return Interval(kind, value, value - reach, value + reach, math.nan, networks)
    low, high = interval.low - rounding, interval.high + rounding
    return Interval(interval.kind, value, low, high, interval.confidence, interval.n)
