"""Synthesise one shard of the demo corpus, in the format of downloaded clips."""

import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

from tqdm import tqdm

from plumbing.job import logged
from science.sound.waveforms import encode_flac, to_int16
from sources.demo.corpus import synthesise_demo_clip
from storage.clips import ClipRow, write_clip_shard
from storage.corpus_tables import read_asked_clips


def main(asked: Path, shard: Path, number: int, shards: int, demo: Mapping) -> None:
    """Synthesise the clips of shard `number` out of `shards`."""

    def rows() -> Iterator[ClipRow]:
        clips = read_asked_clips(asked).of_shard(number, shards)
        for clip in tqdm(clips, file=sys.stderr, mininterval=10):
            samples = synthesise_demo_clip(clip.ytid, clip.labels, demo["seed"])
            yield ClipRow.found(clip, "demo", encode_flac(to_int16(samples)))

    write_clip_shard(shard, rows())


if __name__ == "__main__":
    with logged(snakemake):
        main(
            asked=Path(snakemake.input[0]),
            shard=Path(snakemake.output[0]),
            number=int(snakemake.wildcards.shard),
            shards=snakemake.params.shards,
            demo=snakemake.params.demo,
        )
