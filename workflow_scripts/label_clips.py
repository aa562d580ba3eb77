"""List the clips that are there, with their own labels."""

from collections.abc import Iterable
from pathlib import Path

from plumbing.job import logged, paths
from science.corpus.completeness import refuse_without_clips
from storage.labels import read_corpus_clips
from storage.tables import write_table


def main(shards: Iterable[Path], output: Path) -> None:
    """Write clip_id, split and labels of every clip that is ok, sorted by clip_id."""
    clips = read_corpus_clips(shards)
    refuse_without_clips(clips)
    clips = clips.rename(columns={"corpus_split": "split"})
    there = clips[clips["status"] == "ok"].sort_values("clip_id", ignore_index=True)
    write_table(output, there[["clip_id", "split", "labels"]])


if __name__ == "__main__":
    with logged(snakemake):
        main(shards=paths(snakemake.input), output=Path(snakemake.output[0]))
