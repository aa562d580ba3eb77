"""Print every option as a Markdown table: `make options`."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT / "workflow_scripts"))

from plumbing.config.option_words import (  # noqa: E402
    allowed_values,
    option_schema,
    part_of_free_keys,
)


def main() -> None:
    """Print the table."""
    sys.stdout.reconfigure(errors="backslashreplace")  # not every locale has ≥
    print(options_table(option_schema()))


def options_table(schema: Mapping) -> str:
    """All options as a Markdown table: key, type and range, default, description."""
    rows = ["| option | type and range | default | what it is |", "|---|---|---|---|"]
    for key, part in _options(schema, ""):
        default = yaml.safe_dump(part["default"], default_flow_style=True, width=10**6)
        default = default.removesuffix("\n...\n").strip()
        description = " ".join(part["description"].split())
        allowed = allowed_values(part).replace("|", "\\|")  # a bare bar would end the cell
        rows.append(f"| `{key}` | {allowed} | `{default}` | {description} |")
    return "\n".join(rows)


def _options(part: Mapping, path: str) -> Iterator[tuple[str, Mapping]]:
    """Every option below a part of the schema, with its path; NAME where the user names the key."""
    for key, child in part.get("properties", {}).items():
        name = f"{path}.{key}".lstrip(".")
        if "properties" in child and "format" not in child:
            yield from _options(child, name)
        else:
            yield name, child
            free = part_of_free_keys(child) or {}
            yield from _options(free, f"{name}.NAME")


if __name__ == "__main__":
    main()
