"""Options that came as text: numbers (`--config 'run={seeds: [0]}'` gives Snakemake "0"), paths."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from typing import Any

TRUTH = {"true": True, "false": False}
VARIABLE = re.compile(r"\$(?:(\w+)|\{(\w+)\})")


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


def expand_paths(value: Any, part: Mapping, schema: Mapping, problems: list[str], key: str) -> Any:
    """Expand ~ and environment variables in every text that the schema calls a path.

    Args:
        value: An option's value, or a mapping of options.
        part: The part of the schema that describes it; `format: path` marks the paths.
        schema: The whole schema, for the definitions that `part` refers to.
        problems: Takes a sentence for each path that cannot be expanded.
        key: The option's path in the configuration.
    """
    part = part_for(value, part, schema)
    if isinstance(value, Mapping):
        known, free = part.get("properties", {}), part.get("additionalProperties") or {}
        return {
            name: expand_paths(item, known.get(name, free), schema, problems, f"{key}.{name}")
            for name, item in value.items()
        }
    if isinstance(value, list):
        items = part.get("items", {})
        return [expand_paths(item, items, schema, problems, key) for item in value]
    if part.get("format") != "path" or not isinstance(value, str):
        return value
    path, problem = expanded(value)
    if problem:
        problems.append(f"{key.lstrip('.')}: {problem}")
    return path


def expanded(path: str) -> tuple[str, str]:
    """A path with ~ and environment variables replaced, and a sentence if one cannot be.

    An address with a scheme stays as it is, and so does the path of a file that is there.
    """
    if "://" in path or os.path.exists(path):
        return path, ""
    names = [plain or braced for plain, braced in VARIABLE.findall(path)]
    if undefined := [name for name in dict.fromkeys(names) if name not in os.environ]:
        which = ", ".join(undefined)
        return path, f"{path} names {which}, which the environment does not have; set or replace it"
    whole = os.path.expanduser(VARIABLE.sub(lambda name: os.environ[name[1] or name[2]], path))
    if whole.startswith("~"):
        return path, f"{path}: this machine knows no such home folder; write the path in full"
    return whole, ""
