"""List the clips that the segments tables ask for, once every label in the config is known.

No clip is fetched before this, and the tables are here: the earliest moment to refuse a label.
"""

import logging
from collections.abc import Iterable, Mapping
from pathlib import Path

from plumbing.checks import check_labels
from plumbing.job import logged, paths
from science.corpus.audioset import parse_segments
from science.corpus.conditions import refuse_clips_of_both
from storage.corpus_tables import FILE_OF_TABLE, read_corpus_tables
from storage.tables import write_table


def main(tables: Iterable[Path], lists: Iterable[Path], own: Mapping[str, str]) -> None:
    """Parse the segments table of each split; malformed lines are refused, doubles warned of.

    Messages name the user's own file, where `own` has it, since that is what is to be mended.
    """
    tables = list(tables)
    path_of = {path.name: path for path in tables}
    classes = read_corpus_tables(tables).classes
    file_of: dict[str, str] = {}
    for output in lists:
        path = path_of[FILE_OF_TABLE[f"{output.stem}_segments"]]
        name = own[output.stem] or str(path)
        clips, warnings = parse_segments(path.read_text(encoding="utf-8"), name, classes)
        for warning in warnings:
            logging.warning(warning)
        logging.info("%s: %d clips asked for, %d warnings", name, len(clips), len(warnings))
        refuse_clips_of_both(clips["clip_id"], file_of, name)
        file_of |= dict.fromkeys(clips["clip_id"], name)
        write_table(output, clips)


if __name__ == "__main__":
    with logged(snakemake):
        # Not a parameter: other labels are no reason to list the clips again.
        check_labels(snakemake.config)
        main(paths(snakemake.input), paths(snakemake.output), snakemake.params.own)
