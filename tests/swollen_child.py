"""Reads files of strangers with little memory, and says how it went; for the tests of bombs.

It takes kinds and paths as JSON, and prints for each file how many MB it took at most, and the
refusal or "read". Each is read in a fork whose address space is limited, so that a file that is
unpacked whole ends in a MemoryError, and hurts nobody.
"""

from __future__ import annotations

import json
import os
import resource
import sys
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "workflow_scripts"))

import torch  # noqa: F401 - its libraries are no part of what is measured

from plumbing.config.settings import read_options
from prepare_fsd50k import read_texts
from sources.audio.decoding import decode_clip, open_audio
from sources.fsd50k.zip_parts import ZipParts
from sources.natural_sounds.matlab import read_matlab
from sources.natural_sounds.place import opened
from storage.found_tables import json_text, table_lines, table_text
from storage.networks import read_weights

ROOM_BYTES = 1_500_000_000


def read_sound(path: Path) -> None:
    with open_audio(path) as audio:
        decode_clip(audio, 0.0, 10.0)


def read_long_sound(path: Path) -> None:
    with open_audio(path) as audio:
        decode_clip(audio, 0.0, 1e9)


def read_place(path: Path) -> None:
    with opened(path) as place:
        for name in place.names:
            place.read(name)


def read_parts(path: Path) -> None:
    archive = ZipParts([path])
    for name in archive.members:
        archive.read(name)


def read_lines(path: Path) -> None:
    for _ in table_lines(path):
        pass


READERS: dict[str, Callable[[Path], object]] = {
    "sound": read_sound,
    "long sound": read_long_sound,
    "place": read_place,
    "parts": read_parts,
    "lines": read_lines,
    "text": table_text,
    "json": json_text,
    "ground truth": lambda path: read_texts(path, ["dev.csv"]),
    "MATLAB": lambda path: read_matlab(path.read_bytes(), ["R"]),
    "weights": read_weights,
    "options": read_options,
}


def peak_bytes() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def read_one(kind: str, path: Path) -> list:
    """How many MB were added at most, and what was said; in a process of its own."""
    pages = int(Path("/proc/self/statm").read_text(encoding="utf-8").split()[0])
    size = pages * resource.getpagesize() + ROOM_BYTES
    resource.setrlimit(resource.RLIMIT_AS, (size, size))
    before = peak_bytes()
    try:
        READERS[kind](path)
        told = "read"
    except Exception as error:
        told = f"{type(error).__name__}: {error}"
    return [(peak_bytes() - before) // 1_000_000, told]


def main() -> None:
    for kind, path in json.load(sys.stdin):
        if child := os.fork():
            os.waitpid(child, 0)
            continue
        print(json.dumps([path, *read_one(kind, Path(path))]), flush=True)
        os._exit(0)


if __name__ == "__main__":
    main()
