"""Weights of trained networks, and the points from which a training can go on.

Both are files of ``torch.save`` that hold plain values and tensors alone, so that
``torch.load(weights_only=True)`` reads them. They are written beside their place and renamed: a
kill or a full disk leaves the previous file as it was.
"""

from __future__ import annotations

import io
import platform
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import torch

from science.network.cnn import NetworkSettings, build_network
from science.network.training_state import TrainingState
from storage.whole_files import whole_file


class ResumePointError(ValueError):
    """The resume point cannot be used; the message says why. Training starts over."""


def save_resume_point(path: Path, state: TrainingState, digest: Mapping[str, str]) -> None:
    """Write the state after an epoch, with what it belongs to.

    Args:
        path: replaced as a whole, or left as it was.
        state: as handed to ``on_epoch``.
        digest: digests by name, such as settings, code and data.

    Raises:
        OSError: the disk is full, or does not take the file for another reason.
    """
    content = {"digest": dict(digest), "state": state.as_plain()}
    save_content(path, content)


def load_resume_point(path: Path, digest: Mapping[str, str]) -> TrainingState | None:
    """The state to go on from, or None where there is no file.

    Raises:
        ResumePointError: the file belongs to other settings, code or data, or is damaged.
    """
    if not Path(path).exists():
        return None
    try:
        content = _load(path)
        kept, state = content["digest"], TrainingState.from_plain(content["state"])
    except Exception as error:  # torch, pickle and zipfile each raise their own kinds
        first_line = str(error).partition("\n")[0]
        raise ResumePointError(
            f"{path} is not a readable resume point ({first_line}); training starts over."
        ) from error
    changed = [name for name in {**kept, **digest} if kept.get(name) != digest.get(name)]
    if changed:
        raise ResumePointError(
            f"{path} belongs to other {' and '.join(changed)}; training starts over."
        )
    return state


def save_network(
    path: Path,
    weights: Mapping[str, torch.Tensor],
    settings: NetworkSettings,
    classes: list[str],
    made_from: Mapping[str, Any],
) -> None:
    """Write a network's weights with all that is needed to build it again.

    Args:
        path: the file.
        weights: its state_dict.
        settings: of its shape.
        classes: names of its outputs, in order.
        made_from: what made it (training settings, seed, epoch, digests, ...): plain values.
    """
    weights = {name: value.detach().cpu().contiguous() for name, value in weights.items()}
    described = describe_network(settings, classes, made_from)
    save_content(path, {"weights": weights, **described})


def describe_network(
    settings: NetworkSettings, classes: Sequence[str], made_from: Mapping[str, Any]
) -> dict[str, Any]:
    """What stands beside weights in a file, so that the network can be built again."""
    return {
        "network": _plain(asdict(settings)),
        "classes": list(classes),
        "made_from": _plain(made_from),
        "versions": {"python": platform.python_version(), "torch": str(torch.__version__)},
    }


def read_network_file(path: Path, holds: Sequence[str] = ("weights",)) -> dict[str, Any]:
    """All that ``save_network`` wrote: weights, network, classes, made_from, versions.

    Args:
        path: the file.
        holds: what it has to hold, beside the network's description.

    Raises:
        ValueError: the file is damaged or something else.
    """
    try:
        content = _load(path)
    except FileNotFoundError:
        raise
    except Exception as error:  # torch, pickle and zipfile each raise their own kinds
        first_line = str(error).partition("\n")[0]
        raise ValueError(
            f"{path} is not a readable file of weights ({first_line}); delete it and run again."
        ) from error
    missing = {*holds, "network", "classes"} - set(content)
    if missing:
        raise ValueError(
            f"{path} was not written by save_network: it lacks {', '.join(sorted(missing))}."
        )
    return content


def read_weights(path: Path) -> tuple[dict[str, torch.Tensor], list[str] | None]:
    """A state_dict that someone else wrote, or ``save_network``, without running what is in it.

    Args:
        path: A file of ``torch.save``: a state_dict, or a mapping that holds one.

    Returns:
        The state_dict, and the names of its outputs where ``save_network`` wrote the file.

    Raises:
        ValueError: It is none, or holds several.
    """
    try:
        content = _load(path)
    except Exception as error:  # torch, pickle and zipfile each raise their own kinds
        first_line = str(error).partition("\n")[0]
        raise ValueError(
            f"{path} cannot be read as weights alone ({first_line}); save the network's "
            f"state_dict() with torch.save"
        ) from error
    found = [content] if _is_state_dict(content) else []
    if not found and isinstance(content, Mapping):
        found = [part for part in content.values() if _is_state_dict(part)]
    if len(found) != 1:
        raise ValueError(
            f"{path} holds {len(found) or 'no'} state_dict{'s' if found else ''}; save the one of "
            f"the network alone, with torch.save"
        )
    return dict(found[0]), content.get("classes") if "made_from" in content else None


def _is_tensor(value: object) -> bool:
    """Whether this is a tensor that has all its numbers in memory, and not one for all."""
    if not isinstance(value, torch.Tensor) or value.layout != torch.strided or value.is_meta:
        return False
    return value.numel() * value.element_size() <= value.untyped_storage().nbytes()


def _is_state_dict(content: object) -> bool:
    return isinstance(content, Mapping) and bool(content) and all(map(_is_tensor, content.values()))


def load_network(path: Path) -> torch.nn.Module:
    """The network of a file, on the CPU, in evaluation mode.

    Raises:
        ValueError: the file is damaged, or its weights do not fit the network it names.
    """
    return network_from(read_network_file(path), path)


def network_from(content: Mapping[str, Any], path: Path) -> torch.nn.Module:
    """The network that a file's content describes; as ``load_network``."""
    settings = NetworkSettings(
        **{**content["network"], "channels": tuple(content["network"]["channels"])}
    )
    network = build_network(settings, len(content["classes"]), seed=0)
    try:
        network.load_state_dict(content["weights"])
    except RuntimeError as error:
        raise ValueError(
            f"{path}: the weights do not fit {settings.class_name}: {error}"
        ) from error
    return network.eval()


def read_layers(path: Path, names: Sequence[str]) -> list[np.ndarray] | None:
    """Weights of a stored network by name, float32; None for a network that lacks one of them."""
    weights = read_network_file(path)["weights"]
    if not set(names) <= set(weights):
        return None
    return [weights[name].float().numpy() for name in names]


def has_scores(path: Path) -> bool:
    """Whether a stored network's scores of classes are its own.

    Not so where its weights were trained for other classes elsewhere: the layer of these classes
    is as it was initialised.
    """
    return bool(read_network_file(path).get("made_from", {}).get("scores_taken", True))


def save_content(path: Path, content: Mapping[str, Any]) -> None:
    """Write plain values and tensors with ``torch.save``.

    It is done by way of memory: a full disk then raises an OSError.
    """
    buffer = io.BytesIO()
    torch.save(content, buffer)
    with whole_file(path) as beside, buffer.getbuffer() as packed, beside.open("wb") as file:
        file.write(packed)


def _load(path: Path) -> Any:
    """What ``torch.save`` wrote; ``torch.load`` itself looks at no checksum of the numbers.

    Raises:
        ValueError: A byte is not as it was written; other kinds for other damage.
    """
    if zipfile.is_zipfile(path):  # what others saved may be of PyTorch's older form
        with zipfile.ZipFile(path) as parts:
            # torch.load believes any size, and testzip() unpacks.
            if sum(part.file_size for part in parts.infolist()) > Path(path).stat().st_size:
                raise ValueError("its tensors are packed, as torch.save packs none")
            if part := parts.testzip():
                raise ValueError(f"{part} in it is not as it was written")
    return torch.load(path, map_location="cpu", weights_only=True)


def _plain(value: Any) -> Any:
    """The value with mappings as dicts and sequences as lists, which weights_only allows."""
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if value is None or isinstance(value, bool | int | float | str | torch.Tensor):
        return value
    raise TypeError(f"{value!r} cannot be stored with weights: give plain values.")
