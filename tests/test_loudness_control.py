"""Control of loudness: what is heard, the units' responses to it, and their ratios."""

from __future__ import annotations

import math
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
from made_up_run import SETTINGS, UNITS, MadeUpRun

import measure_loudness
import record_loudness
from science.analyses.loudness import levelled_ratio
from science.analyses.selection import rank_by_index
from science.network.cnn import NetworkSettings, build_network
from science.sound.acoustics import (
    FEATURE_NAMES,
    acoustic_features,
    describe_relative,
    mel_band_centres_hz,
)
from science.sound.levelled import levelled_stimuli
from science.sound.loudness import apply_gain
from storage.activations import read_matrix
from storage.logmels import LogMelShards, write_logmel_shard
from storage.networks import save_network
from storage.responses import read_responses

NETWORK, ACOUSTICS = ("no_music", 3), ("acoustics", 0)


def test_stimuli_are_others_once_and_the_category_at_each_attenuation():
    clips = pd.DataFrame(
        {
            "split": ["train"] * 3 + ["test"] * 2,
            "clip_id": list("abcde"),
            "in_category": [True, False, True, False, True],
            "level_db": [30.0, 50.0, -math.inf, 90.0, 40.0],
        }
    )
    table = levelled_stimuli(clips, [1, 8])
    heard = list(zip(table["clip_id"], table["attenuation"], strict=True))
    assert heard == [
        ("b", 1), ("a", 1), ("c", 1), ("a", 8), ("c", 8), ("d", 1), ("e", 1), ("e", 8),
    ]  # fmt: skip
    # All at the mean level of the train split's sounding clips, 40 dB, or 18.06 dB below.
    gain_db = table.set_index(["clip_id", "attenuation"])["gain_db"]
    eighth_db = 20 * math.log10(8)
    expected = {("b", 1): -10, ("d", 1): -50, ("a", 1): 10, ("e", 1): 0, ("a", 8): 10 - eighth_db}
    for place, value in expected.items():
        assert gain_db[place] == pytest.approx(value)
    # No gain makes silence louder.
    assert gain_db[("c", 1)] == 0
    assert levelled_stimuli(clips[:0], [1, 8]).empty


def test_ratio_is_that_of_the_means():
    stimuli = pd.DataFrame(
        {
            "in_category": [True, True, True, False, False],
            "attenuation": [1.0, 1.0, 8.0, 1.0, 1.0],
            "mean_response": [2.0, 4.0, 1.0, 1.0, 2.0],
        }
    )
    rows = [levelled_ratio(stimuli, ratio, np.random.default_rng(0), 50) for ratio in (1, 8)]
    assert [row["ratio"] for row in rows] == pytest.approx([2, 1 / 1.5])
    assert [row["rms_ratio"] for row in rows] == [1, 1 / 8]
    assert [row["category_clips"] for row in rows] == [2, 1]


@pytest.mark.parametrize(
    ("in_category", "response", "note"),
    [
        ([False, False], [1.0, 1.0], "there is no clip of the category alone"),
        ([True, True], [1.0, 1.0], "there is no clip without the category"),
        ([True, False], [1.0, 0.0], "the units are silent to the other clips"),
        ([True, False], [math.nan, math.nan], "no unit was chosen"),
        ([False, False], [math.nan, math.nan], "there is no clip of the category alone"),
    ],
)
def test_a_ratio_that_is_not_defined_has_a_reason(in_category, response, note):
    columns = {"in_category": in_category, "attenuation": 1.0, "mean_response": response}
    row = levelled_ratio(pd.DataFrame(columns), 1, np.random.default_rng(0), 20)
    assert math.isnan(row["ratio"])
    assert row["note"] == note


class TestRecording:
    """Log-Mels made up, the last clip of each split silent."""

    @pytest.fixture
    def run(self, tmp_path) -> MadeUpRun:
        run = MadeUpRun(tmp_path)
        self.write_sounds(run)
        return run

    def write_sounds(self, run: MadeUpRun) -> None:
        run.write_both(NETWORK)
        generator = np.random.default_rng(4)
        for split in ("train", "test"):
            ids = run.of(split)["clip_id"].tolist()
            levels = np.linspace(20, 60, len(ids)).astype(np.float32)
            levels[-1] = -np.inf
            block = ids, levels, np.ones(len(ids)), generator.normal(40, 15, (len(ids), 64, 121))
            write_logmel_shard(self.shard(run, split), [block], 64)
        settings = NetworkSettings(channels=(2, 2, 4, UNITS), hidden=4)
        self.network = build_network(settings, 6, seed=0).eval()
        weights = self.network.state_dict()
        save_network(run.folder / "weights.pt", weights, settings, [*"abcdef"], {})

    def shard(self, run: MadeUpRun, split: str) -> Path:
        return run.folder / f"logmel/natural/{split}/0.arrow"

    def record(self, run: MadeUpRun, network, attenuations) -> pd.DataFrame:
        train = run.path(network, "train")
        if network == ACOUSTICS:
            respond = partial(describe_relative, highest_hz=8000.0, reference=read_matrix(train)[1])
        else:
            respond = record_loudness.of_network(run.folder / "weights.pt", "cpu", 1)
        record_loudness.main(
            train, {split: LogMelShards([self.shard(run, split)]) for split in ("train", "test")},
            run.groups(), SETTINGS, attenuations, respond, self.output(run, network),
        )  # fmt: skip
        return pd.read_parquet(self.output(run, network))

    def output(self, run: MadeUpRun, network) -> Path:
        return run.folder / f"analyses/loudness/music/{network[0]}/seed{network[1]}.parquet"

    def describe(self, run: MadeUpRun, number: str) -> pd.DataFrame:
        """The stimuli by one acoustic number, in a unit that is a train split of about one.

        That number alone differs between the groups, and so is chosen.
        """
        values = np.ones((len(run.of("train")), 7))
        decibels = [FEATURE_NAMES.index(name) for name in ("level_db", "spectral_flatness_db")]
        values[:, decibels] = 0
        column = FEATURE_NAMES.index(number)
        values[:, column] += np.where(run.members("train"), 1e-6, -1e-6)
        values[::2, column] += 1e-7
        run.write(ACOUSTICS, "train", values)
        return self.record(run, ACOUSTICS, [1, 4])

    def measure(self, run: MadeUpRun, attenuations, *networks) -> pd.DataFrame:
        files = [self.output(run, network) for network in networks]
        given = files, run.category, attenuations, 100, 7
        return run.measured(measure_loudness.main, *given)

    def test_every_clip_is_brought_to_one_level_and_the_category_below(self, run):
        heard = self.record(run, NETWORK, [1, 4])
        sounding = np.isfinite(heard["level_db"])
        level_db = (heard["level_db"] + heard["gain_db"])[sounding]
        expected = -20 * np.log10(heard["attenuation"][sounding])
        np.testing.assert_allclose(level_db - level_db.iloc[0], expected, atol=1e-4)
        assert (heard.loc[~sounding & ~heard["in_category"], "gain_db"] == 0).all()
        assert heard.groupby("in_category").size().to_dict() == {False: 60, True: 48}

    def test_responses_are_those_of_the_chosen_units_to_one_clip_after_the_other(self, run):
        heard = self.record(run, NETWORK, [1, 4])
        clip_ids, responses = read_responses(run.path(NETWORK, "train"))
        ranked = rank_by_index(responses, *run.groups().groups(clip_ids), SETTINGS)
        units = np.flatnonzero(ranked["selected"])
        assert len(units) == 2
        for row in heard.iloc[::7].itertuples():
            log_mel = LogMelShards([self.shard(run, row.split)]).gather([row.clip_id])
            with torch.no_grad():
                louder = torch.from_numpy(apply_gain(log_mel, row.gain_db))
                features = self.network.pooled(louder[:, None])
            assert row.mean_response == pytest.approx(float(features[0, units].mean()), rel=1e-4)

    def test_a_row_for_every_split_and_attenuation(self, run):
        self.record(run, NETWORK, [1, 8])
        table = self.measure(run, [1, 8], NETWORK)
        assert list(zip(table["split"], table["attenuation"], strict=True)) == [
            ("train", 1), ("train", 8), ("test", 1), ("test", 8),
        ]  # fmt: skip
        assert table["other_clips"].eq(30).all()
        assert table[["features", "seed", "category"]].eq([*NETWORK, "music"]).all(axis=None)

    @pytest.mark.parametrize(("number", "kept"), [("level_db", 1 / 4), ("bandwidth_hz", 1)])
    def test_acoustics_are_those_of_the_sound_after_the_gain(self, run, number, kept):
        described = self.describe(run, number)
        members = described[described["in_category"] & np.isfinite(described["level_db"])]
        by_clip = members.pivot(index="clip_id", columns="attenuation", values="mean_response")
        np.testing.assert_allclose(by_clip[4] / by_clip[1], kept, rtol=1e-3)
        row = members.iloc[-1]
        log_mel = LogMelShards([self.shard(run, row["split"])]).gather([row["clip_id"]])
        features = acoustic_features(log_mel + row["gain_db"], mel_band_centres_hz(64, 8000.0))[0]
        value = features[FEATURE_NAMES.index(number)]
        expected = 10 ** (value / 20) if number == "level_db" else value
        assert row["mean_response"] == pytest.approx(expected, rel=1e-2)

    def test_acoustics_stand_beside_the_networks(self, run):
        self.record(run, NETWORK, [1, 4])
        self.describe(run, "level_db")
        table = self.measure(run, [1, 4], NETWORK, ACOUSTICS)
        of_test = table[(table["features"] == "acoustics") & (table["split"] == "test")]
        ratio = of_test.set_index("attenuation")["ratio"]
        # What level alone gives follows the attenuation.
        assert ratio[4] == pytest.approx(ratio[1] / 4, rel=1e-3)

    def test_without_the_category_the_rows_say_so(self, tmp_path):
        run = MadeUpRun(tmp_path, members=0)
        self.write_sounds(run)
        self.record(run, NETWORK, [1, 8])
        table = self.measure(run, [1, 8], NETWORK)
        assert table["ratio"].isna().all()
        assert table["note"].eq("there is no clip of the category alone").all()
