"""Tiny runs that something is done to, what they say, and whether they end as a clean one does."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from types import MappingProxyType

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from workflow_copy import PARTS, ROOT, WorkflowCopy  # noqa: E402

# What tells of one run only: its course, its times, and what another run goes on from.
OF_ONE_RUN = re.compile(
    r"(^|/)(logs|benchmarks|\.checksums|\.fetched)/|/resume-|/snapshots-|\.lock$"
)
# Files that name how long it took, without that.
TIMED = {
    "report.html": lambda page: re.sub(rb"<p>\d+ jobs, .*?<h3>Versions", b"", page, flags=re.S),
    "history.csv": lambda table: re.sub(rb",[^,\n]+,[^,\n]+$", b"", table, flags=re.M),
}
# Sentences of the house, which say what happened and what to do.
CLEARED = "the lock that it left is cleared"
WAITED = "Waiting for jobs that a killed run left running"
NOT_FOR_A_PERSON = ("Traceback (most recent", "LockException", "--unlock", "IncompleteFiles")
LONGEST_S = 1800
NOTHING_ELSE = MappingProxyType({})
INPUTS = 4  # the column of --detailed-summary


@dataclass
class Ended:
    """How a run ended, and all that it printed."""

    status: int
    said: str

    @property
    def wrong_words(self) -> list[str]:
        """What no person should have to read."""
        return [words for words in NOT_FOR_A_PERSON if words in self.said]


class FaultyRun:
    """`snakemake --cores 2` in a copy of the workflow, in a session of its own."""

    def __init__(
        self,
        folder: Path,
        *arguments: str,
        environment: Mapping[str, str] = NOTHING_ELSE,
        said: Path | None = None,
    ) -> None:
        self.said = said or folder.parent / f"{folder.name}.txt"
        command = [sys.executable, "-m", "snakemake", "--configfile", "tiny.yaml"]
        with self.said.open("wb") as file:
            self.process = subprocess.Popen(
                [*command, "--cores", "2", *arguments],
                cwd=folder, stdout=file, stderr=subprocess.STDOUT, start_new_session=True,
                env={**os.environ, **environment},
                # In the background of a shell, interrupts would be ignored.
                preexec_fn=partial(signal.signal, signal.SIGINT, signal.SIG_DFL),
            )  # fmt: skip

    def wait(self) -> Ended:
        """Let it run to its end."""
        status = self.process.wait(LONGEST_S)
        return Ended(status, self.said.read_text(encoding="utf-8", errors="replace"))

    def jobs(self) -> dict[int, str]:
        """The jobs that run now: their processes, and the rule of each."""
        found = {}
        for pid in _children(self.process.pid):
            if rule := re.search(rb"/scripts/tmp\w+\.(\w+)\.py", _command_of(pid)):
                found[pid] = rule[1].decode()
        return found

    def stop_jobs(self) -> list[int]:
        """Let the jobs that run now do nothing until `go_on`, so that they end late."""
        pids = [*self.jobs()]
        for pid in pids:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGSTOP)
        return pids

    def wait_for(self, words: str) -> None:
        """Wait until it has said this."""
        until_s = time.monotonic() + 120
        while words not in (said := self.said.read_text(encoding="utf-8", errors="replace")):
            assert self.process.poll() is None, said
            assert time.monotonic() < until_s, said
            time.sleep(0.02)

    def kill_all(self) -> None:
        """Kill all processes of the session, orphans too."""
        for pid in [int(name) for name in os.listdir("/proc") if name.isdigit()]:
            if _session_of(pid) == self.process.pid:
                kill(pid)
        self.process.wait()


def run(folder: Path, *arguments: str, environment: Mapping[str, str] = NOTHING_ELSE) -> Ended:
    """Run to the end; what was printed is kept beside the folder, too."""
    return FaultyRun(folder, *arguments, environment=environment).wait()


def go_on(pids: Iterable[int]) -> None:
    """Let stopped jobs work again."""
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGCONT)


def kill(pid: int) -> bool:
    """Kill -9 a process of ours; whether it was there."""
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return False
    return True


def clean_run(folder: Path) -> Path:
    """A copy of the workflow that ran to its end undisturbed; one that is there is taken."""
    if not (folder / "results/tiny/report.html").exists():
        shutil.rmtree(folder, ignore_errors=True)
        ended = run(WorkflowCopy.make(folder).folder)
        assert ended.status == 0, ended.said
    # What sets up jobs may have been edited since; what they compute is digested.
    for part in PARTS:
        if (ROOT / part).is_dir():
            ignore = shutil.ignore_patterns("__pycache__")
            shutil.copytree(ROOT / part, folder / part, dirs_exist_ok=True, ignore=ignore)
        else:
            shutil.copy2(ROOT / part, folder / part)
    return folder


def clone(of: Path, to: Path) -> Path:
    """The same files with the same times, hard links of each other as before."""
    shutil.rmtree(to, ignore_errors=True)
    subprocess.run(["cp", "--archive", str(of), str(to)], check=True)
    return to


def outputs(folder: Path) -> dict[str, str]:
    """A digest of every output of a run, by its path below results/."""
    found = {}
    for path in sorted((folder / "results").rglob("*")):
        name = path.relative_to(folder / "results").as_posix()
        if path.is_file() and not OF_ONE_RUN.search(name):
            content = path.read_bytes()
            if path.name in TIMED:
                content = TIMED[path.name](content)
            found[name] = hashlib.sha256(content).hexdigest()
    return found


def differences(found: Mapping[str, str], clean: Mapping[str, str]) -> list[str]:
    """Paths of outputs that are not as in a clean run, or there in one of them only."""
    return sorted(name for name in {*found, *clean} if found.get(name) != clean.get(name))


def readers_of_files(folder: Path) -> dict[str, list[str]]:
    """The outputs of a finished run, each with the files that its job reads."""
    command = [sys.executable, "-m", "snakemake", "--configfile", "tiny.yaml"]
    table = subprocess.run(
        [*command, "--detailed-summary"],
        cwd=folder, capture_output=True, text=True, encoding="utf-8", check=True,
    ).stdout  # fmt: skip
    rows = [line.split("\t") for line in table.splitlines() if line.startswith("results/")]
    return {row[0]: [name for name in row[INPUTS].split(",") if name] for row in rows}


def _children(pid: int) -> list[int]:
    try:
        text = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="utf-8")
        threads = Path(f"/proc/{pid}/task").iterdir()
        of_threads = [(thread / "children").read_text(encoding="utf-8") for thread in threads]
    except (OSError, ValueError):
        return []
    return sorted({int(child) for part in (text, *of_threads) for child in part.split()})


def _command_of(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""


def _session_of(pid: int) -> int:
    try:
        return os.getsid(pid)
    except OSError:
        return -1


def seconds_since(start_s: float) -> float:
    """Whole seconds since a time of `time.monotonic`."""
    return round(time.monotonic() - start_s)
