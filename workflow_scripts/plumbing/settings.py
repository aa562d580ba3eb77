"""Layers and checks of the configuration: schema defaults < preset < config.yaml < command line."""

from __future__ import annotations

import copy
import difflib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import jsonschema
import yaml


class ConfigError(ValueError):
    """The configuration is wrong; the message names each key and what is allowed there."""


def effective_config(overrides: Mapping[str, Any], schema: Mapping, presets: Path) -> dict:
    """Layer the configuration and check it against the schema.

    Args:
        overrides: What config.yaml, `--configfile` and `--config` give, already merged.
        schema: JSON schema (draft 2020-12) with a default for every key.
        presets: Folder of the presets.

    Returns:
        Every option with its value, in the schema's order, numbers in the schema's type, so that
        two ways of writing the same value are equal.

    Raises:
        ConfigError: Unknown keys, wrong types or values out of range, by their paths.
    """
    preset = overrides.get("preset", schema["properties"]["preset"]["default"])
    config = merge(schema_defaults(schema), read_preset(str(preset), presets))
    config = merge(config, overrides)
    config["preset"] = str(preset)
    problems = [_sentence(error, schema) for error in _errors(config, schema)]
    if problems:
        raise ConfigError("\n".join(problems))
    config = normalise(config, schema, schema)
    config["run"]["name"] = config["run"]["name"] or Path(str(preset)).stem
    return config


def read_preset(preset: str, presets: Path) -> dict:
    """Read a preset by name, or from the path of a YAML file."""
    path = Path(preset) if preset.endswith((".yaml", ".yml")) else presets / f"{preset}.yaml"
    if not path.is_file():
        names = sorted(file.stem for file in presets.glob("*.yaml"))
        raise ConfigError(
            f"preset: there is no file {path}; allowed are {', '.join(names)}, or the path of a "
            f"YAML file of your own"
        )
    content = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
    if not isinstance(content, dict):
        raise ConfigError(f"preset: {path} must hold a mapping of options")
    return content


def merge(lower: Mapping, upper: Mapping) -> dict:
    """Lay one configuration over another: mappings merge, everything else is replaced."""
    merged = copy.deepcopy(dict(lower))
    for key, value in upper.items():
        if isinstance(value, Mapping) and isinstance(merged.get(key), Mapping):
            merged[key] = merge(merged[key], value)
        else:
            merged[key] = copy.deepcopy(value)
    return merged


def schema_defaults(schema: Mapping) -> dict:
    """Every default of an object schema, nested."""
    defaults = copy.deepcopy(schema.get("default", {}))
    for key, part in schema.get("properties", {}).items():
        if "properties" in part:
            defaults[key] = schema_defaults(part)
        elif "default" in part:
            defaults[key] = copy.deepcopy(part["default"])
    return defaults


def normalise(value: Any, part: Mapping, schema: Mapping) -> Any:
    """Bring a valid value to the schema's order and types, and fill the defaults of free keys."""
    if "$ref" in part:
        part = schema["$defs"][part["$ref"].rsplit("/", 1)[-1]]
    if "oneOf" in part:
        kind = "object" if isinstance(value, Mapping) else "string"
        part = next(choice for choice in part["oneOf"] if choice["type"] == kind)
    if isinstance(value, Mapping):
        free = part.get("additionalProperties") or {}
        value = merge(schema_defaults(part), value) if "properties" in part else value
        order = [key for key in part.get("properties", {}) if key in value]
        order += sorted(key for key in value if key not in order)
        known = part.get("properties", {})
        return {key: normalise(value[key], known.get(key, free), schema) for key in order}
    if isinstance(value, list):
        return [normalise(item, part.get("items", {}), schema) for item in value]
    return float(value) if part.get("type") == "number" else value


def options_table(schema: Mapping) -> str:
    """All options as a Markdown table: key, type and range, default, description."""
    rows = ["| option | type and range | default | what it is |", "|---|---|---|---|"]
    for key, part in _leaves(schema, ""):
        default = yaml.safe_dump(part.get("default"), default_flow_style=True, width=10**6)
        default = default.removesuffix("\n...\n").strip()
        default = f"`{default}`" if "default" in part else ""
        description = " ".join(part.get("description", "").split())
        rows.append(f"| `{key}` | {_allowed(part)} | {default} | {description} |")
    return "\n".join(rows)


def _errors(config: Mapping, schema: Mapping) -> Iterator[jsonschema.ValidationError]:
    validator = jsonschema.Draft202012Validator(schema)
    yield from sorted(validator.iter_errors(config), key=lambda error: list(map(str, error.path)))


def _sentence(error: jsonschema.ValidationError, schema: Mapping) -> str:
    path = ".".join(str(key) for key in error.absolute_path)
    if error.validator == "additionalProperties":
        known = list(error.schema.get("properties", {}))
        unknown = [key for key in error.instance if key not in known]
        prefix = f"{path}." if path else ""
        close = difflib.get_close_matches(str(unknown[0]), known, n=1, cutoff=0.6)
        hint = f"; did you mean {prefix}{close[0]}?" if close else ""
        names = ", ".join(f"{prefix}{key}" for key in unknown)
        return f"{names}: unknown option; allowed here are {', '.join(known)}{hint}"
    if error.validator == "uniqueItems":
        twice = sorted({str(item) for item in error.instance if error.instance.count(item) > 1})
        return f"{path}: {', '.join(twice)} is given twice; every item may stand there once"
    if error.validator == "propertyNames" or (error.parent and not path):
        return f"{path}: {error.message}"
    return f"{path}: {error.instance!r} is not allowed; it must be {_allowed(error.schema)}"


def _allowed(part: Mapping) -> str:
    if "enum" in part:
        return "one of " + ", ".join(map(str, part["enum"]))
    kind = part.get("$ref", "label" if "oneOf" in part else "any").rsplit("/", 1)[-1]
    words = [str(part.get("title") or part.get("type") or kind)]
    if part.get("type") == "array":
        words.append("of " + _allowed(part.get("items", {})))
    bounds = {
        "minimum": "≥ {}",
        "exclusiveMinimum": "> {}",
        "maximum": "≤ {}",
        "exclusiveMaximum": "< {}",
        "minItems": "at least {} item(s)",
        "maxItems": "at most {} item(s)",
        "pattern": "matching `{}`",
    }
    words += [text.format(part[key]) for key, text in bounds.items() if key in part]
    return ", ".join(words).replace(", of", " of").replace("|", "\\|")


def _leaves(part: Mapping, path: str) -> Iterator[tuple[str, Mapping]]:
    for key, child in part.get("properties", {}).items():
        name = f"{path}.{key}".lstrip(".")
        free = child.get("additionalProperties")
        if "properties" in child:
            yield from _leaves(child, name)
        elif isinstance(free, Mapping) and "properties" in free:
            yield name, child
            yield from _leaves(free, f"{name}.NAME")
        else:
            yield name, child
