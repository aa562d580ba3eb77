"""The tables of a corpus in AudioSet's formats: ontology, classes, segments, excluded clips."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from science.corpus import audioset
from storage.found_tables import json_text, table_lines, table_text

FILE_OF_TABLE = {
    "train_segments": "train_segments.csv",
    "test_segments": "test_segments.csv",
    "class_labels": "class_labels_indices.csv",
    "ontology": "ontology.json",
    "excluded_clips": "excluded_clips.txt",
}


@dataclass(frozen=True)
class CorpusTables:
    """Classes and ontology of a corpus, and the clips that its user excludes by hand.

    Attributes:
        class_labels: Columns index, mid, display_name, in class order.
        ontology: The graph of classes.
        excluded_clips: Clip ids.
    """

    class_labels: pd.DataFrame
    ontology: audioset.Ontology
    excluded_clips: frozenset[str]

    def resolve(self, items: Iterable, key: str = "") -> tuple[str, ...]:
        """Mids of the classes that a list of labels in the configuration means.

        Raises:
            ValueError: An item that names no class; the message begins with `key`, where given.
        """
        try:
            return audioset.resolve_labels(items, self.ontology, self.class_labels)
        except ValueError as error:
            raise ValueError(f"{key}: {error}" if key else str(error)) from error

    @property
    def classes(self) -> list[str]:
        """Mids of all classes, in class order."""
        return list(self.class_labels["mid"])


def read_corpus_tables(files: Iterable[Path]) -> CorpusTables:
    """Read the tables that were collected for a corpus, given in any order.

    Raises:
        science.corpus.audioset.TableError: A table is malformed; the message names file and line.
        FileNotFoundError: One of the tables is not among the files.
    """
    path_of = {Path(file).name: Path(file) for file in files}
    missing = [name for name in FILE_OF_TABLE.values() if name not in path_of]
    if missing:
        raise FileNotFoundError(f"the corpus lacks the tables {', '.join(missing)}")
    return CorpusTables(
        class_labels=read_class_labels(path_of[FILE_OF_TABLE["class_labels"]]),
        ontology=read_ontology(path_of[FILE_OF_TABLE["ontology"]]),
        excluded_clips=read_excluded_clips(path_of[FILE_OF_TABLE["excluded_clips"]]),
    )


def read_class_labels(path: Path) -> pd.DataFrame:
    """Read class_labels_indices.csv."""
    return audioset.parse_class_labels(table_text(path), str(path))


def read_ontology(path: Path) -> audioset.Ontology:
    """Read ontology.json."""
    return audioset.Ontology.from_json(json_text(path), str(path))


def read_excluded_clips(path: Path, name: str | None = None) -> frozenset[str]:
    """Read a list of excluded clips, one name in a row: text or a workbook, empty for none."""
    if not Path(path).stat().st_size:
        return frozenset()
    name = name or str(path)
    return audioset.parse_excluded_clips(table_lines(path, name), name)
