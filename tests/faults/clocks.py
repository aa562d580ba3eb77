"""A clock that is set forth and back between runs, and while one runs.

Between runs the times of files are set, as a clock that went wrong would have: what is there is of
the future, or of long ago. While one runs, all its processes are told another time by Python's
`time`; the times of files stay true then, and the two contradict each other. (libfaketime tells it
to more, but Snakemake hangs at its end under it.)
"""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Any

from faulty_runs import CLEARED, FaultyRun, clone, differences, outputs, run, seconds_since

DAY_S = 86400
OTHER_TIME = """
import os, time
ahead_s, true_s, true_ns = int(os.environ["CLOCK_AHEAD_S"]), time.time, time.time_ns
time.time = lambda: true_s() + ahead_s
time.time_ns = lambda: true_ns() + ahead_s * 10**9
"""
TAKEN_AWAY = ("results/tiny/analyses/selectivity.csv", "results/tiny/scorecard.csv")


def main(work: Path, reference: Path, seed: int) -> dict[str, Any]:
    """Set the clock; what was done, and what went wrong."""
    begin_s, clean = time.monotonic(), outputs(reference)
    told: dict[str, Any] = {"seed": seed, "done": [], "wrong": []}
    for days in (3, -3000):
        folder = clone(reference, work / "clock")
        for file in [*(folder / "results").rglob("*"), *(folder / ".snakemake").rglob("*")]:
            times = file.lstat()
            if not file.is_symlink():
                shifted = times.st_mtime_ns + days * DAY_S * 10**9
                os.utime(file, ns=(shifted, shifted))
        for case in ("as it is", "two outputs taken away", "again"):
            if case == "two outputs taken away":
                take_away(folder)
            check(told, f"files of {days} days ahead, {case}", folder, clean, run(folder))
    for days in (3, -3):
        folder = clone(reference, work / "clock")
        take_away(folder)
        cut = FaultyRun(folder, environment=clock_ahead(work, days))
        wait_for_a_job(cut)
        cut.kill_all()
        ended = run(folder, environment=clock_ahead(work, -days))
        if CLEARED not in ended.said:
            told["wrong"].append(f"clock {days}: the lock of the run that was killed: {ended.said}")
        check(told, f"killed with the clock {days} days ahead, then set over", folder, clean, ended)
        check(told, f"and right again after {days} days", folder, clean, run(folder))
    return {**told, "s": seconds_since(begin_s)}


def clock_ahead(work: Path, days: int) -> dict[str, str]:
    """An environment whose Python processes have a clock that is days ahead."""
    folder = work / "other time"
    folder.mkdir(exist_ok=True)
    (folder / "sitecustomize.py").write_text(OTHER_TIME, encoding="utf-8")
    return {"PYTHONPATH": str(folder), "CLOCK_AHEAD_S": str(days * DAY_S)}


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
