"""Training of one network (Kim, Kim & Jeong 2024, Methods): AdamW, one cycle, best epoch kept.

An epoch depends only on the state at its start, on the seed and on its number: shuffling and
dropout are drawn from (seed, epoch). So training that was cut off goes on from the last
finished epoch, and on the CPU its final weights are those of an uninterrupted run, bit for bit.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace

import numpy as np
import torch
from torch import Tensor, nn

from science.network.clip_store import ClipStore
from science.network.cnn import clips_at_once
from science.network.training_state import (
    EpochRow,
    Trained,
    TrainingData,
    TrainingError,
    TrainingSettings,
    TrainingState,
    one_cycle,
)
from science.network.training_step import (
    EagerStep,
    Step,
    captured_or_eager,
    network_input,
    repeatable_convolutions,
)
from science.network.validation_score import pooled_average_precision

log = logging.getLogger(__name__)

SHUFFLING, DROPOUT = 0, 1  # streams of random numbers, kept apart
FEWEST_CHANNELS_IN_BF16 = 16
REMEDY = (
    "try a lower training.peak_learning_rate, or training.precision: float32, and see whether "
    "the log-Mels hold NaN."
)


def resolve_precision(precision: str, device: torch.device, network: nn.Module) -> str:
    """'float32' or 'bf16', for 'auto' by the device, and on a CPU by the network too.

    There convolutions of 16 channels and more train about twice as fast in bf16, narrower ones
    slower (tests/benchmarks/README.md).
    """
    if precision != "auto":
        return precision
    if device.type == "cuda":
        with torch.cuda.device(device):
            faster = torch.cuda.is_bf16_supported(including_emulation=False)
    else:
        has = torch.cpu.get_capabilities()
        widths = [layer.out_channels for layer in network.modules() if isinstance(layer, nn.Conv2d)]
        wide = min(widths, default=0) >= FEWEST_CHANNELS_IN_BF16
        faster = wide and (has.get("amx_bf16", False) or has.get("avx512_bf16", False))
    return "bf16" if faster else "float32"


def with_precision(
    settings: TrainingSettings, network: nn.Module, device: torch.device | str
) -> TrainingSettings:
    """The settings with the precision that 'auto' means here.

    What identifies a training has to know it: one that was cut off is not to go on elsewhere in
    another arithmetic.
    """
    precision = resolve_precision(settings.precision, torch.device(device), network)
    return replace(settings, precision=precision)


def train(
    network: nn.Module,
    data: TrainingData,
    settings: TrainingSettings,
    seed: int,
    device: torch.device | str = "cpu",
    on_epoch: Callable[[EpochRow, TrainingState], None] | None = None,
    resume: TrainingState | None = None,
) -> Trained:
    """Train a network in place.

    Args:
        network: from ``build_network``.
        data: log-Mels, labels and the split.
        settings: how to train.
        seed: of shuffling and dropout; the same batches whatever the device.
        device: where to compute.
        on_epoch: called after every epoch with its row and the state to resume from.
        resume: the state to go on from.

    Returns:
        The weights to use and the history. On one kind of CPU the same seed and number of threads
        give the same bytes, resumed or not. The global random state is left as it was.

    Raises:
        TrainingError: too few clips, a loss that is not finite, or memory that does not suffice.
    """
    device = torch.device(device)
    _check(data, settings)
    network.to(device=device, memory_format=network.memory_format)
    if settings.epochs == 0:
        return Trained(_copied(network.state_dict()), epoch=0, history=[])
    state = resume or _initial_state(network)
    with _arithmetic(device, resolve_precision(settings.precision, device, network)) as precision:
        run = _Run(network, data, settings, seed, precision, ClipStore(data.log_mel, device))
        while state.epoch < settings.epochs:
            state = _next_epoch(run, state)
            if on_epoch is not None:
                on_epoch(state.history[-1], state)
    best = settings.weights_used == "best"
    weights = state.best_weights if best else state.weights
    network.load_state_dict(weights)
    return Trained(weights, state.best_epoch if best else state.epoch, state.history)


class _Run:
    """What stays the same from epoch to epoch."""

    def __init__(
        self,
        network: nn.Module,
        data: TrainingData,
        settings: TrainingSettings,
        seed: int,
        precision: str,
        store: ClipStore,
    ) -> None:
        self.network, self.data, self.settings, self.seed = network, data, settings, seed
        self.precision, self.store, self.device = precision, store, store.device
        self.targets = data.targets.to(self.device)
        self.batch_starts = range(0, len(data.train_rows), settings.batch_size)
        self.let_go()

    def let_go(self) -> None:
        """Forget moments and captured graphs, and with them the memory they hold."""
        self.state: TrainingState | None = None
        self.eager = EagerStep(
            self.network,
            self.settings.weight_decay,
            self.precision,
            cycles_momentum=self.settings.cycle_momentum,
        )
        self.step: Step = self.eager

    def restore(self, state: TrainingState) -> None:
        """Take up weights and moments, and capture the step again where that is asked for."""
        self.let_go()
        self.network.load_state_dict(state.weights)
        self.eager.restore(state.optimizer)
        if self.device.type != "cuda" or not self.settings.cuda_graphs:
            return
        clips, batch_size = len(self.data.train_rows), self.settings.batch_size
        sizes = {batch_size, clips % batch_size or batch_size}
        rows = self.data.train_rows[:batch_size]
        self.network.train()
        example, log_mel = next(self.store.batches(rows, batch_size))
        self.step = captured_or_eager(self.eager, sizes, log_mel, self.targets[example])

    def pace(self, epoch: int, batch: int) -> tuple[float, float]:
        """Learning rate and momentum of a batch (from 0) of an epoch (from 1)."""
        per_epoch = len(self.batch_starts)
        step = (epoch - 1) * per_epoch + batch
        return one_cycle(step, self.settings.epochs * per_epoch, self.settings)

    def learn(self, epoch: int) -> tuple[float, float]:
        """Train through one epoch; its mean loss over clips, and the AP of its passes.

        Nothing here waits for the device before the epoch's last batch is under way.
        """
        order = _shuffled(self.data.train_rows, self.seed, epoch)
        _seed_dropout(self.device, _epoch_seed(self.seed, epoch, DROPOUT))
        losses = torch.zeros(len(self.batch_starts), device=self.device)
        logits = torch.empty((len(order), self.targets.shape[1]), device=self.device)
        targets = torch.empty(logits.shape, dtype=self.targets.dtype, device=self.device)
        self.network.train()
        batches = self.store.batches(order, self.settings.batch_size)
        for batch, (start, (rows, log_mel)) in enumerate(
            zip(self.batch_starts, batches, strict=True)
        ):
            here = slice(start, start + len(rows))
            targets[here] = self.targets.index_select(0, rows)
            losses[batch], logits[here] = self.step(
                log_mel, targets[here], *self.pace(epoch, batch)
            )
        self._check_losses(losses.cpu(), epoch)
        clips = torch.full((len(losses),), float(self.settings.batch_size))
        clips[-1] = len(order) - self.batch_starts[-1]
        loss = float((losses.cpu().double() * clips).sum() / len(order))
        return loss, pooled_average_precision(logits, targets)

    def validate(self, epoch: int) -> tuple[float, float]:
        """Loss and micro-averaged AP over the whole validation set, in evaluation mode."""
        rows = self.data.validation_rows
        if len(rows) == 0:
            return float("nan"), float("nan")
        self.network.eval()
        logits, targets = [], []
        # In float32: logits of bf16 tie, and the best epoch is chosen by their ranks.
        with torch.inference_mode():
            for batch_rows, log_mel in self.store.batches(rows, clips_at_once(self.device)):
                x = network_input(log_mel, self.network.memory_format)
                logits.append(self.network(x).float())
                targets.append(self.targets.index_select(0, batch_rows))
        scores, present = torch.cat(logits), torch.cat(targets)
        if not torch.isfinite(scores).all():
            raise TrainingError(
                f"The network gives NaN or infinite scores after epoch {epoch}: {REMEDY}"
            )
        loss = nn.functional.binary_cross_entropy_with_logits(scores, present.float())
        return float(loss), pooled_average_precision(scores, present)

    def _check_losses(self, losses: Tensor, epoch: int) -> None:
        """Refuse to go on after a loss that is not a finite number."""
        bad = torch.nonzero(~torch.isfinite(losses))
        if len(bad):
            batch = int(bad[0])
            raise TrainingError(
                f"The loss is {float(losses[batch])} in epoch {epoch}, batch {batch + 1} of "
                f"{len(losses)}, at learning rate {self.pace(epoch, batch)[0]:.3g}: {REMEDY}"
            )


def _next_epoch(run: _Run, state: TrainingState) -> TrainingState:
    """The state after one more epoch; where memory runs out, with fewer clips on the device."""
    while True:
        try:
            if run.state is not state:
                run.restore(state)
            run.state = _epoch(run, state)
            return run.state
        except torch.OutOfMemoryError:
            log.warning("Out of memory in epoch %d.", state.epoch + 1)
        # Only here, where the error no longer holds what was being computed.
        run.let_go()
        if not run.store.give_up_half():
            raise TrainingError(
                f"Out of memory in epoch {state.epoch + 1}, with no log-Mels left to move off "
                f"{run.device}: lower training.batch_size ({run.settings.batch_size}) or "
                "network.channels."
            )


def _epoch(run: _Run, state: TrainingState) -> TrainingState:
    """Train and validate once, and keep the weights if they are the best so far."""
    epoch = state.epoch + 1
    started = time.perf_counter()
    loss, train_ap = run.learn(epoch)
    learned = time.perf_counter()
    validation_loss, validation_ap = run.validate(epoch)
    row = EpochRow(
        epoch=epoch,
        loss=loss,
        train_ap=train_ap,
        validation_ap=validation_ap,
        validation_loss=validation_loss,
        learning_rate=run.pace(epoch, len(run.batch_starts) - 1)[0],
        seconds=time.perf_counter() - started,
        clips_per_s=len(run.data.train_rows) / (learned - started),
    )
    after = TrainingState(
        epoch=epoch,
        weights=_copied(run.network.state_dict()),
        optimizer=run.eager.state(),
        best_epoch=state.best_epoch,
        best_weights=state.best_weights,
        history=[*state.history, row],
    )
    best_so_far = max((past.validation_ap for past in state.history), default=float("-inf"))
    if state.best_epoch == 0 or validation_ap > best_so_far:
        return replace(after, best_epoch=epoch, best_weights=after.weights)
    return after


def _check(data: TrainingData, settings: TrainingSettings) -> None:
    """Refuse what cannot be trained, before anything is computed."""
    if settings.weights_used not in ("best", "last"):
        raise TrainingError(f"weights_used is {settings.weights_used!r}; it is 'best' or 'last'.")
    if settings.epochs == 0:
        return
    clips = len(data.train_rows)
    if clips < settings.batch_size:
        raise TrainingError(
            f"{clips} training clips are too few for one batch of {settings.batch_size}: lower "
            "training.batch_size, or see in the table of labels why clips were left out."
        )
    if settings.weights_used == "best" and not data.targets[data.validation_rows].any():
        raise TrainingError(
            f"weights_used is 'best', but none of {len(data.validation_rows)} validation clips "
            "has a label to judge by: raise the share of validation clips, or set weights_used: "
            "last."
        )


def _initial_state(network: nn.Module) -> TrainingState:
    """The state before the first epoch."""
    weights = _copied(network.state_dict())
    return TrainingState(epoch=0, weights=weights, optimizer={}, best_epoch=0, best_weights=weights)


def _copied(weights: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """A copy on the CPU that later steps do not change."""
    return {name: value.detach().to("cpu", copy=True) for name, value in weights.items()}


def _epoch_seed(seed: int, epoch: int, stream: int) -> int:
    """A seed of its own for each network, epoch and use."""
    return int(np.random.SeedSequence((seed, epoch, stream)).generate_state(1, np.uint64)[0] >> 1)


def _shuffled(rows: Tensor, seed: int, epoch: int) -> Tensor:
    """The rows in the epoch's order; drawn on the CPU, so the same for every device."""
    generator = torch.Generator().manual_seed(_epoch_seed(seed, epoch, SHUFFLING))
    return rows[torch.randperm(len(rows), generator=generator)]


def _seed_dropout(device: torch.device, seed: int) -> None:
    """Seed the generator that dropout draws from."""
    torch.default_generator.manual_seed(seed)
    if device.type == "cuda":
        torch.cuda.manual_seed(seed)


@contextmanager
def _arithmetic(device: torch.device, precision: str) -> Iterator[str]:
    """Arithmetic that repeats itself, and the global random state put back afterwards."""
    if device.type == "cpu":
        log.info("Training on the CPU in %s.", precision)
        with torch.random.fork_rng(devices=[]):
            yield precision
        return
    convolutions = repeatable_convolutions(device, precision)
    with torch.cuda.device(device), torch.random.fork_rng(devices=[device]), convolutions:
        log.info("Training on %s in %s.", torch.cuda.get_device_name(device), precision)
        yield precision
