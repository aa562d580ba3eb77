"""The paper's network against a plain rebuilding of it, users' own networks, files of weights."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from science.network.cnn import Dropout, MusicDetectorCNN, NetworkSettings, build_network
from storage.networks import load_network, read_network_file, save_network

SMALL = NetworkSettings(channels=(4, 6, 8, 10), hidden=12)


class TwoLayerNetwork(nn.Module):
    """A user's network: 7 features, and no pooling over frames alone."""

    def __init__(self, classes: int, width: int = 7) -> None:
        super().__init__()
        self.filter = nn.Conv2d(1, width, kernel_size=(64, 9), stride=(1, 4))
        self.pool = nn.AdaptiveAvgPool2d(1)
        self.output = nn.Linear(width, classes)

    def forward(self, log_mel: torch.Tensor) -> torch.Tensor:
        x = self.pool(torch.relu(self.filter(log_mel)))
        return self.output(x.view(len(x), -1))


class BareNetwork(nn.Module):
    """A user's network whose feature layer gives several axes."""

    def __init__(self, classes: int) -> None:
        super().__init__()
        self.pool = nn.AdaptiveAvgPool2d((1, 3))
        self.output = nn.Linear(3, classes)

    def forward(self, log_mel: torch.Tensor) -> torch.Tensor:
        return self.output(self.pool(log_mel).flatten(1))


def own(name: str, feature_layer: str = "pool", **arguments: object) -> NetworkSettings:
    return NetworkSettings(
        class_name=f"{__name__}:{name}", feature_layer=feature_layer, arguments=arguments
    )


def log_mel(clips: int, frames: int = 150) -> torch.Tensor:
    generator = torch.Generator().manual_seed(1)
    return torch.randn(clips, 1, 64, frames, generator=generator) * 20 + 30


def in_the_papers_order(network: MusicDetectorCNN) -> nn.Sequential:
    """The same weights in a list of layers, as the paper's Methods give it (no dropout)."""
    return nn.Sequential(
        *(network.conv1, network.norm1, nn.ReLU(), nn.MaxPool2d(2, 2)),
        *(network.conv2, network.norm2, nn.ReLU(), nn.MaxPool2d(2, 1)),
        *(network.conv3, network.norm3, nn.ReLU(), nn.MaxPool2d(2, 1)),
        *(network.conv4, network.norm4, nn.ReLU()),
        *(nn.AdaptiveAvgPool2d(1), nn.Flatten()),
        *(network.hidden, nn.ReLU(), network.output),
    )


def test_the_paper_s_network_has_1278191_parameters() -> None:
    network = build_network(NetworkSettings(), classes=527, seed=0)
    assert sum(parameter.numel() for parameter in network.parameters()) == 1_278_191


def test_a_ten_second_clip_passes_through_the_shapes_of_the_paper() -> None:
    network = build_network(NetworkSettings(), classes=527, seed=0).eval()
    shapes = {}
    for name in ("conv1", "conv2", "conv3", "conv4"):
        layer = network.get_submodule(name)
        assert layer.bias is None
        assert layer.padding == (0, 0)
        layer.register_forward_hook(lambda _, __, out, name=name: shapes.update({name: out.shape}))
    features, logits = network.features_and_logits(log_mel(2, frames=802))
    assert shapes == {
        "conv1": (2, 32, 30, 200),
        "conv2": (2, 64, 11, 96),
        "conv3": (2, 128, 6, 91),
        "conv4": (2, 256, 1, 86),
    }
    assert features.shape == (2, 256)
    assert logits.shape == (2, 527)


@pytest.mark.parametrize("training", [False, True])
def test_values_and_gradients_are_those_of_the_paper_s_order_of_layers(training: bool) -> None:
    network = build_network(NetworkSettings(channels=SMALL.channels, dropout=0.0), 5, seed=3)
    network.train(training)
    x = log_mel(3)
    ours = network(x)
    ours.square().sum().backward()
    gradients = [parameter.grad.clone() for parameter in network.parameters()]
    network.zero_grad()
    theirs = in_the_papers_order(network)(x)
    theirs.square().sum().backward()
    torch.testing.assert_close(ours, theirs, rtol=1e-4, atol=1e-5)
    for gradient, parameter in zip(gradients, network.parameters(), strict=True):
        scale = float(parameter.grad.abs().max())
        torch.testing.assert_close(gradient, parameter.grad, rtol=1e-3, atol=1e-5 * scale)


def test_the_layout_in_memory_changes_nothing() -> None:
    network = build_network(SMALL, 5, seed=0).eval()
    x = log_mel(3)
    plain = network(x)
    network.to(memory_format=network.memory_format)
    torch.testing.assert_close(network(x), plain, rtol=1e-4, atol=1e-5)


def test_features_and_logits_are_one_pass_of_pooled_and_classify() -> None:
    network = build_network(SMALL, 5, seed=0).eval()
    x = log_mel(3)
    features, logits = network.features_and_logits(x)
    assert torch.equal(features, network.pooled(x))
    assert torch.equal(logits, network(x))
    assert torch.equal(network.classify(features), logits)


def test_the_seed_decides_the_weights_and_leaves_the_global_state_alone() -> None:
    torch.manual_seed(11)
    expected = torch.rand(3)
    torch.manual_seed(11)
    first, again, other = (build_network(SMALL, 5, seed=seed).state_dict() for seed in (4, 4, 5))
    assert torch.equal(torch.rand(3), expected)
    assert all(torch.equal(first[name], again[name]) for name in first)
    assert not torch.equal(first["conv1.weight"], other["conv1.weight"])


@pytest.mark.parametrize("probability", [0.1, 0.2, 0.5])
def test_dropout_drops_its_share_and_keeps_the_mean(probability: float) -> None:
    torch.manual_seed(0)
    x = torch.ones(400, 3, 5, 99).to(memory_format=torch.channels_last)
    dropped = Dropout(probability)(x)
    deviation = (probability * (1 - probability) / x.numel()) ** 0.5
    assert abs(float((dropped == 0).double().mean()) - probability) < 5 * deviation
    kept = dropped[dropped != 0]
    torch.testing.assert_close(kept, torch.full_like(kept, 1 / (1 - probability)))


def test_dropout_draws_each_value_by_itself() -> None:
    torch.manual_seed(0)
    dropped = (Dropout(0.5)(torch.ones(1_000_000)) == 0).double() - 0.5
    for lag in (1, 2, 3, 4, 64):
        assert abs(float((dropped[lag:] * dropped[:-lag]).mean()) / 0.25) < 5e-3


@pytest.mark.parametrize(
    "x",
    [
        torch.ones(3, 4, 5, 6).transpose(1, 3),
        torch.ones(3, 8)[:, ::2],
        torch.ones(1),
        torch.ones(5, dtype=torch.bfloat16),
    ],
    ids=["transposed", "strided", "single", "bf16"],
)
def test_dropout_keeps_shape_type_and_gradient(x: torch.Tensor) -> None:
    x = x.clone().requires_grad_()
    dropped = Dropout(0.5)(x)
    dropped.sum().backward()
    assert dropped.shape == x.shape
    assert dropped.dtype == x.dtype
    assert torch.equal(x.grad, dropped.detach())


def test_dropout_does_nothing_in_evaluation_or_at_zero() -> None:
    x = torch.rand(50)
    assert torch.equal(Dropout(0.5).eval()(x), x)
    assert torch.equal(Dropout(0.0)(x), x)


@pytest.mark.parametrize("shape", [(1, 1, 64, 120), (1, 1, 62, 802)])
def test_an_input_that_does_not_fit_is_refused_in_words(shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="at least 63 bands and 121 frames, not"):
        build_network(SMALL, 5, seed=0)(torch.zeros(shape))


@pytest.mark.parametrize("shape", [(63, 121), (64, 121), (128, 130)])
def test_the_smallest_input_fits_and_larger_ones_do(shape: tuple[int, int]) -> None:
    assert build_network(SMALL, 5, seed=0).eval()(torch.zeros(1, 1, *shape)).shape == (1, 5)


def test_a_user_s_own_network_gives_its_named_layer_as_features() -> None:
    network = build_network(own("TwoLayerNetwork", width=9), classes=4, seed=0)
    x = log_mel(3)
    features, logits = network.features_and_logits(x)
    assert features.shape == (3, 9)
    assert torch.equal(logits, network(x))
    expected = torch.relu(network.network.filter(x)).mean(dim=(2, 3))
    torch.testing.assert_close(features, expected)
    assert not network.network.pool._forward_hooks


def test_a_feature_layer_with_several_axes_is_flattened() -> None:
    features, _ = build_network(own("BareNetwork"), 4, seed=0).features_and_logits(log_mel(2))
    assert features.shape == (2, 3)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (own("TwoLayerNetwork", feature_layer="pol"), "It has: filter, pool, output"),
        (own("Absent"), "no torch.nn.Module called 'Absent'"),
        (NetworkSettings(class_name="no_such_module_here:X", feature_layer="a"), "beside the"),
        (NetworkSettings(class_name="TwoLayerNetwork", feature_layer="a"), "'module:Class'"),
    ],
)
def test_own_networks_that_cannot_be_found_are_refused_in_words(
    settings: NetworkSettings, message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        build_network(settings, 4, seed=0)


def test_the_config_s_section_becomes_settings() -> None:
    section = {"class": "paper", "channels": [1, 2, 3, 4], "hidden": 5, "dropout": 0.1}
    settings = NetworkSettings.from_section(section)
    assert settings == NetworkSettings("paper", channels=(1, 2, 3, 4), hidden=5, dropout=0.1)
    with pytest.raises(TypeError, match="chanels"):
        NetworkSettings.from_section({"class": "paper", "chanels": [1, 2, 3, 4]})


@pytest.mark.parametrize("settings", [SMALL, own("TwoLayerNetwork", width=3)])
def test_a_saved_network_is_loaded_as_it_was(tmp_path, settings: NetworkSettings) -> None:
    network = build_network(settings, 4, seed=2)
    network.to(memory_format=torch.channels_last)
    path = tmp_path / "networks" / "weights.pt"
    made_from = {"seed": 2, "training": {"epochs": 3, "corners": (1.0, 2.0)}, "data": "ab12"}
    save_network(path, network.state_dict(), settings, ["a", "b", "c", "d"], made_from)

    loaded = load_network(path)
    assert not loaded.training
    x = log_mel(2)
    torch.testing.assert_close(loaded(x), network.eval()(x))
    content = torch.load(path, weights_only=True)
    assert content["classes"] == ["a", "b", "c", "d"]
    assert content["made_from"]["training"]["corners"] == [1.0, 2.0]
    assert content["versions"]["torch"] == torch.__version__
    assert read_network_file(path)["made_from"]["data"] == "ab12"


def test_a_damaged_or_foreign_file_of_weights_is_named(tmp_path) -> None:
    damaged, foreign = tmp_path / "damaged.pt", tmp_path / "foreign.pt"
    damaged.write_bytes(b"PK not a zip")
    torch.save({"state": 1}, foreign)
    with pytest.raises(ValueError, match=r"damaged\.pt is not a readable file of weights"):
        load_network(damaged)
    with pytest.raises(ValueError, match=r"foreign\.pt was not written by save_network"):
        load_network(foreign)


def test_weights_of_another_shape_are_refused_with_the_file_s_name(tmp_path) -> None:
    path = tmp_path / "weights.pt"
    weights = build_network(SMALL, 4, seed=0).state_dict()
    save_network(path, weights, NetworkSettings(channels=(4, 6, 8, 11)), ["a"] * 4, {})
    with pytest.raises(ValueError, match=r"weights\.pt: the weights do not fit paper"):
        load_network(path)


def test_values_that_cannot_be_read_back_are_not_written(tmp_path) -> None:
    weights = build_network(SMALL, 4, seed=0).state_dict()
    with pytest.raises(TypeError, match="plain values"):
        save_network(tmp_path / "weights.pt", weights, SMALL, ["a"] * 4, {"when": object()})
    assert not list(tmp_path.iterdir())
