"""Where a training goes on after it was cut off: one file beside the weights that it leads to.

It stays when the training has ended. Snakemake runs a training again when the files it reads were
written again, whatever is in them; where the data, settings and code are the same, the weights then
come from this file at once.
"""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import torch

from science.corpus.audioset import multi_hot
from science.network.training_state import EpochRow, TrainingData, TrainingState
from storage.logmels import LogMelShards
from storage.networks import ResumePointError, load_resume_point, save_resume_point
from storage.tables import read_table, write_table

log = logging.getLogger(__name__)
# With the names under which a write that was killed leaves its unfinished file.
ANY_RESUME_POINT = "*resume-*.pt"


@dataclass(frozen=True)
class ResumePoint:
    """The resume point of one training.

    Attributes:
        path: Named after the digest, so that trainings of other settings leave each other alone.
        digest: Digests by name of all that the training depends on.
    """

    path: Path
    digest: Mapping[str, str]

    @classmethod
    def beside(cls, weights: Path, digest: Mapping[str, str]) -> ResumePoint:
        """The resume point of the training that ends in a file of weights."""
        name = digest_of(json.dumps(dict(digest)).encode())
        return cls(weights.with_name(f"resume-{name}.pt"), digest)

    def load(self) -> TrainingState | None:
        """The state to go on from; None, and the reason in the log, where training starts over.

        Resume points of other settings, code or data are removed.
        """
        for other in self.path.parent.glob(ANY_RESUME_POINT):
            if other != self.path:
                log.info("%s belongs to other settings, code or data: removed", other)
                other.unlink()
        try:
            state = load_resume_point(self.path, self.digest)
        except ResumePointError as error:
            log.warning("%s", error)
            return None
        if state is not None:
            log.info("going on after epoch %d", state.epoch)
        return state

    def save(self, state: TrainingState) -> None:
        """Put the state after an epoch in the place of the previous one.

        Raises:
            OSError: The disk is full, or does not take the file for another reason.
        """
        save_resume_point(self.path, state, self.digest)

    @contextmanager
    def saved_beside(
        self, before: Callable[[int, Mapping[str, torch.Tensor]], None] | None = None
    ) -> Iterator[Callable[[TrainingState], None]]:
        """Give a function that saves a state while the next epoch is under way.

        Args:
            before: Called with an epoch and its weights, in the same place, before that is saved
                from which training goes on after it.

        It waits until the state before is on the disk, so no epoch is left out; the last one is
        there when the block ends. A save takes 0.1 s, which is much where an epoch takes half a
        second.

        Raises:
            OSError: As `save`; in the call after the one that could not be carried out, or at the
                end of the block.
        """
        under_way: list[Future[None]] = []

        def save_both(state: TrainingState) -> None:
            if before is not None:
                before(state.epoch, state.weights)
            self.save(state)

        def save(state: TrainingState) -> None:
            if under_way:
                under_way.pop().result()
            under_way.append(saving.submit(save_both, state))

        with ThreadPoolExecutor(max_workers=1) as saving:
            yield save
            if under_way:
                under_way.pop().result()


def digest_of(*contents: np.ndarray | bytes) -> str:
    """A short digest of arrays or bytes."""
    digest = hashlib.blake2b(digest_size=8)
    for content in contents:
        digest.update(memoryview(content).cast("B"))
    return digest.hexdigest()


def digest_of_training(data: TrainingData, settings: object, code: str) -> dict[str, str]:
    """Digests by name of all that a training depends on, for `ResumePoint`."""
    rows = data.train_rows.numpy()
    return {
        "settings": digest_of(repr(settings).encode()),
        "code": code,
        "data": digest_of(data.log_mel.numpy(), data.targets.numpy(), rows),
    }


def write_history(path: Path, history: Iterable[EpochRow]) -> None:
    """Write the table of a training's epochs."""
    columns = list(EpochRow.__dataclass_fields__)
    write_table(path, pd.DataFrame([asdict(row) for row in history], columns=columns))


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
