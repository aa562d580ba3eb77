"""Segments tables: AudioSet's own, and what people and spreadsheets have made of them."""

from __future__ import annotations

import csv
import io
import re
from pathlib import Path

import pytest

from science.corpus.audioset import parse_class_labels
from science.corpus.completeness import describe_long_clips
from science.corpus.ontology import TableError
from science.corpus.segments_table import parse_segments

SHARED = Path(__file__).resolve().parents[2] / "shared"


def shared_text(name: str) -> str:
    path = SHARED / name
    if not path.exists():
        pytest.skip(f"{path} absent")
    return path.read_text(encoding="utf-8")


def real_mids() -> list[str]:
    text = shared_text("audioset/class_labels_indices.csv")
    return list(parse_class_labels(text, "class_labels_indices.csv")["mid"])


KNOWN = ("/m/a", "/m/b", "/t/c")
HEAD = "# Segments csv\n# num_ytids=2\n# YTID, start_seconds, end_seconds, positive_labels\n"


class TestRows:
    def test_rows_are_read_as_audioset_writes_them(self):
        text = HEAD + '--PJHxphWEs, 30.000, 40.000, "/m/a,/t/c"\nx, 0, 9.5, "/m/b"\n'
        table, warnings = parse_segments(text, "train.csv", KNOWN)
        assert warnings == []
        assert table.to_pylist() == [
            {
                "clip_id": "--PJHxphWEs_30.000",
                "ytid": "--PJHxphWEs",
                "start_s": 30.0,
                "end_s": 40.0,
                "labels": ["/m/a", "/t/c"],
            },
            {"clip_id": "x_0.000", "ytid": "x", "start_s": 0.0, "end_s": 9.5, "labels": ["/m/b"]},
        ]

    @pytest.mark.parametrize(
        "text",
        [
            '\ufeffx,0,10,"/m/a,/m/b"',
            'x, 0.000, 10.000, "/m/a, /m/b"\r\n',
            '\n\n  x , 0.0 , 1e1 , "/m/a,/m/b"  \n# end\n',
            '# one\rx,0,10,"/m/a,/m/b"\r',
        ],
    )
    def test_byte_order_mark_line_ends_and_spaces_do_not_matter(self, text):
        table, _ = parse_segments(text, "train.csv", KNOWN)
        assert table["clip_id"].to_pylist() == ["x_0.000"]
        assert table["labels"].to_pylist() == [["/m/a", "/m/b"]]

    def test_quotes_may_lack_around_one_label(self):
        table, _ = parse_segments("my song (1),0,10,/m/a", "own.csv", KNOWN)
        assert table["ytid"].to_pylist() == ["my song (1)"]
        assert table["labels"].to_pylist() == [["/m/a"]]

    @pytest.mark.parametrize(
        ("line", "message"),
        [
            ('x, 0, 10, "/m/zzz"', "unknown mid '/m/zzz'"),
            ('x, 0, 10, "/m/a,"', "unknown mid ''"),
            ('x, 10, 10, "/m/a"', r"the end \(10\.0 s\) is not after the start \(10\.0 s\)"),
            ('x, 10, 3, "/m/a"', "is not after"),
            ('x, -1, 10, "/m/a"', "'-1' is not a time"),
            ('x, 0, 1e999, "/m/a"', "'1e999' is not a time"),
            ('x, 1.2.3, 10, "/m/a"', "'1.2.3' is not a number"),
            ('x, zero, 10, "/m/a"', "'zero' is not a number"),
            ('x, 1_0, 20, "/m/a"', "'1_0' is not a number"),
            ('x, nan, 20, "/m/a"', "'nan' is not a number"),
            ('x, 0, 10, ""', "the list of labels is empty"),
            ("x, 0, 10,", "the list of labels is empty"),
            ("x, 0, 10", "expected YTID"),
            ('x, 0, 10, "/m/a', "a quotation mark is not closed"),
            ("#end", "a comment only as '# …'"),
            ('../x, 0, 10, "/m/a"', "expected YTID"),
            (', 0, 10, "/m/a"', "expected YTID"),
        ],
    )
    def test_a_bad_line_is_refused_with_file_and_line(self, line, message):
        text = HEAD + 'good, 0, 10, "/m/a"\n' + line + "\n"
        with pytest.raises(TableError, match=f"line 5: .*{message}") as caught:
            parse_segments(text, "train.csv", KNOWN)
        assert str(caught.value).startswith("train.csv is refused for 1 problem;")

    def test_ten_problems_are_shown_and_all_are_counted(self):
        text = "\n".join(f'x{number}, 0, 10, "/m/bad"' for number in range(25))
        with pytest.raises(TableError, match="25 problems") as caught:
            parse_segments(text, "train.csv", KNOWN)
        assert str(caught.value).count("train.csv, line ") == 10
        assert "and 15 more" in str(caught.value)

    def test_the_first_of_two_equal_clips_is_kept_with_a_warning(self):
        text = HEAD + 'x, 0, 10, "/m/a"\ny, 0, 10, "/m/a"\nx, 0.0, 10, "/m/b"\nx, 5, 10, "/m/b"'
        table, warnings = parse_segments(text, "train.csv", KNOWN)
        assert table["clip_id"].to_pylist() == ["x_0.000", "y_0.000", "x_5.000"]
        assert table["labels"][0].as_py() == ["/m/a"]
        (warning,) = warnings
        assert "train.csv, line 6" in warning
        assert "line 4" in warning

    def test_a_label_given_twice_counts_once_with_a_warning(self):
        table, warnings = parse_segments('x, 0, 10, "/m/b,/m/a,/m/b"', "train.csv", KNOWN)
        assert table["labels"].to_pylist() == [["/m/b", "/m/a"]]
        assert len(warnings) == 1
        assert "line 1" in warnings[0]

    def test_a_table_without_clips_is_refused(self):
        with pytest.raises(TableError, match="no clips"):
            parse_segments(HEAD, "train.csv", KNOWN)


ROW = {
    "clip_id": "--PJHxphWEs_30.000",
    "ytid": "--PJHxphWEs",
    "start_s": 30.0,
    "end_s": 40.0,
    "labels": ["/m/a", "/t/c"],
}


@pytest.mark.parametrize(
    "text",
    [
        'YTID,start_seconds,end_seconds,positive_labels\n--PJHxphWEs,30,40,"/m/a,/t/c"',
        '# Segments\nlabels,n,End time (seconds),YTID,Start\n"/m/a,/t/c",7,40,--PJHxphWEs,30',
        '# YTID, end_seconds, start_seconds, labels\n--PJHxphWEs, 40, 30, "/m/a,/t/c"',
        ",YTID,start_seconds,end_seconds,positive_labels\n0,--PJHxphWEs,30.0,40.0,/m/a,/t/c,,",
        "ytid\tstart\tend\tlabels\n--PJHxphWEs\t30\t40\t/m/a,/t/c\n",
        "--PJHxphWEs;30.000;40.000;/m/a;/t/c\r",
        '--PJHxphWEs;30.000;40.000;"/m/a,/t/c"',
        '--PJHxphWEs,30,40," ""/m/a,/t/c"""',
        '--PJHxphWEs,30,40," ""/m/a","/t/c"""',
        "--PJHxphWEs,30,40,/m/a,/t/c,,,\n,,,,,,\n",
        '"--PJHxphWEs, 30.000, 40.000, ""/m/a,/t/c"""\n',
        '"# num_ytids=1, num_segs=1"\n# YTID,,,\n--PJHxphWEs,30,40,/m/a,,/t/c',
        "# Segments of Caf\udce9\n--PJHxphWEs,30,40,/m/a,/t/c",
        "ytid,start,end,labels,title\n--PJHxphWEs,30,40,\"/m/a,/t/c\",Caf\udce9 7''",
        "#YTID,start_seconds,end_seconds,positive_labels\n#\n--PJHxphWEs,30,40,/m/a,/t/c\n# end",
        "ytid,start,end,labels\n--PJHxphWEs,30,40,/m/a,/t/c\nytid,start,end,labels\n",
    ],
)
def test_tables_as_people_have_them_mean_the_same_row(text):
    table, warnings = parse_segments(text, "own.csv", KNOWN)
    assert table.to_pylist() == [ROW]
    assert warnings == []


GOOD = 'aaaaaaaaaa1,0,10,"/m/a"\n'


@pytest.mark.parametrize(
    ("line", "count", "cause"),
    [
        ("#NAME?,0,10,/m/a", 2, "ids were replaced .* such as #NAME"),
        ("#REF!,0,10,/m/a", 2, "ids were replaced .* such as #REF!"),
        ("#VALUE!,0,10,/m/a", 2, "ids were replaced"),
        ("#N/A,0,10,/m/a", 2, "ids were replaced"),
        ("#¿NOMBRE?,0,10,/m/a", 2, "ids were replaced"),
        ("########,0,10,/m/a", 2, "ids were replaced"),
        ("1.23E+11,0,10,/m/a", 2, "ids were turned into numbers"),
        ('"-1,23457E+19",0,10,/m/a', 2, "ids were turned into numbers"),
        ("2017-03-05 00:00:00,0,10,/m/a", 2, "ids were turned into dates"),
        ("x,0:00:30,0:00:40,/m/a", 2, "times are on a clock"),
        ("x,00:30,00:40,/m/a", 2, "times are on a clock"),
        ("x,30.Jan,40,/m/a", 2, "times were turned into dates"),
        ("x,1/30/1900,40,/m/a", 2, "times were turned into dates"),
        ("x,#VALUE!,40,/m/a", 2, "times were replaced"),
        ('x,"30,000","40,000",/m/a', 2, "times have a decimal comma"),
        ("x,30,000,40,000,/m/a", 2, "times have a decimal comma"),
        ("x,0,10,/m/zebra", 2, "labels are not in the table of classes"),
        ("Caf\udce9,0,10,/m/a", 2, "ids hold letters in another encoding"),
    ],
)
def test_damage_is_named_with_its_count_wherever_it_stands(line, count, cause):
    for text in (f"{line}\n{GOOD}{line}\n", f"# Segments\n{GOOD}{line}\n{line}"):
        with pytest.raises(TableError, match=rf"In {count} lines {cause}.*; .*\n") as caught:
            parse_segments(text, "own.csv", KNOWN)
        numbers = re.findall(r"own\.csv, line (\d):", str(caught.value))
        assert numbers == [str(n) for n, t in enumerate(text.splitlines(), 1) if t == line]


def test_a_semicolon_does_not_make_a_decimal_comma_a_number():
    with pytest.raises(TableError, match="In 1 line times have a decimal comma"):
        parse_segments('x;30,000;40,000;"/m/a,/t/c"\n', "own.csv", KNOWN)


def test_a_row_left_out_by_a_hash_alone_is_no_comment():
    for line in ('#aaaaaaaaaa2,0,10,"/m/a"', "#aaaaaaaaaa2;0;10;/m/a", "#end"):
        with pytest.raises(TableError, match="line 2: a line that begins with # is a comment only"):
            parse_segments(f"{GOOD}{line}\n", "own.csv", KNOWN)
    with pytest.raises(TableError, match="line 1: a line that begins with # is a comment only"):
        parse_segments(f'#aaaaaaaaaa2,0,10,"/m/a"\n{GOOD}', "own.csv", KNOWN)


@pytest.mark.parametrize(
    ("header", "words"),
    [
        ("segment_id\tstart_time_seconds\tend_time_seconds\tlabel", "strong labels"),
        ("ytid,start,labels", "the header names no column of end"),
        ("name,from,to,tags", "line 1: 'from' is not a number"),
    ],
)
def test_another_header_is_called_what_it_is(header, words):
    with pytest.raises(TableError, match=words):
        parse_segments(f"{header}\n{GOOD}", "own.csv", KNOWN)


def test_columns_that_change_within_a_table_are_refused():
    text = f"ytid,start,end,labels\n{GOOD}ytid,end,start,labels\nx,10,0,/m/a\n"
    with pytest.raises(TableError, match="line 3: the columns change here"):
        parse_segments(text, "own.csv", KNOWN)


def test_only_where_all_clips_are_youtubes_an_id_has_eleven_characters():
    text = f"{GOOD}my song,0,10,/m/a\n"
    assert len(parse_segments(text, "own.csv", KNOWN)[0]) == 2
    with pytest.raises(TableError, match=r"In 1 line ids are none of YouTube's.*\n.*'my song'"):
        parse_segments(text, "own.csv", KNOWN, ids_of_videos=True)


def test_clips_longer_than_the_log_mel_are_told_once_with_their_number():
    table, _ = parse_segments("x,0,10,/m/a\ny,5,30.5,/m/a\nz,0,12,/m/a\n", "own.csv", KNOWN)
    told = describe_long_clips(table, 10.0, "own.csv")
    assert "2 of 3 clips are longer than logmel.clip_s (10 s), the longest 25.5 s" in told
    assert describe_long_clips(table, 25.5, "own.csv") == ""


@pytest.mark.parametrize(
    ("name", "number"), [("balanced_train_segments.csv", 22_160), ("eval_segments.csv", 20_371)]
)
def test_audiosets_own_tables_are_read_as_a_plain_loop_reads_them(name, number):
    text = shared_text(f"audioset/{name}")
    table, warnings = parse_segments(text, name, real_mids(), ids_of_videos=True)
    expected = []
    for ytid, start, end, labels in csv.reader(text.splitlines()[3:], skipinitialspace=True):
        labels = labels.split(",")
        row = (f"{ytid}_{start}", ytid, float(start), float(end), labels)
        expected.append(dict(zip(table.column_names, row, strict=True)))
    assert warnings == []
    assert len(expected) == number
    assert table.to_pylist() == expected


@pytest.mark.parametrize(
    ("name", "number"), [("balanced_train_segments.csv", 200), ("eval_segments.csv", 100)]
)
def test_the_real_recordings_table_is_read_whole(name, number):
    text = shared_text(f"real_sounds/{name}")
    table, warnings = parse_segments(text, name, real_mids())
    assert warnings == []
    assert len(table) == number
    # The file's second line counts all labels of all clips.
    assert f"num_positive_labels={sum(map(len, table['labels'].to_pylist()))}" in text


@pytest.mark.parametrize("name", ["header_without_hash", "quotes_doubled", "excel_name_ids"])
def test_public_tables_come_out_as_their_readme_says(name):
    text = shared_text(f"public_cases/tables/table_{name}.csv")
    if name == "excel_name_ids":
        with pytest.raises(TableError, match=r"In 2 lines ids were replaced(.|\n)*line 2(.|\n)*3"):
            parse_segments(text, name, real_mids())
        return
    table, warnings = parse_segments(text, name, real_mids())
    assert warnings == []
    assert table["ytid"].to_pylist() == ["aaaaaaaaaa1", "bbbbbbbbbb2", "cccccccccc3", "dddddddddd4"]
    assert set(table["end_s"].to_pylist()) == {10.0}
    labels = ["/m/09x0r", "/m/05zppz"] if "doubled" in name else ["/m/09x0r"]
    assert table["labels"].to_pylist() == [labels] * 4


def as_csv(rows: list[list[str]], **how: object) -> str:
    """Rows as a program writes them that knows its CSV."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\n", **how).writerows(rows)
    return text.getvalue()


class Found:
    """The head of AudioSet's own table, 459 of whose ids begin with a sign, and copies of it."""

    def __init__(self) -> None:
        self.text = "".join(
            shared_text("audioset/balanced_train_segments.csv").splitlines(True)[:1503]
        )
        lines = self.text.splitlines()
        self.comments, self.lines = lines[:2], lines[3:]
        self.names = lines[2].removeprefix("# ").split(", ")
        self.rows = [line.split(", ", 3) for line in self.lines]
        self.rows = [[*row[:3], row[3].strip('"')] for row in self.rows]
        self.mids = real_mids()

    def read(self, text: str) -> list[dict]:
        return parse_segments(text, "own.csv", self.mids, ids_of_videos=True)[0].to_pylist()

    def without(self, column: int, header: bool) -> str:
        rows = [self.names, *self.rows] if header else self.rows
        return as_csv([row[:column] + row[column + 1 :] for row in rows])


@pytest.fixture(scope="module")
def found() -> Found:
    return Found()


COPIES = {
    "a header without #": lambda f: "\n".join([*f.comments, ", ".join(f.names), *f.lines]),
    "a header alone": lambda f: "\n".join([", ".join(f.names), *f.lines]),
    "no header": lambda f: "\n".join(f.lines),
    "no spaces": lambda f: f.text.replace(", ", ","),
    "as pandas writes it": lambda f: as_csv([["", *f.names]] + [["0", *row] for row in f.rows]),
    "quotes around everything": lambda f: as_csv([f.names, *f.rows], quoting=csv.QUOTE_ALL),
    "quotes doubled": lambda f: f.text.replace('"', '""'),
    "quotes tripled": lambda f: as_csv([[*row[:3], f'"{row[3]}"'] for row in f.rows]),
    "quotes and a space": lambda f: as_csv([[*row[:3], f' "{row[3]}"'] for row in f.rows]),
    "whole lines in quotes": lambda f: as_csv([[line] for line in f.text.splitlines()]),
    "single quotes": lambda f: f.text.replace('"', "'"),
    "semicolons": lambda f: as_csv([f.names, *f.rows], delimiter=";"),
    "tabs": lambda f: as_csv(f.rows, delimiter="\t"),
    "ends of lines": lambda f: f.text.replace("\n", "\r\n"),
    "times without decimals": lambda f: f.text.replace(".000", ""),
    "another order": lambda f: as_csv([row[::-1] for row in [f.names, *f.rows]]),
}


@pytest.mark.parametrize("copy", COPIES)
def test_copies_of_audiosets_table_as_they_are_found_mean_the_same(found, copy):
    assert found.read(COPIES[copy](found)) == found.read(found.text)


MISSING = "In 1500 lines columns are missing; take the table as it was downloaded, or add"
REFUSALS = {
    "ids that were formulas": (
        lambda f: as_csv([f.names] + [["#NAME?" if row[0][0] in "-=+" else row[0], *row[1:]]
                                      for row in f.rows]),
        "In 459 lines ids were replaced by a spreadsheet .*; take the table as it was downloaded"
        r"(.|\n)*own\.csv, line 2: the id is '#NAME\?'",
    ),
    "no ids": (lambda f: f.without(0, True), r"csv, line 1: the header names no column of ytid"),
    "no starts": (lambda f: f.without(1, True), rf"{MISSING}(.|\n)*line 1: .* no column of start"),
    "no ends": (lambda f: f.without(2, True), rf"{MISSING}(.|\n)*line 1: .* no column of end"),
    "no labels": (lambda f: f.without(3, True), rf"{MISSING}(.|\n)*line 1: .* no column of labels"),
    "no ids, no header": (lambda f: f.without(0, False), r"In 1500 lines ids are none of YouTube"),
    "no ends, no header": (lambda f: f.without(2, False), rf"{MISSING}(.|\n)*own\.csv, line 1: "),
    "no labels, no header": (lambda f: f.without(3, False), rf"{MISSING}(.|\n)*own\.csv, line 1: "),
    "names for mids": (
        lambda f: as_csv([[*row[:3], "Speech,Music"] for row in f.rows]),
        "In 1500 lines labels are not in the table of classes .*; use tables that belong together",
    ),
}  # fmt: skip


@pytest.mark.parametrize("copy", REFUSALS)
def test_damaged_copies_of_audiosets_table_are_refused_with_line_and_remedy(found, copy):
    damaged, words = REFUSALS[copy]
    with pytest.raises(TableError, match=words) as caught:
        found.read(damaged(found))
    assert len(str(caught.value).splitlines()) <= 13
