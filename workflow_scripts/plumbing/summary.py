"""What a run says when it ends: its headline numbers, and where the report is."""

from __future__ import annotations

import csv
import math
import textwrap
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

from science.report.words import as_published, counted, with_spread
from science.scorecard.claims import VERDICTS, headlines

COLUMNS_OF_TERMINAL = 96


def closing_summary(run: str) -> str:
    """The lines printed at the end of a run.

    Args:
        run: The run's folder, results/{name}.

    Returns:
        The notice, for each part of the paper the first finding that could be tested, with our
        number and the published one, how many findings got which verdict, and the report's path;
        without a scorecard or a report, the folder.
    """
    folder = Path(run)
    scorecard, report = folder / "scorecard.csv", folder / "report.html"
    lines = _headlines(scorecard) if scorecard.is_file() else []
    lines.append(f"The report: {report}" if report.is_file() else f"The results: {folder}/")
    return "\n".join(["", *lines])


def _headlines(scorecard: Path) -> list[str]:
    with open(scorecard, encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    try:
        first = headlines(rows)
        notices = {row["notice"]: None for row in rows if row["notice"]}
        published = any(row["published"] for row in rows)
        lines = [line for row in first for line in _claim(row, published)]
        if lines and not published:
            target = rows[0]["category"].replace("_", " ")
            lines = [f"The findings of Kim, Kim & Jeong (2024), for {target}:", *lines]
    except KeyError as missing:
        return [f"{scorecard} has no column {missing}: delete it and run again", ""]
    if len(rows) > len(first):
        kind = f"{'more ' if first else ''}{'published ' if first and published else ''}finding"
        others = counted(len(rows) - len(first), kind)
        lines.append(f"{others}: {scorecard}")
    count = Counter(row["verdict"] for row in rows)
    known = [f"{count[verdict]} {verdict}" for verdict in VERDICTS if count[verdict]]
    lines.append(f"Of all {len(rows)}: {', '.join(known)}")
    return [*notices, *([""] if notices else []), *lines, ""]


def _claim(row: Mapping[str, str], published: bool) -> list[str]:
    ours = with_spread(_float(row["ours"]), _float(row["spread"]))
    parts = [counted(int(row["networks"]), "network")]
    if published:
        paper = as_published(_float(row["published"]), _float(row["published_spread"]))
        parts.append(f"paper: {paper}")
    sentence = row["sentence"].replace("{ours}", ours)
    return [
        *textwrap.wrap(sentence, COLUMNS_OF_TERMINAL, break_on_hyphens=False),
        f"    {'; '.join([*parts, row['verdict']])}",
    ]


def _float(cell: str) -> float:
    return float(cell) if cell else math.nan
