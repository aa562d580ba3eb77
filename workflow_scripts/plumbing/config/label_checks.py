"""Checks of the labels that a configuration names against the classes of its corpus."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from plumbing.config.addresses import path_of
from plumbing.config.options import SUBCLASSES
from science.corpus.audioset import parse_class_labels, refuse_other_ontology, resolve_labels
from science.corpus.ontology import Ontology, TableError, describe_subclasses
from sources.demo import ontology as demo_ontology
from storage.corpus_tables import FILE_OF_TABLE, read_class_labels, read_ontology


def label_problems(config: Mapping) -> list[str]:
    """What is wrong with the labels of conditions, categories and sub-classes.

    The corpus' tables are looked at where they are on this machine, given as paths or fetched by an
    earlier run. Until then nothing is wrong.

    Returns:
        One sentence for each item that names no class, with the key it stands under, or one for a
        table that is malformed.
    """
    try:
        tables = _known_tables(config["corpus"])
    except TableError as error:
        return [f"corpus.tables: {error}"]
    if tables is None:
        return []
    try:
        refuse_other_ontology(*tables)
    except ValueError as error:
        return [f"corpus.tables: {error}"]
    problems = []
    for key, items in _lists_of_labels(config).items():
        for item in items:
            try:
                resolve_labels([item], *tables)
            except ValueError as error:
                problems.append(f"{key}: {error}")
    return problems + _subclass_problems(config, *tables)


def _lists_of_labels(config: Mapping) -> dict[str, list]:
    """Every list of labels that the run uses, by its key."""
    lists = {
        f"conditions.{name}.exclude_labels": config["conditions"][name]["exclude_labels"]
        for name in config["run"]["conditions"]
    }
    return lists | {f"categories.{name}": items for name, items in config["categories"].items()}


def _subclass_problems(
    config: Mapping, ontology: Ontology, class_labels: pd.DataFrame
) -> list[str]:
    """What is wrong with the parents of sub-classes; a corpus may lack those of the default."""
    problems = []
    for name, parent in config["subclasses"].items():
        if SUBCLASSES.get(name) == parent:
            continue
        try:
            ontology.find(parent, class_labels)
        except ValueError as error:
            problems.append(f"subclasses.{name}: {error}")
            continue
        if describe_subclasses(ontology, class_labels, parent).empty:
            problems.append(
                f"subclasses.{name}: no class is right below {parent!r}; name the node whose "
                f"children are the kinds of {name}"
            )
    return problems


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
