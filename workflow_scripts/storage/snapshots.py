"""Weights of a network at several epochs of its training, in one file.

While the network trains, the file lies beside the point from which training goes on after it was
cut off, is written before that point, and is named alike: it outlives a job that was killed. In the
end it gets a second name, under which the workflow knows it.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from torch import Tensor, nn

from science.network.cnn import NetworkSettings
from science.network.training_state import Trained, TrainingState
from storage.networks import describe_network, network_from, read_network_file, save_content
from storage.training import ResumePoint

log = logging.getLogger(__name__)
ANY_SNAPSHOTS = "*snapshots-*.pt"


@dataclass
class Snapshots:
    """The weights that are kept of one training.

    Attributes:
        path: Named after the digest of the training, as its resume point is.
        epochs: After which weights are kept; 0 is before training.
        described: What stands beside weights in a file (`describe_network`).
        weights: A state_dict for each epoch that has been reached.
    """

    path: Path
    epochs: Collection[int]
    described: Mapping[str, Any]
    weights: dict[int, dict[str, Tensor]] = field(default_factory=dict)

    @classmethod
    def beside(
        cls,
        point: ResumePoint,
        epochs: Collection[int],
        settings: NetworkSettings,
        classes: Sequence[str],
        made_from: Mapping[str, Any],
    ) -> Snapshots:
        """Those of the training that a resume point is of, as far as they are on the disk.

        Args:
            point: Of the training.
            epochs: After which weights are to be kept.
            settings: Of the network's shape.
            classes: Names of its outputs.
            made_from: What makes it.
        """
        path = point.path.with_name(point.path.name.replace("resume", "snapshots"))
        for other in path.parent.glob(ANY_SNAPSHOTS):
            if other != path or not epochs:
                other.unlink()
        kept = cls(path, epochs, describe_network(settings, classes, made_from))
        if path.exists():
            try:
                found = read_network_file(path, ("snapshots",))["snapshots"]
            except ValueError as error:
                log.warning("%s Weights at epochs are kept from the beginning.", error)
                found = {}
            kept.weights = {epoch: found[epoch] for epoch in found if epoch in epochs}
        return kept

    def resume(self, point: ResumePoint) -> TrainingState | None:
        """The state to go on from; None where there is none, or weights before it are not here."""
        state = point.load()
        if state is None:
            return None
        lacking = [
            epoch
            for epoch in self.epochs
            if epoch <= state.epoch and epoch and epoch not in self.weights
        ]
        if not lacking:
            return state
        log.info(
            "weights after epoch %s are to be kept and were not: training starts over",
            ", ".join(map(str, sorted(lacking))),
        )
        return None

    def keep(self, epoch: int, weights: Mapping[str, Tensor]) -> None:
        """Put the weights after an epoch on the disk, if they are to be kept.

        Raises:
            OSError: The disk is full, or does not take the file for another reason.
        """
        if epoch in self.epochs:
            self.weights[epoch] = {
                name: value.detach().to("cpu", copy=True) for name, value in weights.items()
            }
            save_content(self.path, {**self.described, "snapshots": self.weights})

    def finish(self, output: Path, trained: Trained) -> None:
        """Write all, and the weights that are used, under the name that the workflow knows.

        Without epochs to keep there is nothing in the file.
        """
        if self.epochs:
            self.weights[trained.epoch] = trained.weights
        weights = {epoch: self.weights[epoch] for epoch in sorted(self.weights)}
        save_content(output, {**self.described, "snapshots": weights, "used": trained.epoch})
        if not self.epochs:
            return
        beside = self.path.with_name(f".partial-{self.path.name}")
        try:
            beside.unlink(missing_ok=True)
            os.link(output, beside)
            os.replace(beside, self.path)
        except OSError as error:  # a file system without second names: the file stays twice
            log.info("%s: %s", self.path, error)


def load_snapshots(path: Path, weights: Path) -> tuple[dict[int, nn.Module], int]:
    """The networks at the epochs that were kept, on the CPU, in evaluation mode.

    Args:
        path: As `Snapshots.finish` wrote it.
        weights: File of the network that the training ended with.

    Returns:
        Networks by epoch, and the epoch of the weights that are used.

    Raises:
        ValueError: The file is damaged, holds no weights, or is of another training.
    """
    content = read_network_file(path, ("snapshots", "used", "made_from"))
    ended = read_network_file(weights)
    made = {name: ended["made_from"].get(name) for name in content["made_from"]}
    if made != content["made_from"] or ended["made_from"].get("epoch") != content["used"]:
        raise ValueError(
            f"{path} belongs to other settings, code or data than {weights}: delete both and run "
            f"again."
        )
    if not content["snapshots"]:
        raise ValueError(
            f"{path} holds no weights: name its condition in emergence.conditions, and run again."
        )
    networks = {
        epoch: network_from({**content, "weights": of_epoch}, path)
        for epoch, of_epoch in content["snapshots"].items()
    }
    return networks, content["used"]
