"""Import the natural sounds, as downloaded clips are kept, and the brain's responses to them."""

from collections.abc import Iterator
from pathlib import Path

from plumbing.job import logged, warn
from sources.natural_sounds.components import components_of
from sources.natural_sounds.place import opened
from sources.natural_sounds.source import asked_sounds, read_natural_sounds
from sources.natural_sounds.table import sounds_of
from storage.clips import ClipRow, write_clip_shard
from storage.labels import write_components


def main(
    place: Path, table: Path | None, components: Path | None, channel: str, shard: Path, brain: Path
) -> None:
    """Write all sounds of the table as one shard, and the responses of the components to them.

    What cannot be read becomes a row of the shard; without components there is a bare header.
    """
    with opened(place) as files:
        sounds = sounds_of(files, table)
        responses = components_of(files, components, sounds)
        if responses is not None:
            responses.index = [clip.clip_id for clip in asked_sounds(sounds)]
        problems: list[str] = []

        def rows() -> Iterator[ClipRow]:
            for row in read_natural_sounds(files, sounds, channel=channel):
                if row.status != "ok":
                    problems.append(f"{row.clip_id}: {row.status} ({row.detail})")
                yield row

        write_clip_shard(shard, rows())
    write_components(brain, responses)
    if problems:
        where = table or place
        told = f"{len(problems)} of the {len(sounds)} natural sounds of {where} cannot be used:"
        warn([told, *problems])


if __name__ == "__main__":
    with logged(snakemake):
        own = {key: snakemake.input.get(key) for key in ("table", "components")}
        main(
            place=Path(snakemake.input.get("archive") or snakemake.params.place),
            **{key: Path(path) if path else None for key, path in own.items()},
            channel=snakemake.params.channel,
            shard=Path(snakemake.output.clips),
            brain=Path(snakemake.output.components),
        )
