"""What a report opens with: the question, five sentences, three pictures."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

import pandas as pd

from science.report.methods import ORIGINS
from science.scorecard.claims import (
    CANNOT_BE_TESTED,
    CONTRADICTED,
    INCONCLUSIVE,
    REPRODUCED,
    SAME_DIRECTION,
    VERDICTS,
)
from science.statistics.number_text import counted, number

# The analyses that a reader asks for first.
FIRST = ("selectivity", "quilts", "readout", "separability", "natural_sounds", "detection")
PICTURES = 3
SENTENCES_OF_KIND = 2


def first_pictures(figures: Iterable[str]) -> list[str]:
    """The figures that a page opens with: of the analyses that come first, else any."""
    given = list(figures)
    ordered = [name for name in FIRST if name in given]
    return (ordered + [name for name in given if name not in FIRST])[:PICTURES]


def opening_sentences(
    config: Mapping,
    availability: pd.DataFrame,
    findings: Sequence[Mapping],
    headlines: Sequence[Mapping],
    analysis_of: Mapping[str, str],
) -> list[tuple[str, str]]:
    """Target, corpus, what was found, what was not, and how the findings stand; each with its lead.

    Args:
        config: The effective configuration.
        availability: Columns asked and got, a row for each split.
        findings: From `shown_findings`.
        headlines: Those of them that stand for a part of the paper.
        analysis_of: The analysis that answers a finding, by the finding's id.
    """
    run, corpus = config["run"], config["corpus"]
    category = run["target"].replace("_", " ")
    reference = run["reference_condition"]
    seeds = counted(len(run["seeds"]), "seed")
    asked, got = (int(availability[name].sum()) for name in ("asked", "got"))
    origins = " and ".join(ORIGINS.get(source, source) for source in corpus["sources"])
    found = [one for one in headlines if one["verdict"] in (REPRODUCED, SAME_DIRECTION)]
    missed = [one for one in findings if one["verdict"] == CONTRADICTED]
    missed += [one for one in headlines if one["verdict"] == INCONCLUSIVE]
    return [
        (
            "Target",
            f"Units that respond to {category} more than to other sounds, in networks that never "
            f"heard {category} while they learned ({reference}); "
            f"{counted(len(run['conditions']), 'condition')} and {seeds} are compared.",
        ),
        (
            "Corpus",
            f"{corpus['name']}: {number(got)} of the {number(asked)} clips that were asked for, "
            f"{origins}.",
        ),
        ("Found", _findings(found, analysis_of) or "Nothing could be concluded."),
        (
            "Not found",
            _findings(missed, analysis_of, said=False)
            or "No part of the findings was contradicted or left open.",
        ),
        ("In all", _in_all(findings)),
    ]


def _findings(
    findings: Sequence[Mapping], analysis_of: Mapping[str, str], said: bool = True
) -> str:
    """The first findings in words, one of each analysis, those that readers ask for first.

    What is not `said` is what was not found: "That …".
    """

    def place(finding: Mapping) -> tuple[bool, int]:
        analysis = analysis_of.get(finding["finding"], "")
        rank = FIRST.index(analysis) if analysis in FIRST else len(FIRST)
        return finding["verdict"] != CONTRADICTED, rank

    first_of: dict[str, Mapping] = {}
    for finding in sorted(findings, key=place):
        first_of.setdefault(analysis_of.get(finding["finding"], finding["where"]), finding)
    sentences = [
        f"{one['before']}{one['ours']}{one['after']} ({one['verdict']})."
        for one in list(first_of.values())[:SENTENCES_OF_KIND]
    ]
    if not said:
        sentences = [f"That {one[0].lower()}{one[1:]}" for one in sentences]
    return " ".join(sentences)


def _in_all(findings: Sequence[Mapping]) -> str:
    count = Counter(one["verdict"] for one in findings)
    if not findings:
        return "There is no finding for this run."
    told = [f"{count[one]} {one}" for one in VERDICTS if one != CANNOT_BE_TESTED]
    untold = f"; {count[CANNOT_BE_TESTED]} cannot be tested here"
    return f"Of {counted(len(findings), 'finding')}: {', '.join(told)}{untold}."
