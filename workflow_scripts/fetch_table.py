"""Fetch one of the corpus' tables from a path or URL, beside its clips."""

import logging
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from plumbing.config.addresses import address_of
from plumbing.job import logged
from sources.fetching.files import TableAddress, fetch_table
from sources.fetching.retrying import Backoff
from storage.corpus_tables import FILE_OF_TABLE, read_excluded_clips
from storage.found_tables import first_line, json_text
from storage.whole_files import whole_file


def main(given: str | Mapping[str, str], output: Path, fetch: Mapping[str, Any]) -> None:
    """Bring the table to `output`; clips excluded by hand become a plain list, empty for none."""
    address = address_of(given)
    backoff = Backoff(fetch["attempts"], fetch["first_delay_s"], fetch["longest_delay_s"])
    if output.name != FILE_OF_TABLE["excluded_clips"]:
        check = json_text if output.name == FILE_OF_TABLE["ontology"] else first_line
        place = fetch_table(address, output, backoff=backoff, check=check)
        logging.info("%s from %s", output.name, place)
        return
    clips = fetch_list(address, backoff) if address.primary else frozenset()
    logging.info("%d clips are excluded by hand", len(clips))
    with whole_file(output) as unfinished:
        unfinished.write_text("".join(f"{clip}\n" for clip in sorted(clips)), encoding="utf-8")


def fetch_list(address: TableAddress, backoff: Backoff) -> frozenset[str]:
    """The clips of a list in any of its formats."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "list"
        place = fetch_table(address, path, backoff=backoff, check=first_line)
        return read_excluded_clips(path, place)


if __name__ == "__main__":
    with logged(snakemake):
        main(snakemake.params.address, Path(snakemake.output[0]), snakemake.config["fetch"])
