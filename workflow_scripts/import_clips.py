"""Import one shard of the user's own recordings."""

import logging
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from tqdm import tqdm

from plumbing.job import logged
from sources.folder import index_folder, read_clips
from storage.asked_clips import read_asked_clips
from storage.clip_shards import ClipRow, write_clip_shard

if TYPE_CHECKING:
    from snakemake.iocontainers import Snakemake

    snakemake: Snakemake


def main(asked: Path, shard: Path, number: int, shards: int, folder: Path, channel: str) -> None:
    """Decode, cut and resample the clips of shard `number`; what fails becomes a row."""
    clips = read_asked_clips(asked, number, shards)
    statuses: Counter[str] = Counter()

    def rows() -> Iterator[ClipRow]:
        found = read_clips(clips, index_folder(folder), channel=channel)
        for row in tqdm(found, total=len(clips), file=sys.stderr, mininterval=10):
            statuses[row.status] += 1
            if row.status != "ok":
                logging.warning("%s: %s (%s)", row.clip_id, row.status, row.detail)
            yield row

    write_clip_shard(shard, rows())
    logging.info(", ".join(f"{number} {status}" for status, number in statuses.most_common()))


if __name__ == "__main__":
    with logged(snakemake):
        main(
            asked=Path(snakemake.input[0]),
            shard=Path(snakemake.output[0]),
            number=int(snakemake.wildcards.shard),
            shards=snakemake.params.shards,
            folder=Path(snakemake.params.folder),
            channel=snakemake.params.channel,
        )
