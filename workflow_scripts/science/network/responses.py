"""Responses of a network's units, and its class scores, to any stimuli; one pass gives both."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

import numpy as np
import torch
from torch import Tensor, nn

from science.network.layers import layers_taken
from science.network.training_step import autocast, network_input, repeatable_convolutions

IN_FLIGHT = 2  # batches under way on a GPU: one computes while the next is copied


def record_responses(
    network: nn.Module,
    batches: Iterable[Tensor],
    device: torch.device | str = "cpu",
    precision: str = "float32",
    layers: Sequence[str] = (),
) -> Iterator[tuple[np.ndarray, ...]]:
    """Features and logits of each batch, in evaluation mode, and what other layers respond.

    Args:
        network: from ``build_network`` or ``load_network``; put on the device in passing, and
            back into the mode it was in at the end.
        batches: log-Mels [clips, 64, frames], float16 or float32, on the CPU, best of
            ``clips_at_once(device)`` clips.
        device: where to compute.
        precision: 'float32' or 'bf16'.
        layers: names of the other layers that are wanted (`layers_taken`).

    Yields:
        Features [clips, units] (256 pooled responses in the paper's network), logits [clips,
        classes] and the responses [clips, channels] of each layer in `layers`, all float32, in the
        order of the batches. Logits in float16 would tie, and move the average precision of a rare
        class by 0.02.

    Raises:
        ValueError: there is no such layer.
    """
    device = torch.device(device)
    was_training = network.training
    network.to(device=device, memory_format=network.memory_format).eval()
    copying = torch.cuda.Stream(device) if device.type == "cuda" else None
    under_way: deque[tuple[list[Tensor], torch.cuda.Event | None]] = deque()
    try:
        with layers_taken(network, layers) as of_layers:
            for log_mel in batches:
                here = _upload(log_mel, device, copying)
                under_way.append(_respond(network, here, device, precision, of_layers))
                if copying is None or len(under_way) == IN_FLIGHT:
                    yield _finished(*under_way.popleft())
            while under_way:
                yield _finished(*under_way.popleft())
    finally:
        network.train(was_training)


def record_features(
    network: nn.Module, log_mels: Iterable[np.ndarray], device: torch.device | str = "cpu"
) -> Iterator[np.ndarray]:
    """Features alone, of log-Mels [clips, bands, frames] as arrays; see `record_responses`."""
    batches = map(torch.from_numpy, log_mels)
    return (features for features, _ in record_responses(network, batches, device))


def record_features_of_each(
    networks: Mapping[int, nn.Module],
    log_mels: Iterable[np.ndarray],
    device: torch.device | str = "cpu",
) -> dict[int, np.ndarray]:
    """Features [clips, units] of several networks, by their keys; every log-Mel is read once."""
    parts: dict[int, list[np.ndarray]] = {key: [] for key in networks}
    for log_mel in log_mels:
        for key, network in networks.items():
            parts[key] += record_features(network, [log_mel], device)
    return {key: np.concatenate(part) if part else np.empty((0, 0)) for key, part in parts.items()}


def _upload(log_mel: Tensor, device: torch.device, copying: torch.cuda.Stream | None) -> Tensor:
    """The batch on the device; on CUDA copied beside what is being computed."""
    if copying is None:
        return log_mel
    with torch.cuda.stream(copying):
        here = log_mel.pin_memory().to(device, non_blocking=True)
    current = torch.cuda.current_stream(device)
    current.wait_stream(copying)
    here.record_stream(current)
    return here


def _respond(
    network: nn.Module,
    log_mel: Tensor,
    device: torch.device,
    precision: str,
    of_layers: Callable[[], list[Tensor]],
) -> tuple[list[Tensor], torch.cuda.Event | None]:
    """What is wanted of a pass on its way to the CPU, and on CUDA the event of its arrival."""
    exact = repeatable_convolutions(device, precision)
    with torch.inference_mode(), autocast(device, precision), exact:
        x = network_input(log_mel, network.memory_format)
        results = [*network.features_and_logits(x), *of_layers()]
        results = [result.float() for result in results]
    if device.type == "cpu":
        return results, None
    results = [
        torch.empty(result.shape, dtype=result.dtype, pin_memory=True).copy_(
            result, non_blocking=True
        )
        for result in results
    ]
    return results, torch.cuda.current_stream(device).record_event()


def _finished(results: list[Tensor], arrived: torch.cuda.Event | None) -> tuple[np.ndarray, ...]:
    """The results as arrays, once they have arrived."""
    if arrived is not None:
        arrived.synchronize()
    return tuple(result.numpy() for result in results)
