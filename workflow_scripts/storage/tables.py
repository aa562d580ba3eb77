"""Parquet and CSV tables between the stages, written whole, read with a check of their columns."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from storage.whole_files import whole_file


class TableFileError(ValueError):
    """A table between stages cannot be used; the message names the file and what to do."""


def write_table(
    path: Path, table: pd.DataFrame | pa.Table, schema: pa.Schema | None = None
) -> None:
    """Write a table as Parquet or CSV, by the ending of its name, whole or not at all.

    Args:
        path: The file, .parquet or .csv.
        table: What to write; a data frame's index is left out. As CSV, a data frame only.
        schema: Types of a Parquet file whose columns may be empty, and so tell no type.
    """
    with whole_file(Path(path)) as unfinished:
        if Path(path).suffix == ".csv":
            table.to_csv(unfinished, index=False)
        else:
            if isinstance(table, pd.DataFrame):
                table = pa.Table.from_pandas(table, schema, preserve_index=False)
            pq.write_table(table, unfinished)


def read_table(path: Path, columns: Sequence[str]) -> pd.DataFrame:
    """Read the named columns of a Parquet or CSV table.

    Raises:
        TableFileError: The file cannot be read or lacks a column.
    """
    path = Path(path)
    try:
        if path.suffix == ".csv":
            return pd.read_csv(path, usecols=list(columns), keep_default_na=True)[list(columns)]
        return pq.read_table(path, columns=list(columns)).to_pandas()[list(columns)]
    except (pa.ArrowInvalid, KeyError, ValueError) as error:
        raise TableFileError(
            f"{path} is not a whole table with the columns {', '.join(columns)} ({error}); delete "
            f"it and run again"
        ) from error


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
