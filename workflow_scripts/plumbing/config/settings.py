"""The effective configuration: schema defaults < preset < config.yaml < command line."""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from plumbing.config.option_files import KeyGivenTwiceError, UniqueKeyLoader
from plumbing.config.option_texts import expand_paths, expanded, part_for, read_texts
from plumbing.config.schema_words import schema_problems


class ConfigError(ValueError):
    """The configuration is wrong; the message names each key and what is allowed there."""


def refuse(problems: Sequence[str]) -> None:
    """Refuse a configuration for all that is wrong with it, a line each.

    Raises:
        ConfigError: There is a problem.
    """
    if problems:
        raise ConfigError("\n".join(problems))


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
    preset = str(overrides.get("preset", schema["properties"]["preset"]["default"]))
    preset, problem = expanded(preset)
    refuse([f"preset: {problem}"] if problem else [])
    config = merge(schema_defaults(schema), read_preset(preset, presets))
    config = merge(config, overrides)
    config["preset"] = preset
    config = read_texts(config, schema, schema)
    refuse(schema_problems(config, schema))
    problems: list[str] = []
    config = expand_paths(normalise(config, schema, schema), schema, schema, problems, "")
    refuse(problems)
    config["categories"] = {name: items for name, items in config["categories"].items() if items}
    run = config["run"]
    run["name"] = run["name"] or Path(preset).stem
    run["reference_condition"] = run["reference_condition"] or f"no_{run['target']}"
    return config


def read_preset(preset: str, presets: Path) -> dict:
    """Read a preset by name, or from the path of a YAML file.

    Raises:
        ConfigError: There is no such preset, or its file holds no options.
    """
    path = Path(preset) if preset.endswith((".yaml", ".yml")) else presets / f"{preset}.yaml"
    if not path.is_file():
        names = sorted(file.stem for file in presets.glob("*.yaml"))
        raise ConfigError(
            f"preset: there is no file {path}; allowed are {', '.join(names)}, or the path of a "
            f"YAML file of your own"
        )
    try:
        return read_options(path)
    except ConfigError as error:
        raise ConfigError(f"preset: {error}") from error


def read_options(path: Path) -> dict:
    """Read a file of options, empty where nothing stands in it.

    Raises:
        ConfigError: It cannot be read, is not YAML, gives a key twice, or holds something else
            than a mapping.
    """
    try:
        content = yaml.load(path.read_text(encoding="utf-8"), UniqueKeyLoader) or {}
    except OSError as error:
        raise ConfigError(f"{path} cannot be read: {error.strerror}; correct the path") from error
    except KeyGivenTwiceError as error:
        raise ConfigError(f"{path}: {error}") from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path} is not YAML in UTF-8; correct it: {error}") from error
    if not isinstance(content, dict):
        raise ConfigError(f"{path} must hold a mapping of options, as in `seed: 1`")
    return content


def over_own_file(overrides: Mapping[str, Any], file: Path = Path("config.yaml")) -> dict:
    """Lay options over those of the user's own file, which may be absent where there are any.

    Raises:
        ConfigError: The file cannot be read, or there are no options at all.
    """
    if file.exists():
        return merge(read_options(file), overrides)
    if not overrides:
        raise ConfigError(
            f"{file} cannot be read: there is none in {Path.cwd()}, where results would go; write "
            f"one (an empty one runs the demo), run where it is, or give --configfile or --config"
        )
    return dict(overrides)


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
    """Bring a valid value to the schema's order and types, and fill the defaults of free keys.

    Args:
        value: An option's value, or a mapping of options.
        part: The part of the schema that describes it.
        schema: The whole schema, for the definitions that `part` refers to.
    """
    part = part_for(value, part, schema)
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
