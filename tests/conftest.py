"""Make the workflow's packages importable in the tests, as Snakemake does for its scripts."""

import fcntl
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from workflow_copy import WorkflowCopy

# Threads would only wait for each other: the tests are small, and run in several processes.
os.environ["OMP_NUM_THREADS"] = os.environ["OPENBLAS_NUM_THREADS"] = "1"
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "workflow_scripts"))


@pytest.fixture
def cuda() -> Iterator[object]:
    """A CUDA device: the machine's own (None), or else a stand-in for one."""
    import torch
    from stand_in_cuda import stand_in_cuda

    if torch.cuda.is_available():
        yield None
        return
    with stand_in_cuda() as device:
        yield device


@pytest.fixture(scope="session")
def finished(tmp_path_factory) -> WorkflowCopy:
    """A workflow that has run to its end; tests only look at it, or edit a clone.

    The first of several processes that run tests makes it, and the others wait.
    """
    folder = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        folder = folder.parent
    printed = folder / "finished.txt"
    with open(folder / "finished.lock", "wb") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not printed.exists():
            output = WorkflowCopy.make(folder / "finished").snakemake()
            printed.write_text(output, encoding="utf-8")
    copy = WorkflowCopy(folder / "finished")
    copy.printed = printed.read_text(encoding="utf-8")
    return copy


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Whole workflows first: of two processes, neither is left alone with one at the end.

    `-m cuda` is what uses a CUDA device, or a stand-in where there is none.
    """
    for item in items:
        if {"cuda", "on_cuda"} & set(getattr(item, "fixturenames", ())):
            item.add_marker("cuda")
    items.sort(key=lambda item: not hasattr(item.module, "WorkflowCopy"))
