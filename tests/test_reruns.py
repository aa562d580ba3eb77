"""What each edit runs again: the exact jobs, as a dry run of a finished workflow plans them."""

from __future__ import annotations

import os

import pytest
from workflow_copy import WorkflowCopy

# What often runs together, as `rule` for one job and `rule*3` for three.
OF_NETWORKS = (
    "gather_sounds measure_selectivity*3 measure_mean_response*3 measure_quilts*3 "
    "measure_ablation measure_contrasts measure_depth measure_detection measure_loudness "
    "measure_memorisation measure_natural_sounds measure_readout measure_selective_units "
    "measure_separability plot_ablation plot_contrasts plot_depth plot_detection plot_loudness "
    "plot_mean_response plot_memorisation plot_natural_sounds plot_quilts plot_readout "
    "plot_selective_units plot_selectivity plot_separability"
)
OF_UNITS = (
    "gather_sounds measure_selectivity*3 measure_quilts*3 measure_ablation measure_contrasts "
    "measure_loudness measure_natural_sounds measure_readout plot_ablation "
    "plot_contrasts plot_loudness plot_natural_sounds plot_quilts plot_readout "
    "plot_selectivity"
)
EMBEDDED = "measure_embedding plot_embedding measure_memorisation plot_memorisation"
GBFB = "compute_gbfb_natural compute_gbfb_natural_sounds compute_gbfb_quilts"
ACOUSTICS = "describe_acoustics_natural describe_acoustics_natural_sounds describe_acoustics_quilts"
QUILTED = (
    "gather_sounds make_quilts record_quilts*2 measure_contrasts measure_quilts*3 plot_contrasts "
    "plot_quilts"
)
BY_CATEGORY = "plot_mean_response plot_quilts plot_selectivity"
SCORED = "score_claims write_config write_report"
REPORTED = "write_config write_report"

OPTIONS = {
    "nothing": (
        "{}\n",
        "",
    ),
    "the same value written differently": (
        "network: {dropout: 0.0}\nseed: 2024\n",
        "",
    ),
    "device": (
        "run: {device: auto}\n",
        REPORTED,
    ),
    "how to fetch": (
        "fetch: {attempts: 9}\n",
        REPORTED,
    ),
    "one more seed": (
        "run: {seeds: [0, 1]}\n",
        "measure_emergence plot_emergence plot_training pool_categories*10 "
        "record_emergence record_loudness*2 record_natural*2 record_natural_sounds*2 "
        f"record_quilts*2 select_units*3 train_network*2 {OF_NETWORKS} {SCORED}",
    ),
    "one more condition": (
        "run: {conditions: [no_music, untrained, no_speech]}\n"
        "conditions: {no_speech: {exclude_labels: [Speech], epochs: 2}}\n",
        "embed_features filter_labels measure_embedding plot_embedding plot_training "
        "pool_categories*11 record_loudness record_natural record_natural_sounds "
        f"record_quilts select_units*3 train_network {OF_NETWORKS} {SCORED}",
    ),
    "a condition that is not run": (
        "conditions: {no_speech: {exclude_labels: [Speech], epochs: 2}}\n",
        REPORTED,
    ),
    "one condition less": (
        "run: {conditions: [no_music]}\n",
        "measure_embedding plot_embedding plot_training pool_categories*11 "
        f"select_units*3 {OF_NETWORKS} {SCORED}",
    ),
    "another reference": (
        "run: {reference_condition: untrained}\n",
        "gather_sounds measure_ablation measure_contrasts measure_dose measure_emergence "
        "measure_memorisation measure_natural_sounds plot_ablation plot_brain "
        "plot_contrasts plot_detection plot_dose plot_emergence plot_memorisation "
        f"plot_natural_sounds plot_readout record_emergence {BY_CATEGORY} {SCORED}",
    ),
    "fewer analyses": (
        "run: {analyses: [detection, selectivity]}\n",
        f"gather_sounds {SCORED}",
    ),
    "another target": (
        "run: {target: speech, reference_condition: no_music}\n",
        "embed_features*5 gather_sounds measure_ablation measure_brain measure_contrasts "
        "measure_depth measure_detection measure_emergence measure_loudness "
        "measure_natural_sounds measure_readout measure_selective_units "
        "measure_separability plot_ablation plot_brain plot_contrasts plot_depth "
        "plot_detection plot_dose plot_emergence plot_loudness plot_natural_sounds "
        "plot_readout plot_selective_units plot_separability plot_training "
        f"pool_categories*5 record_emergence record_loudness*3 {EMBEDDED} {BY_CATEGORY} "
        f"{SCORED}",
    ),
    "no other categories": (
        "run: {other_categories: []}\n",
        f"pool_categories*6 {BY_CATEGORY} {SCORED}",
    ),
    "separability of other categories": (
        "run: {other_categories: [mean_response, selectivity, quilts, separability]}\n",
        f"measure_separability*2 plot_separability pool_categories {SCORED}",
    ),
    "one more category": (
        "categories: {birds: [Bird]}\n",
        "label_category measure_mean_response measure_quilts measure_selectivity "
        f"pool_categories*6 select_units*3 {BY_CATEGORY} {SCORED}",
    ),
    "one category less": (
        "categories: {water: []}\n",
        f"pool_categories*6 {BY_CATEGORY} {SCORED}",
    ),
    "another category's classes": (
        "categories: {speech: [Speech, Singing]}\n",
        "label_category measure_mean_response measure_quilts measure_selectivity "
        f"pool_categories*6 select_units*3 {BY_CATEGORY} {SCORED}",
    ),
    "the target's classes": (
        "categories: {music: [Music]}\n",
        "embed_features*5 gather_sounds label_category measure_ablation measure_contrasts "
        "measure_depth measure_detection measure_emergence measure_loudness "
        "measure_mean_response measure_natural_sounds measure_quilts measure_readout "
        "measure_selective_units measure_selectivity measure_separability plot_ablation "
        "plot_contrasts plot_depth plot_detection plot_emergence plot_loudness "
        "plot_natural_sounds plot_readout plot_selective_units plot_separability "
        "pool_categories*11 record_emergence record_loudness*3 select_units*3 "
        f"{EMBEDDED} {BY_CATEGORY} {SCORED}",
    ),
    "sub-classes of the target": (
        "subclasses: {music: Musical instrument}\n",
        "measure_contrasts measure_quilts measure_readout plot_contrasts plot_quilts "
        f"plot_readout pool_categories*5 {SCORED}",
    ),
    "sub-classes of another category": (
        "subclasses: {speech: Speech}\n",
        f"measure_quilts plot_quilts pool_categories*3 {SCORED}",
    ),
    "pairs to compare": (
        "contrasts: [[no_music, acoustics]]\n",
        f"measure_contrasts plot_contrasts {SCORED}",
    ),
    "networks that are followed over training": (
        "emergence: {conditions: [untrained]}\n",
        f"measure_emergence plot_emergence record_emergence {SCORED}",
    ),
    "epochs whose weights are kept": (
        "emergence: {epochs: [1]}\n",
        "embed_features*2 measure_embedding measure_emergence plot_embedding "
        "plot_emergence plot_training pool_categories*11 record_emergence "
        "record_loudness*2 record_natural*2 record_natural_sounds*2 record_quilts*2 "
        f"select_units*3 train_network*2 {OF_NETWORKS} {SCORED}",
    ),
    "permutations of single units": (
        "selective_units: {permutations: 500}\n",
        f"measure_selective_units plot_selective_units {SCORED}",
    ),
    "halves of the sounds": (
        "brain: {halves: 4}\n",
        f"measure_brain plot_brain {SCORED}",
    ),
    "one dose": (
        "run: {conditions: [no_music, untrained, dose_20]}\nconditions: {dose_20: {epochs: 2}}\n",
        "embed_features filter_labels measure_dose measure_embedding plot_dose "
        "plot_embedding plot_training pool_categories*11 record_loudness record_natural "
        f"record_natural_sounds record_quilts select_units*3 train_network {OF_NETWORKS} "
        f"{SCORED}",
    ),
    "permuted weights": (
        "run: {conditions: [no_music, untrained, permuted]}\n",
        "embed_features filter_labels measure_embedding plot_embedding plot_training "
        "pool_categories*11 record_loudness record_natural record_natural_sounds "
        f"record_quilts select_units*3 take_weights {OF_NETWORKS} {SCORED}",
    ),
    "which natural sounds are of the target": (
        "corpus: {natural_sounds: {categories: {music: [Vocal Music]}}}\n",
        "measure_brain measure_depth measure_emergence measure_natural_sounds "
        "plot_brain plot_depth plot_emergence plot_natural_sounds record_emergence "
        f"{SCORED}",
    ),
    "how natural sounds are heard": (
        "corpus: {natural_sounds: {heard: repeated}}\n",
        "compute_gbfb_natural_sounds compute_natural_sounds "
        "describe_acoustics_natural_sounds measure_depth measure_emergence "
        "measure_natural_sounds plot_depth plot_emergence "
        f"plot_natural_sounds record_emergence record_natural_sounds*2 {SCORED}",
    ),
    "tolerance": (
        "scorecard: {tolerance: 0.2}\n",
        SCORED,
    ),
    "no published numbers": (
        "scorecard: {claims: none}\n",
        SCORED,
    ),
    "bootstrap samples": (
        "statistics: {bootstrap_samples: 200}\n",
        "measure_contrasts measure_loudness measure_mean_response*3 "
        "measure_natural_sounds measure_quilts*3 measure_selectivity*3 plot_contrasts "
        f"plot_loudness plot_natural_sounds pool_categories*7 {BY_CATEGORY} {SCORED}",
    ),
    "permutations": (
        "selectivity: {permutations: 7}\n",
        "measure_contrasts measure_selectivity*3 plot_contrasts plot_selectivity "
        f"pool_categories {SCORED}",
    ),
    "index of selectivity": (
        "selectivity: {index: d_prime}\n",
        "measure_depth measure_emergence measure_selective_units plot_depth "
        "plot_emergence plot_selective_units pool_categories*7 record_emergence "
        f"record_loudness*3 select_units*9 {OF_UNITS} {SCORED}",
    ),
    "fraction of units": (
        "selectivity: {fraction: 0.25}\n",
        "measure_depth measure_emergence measure_selective_units plot_depth "
        "plot_emergence plot_selective_units pool_categories*7 record_emergence "
        f"record_loudness*3 select_units*9 {OF_UNITS} {SCORED}",
    ),
    "bins of the embedding": (
        "embedding: {bins: 8}\n",
        f"pool_categories {EMBEDDED} {SCORED}",
    ),
    "neighbours of the embedding": (
        "embedding: {neighbours: 5}\n",
        f"embed_features*5 pool_categories {EMBEDDED} {SCORED}",
    ),
    "attenuations": (
        "loudness: {attenuations: [1, 4]}\n",
        f"measure_loudness plot_loudness pool_categories record_loudness*3 {SCORED}",
    ),
    "Gabor filters": (
        "baselines: {gbfb: {distance: [0.4, 0.2]}}\n",
        f"{GBFB} embed_features measure_contrasts measure_mean_response*3 "
        "measure_natural_sounds measure_quilts*3 measure_readout "
        "measure_selective_units measure_selectivity*3 measure_separability "
        "plot_contrasts plot_natural_sounds plot_readout plot_selective_units "
        f"plot_separability pool_categories*10 select_units*3 {EMBEDDED} {BY_CATEGORY} "
        f"{SCORED}",
    ),
    "principal components": (
        "baselines: {pca_components: 3}\n",
        "compute_pca embed_features measure_separability plot_separability "
        f"pool_categories*2 {EMBEDDED} {SCORED}",
    ),
    "order of quilts": (
        "quilts: {ordering: kim2024}\n",
        "compute_gbfb_quilts describe_acoustics_quilts measure_depth measure_emergence plot_depth "
        f"plot_emergence pool_categories*3 record_emergence {QUILTED} {SCORED}",
    ),
    "lengths of quilts": (
        "quilts: {segments_ms: [50, 100]}\n",
        "compute_gbfb_quilts describe_acoustics_quilts measure_depth measure_emergence plot_depth "
        f"plot_emergence pool_categories*3 record_emergence {QUILTED} {SCORED}",
    ),
    "hop": (
        "logmel: {hop_s: 0.013}\n",
        f"{GBFB} compute_logmel*2 compute_natural_sounds compute_pca "
        f"{ACOUSTICS} embed_features*5 make_quilts measure_embedding "
        "measure_emergence plot_embedding plot_emergence plot_training "
        "pool_categories*11 record_emergence record_loudness*3 record_natural*2 "
        "record_natural_sounds*2 record_quilts*2 select_units*9 train_network*2 "
        f"{OF_NETWORKS} {SCORED}",
    ),
    "dropout": (
        "network: {dropout: 0.1}\n",
        "embed_features*2 measure_embedding measure_emergence plot_embedding "
        "plot_emergence plot_training pool_categories*11 record_emergence "
        "record_loudness*2 record_natural*2 record_natural_sounds*2 record_quilts*2 "
        f"select_units*3 train_network*2 {OF_NETWORKS} {SCORED}",
    ),
    "weight decay": (
        "training: {weight_decay: 0.02}\n",
        "embed_features*2 measure_embedding measure_emergence plot_embedding "
        "plot_emergence plot_training pool_categories*11 record_emergence "
        "record_loudness*2 record_natural*2 record_natural_sounds*2 record_quilts*2 "
        f"select_units*3 train_network*2 {OF_NETWORKS} {SCORED}",
    ),
    "precision": (
        "training: {precision: bf16}\n",
        "embed_features*2 measure_embedding measure_emergence plot_embedding "
        "plot_emergence plot_training pool_categories*11 record_emergence "
        "record_loudness*2 record_natural*2 record_natural_sounds*2 record_quilts*2 "
        f"select_units*3 train_network*2 {OF_NETWORKS} {SCORED}",
    ),
    "epochs of a condition": (
        "conditions: {no_music: {epochs: 3}}\n",
        "embed_features measure_embedding measure_emergence plot_embedding "
        "plot_emergence plot_training pool_categories*11 record_emergence "
        "record_loudness record_natural record_natural_sounds record_quilts "
        f"select_units*3 train_network {OF_NETWORKS} {SCORED}",
    ),
    "weights used of a condition": (
        "conditions: {no_music: {weights_used: last}}\n",
        "embed_features measure_embedding measure_emergence plot_embedding "
        "plot_emergence plot_training pool_categories*11 record_emergence "
        "record_loudness record_natural record_natural_sounds record_quilts "
        f"select_units*3 train_network {OF_NETWORKS} {SCORED}",
    ),
    "labels of a condition": (
        "conditions: {no_music: {exclude_labels: [Music, Singing, Humming, Bird]}}\n",
        "embed_features filter_labels measure_embedding measure_emergence "
        "plot_embedding plot_emergence plot_training pool_categories*11 "
        "record_emergence record_loudness record_natural record_natural_sounds "
        f"record_quilts select_units*3 train_network {OF_NETWORKS} {SCORED}",
    ),
    "validation clips": (
        "labels: {validation_fraction: 0.2}\n",
        "embed_features*5 filter_labels*2 label_category*3 label_clips "
        "measure_embedding measure_emergence plot_embedding plot_emergence "
        "plot_training pool_categories*11 record_emergence record_loudness*3 "
        "record_natural*2 record_natural_sounds*2 record_quilts*2 select_units*9 "
        f"train_network*2 {OF_NETWORKS} {SCORED}",
    ),
    "seed": (
        "seed: 7\n",
        "compute_gbfb_quilts compute_pca describe_acoustics_quilts embed_features*5 "
        "filter_labels*2 label_category*3 label_clips make_quilts measure_brain "
        "measure_dose measure_embedding measure_emergence plot_brain plot_dose "
        "plot_embedding plot_emergence plot_training pool_categories*11 "
        "record_emergence record_loudness*3 record_natural*2 record_natural_sounds*2 "
        f"record_quilts*2 select_units*9 train_network*2 {OF_NETWORKS} {SCORED}",
    ),
    "shards": (
        "corpus: {shards: 2}\n",
        f"{GBFB} compute_logmel*4 compute_natural_sounds compute_pca count_clips "
        f"{ACOUSTICS} embed_features*5 filter_labels*2 label_category*3 "
        "label_clips make_quilts*2 measure_embedding measure_emergence plot_embedding "
        "plot_emergence plot_training pool_categories*11 record_emergence "
        "record_loudness*3 record_natural*2 record_natural_sounds*2 record_quilts*2 "
        f"select_units*9 synthesise_clips*4 train_network*2 {OF_NETWORKS} {SCORED}",
    ),
    "clips of the demo": (
        "corpus: {demo: {train_clips: 61}}\n",
        f"{GBFB} compute_logmel*2 compute_natural_sounds compute_pca count_clips "
        f"{ACOUSTICS} embed_features*5 filter_labels*2 label_category*3 "
        "label_clips list_clips make_quilts measure_embedding measure_emergence "
        "plot_embedding plot_emergence plot_training pool_categories*11 "
        "record_emergence record_loudness*3 record_natural*2 record_natural_sounds*2 "
        "record_quilts*2 select_units*9 synthesise_clips*2 train_network*2 "
        f"write_demo_tables {OF_NETWORKS} {SCORED}",
    ),
    "name of the run": (
        "run: {name: other}\n",
        f"{GBFB} compute_logmel*2 compute_natural_sounds compute_pca count_clips "
        f"{ACOUSTICS} embed_features*5 filter_labels*2 label_category*3 "
        "label_clips make_quilts measure_brain measure_dose measure_embedding "
        "measure_emergence plot_brain plot_dose plot_embedding plot_emergence "
        "plot_training pool_categories*11 record_emergence record_loudness*3 "
        "record_natural*2 record_natural_sounds*2 record_quilts*2 select_units*9 "
        f"train_network*2 {OF_NETWORKS} {SCORED}",
    ),
}

FILES = {
    "a clip more that is excluded by hand": (
        ("results/clips/tiny/tables/excluded_clips.txt", "Another_0.000\n"),
        "embed_features filter_labels measure_embedding measure_emergence "
        "plot_embedding plot_emergence plot_training pool_categories*11 "
        "record_emergence record_loudness record_natural record_natural_sounds "
        "record_quilts score_claims select_units*3 train_network write_report "
        f"{OF_NETWORKS}",
    ),
    "a comment in the log-Mel": (
        ("workflow_scripts/science/sound/logmel.py", "\n\n# A thought.\n"),
        "",
    ),
    "a comment in a script": (
        ("workflow_scripts/train_network.py", "\n\n# A thought.\n"),
        "",
    ),
    "terminal": (
        ("workflow_scripts/plumbing/terminal/progress.py", "\n\nANSWER = 42\n"),
        "",
    ),
    "an unused source": (
        ("workflow_scripts/sources/youtube/answers.py", "\n\nANSWER = 42\n"),
        "",
    ),
    "log-Mel": (
        ("workflow_scripts/science/sound/logmel.py", "\n\nANSWER = 42\n"),
        f"{GBFB} compute_logmel*2 compute_natural_sounds compute_pca "
        f"{ACOUSTICS} embed_features*5 make_quilts measure_embedding "
        "measure_emergence plot_embedding plot_emergence plot_training "
        "pool_categories*11 record_emergence record_loudness*3 record_natural*2 "
        "record_natural_sounds*2 record_quilts*2 score_claims select_units*9 "
        f"train_network*2 write_report {OF_NETWORKS}",
    ),
    "quilting": (
        ("workflow_scripts/science/quilts/quilting.py", "\n\nANSWER = 42\n"),
        "compute_gbfb_quilts describe_acoustics_quilts measure_depth measure_emergence plot_depth "
        "plot_emergence pool_categories*3 record_emergence score_claims write_report "
        f"{QUILTED}",
    ),
    "acoustics": (
        ("workflow_scripts/science/sound/acoustics.py", "\n\nANSWER = 42\n"),
        f"{ACOUSTICS} embed_features measure_brain measure_mean_response*3 "
        "measure_selective_units measure_separability plot_brain plot_mean_response "
        "plot_selective_units plot_separability pool_categories*11 record_loudness*3 "
        f"score_claims select_units*9 write_report {OF_UNITS} {EMBEDDED}",
    ),
    "training": (
        ("workflow_scripts/science/network/training.py", "\n\nANSWER = 42\n"),
        "embed_features*2 measure_embedding measure_emergence plot_embedding "
        "plot_emergence plot_training pool_categories*11 record_emergence "
        "record_loudness*2 record_natural*2 record_natural_sounds*2 record_quilts*2 "
        f"score_claims select_units*3 train_network*2 write_report {OF_NETWORKS}",
    ),
    "responses": (
        ("workflow_scripts/science/network/responses.py", "\n\nANSWER = 42\n"),
        "embed_features*2 measure_embedding measure_emergence plot_embedding "
        "plot_emergence pool_categories*11 record_emergence record_loudness*3 "
        "record_natural*2 record_natural_sounds*2 record_quilts*2 score_claims "
        f"select_units*3 write_report {OF_NETWORKS}",
    ),
    "choice of units": (
        ("workflow_scripts/science/analyses/selection.py", "\n\nANSWER = 42\n"),
        "measure_brain measure_depth measure_emergence measure_mean_response*3 "
        "measure_selective_units measure_separability plot_brain plot_depth "
        "plot_emergence plot_mean_response plot_selective_units plot_separability "
        "pool_categories*10 record_emergence record_loudness*3 score_claims "
        f"select_units*9 write_report {OF_UNITS}",
    ),
    "null of selectivity": (
        ("workflow_scripts/science/analyses/selectivity_null.py", "\n\nANSWER = 42\n"),
        "measure_contrasts measure_selectivity*3 plot_contrasts plot_selectivity "
        "pool_categories score_claims write_report",
    ),
    "read-out": (
        ("workflow_scripts/science/analyses/readout.py", "\n\nANSWER = 42\n"),
        "measure_depth measure_emergence measure_readout measure_separability "
        "plot_depth plot_emergence plot_readout plot_separability pool_categories*3 "
        "record_emergence score_claims write_report",
    ),
    "responses to quilts": (
        ("workflow_scripts/science/analyses/quilts.py", "\n\nANSWER = 42\n"),
        "measure_contrasts measure_depth measure_emergence measure_quilts*3 "
        "plot_contrasts plot_depth plot_emergence plot_quilts pool_categories*3 "
        "record_emergence score_claims write_report",
    ),
    "contrasts": (
        ("workflow_scripts/science/analyses/contrasts.py", "\n\nANSWER = 42\n"),
        "measure_contrasts measure_dose plot_contrasts plot_dose score_claims write_report",
    ),
    "control of loudness": (
        ("workflow_scripts/science/analyses/loudness.py", "\n\nANSWER = 42\n"),
        "measure_loudness plot_loudness pool_categories score_claims write_report",
    ),
    "ablation": (
        ("workflow_scripts/science/analyses/ablation.py", "\n\nANSWER = 42\n"),
        "measure_ablation plot_ablation score_claims write_report",
    ),
    "figure of quilts": (
        ("workflow_scripts/science/figures/quilts.py", "\n\nANSWER = 42\n"),
        "plot_contrasts plot_quilts write_report",
    ),
    "published numbers": (
        ("workflow_scripts/science/scorecard/kim2024.py", "\n\nANSWER = 42\n"),
        "score_claims write_report",
    ),
    "which sounds are heard": (
        ("workflow_scripts/science/report/sounds.py", "\n\nANSWER = 42\n"),
        "gather_sounds write_report",
    ),
    "words of the report": (
        ("workflow_scripts/science/report/tables.py", "\n\nANSWER = 42\n"),
        "write_report",
    ),
    "a script": (
        ("workflow_scripts/measure_detection.py", "\n\nANSWER = 42\n"),
        "measure_detection plot_detection score_claims write_report",
    ),
    "a caption": (
        ("rules/report/quilts.rst", "\nMore.\n"),
        "write_report",
    ),
    "the report's script": (
        ("rules/report/page.js", "\n// more\n"),
        "write_report",
    ),
    "the report's page": (
        ("rules/report/page.html.j2", "\n<!-- more -->\n"),
        "write_report",
    ),
}


def counted(jobs: str) -> dict[str, int]:
    """Jobs as they stand in the tables."""
    pairs = (job.partition("*") for job in jobs.split())
    return {rule: int(number or 1) for rule, _, number in pairs}


@pytest.fixture(scope="module")
def edited(finished: WorkflowCopy, tmp_path_factory) -> WorkflowCopy:
    """A finished workflow whose files are edited, and restored."""
    return finished.clone(tmp_path_factory.mktemp("reruns") / "edited")


@pytest.mark.parametrize("name", OPTIONS)
def test_an_option_runs_again_what_depends_on_it(finished, name):
    options, jobs = OPTIONS[name]
    assert finished.plan(*finished.overlay(options)) == counted(jobs)


@pytest.mark.parametrize("name", FILES)
def test_an_edit_of_a_file_runs_again_what_depends_on_it(edited, name):
    (file, added), jobs = FILES[name]
    path = edited.folder / file
    content, times = path.read_bytes(), path.stat()
    path.write_bytes(content + added.encode())
    planned = edited.plan()
    path.write_bytes(content)
    os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))
    assert planned == counted(jobs)
