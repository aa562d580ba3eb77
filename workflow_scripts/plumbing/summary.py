"""What a run says when it ends: its headline numbers, and where the report is."""

from __future__ import annotations

import csv
import math
import textwrap
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

from science.report.words import as_published, counted, with_spread
from science.scorecard.claims import CANNOT_BE_TESTED, NOT_REPRODUCED, REPRODUCED, SAME_DIRECTION
from science.scorecard.headlines import headlines

COLUMNS_OF_TERMINAL = 96
VERDICTS = (REPRODUCED, SAME_DIRECTION, NOT_REPRODUCED, CANNOT_BE_TESTED)


def closing_summary(run: str) -> str:
    """The lines printed at the end of a run.

    Args:
        run: The run's folder, results/{name}.

    Returns:
        The notice, for each part of the paper the first published number that could be tested,
        with ours, how many findings got which verdict, and the report's path; without a scorecard
        or a report, the folder.
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
        told = headlines(rows)
        notices = {row["notice"]: None for row in rows if row["notice"]}
        lines = [line for row in told for line in _claim(row)]
    except KeyError as missing:
        return [f"{scorecard} has no column {missing}: delete it and run again", ""]
    if len(rows) > len(told):
        others = counted(len(rows) - len(told), "more published finding" if told else "finding")
        lines.append(f"{others}: {scorecard}")
    count = Counter(row["verdict"] for row in rows)
    known = [f"{count[verdict]} {verdict}" for verdict in VERDICTS if count[verdict]]
    lines.append(f"Of all {len(rows)}: {', '.join(known)}")
    return [*notices, *([""] if notices else []), *lines, ""]


def _claim(row: Mapping[str, str]) -> list[str]:
    ours = with_spread(_float(row["ours"]), _float(row["spread"]))
    networks = counted(int(row["networks"]), "network")
    published = as_published(_float(row["published"]), _float(row["published_spread"]))
    sentence = row["sentence"].replace("{ours}", ours)
    return [
        *textwrap.wrap(sentence, COLUMNS_OF_TERMINAL, break_on_hyphens=False),
        f"    {networks}; paper: {published}; {row['verdict']}",
    ]


def _float(cell: str) -> float:
    return float(cell) if cell else math.nan
