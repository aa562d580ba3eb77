"""Recorded responses are those of the network asked clip by clip."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from science.analyses.ablation import LAYERS, LinearHead
from science.network.cnn import NetworkSettings, build_network
from science.network.responses import record_responses
from science.statistics.average_precision import average_precision_per_class
from storage.activations import read_matrix, write_activations

SMALL = NetworkSettings(channels=(4, 6, 8, 10), hidden=12)


class MeanSpectrumNetwork(nn.Module):
    """A user's network whose features are 16 numbers, not 256."""

    def __init__(self, classes: int) -> None:
        super().__init__()
        self.bands = nn.AdaptiveAvgPool2d((16, 1))
        self.output = nn.Linear(16, classes)

    def forward(self, log_mel: Tensor) -> Tensor:
        return self.output(self.bands(log_mel).view(len(log_mel), 16))


def log_mel(clips: int) -> Tensor:
    generator = torch.Generator().manual_seed(1)
    return (torch.randn(clips, 64, 150, generator=generator) * 20 + 30).half()


def record(network: nn.Module, clips: Tensor, batch: int, **options: str) -> tuple:
    features, logits = zip(*record_responses(network, clips.split(batch), **options), strict=True)
    return np.concatenate(features), np.concatenate(logits)


def test_responses_are_those_of_each_clip_alone() -> None:
    network = build_network(SMALL, 5, seed=0)
    clips = log_mel(7)
    features, logits = record(network, clips, batch=3)
    assert features.dtype == np.float32
    assert logits.dtype == np.float32
    network.eval()
    with torch.no_grad():
        for clip, clip_features, clip_logits in zip(clips, features, logits, strict=True):
            x = clip.float()[None, None]
            np.testing.assert_allclose(clip_features, network.pooled(x)[0], rtol=1e-4, atol=1e-5)
            np.testing.assert_allclose(clip_logits, network(x)[0], rtol=1e-4, atol=1e-5)


def test_a_class_is_detected_alike_by_recorded_scores_and_by_the_layers_behind_the_units(tmp_path):
    """Detection reads what was recorded, ablation computes it from the units: one AP a class."""
    network = build_network(SMALL, 40, seed=0)
    features, logits = record(network, log_mel(300), batch=32)
    ids = [f"{clip:03d}" for clip in range(300)]
    classes = [f"/m/{number:02d}" for number in range(40)]
    files = tmp_path / "test.parquet", tmp_path / "scores.parquet"
    write_activations(files[0], [(ids, features, logits)], files[1], classes)
    weights = {name: value.numpy() for name, value in network.state_dict().items()}
    (_, units), (_, scores) = (read_matrix(path) for path in files)
    present = np.random.default_rng(0).random(scores.shape) < 0.02
    present[:2] = True
    np.testing.assert_allclose(
        average_precision_per_class(scores, present),
        average_precision_per_class(
            LinearHead(*(weights[name] for name in LAYERS[1:])).scores(units), present
        ),
        rtol=0,
        atol=1e-6,
    )


def test_recording_changes_neither_the_network_nor_its_mode() -> None:
    network = build_network(SMALL, 5, seed=0).train()
    before = {name: value.clone() for name, value in network.state_dict().items()}
    first, _ = record(network, log_mel(4), batch=2)
    again, _ = record(network, log_mel(4), batch=2)
    assert network.training
    assert np.array_equal(first, again)
    assert all(torch.equal(before[name], value) for name, value in network.state_dict().items())


def test_the_mode_is_put_back_when_the_reader_stops_early() -> None:
    network = build_network(SMALL, 5, seed=0).train()
    responses = record_responses(network, log_mel(4).split(2))
    next(responses)
    assert not network.training
    responses.close()
    assert network.training


def test_batches_are_taken_one_at_a_time() -> None:
    taken = []

    def batches():
        for batch in log_mel(6).split(2):
            taken.append(len(batch))
            yield batch

    responses = record_responses(build_network(SMALL, 5, seed=0), batches())
    next(responses)
    assert taken == [2]


def test_an_untrained_network_normalises_by_mean_zero_and_variance_one() -> None:
    network = build_network(SMALL, 5, seed=0)
    features, _ = record(network, log_mel(3), batch=3)
    network.eval()
    x = torch.relu(network.conv1(log_mel(3).float()[:, None]) / (1 + network.norm1.eps) ** 0.5)
    x = torch.relu(network.conv2(network.pool_by_2(x)) / (1 + network.norm2.eps) ** 0.5)
    x = torch.relu(network.conv3(network.pool_by_1(x)) / (1 + network.norm3.eps) ** 0.5)
    x = torch.relu(network.conv4(network.pool_by_1(x)) / (1 + network.norm4.eps) ** 0.5)
    expected = x.mean(dim=(2, 3)).detach()
    np.testing.assert_allclose(features, expected, rtol=1e-3, atol=1e-5)


def test_a_user_s_own_network_gives_its_own_number_of_features() -> None:
    name = f"{__name__}:MeanSpectrumNetwork"
    network = build_network(NetworkSettings(class_name=name, feature_layer="bands"), 4, seed=0)
    clips = log_mel(5)
    features, logits = record(network, clips, batch=2)
    expected = clips.float().reshape(5, 16, 4 * 150).mean(dim=2)
    np.testing.assert_allclose(features, expected, rtol=1e-3, atol=1e-3)
    assert logits.shape == (5, 4)


def test_bf16_responses_are_near_the_exact_ones() -> None:
    network = build_network(SMALL, 5, seed=0)
    exact, _ = record(network, log_mel(4), batch=4)
    coarse, logits = record(network, log_mel(4), batch=4, precision="bf16")
    assert coarse.dtype == np.float32
    assert logits.dtype == np.float32
    assert not np.array_equal(coarse, exact)
    assert coarse == pytest.approx(exact, rel=0.1, abs=0.05 * float(np.abs(exact).max()))


@pytest.mark.usefixtures("cuda")
@pytest.mark.parametrize("batch", [2, 7])
def test_a_cuda_device_records_the_same(batch: int) -> None:
    clips = log_mel(7)
    features, logits = record(build_network(SMALL, 5, seed=0), clips, batch)
    on_device = record(build_network(SMALL, 5, seed=0), clips, batch, device="cuda")
    np.testing.assert_allclose(on_device[0], features, rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(on_device[1], logits, rtol=1e-4, atol=1e-5)


@pytest.mark.usefixtures("cuda")
@pytest.mark.parametrize(("precision", "allowed"), [("float32", False), ("bf16", True)])
def test_float32_is_not_rounded_to_tf32(precision: str, allowed: bool) -> None:
    """PyTorch lets cuDNN do so unless told not to."""
    network, seen = build_network(SMALL, 5, seed=0), []
    network.conv1.register_forward_hook(
        lambda *_: seen.append((torch.backends.cudnn.allow_tf32, torch.backends.cudnn.benchmark))
    )
    before = torch.backends.cudnn.allow_tf32
    record(network, log_mel(4), 2, device="cuda", precision=precision)
    assert seen == [(allowed, False)] * 2
    assert torch.backends.cudnn.allow_tf32 == before
