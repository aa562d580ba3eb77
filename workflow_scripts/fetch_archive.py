"""Fetch an archive of clips or natural sounds, going on where an earlier attempt was cut off."""

import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from plumbing.config.addresses import address_of
from plumbing.job import logged
from sources.fetching.files import fetch_table
from sources.fetching.retrying import Backoff


def main(given: str | Mapping[str, str], output: Path, fetch: Mapping[str, Any]) -> None:
    """Bring the file to `output`."""
    backoff = Backoff(fetch["attempts"], fetch["first_delay_s"], fetch["longest_delay_s"])
    logging.info("%s from %s", output.name, fetch_table(address_of(given), output, backoff=backoff))


if __name__ == "__main__":
    with logged(snakemake):
        main(snakemake.params.address, Path(snakemake.output[0]), snakemake.config["fetch"])
