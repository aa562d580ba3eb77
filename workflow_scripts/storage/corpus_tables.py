"""The tables of a corpus in AudioSet's formats: ontology, classes, segments, excluded clips."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import overload

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from science.corpus import audioset
from science.corpus.ontology import Ontology
from storage.clips import AskedClip, shard_of
from storage.found_tables import json_text, table_lines, table_text
from storage.whole_files import TableFileError

FILE_OF_TABLE = {
    "train_segments": "train_segments.csv",
    "test_segments": "test_segments.csv",
    "class_labels": "class_labels_indices.csv",
    "ontology": "ontology.json",
    "excluded_clips": "excluded_clips.txt",
}


@dataclass(frozen=True)
class CorpusTables:
    """Classes and ontology of a corpus.

    Attributes:
        class_labels: Columns index, mid, display_name, in class order.
        ontology: The graph of classes.
    """

    class_labels: pd.DataFrame
    ontology: Ontology

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
    """Read the tables of classes that were collected for a corpus, given in any order.

    Raises:
        science.corpus.ontology.TableError: A table is malformed; the message names file and line.
        FileNotFoundError: One of the tables is not among the files.
    """
    path_of = {Path(file).name: Path(file) for file in files}
    needed = [FILE_OF_TABLE[table] for table in ("class_labels", "ontology")]
    if missing := [name for name in needed if name not in path_of]:
        raise FileNotFoundError(f"the corpus lacks the tables {', '.join(missing)}")
    class_labels, ontology = (path_of[name] for name in needed)
    return CorpusTables(read_class_labels(class_labels), read_ontology(ontology))


def read_class_labels(path: Path) -> pd.DataFrame:
    """Read class_labels_indices.csv."""
    return audioset.parse_class_labels(table_text(path), str(path))


def read_ontology(path: Path) -> Ontology:
    """Read ontology.json."""
    return Ontology.from_json(json_text(path), str(path))


def read_excluded_clips(path: Path, name: str | None = None) -> frozenset[str]:
    """Read a list of excluded clips, one name in a row: text or a workbook, empty for none."""
    if not Path(path).stat().st_size:
        return frozenset()
    name = name or str(path)
    return audioset.parse_excluded_clips(table_lines(path, name), name)


_COLUMNS = ["clip_id", "ytid", "start_s", "end_s", "labels"]
_ROWS_AT_ONCE = 10_000


class AskedClips(Sequence[AskedClip]):
    """Clips in Arrow's form; each is made when it is looked at, so that millions fit in memory."""

    def __init__(self, table: pa.Table) -> None:
        """Take a table with the columns of a list of clips."""
        self._table = table

    def __len__(self) -> int:
        """The number of clips."""
        return len(self._table)

    @overload
    def __getitem__(self, place: int) -> AskedClip: ...

    @overload
    def __getitem__(self, place: slice) -> AskedClips: ...

    def __getitem__(self, place: int | slice) -> AskedClip | AskedClips:
        """A clip, or the clips of a slice."""
        if isinstance(place, slice):
            return AskedClips(
                self._table.take(pa.array(range(*place.indices(len(self))), pa.int64()))
            )
        (clip,) = _clips(self._table.slice(range(len(self))[place], 1))
        return clip

    def __iter__(self) -> Iterator[AskedClip]:
        """The clips in order."""
        for rows in self._table.to_batches(_ROWS_AT_ONCE):
            yield from _clips(rows)

    def of_shard(self, number: int, shards: int) -> list[AskedClip]:
        """The clips that belong into shard `number` out of `shards`."""
        wanted = [shard_of(clip_id, shards) == number for clip_id in self._ids()]
        return list(AskedClips(self._table.filter(pa.array(wanted, pa.bool_()))))

    def _ids(self) -> Iterator[str]:
        for rows in self._table.select(["clip_id"]).to_batches(_ROWS_AT_ONCE):
            yield from rows["clip_id"].to_pylist()


def read_asked_clips(path: Path) -> AskedClips:
    """The clips of a split, in the order of its segments table.

    Raises:
        TableFileError: The file cannot be read or lacks a column.
    """
    try:
        # Not pq.read_table: on many cores its threads hold several copies.
        return AskedClips(pq.ParquetFile(path).read(_COLUMNS, use_threads=False))
    except (pa.ArrowInvalid, KeyError, OSError) as error:
        raise TableFileError(
            f"{path} is not a whole list of clips ({error}); delete it and run again"
        ) from error


def _clips(rows: pa.Table | pa.RecordBatch) -> Iterator[AskedClip]:
    for clip_id, ytid, start_s, end_s, labels in zip(
        *(rows[name].to_pylist() for name in _COLUMNS), strict=True
    ):
        yield AskedClip(clip_id, ytid, start_s, end_s, tuple(labels))
