"""Where the clips of a corpus come from: recorded beside them, so that no other run replaces them.

Two runs have the same origin where they ask for the same clips: those of the same segments tables,
of FSD50K, or of the demo. Sources may be added, dropped and put in another order, since each clip's
row says which it came from. The number of shards, the channel and the demo's sizes are no part of
it: with them all shards are made again.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from typing import Any

import yaml

from plumbing.config.addresses import address_of
from plumbing.config.settings import ConfigError, read_options
from sources.fetching.files import local_path_of
from storage.corpus_tables import FILE_OF_TABLE
from storage.whole_files import whole_file

CORPORA = Path("results/clips")
RECORD = "origin.yaml"
SPLITS = ("train", "test")
SEGMENTS = ("train_segments", "test_segments")
UNKNOWN = {"sources": [], "folder": "", "train_segments": [], "test_segments": []}
ANY_SERVER = "an earlier download"
HEAD = """\
# Where the clips in this folder come from. A run that would bring others here is refused.
# If it is the recordings or tables that have moved, delete this file alone.
"""


def origin_problems(corpus: Mapping[str, Any]) -> list[str]:
    """What is wrong with the clips that the corpus' folder holds already: they are others.

    Returns:
        A sentence, or nothing where the folder has no clip yet, or clips of the same origin.
    """
    folder = CORPORA / corpus["name"]
    held = _held(folder)
    if held is None or _same(held, _asked(corpus), folder):
        return []
    moved = "demo" not in {*held["sources"], *corpus["sources"]} and (folder / RECORD).exists()
    return [
        f"corpus.name: {folder} holds clips of {_in_words(held)}, not of "
        f"{_in_words(_asked(corpus))}; choose another corpus.name, or delete {folder} if its clips "
        f"are of no more use"
        + (f" (only {folder / RECORD} if they are the same, from another place)" if moved else "")
        + ("; `make demo` has a corpus of its own" if "demo" in corpus["sources"] else "")
    ]


def record_origin(corpus: Mapping[str, Any]) -> None:
    """Write down where the clips of a corpus come from, in its folder, unless it stands there.

    Raises:
        OSError: The folder cannot be written to.
    """
    folder = CORPORA / corpus["name"]
    held, asked = UNKNOWN | (_held(folder) or {}), _asked(corpus)
    known = [source for source in held["sources"] if source != ANY_SERVER]
    asked["sources"] = list(dict.fromkeys([*known, *asked["sources"]]))
    asked["folder"] = asked["folder"] or held["folder"]
    for table in SEGMENTS:
        asked[table] = list(dict.fromkeys([*asked[table], *held[table]]))
    if (folder / RECORD).exists() and asked == held:
        return
    with whole_file(folder / RECORD) as unfinished:
        text = HEAD + yaml.safe_dump(asked, sort_keys=False, allow_unicode=True)
        unfinished.write_text(text, encoding="utf-8")


def _asked(corpus: Mapping[str, Any]) -> dict[str, Any]:
    """The origin that a configuration describes."""
    sources = list(corpus["sources"])
    of_tables = not {"demo", "fsd50k"} & set(sources)
    asked = {"sources": sources, "folder": corpus["folder"] if "folder" in sources else ""}
    for table in SEGMENTS:
        address = address_of(corpus["tables"][table])
        places = [place for place in (address.primary, address.fallback) if place and of_tables]
        asked[table] = places
    return asked


def _held(folder: Path) -> dict[str, Any] | None:
    """The origin of the clips that are there; None where there is none yet."""
    shards = [path for split in SPLITS for path in folder.glob(f"{split}/*.parquet")]
    fetched = any((folder / ".fetched" / split).exists() for split in SPLITS)
    if not shards and not fetched:
        return None
    if (folder / RECORD).exists():
        return _recorded(folder / RECORD)
    # As made by versions without a record: the rows tell the sources, and nothing the tables.
    sources = _sources_of(shards) or ([ANY_SERVER] if fetched else [])
    return UNKNOWN | {"sources": sources}


def _recorded(record: Path) -> dict[str, Any]:
    """What a record says.

    Raises:
        ConfigError: It says something else than where clips come from.
    """
    held = UNKNOWN | read_options(record)
    if any(not isinstance(held[key], type(unknown)) for key, unknown in UNKNOWN.items()):
        raise ConfigError(f"{record} does not say where clips come from; correct or delete it")
    return held


def _sources_of(shards: Iterable[Path]) -> list[str]:
    """The sources that the rows of shards name, as far as these can be read."""
    from storage.clips import ClipShardError, read_clip_table  # slow; most have a record

    sources: set[str] = set()
    for shard in shards:
        with suppress(ClipShardError, FileNotFoundError):
            sources |= set(read_clip_table([shard], ["source"])["source"].unique().to_pylist())
    return sorted(sources - {""})


def _same(held: Mapping[str, Any], asked: Mapping[str, Any], folder: Path) -> bool:
    for kind in ("demo", "fsd50k"):
        if held["sources"] and (kind in held["sources"]) != (kind in asked["sources"]):
            return False
    return _same_folder(held["folder"], asked["folder"]) and all(
        _same_table(held[table], asked[table], folder / "tables" / FILE_OF_TABLE[table])
        for table in SEGMENTS
    )


def _same_folder(held: str, asked: str) -> bool:
    """Whether two folders can be one: the same, or one that is no longer where it was."""
    if not (held and asked) or not Path(held).is_dir():
        return True
    return Path(asked).is_dir() and os.path.samefile(held, asked)


def _same_table(held: list[str], asked: list[str], copy: Path) -> bool:
    """Whether a table is the one of before: at one of its places, or elsewhere with its content."""
    if not (held and asked) or {*map(_place, held)} & {*map(_place, asked)}:
        return True
    path = local_path_of(asked[0])
    if path is None or not (path.is_file() and copy.is_file()):
        return False
    return sha256(path.read_bytes()).digest() == sha256(copy.read_bytes()).digest()


def _place(given: str) -> str:
    path = local_path_of(given)
    return given.partition("://")[2] if path is None else os.path.realpath(path)


def _in_words(origin: Mapping[str, Any]) -> str:
    """An origin as a person calls it."""
    if "demo" in origin["sources"]:
        return "the synthetic demo"
    if "fsd50k" in origin["sources"]:
        return "FSD50K"
    parts = [f"folder {origin['folder']}"] if origin["folder"] else []
    parts += [origin[table][0] for table in SEGMENTS if origin[table]]
    return ", ".join(parts) or ", ".join(origin["sources"]) or "another origin"
