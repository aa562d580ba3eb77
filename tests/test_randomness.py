"""Random numbers follow from names, in their order, and from nothing else."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
from scipy import stats

from science.statistics.randomness import named_generator

SCRIPTS = Path(__file__).resolve().parents[1] / "workflow_scripts"


def drawn(*names: str | int, seed: int = 3) -> tuple[int, ...]:
    return tuple(named_generator(seed, *names).integers(0, 2**63, 4).tolist())


def test_each_seed_and_list_of_names_has_a_stream_of_its_own():
    streams = [
        drawn("quilts", "no_music", 1),
        drawn("quilts", 1, "no_music"),
        drawn("quilts", "no_music", "1"),
        drawn("quilts", "no_music", 2),
        drawn("quilts", "no_music"),
        drawn("quiltsno_music", 1),
        drawn("quilts no_music", 1),
        drawn("quilts", "no_musik", 1),
        drawn("quilts", "no_music", 1, seed=4),
        drawn(),
    ]
    assert len(set(streams)) == len(streams)


def test_what_else_is_drawn_before_changes_nothing():
    alone = drawn("b", 0)
    np.random.seed(1)
    named_generator(3, "a", 0).normal(size=100)
    assert drawn("b", 0) == alone


def test_another_process_draws_the_same_whatever_its_hashes():
    code = (
        "from science.statistics.randomness import named_generator as of\n"
        "print(of(3, 'quilts', 'no_music', 1).integers(0, 2**63, 4).tolist())"
    )
    printed = subprocess.run(
        [sys.executable, "-c", code],
        env={"PYTHONPATH": str(SCRIPTS), "PYTHONHASHSEED": "77"},
        capture_output=True,
        encoding="utf-8",
        check=True,
    ).stdout
    assert printed.strip() == str(list(drawn("quilts", "no_music", 1)))


def test_streams_of_names_in_a_row_are_unrelated():
    values = np.array([named_generator(0, "loudness", seed).random(200) for seed in range(40)])
    assert stats.kstest(values[:, 0], "uniform").pvalue > 1e-3
    correlations = np.corrcoef(values)[np.triu_indices(40, 1)]
    assert abs(correlations).max() < 5 / np.sqrt(200)
