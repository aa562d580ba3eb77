"""What a table is, its bytes say: text, gzip and workbooks are read, other kinds are named."""

from __future__ import annotations

import datetime
import gzip
import io
import json
import zipfile
from pathlib import Path

import openpyxl
import pytest

from science.corpus.audioset import parse_excluded_clips
from science.corpus.ontology import TableError
from science.corpus.segments_table import parse_segments
from storage.corpus_tables import read_class_labels, read_excluded_clips, read_ontology
from storage.found_tables import table_lines

SHARED = Path(__file__).resolve().parents[2] / "shared"
ROWS = [
    ["# Segments csv"],
    ["# num_ytids=2, num_segs=2"],
    ["YTID", "start_seconds", "end_seconds", "positive_labels"],
    ["--PJHxphWEs", 30, 40, "/m/a,/t/c"],
    ["Märchen", 0.5, 10.5, "/m/a"],
]
TEXT = "# Segments csv\n# num_ytids=2, num_segs=2\nYTID,start_seconds,end_seconds,positive_labels\n"
TEXT += '--PJHxphWEs,30,40,"/m/a,/t/c"\nMärchen,0.5,10.5,/m/a\n'


def workbook(rows: list[list], empty_sheets: int = 1, full_sheets: int = 1) -> bytes:
    made = openpyxl.Workbook()
    made.remove(made.active)
    for number in range(empty_sheets + full_sheets):
        sheet = made.create_sheet(f"Sheet{number}")
        for row in rows if number >= empty_sheets else []:
            sheet.append(row)
    target = io.BytesIO()
    made.save(target)
    return target.getvalue()


def read(path: Path, content: bytes):
    path.write_bytes(content)
    return parse_segments(table_lines(path), str(path), ["/m/a", "/t/c"])[0].to_pylist()


@pytest.mark.parametrize(
    "content",
    [
        TEXT.encode("utf-8"),
        TEXT.encode("utf-8-sig"),
        TEXT.encode("utf-16"),
        TEXT.encode("utf-16-le"),
        TEXT.encode("utf-16-be"),
        TEXT.replace("\n", "\r").encode(),
        TEXT.replace("\n", "\r\n").encode("utf-16"),
        gzip.compress(TEXT.encode(), mtime=0),
        gzip.compress(TEXT.encode("utf-16"), mtime=0),
        workbook(ROWS),
        gzip.compress(workbook(ROWS), mtime=0),
    ],
)
def test_one_table_in_every_form_means_the_same(tmp_path, content):
    rows = read(tmp_path / "table.csv", content)
    assert [row["clip_id"] for row in rows] == ["--PJHxphWEs_30.000", "Märchen_0.500"]
    assert [row["labels"] for row in rows] == [["/m/a", "/t/c"], ["/m/a"]]
    assert [row["end_s"] for row in rows] == [40.0, 10.5]


def test_letters_in_another_encoding_are_read_where_they_do_no_harm_and_else_refused(tmp_path):
    path = tmp_path / "table.csv"
    harmless = "# Märchen\nytid,start,end,labels,title\nx,0,10,/m/a,Märchen\n"
    assert read(path, harmless.encode("cp1252"))[0]["clip_id"] == "x_0.000"
    with pytest.raises(TableError, match=r"In 1 line ids hold letters(.|\n)*line 5: .*'Märchen'"):
        read(path, TEXT.encode("cp1252"))


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "is empty"),
        (b"\xef\xbb\xbf\r\n", "is empty"),
        (b"<!DOCTYPE html><html>", "is a web page"),
        (b'[{"id": "/m/a"}]', "is JSON"),
        (b"%PDF-1.7", "is a PDF"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1", "is an old or a locked workbook"),
        (b"MATLAB 5.0 MAT-file", "is a file of MATLAB"),
        (b"version https://git-lfs.github.com/spec/v1", "is a pointer of git-LFS"),
        (b"a\0b\0c" * 9 + b"\0\0\0\0" * 9, "no text|no whole text|is refused"),
        (TEXT.encode() + bytes(512), "line 6: it has zero bytes"),
        (TEXT.encode() * 99 + bytes(512) + TEXT.encode(), "line 496: it has zero bytes"),
        (bytes(4096), "line 1: it has zero bytes"),
        (gzip.compress(b"x,0,10,/m/a\n" * 999, mtime=0)[:-20], "cannot be unpacked"),
        (gzip.compress(b"<html>", mtime=0), "is a web page"),
        (TEXT.encode("utf-16")[:-1], "no whole text"),
        (workbook(ROWS, full_sheets=2), r"has 2 sheets with content \(Sheet1, Sheet2\)"),
        (workbook(ROWS, full_sheets=0), "is an empty workbook"),
    ],
)
def test_what_is_no_table_is_called_what_it_is(tmp_path, content, words):
    path = tmp_path / "table.csv"
    with pytest.raises(TableError, match=words) as caught:
        read(path, content)
    assert str(caught.value).startswith(str(path))


def test_a_zip_archive_is_no_table(tmp_path):
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr("table.csv", TEXT)
    with pytest.raises(TableError, match="is a zip archive; unpack it"):
        read(tmp_path / "table.csv", target.getvalue())


@pytest.mark.parametrize(
    ("row", "cause"),
    [
        (["#NAME?", 0, 10, "/m/a"], "ids were replaced"),
        ([datetime.datetime(2017, 3, 5), 0, 10, "/m/a"], "ids were turned into dates"),
        (["x", datetime.time(0, 0, 30), 40, "/m/a"], "times are on a clock"),
        (["x", datetime.datetime(1900, 1, 30), 40, "/m/a"], "times were turned into dates"),
    ],
)
def test_damage_in_a_workbook_is_named_with_the_row(tmp_path, row, cause):
    with pytest.raises(TableError, match=rf"In 1 line {cause}(.|\n)*, line 6: "):
        read(tmp_path / "table.xlsx", workbook([*ROWS, row]))


@pytest.mark.parametrize("pack", [bytes, gzip.compress])
@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_the_other_tables_are_read_with_the_same_care(tmp_path, pack, encoding):
    path = tmp_path / "file"
    path.write_bytes(pack("index,mid,display_name\n0,/m/a,Märchen\n".encode(encoding)))
    assert read_class_labels(path)["display_name"].tolist() == ["Märchen"]
    nodes = [{"id": "/m/a", "name": "Märchen", "child_ids": []}]
    path.write_bytes(pack(json.dumps(nodes, ensure_ascii=False).encode(encoding)))
    assert read_ontology(path).names == {"/m/a": "Märchen"}
    path.write_bytes(pack("a_10.000.wav\nMärchen_0.000\n".encode(encoding)))
    assert read_excluded_clips(path) == {"a_10.000", "Märchen_0.000"}


def test_an_ontology_in_another_encoding_or_form_is_refused_with_its_place(tmp_path):
    path = tmp_path / "ontology.json"
    path.write_bytes('[\n{"id": "Märchen"}]'.encode("latin-1"))
    with pytest.raises(TableError, match=r"ontology\.json, line 2: not in UTF-8"):
        read_ontology(path)
    path.write_bytes(b"<html>")
    with pytest.raises(TableError, match="is a web page"):
        read_ontology(path)


def test_the_papers_list_of_excluded_clips_is_read_from_its_workbook():
    path = SHARED / "audioset/manually_excluded_clips.xlsx"
    if not path.exists():
        pytest.skip(f"{path} absent")
    clip_ids = read_excluded_clips(path)
    assert len(clip_ids) == 503
    assert {"-A0MTi2NMGI_30.000", "yh08ZIpNdo4_30.000"} <= clip_ids
    sheet = openpyxl.load_workbook(path).worksheets[0]
    names = [str(cell.value or "") for cell in sheet["A"]]
    assert parse_excluded_clips(names) == clip_ids
