"""Memory and time that every rule asks a cluster for."""

import json
import os
import re
import shutil

import parsed_rules
import pytest
from workflow_copy import ROOT, forks

from plumbing.resources import growing

# What two processes of Snakemake take around a script, and half as much again.
LEAST_MB = 500
WAVEFORMS = {"class": "waveform_networks:Small", "feature_layer": "pool", "input": "waveform"}
UNTRAINED = {
    "conditions": ["untrained"],
    "reference_condition": "untrained",
    "analyses": ["quilts", "natural_sounds"],
}
# Between them they have every rule.
CONFIGS = [
    {"preset": "demo"},
    {"preset": "paper"},
    {"preset": "fsd50k"},
    {"preset": "demo", "network": WAVEFORMS, "run": UNTRAINED},
]


@pytest.fixture(scope="module")
def rules(tmp_path_factory) -> dict[str, dict]:
    """By preset and rule, what it asks for."""
    folder = tmp_path_factory.mktemp("parsed")
    shutil.copy(ROOT / "tests/waveform_networks.py", folder)
    found = {}
    for number, config in enumerate(CONFIGS):
        (folder / "config.yaml").write_text("", encoding="utf-8")
        written = folder / f"{number}.json"
        parsing = forks().Process(
            target=parsed_rules.main, args=(ROOT / "Snakefile", config, folder, written)
        )
        parsing.start()
        parsing.join()
        asked = json.loads(written.read_text(encoding="utf-8"))
        found |= {f"{number} {name}": rule for name, rule in asked.items()}
    return found


def test_every_rule_asks_for_more_memory_and_time_with_each_try(rules):
    assert len({name.split()[1] for name in rules}) > 50
    for name, rule in rules.items():
        for resource in ("mem_mb", "runtime"):
            tries = rule[resource]
            assert None not in tries, f"{name} has no {resource}"
            assert tries == [tries[0], 2 * tries[0], 4 * tries[0]], f"{name}: {resource} {tries}"


def test_no_rule_asks_for_less_than_snakemake_itself_takes(rules):
    assert {name for name, rule in rules.items() if rule["mem_mb"][0] < LEAST_MB} == set()
    assert {name for name, rule in rules.items() if rule["runtime"][0] < 10} == set()


def test_memory_follows_the_input_where_it_is_mapped(tmp_path):
    resource = growing(1500, of_input=3)
    for name, megabytes in (("a", 100), ("b", 0.4)):
        (tmp_path / name).touch()
        os.truncate(tmp_path / name, int(megabytes * 1e6))
    asked = [
        resource(None, [str(tmp_path / name) for name in names], 2) for names in ("", "a", "ab")
    ]
    assert asked == [3000, 3600, 3602]
    with pytest.raises(FileNotFoundError):  # by which Snakemake knows that it has to wait
        resource(None, [str(tmp_path / "c")], 1)


def test_what_runs_beside_snakemake_on_a_cluster_is_small(rules):
    of_head_node = {name: rule for name, rule in rules.items() if rule["local"]}
    assert len(of_head_node) > 20
    for name, rule in of_head_node.items():
        assert rule["mem_mb"][0] <= 1500, name
        assert not rule["gpu"][0], name
        assert not re.search(r"logmel|activations|networks/\{", " ".join(rule["input"])), name
