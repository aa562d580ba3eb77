"""The scripts that measure music: their tables on a made-up run, and on corpora that lack much."""

from __future__ import annotations

from pathlib import Path

import describe_levelled_acoustics
import measure_conditions
import measure_genres
import numpy as np
import pandas as pd
import pytest
import torch
from music_run import CATEGORY_SCHEMA, CLASSES, UNITS, MusicRun, corpus_tables

import embed_features
import measure_ablation
import measure_embedding
import measure_loudness
import measure_mean_response
import measure_memorisation
import measure_selectivity
import measure_separability
import record_loudness
from science.analyses.readout import evaluate_readout
from science.network.cnn import NetworkSettings, build_network
from science.sound.acoustics import (
    FEATURE_NAMES,
    acoustic_features,
    mel_band_centres_hz,
    relative_acoustics,
)
from science.sound.loudness import apply_gain
from storage.activations import read_matrix, unit_names, write_features
from storage.feature_splits import read_splits
from storage.logmels import LogMelShards, write_logmel_shard
from storage.networks import save_network
from storage.paired_features import read_beside
from storage.tables import write_table

SETTINGS = {"index": "msi", "fraction": 0.125, "permutations": 20}
APART = [{"label": "Music"}]


@pytest.fixture
def run(tmp_path) -> MusicRun:
    return MusicRun(tmp_path)


def measure_units(run: MusicRun, feature_sets, train, test, **settings) -> pd.DataFrame:
    measure_selectivity.main(
        train, test, feature_sets, run.categories, {**SETTINGS, **settings}, 100, 7,
        run.folder / "units.csv", run.folder / "selectivity.csv",
    )  # fmt: skip
    return pd.read_csv(run.folder / "selectivity.csv")


class TestSelectivity:
    def measure(self, run: MusicRun) -> pd.DataFrame:
        files = [[run.write_responses("no_music", split)] for split in ("train", "test")]
        return measure_units(run, [("no_music", 3)], *files)

    def test_finds_the_units_that_music_raises(self, run):
        table = self.measure(run)
        units = pd.read_csv(run.folder / "units.csv")
        chosen = units.loc[units["selected"], "unit"]
        assert len(chosen) == 2
        assert set(chosen) <= {0, 2, 3}
        assert (table["ratio"] > 2).all()
        assert (table["seed"] == 3).all()
        assert (table["low"] < table["ratio"]).all()
        assert (table["ratio"] > table["null_mean"]).all()

    def test_never_sees_the_test_split(self, run):
        """Permuting the test clips, or losing all but one, leaves the units as they are."""
        train = run.write_responses("no_music", "train")
        test = run.write_responses("no_music", "test")
        found = []
        clip_ids, values = read_matrix(test)
        order = np.random.default_rng(1).permutation(len(values))
        for changed in (values, values[order], -values, np.zeros_like(values)):
            write_features(test, clip_ids, unit_names(UNITS), changed)
            ratios = measure_units(run, [("no_music", 0)], [train], [test])
            found.append(
                ((run.folder / "units.csv").read_bytes(), ratios[ratios["split"] == "test"])
            )
        assert len({units for units, _ in found}) == 1
        assert found[0][1]["ratio"].iloc[0] != found[1][1]["ratio"].iloc[0]

    def test_by_default_the_null_has_200_permutations_and_a_held_out_one(self, run):
        files = [[run.write_responses("no_music", split)] for split in ("train", "test")]
        table = measure_units(run, [("no_music", 0)], *files, permutations=200)
        assert (table["permutations"] >= 200).all()
        assert table.set_index("split")["null_mean"].notna().all()
        assert table["half_overlap"].between(0, 1).all()

    @pytest.mark.parametrize("shape", [{"music": 0}, {"music": 1}, {"others": 0}])
    def test_says_nothing_where_a_kind_of_clip_is_missing(self, tmp_path, shape):
        table = self.measure(MusicRun(tmp_path, **shape))
        assert len(table) == 2
        if shape != {"music": 1}:
            assert table["ratio"].isna().all()
            assert table["note"].str.contains("there is no clip").all()

    def test_a_network_that_never_fires_has_a_row(self, run):
        files = []
        for split in ("train", "test"):
            path = run.write_responses("dead", split)
            clip_ids, values = read_matrix(path)
            write_features(path, clip_ids, unit_names(UNITS), np.zeros_like(values))
            files.append([path])
        table = measure_units(run, [("dead", 0)], *files)
        assert table["ratio"].isna().all()

    def test_acoustics_are_measured_in_the_units_of_the_train_split(self, run):
        """Twice the amplitude throughout the test split doubles its means, and no ratio."""
        train, test = (run.write_responses("acoustics", split, 7) for split in ("train", "test"))
        clip_ids, values = read_matrix(test)
        level = FEATURE_NAMES.index("level_db")
        values[:, level] += 20 * np.log10(2)
        louder = run.folder / "louder.parquet"
        write_features(louder, clip_ids, FEATURE_NAMES, values)
        as_recorded, twice = (
            read_splits("acoustics", train, path)["test"][1] for path in (test, louder)
        )
        np.testing.assert_allclose(twice[:, level], 2 * as_recorded[:, level], rtol=1e-5)
        np.testing.assert_array_equal(np.delete(twice, level, 1), np.delete(as_recorded, level, 1))
        tables = [
            measure_units(run, [("acoustics", 0)], [train], [path]) for path in (test, louder)
        ]
        np.testing.assert_allclose(tables[0]["ratio"], tables[1]["ratio"], rtol=1e-5)
        assert (tables[0]["units"] == 1).all()

    def test_of_few_numbers_the_best_one_is_chosen_whatever_the_fraction(self, run):
        files = [[run.write_responses("acoustics", split, 7)] for split in ("train", "test")]
        table = measure_units(run, [("acoustics", 0)], *files, fraction=0.02, permutations=0)
        assert (table["units"] == 1).all()
        assert table["ratio"].notna().all()
        assert table["null_p"].isna().all()


class TestMeanResponse:
    def measure(self, run: MusicRun) -> pd.DataFrame:
        return self.measure_file(run, "no_music", run.write_responses("no_music", "test"))

    def measure_file(self, run: MusicRun, features: str, test: Path) -> pd.DataFrame:
        train = run.write_responses("acoustics", "train", 7)
        measure_mean_response.main(
            [test], [(features, 0)], train, run.categories, 100, 7,
            run.folder / "mean.csv", run.folder / "histogram.csv",
        )  # fmt: skip
        return pd.read_csv(run.folder / "mean.csv")

    def test_effect_size_lies_in_its_interval(self, run):
        (row,) = self.measure(run).to_dict("records")
        assert row["low"] <= row["effect_size"] <= row["high"]
        assert row["effect_size"] > 0.9
        assert (row["n1"], row["n2"]) == (12, 30)

    def test_without_music_there_is_a_reason(self, tmp_path):
        (row,) = self.measure(MusicRun(tmp_path, music=0)).to_dict("records")
        assert np.isnan(row["p"])
        assert "empty" in row["note"]

    def test_acoustics_are_measured_in_the_units_of_the_train_split(self, run):
        """Every number of one clip put in the place of all others: means are not 1 but the clip's.

        Relative to the test clips themselves, clips that are all alike have a mean of 1 each.
        """
        test = run.write_responses("acoustics", "test", 7)
        train = run.write_responses("acoustics", "train", 7)
        clip_ids, values = read_matrix(test)
        alike = np.repeat(values[:1], len(values), axis=0)
        write_features(test, clip_ids, FEATURE_NAMES, alike)
        (row,) = self.measure_file(run, "acoustics", test).to_dict("records")
        expected = relative_acoustics(alike, read_matrix(train)[1]).mean(axis=1)
        assert abs(expected[0] - 1) > 0.01
        assert row["mean_music"] == pytest.approx(expected[0])
        assert row["mean_non_music"] == pytest.approx(expected[0])


class TestSeparability:
    def write_overlapping(self, run: MusicRun) -> tuple[dict, dict]:
        """Features of which none tells all music from the rest: files and values by set, split."""
        generator = np.random.default_rng(3)
        files, values = {}, {}
        for name, units in (("no_music", 3), ("pca", 2), ("gbfb", 4)):
            files[name], values[name] = {}, {}
            for split in ("train", "test"):
                clips = run.of(split)
                raised = 0.8 * (clips["music"] == "pure").to_numpy()[:, None]
                noise = generator.normal(size=(len(clips), units))
                values[name][split] = (noise + raised).astype(np.float32)
                files[name][split] = run.folder / name / f"{split}.parquet"
                given = files[name][split], clips["clip_id"].tolist(), unit_names(units)
                write_features(*given, values[name][split])
        return files, values

    def measure(self, run: MusicRun) -> pd.DataFrame:
        names = ["no_music", "pca", "gbfb", "acoustics"]
        units = [UNITS, 5, 6, 7]
        files = {
            split: [
                run.write_responses(name, split, n) for name, n in zip(names, units, strict=True)
            ]
            for split in ("train", "test")
        }
        baselines = {
            name: {split: files[split][names.index(name)] for split in files}
            for name in ("pca", "gbfb")
        }
        sets = [(name, 0) for name in names]
        explained, output = run.folder / "explained.csv", run.folder / "separability.csv"
        write_table(explained, pd.DataFrame({"cumulative_share": [0.5, 0.75], "clips": 40}))
        measure_separability.main(
            files["train"], files["test"], sets, baselines, explained, run.categories, output
        )
        return pd.read_csv(output)

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
        assert (table["n_test_positive"] == 12).all()

    def test_each_row_is_the_read_out_of_its_columns_side_by_side(self, run):
        files, values = self.write_overlapping(run)
        baselines = {name: files[name] for name in ("pca", "gbfb")}
        train, test = ([paths[split] for paths in files.values()] for split in ("train", "test"))
        explained, output = run.folder / "explained.csv", run.folder / "separability.csv"
        write_table(explained, pd.DataFrame({"cumulative_share": [0.5, 0.75], "clips": 40}))
        sets = [(name, 0) for name in files]
        measure_separability.main(train, test, sets, baselines, explained, run.categories, output)
        table = pd.read_csv(output)
        assert table["average_precision"].is_unique
        kind = {split: run.of(split)["music"].to_numpy() for split in ("train", "test")}
        pure = {split: kind[split] != "mixed" for split in kind}
        for row in table.itertuples():
            names = [row.features, *([] if row.added == "none" else [row.added])]
            sides = []
            for split in kind:
                beside = np.hstack([values[name][split] for name in names])
                sides += [beside[pure[split]], kind[split][pure[split]] == "pure"]
            expected = evaluate_readout(*sides)
            assert row.average_precision == pytest.approx(expected.average_precision)

    def test_mixed_clips_have_no_part(self, run):
        one = run.clips.index[(run.clips["corpus_split"] == "train").to_numpy()][-1]
        assert run.clips.loc[one, "music"] == "none"
        run.clips.loc[one, "music"] = "mixed"
        write_table(run.categories, run.clips, CATEGORY_SCHEMA)
        assert (run.of("test")["music"] == "mixed").sum() == 1
        table = self.measure(run)
        assert (table["n_fit_positive"] == 12).all()
        assert (table["n_fit_negative"] == 29).all()
        assert (table["n_test_positive"] == 12).all()
        assert (table["n_test_negative"] == 30).all()
        np.testing.assert_allclose(table["chance"], 12 / 42)

    def test_without_music_every_row_says_so(self, tmp_path):
        table = self.measure(MusicRun(tmp_path, music=0))
        assert table["average_precision"].isna().all()
        assert table["note"].str.contains("no clip of the category").all()

    def test_a_baseline_of_other_clips_is_refused(self, run):
        path = run.write_responses("pca", "train", 5)
        other = run.folder / "other.parquet"
        clip_ids, values = read_matrix(path)
        write_features(other, clip_ids[:-1], unit_names(5), values[:-1])
        with pytest.raises(ValueError, match="not the same clips"):
            read_beside(path, other)


class TestEmbedding:
    def embed(self, run: MusicRun) -> pd.DataFrame:
        path = run.write_responses("no_music", "test")
        files = run.folder / "places.parquet", run.folder / "quality.csv"
        embed_features.main(path, run.categories, 7, 5, *files)
        output = run.folder / "embedding.csv"
        measure_embedding.main([files[0]], [files[1]], [("no_music", 0)], 16, 7, output)
        return pd.read_csv(output)

    def test_music_that_differs_keeps_apart(self, tmp_path):
        (row,) = self.embed(MusicRun(tmp_path, music=120, others=160)).to_dict("records")
        assert row["segregation_index"] > row["null_mean"]
        assert row["neighbour_preservation"] > row["chance_preservation"]
        assert row["kullback_leibler"] > 0
        assert (row["music_clips"], row["non_music_clips"]) == (120, 160)

    @pytest.mark.parametrize(
        ("shape", "note"), [({"music": 0}, ""), ({"music": 2, "others": 3}, "too few")]
    )
    def test_small_corpora_have_a_row(self, tmp_path, shape, note):
        (row,) = self.embed(MusicRun(tmp_path, **shape)).to_dict("records")
        assert np.isnan(row["segregation_index"])
        assert note in str(row["note"])


class TestLoudness:
    def shards(self, run: MusicRun) -> dict[str, list[Path]]:
        shards = {}
        generator = np.random.default_rng(4)
        for split in ("train", "test"):
            ids = run.of(split)["clip_id"].tolist()
            levels = np.linspace(20, 60, len(ids)).astype(np.float32)
            levels[-1] = -np.inf
            spectrograms = generator.normal(40, 15, (len(ids), 64, 121))
            path = run.folder / f"{split}.arrow"
            write_logmel_shard(path, [(ids, levels, spectrograms)], 64, 121)
            shards[split] = [path]
        return shards

    def network(self) -> torch.nn.Module:
        settings = NetworkSettings(channels=(2, 2, 4, UNITS), hidden=4)
        return build_network(settings, 6, seed=0).eval()

    def heard(self, run: MusicRun, attenuations) -> pd.DataFrame:
        output = run.folder / "heard.parquet"
        units = np.isin(np.arange(UNITS), [0, 2])
        record_loudness.main(
            self.network(), units, self.shards(run), run.categories, attenuations, output, "cpu"
        )
        return pd.read_parquet(output)

    def described(self, run: MusicRun, number: str) -> pd.DataFrame:
        """The stimuli by one acoustic number; its unit is a train split that is all ones."""
        train, output = run.folder / "acoustics.parquet", run.folder / "described.parquet"
        ids = run.of("train")["clip_id"].tolist()
        values = np.ones((len(ids), 7))
        values[
            :, [FEATURE_NAMES.index("level_db"), FEATURE_NAMES.index("spectral_flatness_db")]
        ] = 0
        write_features(train, ids, FEATURE_NAMES, values)
        chosen = np.array([name == number for name in FEATURE_NAMES])
        describe_levelled_acoustics.main(
            chosen, train, self.shards(run), run.categories, [1, 4], output, 8000.0
        )
        return pd.read_parquet(output)

    def test_every_clip_is_brought_to_one_level_and_music_below(self, run):
        heard = self.heard(run, [1, 4])
        sounding = np.isfinite(heard["level_db"])
        level_db = (heard["level_db"] + heard["gain_db"])[sounding]
        expected = -20 * np.log10(heard["attenuation"][sounding])
        np.testing.assert_allclose(level_db - level_db.iloc[0], expected, atol=1e-4)
        assert (heard.loc[~sounding & ~heard["music"], "gain_db"] == 0).all()
        assert heard.groupby("music").size().to_dict() == {False: 60, True: 48}

    def test_a_row_for_every_split_and_attenuation(self, run):
        self.heard(run, [1, 8])
        output = run.folder / "loudness.csv"
        path = run.folder / "heard.parquet"
        measure_loudness.main([path], [("no_music", 0)], [1, 8], 100, 7, output)
        table = pd.read_csv(output)
        assert list(zip(table["split"], table["attenuation"], strict=True)) == [
            ("train", 1), ("train", 8), ("test", 1), ("test", 8),
        ]  # fmt: skip
        assert (table["non_music_clips"] == 30).all()

    def test_responses_are_those_to_one_clip_after_the_other(self, run):
        heard = self.heard(run, [1, 4])
        network = self.network()
        for row in heard.iloc[::7].itertuples():
            shard = LogMelShards([run.folder / f"{row.split}.arrow"])
            log_mel = apply_gain(shard.gather([row.clip_id]), row.gain_db)
            with torch.no_grad():
                features = network.pooled(torch.from_numpy(log_mel)[:, None])
            assert row.mean_response == pytest.approx(float(features[0, [0, 2]].mean()), rel=1e-4)

    @pytest.mark.parametrize(("number", "kept"), [("level_db", 1 / 4), ("bandwidth_hz", 1)])
    def test_acoustics_are_those_of_the_sound_after_the_gain(self, run, number, kept):
        described = self.described(run, number)
        music = described[described["music"] & np.isfinite(described["level_db"])]
        by_clip = music.pivot(index="clip_id", columns="attenuation", values="mean_response")
        np.testing.assert_allclose(by_clip[4] / by_clip[1], kept, rtol=1e-3)
        row = music.iloc[-1]
        log_mel = LogMelShards([run.folder / f"{row['split']}.arrow"]).gather([row["clip_id"]])
        features = acoustic_features(log_mel + row["gain_db"], mel_band_centres_hz())[0]
        value = features[FEATURE_NAMES.index(number)]
        expected = 10 ** (value / 20) if number == "level_db" else value
        assert row["mean_response"] == pytest.approx(expected, rel=1e-2)

    def test_acoustics_stand_beside_the_networks(self, run):
        self.heard(run, [1, 4])
        self.described(run, "level_db")
        files = [run.folder / "heard.parquet", run.folder / "described.parquet"]
        output = run.folder / "loudness.csv"
        sets = [("no_music", 3), ("acoustics", 0)]
        measure_loudness.main(files, sets, [1, 4], 100, 7, output)
        table = pd.read_csv(output)
        of_test = table[(table["features"] == "acoustics") & (table["split"] == "test")]
        ratio = of_test.set_index("attenuation")["ratio"]
        # What level alone gives follows the attenuation.
        assert ratio[4] == pytest.approx(ratio[1] / 4, rel=1e-3)
        assert (table["non_music_clips"] == 30).all()

    def test_without_music_the_row_says_so(self, tmp_path):
        run = MusicRun(tmp_path, music=0)
        self.heard(run, [1, 8])
        output = run.folder / "loudness.csv"
        measure_loudness.main(
            [run.folder / "heard.parquet"], [("no_music", 0)], [1, 8], 100, 7, output
        )
        table = pd.read_csv(output)
        assert table["ratio"].isna().all()
        assert table["note"].str.contains("there is no clip of the category").all()


class TestGenres:
    def measure(self, run: MusicRun, genres=("/m/rock", "/m/jazz")) -> pd.DataFrame:
        files = [[run.write_responses("no_music", split)] for split in ("train", "test")]
        measure_units(run, [("no_music", 0)], *files)
        measure_genres.main(
            *files, [("no_music", 0)], run.folder / "units.csv", run.categories,
            corpus_tables(genres), run.folder / "genres/genres.csv", run.folder / "genres.csv",
        )  # fmt: skip
        return pd.read_csv(run.folder / "genres.csv")

    def test_reads_each_genre_from_the_selected_units_alone(self, run):
        (row,) = self.measure(run).to_dict("records")
        assert row["units"] == 2
        assert row["genres"] == 2
        assert row["mean_average_precision"] > 3 * row["chance"]
        genres = pd.read_csv(run.folder / "genres/genres.csv")
        assert genres["n_test_positive"].tolist() == [6, 6]
        assert genres["n_test_negative"].tolist() == [30, 30]

    @pytest.mark.parametrize("genres", [(), ("/m/horn",), ("/m/rock",)])
    def test_corpora_with_few_genres(self, run, genres):
        (row,) = self.measure(run, genres).to_dict("records")
        assert row["genres"] == (genres == ("/m/rock",))
        if not row["genres"]:
            assert row["note"]


class TestConditions:
    def compare(self, tmp_path, ratios) -> pd.DataFrame:
        rows = [
            (name, seed, "test", value)
            for name, values in ratios.items()
            for seed, value in enumerate(values)
        ]
        columns = ["features", "seed", "split", "ratio"]
        write_table(tmp_path / "selectivity.csv", pd.DataFrame(rows, columns=columns))
        measure_conditions.main(tmp_path / "selectivity.csv", tmp_path / "conditions.csv")
        return pd.read_csv(tmp_path / "conditions.csv")

    def test_five_networks_that_all_differ_give_the_published_kind_of_p(self, tmp_path):
        ratios = {"a": np.arange(5) + 10.0, "b": np.arange(5) + 0.5, "gbfb": [0.9]}
        table = self.compare(tmp_path, ratios).set_index(["features", "second"])
        assert table.loc[("a", "b"), "p"] == pytest.approx(2 * 0.00609, rel=1e-2)
        assert table.loc[("a", "b"), "p_holm"] == pytest.approx(3 * table.loc[("a", "b"), "p"])
        assert table.loc[("a", "b"), "low"] > 0
        assert table.loc[("a", "gbfb"), "test"].startswith("Wilcoxon")
        assert "too few" in table.loc[("a", "gbfb"), "note"]

    def test_single_seeds_allow_no_verdict(self, tmp_path):
        (row,) = self.compare(tmp_path, {"a": [2.0], "b": [1.0]}).to_dict("records")
        assert row["difference"] == 1
        assert "too few" in row["note"]

    def test_one_condition_has_no_pairs(self, tmp_path):
        assert self.compare(tmp_path, {"a": [2.0, 3.0]}).empty

    def test_a_condition_without_a_ratio(self, tmp_path):
        table = self.compare(tmp_path, {"a": [2.0, 3.0], "b": [np.nan, np.nan]})
        assert table["note"].str.contains("empty").all()


class TestAblation:
    def measure(self, run: MusicRun, channels=(2, 2, 4, UNITS)) -> pd.DataFrame:
        files = [[run.write_responses("no_music", split)] * 2 for split in ("train", "test")]
        sets = [("no_music", 0), ("no_music", 1)]
        measure_units(run, sets, *files)
        weights = []
        for seed in (0, 1):
            settings = NetworkSettings(channels=channels, hidden=4)
            network = build_network(settings, len(CLASSES), seed=seed)
            weights.append(run.folder / f"{seed}.pt")
            save_network(weights[-1], network.state_dict(), settings, list(CLASSES), {})
        tables = measure_ablation.main(
            weights, files[1], sets, run.folder / "units.csv", run.categories, corpus_tables(),
            APART, 0.125,
        )  # fmt: skip
        for name, path in (("per_class", "classes.csv"), ("per_group", "groups.csv")):
            write_table(run.folder / path, tables[name])
        write_table(run.folder / "ablation.csv", tables["tests"])
        return pd.read_csv(run.folder / "ablation.csv")

    def test_pairs_are_class_and_network_without_the_classes_apart(self, run):
        table = self.measure(run)
        classes = pd.read_csv(run.folder / "classes.csv")
        assert set(classes["display_name"]) == {"Dog", "Rain", "Horn"}
        assert (table["networks"] == 2).all()
        assert (table["classes"] == 3).all()
        assert table["n1"].max() <= 6
        assert table["comparison"].is_unique

    def test_the_baseline_is_the_network_itself(self, run):
        self.measure(run)
        clip_ids, responses = read_matrix(run.folder / "no_music/test.parquet")
        settings = NetworkSettings(channels=(2, 2, 4, UNITS), hidden=4)
        network = build_network(settings, len(CLASSES), seed=0).eval()
        with torch.no_grad():
            scores = network.classify(torch.from_numpy(responses))[:, 3].numpy()
        targets = ["/m/dog" in labels for labels in run.table().labels(clip_ids)]
        from sklearn.metrics import average_precision_score

        classes = pd.read_csv(run.folder / "classes.csv")
        of_dog = classes[(classes["seed"] == 0) & (classes["display_name"] == "Dog")]
        expected = average_precision_score(targets, scores)
        assert of_dog["baseline"].iloc[0] == pytest.approx(expected)

    def test_without_music_the_ranking_is_empty_but_the_rows_stand(self, tmp_path):
        table = self.measure(MusicRun(tmp_path, music=0))
        assert len(table) == 7

    def test_a_network_with_other_layers_has_rows_that_say_so(self, run, monkeypatch):
        monkeypatch.setattr(measure_ablation, "read_layers", lambda path: None)
        table = self.measure(run)
        assert table["effect_size"].isna().all()
        assert (table["note"] == "no pairs").all()
        assert (table["networks"] == 0).all()


class TestMemorisation:
    def test_train_is_scored_by_the_targets_trained_on_and_test_by_the_true_ones(self, run):
        generator = np.random.default_rng(0)
        train = run.of("train")
        random_label = generator.choice(["/m/dog", "/m/rain", "/m/horn"], len(train))
        scores = np.zeros((len(train), len(CLASSES)))
        for column, mid in enumerate(CLASSES):
            scores[:, column] = random_label == mid
        files = [
            run.write_scores("random_labels", "train", scores),
            run.write_scores("random_labels", "test", np.zeros((len(run.of("test")), 6))),
        ]
        labels = run.folder / "random_labels.parquet"
        split = np.where(np.arange(len(train)) < 30, "train", "validation")
        targets = [[label] for label in random_label]
        write_table(
            labels,
            pd.DataFrame({"clip_id": train["clip_id"], "split": split, "targets": targets}),
        )
        embedding = run.folder / "embedding.csv"
        row = {"features": "random_labels", "seed": 0, "segregation_index": 0.25}
        write_table(embedding, pd.DataFrame([row]))
        output = run.folder / "memorisation.csv"
        measure_memorisation.main(
            [files[0]], [files[1]], [("random_labels", 0)], {"random_labels": labels},
            run.categories, corpus_tables(), APART, embedding, 7, output,
        )  # fmt: skip
        table = pd.read_csv(output).set_index("split")
        assert table.loc["train", "mean_average_precision"] == 1
        assert table.loc["validation", "mean_average_precision"] == 1
        assert table.loc["test", "mean_average_precision"] == pytest.approx(
            table.loc["test", "chance"]
        )
        assert table.loc["test", "classes"] == 3
        assert (table["segregation_index"] == 0.25).all()
