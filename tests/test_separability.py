"""Linear separability of a category in each feature set, and the variance that components hold."""

from __future__ import annotations

from itertools import product

import numpy as np
import pandas as pd
import pytest
from made_up_run import MadeUpRun

import measure_separability
from science.analyses.readout import evaluate_readout
from science.analyses.separability import variance_held, with_variance_held
from science.baselines.pca import describe_components
from storage.activations import read_beside, read_matrix, unit_names, write_features
from storage.tables import write_table

UNITS_OF = {("no_music", 0): 16, ("pca", 0): 5, ("gbfb", 0): 6, ("acoustics", 0): 7}


def components(number: int, clips: int) -> pd.DataFrame:
    shares = np.cumsum(np.full(number, 0.9 / number))
    return pd.DataFrame({"cumulative_share": shares, "clips": clips})


def test_it_is_that_of_all_components_together():
    share, note = variance_held(components(16, 100))
    assert abs(share - 0.9) < 1e-12
    assert note == ""


def test_as_many_components_as_clips_hold_all_of_it_whatever_they_are():
    share, note = variance_held(components(99, 100))
    assert np.isnan(share)
    assert "100 clips" in note
    assert not np.isnan(variance_held(components(98, 100))[0])


def test_components_that_are_all_there_can_be_say_nothing_however_many_clips_there_are():
    # As of 20 clips that are there twice, where 256 components were asked for.
    table = describe_components(np.full(19, 1.00000018 / 19), 1.0, 40)
    assert table["cumulative_share"].max() == 1
    share, note = variance_held(table)
    assert np.isnan(share)
    assert note == "40 clips have no more than 19 components, which hold all"
    just_short = describe_components(np.full(19, (1 - 4e-7) / 19), 1.0, 40)
    assert np.isnan(variance_held(just_short)[0])
    one_missing = describe_components(np.full(19, 0.999 / 19), 1.0, 40)
    assert variance_held(one_missing) == (one_missing["cumulative_share"].iloc[-1], "")


def test_it_stands_in_the_rows_of_the_components_alone():
    table = pd.DataFrame({"features": ["no_music", "pca"], "note": ["", "a"]})
    known = with_variance_held(table, "pca", components(16, 100))
    assert np.isnan(known["explained_variance"].iloc[0])
    assert known["explained_variance"].iloc[1] == variance_held(components(16, 100))[0]
    unknown = with_variance_held(table, "pca", components(99, 100))
    assert unknown["explained_variance"].isna().all()
    assert unknown["note"].iloc[0] == ""
    assert unknown["note"].iloc[1].startswith("a; 100 clips")


class TestScript:
    @pytest.fixture
    def run(self, tmp_path) -> MadeUpRun:
        return self.written(MadeUpRun(tmp_path))

    def written(self, run: MadeUpRun) -> MadeUpRun:
        for (network, units), split in product(UNITS_OF.items(), ("train", "test")):
            run.write(network, split, units=units)
        return run

    def measure(self, run: MadeUpRun, *networks) -> pd.DataFrame:
        networks = networks or UNITS_OF
        splits = {
            network: tuple(run.path(network, split) for split in ("train", "test"))
            for network in networks
        }
        explained = run.folder / "explained.csv"
        write_table(explained, pd.DataFrame({"cumulative_share": [0.5, 0.75], "clips": 40}))
        given = splits, explained, run.groups(), run.category
        return run.measured(measure_separability.main, *given)

    def test_networks_are_read_out_alone_and_beside_each_baseline(self, run):
        table = self.measure(run)
        assert list(zip(table["features"], table["added"], strict=True)) == [
            ("no_music", "none"),
            ("no_music", "pca"),
            ("no_music", "gbfb"),
            ("pca", "none"),
            ("gbfb", "none"),
            ("acoustics", "none"),
        ]
        assert table.loc[0, "average_precision"] > 0.8
        assert table["explained_variance"].dropna().tolist() == [0.75]

    def test_each_row_is_the_read_out_of_its_columns_side_by_side(self, run):
        """Of features none of which finds all of the category."""
        generator = np.random.default_rng(3)
        sets, values = [("no_music", 0), ("pca", 0), ("gbfb", 0)], {}
        for network, split in product(sets, ("train", "test")):
            raised = 0.8 * run.members(split)[:, None]
            noise = generator.normal(size=(len(raised), len(network[0]) - 1))
            values[network[0], split] = (noise + raised).astype(np.float32)
            run.write(network, split, values[network[0], split])
        table = self.measure(run, *sets)
        assert table["average_precision"].is_unique
        for row in table.itertuples():
            names = [row.features, *([] if row.added == "none" else [row.added])]
            sides = []
            for split in ("train", "test"):
                beside = np.hstack([values[name, split] for name in names])
                pure = (run.of(split)["kind"] != "mixed").to_numpy()
                sides += [beside[pure], run.members(split)[pure]]
            expected = evaluate_readout(*sides)
            assert row.average_precision == pytest.approx(expected.average_precision)

    def test_mixed_clips_have_no_part(self, run):
        last_of_train = run.of("train").index[-1]
        run.write_category(
            "music", run.clips["kind"].where(run.clips.index != last_of_train, "mixed")
        )
        table = self.measure(run)
        counts = table[["n_fit_positive", "n_fit_negative", "n_test_positive", "n_test_negative"]]
        assert counts.drop_duplicates().to_numpy().tolist() == [[12, 29, 12, 30]]
        np.testing.assert_allclose(table["positive_rate"], 12 / 42)

    def test_without_the_category_every_row_says_so(self, tmp_path):
        table = self.measure(self.written(MadeUpRun(tmp_path, members=0)))
        assert table["average_precision"].isna().all()
        assert table["note"].str.contains("no clip of the category").all()

    def test_a_baseline_of_other_clips_is_refused(self, run):
        path, other = run.path(("pca", 0), "train"), run.folder / "other.parquet"
        clip_ids, values = read_matrix(path)
        write_features(other, clip_ids[:-1], unit_names(5), values[:-1])
        with pytest.raises(ValueError, match="not the same clips"):
            read_beside(path, other)
