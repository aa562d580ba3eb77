"""The configuration of a command beside Snakemake is the one that Snakemake would have."""

import pytest
from configured import configure

from plumbing.config.settings import ConfigError
from plumbing.config.standalone_config import standalone_config


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    """A workflow's folder, whose config.yaml takes the demo's preset with another seed."""
    (tmp_path / "config.yaml").write_text("preset: demo\nseed: 1\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_without_arguments_it_is_that_of_config_yaml():
    assert standalone_config([], []) == configure(preset="demo", seed=1)


def test_later_files_lie_over_earlier_ones_and_pairs_over_all(folder):
    (folder / "one.yaml").write_text(
        "seed: 2\nnetwork: {dropout: 0.1, hidden: 8}\n", encoding="utf-8"
    )
    (folder / "two.yaml").write_text("network: {hidden: 9}\n", encoding="utf-8")
    config = standalone_config(["one.yaml", "two.yaml"], ["seed=3", "run={name: mine}"])
    assert config == configure(
        preset="demo", seed=3, network={"dropout": 0.1, "hidden": 9}, run={"name": "mine"}
    )


def test_contradictions_are_refused():
    with pytest.raises(ConfigError, match=r"run\.reference_condition: 'x'"):
        standalone_config([], ["run={reference_condition: x}"])


@pytest.mark.parametrize(
    ("files", "pairs", "words"),
    [
        (["gone.yaml"], [], "^gone.yaml cannot be read: No such file"),
        ([], ["preset"], "^--config preset: write KEY=VALUE"),
        ([], ["run={name"], "^--config run: '{name' is not YAML; correct it"),
        ([], ["sed=3"], "^sed: unknown option.*did you mean seed"),
    ],
)
def test_arguments_that_are_none_are_refused_by_name(files, pairs, words):
    with pytest.raises(ConfigError, match=words):
        standalone_config(files, pairs)


def test_another_folder_than_the_workflows_is_told(folder):
    (folder / "config.yaml").unlink()
    with pytest.raises(ConfigError, match=r"^config\.yaml cannot be read"):
        standalone_config([], [])
