"""Which clips there are, their labels, and the groups that a category divides them into."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pandas as pd

from storage.clips import read_clip_table
from storage.tables import read_table


def read_corpus_clips(shards: Iterable[Path]) -> pd.DataFrame:
    """Read clip_id, labels and status of shards that lie as `{split}/{shard}.parquet`.

    Returns:
        A row per clip with the column corpus_split ('train' or 'test') besides.
    """
    of_split: dict[str, list[Path]] = {}
    for shard in shards:
        of_split.setdefault(Path(shard).parent.name, []).append(Path(shard))
    columns = ["clip_id", "labels", "status"]
    tables = [
        read_clip_table(paths, columns).to_pandas().assign(corpus_split=split)
        for split, paths in of_split.items()
    ]
    return pd.concat(tables, ignore_index=True)


def read_labels(path: Path) -> pd.Series:
    """The mids of each clip that is there, by clip_id, from labels/clips.parquet."""
    labels = read_table(path, ["clip_id", "labels"]).set_index("clip_id")["labels"]
    return labels.map(list)


class CategoryTable:
    """Which clips are pure in a category, and which have nothing of it."""

    def __init__(self, path: Path) -> None:
        self._clips = read_table(path, ["clip_id", "split", "kind"]).set_index("clip_id")

    def groups(self, clip_ids: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Two masks over clips: pure in the category, and free of it.

        Mixed clips are in neither. Nor are those that validate: the paper's analyses of the train
        split go without them (its 4,539 and 10,483 clips; Kim, Kim & Jeong 2024, Methods).

        Raises:
            KeyError: A clip is not in the table.
        """
        clips = self._clips.loc[clip_ids]
        kind, used = clips["kind"].to_numpy(), clips["split"].to_numpy() != "validation"
        return used & (kind == "pure"), used & (kind == "none")
