"""Response profiles of the brain's components to a set of natural sounds.

The published file, `data/components.mat`, has R [sounds, components] (voxel responses to each sound
in six components of auditory cortex), component_names and stim_names (Norman-Haignere, Kanwisher &
McDermott, Neuron 2015). One's own may be such a file, or a table `sound,component,response`.
"""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from science.corpus.ontology import TableError
from science.corpus.spreadsheet_damage import NOT_UTF8, is_no_text
from sources.natural_sounds.matlab import MatlabError, read_matlab
from sources.natural_sounds.place import COMPONENTS, Place, same_letters, stem_of
from sources.natural_sounds.table import NaturalSound
from storage.found_tables import table_text_of

KEYS = ("R", "component_names", "stim_names")
COLUMNS = ("sound", "component", "response")
MOST_SHOWN = 5


def components_of(
    place: Place, own: Path | None, sounds: Sequence[NaturalSound]
) -> pd.DataFrame | None:
    """The components' responses to the sounds of a table.

    Args:
        place: The open folder or archive.
        own: A file of one's own; None for the one that lies beside the sounds.
        sounds: Of the table.

    Returns:
        As `match_sounds`, a row for each sound; None where there are no components.

    Raises:
        TableError: The file is wrong, or lacks some of the sounds.
    """
    path = None if own else place.found(COMPONENTS)
    if own is None and path is None:
        return None
    name = str(own) if own else f"{path} in {place.name}"
    components = read_components(own.read_bytes() if own else place.read(path), name)
    return match_sounds(components, [sound.file for sound in sounds], name)


def read_components(content: bytes, name: str) -> pd.DataFrame:
    """Read a file of components, of MATLAB or as a table.

    Args:
        content: The file's bytes.
        name: What messages call it.

    Returns:
        The response of each component to each sound: sounds as index, a column for each component.

    Raises:
        TableError: It is neither, lacks a part, or its parts do not fit together.
    """
    read = _of_matlab if content[:6] == b"MATLAB" or content[1:4] == b"HDF" else _of_table
    table = read(content, name)
    if table.empty:
        raise TableError(f"{name} has no responses; correct the file.")
    for what, names in (("sound", table.index), ("component", table.columns)):
        if twice := list(dict.fromkeys(names[names.duplicated()])):
            raise TableError(f"{name} has the {what} {_listed(twice)} twice; leave one.")
    if bad := list(table.index[~np.isfinite(table).all(axis=1)]):
        raise TableError(f"{name} lacks a number of each component for {_listed(bad)}.")
    return table


def match_sounds(components: pd.DataFrame, files: Sequence[str], name: str) -> pd.DataFrame:
    """The components' responses to the sounds of a table.

    Args:
        components: As `read_components` gives them.
        files: Of the sounds, as their table writes them; folders, endings, cases and forms of
            Unicode do not count.
        name: What messages call the components.

    Returns:
        The same with a row for each file, in this order; sounds of the components alone are left
        out.

    Raises:
        TableError: Some sounds have no response; says which.
    """
    key_of = {file: same_letters(stem_of(file)) for file in files}
    by_key = components.set_axis([same_letters(stem_of(sound)) for sound in components.index])
    if twice := list(by_key.index[by_key.index.duplicated()].intersection(list(key_of.values()))):
        raise TableError(f"{name} has {_listed(twice)} twice, in two ways of writing; leave one.")
    if absent := [file for file, key in key_of.items() if key not in by_key.index]:
        raise TableError(
            f"{name} has no responses to {_listed(absent)} ({len(absent)} of {len(files)} sounds); "
            f"its sounds are {_listed(list(components.index))}. Give the components of this set as "
            f"corpus.natural_sounds.components, or leave these sounds out of its table."
        )
    return by_key.loc[list(key_of.values())].set_axis(list(key_of))


def _of_matlab(content: bytes, name: str) -> pd.DataFrame:
    try:
        found = read_matlab(content, KEYS)
    except MatlabError as error:
        raise TableError(
            f"{name} cannot be read ({error}); save it with `save -v7`, or give a table "
            f"{','.join(COLUMNS)}."
        ) from error
    if lacking := [key for key in KEYS if key not in found]:
        raise TableError(f"{name} lacks {', '.join(lacking)}; it needs {', '.join(KEYS)}.")
    responses = np.asarray(found["R"])
    components, sounds = (_texts(found[key]) for key in KEYS[1:])
    shape = (len(sounds), len(components))
    if responses.dtype.kind not in "fiu" or responses.shape != shape:
        raise TableError(
            f"{name}: R is {list(responses.shape)} of {responses.dtype}, and {len(sounds)} "
            f"stim_names and {len(components)} component_names need numbers {list(shape)}."
        )
    return pd.DataFrame(responses.astype(float), index=sounds, columns=components)


def _texts(cells: np.ndarray) -> list[str]:
    """The texts in a cell array of MATLAB, whose cells are arrays themselves."""
    return ["".join(map(str, np.ravel(cell))).strip() for cell in np.ravel(cells)]


def _of_table(content: bytes, name: str) -> pd.DataFrame:
    lines = csv.reader(table_text_of(content, name).removeprefix("\ufeff").splitlines())
    rows = [[field.strip() for field in row] for row in lines if any(row)]
    if not rows or [field.casefold() for field in rows[0]] != list(COLUMNS):
        raise TableError(
            f"{name}: the header must be {','.join(COLUMNS)}; or give the published components.mat."
        )
    values: dict[tuple[str, str], float] = {}
    for number, row in enumerate(rows[1:], start=2):
        if any(map(is_no_text, row)):
            raise TableError(f"{name}, line {number}: {NOT_UTF8}.")
        try:
            sound, component, response = row
            value = float(response)
        except ValueError as error:
            raise TableError(
                f"{name}, line {number}: expected a sound, a component and a number, found {row}."
            ) from error
        if (sound, component) in values:
            raise TableError(f"{name}, line {number}: {sound}, {component} is given twice.")
        values[sound, component] = value
    table = pd.Series(values, dtype=float).unstack() if values else pd.DataFrame()
    order = dict.fromkeys(component for _, component in values)
    return table.reindex(list(dict.fromkeys(sound for sound, _ in values)))[list(order)]


def _listed(names: Sequence[str]) -> str:
    more = "" if len(names) <= MOST_SHOWN else ", …"
    return ", ".join(map(str, names[:MOST_SHOWN])) + more
