"""Import the natural sounds from a folder or an archive, in the format of downloaded clips."""

from collections.abc import Iterator
from pathlib import Path

from plumbing.job import logged, warn
from sources.natural_sounds import parse_natural_sounds, read_natural_sounds
from storage.clips import ClipRow, write_clip_shard
from storage.found_tables import table_text


def main(table: Path, place: Path, channel: str, shard: Path) -> None:
    """Write all sounds of the table as one shard; what cannot be read becomes a row."""
    sounds = parse_natural_sounds(table_text(table), str(table))
    problems: list[str] = []

    def rows() -> Iterator[ClipRow]:
        for row in read_natural_sounds(place, sounds, channel=channel):
            if row.status != "ok":
                problems.append(f"{row.clip_id}: {row.status} ({row.detail})")
            yield row

    write_clip_shard(shard, rows())
    if problems:
        told = f"{len(problems)} of the {len(sounds)} natural sounds of {table} cannot be used:"
        warn([told, *problems])


if __name__ == "__main__":
    with logged(snakemake):
        main(
            table=Path(snakemake.input[0]),
            place=Path(snakemake.params.place),
            channel=snakemake.params.channel,
            shard=Path(snakemake.output[0]),
        )
