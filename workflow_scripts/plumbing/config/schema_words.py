"""The schema of the options in words: what a key may hold, and what is wrong with a value."""

from __future__ import annotations

import difflib
import math
from collections.abc import Iterator, Mapping
from typing import Any

import jsonschema

WORDS_OF_BOUND = {
    "minimum": "≥ {}",
    "exclusiveMinimum": "> {}",
    "maximum": "≤ {}",
    "exclusiveMaximum": "< {}",
    "minItems": "at least {} item(s)",
    "maxItems": "at most {} item(s)",
    "pattern": "matching `{}`",
}


def schema_problems(config: Mapping, schema: Mapping) -> list[str]:
    """What the schema refuses in a configuration.

    Returns:
        One sentence for each problem, with the key's path and what is allowed, in the keys' order.
    """
    if problems := [*_unfit_keys_and_numbers(config, "")]:
        return problems
    errors = jsonschema.Draft202012Validator(schema).iter_errors(config)
    return [_sentence(error) for error in sorted(errors, key=lambda error: _keys(error))]


def allowed_values(part: Mapping) -> str:
    """Type and range that a part of the schema demands."""
    if "enum" in part:
        return "one of " + ", ".join(map(str, part["enum"]))
    otherwise = "string" if "pattern" in part else "any"
    named = part.get("$ref", otherwise).rsplit("/", 1)[-1]
    kind = part.get("title") or part.get("format") or part.get("type") or named
    if part.get("type") == "array":
        kind += " of " + allowed_values(part.get("items", {}))
    bounds = [text.format(part[key]) for key, text in WORDS_OF_BOUND.items() if key in part]
    return ", ".join([kind, *bounds])


def _unfit_keys_and_numbers(value: Any, path: str) -> Iterator[str]:
    """What YAML can write and no range catches: keys that are no text, NaN and infinity."""
    if isinstance(value, Mapping):
        for key, item in value.items():
            if isinstance(key, str):
                yield from _unfit_keys_and_numbers(item, f"{path}.{key}" if path else key)
            else:
                place = f"{path}: the name " if path else ""
                yield f"{place}{key!r} is read as a {type(key).__name__}; put it in quotes"
    elif isinstance(value, list):
        for item in value:
            yield from _unfit_keys_and_numbers(item, path)
    elif isinstance(value, float) and not math.isfinite(value):
        yield f"{path}: {value} is not allowed; it must be a finite number"


def _sentence(error: jsonschema.ValidationError) -> str:
    path = ".".join(_keys(error))
    if error.validator == "additionalProperties":
        return _unknown_options(error, f"{path}." if path else "")
    if error.validator == "uniqueItems":
        twice = sorted({str(item) for item in error.instance if error.instance.count(item) > 1})
        return f"{path}: {', '.join(twice)} is given twice; every item may stand there once"
    subject = repr(error.instance)
    if "propertyNames" in error.schema_path:
        subject = f"the name {subject}"
    return f"{path}: {subject} is not allowed; it must be {allowed_values(error.schema)}"


def _unknown_options(error: jsonschema.ValidationError, prefix: str) -> str:
    known = list(error.schema.get("properties", {}))
    unknown = [str(key) for key in error.instance if key not in known]
    close = [match for key in unknown for match in difflib.get_close_matches(key, known, n=1)]
    names, meant = (", ".join(prefix + key for key in keys) for keys in (unknown, close))
    hint = f"; did you mean {meant}?" if meant else ""
    return f"{names}: unknown option; allowed here are {', '.join(known)}{hint}"


def _keys(error: jsonschema.ValidationError) -> list[str]:
    return [str(key) for key in error.absolute_path]
