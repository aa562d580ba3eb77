"""Files between jobs that are cut short, or have wrong bytes, with their size and time kept.

Snakemake sees nothing of it. One file of each kind is garbled in a finished run, an output of a job
that reads it is taken away, and the job has to stop and name the file. When that is deleted, as the
sentence says, the same command ends, and the output is that of a clean run.
"""

from __future__ import annotations

import os
import random
import re
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from faulty_runs import clone, differences, outputs, readers_of_files, run, seconds_since


def main(work: Path, reference: Path, seed: int) -> dict[str, Any]:
    """Garble a file of each kind; counts, and what went wrong."""
    begin_s, draw = time.monotonic(), random.Random(seed)
    clean, folder = outputs(reference), clone(reference, work / "garbled")
    told: dict[str, Any] = {"seed": seed, "garbled": 0, "refused": 0, "remade": 0, "wrong": []}
    kinds = one_of_each_kind(readers_of_files(folder), draw)
    for number, (kind, (garbled, read_by)) in enumerate(sorted(kinds.items())):
        whole, times = (folder / garbled).read_bytes(), os.stat(folder / garbled)
        for how in (cut_short, with_wrong_bytes):
            spoilt = how(whole, draw)
            (folder / garbled).write_bytes(spoilt)
            os.utime(folder / garbled, ns=(times.st_atime_ns, times.st_mtime_ns))
            (folder / read_by).unlink(missing_ok=True)
            ended = run(folder, read_by)
            told["garbled"] += 1
            said = f"{garbled} is not as it was written"
            if ended.status == 0 or said not in ended.said or ended.wrong_words:
                told["wrong"].append(f"{kind} {how.__name__}: {ended.said[-500:]}")
            else:
                told["refused"] += 1
            print(f"{number + 1} of {len(kinds)} kinds: {garbled} {how.__name__}", flush=True)
        (folder / garbled).unlink()
        ended = run(folder, read_by)
        told["remade"] += ended.status == 0
        if ended.status != 0:
            told["wrong"].append(f"{kind} deleted: {ended.said[-500:]}")
    ended = run(folder)
    told["wrong"] += [] if ended.status == 0 else [f"does not end: {ended.said[-500:]}"]
    told["wrong"] += [f"{name} differs" for name in differences(outputs(folder), clean)]
    return {**told, "kinds": sorted(kinds), "s": seconds_since(begin_s)}


def one_of_each_kind(
    readers: Mapping[str, list[str]], draw: random.Random
) -> dict[str, tuple[str, str]]:
    """A file of each kind, and an output of a job that reads it."""
    pairs: dict[str, list[tuple[str, str]]] = {}
    for output, inputs in sorted(readers.items()):
        for name in inputs:
            if name in readers:
                pairs.setdefault(kind_of(name), []).append((name, output))
    return {kind: draw.choice(of_kind) for kind, of_kind in pairs.items()}


def kind_of(name: str) -> str:
    """The stage that makes a file, and its ending."""
    stage = re.sub(r"^results/(clips/)?\w+/", r"\1", name).split("/")
    return f"{'/'.join(stage[: 2 if stage[0] == 'clips' else 1])} {stage[-1].rpartition('.')[2]}"


def cut_short(content: bytes, draw: random.Random) -> bytes:
    """The file without its end."""
    return content[: draw.randrange(len(content))]


def with_wrong_bytes(content: bytes, draw: random.Random) -> bytes:
    """A file of the same length, one byte in it another."""
    place = draw.randrange(len(content))
    return content[:place] + bytes([content[place] ^ draw.randrange(1, 256)]) + content[place + 1 :]
