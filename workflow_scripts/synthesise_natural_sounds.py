"""Synthesise the demo's natural sounds, in the format of downloaded clips."""

import sys
from collections.abc import Iterator
from pathlib import Path

from tqdm import tqdm

from plumbing.job import logged
from science.sound.waveforms import encode_flac, to_int16
from sources.demo.corpus import (
    NATURAL_SOUND_S,
    plan_natural_sounds,
    synthesise_natural_sound,
)
from storage.clips import AskedClip, ClipRow, write_clip_shard
from storage.labels import write_components


def main(shard: Path, components: Path, seed: int) -> None:
    """Write all sounds as one shard, each labelled by its category; no brain has heard them."""

    def rows() -> Iterator[ClipRow]:
        plan = plan_natural_sounds(seed)
        for sound_id, category in tqdm(plan, file=sys.stderr, mininterval=10):
            samples = synthesise_natural_sound(sound_id, category, seed)
            asked = AskedClip(sound_id, sound_id, 0.0, NATURAL_SOUND_S, (category,))
            yield ClipRow.found(asked, "demo", encode_flac(to_int16(samples)))

    write_clip_shard(shard, rows())
    write_components(components, None)


if __name__ == "__main__":
    with logged(snakemake):
        main(
            shard=Path(snakemake.output.clips),
            components=Path(snakemake.output.components),
            seed=snakemake.params.seed,
        )
