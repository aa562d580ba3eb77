"""Collect the tables of the user's own corpus beside its clips."""

import shutil
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from plumbing.job import logged, paths
from storage.corpus_tables import FILE_OF_TABLE, read_excluded_clips
from storage.whole_files import whole_file

if TYPE_CHECKING:
    from snakemake.iocontainers import Snakemake

    snakemake: Snakemake


def main(collected: Iterable[Path], given: Mapping[str, str]) -> None:
    """Copy each table; the excluded clips become a plain list, empty where none is given."""
    path_of = {path.name: path for path in collected}
    for table, name in FILE_OF_TABLE.items():
        with whole_file(path_of[name]) as unfinished:
            if table != "excluded_clips":
                shutil.copyfile(given[table], unfinished)
                continue
            clips = read_excluded_clips(Path(given[table])) if given[table] else ()
            unfinished.write_text("".join(f"{clip}\n" for clip in sorted(clips)), encoding="utf-8")


if __name__ == "__main__":
    with logged(snakemake):
        main(paths(snakemake.output), snakemake.params.tables)
