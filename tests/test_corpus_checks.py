"""Corpora that are described with contradictions, gaps, or files that are not there."""

import re

import pytest
from configured import checked, configure

from plumbing.config.corpus_checks import corpus_problems


@pytest.mark.parametrize(
    ("corpus", "words"),
    [
        (
            {"sources": ["folder"], "natural_sounds": {"place": "/x", "table": "/y"}},
            r"no folder or archive /x; .*\n.*natural_sounds\.table: there is no file /y; correct",
        ),
        ({"natural_sounds": "/x"}, r"natural_sounds\.place: there is no folder or archive /x"),
        (
            {"natural_sounds": {"table": "/y"}},
            r"natural_sounds\.place: say where the sounds of table are, or leave table empty",
        ),
        (
            {"natural_sounds": {"place": "https://x/y.zip", "components": "/y"}},
            r"^corpus\.natural_sounds\.components: there is no file /y; correct the path$",
        ),
        ({"sources": ["folder"]}, r"corpus\.folder: say where"),
        ({"sources": ["folder"], "folder": "/nowhere"}, "there is no folder /nowhere; correct"),
        ({"sources": ["demo", "youtube"]}, r"corpus\.sources: demo stands alone"),
        (
            {"sources": ["youtube"], "tables": {"ontology": "/no"}},
            r"train_segments: give the path or URL(.|\n)*tables\.ontology: there is no file /no",
        ),
        (
            {"sources": ["fsd50k"], "tables": {"train_segments": "https://x/t.csv"}},
            r"ground_truth: give the path(.|\n)*tables\.train_segments: leave it empty",
        ),
        (
            {
                "sources": ["fsd50k"],
                "fsd50k": {
                    "train_archive": ["https://x/a.zip"],
                    "test_archive": ["https://y/a.zip"],
                },
            },
            r"a\.zip is given twice; each file needs a name of its own",
        ),
    ],
)
def test_what_is_wrong_is_told_with_its_key(corpus, words):
    problems = "\n".join(corpus_problems(configure(preset="demo", corpus=corpus)["corpus"]))
    assert re.search(words, problems), problems


@pytest.mark.parametrize("preset", ["demo", "paper", "fsd50k"])
def test_nothing_is_wrong_with_the_corpora_that_need_nothing_of_the_user(preset):
    assert corpus_problems(configure(preset=preset)["corpus"]) == []


@pytest.mark.parametrize("preset", ["paper", "fsd50k"])
def test_addresses_need_no_file_before_they_are_fetched(preset, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    config = checked(preset=preset)
    assert set(config["corpus"]["tables"]["ontology"]) == {"primary", "fallback", "sha256"}


def fsd50k_problems(train: list[str], test: list[str]) -> str:
    fsd50k = {"ground_truth": train[0], "train_archive": train, "test_archive": test}
    corpus = {"sources": ["fsd50k"], "fsd50k": fsd50k, "tables": {"ontology": "https://x/o.json"}}
    return "\n".join(corpus_problems(configure(preset="demo", corpus=corpus)["corpus"]))


def test_fsd50k_may_lie_in_folders_and_under_a_servers_names(tmp_path):
    dev, evaluation = tmp_path / "dev/audio", tmp_path / "eval/audio"
    for folder in (dev, evaluation):
        folder.mkdir(parents=True)
    assert "dev/audio is given twice" in fsd50k_problems([str(dev)], [str(evaluation)])
    (tmp_path / "a.zip?download=1").write_bytes(b"PK")
    config = configure(
        preset="fsd50k",
        corpus={
            "fsd50k": {
                "train_archive": [str(dev)],
                "test_archive": [str(tmp_path / "a.zip?download=1")],
            }
        },
    )
    assert corpus_problems(config["corpus"]) == []
    words = r"no file .*a\.zip; there is a\.zip\?download=1 beside it"
    assert re.search(words, fsd50k_problems([str(dev)], [str(tmp_path / "a.zip")]))


def test_archives_that_lack_a_part_are_refused_before_gigabytes_are_fetched():
    given = configure(preset="fsd50k")["corpus"]["fsd50k"]["train_archive"]
    for train, words in (
        (given[1:], r"train_archive: .*missing: \.z01"),
        (given[:-1], "train_archive: .*end with a .zip file, and none was given"),
        ([*given, "https://x/audio.tar"], "train_archive: audio.tar is not a part of an archive"),
    ):
        config = configure(preset="fsd50k", corpus={"fsd50k": {"train_archive": train}})
        (problem,) = corpus_problems(config["corpus"])
        assert re.match(rf"corpus\.fsd50k\.{words}", problem), problem


def test_a_folder_is_no_table(tmp_path):
    corpus = {"sources": ["youtube"], "tables": {"ontology": str(tmp_path)}}
    problems = corpus_problems(configure(preset="paper", corpus=corpus)["corpus"])
    assert any("it is a folder, give the path of a file in it" in text for text in problems)
