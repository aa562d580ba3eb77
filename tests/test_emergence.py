"""Selectivity over depth and over training: the same numbers as elsewhere, of layers and epochs."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
from figure_tables import draw, figure_tables, scene_of
from made_up_run import SETTINGS, UNITS, MadeUpRun
from matplotlib.lines import Line2D
from scipy.stats import spearmanr

import measure_depth
import measure_emergence
import record_emergence
from science.analyses.depth import measure_layers
from science.analyses.emergence import drawn_clips, measure_epochs, rank_correlations
from science.analyses.measures import MEASURES, Heard, choose_units, measure
from science.analyses.quilts import quilt_responses
from science.analyses.ratios import response_ratio
from science.analyses.readout import evaluate_readout
from science.network.cnn import NetworkSettings, build_network
from science.network.responses import record_responses
from storage.activations import write_activations
from storage.logmels import LogMelShards, write_logmel_shard

CHOICE = {"index": "msi", "fraction": 0.25}
CATEGORY, OTHERS = np.arange(90) < 30, (np.arange(90) >= 30) & (np.arange(90) < 80)


def planted(size: float, lost: float, seed: int = 0, units: int = 16) -> Heard:
    """Units of which the first quarter prefers the category by a factor, and hears structure."""
    generator = np.random.default_rng(seed)
    gain = np.where(np.arange(units) < units // 4, size, 1.0)

    def clips(factor: np.ndarray | float = 1.0, members: np.ndarray = CATEGORY) -> np.ndarray:
        level = np.where(members[:, None], gain, 1.0) * factor
        return level * generator.uniform(0.9, 1.1, (len(members), units))

    return Heard(
        natural={split: (clips(), CATEGORY, OTHERS) for split in ("train", "test")},
        quilts={"quilt": clips(np.where(gain > 1, 1 - lost, 1.0)), "original": clips()},
        members=CATEGORY,
        sounds=clips(),
        wanted=CATEGORY,
        component=np.where(CATEGORY, 2.0, 1.0),
    )


def values_of(heard: Heard, chosen_on: str = "test") -> dict[str, float]:
    rows = measure(heard, choose_units(heard, chosen_on, CHOICE), chosen_on)
    return {row["measure"]: row["value"] for row in rows}


def test_planted_selectivity_is_measured_at_its_size():
    found = values_of(planted(2.0, 0.3))
    assert [*found] == [*MEASURES]
    assert found["ratio"] == pytest.approx(2, rel=0.02)
    assert found["ratio_of_sounds"] == pytest.approx(2, rel=0.02)
    assert found["quilt_loss"] == pytest.approx(0.3, abs=0.02)
    assert found["separability"] > 0.99
    assert found["component_correlation"] > 0.9
    nothing = values_of(planted(1.0, 0.0))
    assert nothing["ratio"] == pytest.approx(1, rel=0.02)
    assert nothing["quilt_loss"] == pytest.approx(0, abs=0.02)
    assert nothing["separability"] < 0.7
    assert abs(nothing["component_correlation"]) < 0.4
    no_brain = planted(2.0, 0.3)._replace(component=None)
    assert [*values_of(no_brain)] == [*MEASURES[:-1]]
    assert [*values_of(no_brain._replace(sounds=None))] == [*MEASURES[:-2]]


@pytest.mark.parametrize("chosen_on", ["train", "test"])
def test_the_measures_are_those_of_the_other_analyses_to_the_digit(chosen_on):
    heard = planted(1.5, 0.2)
    units, found = choose_units(heard, chosen_on, CHOICE), values_of(heard, chosen_on)
    held_out = heard.natural[{"train": "test", "test": "train"}[chosen_on]]
    assert found["ratio"] == response_ratio(held_out[0], units, *held_out[1:])
    pure = CATEGORY | OTHERS
    sides = [(heard.natural[split][0][pure], CATEGORY[pure]) for split in ("train", "test")]
    assert found["separability"] == evaluate_readout(*sides[0], *sides[1]).average_precision
    stimuli = {"50ms": heard.quilts["quilt"], "original": heard.quilts["original"]}
    selected = np.isin(np.arange(16), units)
    draw = np.random.default_rng(0)
    table = quilt_responses(stimuli, selected, {"category": CATEGORY}, draw, 2)
    kept = table.query("units == 'selective' and stimulus == '50ms'")["relative"].item()
    assert found["quilt_loss"] == 1 - kept


def test_what_cannot_be_measured_says_why():
    heard = planted(2.0, 0.3)
    nobody = np.zeros(90, dtype=bool)
    no_clips = {split: (of[0], nobody, OTHERS) for split, of in heard.natural.items()}
    rows = measure(heard._replace(natural=no_clips, members=nobody), np.arange(4), "test")
    notes = {row["measure"]: row["note"] for row in rows if np.isnan(row["value"])}
    assert notes == {
        "ratio": "there is no clip of the category alone",
        "separability": "fit set has no clip of the category; test set has no clip of the category",
        "quilt_loss": "there is no clip of the category",
    }
    rows = measure(heard, np.array([], dtype=int), "test")
    assert {row["note"] for row in rows if np.isnan(row["value"])} == {"no unit was chosen"}
    assert "ratio_of_sounds" not in values_of(heard._replace(sounds=None))


def test_layers_are_measured_one_by_one_in_order():
    layers = {"conv2": planted(1.2, 0.0, units=8), "conv1": planted(2.0, 0.3)}
    table = measure_layers(layers, "test", CHOICE)
    assert table.drop_duplicates("layer")[["layer", "place", "units", "selected"]].to_numpy(
        dtype=object
    ).tolist() == [["conv2", 1, 8, 2], ["conv1", 2, 16, 4]]
    of_last = table[table["layer"] == "conv1"].set_index("measure")["value"]
    assert of_last.to_dict() == values_of(layers["conv1"])


def test_clips_are_drawn_by_their_names():
    ids = [f"clip {number:03d}" for number in range(100)]
    drawn = drawn_clips(ids, 20, 7)
    assert len(drawn) == 20
    assert drawn == sorted(drawn) == drawn_clips(ids[::-1], 20, 7)
    assert set(drawn) != set(drawn_clips(ids, 20, 8))
    assert set(drawn) < set(drawn_clips(ids, 30, 7))
    assert len(set(drawn) - set(drawn_clips([*ids, "another"], 20, 7))) <= 1
    assert drawn_clips(ids, 0, 7) == drawn_clips(ids, 100, 7) == ids


def course(seed: int = 0) -> pd.DataFrame:
    generator = np.random.default_rng(seed)
    epochs = {epoch: planted(1 + epoch / 20, 0.02 * epoch, epoch) for epoch in (0, 1, 2, 4, 8)}
    history = pd.DataFrame({"epoch": range(1, 9), "validation_ap": generator.random(8)})
    table = measure_epochs(epochs, history, 4, "test", CHOICE)
    return table.assign(features="no_music", seed=seed, category="music")


def test_epochs_have_every_measure_and_what_the_history_knows():
    table = course()
    ratio = table[table["measure"] == "ratio"]
    np.testing.assert_allclose(ratio["value"], 1 + ratio["epoch"] / 20, rtol=0.02)
    assert table.loc[table["used"], "epoch"].unique() == [4]
    known = table[table["measure"] == "validation_ap"]
    # Of a network before training there is no history.
    assert known["epoch"].tolist() == [1, 2, 4, 8]


def test_correlations_are_spearmans_over_the_epochs_that_have_both_numbers():
    table = pd.concat([course(0), course(1)])
    found = rank_correlations(table).set_index(["seed", "measure"])
    for (seed, name), row in found.iterrows():
        wide = table[table["seed"] == seed].pivot(index="epoch", columns="measure", values="value")
        wide = wide.loc[1:, [name, "validation_ap"]]
        expected = spearmanr(*wide.to_numpy(dtype=float).T).statistic
        assert row["rank_correlation"] == pytest.approx(expected)
        assert row["epochs"] == 4
    untrained = rank_correlations(table[table["epoch"] == 0])
    assert untrained["rank_correlation"].isna().all()
    assert (untrained["note"] == "no epoch has both numbers").all()
    assert rank_correlations(table[table["epoch"] < 3])["note"].str.contains("needs 3 pairs").all()


def test_without_a_network_that_is_trained_the_tables_say_why():
    for table in measure_emergence.main([], "music").values():
        assert table["features"].tolist() == [""]
        assert table["note"].tolist() == ["not run: the reference condition is not trained here"]
        assert "category" in table


class TestScripts:
    """Recorded layers and networks at epochs, from log-Mels to tables."""

    SHAPE = NetworkSettings(channels=(2, 4, 4, UNITS), hidden=4)
    PLACES = {
        "train": "natural/train", "test": "natural/test", "quilt": "quilt-50ms/train",
        "original": "quilt-original/train", "sounds": "natural_sounds/all",
    }  # fmt: skip

    def logmels(self, run: MadeUpRun) -> dict[str, LogMelShards]:
        generator, shards = np.random.default_rng(4), {}
        for name, place in self.PLACES.items():
            ids = run.of(place.split("/")[1])["clip_id"].tolist() if name != "sounds" else [*"abcd"]
            decibels = generator.normal(40, 15, (len(ids), 64, 121))
            path = run.folder / f"logmel/{place}/0.arrow"
            write_logmel_shard(path, [(ids, np.zeros(len(ids)), np.ones(len(ids)), decibels)], 64)
            shards[name] = LogMelShards([path])
        return shards

    def test_the_used_epoch_and_the_analysed_layer_have_the_same_numbers(self, tmp_path: Path):
        run = MadeUpRun(tmp_path)
        logmels, layers = self.logmels(run), ["conv1", "conv4"]
        networks = {epoch: build_network(self.SHAPE, 6, seed=epoch).eval() for epoch in (0, 3)}
        files = {name: tmp_path / f"no_music/seed3/{place}.parquet"
                 for name, place in self.PLACES.items()}  # fmt: skip
        for name, path in files.items():
            clips = logmels[name].clip_ids
            given = logmels[name].gather(clips)
            recorded = record_responses(networks[3], [torch.from_numpy(given)], layers=["conv1"])
            path.parent.mkdir(parents=True, exist_ok=True)
            write_activations(
                path, [(clips, *next(iter([*recorded])))], None, (),
                path.with_name("layers") / path.name, ["conv1"],
            )  # fmt: skip
        known = {"wanted": [True, False, True, False], "component": [2.0, 1.0, 3.0, 0.5]}
        given = (run.groups(), pd.DataFrame(known, index=[*"abcd"]))
        depth = measure_depth.main([files], layers, "conv4", *given, "music", "test", SETTINGS)
        assert depth["layer"].unique().tolist() == layers
        history = pd.DataFrame({"epoch": [1, 2, 3], "validation_ap": [0.1, 0.2, 0.3]})
        table = record_emergence.main(
            networks, 3, logmels, *given, history, 0, "test", SETTINGS, 2024, "cpu"
        )
        of_layer = depth[depth["layer"] == "conv4"].set_index("measure")["value"]
        of_used = table[table["used"]].set_index("measure")["value"].drop("validation_ap")
        pd.testing.assert_series_equal(of_layer, of_used, rtol=1e-4, check_dtype=False)
        path = tmp_path / "emergence/no_music/seed3.csv"
        path.parent.mkdir(parents=True)
        table.to_csv(path, index=False)
        pooled = measure_emergence.main([path], "music")
        assert pooled["summary"].columns.tolist()[:4] == ["features", "seed", "category", "epoch"]
        assert pooled["networks"]["measure"].tolist() == [*MEASURES]
        few = record_emergence.main(
            networks, 3, logmels, *given, history, 12, "test", SETTINGS, 2024, "cpu"
        )
        assert few["measure"].tolist() == table["measure"].tolist()


def test_the_figures_draw_the_tables():
    """Means of each condition by layer; every measure's rise from 0 to 1 over the same epochs."""
    tables, scene = figure_tables(), scene_of()
    depth = tables["depth"]["depth"]
    of_music = depth[(depth["features"] == "music") & (depth["measure"] == "ratio")]
    axes = draw("depth", tables["depth"], scene).axes[0]
    series = next(line for line in axes.lines if line.get_gid() == "series music")
    means = of_music.groupby("place")["value"].mean()
    np.testing.assert_allclose(series.get_ydata(), means)
    figure = draw("emergence", tables["emergence"], scene)
    course = tables["emergence"]["emergence"]
    rises = [line for line in figure.findobj(Line2D) if str(line.get_gid()).startswith("rise")]
    assert len(rises) == 1 + len(MEASURES)
    for line in rises:
        _, name = line.get_gid().split()
        mean = course[course["measure"] == name].groupby("epoch")["value"].mean().loc[1:]
        np.testing.assert_allclose(line.get_xdata(), np.maximum(mean.index, 0.5))
        share = (mean - mean.min()) / (mean.max() - mean.min())
        np.testing.assert_allclose(line.get_ydata(), share)
    used = [line for line in figure.findobj(Line2D) if line.get_gid() == "used"]
    assert {line.get_xdata()[0] for line in used} == {32}
    assert len(used) == course["seed"].nunique() * len(rises)
