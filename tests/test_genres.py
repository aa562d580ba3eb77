"""Genres of a corpus: which there are, whose clips, and what is said of their read-outs."""

from __future__ import annotations

import numpy as np
import pytest
from music_run import CLASSES, corpus_tables

from science.analyses.genres import (
    READOUT_COLUMNS,
    describe_genres,
    genre_masks,
    genre_table,
    summarise_genres,
)
from science.analyses.readout import ReadoutResult


def test_genres_are_those_of_the_corpus_by_name():
    corpus = corpus_tables()
    described = describe_genres(corpus.ontology, corpus.class_labels)
    assert described.to_dict("list") == {
        "mid": ["/m/rock", "/m/jazz"],
        "genre": ["Rock music", "Jazz"],
    }
    bare = corpus_tables(genres=())
    assert describe_genres(bare.ontology, bare.class_labels).empty


def test_a_clip_counts_for_each_of_its_genres_where_it_is_pure_music():
    labels = [["/m/rock"], ["/m/rock", "/m/jazz"], ["/m/jazz", "/m/dog"], ["/m/dog"]]
    music = np.array([True, True, False, False])
    masks = genre_masks(labels, music, list(CLASSES), ["/m/rock", "/m/jazz"])
    assert masks.tolist() == [[True, False], [True, True], [False, False], [False, False]]


def test_the_summary_is_over_the_genres_that_could_be_tested():
    corpus = corpus_tables()
    described = describe_genres(corpus.ontology, corpus.class_labels)
    results = [
        ReadoutResult(0.8, 0.1, 9, 90, 5, 45, ""),
        ReadoutResult(float("nan"), float("nan"), 0, 90, 0, 45, "no clip"),
    ]
    table = genre_table(described, results)
    assert list(table.columns) == ["mid", "genre", *READOUT_COLUMNS]
    summary = summarise_genres(table)
    assert summary["genres"] == 1
    assert summary["mean_average_precision"] == pytest.approx(0.8)
    assert summary["smallest_test_clips"] == 5
    assert summary["note"] == "1 of 2 genres lack clips to fit or test"


def test_a_corpus_without_genres_is_said_to_have_none():
    bare = corpus_tables(genres=())
    table = genre_table(describe_genres(bare.ontology, bare.class_labels), [])
    assert summarise_genres(table)["note"] == "the corpus has no genres"
