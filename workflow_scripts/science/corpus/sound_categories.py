"""The eleven categories of the natural sounds, and the spellings that are in use for them."""

from __future__ import annotations

import re
from collections.abc import Iterable

# The names of Norman-Haignere, Kanwisher & McDermott (Neuron 2015), each with the spellings of Kim,
# Kim & Jeong (2024, Methods); the last one is that of the data set's own table.
CATEGORIES: dict[str, tuple[str, ...]] = {
    "Instr. Music": ("Instrumental Music", "Music (instrumental)", "Music"),
    "Vocal Music": ("Music (vocal)", "Song"),
    "English Speech": ("EngSpeech",),
    "Foreign Speech": ("ForSpeech",),
    "NonSpeech Vocal": ("Human vocal", "Human vocalization", "HumVoc"),
    "Animal Vocal": ("Animal vocalization", "AniVoc"),
    "Human NonVocal": ("HumNonVoc",),
    "Animal NonVocal": ("AniNonVoc",),
    "Nature": ("Nature sounds",),
    "Mechanical": ("Mechanical sounds",),
    "Environmental Sounds": ("Env. Sounds", "Environmental", "EnvSound"),
}


def _folded(spelling: str) -> str:
    return re.sub(r"[^a-z]", "", spelling.casefold())


_CATEGORY_OF = {
    _folded(spelling): category
    for category, others in CATEGORIES.items()
    for spelling in (category, *others)
}


def category_called(spelling: str) -> str | None:
    """The category that is meant, as `CATEGORIES` names it; None where it is none of them."""
    return _CATEGORY_OF.get(_folded(spelling))


def known_as(names: Iterable[str]) -> list[str]:
    """How sounds of these categories may be labelled: as written, and by the published name."""
    names = list(names)
    published = [category_called(name) for name in names]
    return list(dict.fromkeys([*filter(None, published), *names]))
