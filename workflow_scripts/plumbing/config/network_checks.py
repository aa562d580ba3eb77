"""Checks of the section `network` of a configuration: the paper's network, or a user's own."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from importlib.machinery import PathFinder
from importlib.util import find_spec
from pathlib import Path

from plumbing.config.settings import refuse
from science.sound.settings import LogMelSettings

PAPER = "paper"  # as in science.network.cnn, which would load PyTorch
PROJECT = Path(__file__).resolve().parents[3]
FOR_OWN_ALONE = ("feature_layer", "layers", "arguments")
LAYERS_OF_PAPER = ("conv1", "conv2", "conv3", "conv4")
# What an own network is tried with; how many a corpus has is not known before its tables are there.
CLASSES_TO_TRY = 10


def own_folders() -> list[Path]:
    """Where a user's module may lie: beside the Snakefile, or where Snakemake runs."""
    return [PROJECT, Path.cwd()]


def layers_of(network: Mapping) -> tuple[list[str], str]:
    """The layers of the section's network in order, and the one among them that is analysed."""
    if network["class"] == PAPER:
        return [*LAYERS_OF_PAPER], LAYERS_OF_PAPER[-1]
    analysed = network["feature_layer"]
    return list(dict.fromkeys([*network["layers"], analysed])), analysed


def check_own_network(config: Mapping) -> None:
    """Refuse a user's own network that cannot be made, or does not take these log-Mels.

    Apart from the other checks, as it loads PyTorch: once before a run, not before every job.

    Raises:
        ConfigError: What is wrong with it.
    """
    if config["network"]["class"] == PAPER:
        return
    settings = LogMelSettings(**config["logmel"])
    sys.path += map(str, own_folders())
    refuse(own_network_problems(config["network"], settings.bands, settings.frames))


def network_problems(network: Mapping) -> list[str]:
    """What is wrong with the network's section, as far as can be told without making it.

    Returns:
        One sentence for each problem, with the option's path.
    """
    if network["class"] == PAPER:
        return [
            f"network.{key}: the paper's network has no such choice; leave it out, or name a "
            f"network of your own (network.class: module:Class)"
            for key in FOR_OWN_ALONE
            if network[key]
        ]
    problems = []
    module = network["class"].partition(":")[0]
    top = module.partition(".")[0]
    if PathFinder.find_spec(top, [*map(str, own_folders())]) is None and find_spec(top) is None:
        problems.append(
            f"network.class: there is no module {top} beside the Snakefile, or on PYTHONPATH; put "
            f"{top}.py there, or correct the name"
        )
    if not network["feature_layer"]:
        problems.append(
            "network.feature_layer: name the submodule of your own network whose output is its "
            "features"
        )
    return problems


def own_network_problems(network: Mapping, bands: int, frames: int) -> list[str]:
    """What is wrong with a user's own network, found by making it and passing two clips through.

    Where PyTorch is not installed, as beside environments of Conda that only jobs have, nothing
    can be said.

    Returns:
        One sentence, or none.
    """
    try:
        import torch

        from science.network.cnn import NetworkSettings, build_network
        from science.network.layers import layers_taken
    except ImportError:
        return []
    try:
        made = build_network(NetworkSettings.from_section(network), CLASSES_TO_TRY, seed=0).eval()
        layers, analysed = layers_of(network)
        others = [layer for layer in layers if layer != analysed]
        with torch.inference_mode(), layers_taken(made, others) as of_layers:
            _, logits = made.features_and_logits(torch.zeros(2, 1, bands, frames))
            of_layers()
    except Exception as error:  # whatever a user's code may raise
        words = str(error) if isinstance(error, ValueError) else f"{type(error).__name__}: {error}"
        return [
            f"network: {network['class']} cannot be made, or take log-Mels of {bands} bands and "
            f"{frames} frames: {words}"
        ]
    if tuple(logits.shape) != (2, CLASSES_TO_TRY):
        return [
            f"network.class: {network['class']} made with classes={CLASSES_TO_TRY} gives outputs "
            f"of shape {tuple(logits.shape)} for two clips, not (2, {CLASSES_TO_TRY})"
        ]
    return []
