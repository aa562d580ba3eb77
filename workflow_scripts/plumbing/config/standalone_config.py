"""The configuration of a command that runs beside Snakemake, from the same files and arguments."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import yaml

from plumbing.config.checks import check_config
from plumbing.config.settings import (
    ConfigError,
    effective_config,
    merge,
    over_own_file,
    read_options,
)

ROOT = Path(__file__).resolve().parents[3]


def standalone_config(files: Sequence[str], pairs: Sequence[str]) -> dict[str, Any]:
    """Layer the configuration as Snakemake layers it: config.yaml < files < pairs.

    Args:
        files: What `--configfile` names.
        pairs: What `--config` gives, each KEY=VALUE.

    Returns:
        The effective configuration, whose keys agree with each other.

    Raises:
        ConfigError: A file cannot be read, a pair is none, or an option is wrong.
    """
    overrides: dict[str, Any] = {}
    for file in files:
        overrides = merge(overrides, read_options(Path(file)))
    for pair in pairs:
        overrides = merge(overrides, _option(pair))
    overrides = over_own_file(overrides)
    config = effective_config(overrides, ROOT / "presets")
    check_config(config)
    return config


def _option(pair: str) -> dict[str, Any]:
    key, equals, value = pair.partition("=")
    if not equals:
        raise ConfigError(f"--config {pair}: write KEY=VALUE, for example preset=paper")
    try:
        return {key: yaml.safe_load(value)}
    except yaml.YAMLError as error:
        raise ConfigError(f"--config {key}: {value!r} is not YAML; correct it: {error}") from error
