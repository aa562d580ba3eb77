"""Tables of the report as text: which columns are shown, and numbers with sensible digits."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd
from pandas.api import types

from science.corpus.conditions import KEPT
from science.statistics.number_text import DASH, is_missing, number, p_value

MAX_ROWS = 500
# Columns that say which row it is: never set apart as 'the same in all rows', never rounded.
KEY_COLUMNS = ("features", "condition", "seed", "split")


@dataclass(frozen=True)
class ShownTable:
    """A table as text.

    Attributes:
        columns: Headings, each with whether the column holds numbers.
        rows: The cells; the first of each row heads it.
        same: Columns that have one value in all rows, with that value, taken out of `rows`.
        rows_left_out: Number of rows beyond those shown.
    """

    columns: tuple[tuple[str, bool], ...]
    rows: tuple[tuple[str, ...], ...]
    same: tuple[tuple[str, str], ...] = ()
    rows_left_out: int = 0


def shown_table(
    table: pd.DataFrame, set_apart: bool = True, max_rows: int = MAX_ROWS
) -> ShownTable:
    """A table as text, with sensible digits.

    A column `log10_p` beside `p` is used for p and not shown. Columns without any value are
    dropped.

    Args:
        table: What to show.
        set_apart: Whether columns, except key columns, that have the same value in all of several
            rows are taken out and named once.
        max_rows: Rows to show.
    """
    table = table.dropna(axis="columns", how="all")
    cells = {name: _column(table, name) for name in table.columns}
    if {"p", "log10_p"} <= set(cells):
        cells["p"] = [p_value(*pair) for pair in zip(table["p"], table["log10_p"], strict=True)]
        del cells["log10_p"]
    constant = [
        name
        for name in cells
        if set_apart and len(table) > 1 and name not in KEY_COLUMNS and len(set(cells[name])) == 1
    ]
    varying = [name for name in cells if name not in constant]
    return ShownTable(
        columns=tuple((name, _holds_numbers(table, name)) for name in varying),
        rows=tuple(zip(*(cells[name][:max_rows] for name in varying), strict=True)),
        same=tuple((name, cells[name][0]) for name in constant),
        rows_left_out=max(len(table) - max_rows, 0),
    )


def jobs_by_rule(jobs: pd.DataFrame) -> pd.DataFrame:
    """Number of jobs, wall time, core time and peak memory of each rule, the longest first."""
    grouped = jobs.groupby("rule").agg(
        jobs=("rule", "size"),
        seconds=("s", "sum"),
        core_s=("cpu_time", lambda seconds: seconds.sum(min_count=1)),
        longest_job_s=("s", "max"),
        mib=("max_rss", "max"),
    )
    ordered = grouped.reset_index().sort_values(["seconds", "rule"], ascending=[False, True])
    names = {
        "seconds": "all jobs, s",
        "core_s": "cores, s",
        "longest_job_s": "longest job, s",
        "mib": "most memory, MiB",
    }
    return ordered.rename(columns=names)


def hours_of(jobs: pd.DataFrame) -> tuple[str, str]:
    """Core-hours and GPU-hours of all jobs, as text.

    A job has a GPU to itself for all its time, and its cores for as long as they compute.
    """
    on_gpu = float(jobs.loc[jobs["on_gpu"].astype(bool), "s"].sum())
    return number(float(jobs["cpu_time"].sum()) / 3600), number(on_gpu / 3600)


def clips_by_reason(left_out: pd.DataFrame) -> pd.DataFrame:
    """Clips that each condition leaves out, a row for each reason and split, the commonest first.

    Args:
        left_out: Columns condition, split, reason, clips.
    """
    gone = left_out[left_out["reason"] != KEPT]
    counts = gone.pivot_table(
        index=["reason", "split"], columns="condition", values="clips", aggfunc="sum", fill_value=0
    ).reindex(columns=left_out["condition"].unique(), fill_value=0)
    order = counts.sum(axis="columns").sort_values(ascending=False, kind="stable").index
    return counts.loc[order].reset_index()


def _column(table: pd.DataFrame, name: str) -> list[str]:
    values = table[name].astype(object).where(table[name].notna(), None).tolist()
    floats = types.is_float_dtype(table[name])
    if floats and all(value is None or float(value).is_integer() for value in values):
        values = [None if value is None else int(value) for value in values]
    if name in KEY_COLUMNS:
        return [DASH if is_missing(value) else str(value) for value in values]
    if name == "p" or (name.endswith("_p") and not name.startswith("log")):
        return [DASH if value is None else p_value(value) for value in values]
    return [number(value) for value in values]


def _holds_numbers(table: pd.DataFrame, name: str) -> bool:
    return types.is_numeric_dtype(table[name]) and not types.is_bool_dtype(table[name])
