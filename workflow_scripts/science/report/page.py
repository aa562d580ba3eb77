"""The report of a run as one HTML page that needs no other file and no network.

Everything that is put into the page comes in as values: tables, pictures, captions, settings. The
template escapes them; only captions, made from reStructuredText here, are markup.
"""

from __future__ import annotations

import base64
import hashlib
import struct
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import SimpleNamespace

import docutils.core
import docutils.utils
import jinja2
import pandas as pd
from markupsafe import Markup

from science.corpus.conditions import KEPT
from science.report.listening import Sounds, in_page, shown_sounds
from science.report.methods import methods_of
from science.report.opening import first_pictures, opening_sentences
from science.report.references import bibtex_of
from science.report.scorecard import (
    shown_facts,
    shown_findings,
    shown_verdicts,
    slips_of_facts,
)
from science.report.tables import clips_by_reason, hours_of, jobs_by_rule, shown_table
from science.report.traces import Trace
from science.scorecard.claims import headlines
from science.scorecard.kim2024 import CORPUS
from science.statistics.number_text import DASH, counted, number

# Shares of short clips that differ by more can move a ratio of responses.
NOTABLE_SHARE = 0.05
PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
DOCUTILS_SETTINGS = {
    "raw_enabled": False,
    "file_insertion_enabled": False,
    "_disable_config": True,
    "report_level": 5,
    "halt_level": 2,
}


@dataclass(frozen=True)
class Run:
    """What the page is about.

    Attributes:
        folder: Where the run's results lie, as a person would type it.
        notice: Stands above everything; empty for none.
        config: The effective configuration.
        config_text: The same as the YAML it is stored as.
        figures: PNG files by the figure's name.
        captions: reStructuredText with Jinja expressions over `snakemake.config`, by figure.
        scorecard: The result of `science.scorecard.verdicts.score`.
        numbers: The result of `science.scorecard.number_table.number_rows`.
        analyses: Tables by the analysis' name.
        availability: Clips asked for and got, a row for each split.
        availability_words: The same in sentences, with the classes that have no clip left.
        left_out: Columns condition, split, reason, clips, as of `count_left_out`.
        jobs: A row for each job that was measured, from `read_benchmarks`.
        versions: Versions of packages by name.
        traces: Where the number of each finding comes from, by the finding's id.
        sounds: What can be listened to; None for nothing.
        commit: Of the code; empty where it is not known.
        digests: Columns data, files and sha256.
    """

    folder: str
    notice: str
    config: Mapping
    config_text: str
    figures: Mapping[str, bytes]
    captions: Mapping[str, str]
    scorecard: pd.DataFrame
    numbers: pd.DataFrame
    analyses: Mapping[str, pd.DataFrame]
    availability: pd.DataFrame
    availability_words: Sequence[str]
    left_out: pd.DataFrame
    jobs: pd.DataFrame
    versions: Mapping[str, str]
    traces: Mapping[str, Trace]
    sounds: Sounds | None
    commit: str
    digests: pd.DataFrame


def render_page(template: str, script: str, run: Run) -> str:
    """Fill the page's Jinja template with a run; the same run gives the same page.

    Args:
        template: The page.
        script: Its script, the only one that a browser will run: the page's policy holds its hash.
        run: What the page is about.

    Raises:
        ValueError: A caption cannot be rendered, a figure is no PNG, or a caption is missing.
        jinja2.TemplateError: The template is at fault.
    """
    environment = jinja2.Environment(
        autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    findings = shown_findings(run.scorecard, run.numbers)
    facts, first = shown_facts(run.numbers), headlines(findings)
    core_hours, gpu_hours = hours_of(run.jobs)
    analysis_of = {name: one.analysis for name, one in run.traces.items()}
    published = not run.numbers.empty
    judged = published and run.config["corpus"]["name"] == CORPUS
    return environment.from_string(template).render(
        run=run,
        script=Markup(script),
        script_digest=_digest_of_script(script),
        opening=opening_sentences(run.config, run.availability, findings, first, analysis_of),
        pictures=[_figure(run, name) for name in first_pictures(run.figures)],
        sounds=shown_sounds(run.sounds) if run.sounds else None,
        sounds_in_page=run.sounds is None or in_page(run.sounds),
        heard=run.config["run"]["reference_condition"],
        methods=methods_of(run.config, run.versions),
        bibtex=bibtex_of(run.config),
        digests=shown_table(run.digests, set_apart=False),
        core_hours=core_hours,
        gpu_hours=gpu_hours,
        name=run.config["run"]["name"],
        category=run.config["run"]["target"].replace("_", " "),
        published=published,
        judged=judged,
        findings=findings,
        facts=facts,
        slips=slips_of_facts(facts, judged),
        headlines=first,
        others=len(findings) - len(first),
        verdicts=shown_verdicts(findings),
        tolerance=f"{run.config['scorecard']['tolerance']:.0%}",
        figures=[_figure(run, name) for name in run.figures],
        conditions=_conditions(run),
        availability=shown_table(run.availability, set_apart=False),
        availability_words=[
            *run.availability_words,
            *_words_of_empty_list(run.config, published),
            *words_of_short_clips(run.analyses, run.config["run"]["target"]),
        ],
        left_out=shown_table(clips_by_reason(run.left_out), set_apart=False),
        analyses={name: shown_table(table) for name, table in run.analyses.items()},
        rules=shown_table(jobs_by_rule(run.jobs), set_apart=False),
        jobs=len(run.jobs),
        total_s=number(float(run.jobs["s"].sum())),
        title=title,
    )


def _digest_of_script(script: str) -> str:
    """What the page's policy knows its script by."""
    return "sha256-" + base64.b64encode(hashlib.sha256(script.encode()).digest()).decode("ascii")


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
            f"correct rules/report/{figure}.rst"
        ) from error
    return Markup(parts["body"])


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


def _words_of_empty_list(config: Mapping, published: bool) -> list[str]:
    """What the report says where conditions leave out clips listed by hand and none is listed."""
    leaving = [
        name
        for name in config["run"]["conditions"]
        if config["conditions"][name]["exclude_listed_clips"]
    ]
    corpus = config["corpus"]
    if not leaving or corpus["tables"]["excluded_clips"] or "demo" in corpus["sources"]:
        return []
    words = (
        f"No clip was excluded by hand from the training of {', '.join(leaving)}: "
        f"corpus.tables.excluded_clips is empty."
    )
    return [f"{words} The paper excluded 503 clips." if published else words]


def words_of_short_clips(analyses: Mapping[str, pd.DataFrame], category: str) -> list[str]:
    """A warning for each split where a category has more short clips than other sounds, or fewer.

    What fills a short clip up is heard too, so that responses differ by that alone.

    Args:
        analyses: Tables by name; of `selectivity` the columns category, split, padded_category,
            padded_other and short_clips.
        category: The target.
    """
    if "selectivity" not in analyses:
        return []
    table = analyses["selectivity"]
    table = table[table["category"] == category].drop_duplicates("split")
    far = (table["padded_category"] - table["padded_other"]).abs() > NOTABLE_SHARE
    return [
        f"Caution: on the {row.split} split {row.padded_category:.0%} of the clips of "
        f"{category.replace('_', ' ')} and {row.padded_other:.0%} of the others are shorter than "
        f"logmel.clip_s. What fills them up (logmel.short_clips: {row.short_clips}) is heard too, "
        f"and alone makes responses differ."
        for row in table[far].itertuples()
    ]


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
    if taken := condition["weights"] or condition["weights_of"]:
        order = ", permuted within each tensor" if condition["permute_weights"] else ""
        return f"Nothing: the weights of {taken}{order}"
    if condition["epochs"] == 0:
        return "Nothing: the weights stay as they were initialised"
    labels = "labels drawn at random" if condition["label_mode"] == "random" else "true labels"
    left_out = []
    if condition["exclude_labels"]:
        left_out.append(f"with {', '.join(_label_names(condition['exclude_labels']))}")
    if condition["exclude_listed_clips"]:
        left_out.append("listed by hand")
    without = f", without clips {' or '.join(left_out)}" if left_out else ""
    if left_out and condition["keep_fraction"]:
        without += f", of which {100 * condition['keep_fraction']:g}% stay in"
    epoch = "the best" if condition["weights_used"] == "best" else "the last"
    epochs = counted(condition["epochs"], "epoch")
    return f"{labels.capitalize()}{without}; weights of {epoch} of {epochs}"


def _label_names(labels: Iterable) -> Iterable[str]:
    return (label if isinstance(label, str) else label["label"] for label in labels)
