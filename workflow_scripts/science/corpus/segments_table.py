"""Segments tables: which clips a corpus asks for, as AudioSet writes them and as people have them.

A row is ``YTID, start, end, "mid,mid,…"``. Lines before the first row, and lines that begin with
``# ``, are comments. A header may name the columns, in any order and with others beside them; the
columns may be separated by commas, tabs or semicolons. What a spreadsheet has damaged cannot be
told back, so it is refused, each kind of damage with its count and what to do.
"""

from __future__ import annotations

import array
import csv
import io
import math
import re
import unicodedata
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from science.corpus.audioset import BYTE_ORDER_MARK, refuse_problems
from science.corpus.ontology import TableError
from science.corpus.spreadsheet_damage import damage_of_id, damage_of_time, is_no_text

SCHEMA = pa.schema(
    [
        pa.field("clip_id", pa.large_string()),
        pa.field("ytid", pa.large_string()),
        pa.field("start_s", pa.float64()),
        pa.field("end_s", pa.float64()),
        pa.field("labels", pa.list_(pa.string())),
    ]
)
# Names of the columns in use, without case and punctuation, the surest first.
_NAMES = {
    "ytid": ("ytid", "youtubeid", "videoid", "id"),
    "start": ("startseconds", "starttimeseconds", "starttime", "starts", "start"),
    "end": ("endseconds", "endtimeseconds", "endtime", "ends", "end"),
    "labels": ("positivelabels", "mids", "labelmids", "labels", "mid", "label"),
}
_COLUMNS = "YTID,start_seconds,end_seconds,positive_labels"
_SEPARATORS = ",\t;"
_ROWS_AT_ONCE = 50_000
# Letters that act on a terminal or break a line of a log are in no id.
_YTID = re.compile(r"[^,\"/\\\x00-\x1f\x7f-\x9f\u2028\u2029]+")
_VIDEO_ID = re.compile(r"[A-Za-z0-9_-]{11}")
_DIGITS = re.compile(r"[0-9]+")
_NUMBER = re.compile(r"[0-9.eE+-]+")
_TIME = re.compile(r"\s*[+-]?\.?[0-9][^;\t]*$")
_HASH = "a line that begins with # is a comment only as '# …'"
_FORM = 'expected YTID, start, end, "mid,mid,…"'
_LACKING = f"columns are missing; take the table as it was downloaded, or add them: {_COLUMNS}"


@dataclass(frozen=True)
class _Layout:
    """Where a table has its columns; `labels_end` is None where labels go on to the line's end."""

    separator: str
    ytid: int = 0
    start: int = 1
    end: int = 2
    labels: int = 3
    labels_end: int | None = None


@dataclass
class _Batch:
    """Columns of rows that are not in Arrow's form yet, and what all rows have in common."""

    columns: tuple[list, ...] = field(default_factory=lambda: ([], [], [], [], []))
    done: list[pa.RecordBatch] = field(default_factory=list)

    def add(self, row: tuple) -> None:
        for column, value in zip(self.columns, row, strict=True):
            column.append(value)
        if len(self.columns[0]) == _ROWS_AT_ONCE:
            self.close()

    def close(self) -> None:
        if self.columns[0]:
            self.done.append(pa.RecordBatch.from_arrays(list(self.columns), schema=SCHEMA))
            for column in self.columns:
                column.clear()


def parse_segments(
    lines: str | Iterable[str],
    name: str,
    known_mids: Collection[str],
    *,
    ids_of_videos: bool = False,
) -> tuple[pa.Table, list[str]]:
    """Read a segments table.

    Args:
        lines: The file's lines, or its whole text. They are read once, so that a table of millions
            of lines need not lie in memory.
        name: What messages call the file.
        known_mids: The mids that a clip may carry.
        ids_of_videos: All clips are YouTube's, so that an id has 11 characters of its alphabet.

    Returns:
        A table as `SCHEMA` says: ``clip_id`` is ``{ytid}_{start:.3f}``, times are in seconds,
        ``labels`` mids, rows in the file's order, ids in NFC; and warnings. Of clips given twice
        the first is kept, with a warning. A mid that is repeated in a line counts once, with one.

    Raises:
        TableError: Malformed or damaged lines, unknown mids, segments that do not end after they
            start, no clips at all. The message gives the file, the number of problems, the causes
            that are known with counts, and the first ten lines with their numbers.
    """
    if isinstance(lines, str):
        lines = io.StringIO(lines, newline=None)
    reader = _RowReader(frozenset(known_mids), ids_of_videos)
    rows, line_numbers = _Batch(), array.array("q")
    problems: list[tuple[int, str]] = []
    causes: Counter[str] = Counter()
    warnings: list[str] = []
    for number, line in enumerate(lines, start=1):
        try:
            fields = reader.split(line.removeprefix(BYTE_ORDER_MARK).strip())
            if not fields:
                continue
            ytid, start_s, end_s, listed = reader.read(fields)
        except _Refused as refusal:
            problems.append((number, str(refusal)))
            causes.update([refusal.cause] if refusal.cause else [])
            continue
        labels = list(dict.fromkeys(listed))
        if len(labels) < len(listed):
            warnings.append(f"{name}, line {number}: a label is given twice; it counts once.")
        rows.add((f"{ytid}_{start_s:.3f}", ytid, start_s, end_s, labels))
        line_numbers.append(number)
    rows.close()
    refuse_problems(problems, name, causes)
    table = pa.Table.from_batches(rows.done, SCHEMA)
    if not table:
        raise TableError(f"{name}: the table has no clips.")
    kept, doubles = _without_doubles(table, np.frombuffer(line_numbers, dtype=np.int64), name)
    return kept, warnings + doubles


class _Refused(ValueError):
    """A line that is no row; `cause` is what many lines may have in common, with the remedy."""

    def __init__(self, what: str, cause: str = "") -> None:
        super().__init__(what)
        self.cause = cause


class _RowReader:
    """Reads one line after the other; what the first ones show of the layout holds for the rest."""

    def __init__(self, known: frozenset[str], ids_of_videos: bool) -> None:
        self._known, self._ids_of_videos = known, ids_of_videos
        self._layout: _Layout | None = None
        self._begun = False

    def split(self, line: str) -> list[str]:
        """The fields of a row; none for a comment, a header or a blank line."""
        if line.lstrip("\"' ").startswith("#"):
            return self._split_comment(line)
        if not line.strip(f'{_SEPARATORS} "'):
            return []
        if not self._begun and self._is_header(line):
            return []
        if line.count('"') % 2:
            raise _Refused(f"a quotation mark is not closed, {_FORM}, found {line[:80]!r}")
        fields = self._fields(line)
        if len(fields) == 1 and line.startswith('"'):
            # A program that took the whole line for one field has put it into quotes.
            fields = self._fields(fields[0])
        again = self._begun and not _is_row(fields) and self._is_header(line)
        self._begun = True
        return [] if again else fields

    def read(self, fields: Sequence[str]) -> tuple[str, float, float, list[str]]:
        """Id, start, end and labels of a row."""
        layout = self._layout or _Layout(",")
        needed = max(layout.ytid, layout.start, layout.end, layout.labels)
        ytid = fields[layout.ytid].strip() if layout.ytid < len(fields) else ""
        if not _VIDEO_ID.fullmatch(ytid):
            self._refuse_strange_id(ytid, fields)
            ytid = unicodedata.normalize("NFC", ytid)  # one recording, however its name is written
        if len(fields) <= needed:
            raise _Refused(f"{_FORM}, found {_shown(fields)}", _LACKING)
        if len(fields) > 5 and all(_DIGITS.fullmatch(part.strip()) for part in fields[1:5]):
            raise _Refused(f"{_FORM}, found {_shown(fields)}", damage_of_time("0,0"))
        start_s, end_s = _seconds(fields[layout.start]), _seconds(fields[layout.end])
        if end_s <= start_s:
            raise _Refused(f"the end ({end_s} s) is not after the start ({start_s} s)")
        return ytid, start_s, end_s, self._labels(fields[layout.labels : layout.labels_end])

    def _refuse_strange_id(self, ytid: str, fields: Sequence[str]) -> None:
        """Refuse an id that is damaged, or that no clip can have; others are a user's own."""
        if damage := damage_of_id(ytid):
            raise _Refused(f"the id is {ytid!r}", damage)
        if ytid.startswith("#"):
            raise _Refused(f"{_HASH}, found {_shown(fields)}")
        if not _YTID.fullmatch(ytid):
            raise _Refused(f"{_FORM}, found {_shown(fields)}")
        if is_no_text(ytid):
            shown = ytid.encode("utf-8", "surrogateescape").decode("cp1252", "replace")
            raise _Refused(
                f"the id, perhaps {shown!r}, is not in UTF-8",
                "ids hold letters in another encoding than UTF-8, and which one cannot be told; "
                "save the table as UTF-8 (in a spreadsheet: 'CSV UTF-8')",
            )
        if self._ids_of_videos:
            raise _Refused(
                f"{ytid!r} is no id of a video, which has 11 letters, digits, - or _",
                "ids are none of YouTube's, which corpus.sources asks for; use the table as it "
                "was published, or the source folder for recordings of your own",
            )

    def _split_comment(self, line: str) -> list[str]:
        """None of a comment; the fields where a row's damaged id begins as a comment does."""
        text = line.lstrip("\"' ")
        if text.startswith("# ") or not text.strip("#"):
            # AudioSet's own header is a comment; it too may name other columns than usual.
            if not self._begun:
                self._is_header(text.lstrip("# "))
            return []
        for separator in self._layout.separator if self._layout else _SEPARATORS:
            fields = _split(line, separator)
            if damage_of_id(fields[0].strip()) or _is_row(fields):
                self._layout = self._layout or _Layout(separator)
                self._begun = True
                return fields
        if self._begun:
            raise _Refused(f"{_HASH}, found {line[:80]!r}")
        self._is_header(text.lstrip("#"))
        return []

    def _is_header(self, line: str) -> bool:
        """Whether a line names the columns; the first that does says where they are."""
        layout = _layout_of_header(line)
        if layout and self._begun and layout != (self._layout or _Layout(",")):
            raise _Refused(f"the columns change here, to {line[:80]!r}; make it two tables")
        self._layout = layout or self._layout
        return layout is not None

    def _fields(self, line: str) -> list[str]:
        if self._layout is None:
            self._layout = _layout_of_row(line)
        return _split(line, self._layout.separator if self._layout else ",")

    def _labels(self, listed: Sequence[str]) -> list[str]:
        columns = [column for column in listed if column.strip(' "')]
        if not columns:
            raise _Refused("the list of labels is empty")
        labels = [label.strip(" \"'") for label in ",".join(columns).split(",")]
        for label in labels:
            if label not in self._known:
                raise _Refused(
                    f"unknown mid {label!r}; labels must be mids of the class table",
                    "labels are not in the table of classes (corpus.tables.class_labels); use "
                    "tables that belong together, with labels as mids such as /m/04rlf",
                )
        return labels


def _split(line: str, separator: str) -> list[str]:
    return next(csv.reader([line], delimiter=separator, skipinitialspace=True), [])


def _shown(fields: Sequence[str]) -> str:
    return repr(", ".join(fields)[:80])


def _layout_of_header(line: str) -> _Layout | None:
    """The layout that a header describes, None where the line is none."""
    for separator in _SEPARATORS:
        names = [re.sub(r"[\W_]", "", name).casefold() for name in _split(line, separator)]
        if "segmentid" in names:
            raise _Refused(
                "these are AudioSet's strong labels, an event in each line; use its segments "
                f"tables, {_COLUMNS}"
            )
        place = {
            column: next((names.index(name) for name in known if name in names), None)
            for column, known in _NAMES.items()
        }
        lacking = [column for column, where in place.items() if where is None]
        if len(lacking) == 1:
            raise _Refused(f"the header names no column of {lacking[0]}; expected {_COLUMNS}")
        if not lacking:
            others = any(names[place["labels"] + 1 :])
            return _Layout(separator, **place, labels_end=place["labels"] + 1 if others else None)
    return None


def _layout_of_row(line: str) -> _Layout | None:
    """AudioSet's order of columns with the separator of a row, None where that cannot be told."""
    for separator in _SEPARATORS:
        if _is_row(_split(line, separator)):
            return _Layout(separator)
    return None


def _is_row(fields: Sequence[str]) -> bool:
    """Whether there is a time, or what a spreadsheet makes of one, where a row has two."""
    return len(fields) > 3 and all(_TIME.match(time) for time in fields[1:3])


def _seconds(text: str) -> float:
    text = text.strip()
    try:
        # `float` alone takes 1_000 and nan too.
        seconds = float(text if _NUMBER.fullmatch(text) else "")
    except ValueError:
        cause = _LACKING if text.startswith("/") else damage_of_time(text)
        raise _Refused(f"{text!r} is not a number of seconds", cause) from None
    if not 0 <= seconds < math.inf:
        raise _Refused(f"{text!r} is not a time of 0 s or later")
    return seconds


def _without_doubles(
    table: pa.Table, line_numbers: np.ndarray, name: str
) -> tuple[pa.Table, list[str]]:
    """Keep the first row of each clip, and say which line gave it again."""
    if pc.count_distinct(table["clip_id"]).as_py() == len(table):
        return table, []
    line_of_clip: dict[str, int] = {}
    keep, warnings = np.ones(len(table), dtype=bool), []
    for row, clip_id in enumerate(table["clip_id"]):
        earlier = line_of_clip.setdefault(clip_id.as_py(), int(line_numbers[row]))
        if earlier != line_numbers[row]:
            keep[row] = False
            warnings.append(
                f"{name}, line {line_numbers[row]}: clip {clip_id} was given in line {earlier} "
                "already; the first is kept."
            )
    return table.filter(pa.array(keep)), warnings
