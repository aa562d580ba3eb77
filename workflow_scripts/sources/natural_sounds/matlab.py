"""Variables in a file of MATLAB (level 5, as `save -v6` and `save -v7` write it).

Read here, and not with scipy, whose reader takes a damaged file's word for where its parts lie: the
process then dies, snakemake's own too. Format: MathWorks' "MAT-File Format", chapter 1.
"""

from __future__ import annotations

import math
import struct
import zlib
from collections.abc import Collection, Iterator
from dataclasses import dataclass

import numpy as np

_HEADER_BYTES = 128
_MATRIX, _COMPRESSED = 14, 15
# Types of data by their numbers; 16 to 18 are UTF-8, 16 and 32.
_NUMBERS = {1: "i1", 2: "u1", 3: "i2", 4: "u2", 5: "i4", 6: "u4", 7: "f4", 9: "f8"}
_NUMBERS |= {12: "i8", 13: "u8"}
_ENCODINGS = {16: "utf-8", 17: "utf-16", 18: "utf-32"}
_CELL, _CHAR, _NUMERIC = 1, 4, range(6, 16)
_IS_COMPLEX = 0x800
# Far above any table of responses; a packed one may promise anything.
LARGEST_BYTES = 200_000_000
_DEEPEST = 4


class MatlabError(ValueError):
    """It is no such file, or a damaged one; the message says what was expected."""


@dataclass(frozen=True)
class _Element:
    kind: int
    data: memoryview


def read_matlab(content: bytes, names: Collection[str]) -> dict[str, np.ndarray]:
    """The variables of these names, as far as they are there.

    Args:
        content: The file's bytes.
        names: Of the variables that are wanted; no others are looked at.

    Returns:
        Numbers as arrays, a text as one of type str, cells as an array of such arrays.

    Raises:
        MatlabError: The file is damaged, or a variable is of another kind.
    """
    if len(content) < _HEADER_BYTES or content[126:128] not in (b"IM", b"MI"):
        raise MatlabError("it is not a file of MATLAB's level 5")
    order = "<" if content[126:128] == b"IM" else ">"
    found = {}
    for element in _elements(memoryview(content)[_HEADER_BYTES:], order):
        if element.kind == _COMPRESSED:
            (element,) = _elements(_unpacked(element.data), order, most=1)
        if element.kind == _MATRIX:
            name, value = _variable(element.data, order, names)
            if value is not None:
                found[name] = value
    return found


def _elements(data: memoryview, order: str, most: int = 10_000_000) -> Iterator[_Element]:
    """The elements that lie one after the other."""
    position = 0
    while position + 8 <= len(data) and most:
        kind, size = struct.unpack_from(f"{order}2I", data, position)
        begin = position + 8
        if kind >> 16:  # a small one, whose data stand in its tag
            kind, size, begin = kind & 0xFFFF, kind >> 16, position + 4
        end = begin + size
        if end > len(data) or (begin < position + 8 and size > 4):
            raise MatlabError("a part of it goes on beyond its end")
        yield _Element(kind, data[begin:end])
        small = begin < position + 8
        # What is packed is not filled up to whole eights.
        position = position + 8 if small else end if kind == _COMPRESSED else end + -size % 8
        most -= 1
    if most and position < len(data):
        raise MatlabError("there is a rest at its end")


def _unpacked(packed: memoryview) -> memoryview:
    unpacker = zlib.decompressobj()
    try:
        data = unpacker.decompress(packed, LARGEST_BYTES)
    except zlib.error as error:
        raise MatlabError(f"a variable cannot be unpacked: {error}") from error
    if not unpacker.eof:
        raise MatlabError(f"a variable is cut off, or has over {LARGEST_BYTES} bytes")
    return memoryview(data)


def _variable(
    data: memoryview, order: str, names: Collection[str] | None, depth: int = 0
) -> tuple[str, np.ndarray | None]:
    """Name and value of a variable; no value where it is not wanted."""
    parts = list(_elements(data, order))
    if len(parts) < 3 or len(parts[0].data) < 8:
        raise MatlabError("a variable lacks its description")
    flags = struct.unpack_from(f"{order}I", parts[0].data)[0]
    name = bytes(parts[2].data).decode("latin-1")
    if names is not None and name not in names:
        return name, None
    kind, shape = flags & 0xFF, _numbers(parts[1], order).astype(int).tolist()
    if min(shape, default=-1) < 0:
        raise MatlabError(f"{name or 'a cell'} has no shape")
    if kind == _CELL and depth < _DEEPEST:
        cells = [_variable(part.data, order, None, depth + 1)[1] for part in parts[3:]]
        return name, _in_shape(cells, shape, name)
    if kind == _CHAR and len(parts) > 3:
        return name, np.array(_text(parts[3], order, shape))
    if kind in _NUMERIC and not flags & _IS_COMPLEX and len(parts) > 3:
        return name, _in_shape(_numbers(parts[3], order), shape, name)
    if not math.prod(shape):
        return name, np.empty(shape)
    raise MatlabError(f"{name or 'a cell'} is of a kind that is not read here")


def _in_shape(values: np.ndarray | list, shape: list[int], name: str) -> np.ndarray:
    if len(values) != math.prod(shape):
        raise MatlabError(f"{name or 'a cell'} has {len(values)} values, and is said to be {shape}")
    array = values
    if isinstance(values, list):
        array = np.empty(len(values), dtype=object)
        array[:] = values
    return array.reshape(shape, order="F")


def _numbers(element: _Element, order: str) -> np.ndarray:
    dtype = np.dtype(order + _NUMBERS.get(element.kind, "V1"))
    if element.kind not in _NUMBERS or len(element.data) % dtype.itemsize:
        raise MatlabError(f"numbers are of the unknown type {element.kind}")
    return np.frombuffer(element.data, dtype)


def _text(element: _Element, order: str, shape: list[int]) -> str:
    if len(shape) != 2 or shape[0] > 1:
        raise MatlabError("a text has several rows; use a cell array of texts")
    if element.kind not in _ENCODINGS:
        return "".join(map(chr, np.clip(_numbers(element, order).astype(int), 0, 0xD7FF)))
    encoding = _ENCODINGS[element.kind]
    whole = encoding if encoding == "utf-8" else encoding + ("-le" if order == "<" else "-be")
    try:
        return bytes(element.data).decode(whole)
    except UnicodeDecodeError as error:
        raise MatlabError(f"a text is not in {encoding.upper()}") from error
