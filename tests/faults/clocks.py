"""A clock that is set forth and back between runs, and while one runs.

Between runs the times of files are set, as a clock that went wrong would have: what is there is of
the future, or of long ago. While one runs, libfaketime (Debian's faketime) tells its processes
another time, if it is there; the times of files stay true then, and the two contradict each other.
"""

from __future__ import annotations

import os
import shutil
import time
from pathlib import Path
from typing import Any

from faulty_runs import CLEARED, FaultyRun, clone, differences, outputs, run, seconds_since

DAY_S = 86400
TAKEN_AWAY = ("results/tiny/analyses/selectivity.csv", "results/tiny/scorecard.csv")


def main(work: Path, reference: Path, seed: int) -> dict[str, Any]:
    """Set the clock; what was done, and what went wrong."""
    begin_s, clean = time.monotonic(), outputs(reference)
    told: dict[str, Any] = {"seed": seed, "done": [], "wrong": []}
    for days in (3, -3000):
        folder = clone(reference, work / "clock")
        for file in folder.rglob("*"):
            times = file.lstat()
            if not file.is_symlink():
                shifted = times.st_mtime_ns + days * DAY_S * 10**9
                os.utime(file, ns=(shifted, shifted))
        for case in ("as it is", "two outputs taken away", "again"):
            if case == "two outputs taken away":
                take_away(folder)
            check(told, f"files of {days} days ahead, {case}", folder, clean, run(folder))
    if not (faketime := shutil.which("faketime")):
        return {**told, "skipped": "faketime is not here", "s": seconds_since(begin_s)}
    for days in ("+3d", "-3d"):
        folder = clone(reference, work / "clock")
        take_away(folder)
        before = (faketime, "-f", days)
        cut = FaultyRun(folder, before=before)
        wait_for_a_job(cut)
        cut.kill_all()
        ended = run(folder, before=(faketime, "-f", "-2d" if days == "+3d" else "+2d"))
        if CLEARED not in ended.said:
            told["wrong"].append(f"clock {days}: the lock of the run that was killed: {ended.said}")
        check(told, f"killed with the clock {days}, then set over", folder, clean, ended)
        check(told, f"and right again after {days}", folder, clean, run(folder))
    return {**told, "s": seconds_since(begin_s)}


def take_away(folder: Path) -> None:
    """Remove an output in the middle, and one that is made from it."""
    for name in TAKEN_AWAY:
        (folder / name).unlink()


def wait_for_a_job(started: FaultyRun) -> None:
    """Return when a job of a run is at work."""
    while not started.jobs() and started.process.poll() is None:
        time.sleep(0.1)
    time.sleep(1.0)


def check(told: dict[str, Any], case: str, folder: Path, clean: dict[str, str], ended: Any) -> None:
    """It ended, in words for a person, and all is as in a clean run."""
    told["done"].append(case)
    print(case, flush=True)
    told["wrong"] += [f"{case}: {words}" for words in ended.wrong_words]
    if ended.status != 0:
        told["wrong"].append(f"{case}: {ended.said[-500:]}")
    told["wrong"] += [f"{case}: {name} differs" for name in differences(outputs(folder), clean)]
