"""The cluster of these tests, a workflow that ran without one, and the account of every case."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from clustered import RECORDED, WEIGHTS, Account, Clustered
from one_node_slurm import Slurm, why_not
from workflow_copy import ROOT, WorkflowCopy

ACCOUNT = ROOT / "results/test-cluster.json"
ACCOUNTS: list[Account] = []


@pytest.fixture(scope="session")
def slurm(tmp_path_factory) -> Iterator[Slurm]:
    if reason := why_not():
        pytest.skip(reason)
    with Slurm(tmp_path_factory.mktemp("slurm") / "cluster") as cluster:
        yield cluster


@pytest.fixture(scope="module", params=["epochs"])
def trained(request, finished: WorkflowCopy, tmp_path_factory) -> WorkflowCopy:
    """A finished workflow with so many epochs of training that something can happen in them."""
    copy = finished.clone(tmp_path_factory.mktemp("trained") / "local")
    epochs = f"conditions: {{no_music: {{epochs: {request.param}}}}}\n"
    copy.snakemake(WEIGHTS, RECORDED, *copy.overlay(epochs))
    return copy


@pytest.fixture
def clustered(slurm: Slurm, trained: WorkflowCopy, tmp_path: Path, request) -> Iterator[Clustered]:
    """The same workflow before its training, to go on by sbatch."""
    copy = trained.clone(tmp_path / "clustered")
    with Clustered(copy, slurm, request.node.name) as case:
        case.forget_network()
        yield case
    ACCOUNTS.append(case.account())


@pytest.fixture
def whole(slurm: Slurm, tmp_path: Path, request) -> Iterator[Clustered]:
    """The workflow before its first job, to run by sbatch."""
    with Clustered(WorkflowCopy.make(tmp_path / "whole"), slurm, request.node.name) as case:
        yield case
    ACCOUNTS.append(case.account())


def pytest_terminal_summary(terminalreporter) -> None:  # noqa: ANN001
    if not ACCOUNTS:
        return
    ACCOUNT.parent.mkdir(exist_ok=True)
    ACCOUNT.write_text(json.dumps(ACCOUNTS, indent=1), encoding="utf-8")
    submitted = sum(case["submissions"] for case in ACCOUNTS)
    seconds = sum(case["seconds"] for case in ACCOUNTS)
    terminalreporter.write_line(
        f"cluster: {len(ACCOUNTS)} cases, {submitted} submissions, {seconds:.0f} s; {ACCOUNT}"
    )
