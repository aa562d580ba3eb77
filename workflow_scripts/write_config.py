"""Write the effective configuration, all layers merged, beside the results it made."""

from collections.abc import Mapping
from pathlib import Path

import yaml

from plumbing.job import logged
from storage.whole_files import whole_file


def main(config: Mapping, output: Path) -> None:
    """Write every option with its value as YAML that can be given back with --configfile."""
    with whole_file(output) as unfinished:
        text = yaml.safe_dump(dict(config), sort_keys=False, allow_unicode=True)
        unfinished.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    with logged(snakemake):
        main(snakemake.params.config, Path(snakemake.output[0]))
