"""What a run says when it ends: its headline numbers, and where the report is; or its clips."""

from __future__ import annotations

import csv
import math
import re
import textwrap
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

from plumbing.terminal.log_events import COLUMNS_OF_TERMINAL
from science.scorecard.claims import BEYOND, VERDICTS, headlines
from science.statistics.number_text import IN_WORDS, counted, with_spread


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


def clips_summary(run: str) -> str:
    """The lines printed after the clips alone were fetched: how many of each split are available.

    Args:
        run: The run's folder, results/{name}.
    """
    table = Path(run) / "analyses/availability.csv"
    if not table.is_file():
        return f"\nThe results: {run}/"
    with open(table, encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    lines = [_split_account(row) for row in rows]
    return "\n".join(["", *lines, f"Availability by split: {table}"])


def unfinished_clips(clips: str, shards: int, logs: Sequence[str]) -> str:
    """The lines printed after a run in which clips were missing; empty after other failures.

    Args:
        clips: The corpus' folder, results/clips/{corpus}.
        shards: How many shards each split has.
        logs: The run's log files, which name the rules that failed.
    """
    if not any("fetch_clips" in _failed_rules(Path(log)) for log in logs):
        return ""
    lines = []
    for split in ("train", "test"):
        files = [Path(clips) / split / f"{number}.parquet" for number in range(shards)]
        there = [file for file in files if file.is_file()]
        part = f"{split}: {len(there)} of {counted(shards, 'shard')} finished"
        lines.append(f"{part}; in them, {_split_account(_counts_of(there))}" if there else part)
    lines.append(
        "What was fetched is kept, of the unfinished shards too; the sentences above say what the "
        "others lack."
    )
    return "\n".join(["", *lines])


def _failed_rules(log: Path) -> set[str]:
    words = log.read_text(encoding="utf-8", errors="replace") if log.is_file() else ""
    return set(re.findall(r"Error in rule (\w+)", words))


def _counts_of(shards: Sequence[Path]) -> dict[str, int]:
    """What shards hold, in the columns of the account."""
    from storage.clips import read_clip_table

    counts: Counter[str] = Counter()
    for row in read_clip_table(shards, ["status", "source"]).to_pylist():
        ok = row["status"] == "ok"
        counts.update(["asked", f"got_from_{row['source']}" if ok else f"missing_{row['status']}"])
        counts["got"] += ok
    return dict(counts)


def _split_account(row: Mapping[str, str | int]) -> str:
    def parts(start: str) -> list[str]:
        found = [(int(float(row[key] or 0)), key) for key in row if key.startswith(start)]
        return [f"{n:,} {key.removeprefix(start)}" for n, key in sorted(found, reverse=True) if n]

    had, missing = parts("got_from_"), parts("missing_")
    split = f"{row['split']}: " if "split" in row else ""
    told = f"{split}{int(row['got']):,} of {int(row['asked']):,} clips available"
    told += (
        f" ({', '.join(f'from {part.split()[1]} {part.split()[0]}' for part in had)})"
        if had
        else ""
    )
    return told + (f"; missing: {', '.join(missing)}" if missing else "")


def _headlines(scorecard: Path) -> list[str]:
    with open(scorecard, encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    try:
        first = headlines(rows)
        notices = {row["notice"]: None for row in rows if row["notice"]}
        published = any(row["printed"] for row in rows)
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
    if published and not row["where"].startswith(BEYOND):
        parts.append(f"paper: {row['printed'] or IN_WORDS}")
    sentence = row["sentence"].replace("{ours}", ours)
    return [
        *textwrap.wrap(sentence, COLUMNS_OF_TERMINAL, break_on_hyphens=False),
        f"    {'; '.join([*parts, row['verdict']])}",
    ]


def _float(cell: str) -> float:
    return float(cell) if cell else math.nan
