"""Activations by quilts: one file for each segment length and one for the originals."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np

from storage.activations import read_matrix
from storage.tables import TableFileError


def quilt_files_of(
    files: Sequence[Path], networks: Sequence[tuple[str, int]]
) -> dict[tuple[str, int], list[Path]]:
    """Part a list of files, network after network and as many for each, by network."""
    each = len(files) // len(networks)
    return {
        (features, seed): list(files[place * each : (place + 1) * each])
        for place, (features, seed) in enumerate(networks)
    }


def read_quilt_activations(files: Iterable[Path]) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """Read the responses of one network to all its quilts.

    Args:
        files: Each as `quilt-{length}/test.parquet`.

    Returns:
        clip_ids [clips], and responses [clips, units] by what follows `quilt-` in the folder's
        name: 50ms, ... original.

    Raises:
        TableFileError: Two files are not of the same clips, or one is damaged.
    """
    stimuli, first_ids = {}, None
    for path in files:
        clip_ids, responses = read_matrix(path)
        if first_ids is not None and not np.array_equal(clip_ids, first_ids):
            raise TableFileError(
                f"{path} is not of the same clips as the quilts beside it; delete it and run again"
            )
        first_ids = clip_ids
        stimuli[path.parent.name.removeprefix("quilt-")] = responses
    return first_ids, stimuli
