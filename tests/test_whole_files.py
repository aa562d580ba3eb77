"""Files put on the disk while they are made, and tables read from it."""

import os

import pandas as pd
import pytest

from storage import whole_files
from storage.tables import read_table, write_table


def test_what_was_written_so_far_is_put_on_the_disk_early(tmp_path, monkeypatch):
    advised = []

    def advise(descriptor, first, length, advice):
        state = os.fstat(descriptor)
        advised.append((state.st_ino, state.st_size, first, length, advice))

    monkeypatch.setattr(os, "posix_fadvise", advise)
    path = tmp_path / "large"
    with path.open("wb", buffering=0) as file, whole_files.written_out_early(path) as write_out:
        for _ in range(3):
            file.write(b"0123456789")
            write_out()
    inode = path.stat().st_ino
    assert advised == [(inode, size, 0, 0, os.POSIX_FADV_DONTNEED) for size in (10, 20, 30)]
    monkeypatch.undo()
    with pytest.raises(OSError, match="Bad file descriptor"):
        write_out()


def test_where_no_such_advice_is_taken_the_file_is_the_same(tmp_path, monkeypatch):
    monkeypatch.delattr(os, "posix_fadvise")
    path = tmp_path / "large"
    with path.open("wb") as file, whole_files.written_out_early(path) as write_out:
        file.write(b"all")
        write_out()
    assert path.read_bytes() == b"all"


def test_the_advice_loses_nothing(tmp_path):
    block = os.urandom(1 << 20)
    path = tmp_path / "large"
    with path.open("wb", buffering=0) as file, whole_files.written_out_early(path) as write_out:
        for _ in range(8):
            file.write(block)
            write_out()
    assert path.read_bytes() == 8 * block


@pytest.mark.parametrize("ending", ["parquet", "csv"])
class TestTables:
    @pytest.fixture
    def table(self):
        return pd.DataFrame({"label": ["a", None], "seed": [0, 1], "ratio": [1.5, float("nan")]})

    def test_the_named_columns_come_back_in_that_order(self, tmp_path, table, ending):
        path = tmp_path / f"ratios.{ending}"
        write_table(path, table)
        pd.testing.assert_frame_equal(
            read_table(path, ("ratio", "label")), table[["ratio", "label"]], check_dtype=False
        )

    def test_a_name_that_looks_like_nothing_and_all_numbers_come_back(self, tmp_path, ending):
        names = ["NA", "nan", "null", "None", "N/A", "-", None]
        numbers = [1.5, -2.25, float("inf"), float("-inf"), float("nan"), 1e-300, 0.1]
        table = pd.DataFrame({"category": names, "ratio": numbers, "networks": range(7)})
        write_table(path := tmp_path / f"ratios.{ending}", table)
        pd.testing.assert_frame_equal(read_table(path), table, check_exact=True, check_dtype=False)

    def test_a_column_that_a_whole_table_lacks_is_named_beside_those_it_has(
        self, tmp_path, table, ending
    ):
        path = tmp_path / f"ratios.{ending}"
        write_table(path, table)
        words = rf"ratios\.{ending} has no column ratoi, only label, seed, ratio; correct the name"
        with pytest.raises(whole_files.TableFileError, match=words):
            read_table(path, ["seed", "ratoi"])

    @pytest.mark.parametrize("kept", [0, 5])
    def test_a_cut_table_is_no_whole_one(self, tmp_path, table, ending, kept):
        path = tmp_path / f"ratios.{ending}"
        write_table(path, table)
        path.write_bytes(path.read_bytes()[:kept])
        with pytest.raises(whole_files.TableFileError, match="delete"):
            read_table(path, ["ratio"])
