"""Responses to quilts: one file for each segment length and one for the originals."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np

from storage.feature_splits import read_responses
from storage.tables import TableFileError


def quilt_files_of(
    files: Sequence[Path], feature_sets: Sequence[tuple[str, int]]
) -> dict[tuple[str, int], list[Path]]:
    """Part a list of files, one feature set after the other and as many for each, by set."""
    each = len(files) // len(feature_sets)
    return {
        (features, seed): list(files[place * each : (place + 1) * each])
        for place, (features, seed) in enumerate(feature_sets)
    }


def read_quilt_responses(
    features: str, files: Iterable[Path], train: Path
) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """Read the responses of one feature set to all quilts, as `read_responses` does.

    Args:
        features: The condition or feature set.
        files: Each as `quilt-{length}/test.parquet`.
        train: The acoustics of the natural train split; read for acoustics alone.

    Returns:
        clip_ids [clips], and responses [clips, units] by what follows `quilt-` in the folder's
        name: 50ms, ... original.

    Raises:
        TableFileError: Two files are not of the same clips, or one is damaged.
    """
    stimuli, first_ids = {}, None
    for path in files:
        clip_ids, responses = read_responses(features, path, train)
        if first_ids is not None and not np.array_equal(clip_ids, first_ids):
            raise TableFileError(
                f"{path} is not of the same clips as the quilts beside it; delete it and run again"
            )
        first_ids = clip_ids
        stimuli[path.parent.name.removeprefix("quilt-")] = responses
    return first_ids, stimuli
