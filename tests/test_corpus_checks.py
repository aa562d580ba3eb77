"""Corpora that are described with contradictions, gaps, or files that are not there."""

import re

import pytest
from configured import checked, configure

from plumbing.corpus_checks import corpus_problems


@pytest.mark.parametrize(
    ("corpus", "words"),
    [
        (
            {"sources": ["folder"], "natural_sounds": {"folder": "x"}},
            r"corpus\.natural_sounds\.table: folder and table belong together",
        ),
        (
            {"sources": ["folder"], "natural_sounds": {"folder": "/x", "table": "/y"}},
            r"no folder or archive /x; .*\n.*no file /y; correct",
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
                "fsd50k": {"train_archive": ["https://x/a.zip"], "test_archive": ["/y/a.zip"]},
            },
            r"a\.zip is given twice; .*(.|\n)*test_archive: there is no file /y/a\.zip",
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
