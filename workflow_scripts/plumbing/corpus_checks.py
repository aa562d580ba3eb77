"""Checks of the part of a configuration that says where clips and tables come from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from plumbing.addresses import address_of, file_name_of, path_of
from storage.corpus_tables import FILE_OF_TABLE

MADE_FROM_FSD50K = ("train_segments", "test_segments", "class_labels")


def check_corpus(corpus: Mapping) -> list[str]:
    """What is wrong with a corpus: contradictions, options left open, files that are absent.

    Returns:
        One sentence for each problem, with the option's path.
    """
    sources = corpus["sources"]
    if "demo" in sources:
        others = ", ".join(source for source in sources if source != "demo")
        return [f"corpus.sources: demo stands alone; remove demo or {others}"] if others else []
    problems = _check_natural_sounds(corpus["natural_sounds"])
    if "folder" in sources:
        problems += _check_folder(corpus["folder"])
    tables = corpus["tables"]
    needed = [name for name in tables if name != "excluded_clips"]
    if "fsd50k" in sources:
        needed = [name for name in needed if name not in MADE_FROM_FSD50K]
        problems += _check_fsd50k(corpus)
    for name in needed:
        if not address_of(tables[name]).primary:
            problems.append(f"corpus.tables.{name}: give the path or URL of {FILE_OF_TABLE[name]}")
    for key, given in _addresses(corpus):
        path = path_of(given)
        if path is not None and not path.is_file():
            problems.append(f"corpus.{key}: there is no file {path}")
    return problems


def check_fetch(fetch: Mapping) -> list[str]:
    """What is wrong with the options of fetching."""
    problems = []
    if fetch["first_delay_s"] > fetch["longest_delay_s"]:
        problems.append(
            f"fetch.first_delay_s: must not be above fetch.longest_delay_s "
            f"({fetch['longest_delay_s']:g})"
        )
    cookies_file = fetch["youtube"]["cookies_file"]
    if cookies_file and not Path(cookies_file).is_file():
        problems.append(f"fetch.youtube.cookies_file: there is no file {cookies_file}")
    return problems


def _check_folder(folder: str) -> list[str]:
    if not folder:
        return ["corpus.folder: say where the audio files are (corpus.sources has folder)"]
    if not Path(folder).is_dir():
        return [f"corpus.folder: there is no folder {folder}"]
    return []


def _check_fsd50k(corpus: Mapping) -> list[str]:
    fsd50k = corpus["fsd50k"]
    problems = [
        f"corpus.fsd50k.{key}: give the path or URL of {what} (corpus.sources has fsd50k)"
        for key, what in (
            ("ground_truth", "FSD50K.ground_truth.zip"),
            ("train_archive", "each part of FSD50K.dev_audio"),
            ("test_archive", "each part of FSD50K.eval_audio"),
        )
        if not fsd50k[key]
    ]
    for name in MADE_FROM_FSD50K:
        if address_of(corpus["tables"][name]).primary:
            problems.append(
                f"corpus.tables.{name}: leave it empty; it is made from corpus.fsd50k.ground_truth"
            )
    names = [file_name_of(given) for key, given in _addresses(corpus) if key.startswith("fsd50k")]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        problems.append(f"corpus.fsd50k: {', '.join(twice)} is given twice; each file needs a name")
    return problems


def _check_natural_sounds(natural_sounds: Mapping[str, str]) -> list[str]:
    folder, table = natural_sounds["folder"], natural_sounds["table"]
    if bool(folder) != bool(table):
        absent = "table" if folder else "folder"
        return [
            f"corpus.natural_sounds.{absent}: folder and table belong together; give both, or "
            f"neither to go without the natural sounds"
        ]
    problems = []
    if folder and not Path(folder).exists():
        problems.append(f"corpus.natural_sounds.folder: there is no folder or archive {folder}")
    if table and not Path(table).is_file():
        problems.append(f"corpus.natural_sounds.table: there is no file {table}")
    return problems


def _addresses(corpus: Mapping) -> Iterator[tuple[str, str | Mapping[str, str]]]:
    """Every address that is used, with the key it stands under."""
    for name, given in corpus["tables"].items():
        yield f"tables.{name}", given
    if "fsd50k" in corpus["sources"]:
        yield "fsd50k.ground_truth", corpus["fsd50k"]["ground_truth"]
        for key in ("train_archive", "test_archive"):
            for given in corpus["fsd50k"][key]:
                yield f"fsd50k.{key}", given
