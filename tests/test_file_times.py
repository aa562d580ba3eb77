"""Files of the future count as made now."""

import os
import time

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
    assert said.startswith("2 files in results/ were of the future")
    times = [(results / name).stat().st_mtime for name in names]
    assert times == sorted(times)
    assert times[1] == now_s - 5.0
    assert now_s <= times[2] == times[3] <= time.time()
    assert count_as_made_now(results) == ""


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
