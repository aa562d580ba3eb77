"""Which units of each network are music-selective: chosen on the train split.

`analyses/selectivity/units.csv` has the choice of all networks. What is recorded for one network
chooses its units itself, by the same numbers, so that it does not wait for, or follow, the others.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from science.analyses.selectivity import rank_by_index
from storage.categories import CategoryTable
from storage.feature_splits import read_responses
from storage.tables import TableFileError, read_table


class SelectedUnits:
    """The units that were chosen on the train split."""

    def __init__(self, path: Path) -> None:
        self._path = path
        table = read_table(path, ["features", "seed", "unit", "selected"])
        self._of_network = {
            network: rows.sort_values("unit")["selected"].to_numpy(dtype=bool)
            for network, rows in table.groupby(["features", "seed"])
        }

    def of(self, features: str, seed: int) -> np.ndarray:
        """The mask [units] of the selective ones of a network.

        Raises:
            TableFileError: The table has no such network.
        """
        if (features, seed) not in self._of_network:
            raise TableFileError(
                f"{self._path} has no units of {features}, seed {seed}; delete it and run again"
            )
        return self._of_network[features, seed]


def select_units_of_music(
    features: str, train: Path, categories: Path, settings: Mapping
) -> np.ndarray:
    """Choose the music-selective units of one feature set, as for `SelectedUnits`.

    Args:
        features: The condition or feature set.
        train: Its file of activations by the natural train split.
        categories: The table of clips by category.
        settings: index and fraction, as in the configuration's section selectivity.

    Returns:
        Mask [units].
    """
    clip_ids, responses = read_responses(features, train, train)
    groups = CategoryTable(categories, "music").groups(clip_ids, "music")
    return rank_by_index(responses, *groups, settings)["selected"].to_numpy(dtype=bool)
