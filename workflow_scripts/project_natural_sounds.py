"""Project the natural sounds on the principal components of the train split."""

from pathlib import Path

import numpy as np

from plumbing.job import logged, paths
from storage.activations import unit_names, write_features
from storage.logmels import LogMelShards


def main(shards: list[Path], weights: Path, output: Path) -> None:
    """Write each sound's components; a sound is heard again and again up to a clip's length.

    The components are of whole clips, and say nothing about a part of one.
    """
    sounds = LogMelShards(shards)
    with np.load(weights) as file:
        mean, components = file["mean"], file["components"]
    frames = len(mean) // sounds.bands
    values = []
    for _, block in sounds.batches(sounds.clip_ids, 1):
        repeats = -(-frames // block.shape[-1])
        sound = np.tile(block[0].astype(np.float32), repeats)[:, :frames]
        values.append(components @ (sound.ravel() - mean))
    write_features(output, sounds.clip_ids, unit_names(len(components)), np.array(values))


if __name__ == "__main__":
    with logged(snakemake):
        main(
            shards=paths(snakemake.input.shards),
            weights=Path(snakemake.input.weights),
            output=Path(snakemake.output[0]),
        )
