"""All clips of a corpus, both splits in one table, without their audio."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import pandas as pd

from storage.clip_shards import read_clip_table


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
