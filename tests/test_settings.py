"""Layers of the configuration, and what they make of it."""

import pytest
import yaml
from configured import PRESETS, configure

from plumbing.config.settings import (
    ConfigError,
    merge,
    read_options,
    read_preset,
    refuse,
    to_give_back,
)


@pytest.mark.parametrize("preset", sorted(path.stem for path in PRESETS.glob("*.yaml")))
def test_every_preset_is_valid(preset):
    assert configure(preset=preset)["run"]["name"] == preset


def test_layers_lie_over_each_other():
    assert configure(preset="paper")["network"]["channels"] == [32, 64, 128, 256]
    demo = configure(preset="demo")
    assert demo["network"]["channels"] != [32, 64, 128, 256]
    assert demo["training"]["weight_decay"] == 0.01
    changed = configure(preset="demo", network={"channels": [1, 2, 3, 4]}, run={"seeds": [7]})
    assert changed["network"]["channels"] == [1, 2, 3, 4]
    assert changed["run"]["seeds"] == [7]
    assert changed["run"]["conditions"] == demo["run"]["conditions"]


def test_the_defaults_are_the_papers_values():
    config = configure(preset="paper")
    conditions = config["conditions"]
    epochs = {name: conditions[name]["epochs"] for name in config["run"]["conditions"]}
    assert epochs == {
        "music": 100,
        "no_music": 100,
        "no_music_no_speech": 100,
        "random_labels": 200,
        "untrained": 0,
    }
    assert conditions["random_labels"]["weights_used"] == "last"
    assert config["run"]["seeds"] == [0, 1, 2, 3, 4]
    assert config["selectivity"]["fraction"] == 0.125
    assert config["training"]["batch_size"] == 32


def test_a_condition_of_the_users_gets_the_defaults_of_conditions():
    config = configure(conditions={"no_speech": {"exclude_labels": ["Speech"]}})
    assert config["conditions"]["no_speech"]["epochs"] == 100
    assert "untrained" in config["conditions"]


def test_an_empty_list_drops_a_category():
    config = configure(categories={"vehicle": [], "birds": ["Bird"]})
    assert list(config["categories"]) == ["animal", "birds", "music", "speech", "water"]
    written = to_give_back(config, PRESETS)
    assert written["categories"]["vehicle"] == []
    assert configure(**written) == config


def test_the_same_value_written_differently_is_the_same_config():
    one = configure(network={"dropout": 0, "hidden": 8}, logmel={"highest_hz": 8000})
    two = configure(logmel={"highest_hz": 8000.0}, network={"hidden": 8.0, "dropout": 0.0})
    assert yaml.safe_dump(one, sort_keys=False) == yaml.safe_dump(two, sort_keys=False)


def test_merging_changes_neither_layer():
    lower, upper = {"a": {"b": [1]}}, {"a": {"c": 2}}
    merge(lower, upper)["a"]["b"].append(3)
    assert lower == {"a": {"b": [1]}}
    assert upper == {"a": {"c": 2}}


def test_all_problems_are_told_at_once():
    with pytest.raises(ConfigError) as refused:
        configure(
            networ={},
            network={"dropout": 3},
            run={"seeds": [0, 0]},
            logmel={"hop_s": float("nan")},
            conditions={1: {}},
            corpus={"folder": "$NO_SUCH_VARIABLE"},
        )
    assert len(str(refused.value).splitlines()) == 6


def test_nothing_is_refused_without_a_problem():
    refuse([])
    with pytest.raises(ConfigError, match=r"^one\ntwo$"):
        refuse(["one", "two"])


def test_a_preset_may_be_a_file_of_the_users(tmp_path):
    preset = tmp_path / "mine.yaml"
    preset.write_text("seed: 5\n", encoding="utf-8")
    config = configure(preset=str(preset))
    assert config["seed"] == 5
    assert config["run"]["name"] == "mine"


def test_an_unknown_preset_is_refused_with_those_that_there_are():
    with pytest.raises(ConfigError, match=r"preset: there is no file .*papre.yaml; .*\bpaper\b"):
        configure(preset="papre")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"- seed\n", "must hold a mapping"),
        (b"run: {name: x\n", "is not YAML in UTF-8; correct it: (.|\n)*line 2"),
        ("run: {name: Köln}\n".encode("latin-1"), "is not YAML in UTF-8"),
    ],
)
def test_a_preset_that_holds_no_options_is_refused(content, words, tmp_path):
    preset = tmp_path / "mine.yaml"
    preset.write_bytes(content)
    with pytest.raises(ConfigError, match=f"^preset: .*mine.yaml {words}"):
        read_preset(str(preset), PRESETS)


def test_a_file_of_options_may_be_empty_but_not_absent(tmp_path):
    (tmp_path / "empty.yaml").write_text("# seed: 1\n", encoding="utf-8")
    assert read_options(tmp_path / "empty.yaml") == {}
    with pytest.raises(ConfigError, match="gone.yaml cannot be read: No such file.*correct"):
        read_options(tmp_path / "gone.yaml")


@pytest.mark.parametrize(
    ("content", "key", "lines"),
    [
        ("run: {seeds: [0]}\nseed: 1\nrun: {name: x}\n", "run", (1, 3)),
        ("run:\n  seeds: [0]\n  name: x\n  seeds: [1]\n", "seeds", (2, 4)),
    ],
)
def test_a_key_that_is_given_twice_is_refused_with_both_lines(tmp_path, content, key, lines):
    file = tmp_path / "mine.yaml"
    file.write_text(content, encoding="utf-8")
    first, again = lines
    with pytest.raises(ConfigError, match=f"mine.yaml: `{key}` is given in line {first} and again"
                       f" in line {again};"):  # fmt: skip
        read_options(file)


def test_tables_beside_the_recordings_need_no_option(tmp_path):
    for name in ("train_segments.csv", "test_segments.csv", "ontology.json"):
        (tmp_path / name).write_text("", encoding="utf-8")
    corpus = {"folder": str(tmp_path), "tables": {"test_segments": "/own.csv"}}
    tables = configure(preset="recordings", corpus=corpus)["corpus"]["tables"]
    assert tables == {
        "train_segments": str(tmp_path / "train_segments.csv"),
        "test_segments": "/own.csv",
        "class_labels": "",
        "ontology": str(tmp_path / "ontology.json"),
        "excluded_clips": "",
    }
    # Of a source that is no folder, none is looked for.
    sources = {"folder": str(tmp_path), "sources": ["youtube"]}
    assert not any(configure(preset="recordings", corpus=sources)["corpus"]["tables"].values())
