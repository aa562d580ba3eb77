"""Every rule that computes on the device that the config names, on a CUDA device or a stand-in."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
from workflow_copy import WorkflowCopy

from storage.activations import read_matrix
from storage.logmels import LogMelShards

# One job of every such rule, and what it needs.
ENDS = [
    f"results/tiny/{path}"
    for path in (
        "activations/gbfb/seed0/natural_sounds/all.parquet",
        "activations/pca/seed0/natural/test.parquet",
        "activations/untrained/seed0/quilt-original/train.parquet",
        "activations/untrained/seed0/natural_sounds/all.parquet",
        "analyses/loudness/music/untrained/seed0.parquet",
        "analyses/emergence/no_music/seed0.csv",
    )
]
ON_THE_DEVICE = (
    "compute_logmel", "make_quilts", "train_network", "record_natural", "record_quilts",
    "record_natural_sounds", "record_loudness", "record_emergence", "compute_gbfb_natural_sounds",
    "compute_pca",
)  # fmt: skip


@pytest.fixture(scope="module")
def on_cuda(finished: WorkflowCopy, tmp_path_factory) -> WorkflowCopy:
    """The same run as far as it computes on a device, again from the clips."""
    copy = finished.clone(tmp_path_factory.mktemp("workflow") / "cuda")
    for part in ("activations", "analyses", "logmel", "logs", "networks"):
        shutil.rmtree(copy.folder / "results/tiny" / part)
    slots = "gpu=1"
    if not torch.cuda.is_available():
        # Two of them, since a stand-in costs nothing.
        slots, copy.environment["CUDA_VISIBLE_DEVICES"] = "gpu=2", "0,1"
        copy.environment["PYTHONPATH"] = str(Path(__file__).parent / "on_stand_in")
    overlay = copy.overlay("run: {device: cuda}\n")
    copy.snakemake(*ENDS, "--resources", slots, *overlay)
    return copy


def pairs(finished: WorkflowCopy, on_cuda: WorkflowCopy, pattern: str) -> list[tuple[Path, Path]]:
    """What was computed on the device, with the same file of the other run."""
    there = on_cuda.files(pattern)
    assert there
    return [(finished.folder / path.relative_to(on_cuda.folder), path) for path in there]


@pytest.mark.parametrize("rule", ON_THE_DEVICE)
def test_every_such_rule_ran_on_the_device(on_cuda: WorkflowCopy, rule: str) -> None:
    logs = on_cuda.files(f"tiny/logs/{rule}/**/*.log") + on_cuda.files(f"tiny/logs/{rule}.log")
    assert any(
        re.search(r"(, on|clips train,) cuda$", log.read_text(encoding="utf-8"), re.M)
        for log in logs
    )


def test_of_two_gpus_jobs_take_either(on_cuda: WorkflowCopy) -> None:
    if torch.cuda.is_available():
        pytest.skip("this machine's own GPU is used, and may be one")
    taken = [
        re.findall(r"^On GPU (\d), one of 2$", log.read_text(encoding="utf-8"), re.M)
        for rule in ON_THE_DEVICE
        for log in on_cuda.files(f"tiny/logs/{rule}/**/*.log")
    ]
    assert taken.count(["0"]) + taken.count(["1"]) == len(taken)
    assert ["0"] in taken
    assert ["1"] in taken


def test_log_mels_of_sounds_and_quilts_are_the_cpu_s(finished, on_cuda) -> None:
    """But for the rounding of float16 (1/16 dB) and, in all but empty bands, of float32 sums."""
    for here, there in pairs(finished, on_cuda, "tiny/logmel/**/*.arrow"):
        expected, shard = LogMelShards([here]), LogMelShards([there])
        ids = list(expected.clip_ids)
        assert list(shard.clip_ids) == ids
        np.testing.assert_allclose(
            shard.gather(ids).astype(np.float32),
            expected.gather(ids).astype(np.float32),
            rtol=0,
            atol=1 / 16 + 0.2,
        )


@pytest.mark.parametrize(("features", "rtol", "atol"), [("gbfb", 1e-3, 1e-3), ("pca", 1e-3, 0.1)])
def test_baselines_are_the_cpu_s(
    finished, on_cuda, features: str, rtol: float, atol: float
) -> None:
    for here, there in pairs(finished, on_cuda, f"tiny/activations/{features}/**/*.parquet"):
        (ids, expected), (other_ids, values) = read_matrix(here), read_matrix(there)
        assert ids.tolist() == other_ids.tolist()
        np.testing.assert_allclose(values, expected, rtol=rtol, atol=atol)


def test_a_network_learns_as_on_the_cpu(finished, on_cuda) -> None:
    ((here, there),) = pairs(finished, on_cuda, "tiny/networks/no_music/seed0/history.csv")
    expected, history = pd.read_csv(here), pd.read_csv(there)
    np.testing.assert_allclose(history.loss, expected.loss, rtol=1e-3)
    np.testing.assert_allclose(history.validation_loss, expected.validation_loss, rtol=1e-2)
    log = (on_cuda.folder / "results/tiny/logs/train_network/no_music/seed0.log").read_text(
        encoding="utf-8"
    )
    assert "lie on cuda" in log
    assert "Whole steps run as CUDA graphs" in log


def test_units_respond_as_on_the_cpu(finished, on_cuda) -> None:
    matrices = [
        *pairs(finished, on_cuda, "tiny/activations/untrained/seed0/natural/*.parquet"),
        *pairs(finished, on_cuda, "tiny/activations/untrained/seed0/quilt-*/*.parquet"),
        *pairs(finished, on_cuda, "tiny/activations/untrained/seed0/natural_sounds/*.parquet"),
    ]
    for here, there in matrices:
        (ids, expected), (other_ids, values) = read_matrix(here), read_matrix(there)
        assert ids.tolist() == other_ids.tolist()
        np.testing.assert_allclose(values, expected, rtol=1e-2, atol=1e-2 * expected.std())
