"""AudioSet's ontology, its tables, and the label sets that are made from them.

AudioSet (Gemmeke et al., ICASSP 2017) describes clips by *mids* such as ``/m/04rlf`` (Music). The
ontology orders the mids in a directed acyclic graph: a node may have several parents. The class
table lists the mids that clips are really labelled with, in the order of the network's outputs;
the segments tables list the clips.
"""

from __future__ import annotations

import csv
import difflib
import graphlib
import io
import json
import math
import re
import zipfile
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

MUSIC_GENRE_MID = "/m/0kpv1t"

_MOST_PROBLEMS_SHOWN = 10
_SEGMENT = re.compile(
    r'(?P<ytid>[^\s,"/\\](?:[^,"/\\\t]*[^\s,"/\\])?)\s*,'
    r"\s*(?P<start>[\d.eE+-]+)\s*,\s*(?P<end>[\d.eE+-]+)\s*,"
    r'\s*(?:"(?P<quoted>[^"]*)"|(?P<bare>[^",\s]+))'
)
_EXCLUDED_NAME = re.compile(r"(?:Name:\s*)?(?P<clip_id>\S.*_\d+\.\d{3})(?:\.wav)?")


class TableError(ValueError):
    """A table or ontology file that is refused; the message names the file and the place."""


@dataclass(frozen=True)
class Ontology:
    """The graph of sound categories.

    Attributes:
        name: What error messages call it, usually the file it was read from.
        names: Display name of each mid.
        children: The direct children of each mid, in the ontology's order.
    """

    name: str
    names: Mapping[str, str]
    children: Mapping[str, tuple[str, ...]]

    @classmethod
    def from_json(cls, text: str, name: str) -> Ontology:
        """Read AudioSet's ``ontology.json``: a list of objects with id, name and child_ids.

        Raises:
            TableError: Not JSON, a node without one of the three keys, an id given twice, a child
                that is no node, or a cycle.
        """
        try:
            nodes = json.loads(text)
        except json.JSONDecodeError as error:
            raise TableError(f"{name}, line {error.lineno}: not JSON ({error.msg}).") from error
        if not isinstance(nodes, list) or not nodes:
            raise TableError(f"{name}: expected a list of ontology nodes.")
        names: dict[str, str] = {}
        children: dict[str, tuple[str, ...]] = {}
        for position, node in enumerate(nodes, start=1):
            mid, display_name, child_mids = _read_node(node, f"{name}, node {position}")
            if mid in names:
                raise TableError(f"{name}, node {position}: the id {mid} is given twice.")
            names[mid], children[mid] = display_name, child_mids
        _refuse_broken_graph(children, name)
        return cls(name, names, children)

    def descendants(self, mid: str) -> frozenset[str]:
        """Mids of all nodes that can be reached from ``mid`` downwards, with ``mid`` itself.

        Raises:
            ValueError: ``mid`` is no node of the ontology.
        """
        if mid not in self.names:
            raise ValueError(f"{self.name} has no node {mid!r}.")
        found = {mid}
        waiting = [mid]
        while waiting:
            new = set(self.children[waiting.pop()]) - found
            found |= new
            waiting.extend(new)
        return frozenset(found)

    def find(self, label: str, class_labels: pd.DataFrame | None = None) -> str:
        """The mid that ``label`` means: a mid or a display name.

        An exact match comes before one that ignores case. With ``class_labels`` the display
        names of the class table are accepted too, where they differ from the ontology's.

        Raises:
            ValueError: No node is meant, or more than one; the message suggests what may be meant.
        """
        if label in self.names:
            return label
        candidates = [(display_name, mid) for mid, display_name in self.names.items()]
        if class_labels is not None:
            candidates += zip(class_labels["display_name"], class_labels["mid"], strict=True)
        matches = _matching_mids(label, candidates)
        if len(matches) == 1:
            return matches[0]
        if matches:
            raise ValueError(
                f"{label!r} means {len(matches)} nodes of {self.name}: {', '.join(matches)}; "
                "give the mid of one."
            )
        raise ValueError(
            f"{self.name} has no node {label!r}. {_suggestions(label, candidates)} "
            "Allowed are mids and display names."
        )


def _read_node(node: object, place: str) -> tuple[str, str, tuple[str, ...]]:
    if not isinstance(node, dict):
        raise TableError(f"{place}: expected an object with id, name and child_ids.")
    mid, display_name, children = (node.get(key) for key in ("id", "name", "child_ids"))
    if not (isinstance(mid, str) and mid and isinstance(display_name, str) and display_name):
        raise TableError(f"{place}: 'id' and 'name' must be strings that are not empty.")
    if not isinstance(children, list) or not all(isinstance(child, str) for child in children):
        raise TableError(f"{place} ({mid}): 'child_ids' must be a list of ids.")
    return mid, display_name, tuple(children)


def _refuse_broken_graph(children: Mapping[str, Sequence[str]], name: str) -> None:
    for mid, child_mids in children.items():
        for child in child_mids:
            if child not in children:
                raise TableError(f"{name}: {mid} has the child {child}, which is no node.")
    try:
        graphlib.TopologicalSorter(children).prepare()
    except graphlib.CycleError as error:
        # graphlib walks from child to parent; reversed, the cycle reads from parent to child.
        cycle = " > ".join(reversed(error.args[1]))
        raise TableError(f"{name}: a node is its own descendant: {cycle}.") from error


def _matching_mids(label: str, candidates: Sequence[tuple[str, str]]) -> list[str]:
    exact = [mid for name, mid in candidates if name == label]
    folded = label.casefold()
    loose = [mid for name, mid in candidates if folded in (name.casefold(), mid.casefold())]
    return list(dict.fromkeys(exact or loose))


def _suggestions(label: str, candidates: Sequence[tuple[str, str]]) -> str:
    by_folded_name = {name.casefold(): (name, mid) for name, mid in reversed(candidates)}
    close = difflib.get_close_matches(label.casefold(), by_folded_name, n=5)
    if not close:
        return "No display name is close to it."
    return "Close: " + ", ".join("{!r} ({})".format(*by_folded_name[name]) for name in close) + "."


def parse_class_labels(text: str, name: str) -> pd.DataFrame:
    """Read AudioSet's ``class_labels_indices.csv``.

    Returns:
        Columns ``index`` (int64, 0 … classes − 1), ``mid``, ``display_name``, in class order.

    Raises:
        TableError: Another header, a malformed line, an index out of order, or a mid given twice.
    """
    columns = ["index", "mid", "display_name"]
    reader = csv.reader(io.StringIO(text.removeprefix("\ufeff")), skipinitialspace=True)
    rows: list[list[str]] = []
    problems: list[tuple[int, str]] = []
    seen: set[str] = set()
    if next(reader, None) != columns:
        raise TableError(f"{name}, line 1: the header must be '{','.join(columns)}'.")
    for row in reader:
        if not row:
            continue
        if len(row) != len(columns) or not all(row):
            problems.append((reader.line_num, "expected an index, a mid and a display name"))
            continue
        if row[0] != str(len(rows)):
            problems.append((reader.line_num, f"expected index {len(rows)}, found {row[0]!r}"))
        if row[1] in seen:
            problems.append((reader.line_num, f"the mid {row[1]} is given twice"))
        seen.add(row[1])
        rows.append(row)
    _refuse_problems(problems, name)
    if not rows:
        raise TableError(f"{name}: the table has no classes.")
    return pd.DataFrame(rows, columns=columns).astype({"index": "int64"})


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
    classes = list(class_labels["mid"])
    strangers = [mid for mid in classes if mid not in ontology.names]
    if strangers:
        raise ValueError(
            f"{len(strangers)} classes are no nodes of {ontology.name}, the first {strangers[0]}; "
            "use a class table and an ontology that belong together."
        )
    meant: set[str] = set()
    for position, item in enumerate(chosen, start=1):
        try:
            meant |= _classes_of_item(item, ontology, class_labels)
        except ValueError as error:
            raise ValueError(f"Item {position} ({item!r}): {error}") from error
    return tuple(mid for mid in classes if mid in meant)


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


def genres(
    ontology: Ontology, class_labels: pd.DataFrame, parent: str = MUSIC_GENRE_MID
) -> tuple[str, ...]:
    """Mids of the music genres: the direct children of Music genre that are classes.

    There are 25 in AudioSet, in class order. ``parent`` is the mid or name of another node.
    """
    children = set(ontology.children[ontology.find(parent, class_labels)])
    return tuple(mid for mid in class_labels["mid"] if mid in children)


def parse_segments(
    text: str, name: str, known_mids: Collection[str]
) -> tuple[pd.DataFrame, list[str]]:
    """Read a segments table: lines of ``YTID, start, end, "mid,mid,…"``, and ``#`` comments.

    Args:
        text: The whole file.
        name: What messages call the file.
        known_mids: The mids that a clip may carry.

    Returns:
        A table with columns ``clip_id`` (``{ytid}_{start:.3f}``), ``ytid``, ``start_s``, ``end_s``
        and ``labels`` (a list of mids), in the file's order; and warnings. Of clips given twice
        the first is kept, with a warning. A mid that is repeated within a line counts once, with
        a warning.

    Raises:
        TableError: Malformed lines, unknown mids, segments that do not end after they start, no
            clips at all. The message gives the file, the number of problems, and the first ten
            with their line numbers.
    """
    known = frozenset(known_mids)
    rows: list[tuple[str, str, float, float, list[str]]] = []
    line_of_clip: dict[str, int] = {}
    problems: list[tuple[int, str]] = []
    warnings: list[str] = []
    for number, line in _content_lines(text):
        try:
            ytid, start_s, end_s, listed = _read_segment(line, known)
        except ValueError as error:
            problems.append((number, str(error)))
            continue
        clip_id = f"{ytid}_{start_s:.3f}"
        earlier = line_of_clip.setdefault(clip_id, number)
        if earlier != number:
            warnings.append(
                f"{name}, line {number}: clip {clip_id} was given in line {earlier} already; "
                "the first is kept."
            )
            continue
        labels = list(dict.fromkeys(listed))
        if len(labels) < len(listed):
            warnings.append(f"{name}, line {number}: a label is given twice; it counts once.")
        rows.append((clip_id, ytid, start_s, end_s, labels))
    _refuse_problems(problems, name)
    if not rows:
        raise TableError(f"{name}: the table has no clips.")
    return pd.DataFrame(rows, columns=["clip_id", "ytid", "start_s", "end_s", "labels"]), warnings


def _content_lines(text: str) -> Iterator[tuple[int, str]]:
    for number, line in enumerate(io.StringIO(text.removeprefix("\ufeff"), newline=None), start=1):
        stripped = line.strip()
        if stripped and not stripped.startswith("#"):
            yield number, stripped


def _read_segment(line: str, known: frozenset[str]) -> tuple[str, float, float, list[str]]:
    match = _SEGMENT.fullmatch(line)
    if match is None:
        raise ValueError(f'expected YTID, start, end, "mid,mid,…", found {line[:80]!r}')
    start_s, end_s = _seconds(match["start"]), _seconds(match["end"])
    if end_s <= start_s:
        raise ValueError(f"the end ({end_s} s) is not after the start ({start_s} s)")
    listed = match["bare"] if match["quoted"] is None else match["quoted"]
    if not listed.strip():
        raise ValueError("the list of labels is empty")
    labels = [label.strip() for label in listed.split(",")]
    for label in labels:
        if label not in known:
            raise ValueError(f"unknown mid {label!r}; labels must be mids of the class table")
    return match["ytid"], start_s, end_s, labels


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        raise ValueError(f"{text!r} is not a number of seconds") from None
    if not 0 <= seconds < math.inf:
        raise ValueError(f"{text!r} is not a time of 0 s or later")
    return seconds


def _refuse_problems(problems: Sequence[tuple[int, str]], name: str) -> None:
    if not problems:
        return
    shown = [f"{name}, line {line}: {what}." for line, what in problems[:_MOST_PROBLEMS_SHOWN]]
    hidden = len(problems) - len(shown)
    if hidden:
        shown.append(f"… and {hidden} more.")
    count = "1 problem" if len(problems) == 1 else f"{len(problems)} problems"
    raise TableError(f"{name} is refused for {count}; mend the table:\n" + "\n".join(shown))


def excluded_names_from_xlsx(data: bytes, name: str = "list of excluded clips") -> list[str]:
    """The first column of a workbook's first sheet, as the paper's list of clips is published.

    Empty cells are given as empty strings, so that a position is a row number.

    Raises:
        TableError: The bytes are no xlsx workbook.
    """
    import openpyxl  # slow to load, and needed by one job only

    try:
        workbook = openpyxl.load_workbook(io.BytesIO(data), read_only=True)
    except (zipfile.BadZipFile, KeyError, OSError) as error:
        raise TableError(f"{name}: not an xlsx workbook.") from error
    rows = workbook.worksheets[0].iter_rows(max_col=1, values_only=True)
    return ["" if not row or row[0] is None else str(row[0]) for row in rows]


def excluded_names_from_text(text: str) -> list[str]:
    """The lines of a text or one-column CSV file, without quotes around them."""
    lines = io.StringIO(text.removeprefix("\ufeff"), newline=None)
    return [line.strip().strip('"') for line in lines]


def parse_excluded_clips(
    rows: Iterable[str], name: str = "list of excluded clips"
) -> frozenset[str]:
    """Clip ids from file names such as ``{ytid}_{start:.3f}.wav``.

    A row may lack the ``.wav``, or carry the prefix ``Name: `` as the first five of the paper's
    list do. Blank rows and ``#`` comments are skipped. There is no header row.

    Raises:
        TableError: Rows that name no clip, with their row numbers.
    """
    clip_ids: set[str] = set()
    problems: list[tuple[int, str]] = []
    for number, row in enumerate(rows, start=1):
        stripped = row.strip()
        if not stripped or stripped.startswith("#"):
            continue
        match = _EXCLUDED_NAME.fullmatch(stripped)
        if match is None:
            problems.append((number, f"expected a name like YTID_30.000.wav, found {stripped!r}"))
        else:
            clip_ids.add(match["clip_id"])
    _refuse_problems(problems, name)
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
