"""Layers of the configuration, and what is refused with which words."""

import re
from pathlib import Path

import pytest
import yaml

from plumbing.checks import check_config, check_labels
from plumbing.settings import ConfigError, effective_config, merge, options_table, read_preset
from science import demo_ontology
from science.published_claims import CLAIMS

ROOT = Path(__file__).resolve().parents[1]
SCHEMA = yaml.safe_load((ROOT / "rules/config.schema.yaml").read_text(encoding="utf-8"))
PRESETS = ROOT / "presets"


def configure(**overrides) -> dict:
    return effective_config(overrides, SCHEMA, PRESETS)


def checked(**overrides) -> dict:
    config = configure(**overrides)
    check_config(config)
    check_labels(config)
    return config


@pytest.mark.parametrize("preset", sorted(path.stem for path in PRESETS.glob("*.yaml")))
def test_every_preset_is_valid(preset):
    assert configure(preset=preset)["run"]["name"] == preset


def test_the_demo_passes_every_check():
    checked(preset="demo")


def test_layers_lie_over_each_other():
    assert configure(preset="paper")["network"]["channels"] == [32, 64, 128, 256]
    demo = configure(preset="demo")
    assert demo["network"]["channels"] != [32, 64, 128, 256]
    assert demo["network"]["dropout"] == 0.2
    changed = configure(preset="demo", network={"channels": [1, 2, 3, 4]}, run={"seeds": [7]})
    assert changed["network"]["channels"] == [1, 2, 3, 4]
    assert changed["run"]["seeds"] == [7]
    assert changed["run"]["conditions"] == demo["run"]["conditions"]


def test_the_defaults_are_the_papers_values():
    config = configure(preset="paper")
    epochs = {name: condition["epochs"] for name, condition in config["conditions"].items()}
    assert epochs == {
        "music": 100,
        "no_music": 100,
        "no_music_no_speech": 100,
        "random_labels": 200,
        "untrained": 0,
    }
    assert config["conditions"]["random_labels"]["weights_used"] == "last"
    assert config["run"]["seeds"] == [0, 1, 2, 3, 4]
    assert config["selectivity"]["fraction"] == 0.125
    assert config["training"]["batch_size"] == 32


def test_a_condition_of_the_users_gets_the_defaults_of_conditions():
    config = configure(conditions={"no_speech": {"exclude_labels": ["Speech"]}})
    assert config["conditions"]["no_speech"]["epochs"] == 100
    assert "untrained" in config["conditions"]


def test_the_same_value_written_differently_is_the_same_config():
    one = configure(network={"dropout": 0, "hidden": 8}, logmel={"highest_hz": 8000})
    two = configure(logmel={"highest_hz": 8000.0}, network={"hidden": 8, "dropout": 0.0})
    assert yaml.safe_dump(one, sort_keys=False) == yaml.safe_dump(two, sort_keys=False)


def test_merging_changes_neither_layer():
    lower, upper = {"a": {"b": [1]}}, {"a": {"c": 2}}
    merge(lower, upper)["a"]["b"].append(3)
    assert lower == {"a": {"b": [1]}}
    assert upper == {"a": {"c": 2}}


@pytest.mark.parametrize(
    ("overrides", "words"),
    [
        ({"networ": {}}, "networ: unknown option.*did you mean network"),
        ({"network": {"dropot": 0.1}}, r"network\.dropot.*did you mean network\.dropout"),
        ({"conditions": {"mine": {"epoch": 3}}}, r"conditions\.mine\.epoch: unknown option"),
        ({"run": {"seeds": [1, 2, 1]}}, r"run\.seeds: 1 is given twice"),
        ({"network": {"dropout": 1.5}}, r"network\.dropout: 1.5 is not allowed.*≤ 0.9"),
        ({"run": {"analyses": ["magic"]}}, "'magic' is not allowed.*detection"),
        ({"run": "all"}, "run: 'all' is not allowed; it must be object"),
        ({"training": {"batch_size": "32"}}, r"training\.batch_size: '32'.*integer"),
        ({"conditions": {"My Condition": {}}}, "My Condition"),
        ({"preset": "papre"}, "no file .*papre.yaml; allowed are .*paper"),
        ({"run": {"name": "../elsewhere"}}, r"run\.name"),
        ({"corpus": {"sources": ["tape"]}}, "'tape' is not allowed.*youtube"),
        (
            {"corpus": {"tables": {"ontology": {"first": "x"}}}},
            r"corpus\.tables\.ontology: .*must be a path, a URL, or \{primary, fallback, sha256\}",
        ),
        ({"fetch": {"youtube": {"url": "https://x/watch"}}}, r"fetch\.youtube\.url: .*ytid"),
    ],
)
def test_wrong_values_are_refused_with_key_and_range(overrides, words):
    with pytest.raises(ConfigError, match=words):
        configure(**overrides)


@pytest.mark.parametrize(
    ("overrides", "words"),
    [
        ({"run": {"conditions": ["musik"]}}, r"run\.conditions: 'musik' is not described"),
        ({"run": {"reference_condition": "x"}}, r"run\.reference_condition: 'x'"),
        (
            {"conditions": {"no_music": {"exclude_labels": ["Musik"]}}},
            r"conditions\.no_music\.exclude_labels: .*Musik",
        ),
        ({"categories": {"speech": ["Speach"]}}, r"categories\.speech: .*Speach"),
        ({"training": {"start_learning_rate": 0.5}}, r"training\.start_learning_rate"),
        ({"network": {"class": "my:Net"}}, r"network\.feature_layer"),
        ({"logmel": {"hop_s": 0.15}}, r"logmel\.hop_s"),
        ({"quilts": {"segments_ms": [60]}}, r"quilts\.segments_ms: .*60 ms.*multiple of 25 ms"),
        ({"quilts": {"segments_ms": [25]}}, r"quilts\.segments_ms: .*from 50 ms on"),
        ({"quilts": {"segments_ms": [50, 3000]}}, r"quilts\.segments_ms: .*3000 ms leave 2 in 8 s"),
        ({"quilts": {"quilted_s": 11}}, r"quilts of the first 11 s .*at most 10 s"),
        (
            {"scorecard": {"tolerances": {"quilts_50ms": 0.2, "separability_netwrk": 0.2}}},
            r"^scorecard\.tolerances\.separability_netwrk: .*did you mean separability_network",
        ),
        (
            {"scorecard": {"tolerances": {"?": 0.2}}},
            r"tolerances\.\?: .*there are detection_other_classes, .*categories_water_below_music$",
        ),
        ({"quilts": {"quilted_s": 0.1}}, r"segments of 50 ms leave 2 in 0\.1 s.*choose more"),
        (
            {"corpus": {"sources": ["folder"], "natural_sounds": {"folder": "x"}}},
            r"corpus\.natural_sounds\.table: folder and table belong together",
        ),
        (
            {"corpus": {"sources": ["folder"], "natural_sounds": {"folder": "/x", "table": "/y"}}},
            r"no folder or archive /x\n.*no file /y",
        ),
        ({"corpus": {"sources": ["folder"]}}, r"corpus\.folder: say where"),
        ({"corpus": {"sources": ["folder"], "folder": "/nowhere"}}, "there is no folder /nowhere"),
        ({"corpus": {"sources": ["demo", "youtube"]}}, r"corpus\.sources: demo stands alone"),
        (
            {"corpus": {"sources": ["youtube"], "tables": {"ontology": "/no"}}},
            r"train_segments: give the path or URL(.|\n)*tables\.ontology: there is no file /no",
        ),
        (
            {"corpus": {"sources": ["fsd50k"], "tables": {"train_segments": "https://x/t.csv"}}},
            r"ground_truth: give the path(.|\n)*tables\.train_segments: leave it empty",
        ),
        (
            {
                "corpus": {
                    "sources": ["fsd50k"],
                    "fsd50k": {"train_archive": ["https://x/a.zip"], "test_archive": ["/y/a.zip"]},
                }
            },
            r"test_archive: there is no file /y/a\.zip|a\.zip is given twice",
        ),
        ({"fetch": {"first_delay_s": 90}}, r"fetch\.first_delay_s: must not be above .* \(60\)"),
        (
            {"fetch": {"youtube": {"cookies_file": "/no"}}},
            r"youtube\.cookies_file: there is no file",
        ),
    ],
)
def test_contradictions_are_refused_before_any_job(overrides, words):
    with pytest.raises(ConfigError, match=words):
        checked(preset="demo", **overrides)


@pytest.mark.parametrize("preset", ["paper", "fsd50k"])
def test_addresses_need_no_file_before_they_are_fetched(preset, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    config = checked(preset=preset)
    assert set(config["corpus"]["tables"]["ontology"]) == {"primary", "fallback", "sha256"}


def test_labels_are_checked_against_tables_that_were_fetched(tmp_path, monkeypatch):
    tables = tmp_path / "results/clips/mine/tables"
    tables.mkdir(parents=True)
    (tables / "ontology.json").write_text(demo_ontology.ontology_json(), encoding="utf-8")
    classes = tables / "class_labels_indices.csv"
    monkeypatch.chdir(tmp_path)
    more = {"corpus": {"name": "mine"}, "categories": {"speech": ["Speach"]}}
    checked(preset="paper", **more)
    classes.write_text(demo_ontology.class_labels_csv(), encoding="utf-8")
    with pytest.raises(ConfigError, match=r"categories\.speech: .*Speach"):
        checked(preset="paper", **more)


def test_all_problems_are_told_at_once():
    with pytest.raises(ConfigError) as refused:
        configure(networ={}, network={"dropout": 3}, run={"seeds": [0, 0]})
    assert len(str(refused.value).splitlines()) == 3


def test_a_preset_may_be_a_file_of_the_users(tmp_path):
    preset = tmp_path / "mine.yaml"
    preset.write_text("seed: 5\n", encoding="utf-8")
    config = configure(preset=str(preset))
    assert config["seed"] == 5
    assert config["run"]["name"] == "mine"


def test_a_preset_that_is_no_mapping_is_refused(tmp_path):
    preset = tmp_path / "mine.yaml"
    preset.write_text("- seed\n", encoding="utf-8")
    with pytest.raises(ConfigError, match="must hold a mapping"):
        read_preset(str(preset), PRESETS)


def every_leaf(part: dict) -> list[dict]:
    if "properties" in part:
        return [leaf for child in part["properties"].values() for leaf in every_leaf(child)]
    return [part]


def test_every_option_has_a_default_and_a_description():
    for leaf in every_leaf(SCHEMA):
        assert "default" in leaf, leaf
        assert len(leaf["description"]) > 10, leaf


def test_the_options_table_names_every_option():
    table = options_table(SCHEMA)
    for option in ("run.seeds", "conditions.NAME.epochs", "training.weight_decay"):
        assert f"`{option}`" in table
    assert len(table.splitlines()) > len(every_leaf(SCHEMA))


def test_options_tell_every_tolerance_that_a_claim_has_of_its_own():
    (row,) = (row for row in options_table(SCHEMA).split("\n") if "`scorecard.tolerance`" in row)
    own = {f"{claim.tolerance:g}" for claim in CLAIMS if claim.tolerance is not None}
    assert own == set(re.findall(r"0\.\d+", row.rpartition("|")[0].rpartition("|")[2]))
