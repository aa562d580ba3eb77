"""Which units of each network were chosen for a category (units/{category}.csv)."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from storage.tables import TableFileError, read_table


class SelectedUnits:
    """The units that rule select_units chose."""

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
