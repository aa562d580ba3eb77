"""Checks of a configuration that no key alone can tell, and the moments at which they are made.

Options are checked against each other and against this machine's files before any job; labels
against the corpus' classes as soon as its tables are there.
"""

from __future__ import annotations

import difflib
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import get_args

from plumbing.config.corpus_checks import corpus_problems
from plumbing.config.fetch_checks import fetch_problems
from plumbing.config.label_checks import label_problems
from plumbing.config.network_checks import (
    PAPER,
    dose_problems,
    network_problems,
    waveform_problems,
    weights_problems,
)
from plumbing.config.options import SUBCLASSES, Analysis
from plumbing.config.settings import refuse
from plumbing.config.snapshots import snapshot_problems
from plumbing.config.stimulus_checks import (
    logmel_problems,
    quilt_problems,
    sound_category_problems,
)
from plumbing.corpus_origin import origin_problems
from science.analyses.selection import unit_count
from science.baselines.feature_sets import ACOUSTICS, BRAIN, GBFB, WITHOUT_NETWORK
from science.baselines.gabor_bank import check_gabor_bank
from science.scorecard import kim2024
from science.scorecard.claim_sets import ids_of, is_published, problems_of_own

# Files that stand where those of a condition or a category of this name would.
TAKEN_BY_CONDITIONS = {"clips": "labels/clips.parquet", "categories": "labels/categories"}
TAKEN_BY_CATEGORIES = {"tests": "analyses/quilts/tests.csv"}
ONLY_IN_EARLIER_LAYOUT = ("baselines", "labels/categories.parquet", "analyses/categories.csv")
# Those whose numbers are amounts, so that their ratios mean something.
RESPONDING_BASELINES = (GBFB, ACOUSTICS)


def check_config(config: Mapping) -> None:
    """Refuse a configuration whose keys contradict each other or name files that are absent.

    Raises:
        ConfigError: One sentence for each problem, with the key's path and what is allowed.
    """
    refuse(
        _run_problems(config["run"], config["conditions"])
        + weights_problems(config["run"], config["conditions"])
        + dose_problems(config)
        + waveform_problems(config["run"], config["conditions"], config["network"])
        + _category_problems(config)
        + _contrast_problems(config)
        + _training_problems(config["training"])
        + snapshot_problems(config)
        + network_problems(config["network"])
        + logmel_problems(config["logmel"], config["network"]["class"] == PAPER)
        + _selectivity_problems(config["selectivity"], config["network"])
        + _gabor_problems(config["baselines"]["gbfb"])
        + quilt_problems(config["quilts"], config["logmel"], config["run"]["analyses"])
        + corpus_problems(config["corpus"])
        + sound_category_problems(config)
        + origin_problems(config["corpus"])
        + fetch_problems(config["fetch"])
        + _scorecard_problems(config)
    )


def check_labels(config: Mapping) -> None:
    """Refuse a configuration that names a label which the corpus does not have.

    Until the corpus' tables are on this machine nothing can be said, and nothing is refused.

    Raises:
        ConfigError: The items that name no class, with the keys they stand under.
    """
    refuse(label_problems(config))


def earlier_layout(run: Path) -> str:
    """What to say of a run's folder that an earlier version filled; empty where there is nothing.

    Args:
        run: The folder, results/{name}.
    """
    found = [name for name in ONLY_IN_EARLIER_LAYOUT if (run / name).exists()]
    if not found:
        return ""
    return (
        f"{run} holds files of an earlier version ({', '.join(found)}): nothing reads them, and "
        f"everything after the clips is computed again. Delete the folder, or set run.name"
    )


def _run_problems(run: Mapping, conditions: Mapping) -> list[str]:
    problems = [
        f"run.conditions: {name!r} is not described under `conditions`; allowed are "
        f"{', '.join(conditions)}"
        for name in run["conditions"]
        if name not in conditions
    ]
    problems += [
        f"conditions.{name}: a baseline has this name in files and tables; choose another"
        for name in (*WITHOUT_NETWORK, BRAIN)
        if name in conditions
    ]
    problems += _taken_names("conditions", conditions, TAKEN_BY_CONDITIONS)
    if (reference := run["reference_condition"]) not in run["conditions"]:
        of_target = reference == f"no_{run['target']}"
        remedy = (
            f", or describe {reference}, the default for run.target: {run['target']}, under "
            f"`conditions` and add it to run.conditions"
        )
        problems.append(
            f"run.reference_condition: {reference!r} is not among run.conditions; allowed are "
            f"{', '.join(run['conditions'])}{remedy if of_target else ''}"
        )
    return problems


def _taken_names(key: str, names: Collection[str], taken: Mapping[str, str]) -> list[str]:
    return [
        f"{key}.{name}: the run's {file} has this name; choose another"
        for name, file in taken.items()
        if name in names
    ]


def _category_problems(config: Mapping) -> list[str]:
    categories, target = config["categories"], config["run"]["target"]
    problems = _taken_names("categories", categories, TAKEN_BY_CATEGORIES)
    if target not in categories:
        problems.append(
            f"run.target: {target!r} is not described under `categories`; allowed are "
            f"{', '.join(categories)}"
        )
    problems += [
        f"subclasses.{name}: no category has this name; allowed are {', '.join(categories)}"
        for name, parent in config["subclasses"].items()
        if name not in categories and SUBCLASSES.get(name) != parent
    ]
    return problems


def _contrast_problems(config: Mapping) -> list[str]:
    allowed = [*config["run"]["conditions"], *RESPONDING_BASELINES]
    problems = [
        f"contrasts: {name!r} is not run, or has no ratio; allowed are {', '.join(allowed)}"
        for pair in config["contrasts"]
        for name in pair
        if name not in allowed
    ]
    return problems + [
        f"contrasts: {first!r} is compared with itself; name two"
        for first, second in config["contrasts"]
        if first == second
    ]


def _training_problems(training: Mapping) -> list[str]:
    peak = training["peak_learning_rate"]
    return [
        f"training.{end}_learning_rate: must not be above training.peak_learning_rate ({peak})"
        for end in ("start", "end")
        if training[f"{end}_learning_rate"] > peak
    ]


def _selectivity_problems(selectivity: Mapping, network: Mapping) -> list[str]:
    if network["class"] != PAPER:
        return []
    try:
        unit_count(network["channels"][-1], selectivity["fraction"])
    except ValueError as error:
        return [f"selectivity.fraction: {error}"]
    return []


def _gabor_problems(gbfb: Mapping) -> list[str]:
    try:
        check_gabor_bank(gbfb)
    except ValueError as error:
        return [f"baselines.gbfb: {error}"]
    return []


def _scorecard_problems(config: Mapping) -> list[str]:
    scorecard, target = config["scorecard"], config["run"]["target"]
    published = is_published(scorecard["claims"], target)
    if published and target != kim2024.CATEGORY:
        return [
            f"scorecard.claims: kim2024 is about {kim2024.CATEGORY}, and run.target is {target}; "
            f"choose auto or none"
        ]
    categories = config["categories"]
    known = ids_of(published, target, categories)
    own = problems_of_own(published, target, categories, get_args(Analysis))
    problems = [f"workflow_scripts/science/scorecard/findings_own.py: {what}" for what in own]
    for name in map(str, scorecard["tolerances"]):
        if name in known:
            continue
        close = difflib.get_close_matches(name, known)
        hint = f"did you mean {', '.join(close)}?" if close else f"there are {', '.join(known)}"
        problems.append(f"scorecard.tolerances.{name}: no finding has this id; {hint}")
    return problems
