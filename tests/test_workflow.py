"""The workflow on a tiny corpus: one complete run, and what reruns after each kind of edit."""

import os
import re

import pandas as pd
import pytest
import yaml
from workflow_copy import NOTHING, WorkflowCopy

from plumbing.config.stimulus_checks import OF_QUILTS
from storage.selected_units import SelectedUnits, select_units_of_music

ENDINGS = {"score_claims", "write_report", "write_config"}


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """A workflow that has run to its end; tests only look at it, or edit and undo."""
    copy = WorkflowCopy.make(tmp_path_factory.mktemp("workflow") / "finished")
    copy.printed = copy.snakemake()
    return copy


@pytest.fixture
def edited(finished, tmp_path):
    """A finished workflow of the test's own."""
    return finished.clone(tmp_path / "edited")


OWN_NETWORK = """
from torch import nn


class Own(nn.Module):
    def __init__(self, classes):
        super().__init__()
        self.filter = nn.Sequential(nn.Conv2d(1, 8, 9, stride=8), nn.ReLU())
        self.pool = nn.AdaptiveAvgPool2d(1)
        self.output = nn.Linear(8, classes)

    def forward(self, x):
        return self.output(self.pool(self.filter(x)).flatten(1))
"""


def test_the_analyses_that_are_checked_for_quilts_are_those_that_need_them(tmp_path):
    copy = WorkflowCopy.make(tmp_path / "planned")
    settings = yaml.safe_load(
        (copy.folder / "rules/config.schema.yaml").read_text(encoding="utf-8")
    )
    known = settings["properties"]["run"]["properties"]["analyses"]["items"]["enum"]

    def quilts_for(analyses) -> bool:
        return "make_quilts" in copy.plan(*copy.overlay(f"run: {{analyses: {list(analyses)}}}\n"))

    assert not quilts_for(set(known) - set(OF_QUILTS))
    assert all(quilts_for([analysis]) for analysis in OF_QUILTS)


class TestCompleteRun:
    def test_ends_with_the_report_and_says_where(self, finished):
        assert "results/tiny/report.html" in finished.printed
        report = finished.folder / "results/tiny/report.html"
        assert "Synthetic demo corpus: no evidence about brains" in report.read_text(
            encoding="utf-8"
        )

    def test_tells_the_progress_of_every_stage(self, finished):
        for rule in ("synthesise_clips", "compute_logmel", "train_network", "measure_selectivity"):
            assert re.search(rf"{rule} +\d+ of \d+ +done in", finished.printed), finished.printed

    def test_every_job_left_a_log_and_a_benchmark(self, finished):
        logs = {
            path.relative_to(finished.folder / "results/tiny/logs").with_suffix("")
            for path in finished.files("tiny/logs/**/*.log")
        }
        benchmarks = {
            path.relative_to(finished.folder / "results/tiny/benchmarks").with_suffix("")
            for path in finished.files("tiny/benchmarks/**/*.tsv")
        }
        assert logs == benchmarks
        assert len(logs) > 20

    def test_every_claim_has_a_verdict(self, finished):
        scorecard = pd.read_csv(finished.folder / "results/tiny/scorecard.csv")
        assert scorecard["claim"].is_unique
        allowed = {"reproduced", "same direction", "not reproduced", "cannot be tested here"}
        assert set(scorecard["verdict"]) <= allowed
        assert scorecard["notice"].str.contains("no evidence about brains").all()

    def test_the_effective_config_is_written_and_can_be_given_back(self, finished):
        written = yaml.safe_load(
            (finished.folder / "results/tiny/config.yaml").read_text(encoding="utf-8")
        )
        assert written["run"]["seeds"] == [0]
        assert written["network"]["dropout"] == 0.2
        planned = finished.plan("--configfile", "results/tiny/config.yaml")
        assert planned == {}

    def test_what_is_recorded_for_a_network_takes_the_units_of_the_selectivity(self, finished):
        run = finished.folder / "results/tiny"
        chosen = SelectedUnits(run / "analyses/selectivity/units.csv")
        settings = yaml.safe_load((run / "config.yaml").read_text(encoding="utf-8"))["selectivity"]
        for features, train in (
            ("no_music", "activations/no_music/seed0/natural/train.parquet"),
            ("acoustics", "baselines/acoustics/natural/train.parquet"),
        ):
            categories = run / "labels/categories.parquet"
            own = select_units_of_music(features, run / train, categories, settings)
            assert own.tolist() == chosen.of(features, 0).tolist()
            assert own.any()

    def test_every_figure_is_there_as_png_and_pdf(self, finished):
        figures = {path.stem for path in finished.files("tiny/figures/*.png")}
        assert figures == {path.stem for path in finished.files("tiny/figures/*.pdf")}
        assert {"training", "detection", "selectivity"} <= figures

    def test_music_is_left_out_of_training_and_tested(self, finished):
        labels = pd.read_parquet(finished.folder / "results/tiny/labels/no_music.parquet")
        categories = pd.read_parquet(finished.folder / "results/tiny/labels/categories.parquet")
        music = set(categories.loc[categories["music"] != "none", "clip_id"])
        training = set(labels.loc[labels["split"].isin(["train", "validation"]), "clip_id"])
        assert training
        assert not training & music
        assert set(labels.loc[labels["split"] == "test", "clip_id"]) & music


class TestReruns:
    def test_running_again_does_nothing(self, finished):
        assert NOTHING in finished.snakemake()

    def test_touching_code_and_config_does_nothing(self, edited):
        for file in ("Snakefile", "config.yaml", "workflow_scripts/train_network.py"):
            os.utime(edited.folder / file)
        assert edited.plan() == {}

    @pytest.mark.parametrize(
        "module", ["sound/logmel", "network/cnn", "analyses/selection", "statistics/tests"]
    )
    def test_a_comment_in_a_science_module_reruns_nothing(self, edited, module):
        path = edited.folder / f"workflow_scripts/science/{module}.py"
        path.write_text(path.read_text(encoding="utf-8") + "\n\n# A thought.\n", encoding="utf-8")
        assert edited.plan() == {}

    def test_a_real_edit_reruns_what_imports_the_module(self, edited):
        path = edited.folder / "workflow_scripts/science/analyses/readout.py"
        path.write_text(path.read_text(encoding="utf-8") + "\n\nANSWER = 42\n", encoding="utf-8")
        planned = edited.plan()
        assert "measure_separability" in planned
        assert "plot_separability" in planned
        assert not {"train_network", "compute_logmel", "measure_detection"} & set(planned)

    def test_a_real_edit_at_the_start_reruns_everything_after_it(self, edited):
        path = edited.folder / "workflow_scripts/science/sound/logmel.py"
        path.write_text(path.read_text(encoding="utf-8") + "\n\nANSWER = 42\n", encoding="utf-8")
        planned = edited.plan()
        assert {"compute_logmel", "train_network", "record_activations"} <= set(planned)
        assert "synthesise_clips" not in planned

    def test_the_fraction_of_units_reruns_selectivity_and_what_follows(self, edited):
        more = edited.overlay("selectivity: {fraction: 0.25}\n")
        planned = edited.plan(*more)
        assert {"measure_selectivity", "plot_selectivity", *ENDINGS} <= set(planned)
        untouched = {"train_network", "record_activations", "measure_detection", "filter_labels"}
        assert not untouched & set(planned)
        output = edited.snakemake(*more)
        ran = set(re.findall(r"^  (\w+) +\d+ of", output, re.MULTILINE))
        assert ran == set(planned)
        units = pd.read_csv(edited.folder / "results/tiny/analyses/selectivity/units.csv")
        selected = units.groupby("features")["selected"].sum()
        assert selected["no_music"] == selected["untrained"] == 4
        assert edited.plan(*more) == {}

    def test_a_new_seed_trains_that_seed_only(self, edited):
        planned = edited.plan(*edited.overlay("run: {seeds: [0, 1]}\n"))
        assert planned["train_network"] == 2
        assert planned["record_activations"] == planned["record_loudness"] == 2
        assert not {"compute_logmel", "filter_labels", "synthesise_clips"} & set(planned)

    def test_a_new_condition_trains_that_condition_only(self, edited):
        planned = edited.plan(
            *edited.overlay(
                "run: {conditions: [no_music, untrained, no_speech]}\n"
                "conditions: {no_speech: {exclude_labels: [Speech], epochs: 2}}\n"
            )
        )
        assert planned["train_network"] == 1
        assert planned["filter_labels"] == 1
        assert "compute_logmel" not in planned

    def test_permutations_of_the_null_record_nothing_anew(self, edited):
        planned = edited.plan(*edited.overlay("selectivity: {permutations: 7}\n"))
        assert "measure_selectivity" in planned
        assert not {"record_loudness", "describe_levelled_acoustics"} & set(planned)

    def test_an_edit_of_an_own_network_trains_it_anew(self, edited):
        module = edited.folder / "own_network.py"
        module.write_text(OWN_NETWORK, encoding="utf-8")
        own = "network: {class: 'own_network:Own', feature_layer: pool}\n"
        more = edited.overlay(own + "run: {conditions: [no_music]}\n")
        printed = edited.snakemake("networks", *more)
        # What an earlier run found may no longer hold after a part of one.
        assert "The results: results/tiny/" in printed
        assert "finding" not in printed
        module.write_text("# a comment\n" + OWN_NETWORK, encoding="utf-8")
        assert not edited.plan("networks", *more)
        module.write_text(OWN_NETWORK.replace("ReLU", "Tanh"), encoding="utf-8")
        assert edited.plan("networks", *more)["train_network"] == 1

    def test_a_tolerance_reruns_the_scorecard_alone(self, edited):
        planned = edited.plan(*edited.overlay("scorecard: {tolerance: 0.2}\n"))
        assert set(planned) == ENDINGS

    def test_quilts_are_described_once_and_for_all_statistics(self, edited):
        described = {
            path.parent.name for path in edited.files("tiny/baselines/acoustics/*/t*.parquet")
        }
        stimuli = {path.name for path in edited.files("tiny/logmel/*quilt*")}
        assert len(stimuli) > 1
        assert described == {"natural", *stimuli}
        assert edited.plan("--forceall")["describe_acoustics"] == 2 + len(stimuli)
        planned = edited.plan(*edited.overlay("statistics: {bootstrap_samples: 200}\n"))
        assert {"measure_quilts", "measure_categories", "plot_quilts"} <= set(planned)
        assert not {"describe_acoustics", "make_quilts", "record_quilt_activations"} & set(planned)

    def test_another_description_leaves_quilts_and_networks_alone(self, edited):
        path = edited.folder / "workflow_scripts/science/sound/acoustics.py"
        path.write_text(path.read_text(encoding="utf-8") + "\n\nANSWER = 42\n", encoding="utf-8")
        planned = edited.plan()
        assert planned["describe_acoustics"] == len(
            edited.files("tiny/baselines/acoustics/*/t*.parquet")
        )
        assert {"measure_quilts", "measure_speech_removal"} <= set(planned)
        assert not {"make_quilts", "record_quilt_activations", "train_network"} & set(planned)

    def test_training_options_leave_log_mel_and_labels_alone(self, edited):
        planned = edited.plan(*edited.overlay("training: {weight_decay: 0.02}\n"))
        assert planned["train_network"] == 2
        assert not {"compute_logmel", "filter_labels", "label_categories"} & set(planned)

    def test_the_epochs_of_a_condition_train_that_condition_only(self, edited):
        planned = edited.plan(*edited.overlay("conditions: {no_music: {epochs: 3}}\n"))
        assert planned["train_network"] == 1
        assert "filter_labels" not in planned

    def test_the_device_is_no_reason_to_compute_anew(self, edited):
        planned = edited.plan(*edited.overlay("run: {device: cpu}\n"))
        assert set(planned) <= {"write_config", "write_report"}

    def test_the_same_value_written_differently_reruns_nothing(self, edited):
        assert edited.plan(*edited.overlay("network: {dropout: 0.20}\nseed: 2024\n")) == {}

    def test_same_seed_same_bytes(self, edited):
        weights = edited.folder / "results/tiny/networks/no_music/seed0/weights.pt"
        responses = edited.folder / "results/tiny/activations/no_music/seed0/natural/test.parquet"
        before = weights.read_bytes(), responses.read_bytes()
        edited.snakemake("--forcerun", "train_network", "--until", "record_activations")
        assert (weights.read_bytes(), responses.read_bytes()) == before


class TestFaults:
    @pytest.mark.parametrize(
        ("config", "words"),
        [
            ("networ: {}\n", "networ: unknown option"),
            ("run: {seeds: [0, 0]}\n", "run.seeds: 0 is given twice"),
            (
                "conditions: {no_music: {exclude_labels: [Musik]}}\n",
                "conditions.no_music.exclude_labels: .*Musik",
            ),
        ],
    )
    def test_a_bad_config_is_refused_before_any_job(self, edited, config, words):
        output = edited.snakemake(*edited.overlay(config), fails=True)
        assert re.search(words, output)
        assert "Traceback" not in output
        assert "jobs to run" not in output

    def test_a_failure_ends_in_a_sentence_and_leaves_no_output(self, edited):
        shard = edited.folder / "results/tiny/logmel/natural/test/0.arrow"
        shard.write_bytes(shard.read_bytes()[:1000])
        weights = edited.folder / "results/tiny/networks/untrained/seed0/weights.pt"
        os.utime(weights)
        output = edited.snakemake("--forcerun", "record_activations", fails=True)
        assert re.search(
            r"record_activations stopped .*0\.arrow is not a whole log-Mel shard.*"
            r"delete it and run again",
            output,
        )
        assert "the whole story is in results/tiny/logs/record_activations" in output
        assert not edited.files("tiny/activations/untrained/seed0/natural/test.parquet")

    def test_a_dry_run_reads_like_a_plan(self, edited):
        output = edited.snakemake("--dry-run", "--forceall")
        assert re.search(r"train_network +2 ×  Train network \w+, seed 0", output)
        assert len(output.splitlines()) < 70
