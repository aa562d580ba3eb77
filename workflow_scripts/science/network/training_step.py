"""One step of training: forward, loss, backward, update; on CUDA captured as one graph.

The network is small: at 32 clips a GPU is done with a kernel before the next one is launched.
A captured graph launches the whole step at once.
"""

from __future__ import annotations

import contextlib
import copy
import logging
from collections.abc import Callable, Iterator

import torch
from torch import Tensor, nn
from torch.optim.adamw import adamw

log = logging.getLogger(__name__)

WARM_UP_STEPS = 2  # and one more, in which the host may not wait
ADAM_MOMENTUM = 0.9

Step = Callable[[Tensor, Tensor, float, float], tuple[Tensor, Tensor]]


def autocast(device: torch.device, precision: str) -> torch.autocast:
    """The context in which the network runs: bf16 or float32 arithmetic."""
    return torch.autocast(
        device.type, torch.bfloat16, enabled=precision == "bf16", cache_enabled=False
    )


@contextlib.contextmanager
def repeatable_convolutions(device: torch.device, precision: str) -> Iterator[None]:
    """On CUDA, convolutions that repeat themselves, and in float32 are no coarser than that.

    cuDNN would otherwise round the factors of a float32 product to 10 bits (TF32).
    """
    if device.type == "cpu":
        yield
        return
    with torch.backends.cudnn.flags(
        enabled=True, benchmark=False, deterministic=True, allow_tf32=precision == "bf16"
    ):
        yield


def network_input(log_mel: Tensor, memory_format: torch.memory_format) -> Tensor:
    """Float32 [clips, 1, 64, frames] of float16 log-Mels [clips, 64, frames]."""
    return log_mel.unsqueeze(1).float().contiguous(memory_format=memory_format)


class EagerStep:
    """A step whose operations are launched one by one.

    Args:
        network: on its device, in training mode.
        weight_decay: AdamW's.
        precision: 'float32' or 'bf16'.
        cycles_momentum: whether the momentum changes from step to step. On CUDA it then is a
            number on the device, which a captured graph reads in each step; the fused kernel
            takes none.
    """

    def __init__(
        self,
        network: nn.Module,
        weight_decay: float,
        precision: str,
        cycles_momentum: bool = False,
    ) -> None:
        self.network = network
        self.parameters = list(network.parameters())
        self.device = self.parameters[0].device
        self.weight_decay = weight_decay
        self.precision = precision
        on_cuda = self.device.type == "cuda"
        on_device = on_cuda and cycles_momentum
        self.learning_rate = torch.zeros((), device=self.device) if on_cuda else 0.0
        self.momentum = torch.zeros((), device=self.device) if on_device else ADAM_MOMENTUM
        self.moments: dict[int, dict[str, Tensor]] = {}

    def set_pace(self, learning_rate: float, momentum: float) -> None:
        """Learning rate and first beta of the coming step."""
        if isinstance(self.momentum, Tensor):
            self.momentum.fill_(momentum)
        else:
            self.momentum = momentum
        if isinstance(self.learning_rate, Tensor):
            self.learning_rate.fill_(learning_rate)
        else:
            self.learning_rate = learning_rate

    def update(self, log_mel: Tensor, targets: Tensor) -> tuple[Tensor, Tensor]:
        """Learn from one batch at the pace that is set; mean loss and logits of the batch."""
        self.network.zero_grad(set_to_none=True)
        x = network_input(log_mel, self.network.memory_format)
        with autocast(self.device, self.precision):
            logits = self.network(x)
        logits = logits.float()
        loss = nn.functional.binary_cross_entropy_with_logits(logits, targets.float())
        loss.backward()
        self.descend()
        return loss.detach(), logits.detach()

    @torch.no_grad()
    def descend(self) -> None:
        """Change the parameters by their gradients.

        By the function below `torch.optim.AdamW`: the class imports PyTorch's compiler, which takes
        more than a second of each training, and which nothing here uses.
        """
        numbers = [n for n, value in enumerate(self.parameters) if value.grad is not None]
        moments = [self._moments_of(number) for number in numbers]
        adamw(
            [self.parameters[number] for number in numbers],
            [self.parameters[number].grad for number in numbers],
            [moment["exp_avg"] for moment in moments],
            [moment["exp_avg_sq"] for moment in moments],
            [],
            [moment["step"] for moment in moments],
            foreach=False,
            fused=not isinstance(self.momentum, Tensor),
            capturable=self.device.type == "cuda",
            amsgrad=False,
            beta1=self.momentum,
            beta2=0.999,
            lr=self.learning_rate,
            weight_decay=self.weight_decay,
            eps=1e-8,
            maximize=False,
        )

    def _moments_of(self, number: int) -> dict[str, Tensor]:
        """AdamW's state of a parameter, laid out in memory as that is; zero at first."""
        if number not in self.moments:
            parameter = self.parameters[number]
            self.moments[number] = {
                "step": torch.zeros((), device=self.device),
                "exp_avg": torch.zeros_like(parameter),
                "exp_avg_sq": torch.zeros_like(parameter),
            }
        return self.moments[number]

    def __call__(
        self, log_mel: Tensor, targets: Tensor, learning_rate: float, momentum: float
    ) -> tuple[Tensor, Tensor]:
        """Learn from one batch.

        Args:
            log_mel: [batch, 64, frames], float16, on the device.
            targets: [batch, classes], bool, on the device.
            learning_rate: of this step.
            momentum: AdamW's first beta in this step.

        Returns:
            Mean loss, and logits [batch, classes] in float32, before the update.
        """
        self.set_pace(learning_rate, momentum)
        return self.update(log_mel, targets)

    def state(self) -> dict[int, dict[str, Tensor]]:
        """The optimizer's moments and step counts, per parameter, copied to the CPU."""
        return {
            number: {name: value.to("cpu", copy=True) for name, value in moments.items()}
            for number, moments in self.moments.items()
        }

    def restore(self, state: dict[int, dict[str, Tensor]]) -> None:
        """Take up an optimizer state."""
        self.moments.clear()
        for number, saved in state.items():
            for name, value in self._moments_of(number).items():
                value.copy_(saved[name])


class CapturedStep:
    """The same step as one CUDA graph for each batch size; its buffers stay where they are.

    Args:
        eager: the step to capture. Its weights and moments are as before when this returns.
        batch_sizes: the batch sizes that will come.
        log_mel, targets: any batch at least as large as the largest size.
    """

    def __init__(
        self, eager: EagerStep, batch_sizes: set[int], log_mel: Tensor, targets: Tensor
    ) -> None:
        self.eager = eager
        self._graphs: dict[int, tuple[torch.cuda.CUDAGraph, Tensor, Tensor, Tensor, Tensor]] = {}
        before = copy.deepcopy(eager.network.state_dict())
        moments = eager.state()
        eager.set_pace(0.0, ADAM_MOMENTUM)
        try:
            for size in sorted(batch_sizes, reverse=True):
                self._graphs[size] = self._capture(log_mel[:size].clone(), targets[:size].clone())
        finally:
            eager.network.load_state_dict(before)
            self._rewind(moments)

    def _capture(
        self, log_mel: Tensor, targets: Tensor
    ) -> tuple[torch.cuda.CUDAGraph, Tensor, Tensor, Tensor, Tensor]:
        """The graph for one batch size, its two inputs and two outputs."""
        side = torch.cuda.Stream()
        side.wait_stream(torch.cuda.current_stream())
        try:
            with torch.cuda.stream(side):
                for _ in range(WARM_UP_STEPS):
                    self.eager.update(log_mel, targets)
                # A capture that fails leaves its stream unusable; what makes it fail shows here.
                with waiting_refused():
                    self.eager.update(log_mel, targets)
        finally:
            torch.cuda.current_stream().wait_stream(side)
        self.eager.network.zero_grad(set_to_none=True)
        graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(graph):
            loss, logits = self.eager.update(log_mel, targets)
        return graph, log_mel, targets, loss, logits

    def _rewind(self, moments: dict[int, dict[str, Tensor]]) -> None:
        """Put the optimizer's state back, in the very tensors that the graphs write to."""
        for number, values in self.eager.moments.items():
            for name, value in values.items():
                if number in moments:
                    value.copy_(moments[number][name])
                else:
                    value.zero_()

    def __call__(
        self, log_mel: Tensor, targets: Tensor, learning_rate: float, momentum: float
    ) -> tuple[Tensor, Tensor]:
        """Learn from one batch; arguments and results as in EagerStep.

        The results are overwritten by the next call. A momentum that the eager step does not cycle
        is fixed in the graph.
        """
        graph, log_mel_buffer, targets_buffer, loss, logits = self._graphs[len(log_mel)]
        log_mel_buffer.copy_(log_mel)
        targets_buffer.copy_(targets)
        self.eager.set_pace(learning_rate, momentum)
        graph.replay()
        return loss, logits


@contextlib.contextmanager
def waiting_refused() -> Iterator[None]:
    """Raise a RuntimeError where the host would wait for the CUDA device."""
    before = torch.cuda.get_sync_debug_mode()
    torch.cuda.set_sync_debug_mode("error")
    try:
        yield
    finally:
        torch.cuda.set_sync_debug_mode(before)


def captured_or_eager(
    eager: EagerStep, batch_sizes: set[int], log_mel: Tensor, targets: Tensor
) -> Step:
    """The captured step, or the eager one where it cannot be captured; said in the log."""
    stream = torch.cuda.current_stream()
    try:
        step = CapturedStep(eager, batch_sizes, log_mel, targets)
    except torch.OutOfMemoryError:
        raise
    except RuntimeError as error:
        # A capture that was broken off stays on its stream, and says only that it was.
        torch.cuda.set_stream(stream)
        cause = error.__context__ or error
        log.warning(
            "The step cannot be captured as a CUDA graph (%s); training goes on without, slower.",
            str(cause).partition("\n")[0],
        )
        return eager
    log.info("Whole steps run as CUDA graphs, one for each batch size: %s.", sorted(batch_sizes))
    return step
