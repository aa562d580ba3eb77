"""Responses of a network's units, and its class scores, to any stimuli; one pass gives both."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np
import torch
from torch import Tensor, nn

from science.training_step import autocast, network_input


def record_responses(
    network: nn.Module,
    batches: Iterable[Tensor],
    device: torch.device | str = "cpu",
    precision: str = "float32",
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Features and logits of each batch, in evaluation mode.

    Args:
        network: from ``build_network`` or ``load_network``; put on the device in passing, and
            back into the mode it was in at the end.
        batches: log-Mels [clips, 64, frames], float16 or float32.
        device: where to compute.
        precision: 'float32' or 'bf16'.

    Yields:
        Features [clips, units] in float32 (256 pooled responses in the paper's network) and
        logits [clips, classes] in float16, in the order of the batches.
    """
    device = torch.device(device)
    was_training = network.training
    network.to(device=device, memory_format=network.memory_format).eval()
    try:
        for log_mel in batches:
            with torch.inference_mode(), autocast(device, precision):
                x = network_input(log_mel.to(device), network.memory_format)
                features, logits = network.features_and_logits(x)
                yield features.float().cpu().numpy(), logits.half().cpu().numpy()
    finally:
        network.train(was_training)
