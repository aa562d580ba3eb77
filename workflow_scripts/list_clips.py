"""List the clips that the segments tables ask for, once every label in the config is known.

No clip is fetched before this, and the tables are here: the earliest moment to refuse a label.
"""

import logging
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import pyarrow as pa

from plumbing.config.checks import check_labels
from plumbing.job import logged, paths, warn
from science.corpus.completeness import (
    describe_long_clips,
    refuse_clips_of_both,
    refuse_without_category,
)
from science.corpus.segments_table import parse_segments
from storage.corpus_tables import FILE_OF_TABLE, read_corpus_tables
from storage.found_tables import table_lines
from storage.tables import write_table


def main(
    tables: Iterable[Path],
    segments: Iterable[Path],
    lists: Iterable[Path],
    own: Mapping[str, str],
    ids_of_videos: bool,
    clip_s: float,
    target: str,
    target_classes: Sequence,
) -> None:
    """Parse the segments table of each split; malformed lines are refused, doubles warned of.

    Messages name the user's own file, where `own` has it, since that is what is to be corrected.
    """
    path_of = {path.name: path for path in segments}
    corpus = read_corpus_tables(tables)
    members = corpus.resolve(target_classes, f"categories.{target}")
    listed: dict[str, pa.ChunkedArray] = {}
    for output in lists:
        path = path_of[FILE_OF_TABLE[f"{output.stem}_segments"]]
        name = own[output.stem] or str(path)
        lines = table_lines(path, name)
        clips, warnings = parse_segments(lines, name, corpus.classes, ids_of_videos=ids_of_videos)
        long_clips = describe_long_clips(clips, clip_s, name)
        warn([long_clips, *warnings] if long_clips else warnings)
        logging.info("%s: %d clips asked for, %d warnings", name, len(clips), len(warnings))
        refuse_clips_of_both(clips["clip_id"], listed, name)
        refuse_without_category(clips["labels"], members, target, name)
        listed[name] = clips["clip_id"]
        write_table(output, clips)


if __name__ == "__main__":
    with logged(snakemake):
        # Not parameters: other labels, or a longer clip, are no reason to list the clips again.
        config = snakemake.config
        check_labels(config)
        main(
            paths(snakemake.input.tables),
            paths(snakemake.input.segments),
            paths(snakemake.output),
            snakemake.params.own,
            snakemake.params.ids_of_videos,
            config["logmel"]["clip_s"],
            config["run"]["target"],
            config["categories"][config["run"]["target"]],
        )
