"""The table of clips by category (labels/categories.parquet), aligned with rows of activations."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from storage.tables import read_table


class CategoryTable:
    """Which clips are pure in a category, and which have nothing of it."""

    def __init__(self, path: Path, *categories: str) -> None:
        table = read_table(path, ["clip_id", "labels", *categories])
        self._table: pd.DataFrame = table.set_index("clip_id")

    def groups(self, clip_ids: np.ndarray, category: str) -> tuple[np.ndarray, np.ndarray]:
        """Two masks over clips: pure in the category, and free of it; mixed clips are in neither.

        Raises:
            KeyError: A clip is not in the table.
        """
        kind = self._table.loc[clip_ids, category].to_numpy()
        return kind == "pure", kind == "none"

    def labels(self, clip_ids: np.ndarray) -> list[list[str]]:
        """The mids of each clip."""
        return [list(labels) for labels in self._table.loc[clip_ids, "labels"]]
