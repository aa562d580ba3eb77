"""Checks of a configuration that no key alone can tell: keys against keys, tables and labels."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from plumbing.addresses import path_of
from plumbing.corpus_checks import check_corpus, check_fetch
from plumbing.settings import ConfigError
from science import demo_ontology
from science.audioset import Ontology, parse_class_labels, resolve_labels
from science.published_claims import CLAIMS
from science.quilt_segments import cut_into_segments
from storage.corpus_tables import FILE_OF_TABLE, read_class_labels, read_ontology


def check_config(config: Mapping) -> None:
    """Refuse a configuration whose keys contradict each other or name files that are absent.

    Raises:
        ConfigError: One sentence for each problem, with the key's path and what is allowed.
    """
    problems = _check_run(config) + _check_training(config) + _check_logmel(config)
    problems += _check_quilts(config) + check_corpus(config["corpus"])
    problems += check_fetch(config["fetch"]) + _check_scorecard(config["scorecard"])
    if problems:
        raise ConfigError("\n".join(problems))


def check_labels(config: Mapping) -> None:
    """Refuse conditions and categories that name a label which the corpus does not have.

    The corpus' tables are looked at where they are on this machine, given as paths or fetched by an
    earlier run. Until then nothing can be said; the rules that use the labels refuse them with the
    same words.

    Raises:
        ConfigError: The items that name no class, with the keys they stand under.
    """
    tables = _known_tables(config["corpus"])
    if tables is None:
        return
    lists = {
        f"conditions.{name}.exclude_labels": config["conditions"][name]["exclude_labels"]
        for name in config["run"]["conditions"]
    }
    lists |= {f"categories.{name}": items for name, items in config["categories"].items()}
    lists["detection.classes_apart"] = config["detection"]["classes_apart"]
    problems = []
    for key, items in lists.items():
        for item in items:
            try:
                resolve_labels([item], *tables)
            except ValueError as error:
                problems.append(f"{key}: {error}")
    if problems:
        raise ConfigError("\n".join(problems))


def _known_tables(corpus: Mapping) -> tuple[Ontology, pd.DataFrame] | None:
    """Ontology and classes of a corpus, None where they have not been fetched yet."""
    if "demo" in corpus["sources"]:
        return (
            Ontology.from_json(demo_ontology.ontology_json(), "the demo's ontology"),
            parse_class_labels(demo_ontology.class_labels_csv(), "the demo's classes"),
        )
    paths = []
    for table in ("ontology", "class_labels"):
        given = path_of(corpus["tables"][table])
        fetched = Path("results/clips") / corpus["name"] / "tables" / FILE_OF_TABLE[table]
        paths.append(given or fetched)
    if not all(path.is_file() for path in paths):
        return None
    return read_ontology(paths[0]), read_class_labels(paths[1])


def _check_run(config: Mapping) -> list[str]:
    run, known = config["run"], list(config["conditions"])
    problems = [
        f"run.conditions: {name!r} is not described under `conditions`; allowed are "
        f"{', '.join(known)}"
        for name in run["conditions"]
        if name not in known
    ]
    if run["reference_condition"] not in run["conditions"]:
        problems.append(
            f"run.reference_condition: {run['reference_condition']!r} is not among "
            f"run.conditions; allowed are {', '.join(run['conditions'])}"
        )
    if "music" not in config["categories"]:
        problems.append("categories: `music` must be described; the analyses compare with it")
    return problems


def _check_training(config: Mapping) -> list[str]:
    training, problems = config["training"], []
    for end in ("start", "end"):
        if training[f"{end}_learning_rate"] > training["peak_learning_rate"]:
            problems.append(
                f"training.{end}_learning_rate: must not be above training.peak_learning_rate "
                f"({training['peak_learning_rate']})"
            )
    if config["network"]["class"] != "paper" and not config["network"]["feature_layer"]:
        problems.append(
            "network.feature_layer: name the submodule of your own network whose output is its "
            "features"
        )
    return problems


def _check_logmel(config: Mapping) -> list[str]:
    logmel = config["logmel"]
    frames = int(logmel["clip_s"] / logmel["hop_s"])
    if config["network"]["class"] == "paper" and frames < 121:
        return [
            f"logmel.hop_s: {logmel['clip_s']} s in steps of {logmel['hop_s']} s are {frames} "
            f"frames; the paper's network needs at least 121"
        ]
    return []


def _check_quilts(config: Mapping) -> list[str]:
    quilts, logmel, problems = config["quilts"], config["logmel"], []
    for segment_ms in quilts["segments_ms"]:
        try:
            cut_into_segments(segment_ms, quilts["quilted_s"], logmel["window_s"], logmel["clip_s"])
        except ValueError as error:
            problems.append(f"quilts.segments_ms: {error}")
    return list(dict.fromkeys(problems))


def _check_scorecard(scorecard: Mapping) -> list[str]:
    known = [claim.id for claim in CLAIMS]
    problems = []
    for name in map(str, scorecard["tolerances"]):
        if name in known:
            continue
        close = difflib.get_close_matches(name, known)
        hint = f"did you mean {', '.join(close)}?" if close else f"there are {', '.join(known)}"
        problems.append(f"scorecard.tolerances.{name}: no published number has this id; {hint}")
    return problems
