"""What a run's results come from: the commit, the code, the logs, digests of clips and tables."""

from __future__ import annotations

import hashlib
import subprocess
from collections.abc import Iterable
from pathlib import Path

import pandas as pd

from plumbing import checksums

DIGEST_COLUMNS = ["data", "files", "sha256"]


def commit_of(folder: Path) -> str:
    """The commit that a folder is at, with `-dirty` after an edit; empty where git knows none."""
    command = ["git", "-C", str(folder), "describe", "--always", "--dirty", "--abbrev=40"]
    try:
        told = subprocess.run(
            [*command, "--exclude=*"], capture_output=True, text=True, encoding="utf-8", timeout=20
        )
    except (OSError, subprocess.SubprocessError):
        return ""
    return told.stdout.strip() if told.returncode == 0 else ""


def digests_of(clips: Path) -> pd.DataFrame:
    """Digests of a corpus, from the checksums that its jobs wrote.

    Args:
        clips: Folder of the corpus.

    Returns:
        Columns data, files and sha256: a row for each table, and one for all shards of a folder,
        whose digest is that of their checksums one after the other, in the order of their names.
    """
    rows = []
    for folder in sorted({path.parent.parent for path in clips.rglob("*.sum")}):
        lines = [path.read_text(encoding="utf-8") for path in sorted(folder.glob("*/*.sum"))]
        noted = [line for line in lines if checksums.LINE.fullmatch(line)]
        name = folder.relative_to(clips).as_posix()
        if name == "tables":
            for line in noted:
                digest, _, file = line.strip().partition("  ")
                rows.append((f"{name}/{file}", 1, digest))
        elif noted:
            whole = hashlib.sha256("".join(noted).encode()).hexdigest()
            rows.append((f"{name}/", len(noted), whole))
    return pd.DataFrame(rows, columns=DIGEST_COLUMNS)


def sources_of(scripts: Path, analyses: Iterable[str]) -> dict[str, str]:
    """Text of the module of each analysis."""
    places = {name: scripts / f"science/analyses/{name}.py" for name in analyses}
    return {name: path.read_text(encoding="utf-8") for name, path in places.items()}


def logs_of(run: Path, analyses: Iterable[str], target: str) -> dict[str, str]:
    """Log of each analysis, relative to the run's folder: one file, that of the target, or all.

    An analysis whose logs were deleted is missing.
    """
    found = {}
    for name in analyses:
        rule = f"logs/measure_{name}"
        if there := [one for one in _places(rule, target) if (run / one).exists()]:
            found[name] = there[0]
    return found


def _places(rule: str, target: str) -> tuple[str, ...]:
    return f"{rule}.log", f"{rule}/{target}.log", rule
