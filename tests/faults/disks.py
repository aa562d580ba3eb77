"""A disk that is full in the middle of a job, and results that may only be read.

A file system in memory (tmpfs) is the disk, which takes root. It is filled up to some kilobytes
that what is made does not fit in; then there is room again, and the same command ends as it should.
"""

from __future__ import annotations

import os
import random
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from faulty_runs import Ended, FaultyRun, differences, outputs, run, seconds_since

MB = 1 << 20
# What writes in each of the ways there are: Parquet, Arrow, PyTorch, NumPy, CSV, figures, the page.
TARGETS = (
    "results/clips/tiny/train/0.parquet",
    "results/tiny/logmel/natural/train/0.arrow",
    "results/tiny/networks/no_music/seed0/weights.pt",
    "results/tiny/activations/pca/seed0/natural/train.parquet",
    "results/tiny/analyses/selectivity.csv",
    "results/tiny/figures/selectivity.pdf",
    "results/tiny/report.html",
)
ROOM_KB = (0, 4, 40, 300)


def main(work: Path, reference: Path, seed: int) -> dict[str, Any]:
    """Fill the disk, and make it read-only; counts, what was said, and what went wrong."""
    told: dict[str, Any] = {"seed": seed, "runs on a full disk": 0, "stops": 0, "wrong": []}
    if os.getuid() != 0:
        return told | {"skipped": "to mount a small disk takes root"}
    begin_s, draw, sentences = time.monotonic(), random.Random(seed), []
    clean = outputs(reference)
    size = sum(file.stat().st_size for file in reference.rglob("*") if file.is_file())
    with small_disk(work / "disk", 2 * size + 64 * MB) as disk:
        folder = disk / "workflow"
        subprocess.run(["cp", "--archive", str(reference), str(folder)], check=True)
        for target in TARGETS:
            for when in ("before", "meanwhile") if target == TARGETS[0] else ("meanwhile",):
                took_away(folder, target)
                with filled(disk, folder, target, when, 1024 * draw.choice(ROOM_KB)) as started:
                    told["runs on a full disk"] += 1
                    ended = started.wait()
                told["stops"] += ended.status != 0
                judge(told, sentences, f"full {when}, {target}", ended)
                if ended.status != 0 and (again := run(folder, target)).status != 0:
                    told["wrong"].append(f"does not end with room: {target}: {again.said[-500:]}")
        for what in ("results", "results/tiny/logmel", "."):
            took_away(folder, TARGETS[1])
            with read_only(folder / what):
                ended = run(folder, TARGETS[1])
            if ended.status == 0:
                told["wrong"].append(f"{what} read-only, and the run ended")
            judge(told, sentences, f"read-only, {what}", ended)
            told["read-only"] = told.get("read-only", 0) + 1
            run(folder, TARGETS[1])
        last = run(folder)
        if last.status != 0:
            told["wrong"].append(f"does not end: {last.said[-500:]}")
        told["wrong"] += [f"{name} differs" for name in differences(outputs(folder), clean)]
        told["unfinished files left"] = len([*folder.rglob("results/**/.partial-*")])
    return {**told, "said": sentences, "s": seconds_since(begin_s)}


def judge(told: dict[str, Any], sentences: list[str], case: str, ended: Ended) -> None:
    """A run that stopped says a sentence that names a way out, and nothing for programmers."""
    told["wrong"] += [f"{case}: {words}" for words in ended.wrong_words]
    if ended.status != 0:
        lines = [
            line.strip()
            for line in ended.said.splitlines()
            if "run again" in line or "--directory" in line
        ]
        if not lines:
            told["wrong"].append(f"{case}: says not what to do: {ended.said[-500:]}")
        sentences.append(f"{case}: {lines[0] if lines else ''}")


def took_away(folder: Path, target: str) -> None:
    """Remove an output, so that its job runs."""
    (folder / target).unlink(missing_ok=True)


@contextmanager
def small_disk(place: Path, size: int) -> Iterator[Path]:
    """Mount a small file system in memory."""
    place.mkdir(parents=True, exist_ok=True)
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(place)], check=True)
    try:
        yield place
    finally:
        subprocess.run(["umount", "--lazy", str(place)], check=True)


@contextmanager
def filled(disk: Path, folder: Path, target: str, when: str, room: int) -> Iterator[FaultyRun]:
    """A run on a disk that is full up to some bytes: before it begins, or as soon as a job runs."""
    ballast = disk / "ballast"
    said = disk.with_suffix(".txt")
    try:
        if when == "meanwhile":
            started = FaultyRun(folder, target, said=said)
            while not started.jobs() and started.process.poll() is None:
                time.sleep(0.05)
        with ballast.open("wb") as file:
            free = shutil.disk_usage(disk).free
            os.posix_fallocate(file.fileno(), 0, max(free - room, 1))
        yield started if when == "meanwhile" else FaultyRun(folder, target, said=said)
    finally:
        ballast.unlink()


@contextmanager
def read_only(folder: Path) -> Iterator[None]:
    """Let a folder be read alone; root, too, may not write then."""
    subprocess.run(["mount", "--bind", str(folder), str(folder)], check=True)
    subprocess.run(["mount", "-o", "remount,bind,ro", str(folder)], check=True)
    try:
        yield
    finally:
        subprocess.run(["umount", str(folder)], check=True)
