"""Responses as every analysis takes them, and which units were chosen for a category."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pandas as pd

from science.baselines.feature_sets import ACOUSTICS
from science.sound.acoustics import relative_acoustics
from storage.activations import network_of, read_matrix
from storage.tables import read_table
from storage.whole_files import TableFileError


def read_responses(path: Path) -> tuple[np.ndarray, np.ndarray]:
    """Read responses as every analysis of ratios takes them.

    Args:
        path: The file of activations. Acoustics become multiples of their means over the train
            split with its validation clips (`relative_acoustics`), whatever the stimuli; all others
            are as recorded.

    Returns:
        clip_ids [clips] and responses [clips, units].
    """
    clip_ids, values = read_matrix(path)
    if network_of(path)[0] == ACOUSTICS:
        _, reference = read_matrix(path.parents[1] / "natural" / "train.parquet")
        values = relative_acoustics(values, reference)
    return clip_ids, values


def read_stimuli(files: Iterable[Path]) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """Read the responses of one feature set to several stimuli made of the same clips.

    Args:
        files: Each as `{stimulus}/{split}.parquet`.

    Returns:
        clip_ids [clips], and responses [clips, units] by stimulus: 50ms, ... original of quilts.

    Raises:
        TableFileError: Two files are not of the same clips, or one is damaged.
    """
    stimuli, first_ids = {}, np.empty(0, dtype=object)
    for path in files:
        clip_ids, responses = read_responses(path)
        if stimuli and not np.array_equal(clip_ids, first_ids):
            raise TableFileError(
                f"{path} is not of the same clips as the stimuli beside it; delete it and run again"
            )
        first_ids = clip_ids
        stimuli[path.parent.name.removeprefix("quilt-")] = responses
    return first_ids, stimuli


class SelectedUnits:
    """The units that rule select_units ranked and chose on one split."""

    def __init__(self, files: Iterable[Path], chosen_on: str) -> None:
        """Read the files of some kinds of features.

        Args:
            files: As rule select_units wrote them.
            chosen_on: The split, 'train' or 'test', by whose clips units were chosen.
        """
        columns = ["features", "seed", "chosen_on", "unit", "index", "rank", "selected"]
        self._files = list(files)
        table = pd.concat([read_table(path, columns) for path in self._files])
        table = table[table["chosen_on"] == chosen_on]
        self._of_network = {
            network: rows.sort_values("unit", ignore_index=True)
            for network, rows in table.groupby(["features", "seed"])
        }

    def table(self, features: str, seed: int) -> pd.DataFrame:
        """The units of a network in order: unit, index, rank and selected.

        Raises:
            TableFileError: There is no such network.
        """
        if (features, seed) not in self._of_network:
            names = ", ".join(map(str, self._files))
            raise TableFileError(
                f"{names}: no units of {features}, seed {seed}; delete and run again"
            )
        return self._of_network[features, seed]

    def of(self, features: str, seed: int) -> np.ndarray:
        """The mask [units] of the selective ones of a network.

        Raises:
            TableFileError: There is no such network.
        """
        return self.table(features, seed)["selected"].to_numpy(dtype=bool)
