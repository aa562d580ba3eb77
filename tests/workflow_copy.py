"""A copy of the workflow in a folder of its own, to run Snakemake in as a user does."""

import atexit
import multiprocessing
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from functools import cache
from multiprocessing import forkserver
from multiprocessing.context import BaseContext
from pathlib import Path
from unittest import mock

ROOT = Path(__file__).resolve().parents[1]
PARTS = ("Snakefile", "rules", "workflow_scripts", "presets", "profiles", "envs")
PLANNED = re.compile(r"^  (\w+) +(\d+) ×", re.MULTILINE)
NOTHING = "Nothing to be done"


@cache
def forks() -> BaseContext:
    """Processes that are forks of one in which Snakemake is at hand."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["snakemake_at_hand"])
    with mock.patch.dict(os.environ, PYTHONPATH=str(Path(__file__).parent)):
        forkserver.ensure_running()
    return context


@cache
def python_that_forks() -> str:
    """A command that runs a script as Python does, in a fork of a process of this one's."""
    folder = tempfile.mkdtemp(prefix="jobs-")
    place, program = Path(folder, "socket"), str(Path(__file__).with_name("forked_jobs.py"))
    command = [sys.executable, program, "serve", place]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    atexit.register(shutil.rmtree, folder)
    atexit.register(server.kill)
    until_s = time.monotonic() + 120
    while not place.exists():
        assert server.poll() is None
        assert time.monotonic() < until_s
        time.sleep(0.02)
    return shlex.join([sys.executable, "-I", "-S", program, "run", str(place)])


def run_forked(
    folder: Path, environment: Mapping, python: str, arguments: Sequence[str], output: Path
) -> None:
    """Be `snakemake` with these arguments, in a folder, with what it prints in a file.

    Jobs are run by `python`.
    """
    from snakemake import cli

    with open(output, "wb") as file:
        for stream in (1, 2):
            os.dup2(file.fileno(), stream)
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    sys.executable, sys.argv[1:] = python, arguments
    cli.main(arguments)


class WorkflowCopy:
    """The project's files in `folder`, and its own results."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.environment = {**os.environ, "COLUMNS": "200"}
        self.environment.pop("PYTHONDONTWRITEBYTECODE", None)

    @classmethod
    def make(cls, folder: Path) -> "WorkflowCopy":
        folder.mkdir(parents=True)
        ignore = shutil.ignore_patterns("__pycache__")
        for part in PARTS:
            source = ROOT / part
            if source.is_dir():
                shutil.copytree(source, folder / part, ignore=ignore)
            else:
                shutil.copy2(source, folder / part)
        shutil.copy2(ROOT / "tests/tiny.yaml", folder / "tiny.yaml")
        # Not the project's own, which is the user's to edit.
        (folder / "config.yaml").write_text("preset: demo\n", encoding="utf-8")
        return cls(folder)

    def clone(self, folder: Path) -> "WorkflowCopy":
        """The same files with the same times, and what Snakemake remembers of them."""
        shutil.copytree(self.folder, folder, copy_function=shutil.copy2)
        return WorkflowCopy(folder)

    def snakemake(self, *arguments: str, fails: bool = False) -> str:
        """Run Snakemake on two cores with the tiny configuration; its output."""
        command = ["--configfile", "tiny.yaml", "--cores", "2", *arguments]
        with tempfile.NamedTemporaryFile() as file:
            python = sys.executable if "--dry-run" in arguments else python_that_forks()
            call = (self.folder, self.environment, python, command, Path(file.name))
            process = forks().Process(target=run_forked, args=call)
            process.start()
            process.join(600)
            process.kill()
            process.join()
            output = file.read().decode()
        ended = (1,) if fails else (0,)
        assert process.exitcode in ended, f"{output}\nended with {process.exitcode}"
        return output

    def plan(self, *arguments: str) -> dict[str, int]:
        """What would run: jobs for each rule."""
        output = self.snakemake("--dry-run", *arguments)
        planned = {rule: int(jobs) for rule, jobs in PLANNED.findall(output)}
        assert planned or NOTHING in output, output
        return planned

    def edit(self, file: str, old: str, new: str) -> None:
        """Replace text that stands once in a file."""
        path = self.folder / file
        text = path.read_text(encoding="utf-8")
        assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times in {file}"
        path.write_text(text.replace(old, new), encoding="utf-8")

    def overlay(self, text: str, name: str = "more.yaml") -> tuple[str, str, str]:
        """Arguments that lay a further configuration over the tiny one."""
        (self.folder / name).write_text(text, encoding="utf-8")
        return ("--configfile", "tiny.yaml", name)

    def files(self, pattern: str) -> list[Path]:
        return sorted((self.folder / "results").glob(pattern))
