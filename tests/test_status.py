"""`make status`: what would run and why, what is done, and who is at work."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from workflow_copy import WorkflowCopy

from plumbing.at_work import in_sentences, job_at_work
from plumbing.commands.show_status import NOTHING_TO_DO, in_short, main
from plumbing.terminal.reasons import FOLLOWS

CONFIG = "results/tiny/config.yaml"
# Holds the mark of a run until it is killed.
RUN = "import sys, time; sys.path.insert(0, sys.argv[1])\nfrom pathlib import Path\n" + (
    "from plumbing.at_work import begin_run\nbegin_run(Path.cwd()); print(1, flush=True)\n"
    "time.sleep(60)"
)


@pytest.fixture(scope="module")
def begun(tmp_path_factory: pytest.TempPathFactory) -> WorkflowCopy:
    """A copy of the workflow whose configuration alone is written."""
    copy = WorkflowCopy.make(tmp_path_factory.mktemp("status") / "workflow")
    copy.snakemake(CONFIG)
    return copy


@pytest.fixture
def status(begun: WorkflowCopy, monkeypatch: pytest.MonkeyPatch, capsys):
    """Ask for the status of the configuration's file, as `make status` does."""
    monkeypatch.chdir(begun.folder)

    def asked(*arguments: str, ends: int = 0) -> list[str]:
        assert main(arguments) == ends
        printed = capsys.readouterr()
        return (printed.err if ends else printed.out).splitlines()

    return asked


def test_nothing_to_do_is_one_line(status):
    assert status(CONFIG, "--configfile", "tiny.yaml") == [NOTHING_TO_DO]


def test_a_changed_option_is_named_with_what_it_was(status, begun: WorkflowCopy):
    given = begun.overlay("emergence: {clips: 7}\n")
    nobody, header, line = status(CONFIG, *given)
    assert nobody == "No run is at work in this folder."
    assert header == "1 job would run, in this order of stages:"
    assert line.endswith("[config.emergence.clips 200 → 7]")


def test_a_file_that_was_removed_is_no_job_that_never_ran(status, begun: WorkflowCopy):
    text = (begun.folder / CONFIG).read_text(encoding="utf-8")
    times = (begun.folder / CONFIG).stat()
    (begun.folder / CONFIG).unlink()
    try:
        assert status(CONFIG, "--configfile", "tiny.yaml")[-1].endswith(f"[removed: {CONFIG}]")
    finally:
        (begun.folder / CONFIG).write_text(text, encoding="utf-8")
        os.utime(begun.folder / CONFIG, ns=(times.st_atime_ns, times.st_mtime_ns))


def test_of_a_whole_run_each_stage_is_told_with_what_is_done(status):
    lines = [" ".join(line.split()) for line in status("--configfile", "tiny.yaml")]
    assert "train_network 2 × Train network no_music, seed 0 … [never run]" in lines
    assert lines[-1] == "Done, with nothing to do again: 1 write_config"
    order = [line.split()[0] for line in lines]
    assert order.index("list_clips") < order.index("train_network") < order.index("write_report")


def test_an_error_of_the_configuration_is_passed_on(status):
    lines = status("--config", "preset=none_such", ends=1)
    assert any("preset: there is no file" in line for line in lines)
    assert "Traceback" not in "".join(lines)


def test_a_run_at_work_is_named_and_one_that_was_killed_too(status, begun: WorkflowCopy):
    scripts = str(begun.folder / "workflow_scripts")
    given = (CONFIG, "--configfile", "tiny.yaml")
    with subprocess.Popen(
        [sys.executable, "-c", RUN, scripts], cwd=begun.folder, stdout=subprocess.PIPE
    ) as run:
        run.stdout.readline()
        first, *others = status(*given)
        run.kill()
    lock = begun.folder / ".snakemake/locks/0.input.lock"
    lock.touch()
    assert first.startswith(f"A run is at work in this folder: process {run.pid} (snakemake")
    assert others == [NOTHING_TO_DO]
    said = status(*given)
    assert said[0].startswith("The run before was cut off: process")
    assert said[0].endswith("The next run goes on from there.")
    lock.unlink()


def test_stages_that_merely_follow_are_one_line():
    plan = [
        "3 jobs would run, in this order of stages:",
        "  train        1 ×  Train  [epochs 2 → 3]",
        f"  record       2 ×  Record …  [{FOLLOWS}, 4 done]",
        f"  plot         1 ×  Plot  [{FOLLOWS}]",
        "Done, with nothing to do again: 1 fetch",
    ]
    follow = f"Then, as {FOLLOWS}: 2 record, 1 plot"
    assert in_short(plan) == [*plan[:2], follow, plan[-1]]
    assert in_short(plan[:3]) == plan[:3]
    assert in_short([]) == []


def test_jobs_at_work_are_named(tmp_path: Path):
    assert in_sentences(tmp_path) == []
    with job_at_work(tmp_path, "train_network no_music"):
        (sentence,) = in_sentences(tmp_path)
    assert sentence.startswith("At work now: train_network no_music, left by a run that was killed")
    assert in_sentences(tmp_path) == []
