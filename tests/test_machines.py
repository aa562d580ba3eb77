"""Folders, locales, users and workflows around this one, as strangers' machines have them."""

import asyncio
import contextlib
import errno
import logging
import os
import shutil
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
import snakemake_executor_plugin_slurm as slurm
from workflow_copy import ROOT, WorkflowCopy

from plumbing import machine
from storage.clips import AskedClip, ClipRow, write_clip_shard

OF_ANOTHER = ("SNAKEMAKE", "LANG", "LC_", "PYTHONUTF8", "XDG_", "USER", "LOGNAME", "HOME")
# Python that knows the user's number and no name, as in a container.
NAMELESS = """
import pwd


def getpwuid(number):
    raise KeyError(f"getpwuid(): uid not found: {number}")


pwd.getpwuid = getpwuid
"""
RECORDINGS = """
preset: recordings
corpus:
  name: my_recordings
  folder: {folder}/audio
  tables:
    train_segments: {folder}/train.csv
    test_segments: {folder}/test.csv
    class_labels: {folder}/classes.csv
    ontology: {folder}/ontology.json
"""


def environment(**changes: str) -> dict[str, str]:
    """This machine's environment without what tells of its user and locale."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(OF_ANOTHER)}
    return kept | changes


@pytest.fixture(scope="module")
def project(tmp_path_factory) -> WorkflowCopy:
    """A copy with its own .venv, in a folder that shells and locales stumble over."""
    copy = WorkflowCopy.make(tmp_path_factory.mktemp("machine") / "it's a $HOME, ü")
    shutil.copy2(ROOT / "Makefile", copy.folder)
    (copy.folder / ".venv").mkdir()
    for part in Path(sys.prefix).iterdir():
        if part.name != ".installed":
            (copy.folder / ".venv" / part.name).symlink_to(part)
    (copy.folder / ".venv/.installed").touch()
    copy.environment = environment(HOME=str(tmp_path_factory.mktemp("home")))
    return copy


def run(copy: WorkflowCopy, *command: str, fails: bool = False, **changes: str) -> str:
    done = subprocess.run(
        command, cwd=copy.folder, env=copy.environment | changes, capture_output=True, timeout=300
    )
    output = (done.stdout + done.stderr).decode("utf-8", errors="replace")
    assert (done.returncode != 0) == fails, output
    return output


def snakemake(copy: WorkflowCopy, *arguments: str, fails: bool = False, **changes: str) -> str:
    command = (".venv/bin/python", "-m", "snakemake", "--cores", "2", *arguments)
    return run(copy, *command, fails=fails, **changes)


def test_jobs_run_in_a_folder_with_spaces_for_a_user_without_a_name(project, tmp_path):
    (tmp_path / "sitecustomize.py").write_text(NAMELESS, encoding="utf-8")
    target = "results/clips/demo/tables/ontology.json"
    demo = ("--replace-workflow-config", "--config", "preset=demo")
    snakemake(project, target, *demo, PYTHONPATH=str(tmp_path), PYTHONIOENCODING="ascii")
    assert (project.folder / target).is_file()
    assert (project.folder / "results/clips/demo/origin.yaml").is_file()


@pytest.mark.parametrize("config", ["preset: [", None])
def test_the_projects_own_commands_work_whatever_config_yaml_says(project, tmp_path, config):
    own = project.folder / "config.yaml"
    own.unlink() if config is None else own.write_text(config, encoding="utf-8")
    no_home = tmp_path / "a file"
    no_home.touch()
    output = run(project, "make", "rulegraph", HOME=str(no_home))
    own.write_text("preset: demo\n", encoding="utf-8")
    assert "write_demo_tables" in output


def test_every_command_of_the_demo_leaves_config_yaml_unread():
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    commands = [line for line in makefile.splitlines() if line.startswith("\t$(PY) snakemake")]
    assert len(commands) == 4
    assert all(line.endswith("$(DEMO)") for line in commands)


def test_the_demo_is_refused_where_it_would_write_over_recordings(project, tmp_path):
    for name in ("train.csv", "test.csv", "classes.csv", "ontology.json"):
        (tmp_path / name).touch()
    (tmp_path / "audio").mkdir()
    own = project.folder / "config.yaml"
    own.write_text(RECORDINGS.format(folder=tmp_path), encoding="utf-8")
    asked = AskedClip("abcdefghijk_0.000", "abcdefghijk", 0.0, 10.0, ("/m/04rlf",))
    shard = project.folder / "results/clips/my_recordings/train/0.parquet"
    write_clip_shard(shard, [ClipRow.found(asked, "folder", b"a recording")])
    before = shard.read_bytes()
    output = snakemake(project, "--config", "preset=demo", fails=True)
    plan = snakemake(project, "--dry-run", "--replace-workflow-config", "--config", "preset=demo")
    own.write_text("preset: demo\n", encoding="utf-8")
    assert "corpus.name: results/clips/my_recordings holds clips of folder" in output
    assert "Traceback" not in output
    assert "would run" in plan
    assert shard.read_bytes() == before


def test_an_empty_config_is_that_of_the_demo(project):
    own = project.folder / "config.yaml"
    own.write_text("# preset: paper\n", encoding="utf-8")
    output = snakemake(project, "--dry-run", "results/demo/config.yaml")
    own.write_text("preset: demo\n", encoding="utf-8")
    assert "1 job would run" in output


def test_a_folder_that_is_not_the_projects_needs_a_config_of_its_own(project, tmp_path):
    elsewhere = ("--directory", str(tmp_path), "--dry-run", "results/demo/config.yaml")
    output = snakemake(project, *elsewhere, fails=True)
    assert f"config.yaml cannot be read: there is none in {tmp_path}" in output
    assert "1 job would run" in snakemake(project, *elsewhere, "--config", "preset=demo")


@pytest.mark.skipif(not shutil.which("localedef"), reason="no locales can be made here")
@pytest.mark.parametrize("name", ["en_US.ISO-8859-1", "ko_KR.EUC-KR"])
def test_a_locale_other_than_utf_8_is_named_and_stops_nothing(project, tmp_path, name):
    language, _, encoding = name.partition(".")
    made = ["localedef", "-i", language, "-f", encoding, str(tmp_path / name)]
    if subprocess.run(made, capture_output=True).returncode > 1:
        pytest.skip("the machine does not have the locale's description")
    locale = {"LOCPATH": str(tmp_path), "LC_ALL": name}
    output = snakemake(project, "--dry-run", "results/demo/config.yaml", **locale)
    assert "1 job would run" in output
    assert "set PYTHONUTF8=1" in output


def test_options_can_be_printed_where_letters_are_lacking(project):
    script = "workflow_scripts/plumbing/commands/print_options.py"
    output = run(project, ".venv/bin/python", script, PYTHONIOENCODING="ascii")
    assert "`logmel.clip_s`" in output


HOST = """
module music:
    snakefile: {snakefile!r}
    config: {{"preset": "demo", "run": {{"seeds": [0]}}}}
{prefix}
use rule * from music as music_*
"""


def test_another_workflow_can_use_this_one_as_a_module(project, tmp_path):
    text = HOST.format(snakefile=str(project.folder / "Snakefile"), prefix="")
    (tmp_path / "Snakefile").write_text(text, encoding="utf-8")
    here = ("--directory", str(tmp_path), "--snakefile", str(tmp_path / "Snakefile"))
    snakemake(project, *here, "results/clips/demo/tables/ontology.json")
    assert (tmp_path / "results/clips/demo/origin.yaml").is_file()
    output = snakemake(project, *here, "--dry-run", "music_networks")
    assert "music_train_network" in output


def test_a_module_with_a_prefix_is_refused(project, tmp_path):
    text = HOST.format(snakefile=str(project.folder / "Snakefile"), prefix='    prefix: "x"')
    (tmp_path / "Snakefile").write_text(text, encoding="utf-8")
    here = ("--directory", str(tmp_path), "--snakefile", str(tmp_path / "Snakefile"))
    assert "takes no `prefix`" in snakemake(project, *here, "--dry-run", fails=True)


def test_a_folder_with_a_brace_is_refused_in_a_sentence(project, tmp_path):
    shutil.copytree(project.folder, tmp_path / "a{b}", symlinks=True)
    moved = WorkflowCopy(tmp_path / "a{b}")
    moved.environment = project.environment
    output = snakemake(moved, "--dry-run", fails=True)
    assert "has a brace in its name" in output
    assert "rename it" in output


def test_a_folder_that_cannot_be_written_to_is_told(tmp_path, monkeypatch):
    assert machine.folder_problem(tmp_path, tmp_path) == ""
    monkeypatch.setattr(machine.os, "access", lambda path, mode: path != tmp_path)
    problem = machine.folder_problem(tmp_path, tmp_path)
    assert f"{tmp_path} cannot be written to" in problem
    assert "--directory" in problem
    assert machine.folder_problem(tmp_path, tmp_path.parent) == ""


def test_default_pace_is_dropped_and_one_that_was_set_stays():
    from snakemake.cli import get_argument_parser
    from snakemake.scheduling.job_scheduler import JobRateLimiter

    def paced(*arguments: str) -> SimpleNamespace:
        given = get_argument_parser().parse_args(["--cores", "1", *arguments])
        return SimpleNamespace(job_rate_limiter=JobRateLimiter(given.max_jobs_per_timespan))

    default, own = paced(), paced("--max-jobs-per-timespan", "30/1m")
    for scheduler in (default, own):
        machine.drop_default_pace(scheduler)
    assert default.job_rate_limiter is None
    assert own.job_rate_limiter.max_jobs == 30


def test_a_file_is_digested_again_only_when_it_was_written_again(tmp_path):
    class File(str):
        is_storage = False
        rule = SimpleNamespace(workflow=SimpleNamespace(iocache=SimpleNamespace(active=False)))

        async def checksum(self, threshold=None, force=False, algorithm=None):
            read.append(str(self))
            return Path(self).read_text(encoding="utf-8") if threshold else None

    read = []
    for _ in range(2):
        machine.digest_each_file_once(File)
    path, other, missing = (File(tmp_path / name) for name in ("a", "b", "missing"))

    def checksums(threshold=9):
        files = (path, other, path, missing)
        return [asyncio.run(file.checksum(threshold)) for file in files if Path(file).exists()]

    Path(path).write_text("1", encoding="utf-8")
    Path(other).write_text("2", encoding="utf-8")
    assert checksums() == checksums() == ["1", "2", "1"]
    assert read == [path, other]
    Path(path).write_text("33", encoding="utf-8")
    assert checksums() == ["33", "2", "33"]
    os.utime(other, (0, 0))
    assert checksums() == ["33", "2", "33"]
    os.replace(path, other)
    assert checksums(threshold=None) == [None]
    assert read == [path, other, path, other, other]
    File.rule.workflow.iocache.active = True
    assert checksums() == checksums() == ["33"]
    assert read[5:] == [other, other]


@pytest.mark.parametrize(
    ("number", "words"), [(errno.ENOSPC, "make room"), (errno.EROFS, "make it writable")]
)
def test_a_folder_that_takes_nothing_is_told_with_what_to_do(tmp_path, monkeypatch, number, words):
    folder = tmp_path / "results" / "not yet"
    assert machine.disk_problem(folder) == ""
    assert not [*tmp_path.iterdir()]

    def refuse(path, _):
        raise OSError(number, "no", str(path))

    monkeypatch.setattr(machine.Path, "write_bytes", refuse)
    problem = machine.disk_problem(folder)
    assert problem.startswith(f"Nothing can be written to {tmp_path} (no); ")
    assert words in problem
    assert problem.endswith("run again.")


@pytest.mark.parametrize(
    ("states", "watched"),
    [
        (None, ["1", "2"]),  # no question was answered
        ({"1": "RUNNING", "2": "PENDING"}, ["1", "2"]),
        ({"1": "COMPLETED", "2": "RUNNING"}, ["2"]),
    ],
)
def test_slurm_jobs_stay_watched_when_the_controller_did_not_answer(monkeypatch, states, watched):
    async def answer(command, logger):
        return states, states and 0.1

    monkeypatch.setattr(slurm, "get_min_job_age", lambda: 3600)
    monkeypatch.setattr(slurm, "query_job_status", answer)
    settings = SimpleNamespace(
        init_seconds_before_status_checks=6, status_attempts=2, keep_successful_logs=True
    )
    executor = object.__new__(slurm.Executor)
    executor.workflow = SimpleNamespace(executor_settings=settings)
    executor.logger = logging.getLogger("executor")
    executor.run_uuid = "run"
    executor.get_status_command = lambda: "squeue"
    executor.report_job_success = lambda job: None
    executor.status_rate_limiter = contextlib.nullcontext()
    executor._status_query_calls = executor._status_query_failures = 0
    executor._status_query_total_seconds = executor._status_query_max_seconds = 0
    executor._status_query_min_seconds = None
    executor._status_query_cycle_rows = []
    executor.next_seconds_between_status_checks = 6
    machine.outlast_silent_controller(executor)
    jobs = [SimpleNamespace(external_jobid=number, aux={}) for number in ("1", "2")]

    async def check() -> list[str]:
        return [job.external_jobid async for job in executor.check_active_jobs(jobs)]

    assert asyncio.run(check()) == watched


def test_executors_that_are_not_slurm_s_stay_as_they_are():
    executor = SimpleNamespace(check_active_jobs=None)
    machine.outlast_silent_controller(executor)
    assert executor.check_active_jobs is None
