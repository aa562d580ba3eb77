"""Layers of a network are recorded as they are, in the pass that records its features."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from test_network import TwoLayerNetwork, log_mel
from torch import Tensor, nn

from science.network.cnn import NetworkSettings, OwnNetwork, build_network
from science.network.responses import (
    record_features,
    record_features_of_each,
    record_responses,
)
from storage.activations import read_layers_of, read_matrix, write_activations
from storage.whole_files import TableFileError

SMALL = NetworkSettings(channels=(4, 6, 8, 10), hidden=12)
OTHERS = ["conv1", "conv2", "conv3"]
LAYERS = [*OTHERS, "conv4"]


class Twice(TwoLayerNetwork):
    """Runs its pooling twice, and has a layer that gives a tuple, and one that never runs."""

    def __init__(self, classes: int) -> None:
        super().__init__(classes)
        self.recurrent = nn.LSTM(64, 2, batch_first=True)
        self.unused = nn.Identity()

    def forward(self, x: Tensor) -> Tensor:
        self.pool(x)
        self.recurrent(x[:, 0].transpose(1, 2))
        return super().forward(x)


def record(network: nn.Module, layers: list[str], clips: int = 7) -> list[np.ndarray]:
    batches = log_mel(clips)[:, 0].half().split(3)
    parts = zip(*record_responses(network, batches, layers=layers), strict=True)
    return [np.concatenate(part) for part in parts]


def test_layers_are_the_rectified_convolutions_averaged_over_bands_and_frames():
    network = build_network(SMALL, 5, seed=0).train()
    features, logits, *layers = record(network, LAYERS)
    assert network.training
    assert [layer.shape for layer in layers] == [(7, channels) for channels in SMALL.channels]
    network.eval()
    x = log_mel(7).half().float()
    with torch.no_grad():
        for number, layer in enumerate(layers, start=1):
            conv, norm = (getattr(network, f"{kind}{number}") for kind in ("conv", "norm"))
            x = torch.relu(norm(conv(x)))
            np.testing.assert_allclose(layer, x.mean(dim=(2, 3)), rtol=1e-4, atol=1e-5)
            if number < 4:
                x = nn.functional.max_pool2d(x, 2, stride=2 if number == 1 else 1)
    # The last is what is analysed, and nothing that is recorded changes for the layers.
    np.testing.assert_array_equal(layers[-1], features)
    for alone, beside in zip(record(network, []), (features, logits), strict=True):
        np.testing.assert_array_equal(alone, beside)


def test_a_device_gives_the_same_layers_and_networks_side_by_side(cuda: object):
    networks = {epoch: build_network(SMALL, 5, seed=epoch) for epoch in (0, 4)}
    batches = [part.numpy() for part in log_mel(5)[:, 0].half().split(3)]
    here = record(networks[0], OTHERS, clips=5)
    side_by_side = record_features_of_each(networks, batches, "cuda")
    assert [*side_by_side] == [0, 4]
    for epoch, features in side_by_side.items():
        alone = record_features(networks[epoch], batches, "cuda")
        np.testing.assert_allclose(features, np.concatenate([*alone]), rtol=1e-5)
    parts = record_responses(networks[0], map(torch.from_numpy, batches), "cuda", layers=OTHERS)
    there = [np.concatenate(part) for part in zip(*parts, strict=True)]
    for one, other in zip(here, there, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-3, atol=1e-4)
    networks[0].to("cpu")
    assert record_features_of_each(networks, [], "cpu")[4].shape == (0, 0)


def test_layers_of_an_own_network_are_its_submodules_channels():
    network = OwnNetwork(TwoLayerNetwork(5), "pool")
    features, logits, filters, output = record(network, ["filter", "output"])
    assert features.shape == filters.shape == (7, 7)
    np.testing.assert_array_equal(output, logits)
    with torch.no_grad():
        of_filter = network.network.filter(log_mel(7).half().float()).mean(dim=(2, 3))
    np.testing.assert_allclose(filters, of_filter, rtol=1e-4, atol=1e-5)
    assert not network.network.filter._forward_hooks


@pytest.mark.parametrize(
    ("network", "layer", "words"),
    [
        (
            build_network(SMALL, 5, seed=0),
            "conv5",
            "CNN has no such layer. It has: conv1, c",
        ),
        (OwnNetwork(Twice(5), "filter"), "pol", "Twice has no such layer. It has: filter, pool, o"),
        (OwnNetwork(Twice(5), "filter"), "pool", "'pool' .network.layers. runs more than once"),
        (OwnNetwork(Twice(5), "filter"), "recurrent", "'recurrent' .* gives no tensor"),
        (OwnNetwork(Twice(5), "filter"), "unused", "'unused' .* did not run"),
    ],
)
def test_a_layer_that_cannot_be_recorded_is_refused_by_name(network, layer, words):
    with pytest.raises(ValueError, match=words):
        record(network, [layer])


def test_layers_are_read_back_with_the_analysed_one_from_its_own_file(tmp_path: Path):
    network = build_network(SMALL, 5, seed=0)
    ids = [*"abcdefg"]
    features, logits, *layers = record(network, OTHERS)
    path, beside = tmp_path / "train.parquet", tmp_path / "layers/train.parquet"
    batches = [(ids[part], *(values[part] for values in (features, logits, *layers)))
               for part in (slice(0, 3), slice(3, 7))]  # fmt: skip
    write_activations(path, batches, layers_path=beside, layers=OTHERS)
    clip_ids, found = read_layers_of(path, LAYERS, "conv4")
    assert [*clip_ids] == ids
    assert [*found] == LAYERS
    for one, expected in zip(found.values(), (*layers, features), strict=True):
        np.testing.assert_array_equal(one, expected)
    np.testing.assert_array_equal(found["conv4"], read_matrix(path)[1])
    with pytest.raises(TableFileError, match=r"lacks conv9 .network.layers.; delete it"):
        read_layers_of(path, ["conv9", "conv4"], "conv4")
    write_activations(path, [(ids[:3], features[:3], logits[:3])])
    assert [*read_layers_of(path, ["conv4"], "conv4")[1]] == ["conv4"]
    with pytest.raises(TableFileError, match="not of the same clips"):
        read_layers_of(path, LAYERS, "conv4")
