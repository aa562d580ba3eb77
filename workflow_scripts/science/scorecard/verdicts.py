"""The scorecard: what is said of each finding, from the evidence and the published size."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import pandas as pd

from science.scorecard.claims import (
    CANNOT_BE_TESTED,
    CONTRADICTED,
    INCONCLUSIVE,
    REPRODUCED,
    SAME_DIRECTION,
    Claim,
    Selection,
)
from science.scorecard.evidence import HOLDS, Evidence, gather
from science.scorecard.published import Published
from science.statistics.intervals import Interval

IN_WORDS = Published("")
WITHIN = {
    "equal": "lies, either way, within",
    "not above": "is no further above zero than",
    "not below": "is no further below zero than",
}
EVERY = {
    "least": "the least of its numbers counts for each network, and no correction is needed",
    "greatest": "the greatest of its numbers counts for each network, and no correction is needed",
}


def score(
    claims: Sequence[Claim],
    tables: Mapping[str, pd.DataFrame],
    published: Mapping[str, Published],
    sizes: bool,
    tolerance: float,
    tolerances: Mapping[str, float],
) -> pd.DataFrame:
    """One row for each claim: the published size, ours over networks, their difference, a verdict.

    Args:
        claims: What to score, about the conditions and the category of the run (`Claim.of`).
        tables: The tables of the analyses that were run, by name.
        published: The published size of findings, by id; one that is missing has none.
        sizes: Whether ours can be compared with published sizes: the corpus is the paper's.
        tolerance: Relative distance from a size without spread that counts as reproduced, except
            for findings that have one of their own.
        tolerances: The same for single findings, by id; goes before both.
    """
    rows = []
    for claim in claims:
        size = published.get(claim.id, IN_WORDS)
        own = tolerance if size.tolerance is None else size.tolerance
        rows.append(_row(claim, tables, size, sizes, tolerances.get(claim.id, own)))
    return pd.DataFrame(rows)


def verdict(evidence: Evidence, size: Published, allowed: Interval | None, sizes: bool) -> str:
    """Judge the evidence on one claim.

    *cannot be tested*: a number is missing, or networks are fewer than three. *contradicted*: the
    interval lies wholly on the other side; of an absence, a difference beyond the margin is shown.
    *inconclusive*: it lies on neither. Where the direction holds, *reproduced* if the finding is
    one in words, or our mean lies where a replication's would; else *same direction*, as wherever
    sizes are not judged.

    Args:
        evidence: From `gather`.
        size: The published size.
        allowed: Where our mean has to lie to be that size.
        sizes: Whether sizes are judged.
    """
    if not evidence.direction:
        return CANNOT_BE_TESTED
    if evidence.direction != HOLDS:
        return CONTRADICTED if evidence.direction == CONTRADICTED else INCONCLUSIVE
    if not size.printed:
        return REPRODUCED
    mean = evidence.ours.mean()
    return REPRODUCED if sizes and allowed.low <= mean <= allowed.high else SAME_DIRECTION


def criterion(claim: Claim, size: Published, sizes: bool, tolerance: float) -> str:
    """What counts as reproduced, in words, to follow "Reproduced if"."""
    if claim.is_absence:
        parts = [
            f"the 90% interval over networks of the difference {WITHIN[claim.direction]} half of "
            f"{claim.contrast.words}"
        ]
    else:
        parts = [
            f"the 95% interval over networks of the difference lies wholly {claim.direction} zero"
        ]
    if size.printed and sizes:
        parts.append(_of_size(size, tolerance))
    words = ", and ".join(parts)
    if size.printed and not sizes:
        words += (
            "; but the published size is of AudioSet, so that the direction alone is judged here, "
            "and no more than 'same direction' is said"
        )
    given = [claim.ours, claim.compared_with]
    worst = next((one.worst for one in given if isinstance(one, Selection) and one.worst), "")
    family = EVERY[worst] if worst else "a question of its own"
    return f"{words} ({family})"


def _of_size(size: Published, tolerance: float) -> str:
    if size.kind == "at least":
        return f"our mean is at least {size.printed}"
    if size.spread or size.kind == "correlation":
        return "our mean lies within the 95% prediction interval of a replication"
    return f"our mean is within {tolerance:.0%} of the published value"


def _row(claim: Claim, tables: Mapping, size: Published, sizes: bool, tolerance: float) -> dict:
    evidence = gather(claim, tables)
    networks = len(evidence.ours) if evidence.ours.size > 1 else evidence.networks
    allowed = size.allowed(evidence.spread, networks, tolerance)
    interval = evidence.interval or Interval("", math.nan, math.nan, math.nan, math.nan, 0)
    shown = allowed if sizes else None
    return {
        "finding": claim.id,
        "sentence": claim.sentence,
        "where": size.where or claim.where,
        "features": "" if claim.ours.absent else claim.ours.features,
        "direction": claim.direction,
        "printed": " ± ".join(part for part in (size.printed, size.spread) if part),
        "published": size.value,
        "published_spread": float(size.spread) if size.spread else math.nan,
        "ours": evidence.ours.mean() if evidence.ours.notna().all() else math.nan,
        "spread": evidence.spread,
        "our_n": _our_n(claim, evidence, tables),
        "networks": evidence.networks,
        "compared_with": evidence.compared_with,
        "difference": interval.estimate,
        "low": interval.low,
        "high": interval.high,
        "interval": f"{interval.confidence:.0%}, {interval.kind}" if interval.kind else "",
        "margin": evidence.margin,
        "size_low": shown.low if shown else math.nan,
        "size_high": shown.high if shown else math.nan,
        "test": evidence.test,
        "p": 10.0**evidence.log10_p,
        "log10_p": evidence.log10_p,
        **_beside(claim, tables),
        "verdict": verdict(evidence, size, allowed, sizes),
        "note": evidence.note,
        "derived": size.derived,
        "slip": size.slip,
        "computed": claim.computed,
        "criterion": criterion(claim, size, sizes, tolerance),
    }


def _our_n(claim: Claim, evidence: Evidence, tables: Mapping) -> str:
    """How many values our number is of: of networks, or of what a table counts for all of them."""
    if evidence.ours.notna().sum() == 0:
        return ""
    if claim.ours.constant:
        return "1 value"
    if not claim.ours.pooled(tables):
        return f"{len(evidence.ours)} network{'' if len(evidence.ours) == 1 else 's'}"
    row = claim.ours.rows(tables).iloc[0]
    return f"{row['n1']:.0f} {'points' if claim.ours.column == 'statistic' else 'pairs'}"


def _beside(claim: Claim, tables: Mapping) -> dict[str, object]:
    """The analysis' own test, with the largest p of several networks, and the two-way interval."""
    found = {"beside": "", "beside_log10_p": math.nan, "two_way_low": math.nan}
    found["two_way_high"] = math.nan
    rows = claim.beside.rows(tables) if claim.beside else pd.DataFrame()
    if not rows.empty and rows[claim.beside.column].notna().any():
        row = rows.loc[rows[claim.beside.column].idxmax()]
        if claim.beside.column == "null_p":
            name, log10_p = "permutation of labels, greater", math.log10(row["null_p"])
        else:
            name, log10_p = f"{row['test']}, {row['sidedness']}", float(row["log10_p"])
        if len(rows) > 1:
            name += ", within each network: the largest p"
        found |= {"beside": name, "beside_log10_p": log10_p}
    rows = claim.two_way.rows(tables) if claim.two_way else pd.DataFrame()
    if "two_way_low" in rows and len(rows):
        found |= {name: float(rows[name].iloc[0]) for name in ("two_way_low", "two_way_high")}
    return found
