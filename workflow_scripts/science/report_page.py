"""The report of a run as one HTML page that needs no other file and no network.

Everything that is put into the page comes in as values: tables, pictures, captions, settings. The
template escapes them; only captions, made from reStructuredText here, are markup.
"""

from __future__ import annotations

import base64
import struct
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import SimpleNamespace

import docutils.core
import docutils.utils
import jinja2
import pandas as pd
from markupsafe import Markup
from pandas.api import types

from science.claims import CANNOT_BE_TESTED, NOT_REPRODUCED, REPRODUCED, SAME_DIRECTION
from science.conditions import KEPT
from science.headlines import headlines
from science.number_text import DASH, as_published, is_missing, number, p_value, with_spread

PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
MAX_ROWS = 500
# Columns that say which row it is: never set apart as 'the same in all rows', never rounded.
KEY_COLUMNS = ("features", "condition", "seed", "split")
CLASS_OF_VERDICT = {
    REPRODUCED: "good",
    SAME_DIRECTION: "partly",
    NOT_REPRODUCED: "bad",
    CANNOT_BE_TESTED: "unknown",
}
DOCUTILS_SETTINGS = {
    "raw_enabled": False,
    "file_insertion_enabled": False,
    "_disable_config": True,
    "report_level": 5,
    "halt_level": 2,
}


@dataclass(frozen=True)
class Run:
    """What the page tells of.

    Attributes:
        folder: Where the run's results lie, as a person would type it.
        notice: Stands above everything; empty for none.
        config: The effective configuration.
        config_text: The same as the YAML it is stored as.
        figures: PNG files by the figure's name.
        captions: reStructuredText with Jinja expressions over `snakemake.config`, by figure.
        scorecard: The result of `science.claims.score`.
        analyses: Tables by the analysis' name.
        left_out: Columns condition, split, reason, clips (`science.conditions.count_left_out`).
        jobs: A row for each job that was measured: rule, s (wall time), max_rss (MiB).
        versions: Versions of packages by name.
    """

    folder: str
    notice: str
    config: Mapping
    config_text: str
    figures: Mapping[str, bytes]
    captions: Mapping[str, str]
    scorecard: pd.DataFrame
    analyses: Mapping[str, pd.DataFrame]
    left_out: pd.DataFrame
    jobs: pd.DataFrame
    versions: Mapping[str, str]


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


def render_page(template: str, run: Run) -> str:
    """Fill the page's Jinja template with a run; the same run gives the same page.

    Raises:
        ValueError: A caption cannot be rendered, a figure is no PNG, or a caption is missing.
        jinja2.TemplateError: The template is at fault.
    """
    environment = jinja2.Environment(
        autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    claims = [_claim(row) for row in run.scorecard.to_dict("records")]
    first = headlines(claims)
    return environment.from_string(template).render(
        run=run,
        name=run.config["run"]["name"],
        claims=claims,
        headlines=first,
        untold=len(claims) - len(first),
        figures=[_figure(run, name) for name in run.figures],
        conditions=_conditions(run),
        left_out=shown_table(clips_by_reason(run.left_out), set_apart=False),
        analyses={name: shown_table(table) for name, table in run.analyses.items()},
        rules=shown_table(jobs_by_rule(run.jobs), set_apart=False),
        jobs=len(run.jobs),
        total_s=number(float(run.jobs["s"].sum())),
        title=title,
    )


def title(name: str) -> str:
    """A name of a figure or an analysis as a heading."""
    return name.replace("_", " ").capitalize()


def caption_html(source: str, figure: str, config: Mapping) -> Markup:
    """A figure's caption as HTML: Jinja over `snakemake.config` first, then reStructuredText.

    Raises:
        ValueError: An expression or the markup is at fault; the message has figure and reason.
    """
    job = SimpleNamespace(config=config, wildcards=SimpleNamespace(figure=figure))
    try:
        text = jinja2.Template(source, undefined=jinja2.StrictUndefined).render(snakemake=job)
        parts = docutils.core.publish_parts(
            text, writer="html5", settings_overrides=DOCUTILS_SETTINGS
        )
    except (jinja2.TemplateError, docutils.utils.SystemMessage) as error:
        raise ValueError(
            f"The caption of the figure {figure} cannot be rendered: {error}; "
            f"mend rules/report/{figure}.rst"
        ) from error
    return Markup(parts["body"])


def shown_table(
    table: pd.DataFrame, set_apart: bool = True, max_rows: int = MAX_ROWS
) -> ShownTable:
    """A table as text, with sensible digits.

    A column `log10_p` beside `p` is used for p and not shown. Columns without any value are
    dropped.

    Args:
        table: What to show.
        set_apart: Whether columns, but for key columns, that have the same value in all of several
            rows are taken out and told once.
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
    """Number of jobs, wall time and peak memory of each rule, the longest first."""
    grouped = jobs.groupby("rule").agg(
        jobs=("rule", "size"),
        seconds=("s", "sum"),
        longest_job_s=("s", "max"),
        mib=("max_rss", "max"),
    )
    ordered = grouped.reset_index().sort_values(["seconds", "rule"], ascending=[False, True])
    names = {"seconds": "all jobs, s", "longest_job_s": "longest job, s", "mib": "most memory, MiB"}
    return ordered.rename(columns=names)


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


def _claim(row: Mapping) -> dict:
    before, _, after = row["sentence"].partition("{ours}")
    limits = (number(row["low"]), number(row["high"]))
    return {
        "before": before,
        "after": after,
        "where": row["where"],
        "published": as_published(row["published"], row["published_spread"]),
        "ours": with_spread(row["ours"], row["spread"]),
        "interval": DASH if DASH in limits else f"{limits[0]} to {limits[1]}",
        "networks": int(row["networks"]),
        "compared_with": number(row["compared_with"]),
        "p": p_value(row["p"], row["log10_p"]),
        "test": number(row["test"]),
        "tolerance": "" if is_missing(row["published"]) else f"within {row['tolerance']:.0%}",
        "verdict": row["verdict"],
        "verdict_class": CLASS_OF_VERDICT.get(row["verdict"], "unknown"),
        "note": "" if is_missing(row["note"]) else row["note"],
    }


def _figure(run: Run, name: str) -> dict:
    png = run.figures[name]
    if not png.startswith(PNG_SIGNATURE):
        raise ValueError(f"The figure {name} is no PNG file; delete it and run again")
    if name not in run.captions:
        raise ValueError(f"The figure {name} has no caption; write rules/report/{name}.rst")
    width, height = struct.unpack(">II", png[16:24])
    return {
        "name": name,
        "source": f"data:image/png;base64,{base64.b64encode(png).decode('ascii')}",
        "width": width,
        "height": height,
        "caption": caption_html(run.captions[name], name, run.config),
    }


def _conditions(run: Run) -> list[dict]:
    """What each condition trains on, in words and in numbers of clips."""
    rows = []
    for name, counts in run.left_out.groupby("condition", sort=False):
        condition = run.config["conditions"][name]
        kept = counts[counts["reason"] == KEPT].set_index("split")["clips"]
        gone = counts[counts["reason"] != KEPT]
        # An untrained network uses none of the clips that its condition would let it train on.
        used = [split for split in ("train", "validation") if condition["epochs"] > 0] + ["test"]
        rows.append(
            {
                "name": name,
                "words": _training_words(condition),
                "clips": [
                    number(int(kept[split])) if split in used else DASH
                    for split in ("train", "validation", "test")
                ],
                "left_out": number(int(gone["clips"].sum())),
            }
        )
    return rows


def _training_words(condition: Mapping) -> str:
    if condition["epochs"] == 0:
        return "Nothing: the weights stay as they were initialised"
    labels = "labels dealt out at random" if condition["label_mode"] == "random" else "true labels"
    left_out = []
    if condition["exclude_labels"]:
        left_out.append(f"with {', '.join(_label_names(condition['exclude_labels']))}")
    if condition["exclude_listed_clips"]:
        left_out.append("listed by hand")
    without = f", without clips {' or '.join(left_out)}" if left_out else ""
    epoch = "the best" if condition["weights_used"] == "best" else "the last"
    return f"{labels.capitalize()}{without}; weights of {epoch} of {condition['epochs']} epochs"


def _label_names(labels: Iterable) -> Iterable[str]:
    return (label if isinstance(label, str) else label["label"] for label in labels)
