"""The sounds of a report as the page shows them: each stored once, in the page or beside it."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from science.quilts.segments import ORIGINAL
from science.report.sounds import LEAST, MOST, QUILTS, UNITS
from science.statistics.number_text import is_missing, number

# Characters that the sounds may add to the page; more lie in a folder beside it.
MOST_CHARACTERS = 15_000_000


@dataclass(frozen=True)
class Sounds:
    """What rule gather_sounds left.

    Attributes:
        table: Columns part, unit, rank, place, clip_id, stimulus, response, relative, file, labels.
        files: Ogg Opus by name.
        folder: Where they lie, relative to the page.
    """

    table: pd.DataFrame
    files: Mapping[str, bytes]
    folder: str


def in_page(sounds: Sounds) -> bool:
    """Whether the sounds are few enough to be part of the page."""
    return sum(4 * len(one) // 3 for one in sounds.files.values()) <= MOST_CHARACTERS


def shown_sounds(sounds: Sounds) -> dict:
    """The rows of each part, as text.

    Returns:
        most, least and quilts as lists of rows, and units as a list of dicts of unit, rank and
        rows. A row has `source` where its sound is heard for the first time, and else is played
        from there.
    """
    embedded, seen = in_page(sounds), set()
    parts: dict = {MOST: [], LEAST: [], QUILTS: [], UNITS: []}
    for row in sounds.table.to_dict("records"):
        first = row["file"] not in seen
        seen.add(row["file"])
        shown = {
            "id": "sound-" + row["file"].removesuffix(".ogg").replace(".", "-"),
            "source": _source(sounds, row["file"], embedded) if first else "",
            "name": _name(row),
            "labels": "no label" if is_missing(row["labels"]) else row["labels"],
            "clip": row["clip_id"],
            "response": number(float(row["response"])),
            "relative": "" if is_missing(row["relative"]) else f"{row['relative']:.2f}",
        }
        if row["part"] == UNITS:
            if not parts[UNITS] or parts[UNITS][-1]["unit"] != int(row["unit"]):
                rank = int(row["rank"])
                parts[UNITS].append({"unit": int(row["unit"]), "rank": rank, "rows": []})
            parts[UNITS][-1]["rows"].append(shown)
        else:
            parts[row["part"]].append(shown)
    return parts


def _source(sounds: Sounds, file: str, embedded: bool) -> str:
    if not embedded:
        return f"{sounds.folder}/{file}"
    return f"data:audio/ogg;base64,{base64.b64encode(sounds.files[file]).decode('ascii')}"


def _name(row: Mapping) -> str:
    """What is heard, for those who do not see where it stands."""
    if row["part"] != QUILTS:
        return f"clip {row['clip_id']}"
    if row["stimulus"] == ORIGINAL:
        return "the clip as it is"
    return f"quilt of {row['stimulus'].removesuffix('ms')}-ms segments"
