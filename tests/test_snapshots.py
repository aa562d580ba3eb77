"""Weights at several epochs: what is kept, of whom, and what a killed training finds again."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import pytest
import torch
from configured import checked, configure
from test_training import CLASSES, DIGEST, SHORT, SMALL, assert_same, make_data

from plumbing.config.checks import check_config
from plumbing.config.settings import ConfigError
from plumbing.config.snapshots import (
    epochs_kept,
    networks_followed,
    snapshot_problems,
    spaced_epochs,
)
from science.network.cnn import build_network
from science.network.training import train
from storage.networks import read_network_file, save_network
from storage.snapshots import Snapshots, load_snapshots
from storage.training import ResumePoint

MADE_FROM = {"training": asdict(SHORT), "seed": 0, **DIGEST}
NAMES = [*"abcde"]
KEPT = [0, 1, 3, 5]


class Killed(Exception):
    """Ends a training."""


def run(folder: Path, epochs=KEPT, killed_after: int = 99, digest=DIGEST) -> dict:
    """Train as rule train_network does; the weights after each epoch that was trained."""
    weights = folder / "weights.pt"
    point = ResumePoint.beside(weights, digest)
    kept = Snapshots.beside(point, epochs, SMALL, NAMES, MADE_FROM)
    network = build_network(SMALL, CLASSES, seed=1)
    kept.keep(0, network.state_dict())
    seen = {}
    with point.saved_beside(kept.keep) as save:

        def on_epoch(row, state):
            save(state)
            seen[row.epoch] = state.weights
            if row.epoch == killed_after:
                raise Killed

        trained = train(network, make_data(), SHORT, 0, "cpu", on_epoch, kept.resume(point))
    kept.finish(folder / "snapshots.pt", trained)
    made_from = MADE_FROM | {"epoch": trained.epoch}
    save_network(weights, trained.weights, SMALL, NAMES, made_from)
    return seen


@pytest.mark.parametrize(
    ("last", "epochs"),
    [
        (0, [0]),
        (1, [0, 1]),
        (25, [0, 1, 2, 3, 4, 6, 8, 12, 16, 25]),
        (100, [0, 1, 2, 3, 4, 6, 8, 12, 16, 32, 64, 100]),
        (128, [0, 1, 2, 3, 4, 6, 8, 12, 16, 32, 64, 128]),
    ],
)
def test_epochs_are_spaced_in_logarithm_and_end_with_the_last(last, epochs):
    assert spaced_epochs(last) == epochs


def test_every_network_keeps_the_epochs_and_those_that_are_asked_for_are_followed():
    config = configure(preset="demo")
    assert networks_followed(config) == [("no_music", 0), ("no_music", 1), ("no_music", 2)]
    config = checked(
        preset="paper", emergence={"conditions": ["music"], "seeds": 2, "epochs": [50, 1]}
    )
    assert networks_followed(config) == [("music", 0), ("music", 1)]
    assert epochs_kept(config, "music") == [1, 50]
    # Which analyses are run has no part in it: to drop one, or take one up, trains nothing again.
    without = configure(preset="demo", run={"analyses": []})
    assert epochs_kept(without, "no_music") == spaced_epochs(36)


def test_networks_whose_weights_come_from_elsewhere_have_no_epochs():
    config = configure(preset="demo")
    for source in ({"weights": "own.pt"}, {"weights_of": "music"}):
        config["conditions"]["no_music"] |= source
        assert networks_followed(config) == []
        config["emergence"]["conditions"] = ["no_music", "music"]
        assert {name for name, _ in networks_followed(config)} == {"music"}
        (problem,) = snapshot_problems(config)
        assert problem.startswith("emergence.conditions: no_music takes its weights from elsew")
        config = configure(preset="demo")


@pytest.mark.parametrize(
    ("emergence", "words"),
    [
        ({"conditions": ["musik"]}, r"^emergence\.conditions: 'musik' is not among .*no_music"),
        ({"epochs": [1, 900]}, r"^emergence\.epochs: 900 will never .*no_music end after 36 ep"),
    ],
)
def test_what_cannot_be_kept_is_refused(emergence, words):
    with pytest.raises(ConfigError, match=words):
        check_config(configure(preset="demo", emergence=emergence))


def test_the_weights_are_those_after_each_epoch_and_the_used_ones_are_among_them(tmp_path: Path):
    seen = run(tmp_path)
    networks, used = load_snapshots(tmp_path / "snapshots.pt", tmp_path / "weights.pt")
    assert set(networks) == {*KEPT, used}
    assert_same(networks[0].state_dict(), build_network(SMALL, CLASSES, seed=1).state_dict())
    for epoch in {*networks} - {0}:
        assert_same(networks[epoch].state_dict(), seen[epoch])
        assert not networks[epoch].training
    final = torch.load(tmp_path / "weights.pt", weights_only=True)["weights"]
    assert_same(networks[used].state_dict(), final)


def test_a_killed_training_loses_no_weights_and_ends_with_the_same(tmp_path: Path):
    (whole, cut) = (tmp_path / name for name in ("whole", "cut"))
    run(whole)
    for epoch in (1, 3):
        with pytest.raises(Killed):
            run(cut, killed_after=epoch)
        # Snakemake removes what a job that failed has declared.
        assert not (cut / "snapshots.pt").exists()
    assert set(run(cut)) == {4, 5}
    of_whole, of_cut = (
        load_snapshots(folder / "snapshots.pt", folder / "weights.pt")[0] for folder in (whole, cut)
    )
    assert [*of_cut] == [*of_whole]
    for epoch, network in of_whole.items():
        assert_same(network.state_dict(), of_cut[epoch].state_dict())


def test_a_training_that_ended_gives_its_snapshots_again_at_once(tmp_path: Path):
    run(tmp_path)
    names = sorted(path for path in tmp_path.iterdir() if "snapshots" in path.name)
    # One file with two names: it takes its place once.
    assert len({path.stat().st_ino for path in names}) == 1
    (tmp_path / "snapshots.pt").unlink()
    assert run(tmp_path) == {}
    assert {*load_snapshots(tmp_path / "snapshots.pt", tmp_path / "weights.pt")[0]} >= {*KEPT}
    # Fewer epochs are there too; others are not, and need the training again.
    used = load_snapshots(tmp_path / "snapshots.pt", tmp_path / "weights.pt")[1]
    assert run(tmp_path, epochs=[0, 3]) == {}
    (another, *_) = {2, 4} - {used}
    assert set(run(tmp_path, epochs=[0, 3, another])) == {1, 2, 3, 4, 5}


def test_without_epochs_nothing_is_kept_and_what_was_is_removed(tmp_path: Path):
    run(tmp_path)
    run(tmp_path, epochs=[])
    assert read_network_file(tmp_path / "snapshots.pt", ("snapshots",))["snapshots"] == {}
    assert not [*tmp_path.glob("snapshots-*")]
    with pytest.raises(ValueError, match=r"holds no weights: name its condition in emergence"):
        load_snapshots(tmp_path / "snapshots.pt", tmp_path / "weights.pt")


def test_weights_of_other_settings_are_removed_and_refused(tmp_path: Path):
    run(tmp_path)
    ended = read_network_file(tmp_path / "weights.pt")
    for changed in ({"code": "other"}, {"epoch": 99}):
        save_network(
            tmp_path / "other.pt", ended["weights"], SMALL, NAMES, ended["made_from"] | changed
        )
        with pytest.raises(ValueError, match=r"other settings, code or data than .*delete both"):
            load_snapshots(tmp_path / "snapshots.pt", tmp_path / "other.pt")
    assert set(run(tmp_path, digest=DIGEST | {"code": "changed"})) == {1, 2, 3, 4, 5}
    assert len([*tmp_path.glob("snapshots-*")]) == 1


def test_a_damaged_file_starts_over(tmp_path: Path):
    run(tmp_path)
    (kept,) = tmp_path.glob("snapshots-*")
    kept.unlink()
    kept.write_bytes(b"half")
    assert set(run(tmp_path)) == {1, 2, 3, 4, 5}
