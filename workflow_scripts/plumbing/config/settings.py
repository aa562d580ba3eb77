"""The effective configuration: defaults < preset < config.yaml < command line."""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from functools import reduce
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from plumbing.config.option_types import Section, expanded
from plumbing.config.option_words import problems_of
from plumbing.config.options import Options
from storage.corpus_tables import FILE_OF_TABLE

# More than any configuration needs, and little enough to be checked in a moment.
MOST_VALUES, DEEPEST = 100_000, 50
SWOLLEN = (
    f"holds over {MOST_VALUES} values (an alias counts as all that it stands for), or some that "
    f"are nested over {DEEPEST} deep; write out fewer"
)


class ConfigError(ValueError):
    """The configuration is wrong; the message names each key and what is allowed there."""


def refuse(problems: Sequence[str]) -> None:
    """Refuse a configuration for all that is wrong with it, a line each.

    Raises:
        ConfigError: There is a problem.
    """
    if problems:
        raise ConfigError("\n".join(problems))


def effective_config(overrides: Mapping[str, Any], presets: Path) -> dict:
    """Layer the configuration and check every option.

    Args:
        overrides: What config.yaml, `--configfile` and `--config` give, already merged.
        presets: Folder of the presets.

    Returns:
        Every option with its value, in the order of `Options`, numbers in its types, so that two
        ways of writing the same value are equal.

    Raises:
        ConfigError: Unknown keys, wrong types or values out of range, by their paths; or the
            target's list of classes is empty.
    """
    defaults = in_order(Options())
    try:
        preset = expanded(str(overrides.get("preset", defaults["preset"])))
    except ValueError as error:
        raise ConfigError(f"preset: {error}") from error
    layers = (read_preset(preset, presets), overrides)
    given = reduce(merge, map(in_full, layers), defaults)
    try:
        config = in_order(Options.model_validate(given | {"preset": preset}))
    except ValidationError as error:
        raise ConfigError("\n".join(problems_of(error))) from None
    if config["categories"].get(config["run"]["target"]) == []:
        target = config["run"]["target"]
        raise ConfigError(
            f"run.target: categories.{target} is empty; list its classes, or choose another target"
        )
    config["categories"] = {name: items for name, items in config["categories"].items() if items}
    run = config["run"]
    run["name"] = run["name"] or Path(preset).stem
    run["reference_condition"] = run["reference_condition"] or f"no_{run['target']}"
    if "folder" in config["corpus"]["sources"]:
        config["corpus"]["tables"] |= _tables_in_folder(config["corpus"])
    return config


def _tables_in_folder(corpus: Mapping[str, Any]) -> dict[str, str]:
    """The tables that no option names and that lie beside the recordings, under their own names."""
    unnamed = [name for name, given in corpus["tables"].items() if not given]
    places = {name: Path(corpus["folder"]) / FILE_OF_TABLE[name] for name in unnamed}
    return {name: str(path) for name, path in places.items() if corpus["folder"] and path.is_file()}


def to_give_back(config: Mapping[str, Any], presets: Path) -> dict:
    """An effective configuration as a file that gives it again: what was left empty is so in it."""
    lower = merge(in_order(Options()), in_full(read_preset(config["preset"], presets)))
    return {**config, "categories": dict.fromkeys(lower["categories"], []) | config["categories"]}


def in_full(options: Mapping[str, Any]) -> Mapping[str, Any]:
    """Options with the section that `corpus.natural_sounds: PLACE` is short for.

    So that it merges with what a lower layer says of the same sounds.
    """
    corpus = options.get("corpus")
    if not (isinstance(corpus, Mapping) and isinstance(corpus.get("natural_sounds"), str)):
        return options
    return {
        **options,
        "corpus": {**corpus, "natural_sounds": {"place": corpus["natural_sounds"]}},
    }


def in_order(value: Any) -> Any:
    """Valid options as plain mappings, each in the order of its section, others by their names."""
    if isinstance(value, Section):
        fields = type(value).model_fields.items()
        return {field.alias or name: in_order(getattr(value, name)) for name, field in fields}
    if isinstance(value, dict):
        return {key: in_order(value[key]) for key in sorted(value)}
    return [in_order(item) for item in value] if isinstance(value, list) else value


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
        content = yaml.load(path.read_text(encoding="utf-8"), _UniqueKeyLoader) or {}
    except OSError as error:
        raise ConfigError(f"{path} cannot be read: {error.strerror}; correct the path") from error
    except ConfigError as error:
        raise ConfigError(f"{path}: {error}") from error
    except RecursionError:
        raise ConfigError(f"{path} {SWOLLEN}") from None
    except (yaml.YAMLError, ValueError) as error:  # a date or number that is none is a ValueError
        raise ConfigError(f"{path} is not YAML in UTF-8; correct it: {error}") from error
    if not isinstance(content, dict):
        raise ConfigError(f"{path} must hold a mapping of options, as in `seed: 1`")
    if _is_swollen(content):
        raise ConfigError(f"{path} {SWOLLEN}")
    return content


def _is_swollen(content: Any) -> bool:
    """Whether options hold more than anyone writes: a few aliases stand for billions of values."""
    waiting, values = [(content, 0)], 1
    while waiting:
        value, depth = waiting.pop()
        inner = value.values() if isinstance(value, dict) else value
        if isinstance(value, (dict, list, set)):
            values += len(value)
            if values > MOST_VALUES or depth > DEEPEST:
                return True
            waiting += [(item, depth + 1) for item in inner]
    return False


class _UniqueKeyLoader(yaml.SafeLoader):
    """Refuses a key that is given twice: YAML forbids it, PyYAML drops the first."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict:
        line_of: dict[str, int] = {}
        for key_node, _ in node.value:
            line, key = key_node.start_mark.line + 1, str(key_node.value)
            if line_of.setdefault(key, line) != line:
                raise ConfigError(
                    f"`{key}` is given in line {line_of[key]} and again in line {line}; only one "
                    f"would count, so put both together"
                )
        return super().construct_mapping(node, deep)


def over_own_file(overrides: Mapping[str, Any], file: Path = Path("config.yaml")) -> dict:
    """Lay options over those of the user's own file, which may be absent where there are any.

    Raises:
        ConfigError: The file cannot be read, or there are no options at all.
    """
    if file.exists():
        return merge(in_full(read_options(file)), in_full(overrides))
    if not overrides:
        raise ConfigError(
            f"{file} cannot be read: there is none in {Path.cwd()}, where results would go; write "
            f"one (an empty one runs the demo), run where it is, or give --configfile or --config"
        )
    return dict(overrides)


def merge(lower: Mapping, upper: Mapping) -> dict:
    """Lay one configuration over another: mappings merge, everything else is replaced."""

    def value_of(key: Any) -> Any:
        below = lower.get(key)
        above = upper.get(key, below)
        if isinstance(below, Mapping) and isinstance(above, Mapping):
            return merge(below, above)
        return copy.deepcopy(above)

    return {key: value_of(key) for key in {**lower, **upper}}
