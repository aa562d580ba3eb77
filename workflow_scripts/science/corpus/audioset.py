"""AudioSet's tables of classes and of excluded clips, and the label sets that are made of them.

AudioSet (Gemmeke et al., ICASSP 2017) describes clips by *mids* such as ``/m/04rlf`` (Music).
The class table lists the mids that clips are really labelled with, in the order of the network's
outputs.
"""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

import numpy as np
import pandas as pd

from science.corpus.ontology import Ontology, TableError
from science.corpus.spreadsheet_damage import NOT_UTF8, damage_of_id, is_no_text
from science.statistics.number_text import counted

_CLASS_COLUMNS = ["index", "mid", "display_name"]
BYTE_ORDER_MARK = "\ufeff"
_MOST_PROBLEMS_SHOWN = 10
_EXCLUDED_NAME = re.compile(r"(?:Name:\s*)?(?P<clip_id>\S.*_\d+\.\d{3})(?:\.wav)?")


def parse_class_labels(text: str, name: str) -> pd.DataFrame:
    """Read AudioSet's ``class_labels_indices.csv``.

    Returns:
        Columns ``index`` (int64, 0 … classes − 1), ``mid``, ``display_name``, in class order.

    Raises:
        TableError: Another header, a malformed line, an index out of order, or a mid given twice.
    """
    reader = _reader_of(text, _CLASS_COLUMNS)
    if reader is None:
        raise TableError(f"{name}, line 1: the header must be '{','.join(_CLASS_COLUMNS)}'.")
    rows: list[list[str]] = []
    problems: list[tuple[int, str]] = []
    seen: set[str] = set()
    for fields in rows_of(reader, name):
        row = [(fields[column] or "").strip() for column in _CLASS_COLUMNS]
        if not all(row) or any(fields.get(None, [])):
            problems.append((reader.line_num, "expected an index, a mid and a display name"))
            continue
        if row[0] != str(len(rows)):
            problems.append((reader.line_num, f"expected index {len(rows)}, found {row[0]!r}"))
        if row[1] in seen:
            problems.append((reader.line_num, f"the mid {row[1]} is given twice"))
        if any(map(is_no_text, row)):
            problems.append((reader.line_num, f"the mid or the name is {NOT_UTF8}"))
        seen.add(row[1])
        rows.append(row)
    refuse_problems(problems, name)
    if not rows:
        raise TableError(f"{name}: the table has no classes.")
    return pd.DataFrame(rows, columns=_CLASS_COLUMNS).astype({"index": "int64"})


def rows_of(reader: Iterable, name: str) -> Iterator:
    """The rows of a reader of CSV.

    Raises:
        TableError: One is longer than any: mostly a quotation mark was not closed.
    """
    try:
        yield from reader
    except csv.Error as error:
        raise TableError(
            f"{name}: after line {reader.line_num} a quotation mark is not closed, or a field is "
            f"too long to be one ({error})."
        ) from error


def _reader_of(text: str, columns: Sequence[str]) -> csv.DictReader | None:
    """A reader of a table by the names of its columns, None where its header lacks one."""
    for separator in ",\t;":
        lines = io.StringIO(text.removeprefix(BYTE_ORDER_MARK), newline=None)
        reader = csv.DictReader(lines, delimiter=separator, skipinitialspace=True)
        reader.fieldnames = [name.strip().casefold() for name in reader.fieldnames or ()]
        if set(columns) <= set(reader.fieldnames):
            return reader
    return None


def resolve_labels(
    chosen: Iterable[str | Mapping[str, object]], ontology: Ontology, class_labels: pd.DataFrame
) -> tuple[str, ...]:
    """The classes meant by a list of labels, as configuration files name them.

    Args:
        chosen: Each item is a mid or display name, which stands for its node and all descendants,
            or a mapping ``{label: …, descendants: false}``, which stands for that class alone.
        ontology: Gives the descendants.
        class_labels: Columns ``mid`` and ``display_name`` of the classes, in class order.

    Returns:
        Mids of the classes, without repeats, in class order. Nodes that are no classes drop out.

    Raises:
        ValueError: An item that names no node, or a node without any class; the item is named.
    """
    if isinstance(chosen, (str, Mapping)):
        raise ValueError(f"Expected a list of labels, found {chosen!r}; write it as a list.")
    refuse_other_ontology(ontology, class_labels)
    meant: set[str] = set()
    for position, item in enumerate(chosen, start=1):
        try:
            meant |= _classes_of_item(item, ontology, class_labels)
        except ValueError as error:
            raise ValueError(f"Item {position} ({item!r}): {error}") from error
    return tuple(mid for mid in class_labels["mid"] if mid in meant)


def refuse_other_ontology(ontology: Ontology, class_labels: pd.DataFrame) -> None:
    """Refuse a table of classes and an ontology that do not belong together.

    Raises:
        ValueError: Classes are no nodes of the ontology; it gives their number and the first.
    """
    strangers = [mid for mid in class_labels["mid"] if mid not in ontology.names]
    if strangers:
        raise ValueError(
            f"{len(strangers)} of {len(class_labels)} classes are no nodes of "
            f"{ontology.name}, the first {strangers[0]}; use a class table and an ontology that "
            "belong together."
        )


def _classes_of_item(item: object, ontology: Ontology, class_labels: pd.DataFrame) -> set[str]:
    if isinstance(item, Mapping):
        label, with_descendants = item.get("label"), item.get("descendants", True)
        if set(item) - {"label", "descendants"} or not isinstance(with_descendants, bool):
            raise ValueError("the keys allowed are 'label', and 'descendants' (true or false).")
    else:
        label, with_descendants = item, True
    if not isinstance(label, str):
        raise ValueError("a label must be a mid or a display name.")
    mid = ontology.find(label, class_labels)
    nodes = ontology.descendants(mid) if with_descendants else {mid}
    classes = nodes & set(class_labels["mid"])
    if not classes:
        what = "nor any of its descendants is" if with_descendants else "itself is not"
        subject = "neither the node" if with_descendants else "the node"
        raise ValueError(f"{subject} {mid} ({ontology.names[mid]}) {what} a class of the table.")
    return classes


def refuse_problems(
    problems: Sequence[tuple[int, str]], name: str, causes: Mapping[str, int] | None = None
) -> None:
    """Refuse a table for its malformed lines, if there are any.

    Args:
        problems: The lines' numbers, and what is wrong in each.
        name: What messages call the file.
        causes: What is wrong with many lines at once and what to do, with the number of lines.

    Raises:
        TableError: The causes, and the first ten problems.
    """
    if not problems:
        return
    told = [f"In {counted(number, 'line')} {cause}." for cause, number in (causes or {}).items()]
    told += [f"{name}, line {line}: {what}." for line, what in problems[:_MOST_PROBLEMS_SHOWN]]
    hidden = len(problems) - _MOST_PROBLEMS_SHOWN
    if hidden > 0:
        told.append(f"… and {hidden} more.")
    count = counted(len(problems), "problem")
    raise TableError(f"{name} is refused for {count}; correct the table:\n" + "\n".join(told))


def parse_excluded_clips(
    lines: Iterable[str], name: str = "list of excluded clips"
) -> frozenset[str]:
    """Clip ids from file names such as ``{ytid}_{start:.3f}.wav``, in the first column.

    A name may lack the ``.wav``, or carry the prefix ``Name: `` as the first five of the paper's
    list do. Blank lines are skipped, and comments as in a segments table. There is no header.

    Raises:
        TableError: Lines that name no clip, with their numbers, and what a spreadsheet damaged.
    """
    clip_ids: set[str] = set()
    problems: list[tuple[int, str]] = []
    causes: Counter[str] = Counter()
    for number, line in enumerate(lines, start=1):
        fields = next(csv.reader([line.removeprefix(BYTE_ORDER_MARK).strip()]), [])
        found = fields[0].strip() if fields else ""
        damage = damage_of_id(found)
        begun = clip_ids or problems
        if not found or (not damage and found.startswith("#" if not begun else "# ")):
            continue
        match = _EXCLUDED_NAME.fullmatch(found)
        if match is None or damage or is_no_text(found):
            problems.append((number, f"expected a name like YTID_30.000.wav, found {found!r}"))
            causes.update([damage] if damage else [])
        else:
            clip_ids.add(unicodedata.normalize("NFC", match["clip_id"]))
    refuse_problems(problems, name, causes)
    return frozenset(clip_ids)


def purity(labels: Sequence[Sequence[str]], category: Collection[str]) -> np.ndarray:
    """How far the labels of each clip lie in a category (Methods of the paper).

    Returns:
        A string per clip: ``pure`` where all labels lie in the category, ``none`` where none
        does, ``mixed`` otherwise.

    Raises:
        ValueError: A clip without labels.
    """
    members = frozenset(category)
    kinds = []
    for position, clip_labels in enumerate(labels):
        inside = [label in members for label in clip_labels]
        if not inside:
            raise ValueError(f"Clip number {position} has no labels, so it has no purity.")
        kinds.append("pure" if all(inside) else "mixed" if any(inside) else "none")
    return np.array(kinds, dtype="<U5")


def multi_hot(labels: Sequence[Sequence[str]], classes: Sequence[str]) -> np.ndarray:
    """Truth table of shape (clips, classes): which class each clip carries.

    Raises:
        ValueError: A label that is not among the classes.
    """
    column_of_class = {mid: column for column, mid in enumerate(classes)}
    table = np.zeros((len(labels), len(column_of_class)), dtype=bool)
    for row, clip_labels in enumerate(labels):
        for label in clip_labels:
            if label not in column_of_class:
                raise ValueError(f"Clip number {row} carries {label!r}, which is not a class.")
            table[row, column_of_class[label]] = True
    return table
