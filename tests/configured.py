"""Effective configurations for the tests of what layers and checks them."""

from pathlib import Path

from plumbing.config.checks import check_config, check_labels
from plumbing.config.option_words import option_schema
from plumbing.config.settings import effective_config

ROOT = Path(__file__).resolve().parents[1]
SCHEMA = option_schema()
PRESETS = ROOT / "presets"


def configure(**overrides) -> dict:
    return effective_config(overrides, PRESETS)


def checked(**overrides) -> dict:
    """A configuration that has passed every check that is made before a run."""
    config = configure(**overrides)
    check_config(config)
    check_labels(config)
    return config
