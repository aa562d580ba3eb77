"""Weights that are taken instead of trained: permuted, a user's own, and those that do not fit."""

from __future__ import annotations

from functools import partial

import numpy as np
import pandas as pd
import pytest
import torch
from configured import checked, configure
from torch import nn

import take_weights as script
from plumbing.config.checks import check_config
from plumbing.config.network_checks import check_own_network
from plumbing.config.settings import ConfigError
from science.network.cnn import NetworkSettings, OwnNetwork, build_network
from science.network.taken_weights import permuted_weights, take_weights
from science.sound.settings import LogMelSettings
from science.statistics.randomness import named_generator
from storage.networks import load_network, read_network_file, read_weights, save_network

SMALL = NetworkSettings(channels=(4, 4, 8, 16), hidden=8)
CLASSES = ["/m/a", "/m/b", "/m/c"]
SECONDS = LogMelSettings(clip_s=2)
HEARD = SMALL.heard(SECONDS)
EXAMPLE = torch.zeros(2, *HEARD)
DRAW = partial(named_generator, 1, "permuted_weights", "permuted", 0)


class Body(nn.Module):
    """A network for something else: its own outputs are no part of the features."""

    def __init__(self, units: int = 6, outputs: int = 9) -> None:
        super().__init__()
        self.first = nn.Conv2d(1, units, 3, stride=8)
        self.norm = nn.BatchNorm2d(units)
        self.last = nn.Linear(units, outputs)


class Adapted(Body):
    """What a user writes: features by `pooled`, and a layer of the corpus' classes."""

    def __init__(self, classes: int, units: int = 6) -> None:
        super().__init__(units)
        self.pooled = nn.AdaptiveAvgPool2d(1)
        self.head = nn.Linear(units, classes)

    def forward(self, log_mel: torch.Tensor) -> torch.Tensor:
        features = self.pooled(self.norm(self.first(log_mel)).relu())
        return self.head(features.flatten(1))


def adapted(**arguments) -> OwnNetwork:
    torch.manual_seed(3)
    return OwnNetwork(Adapted(3, **arguments), "pooled")


def taken(tmp_path, weights: dict, settings=SMALL, draw=None, seed=0):
    """What the script writes of a file of weights."""
    source, outputs = tmp_path / "theirs.pt", (tmp_path / "weights.pt", tmp_path / "history.csv")
    torch.save(weights, source)
    key = "conditions.theirs.weights"
    script.main(source, key, CLASSES, settings, SECONDS, seed, draw, *outputs)
    return load_network(outputs[0]), pd.read_csv(outputs[1])


def test_permuted_weights_are_the_same_numbers_in_every_tensor_in_another_order():
    weights = build_network(SMALL, 3, seed=1).state_dict()
    permuted = permuted_weights(weights, DRAW)
    assert permuted.keys() == weights.keys()
    for name, value in weights.items():
        assert permuted[name].shape == value.shape
        assert torch.equal(permuted[name].flatten().sort()[0], value.flatten().sort()[0])
        if value.unique().numel() > 20:
            assert not torch.equal(permuted[name], value)
    again = permuted_weights(dict(reversed(weights.items())), DRAW)
    other = permuted_weights(weights, partial(named_generator, 1, "permuted_weights", "p", 1))
    assert all(torch.equal(permuted[name], again[name]) for name in weights)
    assert not torch.equal(permuted["conv4.weight"], other["conv4.weight"])


def test_a_network_of_taken_weights_responds_as_theirs_and_one_of_permuted_weights_does_not(
    tmp_path,
):
    theirs = build_network(SMALL, 3, seed=5).eval()
    save_network(tmp_path / "saved.pt", theirs.state_dict(), SMALL, CLASSES, {})
    sounds = torch.randn(4, *HEARD)
    content = torch.load(tmp_path / "saved.pt", weights_only=True)
    for weights in (theirs.state_dict(), {"state_dict": theirs.state_dict()}, content):
        ours, history = taken(tmp_path, weights)
        for one, other in zip(
            ours.features_and_logits(sounds), theirs.features_and_logits(sounds), strict=True
        ):
            assert torch.equal(one, other)
        assert len(history) == 0
        assert "validation_ap" in history
    permuted, _ = taken(tmp_path, theirs.state_dict(), draw=DRAW)
    assert read_network_file(tmp_path / "weights.pt")["made_from"]["permuted"] is True
    assert not torch.allclose(permuted(sounds), theirs(sounds))


def test_only_what_the_features_do_not_depend_on_may_be_missing():
    body, network = Body(), adapted()
    head = network.network.head.weight.clone()
    weights = body.state_dict()
    left, scores_taken = take_weights(network, weights, EXAMPLE)
    assert left == ["head.weight", "head.bias"]
    assert not scores_taken
    assert torch.equal(network.network.first.weight, body.first.weight)
    assert torch.equal(network.network.head.weight, head)
    without_last = {name: value for name, value in weights.items() if "last" not in name}
    assert len(take_weights(adapted(), without_last, EXAMPLE)[0]) == 4
    # What is missing then is no part of the scores.
    whole = adapted().network.state_dict()
    without_last = {name: value for name, value in whole.items() if "last" not in name}
    assert take_weights(adapted(), without_last, EXAMPLE) == (["last.weight", "last.bias"], True)
    for gone in ("first.bias", "norm.running_var"):
        rest = {name: value for name, value in weights.items() if name != gone}
        with pytest.raises(ValueError, match=f"missing: {gone}$"):
            take_weights(adapted(), rest, EXAMPLE)


def test_weights_that_do_not_fit_are_refused_with_their_names_and_a_remedy(tmp_path):
    with pytest.raises(ValueError, match=r"first\.weight is \[6, 1, 3, 3\], and \[5, 1, 3, 3\]"):
        take_weights(adapted(units=5), Body().state_dict(), EXAMPLE)
    with pytest.raises(ValueError, match=r"missing: first\.weight.* the file has x\.first\.weight"):
        take_weights(
            adapted(), {f"x.{name}": value for name, value in Body().state_dict().items()}, EXAMPLE
        )
    words = r"conditions\.theirs\.weights: .*theirs\.pt does not fit .*missing: conv1\.weight"
    with pytest.raises(ValueError, match=words + r".*Correct network\.class"):
        taken(tmp_path, Body().state_dict())


def test_a_file_that_is_no_state_dict_or_would_run_code_is_refused(tmp_path):
    file = tmp_path / "weights.pt"
    for content, words in (
        (Body(), "cannot be read as weights alone"),
        ({"epoch": 3}, "holds no state_dict"),
        ({"a": Body().state_dict(), "b": Body().state_dict()}, "holds 2 state_dicts"),
    ):
        torch.save(content, file)
        with pytest.raises(ValueError, match=rf"weights\.pt {words}.*torch\.save"):
            read_weights(file)
    file.write_bytes(b"no torch")
    with pytest.raises(ValueError, match="cannot be read as weights alone"):
        read_weights(file)


@pytest.mark.parametrize(
    ("theirs", "words"),
    [
        (
            {"weights_of": "music"},
            r"theirs\.weights_of: 'music' is not among .*no_music, untrained",
        ),
        ({"weights_of": "theirs"}, r"theirs\.weights_of: 'theirs' is not among the other"),
        ({"weights_of": "no_music", "epochs": 3}, r"theirs\.epochs: .*set epochs: 0"),
        ({"permute_weights": True}, r"theirs\.permute_weights: there is nothing to permute"),
        ({"weights": "/no/such/file.pt"}, r"theirs\.weights: there is no file /no/such/file\.pt"),
        ({"weights": "/x.pt", "weights_of": "no_music"}, r"theirs: .*two sources; leave one out"),
    ],
)
def test_a_condition_whose_weights_cannot_be_taken_is_refused(theirs, words):
    run = {"conditions": ["no_music", "untrained", "theirs"]}
    config = configure(preset="demo", run=run, conditions={"theirs": {"epochs": 0} | theirs})
    with pytest.raises(ConfigError, match=r"conditions\." + words):
        check_config(config)


def test_weights_of_a_condition_that_is_not_described_are_refused_in_a_sentence():
    run = {"conditions": ["no_music", "foo", "permuted"]}
    config = configure(preset="demo", run=run, conditions={"permuted": {"weights_of": "foo"}})
    with pytest.raises(ConfigError, match=r"^run\.conditions: 'foo' is not described under"):
        check_config(config)


@pytest.mark.parametrize("settings", [SMALL, NetworkSettings(channels=(4, 4, 8, 8), hidden=8)])
def test_weights_that_do_not_fit_are_refused_before_any_job(tmp_path, settings):
    """Another number of classes is left to the job, which knows how many there are."""
    file = tmp_path / "theirs.pt"
    torch.save(build_network(settings, 7, seed=1).state_dict(), file)
    config = checked(
        preset="demo",
        network={"channels": list(SMALL.channels), "hidden": 8},
        run={"conditions": ["no_music", "theirs"]},
        conditions={"theirs": {"epochs": 0, "weights": str(file)}},
    )
    if settings == SMALL:
        check_own_network(config)
    else:
        words = (
            r"conditions\.theirs\.weights: .*theirs\.pt does not fit paper: conv4\.weight is \[8"
        )
        with pytest.raises(ConfigError, match=words):
            check_own_network(config)


def test_permuted_is_a_condition_of_every_run_about_music_that_asks_for_it():
    run = {"conditions": ["no_music", "untrained", "permuted"]}
    config = checked(preset="demo", run=run)
    assert config["conditions"]["permuted"]["weights_of"] == "no_music"
    assert "permuted" not in configure(preset="demo")["run"]["conditions"]
    assert not any(
        name.startswith("dose") for name in configure(preset="paper")["run"]["conditions"]
    )
    run = {"target": "speech", "conditions": ["no_speech", "permuted"]}
    config = configure(preset="demo", run=run, conditions={"no_speech": {}})
    with pytest.raises(ConfigError, match=r"conditions\.permuted\.weights_of: 'no_music' is not"):
        check_config(config)


def test_permutations_differ_between_networks_and_hold_for_each(tmp_path):
    weights = build_network(SMALL, 3, seed=5).state_dict()
    made = [
        taken(tmp_path, weights, draw=partial(named_generator, 1, "permuted", name, seed))[0]
        for name, seed in (("a", 0), ("a", 0), ("a", 1), ("b", 0))
    ]
    first, same, *others = (network.conv3.weight.detach().numpy() for network in made)
    assert np.array_equal(first, same)
    assert not any(np.array_equal(first, other) for other in others)
