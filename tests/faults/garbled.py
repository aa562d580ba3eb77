"""Files between jobs that are cut short, or have wrong bytes, with their time kept.

Snakemake sees nothing of it. Files of each kind are garbled in a finished run, and outputs of jobs
that read them are taken away: each of these jobs has to stop and name the file. When the files are
deleted, as the sentences say, a plain run ends, and all is as in a clean one.
"""

from __future__ import annotations

import os
import random
import re
import shutil
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from faulty_runs import clone, differences, outputs, readers_of_files, run, seconds_since

Pair = tuple[str, str]  # a file, and an output of a job that reads it


def main(work: Path, reference: Path, seed: int) -> dict[str, Any]:
    """Garble a file of each kind; counts, and what went wrong."""
    begin_s, draw = time.monotonic(), random.Random(seed)
    clean, folder = outputs(reference), clone(reference, work / "garbled")
    told: dict[str, Any] = {"seed": seed, "garbled": 0, "refused": 0, "wrong": []}
    batches = in_batches(readers_of_files(folder), draw)
    for batch in batches:
        for how in (cut_short, with_wrong_byte):
            spoilt = {name: drawn_file(folder / name, draw) for name, _ in batch.values()}
            whole = {path: path.read_bytes() for path in spoilt.values()}
            for path, content in whole.items():
                replace(path, how(content, draw))
            targets = sorted({output for _, output in batch.values()})
            for output in targets:
                remove(folder / output)
            ended = run(folder, *targets)
            told["wrong"] += [f"{how.__name__}: {words}" for words in ended.wrong_words]
            for kind, (name, output) in batch.items():
                told["garbled"] += 1
                file = spoilt[name].relative_to(folder)
                refused = f"{file} is not as it was written" in ended.said
                refused = refused and not (folder / output).exists()
                told["refused"] += refused
                told["wrong"] += [] if refused else [f"{how.__name__}: {kind}: {file} for {output}"]
            for path, content in whole.items():
                replace(path, content)
            print(f"{how.__name__}: {', '.join(batch)}", flush=True)
        bring_back(reference, folder)
    for batch in batches:
        for name, _ in batch.values():
            remove(folder / name)
    # What is in the middle is made again only for something at the end.
    for name in ("report.html", "scorecard.csv"):
        (folder / "results/tiny" / name).unlink(missing_ok=True)
    ended = run(folder)
    told["wrong"] += [] if ended.status == 0 else [f"does not end: {ended.said[-500:]}"]
    told["wrong"] += [f"{name} differs" for name in differences(outputs(folder), clean)]
    kinds = sorted(kind for batch in batches for kind in batch)
    return {**told, "kinds": kinds, "s": seconds_since(begin_s)}


def drawn_file(path: Path, draw: random.Random) -> Path:
    """An output itself, or a file in it where it is a folder."""
    return draw.choice(sorted(path.glob("[!.]*"))) if path.is_dir() else path


def remove(path: Path) -> None:
    """Delete an output, be it a file or a folder."""
    shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)


def bring_back(reference: Path, folder: Path) -> None:
    """Put back, with its time, what was taken away: the next batch needs it."""
    for path in (reference / "results").rglob("*"):
        place = folder / path.relative_to(reference)
        if path.is_file() and not place.exists():
            place.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(path, place)


def in_batches(readers: Mapping[str, list[str]], draw: random.Random) -> list[dict[str, Pair]]:
    """A file of each kind and an output of a job that reads it, in batches that go together.

    Of a batch, no job reads a garbled file of another, or what another would have made.
    """
    pairs: dict[str, list[Pair]] = {}
    for output, inputs in sorted(readers.items()):
        for name in inputs:
            if name in readers:
                pairs.setdefault(kind_of(name), []).append((name, output))
    for of_kind in pairs.values():
        draw.shuffle(of_kind)
    batches: list[dict[str, Pair]] = []
    for kind, of_kind in sorted(pairs.items(), key=lambda item: len(item[1])):
        fits = (
            (batch, pair)
            for batch in batches
            for pair in of_kind
            if all(go_together(pair, other, readers) for other in batch.values())
        )
        batch, pair = next(fits, (None, of_kind[0]))
        if batch is None:
            batches.append({kind: pair})
        else:
            batch[kind] = pair
    return batches


def go_together(one: Pair, other: Pair, readers: Mapping[str, list[str]]) -> bool:
    """Whether neither's job reads what is garbled for the other, or comes of what it makes."""
    if readers[one[1]] == readers[other[1]]:
        return False
    return not any(
        spoilt[0] in readers[reading[1]]
        or all_before(reading[1], readers) & made_with(spoilt[1], readers)
        for reading, spoilt in ((one, other), (other, one))
    )


def made_with(output: str, readers: Mapping[str, list[str]]) -> set[str]:
    """All that the job of an output makes."""
    return {name for name in readers if readers[name] == readers[output]}


def all_before(output: str, readers: Mapping[str, list[str]]) -> set[str]:
    """All files that an output comes of."""
    found, waiting = set(), [output]
    while waiting:
        for name in readers.get(waiting.pop(), ()):
            if name not in found:
                found.add(name)
                waiting.append(name)
    return found


def kind_of(name: str) -> str:
    """The stage that makes a file, and its ending."""
    stage = re.sub(r"^results/(clips/)?\w+/", r"\1", name).split("/")
    return f"{'/'.join(stage[: 2 if stage[0] == 'clips' else 1])} {stage[-1].rpartition('.')[2]}"


def replace(path: Path, content: bytes) -> None:
    """Write other content in the place of a file's, with its time kept."""
    times = path.stat()
    path.write_bytes(content)
    os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))


def cut_short(content: bytes, draw: random.Random) -> bytes:
    """The file without its end."""
    return content[: draw.randrange(len(content))]


def with_wrong_byte(content: bytes, draw: random.Random) -> bytes:
    """A file of the same length, one byte in it another."""
    place = draw.randrange(len(content))
    return content[:place] + bytes([content[place] ^ draw.randrange(1, 256)]) + content[place + 1 :]
