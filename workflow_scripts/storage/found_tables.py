"""Tables as people have them: text in UTF-8 or UTF-16, packed by gzip, or a workbook of Excel.

What a file is, its first bytes say, not its name. Everything else than a table is called by its
name and refused; so is text whose encoding cannot be told, where it matters (see `table_lines`).
"""

from __future__ import annotations

import csv
import gzip
import io
import json
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from science.corpus.audioset import BYTE_ORDER_MARK
from science.corpus.ontology import TableError

if TYPE_CHECKING:
    import openpyxl

_HEAD_BYTES = 1024
# What tables of millions of clips stay far below, and files that swell when they are unpacked do
# not: letters in a line, letters in a small table, bytes in a workbook. Nested packing ends soon.
LONGEST_LINE = 100_000
LARGEST_TEXT = 30_000_000
LARGEST_WORKBOOK = 250_000_000
DEEPEST_PACKING = 3
_GZIP = b"\x1f\x8b"
_ZIP = b"PK\x03\x04"
_PIECE_BYTES = 1 << 16
_OTHER_KINDS = {
    b"PK": "a zip archive; unpack it and give the table in it",
    b"BZh": "an archive of bzip2; unpack it first",
    b"\xfd7zXZ": "an archive of xz; unpack it first",
    b"\x28\xb5\x2f\xfd": "an archive of zstd; unpack it first",
    b"7z\xbc\xaf": "an archive of 7-Zip; unpack it and give the table in it",
    b"Rar!": "an archive of RAR; unpack it and give the table in it",
    b"\xd0\xcf\x11\xe0": "an old or a locked workbook of Excel; save it as 'CSV UTF-8'",
    b"PAR1": "a Parquet file; write the table as CSV",
    b"%PDF": "a PDF document; give the table as CSV",
    b"{\\rtf": "a document of a word processor; save the table as plain text",
    b"MATLAB 5.0": "a file of MATLAB; give the table as CSV",
    b"\x89HDF": "an HDF5 file; give the table as CSV",
    b"SQLite format 3": "a database; write the table as CSV",
    b"RIFF": "a sound, not a table; correct the path",
    b"version https://git-lfs": "a pointer of git-LFS in place of the file; run git lfs pull",
    b"/annex/objects/": "a pointer of git-annex in place of the file; run git annex get",
}
_PAGES = (b"<!doctype", b"<html", b"<?xml", b"<head", b"<body")


def table_lines(path: Path, name: str | None = None) -> Iterator[str]:
    """The lines of a table, one after the other; rows of a workbook come as lines of CSV.

    Bytes that are not UTF-8 come as surrogates, as `errors="surrogateescape"` gives them: in a
    comment or a column that nobody reads they do no harm.

    Args:
        path: The file.
        name: What messages call it; by default its path.

    Raises:
        TableError: It is no table, or cannot be unpacked or decoded; says what it is.
        FileNotFoundError: It is not there.
    """
    name = name or str(path)
    with Path(path).open("rb") as file:
        yield from _lines(file, name)


def table_text(path: Path, name: str | None = None) -> str:
    """The text of a small table, see `table_lines`."""
    return _joined(table_lines(path, name), name or str(path))


def first_line(path: Path, name: str | None = None) -> str:
    """The first line of a table, be it millions of lines long; see `table_lines`."""
    return next(table_lines(path, name), "")


def table_text_of(content: bytes, name: str) -> str:
    """The text of a small table whose bytes are here, see `table_lines`."""
    return _joined(_lines(io.BytesIO(content), name), name)


def json_text(path: Path, name: str | None = None) -> str:
    """The text of a JSON file in UTF-8, UTF-16 or UTF-32, packed by gzip or not.

    Raises:
        TableError: It is something else, or cannot be unpacked or decoded; says what it is.
        FileNotFoundError: It is not there.
    """
    name = name or str(path)
    try:
        with Path(path).open("rb") as file:
            content = _all_of(file, name)
        for _ in range(DEEPEST_PACKING):
            if content.startswith(_GZIP):
                with gzip.open(io.BytesIO(content)) as unpacked:
                    content = _all_of(unpacked, name)
        _refuse_other_kinds(content[:_HEAD_BYTES], name)
        return content.decode(json.detect_encoding(content)).removeprefix(BYTE_ORDER_MARK)
    except (OSError, EOFError, zlib.error) as error:
        raise TableError(f"{name} cannot be unpacked ({error}); get the file again.") from error
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise TableError(f"{name}, line {line}: not in UTF-8; save it as UTF-8.") from error


def what_else(head: bytes) -> str:
    """What a file is that begins with these bytes, with what to do; "" where it may be a table."""
    begin = head.lstrip(b"\xef\xbb\xbf \t\r\n")
    if begin.lower().startswith(_PAGES):
        return "a web page or XML; download the file itself (on GitHub: its raw form)"
    return next((kind for magic, kind in _OTHER_KINDS.items() if begin.startswith(magic)), "")


def _joined(lines: Iterator[str], name: str) -> str:
    """The whole of a small table."""
    kept, letters = [], 0
    for line in lines:
        letters += len(line)
        if letters > LARGEST_TEXT:
            raise TableError(f"{name} {_swollen(LARGEST_TEXT)}.")
        kept.append(line)
    return "".join(kept)


def _all_of(file: BinaryIO, name: str) -> bytes:
    """All bytes of a file that is no larger than any of its kind."""
    content = file.read(LARGEST_TEXT + 1)
    if len(content) > LARGEST_TEXT:
        raise TableError(f"{name} {_swollen(LARGEST_TEXT)}.")
    return content


def _swollen(most: int) -> str:
    return f"has over {most} letters, as nothing of its kind has; correct it, or get it again"


def _lines(file: BinaryIO, name: str, depth: int = 0) -> Iterator[str]:
    head = file.read(_HEAD_BYTES)
    file.seek(0)
    if not head.strip(b"\xef\xbb\xbf \t\r\n"):
        raise TableError(f"{name} is empty; get the table again, or correct the path.")
    try:
        if head.startswith(_GZIP):
            if depth == DEEPEST_PACKING:
                raise TableError(f"{name} is packed again and again; unpack it first.")
            with gzip.open(file) as unpacked:
                yield from _lines(unpacked, name, depth + 1)
            return
        if head.startswith(_ZIP) and (workbook := _workbook(file)):
            yield from _workbook_lines(workbook, name)
            return
        _refuse_other_kinds(head, name)
        if head.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] in (b"{", b"["):
            raise TableError(f"{name} is JSON, where a table of lines is expected.")
        encoding = json.detect_encoding(head)
        errors = "surrogateescape" if encoding.startswith("utf-8") else "strict"
        with io.TextIOWrapper(file, encoding, errors, newline=None) as text:
            for number, line in enumerate(iter(lambda: text.readline(LONGEST_LINE), ""), start=1):
                if len(line) >= LONGEST_LINE:
                    raise TableError(f"{name}, line {number}: it {_swollen(LONGEST_LINE)}.")
                if "\0" in line:
                    raise TableError(
                        f"{name}, line {number}: it has zero bytes, as no text does; it is "
                        f"not a table, or was damaged by a crash or a broken copy: get it again."
                    )
                yield line
    except (OSError, EOFError, zlib.error) as error:
        raise TableError(f"{name} cannot be unpacked ({error}); get the file again.") from error
    except UnicodeDecodeError as error:
        raise TableError(f"{name}: no whole text in {error.encoding}; save as UTF-8.") from error


def _refuse_other_kinds(head: bytes, name: str) -> None:
    if kind := what_else(head):
        raise TableError(f"{name} is {kind}.")


def _workbook(file: BinaryIO) -> BinaryIO | None:
    """A file again, if it is a workbook of Excel."""
    try:
        with zipfile.ZipFile(file) as archive:
            names = archive.namelist()
    except zipfile.BadZipFile:
        return None
    finally:
        file.seek(0)
    return file if "xl/workbook.xml" in names else None


def _workbook_lines(file: BinaryIO, name: str) -> Iterator[str]:
    """The rows of the one sheet that has any; an empty row is an empty line, to count right."""
    import openpyxl  # slow to load, and needed by few tables

    try:
        content = io.BytesIO(file.read())
        _refuse_swollen_workbook(content, name)
        workbook = openpyxl.load_workbook(content, read_only=True, data_only=True)
        yield from _rows_of_sheet(workbook, name)
    except (TableError, GeneratorExit):
        raise
    except Exception as error:  # openpyxl, zipfile and the parser of XML each raise their own kinds
        what = str(error) or type(error).__name__
        raise TableError(f"{name}: no workbook that can be read ({what}).") from error


def _refuse_swollen_workbook(content: BinaryIO, name: str) -> None:
    """Refuse a workbook that is larger than one can be, before any of it is unpacked."""
    with zipfile.ZipFile(content) as archive:
        parts = archive.infolist()
        if any(
            part.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED) for part in parts
        ):
            raise TableError(
                f"{name}: it is packed in a way that Excel does not know; save it again."
            )
        swollen = sum(part.file_size for part in parts) > LARGEST_WORKBOOK
        for part in parts if not swollen else []:
            # What a part is said to have may be wrong; read so, no more than a little is unpacked.
            with archive.open(part) as packed:
                while packed.read(_PIECE_BYTES):
                    pass
    if swollen:
        raise TableError(f"{name} {_swollen(LARGEST_WORKBOOK)}.")


def _rows_of_sheet(workbook: openpyxl.Workbook, name: str) -> Iterator[str]:
    """The rows of the one sheet that has any, as lines of CSV."""
    sheets = [
        sheet
        for sheet in workbook.worksheets
        if any(cell is not None for row in sheet.iter_rows(values_only=True) for cell in row)
    ]
    if len(sheets) != 1:
        titles = ", ".join(sheet.title for sheet in sheets)
        raise TableError(
            f"{name} has {len(sheets)} sheets with content ({titles}); leave the one that is the "
            f"table."
            if sheets
            else f"{name} is an empty workbook."
        )
    line = io.StringIO()
    writer = csv.writer(line, lineterminator="\n")
    for row in sheets[0].iter_rows(values_only=True):
        cells = ["" if cell is None else str(cell).replace("\n", " ") for cell in row]
        while cells and not cells[-1]:
            cells.pop()
        if len(cells) == 1 and cells[0].startswith(("# ", "#")):
            line.write(cells[0] + "\n")
        else:
            writer.writerow(cells)
        yield line.getvalue()
        line.seek(0)
        line.truncate()
