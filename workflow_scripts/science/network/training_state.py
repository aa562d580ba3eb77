"""What a training starts from, where it stands after an epoch, and what it ends with.

Settings, pace and state are plain values, so that a training can be stored and go on elsewhere.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from torch import Tensor

from science.network.training_step import ADAM_MOMENTUM


class TrainingError(RuntimeError):
    """Training cannot start or go on; the message says where and what to try."""


@dataclass(frozen=True)
class TrainingSettings:
    """How a network is trained; the section ``training`` of the config.

    Attributes:
        epochs: passes over the training clips; 0 leaves the network as initialised.
        batch_size: clips per step. The last batch of an epoch is shorter, and is used.
        start_learning_rate, peak_learning_rate, end_learning_rate: corners of the cycle.
        rising_share: share of all steps before the peak.
        cycle_momentum: also let AdamW's first beta fall from 0.95 to 0.85 and rise again, as
            PyTorch's OneCycleLR does by default, and so the released code; the paper does not
            mention it. Otherwise the beta is 0.9.
        weight_decay: AdamW's.
        weights_used: 'best' for the epoch of highest validation AP (the earliest of equals),
            'last' for the last epoch.
        precision: 'float32', 'bf16', or 'auto', see ``training.resolve_precision``.
        cuda_graphs: capture whole steps as graphs on CUDA.
    """

    epochs: int = 100
    batch_size: int = 32
    start_learning_rate: float = 4e-5
    peak_learning_rate: float = 1e-3
    end_learning_rate: float = 4e-9
    rising_share: float = 0.3
    cycle_momentum: bool = True
    weight_decay: float = 0.01
    weights_used: str = "best"
    precision: str = "auto"
    cuda_graphs: bool = True


@dataclass(frozen=True)
class TrainingData:
    """Log-Mels and labels, and which of them train and validate.

    Attributes:
        log_mel: [clips, 64, frames], float16, on the CPU; may be a memory-mapped file.
        targets: [clips, classes], bool: the classes present in each clip.
        train_rows, validation_rows: row numbers, int64.
    """

    log_mel: Tensor
    targets: Tensor
    train_rows: Tensor
    validation_rows: Tensor


@dataclass(frozen=True)
class EpochRow:
    """One row of history.csv.

    ``loss`` and ``train_ap`` are of the training passes themselves, with dropout and while the
    weights change; they cost no pass of their own. ``validation_loss`` and ``validation_ap``
    (micro-average over the whole validation set) are of the weights at the epoch's end, and NaN
    where no validation clip has a label. ``learning_rate`` is the epoch's last. ``clips_per_s``
    leaves validation out, ``seconds`` does not.
    """

    epoch: int
    loss: float
    train_ap: float
    validation_ap: float
    validation_loss: float
    learning_rate: float
    seconds: float
    clips_per_s: float


@dataclass(frozen=True)
class TrainingState:
    """All that training needs to go on after a finished epoch; tensors lie on the CPU."""

    epoch: int
    weights: dict[str, Tensor]
    optimizer: dict[int, dict[str, Tensor]]
    best_epoch: int
    best_weights: dict[str, Tensor]
    history: list[EpochRow] = field(default_factory=list)

    def as_plain(self) -> dict[str, Any]:
        """Nothing but dicts, lists, numbers and tensors, as ``torch.load`` wants them."""
        return {**vars(self), "history": [asdict(row) for row in self.history]}

    @classmethod
    def from_plain(cls, plain: Mapping[str, Any]) -> TrainingState:
        """The state that ``as_plain`` wrote."""
        return cls(**{**plain, "history": [EpochRow(**row) for row in plain["history"]]})


@dataclass(frozen=True)
class Trained:
    """A finished training.

    Attributes:
        weights: the state_dict to use, on the CPU; the network holds it too.
        epoch: the epoch that the weights are from, counted from 1; 0 for the initialisation.
        history: one row per epoch.
    """

    weights: dict[str, Tensor]
    epoch: int
    history: list[EpochRow]


def one_cycle(step: int, steps: int, settings: TrainingSettings) -> tuple[float, float]:
    """Learning rate and momentum (AdamW's first beta) of a step; linear, as OneCycleLR's.

    Args:
        step: counted from 0, over all epochs.
        steps: steps in the whole training.
        settings: the corners of the cycle.
    """
    peak_step = max(settings.rising_share * steps - 1, 0.0)
    last_step = steps - 1
    if step <= peak_step and peak_step > 0:
        height, foot = step / peak_step, settings.start_learning_rate
    else:
        height = (last_step - step) / max(last_step - peak_step, 1.0)
        foot = settings.end_learning_rate
    learning_rate = foot + (settings.peak_learning_rate - foot) * height
    momentum = 0.95 - 0.10 * height if settings.cycle_momentum else ADAM_MOMENTUM
    return learning_rate, momentum
