# Layers and checks of the configuration, the lists that limit the wildcards, the code digest.

import os
import sys
from pathlib import Path

import yaml
from snakemake.exceptions import WorkflowError
from snakemake.logging import logger

os.environ.setdefault("TQDM_MININTERVAL", "10")  # bars go to log files: a line now and then

SCRIPTS = Path(workflow.basedir) / "workflow_scripts"
sys.path.insert(0, str(SCRIPTS))

from plumbing import checks, code_digest, network_checks, settings
from plumbing.addresses import file_name_of, path_of
from plumbing.dry_run_plan import DryRunPlan
from plumbing.gpu_slots import gpu_slots
from plumbing.log_events import WithoutSingleJobs
from plumbing.progress import StageProgress
from plumbing.summary import closing_summary
from sources.by_name import ON_DISK
from storage.corpus_tables import FILE_OF_TABLE

SCHEMA = yaml.safe_load((SCRIPTS.parent / "rules/config.schema.yaml").read_text())

try:
    if workflow.is_main_process:
        # Of a key that is given twice, Snakemake's own reading has dropped the first.
        for file in workflow.configfiles:
            settings.read_options(Path(file))
    config = settings.effective_config(config, SCHEMA, SCRIPTS.parent / "presets")
    checks.check_config(config)
    checks.check_labels(config)
    if workflow.is_main_process:
        network_checks.check_own_network(config)
except settings.ConfigError as error:
    raise WorkflowError(f"The configuration needs a change:\n{error}") from None

CORPUS = config["corpus"]
CONDITIONS = config["run"]["conditions"]
SEEDS = config["run"]["seeds"]
NETWORKS = [[condition, seed] for condition in CONDITIONS for seed in SEEDS]
BASELINES = list(checks.BASELINES)
ANALYSES = config["run"]["analyses"]
FIGURES = ["training", *ANALYSES]
SPLITS = ["train", "test"]
SHARDS = list(range(CORPUS["shards"]))
RUN = f"results/{config['run']['name']}"
DEMO = "demo" in CORPUS["sources"]
# Relative, so that a project that was moved as a whole has nothing to run again.
REPORT_PARTS = os.path.relpath(SCRIPTS.parent / "rules/report")
NOTICE = "Synthetic demo corpus: no evidence about brains" if DEMO else ""

# Empty for the paper's network, whose code is among that of the rules.
OWN_NETWORK = code_digest.own_network_digest(
    config["network"]["class"], network_checks.own_folders()
)

# One slot for each job that computes on the GPU; on a CPU the cores alone limit the jobs.
GPU_SLOTS = gpu_slots(config["run"]["device"])
# On a GPU, log-Mels and quilts would be mostly decoding, one job at a time: `auto` leaves them to
# the cores, of which two decode and transform as much, and eight quilt as much.
DECODING_GPU_SLOTS = gpu_slots(config["run"]["device"], auto_takes_gpu=False)
# What CUDA and its libraries take of the host's memory; an estimate, as no GPU was at hand.
CUDA_MB = 3000


def code_of(script, *modules):
    return code_digest.code_digest(SCRIPTS, script, *modules)


def of_networks(path):
    return [path.format(features=features, seed=seed) for features, seed in NETWORKS]


def of_baselines(path, baselines):
    return [path.format(features=features) for features in baselines]


pathvars:
    clips=f"results/clips/{CORPUS['name']}",
    run=RUN,


wildcard_constraints:
    split="|".join(SPLITS),
    shard="[0-9]+",
    table="|".join(FILE_OF_TABLE.values()),
    archive="[^/]+",
    condition="|".join(CONDITIONS),
    features="|".join([*CONDITIONS, *BASELINES]),
    seed="[0-9]+",
    analysis="|".join(ANALYSES) or "none",
    figure="|".join(FIGURES),


if workflow.is_main_process:
    if not (workflow.output_settings.verbose or workflow.output_settings.printshellcmds):
        for handler in logger.handlers:
            handler.addFilter(WithoutSingleJobs())
    logger.addHandler(DryRunPlan() if workflow.output_settings.dryrun else StageProgress())
