"""Checks of the section `corpus` of a configuration: where clips and tables come from."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from plumbing.config.addresses import address_of, file_name_of, path_of
from sources.fsd50k.zip_parts import ZipPartsError, ordered_parts
from storage.corpus_tables import FILE_OF_TABLE

# Braces are wildcards to Snakemake.
_PLAIN_NAME = re.compile(r"[^{}/\\\x00-\x1f\x7f]{1,200}")
MADE_FROM_FSD50K = ("train_segments", "test_segments", "class_labels")


def corpus_problems(corpus: Mapping) -> list[str]:
    """What is wrong with a corpus: contradictions, options left open, files that are absent.

    Returns:
        One sentence for each problem, with the option's path.
    """
    sources = corpus["sources"]
    problems = _natural_sounds_problems(corpus["natural_sounds"])
    if "demo" in sources:
        others = ", ".join(source for source in sources if source != "demo")
        alone = [f"corpus.sources: demo stands alone; remove demo or {others}"] if others else []
        return alone + problems
    if "folder" in sources:
        problems += _folder_problems(corpus["folder"])
    tables = corpus["tables"]
    needed = [name for name in tables if name != "excluded_clips"]
    if "fsd50k" in sources:
        needed = [name for name in needed if name not in MADE_FROM_FSD50K]
        problems += _fsd50k_problems(corpus)
    for name in needed:
        if not address_of(tables[name]).primary:
            beside = ", or put it into corpus.folder" if "folder" in sources else ""
            what = f"give the path or URL of {FILE_OF_TABLE[name]}{beside}"
            problems.append(f"corpus.tables.{name}: {what}")
    for key, given in _addresses(corpus):
        path = path_of(given)
        if path is None and key.startswith("fsd50k"):
            problems += _name_problems(key, given)
        if path is not None and not path.is_file() and not (key[:6] == "fsd50k" and path.is_dir()):
            problems.append(f"corpus.{key}: there is no file {path}; {_correction(path)}")
    return problems


def _name_problems(key: str, given: str | Mapping[str, str]) -> list[str]:
    """What is wrong with the name under which an archive from the web is kept."""
    name = file_name_of(given)
    if not address_of(given).primary or (_PLAIN_NAME.fullmatch(name) and name.strip(".")):
        return []
    return [
        f"corpus.{key}: the address ends in {ascii(name)}, which cannot be the name of a file; "
        f"fetch it yourself, and give the path of the file"
    ]


def _correction(path: Path) -> str:
    """How to correct the path of a file that is not there."""
    if path.is_dir():
        return "it is a folder, give the path of a file in it"
    for rest in ("?download=1", "@download=1", ".gz"):
        if path.with_name(f"{path.name}{rest}").is_file():
            return f"there is {path.name}{rest} beside it, give that"
    return "correct the path"


def _folder_problems(folder: str) -> list[str]:
    if not folder:
        return ["corpus.folder: say where the audio files are (corpus.sources has folder)"]
    if not Path(folder).is_dir():
        return [f"corpus.folder: there is no folder {folder}; correct the path"]
    return []


def _fsd50k_problems(corpus: Mapping) -> list[str]:
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
    problems += _archive_problems(fsd50k)
    # What is on this machine is read where it is; what is fetched is kept under its name.
    names = [
        str(path_of(given) or file_name_of(given))
        for key, given in _addresses(corpus)
        if key.startswith("fsd50k") and address_of(given).primary
    ]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        problems.append(
            f"corpus.fsd50k: {', '.join(twice)} is given twice; each file needs a name of its own"
        )
    return problems


def _archive_problems(fsd50k: Mapping) -> list[str]:
    """What is wrong with the parts of each archive, as far as their names tell."""
    problems = []
    for key in ("train_archive", "test_archive"):
        parts = [path_of(given) or Path(file_name_of(given)) for given in fsd50k[key]]
        if not parts or any(part.is_dir() for part in parts):
            continue
        try:
            ordered_parts(parts)
        except ZipPartsError as error:
            problems.append(f"corpus.fsd50k.{key}: {error}")
    return problems


def _natural_sounds_problems(natural_sounds: Mapping) -> list[str]:
    place = path_of(natural_sounds["place"])
    given = bool(address_of(natural_sounds["place"]).primary)
    fetched = given and place is None
    problems = _name_problems("natural_sounds.place", natural_sounds["place"]) if fetched else []
    if place and not place.exists():
        problems.append(
            f"corpus.natural_sounds.place: there is no folder or archive {place}; correct the path"
        )
    for key in ("table", "components"):
        path = natural_sounds[key]
        if path and not given:
            problems.append(
                f"corpus.natural_sounds.place: say where the sounds of {key} are, or leave {key} "
                f"empty to go without the natural sounds"
            )
        if path and not Path(path).is_file():
            problems.append(
                f"corpus.natural_sounds.{key}: there is no file {path}; correct the path"
            )
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
