"""The convolutional network of Kim, Kim & Jeong (2024, Methods), and the door for a user's own.

Every network that is trained and analysed here offers two calls: ``forward`` (log-Mel to logits)
and ``features_and_logits`` (both in one pass).
"""

from __future__ import annotations

import importlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor, nn

from science.sound.settings import LogMelSettings

PAPER = "paper"
FEWEST_BANDS, FEWEST_FRAMES = 63, 121  # fewer leave nothing after the fourth convolution


def clips_at_once(device: torch.device | str) -> int:
    """Clips for one forward pass without gradients: as many as a device is fast with."""
    return 256 if torch.device(device).type == "cuda" else 32


class Dropout(nn.Dropout):
    """Dropout whose random bits cost a fifth of PyTorch's on the CPU, where drawing is serial.

    Each 64 random bits decide about four values, so the probability is rounded to 1/65536.
    """

    def forward(self, x: Tensor) -> Tensor:
        """While training: each value set to zero with probability p, or divided by 1 - p."""
        if not self.training or self.p == 0 or x.device.type != "cpu":
            return super().forward(x)
        bits = torch.empty((x.numel() + 3) // 4, dtype=torch.int64).random_(-(2**63), None)
        uniform = bits.view(torch.int16)[: x.numel()]
        kept = (uniform >= round(self.p * 2**16) - 2**15).to(x.dtype).div_(1 - self.p)
        return x * torch.as_strided(kept, x.shape, torch.empty_like(x).stride())


class MusicDetectorCNN(nn.Module):
    """Four convolutions, global average pooling and two linear layers.

    No convolution has a bias or padding. With 527 classes: 1,278,191 parameters and about
    0.48 GFLOP forward for a 10-s clip (64 bands, 802 frames).

    Args:
        classes: number of labels, the width of the output.
        channels: channels of the four convolutions; the last is the number of features.
        hidden: width of the layer between features and logits.
        dropout: probability of setting a value to zero while training.
    """

    memory_format = torch.channels_last  # 1.4 times faster on the CPU, and what CUDA prefers

    def __init__(
        self,
        classes: int,
        channels: Sequence[int] = (32, 64, 128, 256),
        hidden: int = 256,
        dropout: float = 0.2,
    ) -> None:
        super().__init__()
        first, second, third, fourth = channels
        self.conv1 = nn.Conv2d(1, first, kernel_size=5, stride=(2, 4), bias=False)
        self.norm1 = nn.BatchNorm2d(first)
        self.conv2 = nn.Conv2d(first, second, kernel_size=5, bias=False)
        self.norm2 = nn.BatchNorm2d(second)
        self.conv3 = nn.Conv2d(second, third, kernel_size=5, bias=False)
        self.norm3 = nn.BatchNorm2d(third)
        self.conv4 = nn.Conv2d(third, fourth, kernel_size=5, bias=False)
        self.norm4 = nn.BatchNorm2d(fourth)
        self.pool_by_2 = nn.MaxPool2d(kernel_size=2, stride=2)
        self.pool_by_1 = nn.MaxPool2d(kernel_size=2, stride=1)
        self.relu = nn.ReLU(inplace=True)
        self.dropout = Dropout(dropout)
        self.hidden = nn.Linear(fourth, hidden)
        self.output = nn.Linear(hidden, classes)

    def pooled(self, log_mel: Tensor) -> Tensor:
        """Responses of the last convolution's units, averaged over bands and frames.

        Args:
            log_mel: [clips, 1, 64, frames], in dB.

        Returns:
            [clips, 256]: the features that are compared in the paper.
        """
        bands, frames = log_mel.shape[-2:]
        if bands < FEWEST_BANDS or frames < FEWEST_FRAMES:
            raise ValueError(
                f"The network takes log-Mels of at least {FEWEST_BANDS} bands and {FEWEST_FRAMES} "
                f"frames, not {bands} and {frames}: raise logmel.bands, or use longer clips."
            )
        # The paper rectifies before pooling; after it there are fewer numbers, with equal result.
        x = self.norm1(self.conv1(log_mel))  # [clips, 32, 30, 200] of 802 frames
        x = self.dropout(self.relu(self.pool_by_2(x)))  # [clips, 32, 15, 100]
        x = self.norm2(self.conv2(x))  # [clips, 64, 11, 96]
        x = self.relu(self.pool_by_1(x))  # [clips, 64, 10, 95]
        x = self.norm3(self.conv3(x))  # [clips, 128, 6, 91]
        x = self.dropout(self.relu(self.pool_by_1(x)))  # [clips, 128, 5, 90]
        x = self.norm4(self.conv4(x))  # [clips, 256, 1, 86]
        return self.dropout(self.relu(x)).mean(dim=(2, 3))  # [clips, 256]

    def classify(self, features: Tensor) -> Tensor:
        """Logits [clips, classes] of pooled features [clips, 256]."""
        return self.output(self.dropout(self.relu(self.hidden(features))))

    def forward(self, log_mel: Tensor) -> Tensor:
        """Logits [clips, classes] of log-Mels [clips, 1, 64, frames]."""
        return self.classify(self.pooled(log_mel))

    def features_and_logits(self, log_mel: Tensor) -> tuple[Tensor, Tensor]:
        """Pooled features [clips, 256] and logits [clips, classes], in one pass."""
        features = self.pooled(log_mel)
        return features, self.classify(features)


class OwnNetwork(nn.Module):
    """A user's network with one of its layers named as the features.

    Args:
        network: maps [clips, 1, 64, frames] to logits [clips, classes].
        feature_layer: name of the layer, as in ``network.named_modules()``, whose output,
            flattened to [clips, units], is analysed.
    """

    memory_format = torch.contiguous_format  # its layers may call view(), which wants this one

    def __init__(self, network: nn.Module, feature_layer: str) -> None:
        super().__init__()
        layers = dict(network.named_modules())
        layers.pop("", None)
        if feature_layer not in layers:
            raise ValueError(
                f"network.feature_layer is {feature_layer!r}, but {type(network).__name__} has no "
                f"such layer. It has: {', '.join(layers)}."
            )
        self.network = network
        self.feature_layer = feature_layer

    def forward(self, log_mel: Tensor) -> Tensor:
        """Logits [clips, classes] of log-Mels [clips, 1, 64, frames]."""
        return self.network(log_mel)

    def features_and_logits(self, log_mel: Tensor) -> tuple[Tensor, Tensor]:
        """The feature layer's output [clips, units] and logits [clips, classes], in one pass."""
        outputs: list[Tensor] = []
        layer = self.network.get_submodule(self.feature_layer)
        handle = layer.register_forward_hook(lambda module, inputs, out: outputs.append(out))
        try:
            logits = self.network(log_mel)
        finally:
            handle.remove()
        if len(outputs) != 1 or not isinstance(outputs[0], Tensor):
            raise ValueError(
                f"The layer {self.feature_layer!r} (network.feature_layer) ran {len(outputs)} "
                "times in one pass, or gave no tensor; name one that runs once and gives a tensor."
            )
        return outputs[0].flatten(start_dim=1), logits


@dataclass(frozen=True)
class NetworkSettings:
    """What decides a network's shape; the section ``network`` of the config.

    Attributes:
        class_name: 'paper' for the paper's network, 'module:Class' for a user's own, which is
            called as ``Class(classes=..., **arguments)``.
        feature_layer: for a user's own network, the layer whose output is analysed.
        arguments: further arguments of a user's own class.
        input: 'log_mel', or 'waveform' for a user's own network that hears [clips, 1, samples],
            amplitudes between -1 and 1
        sample_rate_hz: at this rate.
        channels, hidden, dropout: see MusicDetectorCNN; not used by a user's own network.
    """

    class_name: str = PAPER
    feature_layer: str = ""
    arguments: Mapping[str, Any] = field(default_factory=dict)
    input: str = "log_mel"
    sample_rate_hz: int = 22_050
    channels: tuple[int, ...] = (32, 64, 128, 256)
    hidden: int = 256
    dropout: float = 0.2

    @classmethod
    def from_section(cls, section: Mapping[str, Any]) -> NetworkSettings:
        """Settings from the config's section, where ``class_name`` is called ``class``."""
        values = dict(section)
        class_name = values.pop("class")
        values.pop("layers", None)  # what is recorded of a network is no part of its shape
        values["channels"] = tuple(values.get("channels", cls.channels))
        values["arguments"] = dict(values.get("arguments") or {})
        return cls(class_name=class_name, **values)

    def heard(self, settings: LogMelSettings) -> tuple[int, ...]:
        """Shape of one clip as the network hears it: [1, bands, frames], or [1, samples]."""
        if self.input == "waveform":
            return (1, round(settings.clip_s * self.sample_rate_hz))
        return (1, settings.bands, settings.frames)


def build_network(
    settings: NetworkSettings, classes: int, seed: int
) -> MusicDetectorCNN | OwnNetwork:
    """A network on the CPU, initialised from the seed by PyTorch's own rules.

    The global random state is left as it was.

    Raises:
        ValueError: the class or its feature layer cannot be found.
    """
    with torch.random.fork_rng(devices=[]):
        torch.default_generator.manual_seed(seed)
        if settings.class_name == PAPER:
            return MusicDetectorCNN(
                classes, settings.channels, hidden=settings.hidden, dropout=settings.dropout
            )
        own = _import_class(settings.class_name)(classes=classes, **settings.arguments)
        return OwnNetwork(own, settings.feature_layer)


def _import_class(name: str) -> type[nn.Module]:
    """The class that 'module:Class' names."""
    module_name, colon, class_name = name.partition(":")
    if not (module_name and colon and class_name):
        raise ValueError(f"network.class is {name!r}; write it as 'module:Class', or 'paper'.")
    try:
        module = importlib.import_module(module_name)
    except ModuleNotFoundError as error:
        raise ValueError(
            f"network.class names the module {module_name!r}, which cannot be imported "
            f"({error}): put it beside the Snakefile or on PYTHONPATH."
        ) from error
    found = getattr(module, class_name, None)
    if not (isinstance(found, type) and issubclass(found, nn.Module)):
        raise ValueError(f"{module_name} has no torch.nn.Module called {class_name!r}.")
    return found
