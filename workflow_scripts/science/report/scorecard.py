"""The scorecard as text for the page: findings, the published numbers below each, and facts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

import pandas as pd

from science.scorecard.claims import BEYOND, VERDICTS
from science.scorecard.kim2024 import SPLIT_SIZES
from science.statistics.number_text import DASH, IN_WORDS, is_missing, number, p_value, with_spread

# Classes of the page's style, whose colours and signs tell verdicts apart without red and green.
CLASSES = ("reproduced", "direction", "inconclusive", "contradicted", "untested")
CLASS_OF_VERDICT = dict(zip(VERDICTS, CLASSES, strict=True))


def shown_findings(scorecard: pd.DataFrame, numbers: pd.DataFrame) -> list[dict]:
    """Each finding as text, with the published numbers that belong to it.

    Args:
        scorecard: From `verdicts.score`.
        numbers: From `number_table.number_rows`.
    """
    rows = [_text(row) for row in numbers.to_dict("records")]
    return [
        _finding(row) | {"numbers": [one for one in rows if one["finding"] == row["finding"]]}
        for row in scorecard.to_dict("records")
    ]


def shown_facts(numbers: pd.DataFrame) -> list[dict]:
    """Published facts of the corpus and counts, which are no finding."""
    return [_text(row) for row in numbers[_blank(numbers["finding"])].to_dict("records")]


def shown_verdicts(findings: Sequence[Mapping]) -> dict[str, dict]:
    """Class, place in the order, and number of findings of every verdict there can be."""
    count = Counter(finding["verdict"] for finding in findings)
    return {
        verdict: {"class": name, "place": place, "count": count[verdict]}
        for place, (verdict, name) in enumerate(CLASS_OF_VERDICT.items())
    }


def slips_of_facts(facts: Sequence[Mapping], judged: bool) -> list[str]:
    """What has to be said of the published facts in place.

    Args:
        facts: From `shown_facts`.
        judged: Whether the corpus is the paper's.
    """
    return [SPLIT_SIZES] if facts and judged else []


def _finding(row: Mapping) -> dict:
    before, _, after = row["sentence"].partition("{ours}")
    return {
        "finding": row["finding"],
        "before": before,
        "after": after,
        "where": row["where"],
        "published": _published(row),
        "size": _range(row["size_low"], row["size_high"]),
        "ours": with_spread(row["ours"], row["spread"]),
        "our_n": "" if is_missing(row["our_n"]) else row["our_n"],
        "features": "" if is_missing(row["features"]) else row["features"],
        "compared_with": number(row["compared_with"]),
        "difference": number(row["difference"]),
        "interval": _range(row["low"], row["high"]),
        "interval_kind": number(row["interval"]),
        "margin": "" if is_missing(row["margin"]) else number(row["margin"]),
        "p": p_value(row["p"], row["log10_p"]),
        "test": "" if is_missing(row["test"]) else row["test"],
        "beside": "" if is_missing(row["beside"]) else row["beside"],
        "beside_p": p_value(10.0 ** row["beside_log10_p"], row["beside_log10_p"]),
        "two_way": _range(row["two_way_low"], row["two_way_high"]),
        "verdict": row["verdict"],
        "verdict_class": CLASS_OF_VERDICT.get(row["verdict"], "untested"),
        **{
            name: "" if is_missing(row[name]) else row[name] for name in ("note", "slip", "derived")
        },
        "computed": number(row["computed"]),
        "criterion": row["criterion"],
    }


def _published(row: Mapping) -> str:
    """What the paper printed; nothing of a finding that is not its own."""
    if not is_missing(row["printed"]):
        return str(row["printed"])
    return DASH if str(row["where"]).startswith(BEYOND) else IN_WORDS


def _text(row: Mapping) -> dict:
    spread = "" if is_missing(row["published_spread"]) else f" ± {row['published_spread']:g}"
    ours = number(row["ours"])
    if row["kind"] == "p":
        ours = p_value(row["ours"])
    elif not is_missing(row["ours"]) and float(row["ours"]).is_integer():
        ours = number(int(row["ours"]))
    return {
        "finding": "" if is_missing(row["finding"]) else row["finding"],
        "where": row["where"],
        "what": row["what"],
        "kind": row["kind"],
        "published": f"{row['printed']}{spread}",
        **{name: "" if is_missing(row[name]) else row[name] for name in ("n", "our_n")},
        "ours": with_spread(row["ours"], row["spread"]) if row["kind"] == "effect" else ours,
        "range": _range(row["low"], row["high"]),
        "within": {"yes": "within", "no": "not within"}.get(row["within"], ""),
        "exact_p": "" if is_missing(row["exact_p"]) else p_value(row["exact_p"]),
        "slip": "" if is_missing(row["slip"]) else row["slip"],
        "note": "" if is_missing(row["note"]) else row["note"],
    }


def _range(low: float, high: float) -> str:
    limits = (number(low), number(high))
    return DASH if DASH in limits else f"{limits[0]} to {limits[1]}"


def _blank(values: pd.Series) -> pd.Series:
    return values.isna() | (values == "")
