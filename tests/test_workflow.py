"""The workflow on a tiny corpus: one complete run, and what reruns after each kind of edit."""

import os
import re
from typing import get_args

import numpy as np
import pandas as pd
import pytest
import yaml
from read_results import numbers
from workflow_copy import NOTHING, WorkflowCopy

from plumbing.config.options import Analysis
from plumbing.config.stimulus_checks import OF_QUILTS
from science.scorecard.claims import VERDICTS
from storage.labels import CategoryTable
from storage.responses import SelectedUnits, read_responses


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
    known = get_args(Analysis)

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
        assert scorecard["finding"].is_unique
        assert set(scorecard["verdict"]) <= set(VERDICTS)
        assert scorecard["notice"].str.contains("no evidence about brains").all()
        # One network of each condition is too few for any.
        assert set(scorecard["verdict"]) == {"cannot be tested"}
        numbers = pd.read_csv(finished.folder / "results/tiny/scorecard/numbers.csv")
        assert numbers["number"].is_unique
        assert (numbers["ours"].notna() | numbers["note"].notna()).all()

    def test_the_effective_config_is_written_and_can_be_given_back(self, finished):
        written = yaml.safe_load(
            (finished.folder / "results/tiny/config.yaml").read_text(encoding="utf-8")
        )
        assert written["run"]["seeds"] == [0]
        assert written["network"]["dropout"] == 0
        planned = finished.plan("--configfile", "results/tiny/config.yaml")
        assert planned == {}

    def test_what_is_recorded_for_a_network_takes_the_units_that_were_chosen(self, finished):
        run = finished.folder / "results/tiny"
        kinds = ("networks", "acoustics")
        chosen = SelectedUnits([run / f"units/music/{kind}.csv" for kind in kinds], "test")
        groups = CategoryTable(run / "labels/categories/music.parquet")
        for features in ("no_music", "acoustics"):
            clip_ids, responses = read_responses(
                run / f"activations/{features}/seed0/natural/test.parquet"
            )
            used = np.any(groups.groups(clip_ids), axis=0)
            own = responses[:, chosen.of(features, 0)].mean(axis=1)
            recorded = pd.read_parquet(run / f"analyses/loudness/music/{features}/seed0.parquet")
            as_loud = recorded[(recorded["split"] == "test") & (recorded["attenuation"] == 1)]
            assert as_loud["clip_id"].is_unique
            assert set(as_loud["clip_id"]) == set(clip_ids[used])
            of_clip = pd.Series(own, clip_ids)
            # Levels differ from those recorded, but louder responses stay louder ones.
            assert as_loud.set_index("clip_id")["mean_response"].corr(of_clip, "spearman") > 0.5

    def test_a_reader_finds_the_scorecards_numbers_in_the_files(self, finished):
        run = finished.folder / "results/tiny"
        scorecard = pd.read_csv(run / "scorecard.csv").set_index("finding")["ours"]
        found = pd.Series(numbers(run))
        assert len(found) >= 10
        np.testing.assert_allclose(found, scorecard[found.index], rtol=1e-5)

    def test_every_figure_is_there_as_png_and_pdf(self, finished):
        figures = {path.stem for path in finished.files("tiny/figures/*.png")}
        assert figures == {path.stem for path in finished.files("tiny/figures/*.pdf")}
        assert {"training", "detection", "selectivity"} <= figures

    def test_music_is_left_out_of_training_and_tested(self, finished):
        labels = pd.read_parquet(finished.folder / "results/tiny/labels/no_music.parquet")
        kinds = pd.read_parquet(finished.folder / "results/tiny/labels/categories/music.parquet")
        music = set(kinds.loc[kinds["kind"] != "none", "clip_id"])
        training = set(labels.loc[labels["split"].isin(["train", "validation"]), "clip_id"])
        assert training
        assert not training & music
        assert set(labels.loc[labels["split"] == "test", "clip_id"]) & music


class TestReruns:
    """What really runs; `test_reruns.py` says what each edit plans."""

    def test_running_again_does_nothing(self, finished):
        assert NOTHING in finished.snakemake()

    def test_what_is_planned_runs_and_is_done(self, edited):
        more = edited.overlay("embedding: {bins: 8}\n")
        planned = edited.plan(*more)
        output = edited.snakemake(*more)
        ran = set(re.findall(r"^  (\w+) +\d+ of", output, re.MULTILINE))
        assert ran == set(planned)
        assert edited.plan(*more) == {}

    def test_an_edit_of_an_own_network_trains_it_again(self, edited):
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

    def test_same_seed_same_bytes(self, edited):
        network = edited.folder / "results/tiny/networks/no_music/seed0"
        responses = edited.folder / "results/tiny/activations/no_music/seed0/natural/test.parquet"
        weights = network / "weights.pt"
        before = weights.read_bytes(), responses.read_bytes()
        for point in network.glob("resume-*.pt"):
            point.unlink()
        edited.snakemake("--forcerun", "train_network", "--until", "record_natural")
        assert (weights.read_bytes(), responses.read_bytes()) == before

    def test_the_same_data_make_no_new_training(self, edited):
        network = edited.folder / "results/tiny/networks/no_music/seed0"
        before = (network / "weights.pt").read_bytes()
        more = edited.overlay("corpus: {shards: 2}\n")
        edited.snakemake("networks", *more)
        log = edited.folder / "results/tiny/logs/train_network/no_music/seed0.log"
        assert "going on after epoch 2" in log.read_text(encoding="utf-8")
        assert (network / "weights.pt").read_bytes() == before


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
        output = edited.snakemake("--forcerun", "record_natural", fails=True)
        assert re.search(
            r"record_natural stopped .*0\.arrow is not as it was written.*"
            r"delete it and run again",
            output,
        )
        assert "the whole story is in results/tiny/logs/record_natural" in output
        assert not edited.files("tiny/activations/untrained/seed0/natural/test.parquet")

    def test_a_dry_run_reads_like_a_plan(self, edited):
        output = edited.snakemake("--dry-run", "--forceall")
        assert re.search(r"train_network +2 ×  Train network \w+, seed 0", output)
        assert len(output.splitlines()) < 80
