"""The options in words: what a key may hold, and what is wrong with a value."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from plumbing.config.options import Options

WORDS_OF_BOUND = {
    "minimum": "≥ {}",
    "exclusiveMinimum": "> {}",
    "maximum": "≤ {}",
    "exclusiveMaximum": "< {}",
    "minItems": "at least {} item(s)",
    "maxItems": "at most {} item(s)",
    "pattern": "matching `{}`",
}


def option_schema() -> dict[str, Any]:
    """JSON schema of the options, with each definition in the places that refer to it."""
    schema = Options.model_json_schema()
    definitions = schema.pop("$defs")

    def resolved(part: Any) -> Any:
        if not isinstance(part, dict):
            return part
        if reference := part.pop("$ref", None):
            part = definitions[reference.rpartition("/")[2]] | part
        return {key: resolved(value) for key, value in part.items()}

    return resolved(schema)


def problems_of(error: ValidationError) -> list[str]:
    """One sentence for each problem, with the key's path and what is allowed, in keys' order."""
    schema = option_schema()
    found = sorted(error.errors(), key=lambda one: [str(key) for key in one["loc"]])
    return [_sentence(one, schema) for one in found]


def allowed_values(part: Mapping) -> str:
    """Type and range that a part of the schema demands."""
    if "enum" in part:
        return "one of " + ", ".join(map(str, part["enum"]))
    kind = part.get("format") or part.get("type", "any JSON value")
    if inner := part.get("items") or part_of_free_keys(part):
        kind += " of " + allowed_values(inner)
    bounds = [text.format(part[key]) for key, text in WORDS_OF_BOUND.items() if key in part]
    return ", ".join([kind, *bounds])


def part_of_free_keys(part: Mapping) -> Mapping | None:
    """What describes the values of a mapping whose keys the user names."""
    return next(iter(part.get("patternProperties", {}).values()), part.get("additionalProperties"))


def _sentence(error: Mapping[str, Any], schema: Mapping) -> str:
    keys, kind, value = list(error["loc"]), error["type"], error["input"]
    is_name = kind == "invalid_key" or keys[-1:] == ["[key]"]
    if is_name:
        keys = keys[:-1] if kind == "invalid_key" else keys[:-2]
    part = schema
    for depth, key in enumerate(keys):
        known = part.get("items") if isinstance(key, int) else part.get("properties", {}).get(key)
        below = part_of_free_keys(part) if known is None else known
        if not isinstance(below, dict):
            keys = keys[:depth]
            break
        part = below
    path = ".".join(map(str, keys))
    place = f"{path}: " if path else ""
    if kind == "extra_forbidden":
        above, unknown, allowed = f"{path}." if path else "", error["loc"][-1], part["properties"]
        close = difflib.get_close_matches(unknown, allowed, n=1)
        hint = f"; did you mean {above}{close[0]}?" if close else ""
        return f"{above}{unknown}: unknown option; allowed here are {', '.join(allowed)}{hint}"
    if kind == "value_error":
        return f"{place}{error['ctx']['error']}"
    if kind == "string_unicode":
        return f"{place}{ascii(value)} is not text; correct it"
    if kind == "missing":
        return f"{place}is missing; it must be {allowed_values(part)}"
    if kind == "finite_number":
        return f"{place}{value} is not allowed; it must be a finite number"
    if is_name and not isinstance(value, str):
        return f"{place}the name {value!r} is read as a {type(value).__name__}; put it in quotes"
    subject = f"the name {value!r}" if is_name else repr(value)
    part = {"type": "string"} | error.get("ctx", {}) if is_name else part
    return f"{place}{subject} is not allowed; it must be {allowed_values(part)}"
