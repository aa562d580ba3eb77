"""Weights that a network takes instead of training: a user's own, or others' in another order."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
import torch
from torch import Tensor, nn

from science.network.cnn import OwnNetwork

MOST_NAMED = 5  # in an error
COUNTER = "num_batches_tracked"  # of batch normalisation; nothing depends on it in evaluation


def permuted_weights(
    weights: Mapping[str, Tensor], draw: Callable[[str], np.random.Generator]
) -> dict[str, Tensor]:
    """Every tensor's own values in an order that is drawn; whole numbers stay as they are.

    The control of Tuckute et al. (PLoS Biol. 21:e3002366, 2023): the values of each block of
    parameters are those of a trained network, and nothing else of what it learned is left.

    Args:
        weights: A state_dict.
        draw: Gives a generator for the name of a tensor.
    """
    return {
        name: _permuted(value, draw(name)) if value.is_floating_point() else value
        for name, value in weights.items()
    }


def _permuted(value: Tensor, generator: np.random.Generator) -> Tensor:
    order = torch.from_numpy(generator.permutation(value.numel()))
    return value.flatten()[order].reshape(value.shape)


def take_weights(
    network: nn.Module,
    weights: Mapping[str, Tensor],
    example: Tensor,
    same_classes: bool = True,
) -> tuple[list[str], bool]:
    """Load weights into a network in place, as far as its features depend on them.

    A part of the network may be missing from the weights, or have another shape there, where the
    features do not depend on it, as the classes' layer of a network that was trained for something
    else: it stays as it is. Weights that the network has no place for are left.

    Args:
        network: From ``build_network``.
        weights: A state_dict of the network, or of a user's own module in it.
        example: An input of two clips, to see what the features depend on.
        same_classes: Whether the weights are for these classes; else all that the features do not
            depend on stays as it is.

    Returns:
        The names of what was not taken, and whether the network's scores of classes depend on none
        of it.

    Raises:
        ValueError: Something that the features depend on is missing, or has another shape; the
            message names it.
    """
    inner = network.network if isinstance(network, OwnNetwork) else network
    target = max((inner, network), key=lambda one: len(weights.keys() & one.state_dict().keys()))
    own, (used, used_by_scores) = target.state_dict(), _used(network, target, example)
    needed = [name for name in own if name in used and name not in weights]
    shapes = [
        f"{name} is {list(weights[name].shape)}, and {list(value.shape)} in the network"
        for name, value in own.items()
        if name in used and name in weights and weights[name].shape != value.shape
    ]
    if needed or shapes:
        missing = [f"missing: {_some(needed)}"] if needed else []
        others = f"; the file has {_some([name for name in weights if name not in own])}"
        unused = others if needed and weights.keys() - own.keys() else ""
        raise ValueError("; ".join([*missing, *shapes[:MOST_NAMED]]) + unused)
    taken = {
        name: weights[name]
        for name, value in own.items()
        if name in weights and weights[name].shape == value.shape and (same_classes or name in used)
    }
    target.load_state_dict(own | taken)
    left = [name for name in own if name not in taken and not name.endswith(COUNTER)]
    return left, used_by_scores.isdisjoint(left)


def _used(network: nn.Module, target: nn.Module, example: Tensor) -> list[set[str]]:
    """The target's parameters and buffers that features depend on, and that scores depend on."""
    was_training = network.training
    outputs = network.eval().features_and_logits(example)
    network.train(was_training)
    return [_behind(output, target) for output in outputs]


def _behind(output: Tensor, target: nn.Module) -> set[str]:
    parameters = dict(target.named_parameters())
    if not output.requires_grad:  # it cannot be told
        return {name for name in target.state_dict() if not name.endswith(COUNTER)}
    known = {name: value for name, value in parameters.items() if value.requires_grad}
    gradients = torch.autograd.grad(
        output.sum(), list(known.values()), retain_graph=True, allow_unused=True
    )
    unused = {name for name, gradient in zip(known, gradients, strict=True) if gradient is None}

    def is_unused(name: str) -> bool:
        if name in parameters:
            return name in unused
        # A buffer has no gradient: it goes with the parameters beside it.
        module = name.rpartition(".")[0]
        beside = {one for one in parameters if one.rpartition(".")[0] == module}
        return bool(beside) and beside <= unused

    return {name for name in target.state_dict() if not (is_unused(name) or name.endswith(COUNTER))}


def _some(names: list[str]) -> str:
    further = len(names) - MOST_NAMED
    return ", ".join(names[:MOST_NAMED]) + (f" and {further} more" if further > 0 else "")
