"""A copy of the workflow that runs by sbatch, and the comparison with one that ran without."""

from __future__ import annotations

import io
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

import pandas as pd
from one_node_slurm import Slurm, wait_for
from workflow_copy import WorkflowCopy

Account = Mapping[str, object]
OVERLAY = "more.yaml"
TRAINING = "rule_train_network"
WEIGHTS = "results/tiny/networks/no_music/seed0/weights.pt"
RECORDED = "results/tiny/activations/no_music/seed0/natural/test.parquet"
# What a run is for; logs and benchmarks tell of its course, and PDFs and pages hold a date.
COMPARED = (".pt", ".npz", ".parquet", ".arrow", ".csv", ".png", ".yaml", ".json")
OF_ITS_COURSE = ("logs", "benchmarks")
TIMES = ["seconds", "clips_per_s"]
ENDS_WITHIN_S = 1800


class Clustered:
    """One case: a workflow on a cluster."""

    def __init__(self, copy: WorkflowCopy, slurm: Slurm, name: str) -> None:
        self.copy, self.slurm, self.name = copy, slurm, name
        self.output = copy.folder.with_suffix(".txt")
        self.process: subprocess.Popen | None = None
        self.starts = 0

    def __enter__(self) -> Clustered:
        self.since_s = time.monotonic()
        self.before = set(self.slurm.jobs())
        return self

    def __exit__(self, *error: object) -> None:
        if self.process and self.process.poll() is None:
            self.process.kill()
        for number in self.slurm.jobs("PENDING", "RUNNING"):
            self.slurm.cancel(number)
        self.slurm.resume()
        self.took_s = time.monotonic() - self.since_s

    def account(self) -> Account:
        """What the case cost: its submissions by how they ended, and its seconds."""
        jobs = {number: job for number, job in self.jobs().items()}
        states = Counter(job["JobState"] for job in jobs.values())
        return {
            "case": self.name,
            "starts": self.starts,
            "submissions": len(jobs),
            "ended": dict(states),
            "seconds": round(self.took_s, 1),
        }

    def jobs(self, of: str = "") -> dict[int, dict[str, str]]:
        """The jobs of this case, of one rule where its name is given."""
        found = self.slurm.jobs()
        return {
            number: job
            for number, job in found.items()
            if number not in self.before and of in job["line"]
        }

    def forget_network(self) -> None:
        """Remove a network, and what was recorded of it."""
        results = self.copy.folder / "results/tiny"
        for part in ("networks", "activations"):
            for path in (results / part / "no_music").rglob("*"):
                if path.is_file():
                    path.unlink()

    def start(self, *arguments: str) -> None:
        """Start Snakemake with the profile, in a process group of its own."""
        overlay = [OVERLAY] if (self.copy.folder / OVERLAY).exists() else []
        command = [sys.executable, "-m", "snakemake", "--workflow-profile", "profiles/slurm"]
        configuration = ["--configfile", "tiny.yaml", *overlay]
        self.starts += 1
        with open(self.output, "ab") as output:
            self.process = subprocess.Popen(
                [*command, *arguments, *configuration],
                cwd=self.copy.folder,
                env=self.copy.environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def ends(self) -> str:
        """Wait for Snakemake to end well; what it printed."""
        code = self.process.wait(ENDS_WITHIN_S)
        printed = self.printed()
        assert code == 0, f"{printed}\nended with {code}"
        assert "Traceback" not in printed, printed
        return printed

    def printed(self) -> str:
        return self.output.read_text(encoding="utf-8", errors="replace")

    def kill(self) -> None:
        """Kill Snakemake with all that it started here; jobs of the cluster are not among that."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def wait_until_trained(self, epochs: int = 5, within_s: float = 120) -> int:
        """Wait until the training runs and has been through some epochs; its job's number."""
        number = self.slurm.wait_for_job("RUNNING", within_s=within_s, of=TRAINING)
        folder = (self.copy.folder / WEIGHTS).parent
        wait_for(lambda: [*folder.glob("resume-*.pt")], "an epoch is over", within_s)
        time.sleep(epochs * 0.2)
        return number

    def log_of_training(self) -> str:
        return (self.copy.folder / "results/tiny/logs/train_network/no_music/seed0.log").read_text(
            encoding="utf-8"
        )


def differences(here: Path, there: Path, parts: Sequence[str] = ("",)) -> list[str]:
    """Results of two runs that are not the same bytes, or are in one alone; times do not count."""
    found = []
    for part in parts:
        names = {
            path.relative_to(folder)
            for folder in (here, there)
            for path in (folder / part).rglob("*")
            if path.suffix in COMPARED
            and path.relative_to(folder).parts[1] not in OF_ITS_COURSE
            and not path.name.startswith("resume-")
        }
        assert names, f"nothing to compare in {part}"
        found += [str(name) for name in sorted(names) if not same(here / name, there / name)]
    return found


def same(here: Path, there: Path) -> bool:
    if not (here.exists() and there.exists()):
        return False
    return content(here) == content(there)


def content(path: Path) -> bytes:
    """The bytes of a file; of a table, without how long its rows took."""
    read = path.read_bytes()
    header = read.partition(b"\n")[0].decode(errors="replace").strip().split(",")
    if path.suffix != ".csv" or not set(TIMES) & set(header):
        return read
    table = pd.read_csv(io.BytesIO(read), dtype=str)
    return table.drop(columns=TIMES, errors="ignore").to_csv().encode()
