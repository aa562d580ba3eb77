"""Features of the clips that are pure music or without it, of one feature set or two as one."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from storage.activations import read_matrix
from storage.categories import CategoryTable


def read_pure_clips(
    path: Path, baseline: Path | None, table: CategoryTable
) -> tuple[np.ndarray, np.ndarray]:
    """Features of the pure clips, and which are music.

    Args:
        path: File of a feature set.
        baseline: File of another whose columns are put beside them; None for none.
        table: The clips' categories.

    Returns:
        Values [clips, columns] and mask [clips].
    """
    clip_ids, responses = read_matrix(path) if baseline is None else read_beside(path, baseline)
    music, others = table.groups(clip_ids, "music")
    used = music | others
    return responses[used], music[used]


def read_beside(path: Path, baseline: Path) -> tuple[np.ndarray, np.ndarray]:
    """The columns of two files side by side: clip_ids [clips], values [clips, columns of both].

    Raises:
        ValueError: The files hold other clips.
    """
    (clip_ids, responses), (others, more) = read_matrix(path), read_matrix(baseline)
    if not np.array_equal(clip_ids, others):
        raise ValueError(f"{path} and {baseline} are not the same clips; run both again")
    return clip_ids, np.hstack([responses, more])
