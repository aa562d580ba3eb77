"""What every rule of a preset asks for in each try; Snakemake parses the rules.

In a process of its own, since Snakemake leaves traces in the one that parses.
"""

import json
import os
from pathlib import Path

from snakemake.api import SnakemakeApi
from snakemake.resources import Resource
from snakemake.settings.types import ConfigSettings, OutputSettings, ResourceSettings

DOORS = ("all", "clips", "logmel", "networks", "activations", "analyses", "figures", "scorecard")
TRIES = (1, 2, 3)
RESOURCES = ("mem_mb", "runtime", "gpu")


def asked_for(resource: Resource | None) -> list[object]:
    """The resource in each try of a job whose input is this file."""
    if resource is None:
        return [None] * len(TRIES)
    known = {"input": [__file__]}
    return [resource.evaluate({}, **known, attempt=attempt).value for attempt in TRIES]


def main(snakefile: Path, config: dict, folder: Path, written: Path) -> None:
    """Write them as JSON, of a workflow that runs in `folder`."""
    os.chdir(folder)
    with SnakemakeApi(OutputSettings()) as api:
        workflow_api = api.workflow(
            resource_settings=ResourceSettings(cores=1),
            config_settings=ConfigSettings(config=config, replace_workflow_config=True),
            snakefile=snakefile,
        )
        workflow = workflow_api._get_workflow()
        workflow.include(snakefile, overwrite_default_target=True)
        rules = {
            rule.name: {
                "local": rule.name in workflow._localrules,
                "input": [str(file) for file in rule.input if not callable(file)],
                **{name: asked_for(rule.resources.get(name)) for name in RESOURCES},
            }
            for rule in workflow.rules
            if rule.name not in DOORS
        }
    written.write_text(json.dumps(rules), encoding="utf-8")
