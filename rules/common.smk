# Layers and checks of the configuration, the lists that limit the wildcards, the code digest.

import os
import sys
from pathlib import Path

from snakemake.exceptions import WorkflowError
from snakemake.io import _IOFile
from snakemake.logging import logger

os.environ.setdefault("TQDM_MININTERVAL", "10")  # bars go to log files: a line now and then

# The folder of this file's workflow, also where another one uses it as a module.
ROOT = Path(workflow.current_basedir.get_path_or_uri(secret_free=True)).absolute().parent
if not ROOT.is_dir():
    raise WorkflowError(
        f"{ROOT.name} must lie on this machine, with its workflow_scripts: clone the repository, "
        f"and give the module the path of the clone's Snakefile."
    )
SCRIPTS = ROOT / "workflow_scripts"
sys.path.insert(0, str(SCRIPTS))

from plumbing.config import checks
from plumbing.config import network_checks
from plumbing.config import stimulus_checks
from plumbing.config import settings
from plumbing.config import snapshots
from plumbing import at_work, code_digest, file_times, machine
from plumbing.config.addresses import file_name_of, path_of
from plumbing.corpus_origin import record_origin
from plumbing.terminal.dry_run_plan import DryRunPlan
from plumbing.gpu_cards import gpu_slots
from plumbing.resources import growing
from plumbing.terminal.log_events import InWords, WithoutSingleJobs
from plumbing.terminal.progress import StageProgress
from plumbing.terminal.summary import clips_summary, closing_summary, unfinished_clips
from science.baselines.feature_sets import WITHOUT_NETWORK
from science.corpus.sound_categories import known_as
from sources.by_name import ON_DISK
from storage.corpus_tables import FILE_OF_TABLE

machine.make_ready()
machine.digest_each_file_once(_IOFile)
if workflow.is_main_process and (problem := machine.folder_problem(ROOT, Path.cwd())):
    raise WorkflowError(problem)
if workflow.is_main_process and (warning := machine.encoding_warning()):
    logger.warning(warning)

# Another workflow hands its own options over; `make demo` has none but the preset's.
READS_OWN_FILE = not (
    workflow.modifier.skip_configfile or workflow.config_settings.replace_workflow_config
)

RESULTS_IN = Path.cwd()
if workflow.is_main_process:
    for handler in logger.handlers:
        handler.addFilter(InWords(lambda: at_work.why_locked(RESULTS_IN)))
if workflow.is_main_process and not workflow.output_settings.dryrun:
    for problem in map(machine.disk_problem, (RESULTS_IN / ".snakemake", RESULTS_IN / "results")):
        if problem:
            raise WorkflowError(problem)
    for sentence in at_work.begin_run(RESULTS_IN):
        logger.warning(sentence)
    if (RESULTS_IN / "results").is_dir():
        if sentence := file_times.count_as_made_now(RESULTS_IN / "results"):
            logger.warning(sentence)

try:
    if workflow.is_main_process:
        # Of a key that is given twice, Snakemake's own reading has dropped the first.
        for file in workflow.configfiles:
            settings.read_options(Path(file))
    config = settings.over_own_file(config) if READS_OWN_FILE else config
    config = settings.effective_config(config, ROOT / "presets")
    checks.check_config(config)
    checks.check_labels(config)
    if workflow.is_main_process:
        network_checks.check_own_network(config)
        stimulus_checks.check_natural_sounds(config)
except settings.ConfigError as error:
    raise WorkflowError(f"The configuration needs a change:\n{error}") from None

CORPUS = config["corpus"]
CONDITIONS = config["run"]["conditions"]
SEEDS = config["run"]["seeds"]
# One file of weights is one network, however many seeds the others have.
SEEDS_OF = {
    name: SEEDS[:1] if network_checks.is_one_network(config["conditions"][name]) else SEEDS
    for name in CONDITIONS
}
NETWORKS = [[condition, seed] for condition in CONDITIONS for seed in SEEDS_OF[condition]]
# Features that stand beside those of networks in files and tables.
BASELINES = list(WITHOUT_NETWORK)
RESPONDING = [*NETWORKS, *[[name, 0] for name in checks.RESPONDING_BASELINES]]
TARGET = config["run"]["target"]
REFERENCE = config["run"]["reference_condition"]
ANALYSES = config["run"]["analyses"]
FIGURES = ["training", *ANALYSES]
SPLITS = ["train", "test"]
# Units are chosen on one split, and what they are is measured on the other.
CHOSEN_ON = config["selectivity"]["chosen_on"]
HELD_OUT = {"test": "train", "train": "test"}[CHOSEN_ON]
SHARDS = list(range(CORPUS["shards"]))
RUN = f"results/{config['run']['name']}"
DEMO = "demo" in CORPUS["sources"]
# Relative, so that a project that was moved as a whole has nothing to run again.
REPORT_PARTS = os.path.relpath(ROOT / "rules/report")
NOTICE = "Synthetic demo corpus: no evidence about brains" if DEMO else ""

# Empty for the paper's network, whose code is among that of the rules.
OWN_NETWORK = code_digest.own_network_digest(
    config["network"]["class"], network_checks.own_folders()
)

# `localrule: True` stands in rules that read small tables, or a few columns of large ones, in a
# second or two: on a cluster they run beside Snakemake, since each submission costs more than that.

# One slot for each job that computes on the GPU; on a CPU the cores alone limit the jobs.
GPU_SLOTS = gpu_slots(config["run"]["device"])
# On a GPU, log-Mels and quilts would be mostly decoding, one job at a time: `auto` leaves them to
# the cores, of which two decode and transform as much, and eight quilt as much.
DECODING_GPU_SLOTS = gpu_slots(config["run"]["device"], auto_takes_gpu=False)
# What CUDA and its libraries take of the host's memory; an estimate, as no GPU was at hand.
CUDA_MB = 3000


# All layers of a network, and the one whose responses are its features.
LAYERS, ANALYSED_LAYER = network_checks.layers_of(config["network"])


def code_of(script, *modules):
    try:
        return code_digest.code_digest(SCRIPTS, script, *modules)
    except FileNotFoundError as error:
        raise WorkflowError(f"{error.filename} is missing: see README.md, Your own question")


def of_features(path, feature_sets=NETWORKS):
    return [path.format(features=features, seed=seed) for features, seed in feature_sets]


def logmel_of(stimulus, split):
    """The shards of a stimulus; the natural sounds are few, and lie in one."""
    shards = [0] if stimulus == "natural_sounds" else SHARDS
    return [f"{RUN}/logmel/{stimulus}/{split}/{shard}.arrow" for shard in shards]


def weights_to_take(wildcards):
    """The file that a condition's weights are taken from: a user's own, or another network's."""
    condition = config["conditions"][wildcards.condition]
    if condition["weights"]:
        return condition["weights"].replace("{seed}", wildcards.seed)
    of = condition["weights_of"]
    seed = wildcards.seed if len(SEEDS_OF[of]) > 1 else SEEDS_OF[of][0]
    return f"{RUN}/networks/{of}/seed{seed}/weights.pt"


def categories_of(analysis):
    others = config["run"]["other_categories"]
    return list(config["categories"]) if analysis in others else [TARGET]


pathvars:
    clips=f"results/clips/{CORPUS['name']}",
    run=RUN,


wildcard_constraints:
    split="|".join([*SPLITS, "all"]),
    shard="[0-9]+",
    table="|".join(FILE_OF_TABLE.values()),
    archive="[^/]+",
    condition="|".join(CONDITIONS),
    features="|".join([*CONDITIONS, *BASELINES]),
    seed="[0-9]+",
    category="|".join(config["categories"]),
    analysis="|".join(ANALYSES) or "none",
    figure="|".join(FIGURES),


# A workflow that uses this one as a module has a terminal and an `onstart` of its own.
AS_MODULE = not workflow.modifier.is_main_snakefile()
paths_of_module = workflow.modifier.path_modifier
if AS_MODULE and (paths_of_module.prefix or paths_of_module.modifies_prefixes):
    raise WorkflowError(
        "This workflow takes no `prefix` in a module: it knows its folders by name. Set run.name "
        "and corpus.name in the module's config, or use --directory."
    )
if AS_MODULE and workflow.is_main_process and not workflow.output_settings.dryrun:
    at_work.wait_for_left_jobs(RESULTS_IN, logger.warning)
    record_origin(CORPUS)

if workflow.is_main_process and (warning := checks.earlier_layout(Path(RUN))):
    logger.warning(warning)
if workflow.is_main_process and not AS_MODULE:
    if not (workflow.output_settings.verbose or workflow.output_settings.printshellcmds):
        for handler in logger.handlers:
            handler.addFilter(WithoutSingleJobs())
    dry = workflow.output_settings.dryrun
    logger.addHandler(DryRunPlan(workflow) if dry else StageProgress(workflow=workflow))
