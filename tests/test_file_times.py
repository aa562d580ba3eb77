"""Times in the future are set to now."""

import os
import time

from plumbing import file_times
from plumbing.file_times import count_as_made_now


def test_the_order_of_times_stays_and_none_is_of_the_future(tmp_path):
    results = tmp_path / "results"
    (results / "run").mkdir(parents=True)
    now_s, names = time.time(), [f"run/{number}.csv" for number in range(4)]
    ahead_s = dict(zip(names, (-9e5, -5.0, 3e5, 9e5), strict=True))
    for name, s in ahead_s.items():
        (results / name).write_bytes(b"")
        os.utime(results / name, (now_s + s, now_s + s))
    said = count_as_made_now(results)
    assert said.startswith("2 files in results/ had modification times in the future")
    assert "these were set to now" in said
    times = [(results / name).stat().st_mtime for name in names]
    assert times == sorted(times)
    assert times[1] == now_s - 5.0
    assert now_s <= times[2] == times[3] <= time.time()
    assert count_as_made_now(results) == ""


def of_the_future(folder, *names):
    for name in names:
        (folder / name).write_bytes(b"")
        os.utime(folder / name, (time.time() + 9e5,) * 2)


def test_a_file_that_another_run_renames_meanwhile_does_no_harm(tmp_path, monkeypatch):
    of_the_future(tmp_path, ".partial-1-a.csv", "b.csv")
    entries = list(os.scandir(tmp_path))
    monkeypatch.setattr(file_times, "_files", lambda folder: entries)
    (tmp_path / ".partial-1-a.csv").rename(tmp_path / "a.csv")
    said = count_as_made_now(tmp_path)
    assert said.startswith(f"1 file in {tmp_path.name}/ had a modification time in the future")
    assert (tmp_path / "b.csv").stat().st_mtime <= time.time()


def test_a_file_that_is_not_ours_to_change_is_named(tmp_path, monkeypatch):
    of_the_future(tmp_path, "ours.csv", "theirs.csv")
    set_time = os.utime

    def utime(path, *args, **how):
        if "theirs" in path:
            raise PermissionError(path)
        set_time(path, *args, **how)

    monkeypatch.setattr(os, "utime", utime)
    said = count_as_made_now(tmp_path)
    assert (tmp_path / "ours.csv").stat().st_mtime <= time.time()
    assert said.startswith("1 file in ")
    assert said.endswith(f"Have it touched: {tmp_path / 'theirs.csv'}.")


def test_hidden_folders_and_what_a_link_names_are_left_alone(tmp_path):
    results = tmp_path / "results"
    (results / ".fetched").mkdir(parents=True)
    then_s = time.time() + 9e5
    for path in (results / ".fetched" / "a.clip", tmp_path / "recording.wav"):
        path.write_bytes(b"")
        os.utime(path, (then_s, then_s))
    (results / "link.wav").symlink_to(tmp_path / "recording.wav")
    assert count_as_made_now(results) == ""
    assert (tmp_path / "recording.wav").stat().st_mtime == then_s
