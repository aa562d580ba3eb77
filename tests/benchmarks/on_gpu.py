"""The CUDA tests and the benchmarks of a GPU, one after the other, within a time; on_gpu.sh."""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
import time
from pathlib import Path

import torch

FOLDER = Path(__file__).resolve().parent
ROOT = FOLDER.parents[1]
LEAST_S = 20  # with less left, nothing more is begun
# In the order in which they are wanted, since the time may not do for all. The workflow on the
# device comes last: it needs Snakemake, and its parts have tests of their own.
STEPS = {
    "tests": ["-m", "pytest", "-q", "-m", "cuda", "--ignore=tests/test_cuda_workflow.py"],
    "training": [str(FOLDER / "bench_training.py"), "--rounds", "3", "--device", "{device}"],
    "seeds": [str(FOLDER / "bench_seeds.py"), "--device", "{device}"],
    "stages": [str(FOLDER / "bench_device.py"), "--device", "{device}"],
    "workflow": ["-m", "pytest", "-q", "tests/test_cuda_workflow.py"],
}


def machine(device: str) -> dict:
    """What the figures belong to."""
    found = {
        "torch": torch.__version__,
        "python": platform.python_version(),
        "cores": len(os.sched_getaffinity(0)),
        "device": device,
    }
    if device.startswith("cuda") and torch.cuda.is_available():
        properties = torch.cuda.get_device_properties(device)
        found |= {"card": properties.name, "memory_gb": round(properties.total_memory / 1e9, 1)}
    return found


def run(step: list[str], left_s: float) -> dict:
    """Run a step for as long as there is time; how it ended, and the lines it printed."""
    begin_s = time.monotonic()
    process = subprocess.Popen(
        [sys.executable, *step],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf-8",
        start_new_session=True,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    )
    try:
        printed, _ = process.communicate(timeout=left_s)
        ended = "done" if process.returncode == 0 else f"failed with {process.returncode}"
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, 9)
        printed, _ = process.communicate()
        ended = "stopped: the time was over"
    seconds = round(time.monotonic() - begin_s, 1)
    return {"ended": ended, "seconds": seconds, "printed": printed.splitlines()}


def main() -> int:
    """Run what the time allows; the file is written after each step, so that none is lost."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("seconds", type=float, help="how long all of it may take")
    parser.add_argument("file", type=Path, help="where to write the JSON")
    parser.add_argument("--device", default="cuda")
    parser.add_argument("--only", nargs="+", choices=STEPS, default=list(STEPS))
    arguments = parser.parse_args()
    end_s = time.monotonic() + arguments.seconds
    found = {"machine": machine(arguments.device), "steps": {}}
    for name in arguments.only:
        left_s = end_s - time.monotonic()
        if left_s < LEAST_S:
            found["steps"][name] = {"ended": "not begun: the time was over"}
        else:
            step = [word.format(device=arguments.device) for word in STEPS[name]]
            found["steps"][name] = run(step, left_s)
        arguments.file.parent.mkdir(parents=True, exist_ok=True)
        arguments.file.write_text(json.dumps(found, indent=2), encoding="utf-8")
        print(name, found["steps"][name]["ended"], flush=True)
    ended = [step["ended"] for step in found["steps"].values()]
    return sum(one.startswith("failed") for one in ended)


if __name__ == "__main__":
    sys.exit(main())
