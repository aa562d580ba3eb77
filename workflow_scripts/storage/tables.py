"""Parquet and CSV tables between the stages, written whole, read with a check of their columns."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from storage.whole_files import TableFileError, whole_file

# As the jobs that may take a GPU end their logs.
ON_GPU = re.compile(r"(, on|clips train,) cuda\b")


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


def read_table(
    path: Path, columns: Sequence[str] | None = None, as_text: Collection[str] = ()
) -> pd.DataFrame:
    """Read a Parquet or CSV table that `write_table` wrote.

    Args:
        path: The file, .parquet or .csv.
        columns: Which columns, in this order; all by default.
        as_text: Columns of a CSV table whose digits stay as they were written.

    Raises:
        TableFileError: The file cannot be read or lacks a column.
    """
    path = Path(path)
    try:
        is_csv = path.suffix == ".csv"
        has = list(pd.read_csv(path, nrows=0)) if is_csv else pq.read_schema(path).names
        columns = has if columns is None else list(columns)
        if set(columns) <= set(has):
            if not is_csv:
                return pq.read_table(path, columns=columns).to_pandas()[columns]
            # A category may be called NA or None: what is missing was written as nothing.
            how = {"keep_default_na": False, "na_values": [""]}
            as_written = dict.fromkeys(as_text, str)
            return pd.read_csv(path, usecols=columns, dtype=as_written, **how)[columns]
    except (pa.ArrowInvalid, ValueError) as error:
        raise TableFileError(
            f"{path} is not a whole table ({error}); delete it and run again"
        ) from error
    lacks = ", ".join(name for name in columns if name not in has)
    raise TableFileError(
        f"{path} has no column {lacks}, only {', '.join(has)}; correct the name where the table is "
        f"read, or delete the table and run again where another version of the code wrote it"
    )


def read_benchmarks(folder: Path, logs: Path, own_rule: str = "write_report") -> pd.DataFrame:
    """What is known of the cost of each job.

    Args:
        folder: A table for each job below it, in a folder or a file named after the rule.
        logs: The logs of the same jobs, named alike, which say whether one computed on a GPU.
        own_rule: The report's, whose time is left out: it is known only when the page is written,
            and an older one would make a second page differ from the first.

    Returns:
        Columns rule, s (wall time), cpu_time (s of cores), max_rss (MiB) and on_gpu.
    """
    columns = ["s", "cpu_time", "max_rss"]
    parts = [pd.DataFrame({name: [] for name in ["rule", *columns, "on_gpu"]})]
    parts[0] = parts[0].astype({"rule": str, "on_gpu": bool})
    for path in sorted(folder.rglob("*.tsv")):
        place = path.relative_to(folder)
        rule = place.parts[0].removesuffix(".tsv")
        if rule != own_rule:
            measured = pd.read_csv(path, sep="\t", na_values=["-", "NA"]).reindex(columns=columns)
            log = logs / place.with_suffix(".log")
            said = log.read_text(encoding="utf-8", errors="replace") if log.is_file() else ""
            on_gpu = bool(ON_GPU.search(said))
            parts.append(measured.astype(float).assign(rule=rule, on_gpu=on_gpu))
    return pd.concat(parts, ignore_index=True)
