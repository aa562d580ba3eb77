"""Place the pure clips of the test split in two dimensions by t-SNE of one feature set."""

import logging
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from plumbing.job import logged
from science.analyses.embedding import SMALLEST_NUMBER_OF_CLIPS, embed, neighbour_preservation
from storage.activations import read_matrix
from storage.categories import CategoryTable
from storage.tables import write_table

if TYPE_CHECKING:
    from snakemake.iocontainers import Snakemake

    snakemake: Snakemake


@dataclass(frozen=True)
class Quality:
    """How good an embedding is; NaN and a note where there is none."""

    clips: int
    perplexity: float = np.nan
    kullback_leibler: float = np.nan
    neighbours: int = 0
    neighbour_preservation: float = np.nan
    chance_preservation: float = np.nan
    note: str = ""


def main(
    features: Path, categories: Path, seed: int, neighbours: int, coordinates: Path, quality: Path
) -> None:
    """Write a place for every clip that is pure music or without music, and the fit's quality."""
    clip_ids, values = read_matrix(features)
    music, others = CategoryTable(categories, "music").groups(clip_ids, "music")
    used = music | others
    places, described = place(values[used], seed, neighbours)
    table = pd.DataFrame({"clip_id": clip_ids[used], "music": music[used]})
    write_table(coordinates, table.assign(x=places[:, 0], y=places[:, 1]))
    write_table(quality, pd.DataFrame([described]))
    logging.info("%s", described)


def place(features: np.ndarray, seed: int, neighbours: int) -> tuple[np.ndarray, Quality]:
    """Coordinates [clips, 2] of features [clips, units]; NaN where there are too few clips."""
    clips = len(features)
    if clips < SMALLEST_NUMBER_OF_CLIPS:
        note = f"{clips} clips are too few for t-SNE, which needs {SMALLEST_NUMBER_OF_CLIPS}"
        return np.full((clips, 2), np.nan), Quality(clips, note=note)
    embedding = embed(features, seed)
    near = min(neighbours, clips - 2)
    return embedding.coordinates, Quality(
        clips=clips,
        perplexity=embedding.perplexity,
        kullback_leibler=embedding.kullback_leibler,
        neighbours=near,
        neighbour_preservation=neighbour_preservation(features, embedding.coordinates, near),
        chance_preservation=near / (clips - 1),
    )


if __name__ == "__main__":
    with logged(snakemake):
        main(
            features=Path(snakemake.input.features),
            categories=Path(snakemake.input.categories),
            seed=snakemake.params.seed,
            neighbours=snakemake.params.neighbours,
            coordinates=Path(snakemake.output.coordinates),
            quality=Path(snakemake.output.quality),
        )
