"""The table of a set of natural sounds: which file is of which category.

The published set (Norman-Haignere, Kanwisher & McDermott, Neuron 2015) has eleven categories; they
are known as that data set spells them and as Kim, Kim & Jeong (2024, Methods) do. Another set has
categories of its own, which stay as they are written.
"""

from __future__ import annotations

import csv
import difflib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from science.corpus.audioset import BYTE_ORDER_MARK, refuse_problems
from science.corpus.ontology import TableError
from science.corpus.sound_categories import CATEGORIES, category_called
from science.corpus.spreadsheet_damage import NOT_UTF8, damage_of_id, is_no_text
from sources.natural_sounds.place import TABLE, Place, stem_of
from storage.found_tables import table_text, table_text_of

# What a first column may be called, so that a line is a header and no sound.
FILE_WORDS = ("file", "filename", "name", "sound", "stem", "stim", "stimulus")
# How alike, from 0 to 1, a word is to a published category that it misspells.
MISSPELT = 0.8


@dataclass(frozen=True)
class NaturalSound:
    """One sound of the table: its file, as the table writes it, and its category."""

    file: str
    category: str


def sounds_of(place: Place, own: Path | None) -> list[NaturalSound]:
    """Read a table of one's own, or the one that lies among the sounds, as in the published set.

    Raises:
        TableError: There is none, or it is wrong.
    """
    if own:
        return parse_natural_sounds(table_text(own), str(own))
    path = place.found(TABLE)
    if path is None:
        raise TableError(
            f"{place.name} has no {TABLE}; give the whole published set, or "
            f"corpus.natural_sounds.table, a table of your own with lines `file,category`."
        )
    name = f"{path} in {place.name}"
    return parse_natural_sounds(table_text_of(place.read(path), name), name)


def parse_natural_sounds(table: str, name: str) -> list[NaturalSound]:
    """Read a table `file,category`, with that header or, as it was published, with none.

    Args:
        table: the file's text.
        name: what messages call the file.

    Returns:
        The sounds in the table's order; with the categories as `CATEGORIES` names them where all of
        them are published ones, else as written.

    Raises:
        TableError: another header, malformed lines, misspelt published categories or sounds given
            twice, up to folder and ending, with the lines' numbers; or no sound at all.
    """
    sounds: list[NaturalSound] = []
    line_of: dict[str, int] = {}
    problems: list[tuple[int, str]] = []
    causes: Counter[str] = Counter()
    for number, row in _rows(table):
        first = not sounds and not problems
        if len(row) != 2 or not all(row):
            problems.append((number, f"expected a file and a category, found {row}"))
        elif any(map(is_no_text, row)):
            problems.append((number, NOT_UTF8))
        elif damage := damage_of_id(row[0]):
            problems.append((number, f"the file is {row[0]!r}"))
            causes[damage] += 1
        elif first and row[1].casefold() == "category":
            continue
        elif first and row[0].casefold() in FILE_WORDS:
            problems.append((number, "the header must be 'file,category'; or have none"))
        elif (earlier := line_of.setdefault(stem_of(row[0]), number)) != number:
            problems.append(
                (
                    number,
                    f"the sound {stem_of(row[0])} is in line {earlier} already; leave one line, or "
                    f"rename one where these are two sounds",
                )
            )
        else:
            sounds.append(NaturalSound(*row))
    strange = {sound.category for sound in sounds if category_called(sound.category) is None}
    published = {sound.category for sound in sounds} - strange
    for sound in sounds:
        if sound.category in strange and (meant := _misspelt(sound.category, published)):
            words = f"{sound.category!r} is not a category of the published set; did you mean "
            problems.append((line_of[stem_of(sound.file)], f"{words}{meant}?"))
    refuse_problems(sorted(problems), name, causes)
    if not sounds:
        raise TableError(f"{name}: the table has no sounds.")
    if strange:
        return sounds
    return [replace(sound, category=category_called(sound.category)) for sound in sounds]


def _misspelt(category: str, published: set[str]) -> str:
    """What a category is meant to be in a table whose others are published; "" where it is none."""
    if len(published) < len(CATEGORIES) / 2:
        return ""  # a set of one's own
    spellings = [word for name, others in CATEGORIES.items() for word in (name, *others)]
    return next(iter(difflib.get_close_matches(category, spellings, 1, MISSPELT)), "")


def _rows(table: str) -> Iterator[tuple[int, list[str]]]:
    """The rows of the table with their line numbers, whatever separates their columns."""
    lines = table.removeprefix(BYTE_ORDER_MARK).splitlines()
    separator = next((mark for mark in ",\t;" if any(mark in line for line in lines)), ",")
    for number, line in enumerate(lines, start=1):
        row = next(csv.reader([line.strip()], delimiter=separator, skipinitialspace=True), [])
        row = [field.strip() for field in row]
        while len(row) > 2 and not row[-1]:
            row.pop()
        if any(row) and not row[0].startswith("# "):
            yield number, row
