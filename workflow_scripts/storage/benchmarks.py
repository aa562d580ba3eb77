"""What Snakemake measured of each job of a run: a small table beside every result."""

from __future__ import annotations

from pathlib import Path

import pandas as pd


def read_benchmarks(folder: Path, own_rule: str = "write_report") -> pd.DataFrame:
    """What Snakemake measured of each job: columns rule, s and max_rss (MiB).

    Args:
        folder: A table for each job below it, in a folder or a file named after the rule.
        own_rule: The report's, whose time is left out: it is known only when the page is written,
            and an older one would make a second page differ from the first.
    """
    parts = [pd.DataFrame({"rule": [], "s": [], "max_rss": []}).astype({"rule": str})]
    for path in sorted(folder.rglob("*.tsv")):
        rule = path.relative_to(folder).parts[0].removesuffix(".tsv")
        if rule != own_rule:
            measured = pd.read_csv(path, sep="\t", usecols=["s", "max_rss"], na_values=["-"])
            parts.append(measured.assign(rule=rule))
    return pd.concat(parts, ignore_index=True)
