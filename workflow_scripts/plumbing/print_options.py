"""Print every option from the schema, as Markdown: `make options`."""

import sys
from pathlib import Path

import yaml

SCRIPTS = Path(__file__).resolve().parents[1]


def main() -> None:
    """Print the table."""
    sys.path.insert(0, str(SCRIPTS))
    from plumbing.settings import options_table

    schema = (SCRIPTS.parent / "rules/config.schema.yaml").read_text(encoding="utf-8")
    print(options_table(yaml.safe_load(schema)))


if __name__ == "__main__":
    main()
