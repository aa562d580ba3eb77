"""What each edit runs again: the exact jobs, as a dry run of a finished workflow plans them."""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor

import pytest
from workflow_copy import WorkflowCopy

# Written where a run is described, and so by every edit of an option that the run records.
END = "write_config write_report"
SCORED = f"score_claims {END}"
ANALYSED = "measure_{0} plot_{0}"

NEW_CONDITION = """
run: {conditions: [no_music, untrained, no_speech]}
conditions: {no_speech: {exclude_labels: [Speech], epochs: 2}}
"""

OPTIONS = {}

CODE = {}


def counted(jobs: str) -> dict[str, int]:
    """Jobs as they stand in the tables: `rule` for one job, `rule*3` for three."""
    pairs = (job.partition("*") for job in jobs.split())
    return {rule: int(number or 1) for rule, _, number in pairs}


@pytest.fixture(scope="module")
def finished(tmp_path_factory) -> WorkflowCopy:
    copy = WorkflowCopy.make(tmp_path_factory.mktemp("reruns") / "finished")
    copy.snakemake()
    return copy


@pytest.fixture(scope="module")
def plans(finished: WorkflowCopy) -> dict[str, Future]:
    """The plan after every edit, two at a time."""

    def after_option(name: str, text: str) -> dict[str, int]:
        return finished.plan(*finished.overlay(text, f"{name.replace(' ', '-')}.yaml"))

    def after_code(name: str, file: str, added: str) -> dict[str, int]:
        copy = finished.clone(finished.folder.parent / name.replace(" ", "-"))
        path = copy.folder / file
        path.write_text(path.read_text(encoding="utf-8") + added, encoding="utf-8")
        return copy.plan()

    with ThreadPoolExecutor(2) as pool:
        options = {
            name: pool.submit(after_option, name, edit) for name, (edit, _) in OPTIONS.items()
        }
        code = {name: pool.submit(after_code, name, *edit) for name, (edit, _) in CODE.items()}
    return options | code


@pytest.mark.parametrize("name", OPTIONS)
def test_an_option_runs_again_what_depends_on_it(plans, name):
    assert plans[name].result() == counted(OPTIONS[name][1])


@pytest.mark.parametrize("name", CODE)
def test_an_edit_of_code_runs_again_what_computes_with_it(plans, name):
    assert plans[name].result() == counted(CODE[name][1])
