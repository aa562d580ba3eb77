"""Time and memory of planning the paper's run: a dry-run, by number of shards.

Run `python tests/benchmarks/bench_planning.py`; `--shards 64 640` for others. Nothing is fetched.
"""

from __future__ import annotations

import argparse
import re
import resource
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def plan(shards: int) -> tuple[int, float, float]:
    """Jobs of the run, processor time in seconds and peak memory in MB of its dry-run."""
    with tempfile.TemporaryDirectory() as folder:
        config = Path(folder, "config.yaml")
        config.write_text(f"preset: paper\ncorpus: {{shards: {shards}}}\n", encoding="utf-8")
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        done = subprocess.run(
            [sys.executable, "-m", "snakemake", "--snakefile", ROOT / "Snakefile", "--dry-run",
             "--cores", "2", "--workflow-profile", ROOT / "profiles/default"],
            cwd=folder, capture_output=True, text=True, encoding="utf-8", check=True,
        )  # fmt: skip
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
    jobs = re.search(r"^(\d+) jobs would run", done.stdout + done.stderr, re.M)
    used_s = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return int(jobs[1]), used_s, after.ru_maxrss / 1024


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--shards", type=int, nargs="+", default=[64, 320, 640])
    for shards in sorted(parser.parse_args().shards):
        jobs, used_s, peak_mb = plan(shards)
        print(f"{shards} shards: {jobs} jobs, {used_s:.1f} s of a core, {peak_mb:.0f} MB")


if __name__ == "__main__":
    main()
