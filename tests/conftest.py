"""Make the workflow's packages importable in the tests, as Snakemake does for its scripts."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "workflow_scripts"))


@pytest.fixture
def one_thread() -> Iterator[None]:
    """Threads only wait for each other on networks as small as those of the tests."""
    import torch

    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)
