"""The clips that a condition trains and validates on, with their targets."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch

from science.corpus.audioset import multi_hot
from science.network.training import TrainingData
from storage.logmels import LogMelShards
from storage.tables import read_table


def read_training_data(labels: Path, shards: LogMelShards, classes: list[str]) -> TrainingData:
    """Log-Mels and targets of the clips that a condition keeps for training and validation.

    Args:
        labels: Table of a condition: clip_id, split, targets (mids).
        shards: Log-Mels of the train split.
        classes: The mid of every output, in order.
    """
    table = read_table(labels, ["clip_id", "split", "targets"])
    table = table[table["split"].isin(["train", "validation"])]
    split = table["split"].to_numpy()
    return TrainingData(
        log_mel=torch.from_numpy(shards.gather(table["clip_id"].tolist())),
        targets=torch.from_numpy(multi_hot(table["targets"].tolist(), classes)),
        train_rows=torch.from_numpy(np.flatnonzero(split == "train")),
        validation_rows=torch.from_numpy(np.flatnonzero(split == "validation")),
    )
