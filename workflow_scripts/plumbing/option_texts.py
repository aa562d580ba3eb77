"""Options that came as text: `--config 'run={seeds: [0]}'` gives Snakemake the text "0"."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

TRUTH = {"true": True, "false": False}


def read_texts(value: Any, part: Mapping, schema: Mapping) -> Any:
    """Turn texts into the numbers and truth values that the schema wants in their place.

    A text that is none stays, to be refused with its key. YAML takes `1e-3` for a text, too.

    Args:
        value: An option's value, or a mapping of options.
        part: The part of the schema that describes it.
        schema: The whole schema, for the definitions that `part` refers to.
    """
    part = part_for(value, part, schema)
    if isinstance(value, Mapping):
        known, free = part.get("properties", {}), part.get("additionalProperties")
        free = free if isinstance(free, Mapping) else {}
        return {key: read_texts(item, known.get(key, free), schema) for key, item in value.items()}
    if isinstance(value, list):
        return [read_texts(item, part.get("items", {}), schema) for item in value]
    if not isinstance(value, str):
        return value
    if part.get("type") == "boolean":
        return TRUTH.get(value.lower(), value)
    kind = {"integer": int, "number": float}.get(part.get("type", ""), str)
    try:
        return kind(value)
    except ValueError:
        return value


def part_for(value: Any, part: Mapping, schema: Mapping) -> Mapping:
    """The part of the schema that describes a value: what `part` refers to, and its choice."""
    if "$ref" in part:
        part = schema["$defs"][part["$ref"].rsplit("/", 1)[-1]]
    if "oneOf" in part:
        kind = "object" if isinstance(value, Mapping) else "string"
        part = next((choice for choice in part["oneOf"] if choice["type"] == kind), part)
    return part
