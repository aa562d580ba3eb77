"""Project the natural sounds on the principal components of the train split."""

import math
from pathlib import Path

import numpy as np
import torch

from plumbing.job import logged, paths
from science.baselines.pca import PrincipalComponents
from storage.activations import unit_names, write_features
from storage.logmels import LogMelShards


def main(shards: list[Path], weights: Path, output: Path) -> None:
    """Write each sound's components; a sound is heard again and again up to a clip's length.

    The components are of whole clips, and say nothing about a part of one.
    """
    sounds = LogMelShards(shards)
    with np.load(weights) as file:
        fitted = PrincipalComponents(**{name: torch.from_numpy(file[name]) for name in file.files})
    frames = len(fitted.mean) // sounds.bands
    values = []
    for _, block in sounds.batches(sounds.clip_ids, 1):
        repeats = math.ceil(frames / block.shape[-1])
        whole = np.tile(block, repeats)[..., :frames]
        values.append(fitted.transform(torch.from_numpy(whole)).numpy())
    values = np.concatenate(values)
    write_features(output, sounds.clip_ids, unit_names(values.shape[1]), values)


if __name__ == "__main__":
    with logged(snakemake):
        main(
            shards=paths(snakemake.input.shards),
            weights=Path(snakemake.input.weights),
            output=Path(snakemake.output[0]),
        )
