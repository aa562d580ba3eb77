"""Options that came as text are the numbers, truth values and paths that were meant."""

import pytest
from configured import configure

from plumbing.config.settings import ConfigError


def test_texts_are_what_the_same_values_are():
    """What Snakemake makes of `--config 'run={seeds: [0, 1]}'`, and PyYAML of `1e-3`."""
    texts = configure(
        preset="demo",
        seed="7",
        run={"seeds": ["0", "1"]},
        training={"threads": "2", "peak_learning_rate": "1e-3"},
        conditions={"mine": {"epochs": "3", "exclude_listed_clips": "True"}},
        selectivity={"fraction": ".25"},
    )
    assert texts == configure(
        preset="demo",
        seed=7,
        run={"seeds": [0, 1]},
        training={"threads": 2, "peak_learning_rate": 0.001},
        conditions={"mine": {"epochs": 3, "exclude_listed_clips": True}},
        selectivity={"fraction": 0.25},
    )


def test_what_is_a_text_stays_one():
    config = configure(run={"name": "7"}, categories={"own": ["1", "true"]})
    assert config["run"]["name"] == "7"
    assert config["categories"]["own"] == ["1", "true"]


@pytest.fixture
def places(tmp_path, monkeypatch):
    """A home folder and variables that name folders."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", "/home/me")
    monkeypatch.setenv("DATA", "/data")
    monkeypatch.delenv("ELSEWHERE", raising=False)
    return tmp_path


def test_every_key_that_is_a_path_takes_the_home_folder_and_variables(places):
    config = configure(
        preset="recordings",
        corpus={
            "folder": "~/audio",
            "tables": {
                "train_segments": "$DATA/train.csv",
                "test_segments": {"primary": "${DATA}/test.csv", "fallback": "~/test.csv"},
            },
            "fsd50k": {"ground_truth": "~/g.zip", "train_archive": ["$DATA/a.zip", "~/b.zip"]},
            "natural_sounds": {"place": "~/sounds", "table": "$DATA/sounds.csv"},
        },
        fetch={"youtube": {"cookies_file": "~/cookies.txt"}},
    )
    corpus = config["corpus"]
    assert corpus["folder"] == "/home/me/audio"
    assert corpus["tables"]["train_segments"] == "/data/train.csv"
    of_test = {"primary": "/data/test.csv", "fallback": "/home/me/test.csv", "sha256": ""}
    assert corpus["tables"]["test_segments"] == of_test
    assert corpus["fsd50k"]["ground_truth"] == "/home/me/g.zip"
    assert corpus["fsd50k"]["train_archive"] == ["/data/a.zip", "/home/me/b.zip"]
    assert corpus["natural_sounds"]["place"] == "/home/me/sounds"
    assert corpus["natural_sounds"]["table"] == "/data/sounds.csv"
    assert config["fetch"]["youtube"]["cookies_file"] == "/home/me/cookies.txt"


def test_a_preset_of_the_users_may_lie_in_the_home_folder(places, monkeypatch):
    monkeypatch.setenv("HOME", str(places))
    (places / "mine.yaml").write_text("seed: 5\n", encoding="utf-8")
    assert configure(preset="~/mine.yaml")["seed"] == 5
    monkeypatch.setenv("HERE", str(places))
    assert configure(preset="$HERE/mine.yaml")["seed"] == 5
    with pytest.raises(ConfigError, match=r"^preset: \$ELSEWHERE/mine.yaml names ELSEWHERE, which"):
        configure(preset="$ELSEWHERE/mine.yaml")


def test_variables_that_there_are_not_are_refused_by_name_with_their_keys(places):
    with pytest.raises(ConfigError) as refused:
        configure(
            corpus={
                "folder": "$ELSEWHERE/audio",
                "tables": {"ontology": "~no-such-user/o.json"},
                "fsd50k": {"test_archive": ["$DATA/a.zip", "${ELSEWHERE}/$NOWHERE/b.zip"]},
            }
        )
    folder, archive, ontology = str(refused.value).splitlines()
    assert folder.startswith("corpus.folder: $ELSEWHERE/audio names ELSEWHERE, which")
    assert ontology.startswith("corpus.tables.ontology: ~no-such-user/o.json: this machine knows")
    assert archive.startswith("corpus.fsd50k.test_archive.1: ${ELSEWHERE}/$NOWHERE/b.zip names")
    assert "ELSEWHERE, NOWHERE" in archive


def test_addresses_and_files_that_are_called_so_stay_as_they_are(places):
    (places / "$ELSEWHERE").mkdir()
    address = "https://x.org/~me/$ELSEWHERE.csv"
    config = configure(corpus={"folder": "$ELSEWHERE", "tables": {"ontology": address}})
    assert config["corpus"]["folder"] == "$ELSEWHERE"
    assert config["corpus"]["tables"]["ontology"] == address
