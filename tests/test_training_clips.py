"""The clips that a condition trains on, read back from what the workflow wrote."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from storage.logmels import LogMelShards, write_logmel_shard
from storage.tables import write_table
from storage.training import read_training_data


def test_rows_targets_and_spectrograms_belong_together(tmp_path: Path) -> None:
    clip_ids = [f"clip{number}_0.000" for number in range(5)]
    log_mel = np.arange(5, dtype=np.float16)[:, None, None] * np.ones((1, 64, 9), np.float16)
    shard = tmp_path / "0.arrow"
    write_logmel_shard(shard, [(clip_ids, np.zeros(5), np.ones(5), log_mel)], 64)
    labels = pd.DataFrame(
        {
            "clip_id": [clip_ids[place] for place in (3, 0, 4, 1, 2)],
            "split": ["train", "validation", None, "train", "test"],
            "targets": [["/m/b"], ["/m/a", "/m/b"], ["/m/a"], [], ["/m/a"]],
        }
    )
    write_table(tmp_path / "labels.parquet", labels)
    data = read_training_data(tmp_path / "labels.parquet", LogMelShards([shard]), ["/m/a", "/m/b"])
    assert data.log_mel[:, 0, 0].tolist() == [3, 0, 1]
    assert data.targets.int().tolist() == [[0, 1], [1, 1], [0, 0]]
    assert data.train_rows.tolist() == [0, 2]
    assert data.validation_rows.tolist() == [1]
