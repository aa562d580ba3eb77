"""Every published number in a row, with ours beside it; or why there is none."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, fields, replace

import pandas as pd

from science.scorecard.claims import Cast, Selection
from science.scorecard.evidence import numbers, spread_of
from science.scorecard.published import (
    EFFECT,
    EFFECT_SIZE,
    RANK_SUM,
    STATISTIC,
    Number,
    P,
    Published,
    PublishedTest,
    allowed,
    value_of,
)
from science.statistics.tests import (
    TestResult,
    exact_rank_sum_test,
    rank_sum_test,
    signed_rank_test,
)

COLUMNS = (
    "finding",
    "number",
    "where",
    "what",
    "kind",
    "printed",
    "published",
    "published_spread",
    "n",
    "ours",
    "spread",
    "our_n",
    "low",
    "high",
    "within",
    "exact_p",
    "slip",
    "note",
)
NO_TABLE = "the analysis {} is not in run.analyses"


def number_rows(
    scorecard: pd.DataFrame,
    published: Mapping[str, Published],
    others: Sequence[Number],
    tests: Sequence[PublishedTest],
    tables: Mapping[str, pd.DataFrame],
    cast: Cast,
    sizes: bool,
    tolerance: float,
) -> pd.DataFrame:
    """One row for each published number, in the order of the findings, and facts at the end.

    Args:
        scorecard: From `verdicts.score`.
        published: Place and size of each finding; empty where the findings are not the paper's.
        others: Numbers beside the sizes, and facts.
        tests: Published tests.
        tables: The tables of the analyses that were run, by name.
        cast: Which conditions play which role.
        sizes: Whether ours can be compared with published sizes: then `low` and `high` say where
            ours would have to lie, and `within` whether it does.
        tolerance: Relative distance, for a size without a printed spread.

    Returns:
        `COLUMNS`; `n` and `our_n` are numbers of networks, clips, pairs or points, `exact_p` the
        exact p of a rank-sum test of few networks, which the paper's form only approximates.
    """
    rows = []
    for finding in scorecard.to_dict("records") if published else ():
        id, size = finding["finding"], published.get(finding["finding"], Published(""))
        of_finding = [_size_row(finding, size, sizes)] if size.printed and not size.derived else []
        for number in (one for one in others if one.finding == id):
            of_finding.append(_number_row(number, tables, cast, sizes, tolerance))
        for test in (one for one in tests if one.finding == id):
            of_finding += _test_rows(test, size, tables, cast)
        rows += of_finding
    if published:
        facts = [number for number in others if not number.finding]
        rows += [_number_row(number, tables, cast, False, tolerance) for number in facts]
    table = pd.DataFrame(rows, columns=[name for name in COLUMNS if name != "number"])
    return table.assign(number=range(1, len(table) + 1))[list(COLUMNS)]


def _size_row(finding: Mapping, size: Published, sizes: bool) -> dict[str, object]:
    judged = sizes and not math.isnan(finding["ours"])
    return {
        "finding": finding["finding"],
        "where": size.where,
        "what": finding["computed"],
        "kind": EFFECT,
        "printed": size.printed,
        "published": size.value,
        "published_spread": value_of(size.spread),
        "n": f"{size.points} points" if size.points else "",
        "ours": finding["ours"],
        "spread": finding["spread"],
        "our_n": finding["our_n"],
        "low": finding["size_low"],
        "high": finding["size_high"],
        "within": _within(finding["ours"], finding["size_low"], finding["size_high"])
        if judged
        else "",
        "slip": size.slip,
        "note": finding["note"],
    }


def _number_row(
    number: Number, tables: Mapping, cast: Cast, sizes: bool, tolerance: float
) -> dict[str, object]:
    row = {
        **asdict(replace(number, ours=None)),
        "published": value_of(number.printed),
        "published_spread": value_of(number.spread),
    }
    del row["spread"], row["absent"], row["unlike"]
    if number.ours is None:
        return row | {"ours": math.nan, "note": number.absent}
    selection = number.ours.of(cast)
    ours, note = _known(selection, tables)
    row |= {"ours": ours.mean(), "note": note}
    if number.kind != EFFECT:
        return row
    row |= {"spread": spread_of(ours), "our_n": str(len(ours))}
    if not sizes or number.unlike or note:
        return row | {"note": note or number.unlike}
    interval = allowed(number.printed, number.spread, row["spread"], len(ours), tolerance)
    within = _within(row["ours"], interval.low, interval.high)
    return row | {"low": interval.low, "high": interval.high, "within": within}


def _test_rows(
    test: PublishedTest, size: Published, tables: Mapping, cast: Cast
) -> list[dict[str, object]]:
    result, exact_p, note = _ours(test, tables, cast)
    n = f"{test.n1} + {test.n2}" if test.test == RANK_SUM else str(test.n1)
    ours, our_n = {STATISTIC: math.nan, P: math.nan, EFFECT_SIZE: math.nan}, ""
    if result is not None:
        our_n = f"{result.n1} + {result.n2}" if "rank-sum" in result.test else str(result.n1)
        ours = {STATISTIC: result.statistic, P: result.p, EFFECT_SIZE: result.effect_size}
    rows = []
    printed_of = {STATISTIC: test.statistic, P: test.p, EFFECT_SIZE: test.effect_size}
    for kind, printed in printed_of.items():
        # An effect size or r that is the size of the finding stands there.
        if not printed or (printed == size.printed and kind != P):
            continue
        rows.append(
            {
                "finding": test.finding,
                "where": test.where,
                "what": test.what,
                "kind": kind,
                "printed": printed,
                "published": value_of(printed),
                "n": n,
                "ours": ours[kind],
                "our_n": our_n,
                "exact_p": exact_p if kind == P else math.nan,
                "slip": test.slip if kind == P else "",
                "note": note,
            }
        )
    return rows


def _ours(test: PublishedTest, tables: Mapping, cast: Cast) -> tuple[TestResult | None, float, str]:
    """Our test in the published form, its exact p where that is another, and a note."""
    if test.row is not None:
        return _of_table(test.row.of(cast), tables)
    sides, notes = [], []
    for given in (test.first, test.second):
        selection = given.of(cast)
        values, note = _known(selection, tables)
        sides.append(values)
        notes += [note] if note else []
    if notes:
        return None, math.nan, notes[0]
    first, second = sides
    constants = [given.constant for given in (test.first, test.second)]
    if any(constants):
        value = second.iloc[0] if constants[1] else first.iloc[0]
        differences = first - value if constants[1] else value - second
        note = "" if test.test != RANK_SUM else "ours is one value, and the test a signed-rank test"
        return signed_rank_test(differences.to_numpy(), None, test.sidedness), math.nan, note
    if test.test == RANK_SUM:
        samples = first.to_numpy(), second.to_numpy(), test.sidedness
        return rank_sum_test(*samples), exact_rank_sum_test(*samples).p, ""
    common = first.index.intersection(second.index)
    pairs = first[common].to_numpy(), second[common].to_numpy()
    return signed_rank_test(*pairs, test.sidedness), math.nan, ""


def _of_table(row: Selection, tables: Mapping) -> tuple[TestResult | None, float, str]:
    _, note = _known(row, tables)
    if note:
        return None, math.nan, note
    rows = row.rows(tables)
    one = rows.iloc[0]
    result = TestResult(**{field.name: one.get(field.name) for field in fields(TestResult)})
    return result, math.nan, "of the first network" if len(rows) > 1 else ""


def _known(selection: Selection, tables: Mapping) -> tuple[pd.Series, str]:
    """Our numbers, and why there are none."""
    if selection.absent:
        return pd.Series(dtype=float), selection.absent
    if selection.table not in tables:
        return pd.Series(dtype=float), NO_TABLE.format(selection.table.split("/")[0])
    values, _ = numbers(selection, tables)
    if len(values) and values.notna().all():
        return values, ""
    return values, selection.missing(tables) or "the number is not defined here"


def _within(value: float, low: float, high: float) -> str:
    return "yes" if low <= value <= high else "no"
