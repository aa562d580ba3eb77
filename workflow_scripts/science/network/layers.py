"""Responses of a network's other layers, taken in the pass that gives its features.

A layer's units are its channels, as those of the features are: what the layer gives is averaged
over all that follows the channels, which are bands and frames.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial

from torch import Tensor, nn

from science.network.cnn import MusicDetectorCNN

# A convolution of the paper's network answers after normalisation and rectification. Pooling by
# the largest comes next there; a rectified largest is the largest rectified.
NORMALISED = {f"conv{number}": f"norm{number}" for number in range(1, 5)}


@contextmanager
def layers_taken(network: nn.Module, layers: Sequence[str]) -> Iterator[Callable[[], list[Tensor]]]:
    """Take the responses of layers in every pass through a network, until the block ends.

    Args:
        network: From `build_network`.
        layers: Names: conv1 ... conv4 of the paper's network, submodules of a user's own.

    Yields:
        A function to call after a pass: the responses [clips, units] of each layer.

    Raises:
        ValueError: There is no such layer; in the call, or in a pass: a layer did not run once, or
            gave no tensor of a row per clip.
    """
    taken: dict[str, Tensor] = {}
    handles = [
        _module_of(network, layer).register_forward_hook(partial(_take, taken, layer, network))
        for layer in layers
    ]

    def of_pass() -> list[Tensor]:
        for layer in layers:
            if layer not in taken:
                raise ValueError(_refusal(layer, "did not run"))
        return [taken.pop(layer) for layer in layers]

    try:
        yield of_pass
    finally:
        for handle in handles:
            handle.remove()


def _module_of(network: nn.Module, layer: str) -> nn.Module:
    if isinstance(network, MusicDetectorCNN):
        inside, name, known = network, NORMALISED.get(layer, ""), list(NORMALISED)
    else:
        inside, name = network.network, layer
        known = [of_own for of_own, _ in inside.named_modules() if of_own]
    if not name or name not in dict(inside.named_modules()):
        raise ValueError(
            f"network.layers names {layer!r}, but {type(inside).__name__} has no such layer. It "
            f"has: {', '.join(known)}."
        )
    return inside.get_submodule(name)


def _take(
    taken: dict[str, Tensor],
    layer: str,
    network: nn.Module,
    module: nn.Module,
    inputs: object,
    output: object,
) -> None:
    """Keep a layer's output [clips, channels, ...] as responses [clips, channels]."""
    if not isinstance(output, Tensor) or output.ndim < 2:
        raise ValueError(_refusal(layer, "gives no tensor of a row per clip"))
    if layer in taken:
        raise ValueError(_refusal(layer, "runs more than once"))
    if isinstance(network, MusicDetectorCNN):
        # In place: a further tensor of this size would cost four times as much as all else here.
        output = output.relu_()
    # At once, as what comes next may write over the output.
    taken[layer] = output.mean(dim=tuple(range(2, output.ndim))) if output.ndim > 2 else +output


def _refusal(layer: str, why: str) -> str:
    return (
        f"The layer {layer!r} (network.layers) {why} in one pass; name one that runs once and "
        f"gives a tensor [clips, channels, ...]."
    )
