"""Runs side by side as one HTML page: the same findings, and what the runs differ in.

Like the report of one run, the page needs no other file and no network, and runs no script. All
that is put into it comes in as values, which the template escapes.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import jinja2
import pandas as pd

from science.report.scorecard import CLASS_OF_VERDICT
from science.scorecard.claims import CANNOT_BE_TESTED, CONTRADICTED, REPRODUCED, SAME_DIRECTION
from science.statistics.number_text import DASH, is_missing, number, with_spread

# What the page reads of a scorecard; one without them is of an earlier version.
COLUMNS = (
    "finding", "sentence", "where", "features", "printed", "ours", "spread", "our_n",
    "difference", "low", "high", "interval", "verdict", "note", "category", "notice",
)  # fmt: skip
HOLDS = {REPRODUCED, SAME_DIRECTION}
# Names of runs and of folders differ by themselves.
NOT_COMPARED = ("run.name",)
THE_TARGET = "the target"
WIDTH = 100.0  # of the drawing of the intervals, in its own units


@dataclass(frozen=True)
class ComparedRun:
    """One of the runs.

    Attributes:
        name: What its column is called; no two have the same.
        folder: Where its results lie, as a person would type it.
        scorecard: With at least the columns `COLUMNS`, a row for each finding.
        config: The effective configuration.
        corpus: Facts of its clips and networks as text, by what they are.
        versions: Versions and digests of what made it as text, by name.
    """

    name: str
    folder: str
    scorecard: pd.DataFrame
    config: Mapping
    corpus: Mapping[str, str]
    versions: Mapping[str, str]

    @property
    def category(self) -> str:
        """The target in words."""
        return str(self.scorecard["category"].iloc[0]).replace("_", " ")

    @property
    def notices(self) -> list[str]:
        """What stands above everything in the run's own report."""
        return [notice for notice in self.scorecard["notice"].unique() if not is_missing(notice)]


def render_comparison(
    template: str, runs: Sequence[ComparedRun], in_short: Callable[[object], str]
) -> str:
    """Fill the page's Jinja template; the same runs give the same page.

    Args:
        template: `comparison.html.j2`.
        runs: Two or more, in the order of the columns.
        in_short: An option's value as text in one line, as it is written in a configuration.

    Raises:
        jinja2.TemplateError: The template is at fault.
    """
    environment = jinja2.Environment(
        autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    findings = compared_findings(runs)
    return environment.from_string(template).render(
        runs=runs,
        several_targets=len({run.category for run in runs}) > 1,
        findings=findings,
        agreement=agreement(findings),
        verdicts=verdict_counts(runs),
        published=any(finding["published"] != DASH for finding in findings),
        options=differing_options([_of_what_ran(run.config) for run in runs], in_short),
        corpora=facts_apart([run.corpus for run in runs]),
        versions=facts_apart([run.versions for run in runs]),
    )


def compared_findings(runs: Sequence[ComparedRun]) -> list[dict]:
    """Each finding that a run has, in the order of the scorecards, with a cell for every run."""
    rows = [
        {row["finding"]: row for row in run.scorecard[list(COLUMNS)].to_dict("records")}
        for run in runs
    ]
    return [_finding(runs, [of_run.get(name) for of_run in rows]) for name in _merged(rows)]


def agreement(findings: Sequence[Mapping]) -> dict[str, int]:
    """How many findings all runs have (common), judged alike (same), or oppositely (opposite)."""
    common = [finding for finding in findings if all(cell["there"] for cell in finding["cells"])]
    return {
        "common": len(common),
        "same": sum(finding["same"] for finding in common),
        "opposite": sum(finding["opposite"] for finding in common),
        "not_common": len(findings) - len(common),
    }


def verdict_counts(runs: Sequence[ComparedRun]) -> list[dict]:
    """How many findings of each run have each verdict."""
    counts = [Counter(run.scorecard["verdict"]) for run in runs]
    return [
        {"verdict": verdict, "class": name, "counts": [count[verdict] for count in counts]}
        for verdict, name in CLASS_OF_VERDICT.items()
    ]


def differing_options(
    configs: Sequence[Mapping], in_short: Callable[[object], str]
) -> list[tuple[str, list[str]]]:
    """Options whose values differ, by their paths, with each run's value as text.

    A part that a run lacks as a whole, such as a condition, is one row.
    """
    rows = []
    for path, values in _apart("", configs):
        if path not in NOT_COMPARED:
            rows.append((path, [DASH if value is _ABSENT else in_short(value) for value in values]))
    return rows


def facts_apart(facts: Sequence[Mapping[str, str]]) -> dict[str, list]:
    """Facts that differ (name, a text for each run), and those that are the same (name, text)."""
    names = dict.fromkeys(name for of_run in facts for name in of_run)
    rows = [(name, [of_run.get(name, DASH) for of_run in facts]) for name in names]
    return {
        "differ": [(name, texts) for name, texts in rows if len(set(texts)) > 1],
        "same": [(name, texts[0]) for name, texts in rows if len(set(texts)) == 1],
    }


def common_sentence(sentences: Sequence[str], categories: Sequence[str]) -> str:
    """One sentence for findings that differ in their target alone; empty where there is none.

    Args:
        sentences: Of one finding, for each run that has it.
        categories: The targets of these runs in words.
    """
    if len(set(sentences)) == 1:
        return sentences[0]
    general = set()
    for sentence, category in zip(sentences, categories, strict=True):
        target = re.compile(rf"\b{re.escape(category)}\b", re.IGNORECASE)
        words = target.sub(THE_TARGET, sentence) if category else sentence
        general.add(words[:1].upper() + words[1:])
    return general.pop() if len(general) == 1 else ""


_ABSENT = object()


def _of_what_ran(config: Mapping) -> Mapping:
    """A configuration without the conditions that are described and were not run."""
    run, described = config.get("run"), config.get("conditions")
    if not (isinstance(run, Mapping) and isinstance(described, Mapping)):
        return config
    ran = [name for name in run.get("conditions") or [] if name in described]
    return {**config, "conditions": {name: described[name] for name in ran}}


def _apart(path: str, values: Sequence[object]) -> list[tuple[str, Sequence[object]]]:
    """The deepest options in which values differ."""
    if all(isinstance(value, Mapping) for value in values):
        keys = dict.fromkeys(key for value in values for key in value)
        return [
            row
            for key in keys
            for row in _apart(
                f"{path}.{key}".lstrip("."), [value.get(key, _ABSENT) for value in values]
            )
        ]
    # A list is compared as it stands, since its order can matter; 3 is 3.0.
    return [] if all(value == values[0] for value in values) else [(path, values)]


def _merged(orders: Sequence[Mapping[str, object]]) -> list[str]:
    """All names, where each run's order holds as far as it can: new ones follow their neighbour."""
    merged: list[str] = []
    for order in orders:
        place = 0
        for name in order:
            if name not in merged:
                merged.insert(place, name)
            place = merged.index(name) + 1
    return merged


def _finding(runs: Sequence[ComparedRun], rows: Sequence[Mapping | None]) -> dict:
    known = [(run, row) for run, row in zip(runs, rows, strict=True) if row]
    sentence = common_sentence(
        [row["sentence"] for _, row in known], [run.category for run, _ in known]
    )
    printed = [row["printed"] for _, row in known if not is_missing(row["printed"])]
    verdicts = {row["verdict"] for _, row in known}
    ends = [row[name] for _, row in known for name in ("low", "high")]
    limits = [end for end in ends if math.isfinite(end)]
    return {
        "finding": known[0][1]["finding"],
        "where": known[0][1]["where"],
        "sentence": _without_number(sentence),
        "sentences": [] if sentence else [
            (run.name, _without_number(row["sentence"])) for run, row in known
        ],
        "published": str(printed[0]) if printed else DASH,
        "same": len(known) == len(runs) and len(verdicts) == 1,
        "opposite": CONTRADICTED in verdicts and bool(verdicts & HOLDS),
        "zero": _place(0.0, limits),
        "cells": [_cell(row, limits) for row in rows],
    }  # fmt: skip


def _cell(row: Mapping | None, limits: Sequence[float]) -> dict:
    if row is None:
        return {"there": False}
    interval = math.isfinite(row["low"]) and math.isfinite(row["high"])
    bar = [_place(row[name], limits) for name in ("low", "high", "difference")] if interval else []
    tested = row["verdict"] != CANNOT_BE_TESTED
    return {
        "there": True,
        "verdict": row["verdict"],
        "class": CLASS_OF_VERDICT.get(row["verdict"], "untested"),
        "ours": with_spread(row["ours"], row["spread"]),
        "our_n": "" if is_missing(row["our_n"]) else row["our_n"],
        "features": "" if is_missing(row["features"]) else row["features"],
        "difference": number(row["difference"]),
        "interval": f"{number(row['low'])} to {number(row['high'])}" if interval else "",
        # Of "95%, Student's t over networks"; the report of the run has it in full.
        "confidence": "" if is_missing(row["interval"]) else row["interval"].partition(",")[0],
        "bar": bar,
        "note": "" if tested or is_missing(row["note"]) else row["note"],
    }


def _place(value: float, limits: Sequence[float]) -> float | None:
    """Where a difference lies in the drawing, which has zero and all intervals of the finding."""
    if not math.isfinite(value) or not limits:
        return None
    low, high = min(0.0, *limits), max(0.0, *limits)
    return round(WIDTH * (value - low) / (high - low), 1) if high > low else WIDTH / 2


def _without_number(sentence: str) -> str:
    return sentence.replace("{ours}", "…")
