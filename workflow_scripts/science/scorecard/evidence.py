"""What our numbers say of one claim: differences over networks, their interval, and a test."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from science.scorecard.claims import (
    CONTRADICTED,
    INCONCLUSIVE,
    SIDES,
    Claim,
    Contrast,
    Selection,
)
from science.statistics.equivalence import equivalence_of_samples, equivalence_test
from science.statistics.intervals import (
    Interval,
    correlation_interval,
    t_interval,
    welch_interval,
)
from science.statistics.tests import SIGNIFICANCE_LEVEL, exact_rank_sum_test, signed_rank_test

HOLDS = "direction holds"
# An interval over two networks is 13 times as long as what it is of.
FEWEST_NETWORKS = 3
# Equal numbers deviate from their own mean by a few of their last digits (1e-16 of it) at most.
ROUNDING = 1e-9
ABSENCE_CONFIDENCE = 0.90
TESTED_OVER_NETWORKS = "over networks"


@dataclass(frozen=True)
class Differences:
    """How our networks differ from what they are compared with.

    Attributes:
        values: Differences by seed, or from a value; None where networks do not pair.
        samples: The two sides [networks], where they do not pair.
        networks: On how many it rests; the smaller side, where there are two.
    """

    values: pd.Series | None
    samples: tuple[np.ndarray, np.ndarray] | None
    networks: int

    def interval(self, confidence: float) -> Interval:
        """Student's t over differences, or Welch's over two samples."""
        if self.values is not None:
            return t_interval(self.values.to_numpy(), confidence)
        return welch_interval(*self.samples, confidence)

    def beside(self, effect: Differences) -> Differences:
        """A difference that is no network's, repeated for each of those that have the effect."""
        if self.networks or effect.values is None:
            return self
        values = pd.Series(self.values.iloc[0], index=effect.values.index)
        return Differences(values, None, effect.networks)

    def test(self, sidedness: str) -> tuple[str, float]:
        """Name and log10 p of the exact rank test: by pairs, or of two samples."""
        if self.values is not None:
            result = signed_rank_test(self.values.to_numpy(), None, sidedness)
        else:
            result = exact_rank_sum_test(*self.samples, sidedness)
        return f"{result.test}, {result.sidedness}, {TESTED_OVER_NETWORKS}", result.log10_p


@dataclass(frozen=True)
class Evidence:
    """Our numbers on one claim.

    Attributes:
        ours: By seed where they are by network.
        spread: Their standard deviation.
        compared_with: Mean of what they are compared with.
        networks: On how many networks the direction rests.
        interval: Of the difference: 95%; of an absence 90%.
        direction: HOLDS, CONTRADICTED or INCONCLUSIVE; empty where nothing can be said.
        margin: Of an absence.
        test: Name of the test over networks.
        log10_p: Base-10 logarithm of its p.
        note: Why nothing can be said, or why it is inconclusive where that is not the interval.
    """

    ours: pd.Series
    spread: float = math.nan
    compared_with: float = math.nan
    networks: int = 0
    interval: Interval | None = None
    direction: str = ""
    margin: float = math.nan
    test: str = ""
    log10_p: float = math.nan
    note: str = ""


def gather(claim: Claim, tables: Mapping[str, pd.DataFrame]) -> Evidence:
    """Our numbers on a claim about the conditions and the category of a run (`Claim.of`)."""
    ours = claim.ours.values(tables)
    known = Evidence(ours, spread_of(ours))
    if note := _lacking(claim, tables):
        return replace(known, networks=_networks_of(claim.ours, ours), note=note)
    if claim.ours.pooled(tables):
        return _of_pooled(claim, known, claim.ours.rows(tables).iloc[0])
    other = numbers(claim.compared_with, tables)
    differences = difference(ours, claim.ours.constant, *other)
    if claim.is_absence:
        effect = effect_of(claim.contrast, tables)
        differences = differences.beside(effect)
    known = replace(known, compared_with=other[0].mean(), networks=differences.networks)
    if few := _too_few(differences.networks):
        return replace(known, note=few)
    if note := _undecidable(claim, tables):
        return replace(known, note=note)
    if claim.is_absence:
        return _of_absence(claim, known, differences, effect)
    interval = differences.interval(0.95)
    if claim.ours.column.endswith("correlation") and claim.compared_with == 0:
        interval = correlation_interval(differences.values.to_numpy())
    sidedness = "greater" if claim.direction == "above" else "less"
    test, log10_p = differences.test(sidedness)
    direction = _direction(claim, interval.low, interval.high)
    return replace(known, interval=interval, direction=direction, test=test, log10_p=log10_p)


def numbers(given: float | Selection, tables: Mapping) -> tuple[pd.Series, bool]:
    """A side of a comparison: its numbers, and whether they are one value without a network."""
    if isinstance(given, Selection):
        return given.values(tables), given.constant
    return pd.Series([given], dtype=float), True


def difference(
    ours: pd.Series, ours_constant: bool, other: pd.Series, other_constant: bool
) -> Differences:
    """Our numbers less the others: by seed where both have seeds in common, else as samples."""
    if other_constant or ours_constant:
        networks = ours if other_constant else other
        value = other.iloc[0] if other_constant else ours
        values = ours - value if other_constant else ours.iloc[0] - other
        count = 0 if other_constant and ours_constant else len(networks)
        return Differences(_without_rounding(values, networks), None, count)
    common = ours.index.intersection(other.index)
    if len(common) >= FEWEST_NETWORKS or len(common) == len(ours) == len(other):
        values = ours[common] - other[common]
        return Differences(_without_rounding(values, ours[common]), None, len(common))
    return Differences(None, (ours.to_numpy(), other.to_numpy()), min(len(ours), len(other)))


def effect_of(contrast: Contrast, tables: Mapping) -> Differences:
    """The effect that an absence is contrasted with."""
    larger, smaller = (numbers(given, tables) for given in (contrast.larger, contrast.smaller))
    return difference(larger[0], contrast.larger.constant, *smaller)


def spread_of(ours: pd.Series) -> float:
    """Standard deviation over networks; 0 where they differ by rounding alone."""
    spread = ours.std(ddof=1)
    return 0.0 if spread < ROUNDING * ours.abs().max() else float(spread)


def _without_rounding(values: pd.Series, of: pd.Series) -> pd.Series:
    """Differences, those by the last digits alone set to zero."""
    return values.where(values.abs() > ROUNDING * of.abs(), 0.0)


def _direction(claim: Claim, low: float, high: float) -> str:
    """Where an interval of the difference lies."""
    if math.isnan(low):
        return INCONCLUSIVE
    if claim.direction == "below":
        low, high = -high, -low
    if low > 0:
        return HOLDS
    return CONTRADICTED if high < 0 else INCONCLUSIVE


def _of_pooled(claim: Claim, known: Evidence, row: pd.Series) -> Evidence:
    """Evidence of a table's row for all networks, which brings its own interval over these."""
    null = float(claim.compared_with)
    kind = str(row["interval"]).removeprefix("95%, ")
    networks, low, high = int(row["networks"]), float(row["low"]), float(row["high"])
    interval = Interval(kind, float(row["mean"]), low, high, 0.95, networks)
    known = replace(known, compared_with=null, networks=networks, interval=interval)
    if few := _too_few(networks):
        return replace(known, note=few)
    return replace(known, direction=_direction(claim, low - null, high - null))


def _of_absence(
    claim: Claim, known: Evidence, differences: Differences, effect: Differences
) -> Evidence:
    """Whether the difference is smaller than half of the effect that it is contrasted with."""
    sides = SIDES[claim.direction]
    paired = differences.values is not None and effect.values is not None
    common = differences.values.index.intersection(effect.values.index) if paired else []
    if paired and len(common) >= FEWEST_NETWORKS:
        margins = effect.values[common] / 2
        result = equivalence_test(differences.values[common], margins, sides)
    elif differences.values is not None:
        margins = _mean_of(effect) / 2
        result = equivalence_test(differences.values.to_numpy(), margins, sides)
    else:
        margins = _mean_of(effect) / 2
        result = equivalence_of_samples(*differences.samples, margins, sides)
    direction, note = INCONCLUSIVE, ""
    found = effect.interval(0.95).low > 0
    if not found:
        note = f"{claim.contrast.words}, half of which would be the margin, is not found here"
    elif result.p_within < SIGNIFICANCE_LEVEL:
        direction = HOLDS
    elif result.p_beyond < SIGNIFICANCE_LEVEL / 2:
        direction = CONTRADICTED
    kind = "two one-sided t tests" if len(sides) > 1 else "one-sided t test"
    return replace(
        known,
        interval=differences.interval(ABSENCE_CONFIDENCE),
        direction=direction,
        margin=float(np.mean(margins)) if found else math.nan,
        test=f"equivalence, {kind} {TESTED_OVER_NETWORKS}",
        log10_p=-math.inf if result.p_within == 0 else math.log10(result.p_within),
        note=note,
    )


def _mean_of(effect: Differences) -> float:
    if effect.values is not None:
        return float(effect.values.mean())
    first, second = effect.samples
    return float(first.mean() - second.mean())


def _too_few(networks: int) -> str:
    if networks >= FEWEST_NETWORKS:
        return ""
    counted = "1 network" if networks == 1 else f"{networks} networks"
    return f"{counted} here: an interval needs {FEWEST_NETWORKS}"


def _networks_of(selection: Selection, values: pd.Series) -> int:
    return 0 if selection.constant else len(values)


def _lacking(claim: Claim, tables: Mapping) -> str:
    """Why a number is missing, in the table's own words where it has any; empty if none is."""
    for given in claim.selections:
        if given.absent:
            return given.absent
        analysis = given.table.split("/")[0]
        if given.table not in tables and analysis in tables:
            return f"SCORED in rules/report.smk does not name the table {given.table}"
        if given.table not in tables:
            return f"the analysis {analysis} is not in run.analyses"
    for given in claim.selections:
        values = given.values(tables)
        if len(values) and values.notna().all():
            continue
        if words := _noted(given, tables) or given.missing(tables):
            return words
        if len(values):
            return "the number is not defined here"
        return f"no row of analyses/{given.table}.csv has this number"
    return ""


def _undecidable(claim: Claim, tables: Mapping) -> str:
    """Why no outcome of the analysis' own test could have told anything; empty if one could."""
    rows = claim.beside.rows(tables) if claim.beside else pd.DataFrame()
    if "smallest_possible_p" not in rows:
        return ""
    smallest = rows["smallest_possible_p"].max()
    if not smallest >= SIGNIFICANCE_LEVEL:
        return ""
    return _notes(rows) or f"no outcome could give a p below {smallest:.2g}"


def _noted(selection: Selection, tables: Mapping) -> str:
    """What a table notes of the numbers, or of there being no networks in it."""
    table, rows = tables[selection.table], selection.rows(tables)
    if "note" not in table:
        return ""
    if rows.empty and "features" in table:
        rows = table[table["features"].isna() | (table["features"] == "")]
        if selection.category is not None:
            rows = rows[rows["category"].isna() | (rows["category"] == selection.category)]
    return _notes(rows)


def _notes(rows: pd.DataFrame) -> str:
    """The first note of some rows of a table, if there is any."""
    notes = rows["note"].dropna() if "note" in rows else pd.Series(dtype=object)
    notes = notes[notes != ""]
    return "" if notes.empty else str(notes.iloc[0])
