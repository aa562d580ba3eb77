"""The scripts of quilts, natural sounds and other categories on a made-up run, lacking ones too."""

from __future__ import annotations

from pathlib import Path

import compute_natural165
import measure_categories
import measure_memorisation_quilts
import measure_natural165
import measure_speech_removal
import numpy as np
import pandas as pd
import pytest
import record_natural165_activations
import record_quilt_activations
import soundfile
import torch
from music_run import CATEGORY_SCHEMA, UNITS, MusicRun
from quilt_waveforms import quilt_clips

import compute_logmel
import describe_acoustics
import import_natural_sounds
import make_quilts
import measure_quilts
import plot_categories
import plot_memorisation_quilts
import plot_natural165
import plot_quilts
import plot_speech_removal
from science.analyses.natural_sounds import absent_tables
from science.baselines.feature_sets import NOT_TESTED
from science.baselines.gabor import gabor_features
from science.baselines.gabor_bank import gabor_filters, gabor_parameters
from science.network.cnn import NetworkSettings, build_network
from science.sound.acoustics import (
    FEATURE_NAMES,
    acoustic_features,
    mel_band_centres_hz,
    relative_acoustics,
)
from science.sound.logmel import LogMel
from science.sound.settings import LogMelSettings
from science.sound.waveforms import encode_flac
from storage.activations import read_matrix, unit_names, write_features
from storage.clips import AskedClip, ClipRow, write_clip_shard
from storage.logmels import LogMelShards
from storage.networks import save_network
from storage.quilt_activations import quilt_files_of, read_quilt_responses
from storage.selected_units import SelectedUnits
from storage.tables import TableFileError, write_table

LOGMEL = {"window_s": 0.025, "hop_s": 0.0125, "bands": 64, "highest_hz": 8000.0, "clip_s": 10.0}
QUILTS = {"segments_ms": [50, 1600], "ordering": "overath", "quilted_s": 8.0}
GBFB = {
    "omega_max_rad": [np.pi / 2, np.pi / 2],
    "size_max": [48.0, 20.0],
    "half_waves": 3.5,
    "distance": [0.4, 0.4],
}
SETTINGS = {"index": "msi", "fraction": 0.125, "permutations": 20}
STIMULI = ("quilt-50ms", "quilt-1600ms", "quilt-original")
KEPT = {"quilt-50ms": 0.7, "quilt-1600ms": 0.9, "quilt-original": 1.0}
NETWORKS = [(features, seed) for features in ("no_music", "random_labels") for seed in (0, 1)]
BASELINES = [("gbfb", 0), ("acoustics", 0)]
QUILTED = [*NETWORKS, ("acoustics", 0)]
# Acoustics of quilts made up: unlike what any network keeps.
ACOUSTICS_KEPT = {"quilt-50ms": 0.8, "quilt-1600ms": 0.95, "quilt-original": 1.0}


def write_clips(path: Path, waveforms: dict[str, np.ndarray], labels=("Nature",)) -> Path:
    rows = []
    for number, (clip_id, samples) in enumerate(waveforms.items()):
        asked = AskedClip(clip_id, clip_id, 0.0, 10.0, (labels[number % len(labels)],))
        rows.append(ClipRow.found(asked, "test", encode_flac(samples)))
    rows.append(ClipRow.failed(AskedClip("z", "z", 0.0, 10.0, ("Nature",)), "test", "missing", ""))
    write_clip_shard(path, rows)
    return path


def noise(seconds: float, seed: int) -> np.ndarray:
    generator = np.random.default_rng(seed)
    return (3000 * generator.standard_normal(round(22050 * seconds))).astype(np.int16)


class TestMakingQuilts:
    def make(self, folder: Path, waveforms, **settings) -> dict[str, LogMelShards]:
        clips = write_clips(folder / "clips.parquet", waveforms)
        files = {name: folder / name / "test/0.arrow" for name in STIMULI}
        quilted = [files[name] for name in STIMULI[:-1]]
        quilts = QUILTS | settings
        natural, original = folder / "natural.arrow", files["quilt-original"]
        compute_logmel.main(clips, natural, LOGMEL, "cpu")
        make_quilts.main(clips, natural, quilted, original, LOGMEL, quilts, 5, "cpu")
        return {name: LogMelShards([path]) for name, path in files.items()}

    def test_shards_hold_the_log_mel_of_the_quilts(self, tmp_path):
        waveforms = {"a": noise(10, 0), "b": noise(9, 1)}
        shards = self.make(tmp_path, waveforms)
        sounds = torch.zeros(2, 220_500)
        for row, samples in enumerate(waveforms.values()):
            sounds[row, : len(samples)] = torch.from_numpy(samples)
        (quilts,) = quilt_clips(sounds, ["a", "b"], [50], 5)
        expected = LogMel(LogMelSettings(**LOGMEL))(quilts).half().numpy()
        np.testing.assert_array_equal(shards["quilt-50ms"].gather(["a", "b"]), expected)
        assert list(shards["quilt-original"].clip_ids) == ["a", "b"]

    def test_all_stimuli_are_silent_after_the_same_time(self, tmp_path):
        shards = self.make(tmp_path, {"a": noise(10, 0)})
        silent = [(shards[name].gather(["a"])[0] == -100).all(axis=0) for name in STIMULI]
        assert 600 < np.flatnonzero(silent[0])[0] < 645
        for other in silent[1:]:
            np.testing.assert_array_equal(silent[0], other)

    def test_ordering_changes_the_quilts_and_not_the_original(self, tmp_path):
        waveforms = {"a": noise(10, 0)}
        one = self.make(tmp_path / "one", waveforms)
        two = self.make(tmp_path / "two", waveforms, ordering="kim2024")
        ids = ["a"]
        assert (one["quilt-50ms"].gather(ids) != two["quilt-50ms"].gather(ids)).any()
        original = one["quilt-original"].gather(ids), two["quilt-original"].gather(ids)
        np.testing.assert_array_equal(*original)


class TestAcousticsOfQuilts:
    """All stimuli are silent after the same time; up to there a sound has the same frames."""

    def describe(self, folder: Path, waveforms: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
        """The seven numbers [clips, 7] by stimulus."""
        TestMakingQuilts().make(folder, waveforms)
        described = {}
        for name in STIMULI:
            output = folder / f"acoustics/{name}/test.parquet"
            describe_acoustics.main([folder / name / "test/0.arrow"], output, 8000.0)
            ids, described[name] = read_matrix(output)
            assert ids.tolist() == sorted(waveforms)
        return described

    def test_quilts_of_a_sound_that_stays_the_same_sound_like_it(self, tmp_path):
        tones = 2000 * np.sin(2 * np.pi * 440 * np.arange(220_500) / 22_050)
        sounds = {"noise": noise(10, 0), "tone": tones.astype(np.int16)}
        described = self.describe(tmp_path, sounds)
        original = described["quilt-original"]
        for name in STIMULI[:-1]:
            hiss_db, tone_db = described[name][:, 0] - original[:, 0]
            # A cross-fade by amplitude of noises unlike each other has 3/4 of their mean power; at
            # 50 ms it is half of the sound.
            assert 10 * np.log10(7 / 8) < hiss_db < 0.1
            assert abs(tone_db) < 0.05
            np.testing.assert_allclose(described[name][:, 1:], original[:, 1:], rtol=0.02)

    def test_quilts_sound_like_the_sounds_that_they_are_made_of(self, tmp_path):
        hiss, hum = noise(10, 0), np.cumsum(noise(10, 1).astype(float))
        hum = (3000 * hum / np.abs(hum).max()).astype(np.int16)
        described = self.describe(tmp_path, {"hiss": hiss, "hum": hum})
        centroid = FEATURE_NAMES.index("spectral_centroid_hz")
        for values in described.values():
            assert values[0, centroid] > 4 * values[1, centroid]

    def test_they_are_read_in_the_unit_of_the_natural_train_split(self, tmp_path):
        described = self.describe(tmp_path, {"a": noise(10, 0), "b": noise(10, 1) // 4})
        loud = described["quilt-original"] + np.eye(7)[0] * 20
        train = tmp_path / "train.parquet"
        write_features(train, ["a", "b"], FEATURE_NAMES, loud)
        files = [tmp_path / f"acoustics/{name}/test.parquet" for name in STIMULI]
        _, stimuli = read_quilt_responses("acoustics", files, train)
        assert list(stimuli) == ["50ms", "1600ms", "original"]
        assert stimuli["original"][:, 0].mean() == pytest.approx(0.1, rel=1e-3)
        expected = relative_acoustics(described["quilt-50ms"], read_matrix(train)[1])
        np.testing.assert_array_equal(stimuli["50ms"], expected)


class TestRecording:
    @pytest.fixture
    def weights(self, tmp_path) -> Path:
        settings = NetworkSettings(channels=(2, 2, 2, 4), hidden=4)
        network = build_network(settings, 3, seed=1)
        path = tmp_path / "weights.pt"
        save_network(path, network.state_dict(), settings, ["x", "y", "z"], {"seed": 1})
        return path

    def test_quilts_are_recorded_in_the_order_of_clips(self, tmp_path, weights):
        TestMakingQuilts().make(tmp_path, {"b": noise(10, 0), "a": noise(10, 1)})
        outputs = {name: tmp_path / "activations" / name / "test.parquet" for name in STIMULI}
        shards = {name: [tmp_path / name / "test/0.arrow"] for name in STIMULI}
        record_quilt_activations.main(weights, shards, outputs, "cpu")
        clip_ids, stimuli = read_quilt_responses("no_music", outputs.values(), tmp_path / "none")
        assert clip_ids.tolist() == ["a", "b"]
        assert list(stimuli) == ["50ms", "1600ms", "original"]
        assert all(values.shape == (2, 4) for values in stimuli.values())
        assert (stimuli["50ms"] != stimuli["original"]).any()

    def test_natural_sounds_are_padded_recorded_and_filtered(self, tmp_path, weights):
        clips = write_clips(tmp_path / "0.parquet", {"a": noise(2, 0), "b": noise(2, 1)})
        shard, *described = (
            tmp_path / name for name in ("0.arrow", "gbfb.parquet", "seven.parquet")
        )
        compute_natural165.main(clips, shard, *described, LOGMEL, GBFB, "cpu")
        assert (LogMelShards([shard]).gather(["a"])[0, :, 170:] == -100).all()
        ids, features = read_matrix(described[0])
        assert ids.tolist() == ["a", "b"]
        # Of what the networks hear, by the configured bank.
        stored = torch.from_numpy(LogMelShards([shard]).gather(ids))
        expected = gabor_features(stored, gabor_parameters(GBFB)).numpy()
        assert len(gabor_filters()) != expected.shape[1] > 4
        np.testing.assert_array_equal(features, expected)
        ids, acoustics = read_matrix(described[1])
        assert ids.tolist() == ["a", "b"]
        log_mel = LogMelShards([shard]).gather(ids)
        np.testing.assert_array_equal(acoustics, acoustic_features(log_mel, mel_band_centres_hz()))
        record_natural165_activations.main(weights, shard, tmp_path / "all.parquet", "cpu")
        ids, units = read_matrix(tmp_path / "all.parquet")
        assert units.shape == (2, 4)

    def test_natural_sounds_that_are_all_missing_are_refused(self, tmp_path):
        clips = write_clips(tmp_path / "0.parquet", {})
        outputs = [tmp_path / name for name in ("0.arrow", "gbfb.parquet", "seven.parquet")]
        with pytest.raises(ValueError, match=r"no clip to describe for .*0\.arrow: .*status"):
            compute_natural165.main(clips, *outputs, LOGMEL, GBFB, "cpu")
        assert not any(path.exists() for path in outputs)

    def test_quilts_of_different_clips_are_refused(self, tmp_path):
        files = []
        for stimulus, ids in (("quilt-50ms", ["a"]), ("quilt-original", ["b"])):
            files.append(tmp_path / stimulus / "test.parquet")
            write_features(files[-1], ids, unit_names(1), np.ones((1, 1)))
        with pytest.raises(TableFileError, match=r"quilt-original.*same clips"):
            read_quilt_responses("no_music", files, tmp_path / "none")


def test_natural_sounds_come_from_a_folder(tmp_path):
    for name in ("one", "two"):
        soundfile.write(tmp_path / f"{name}.wav", noise(2, 3), 22_050)
    table = tmp_path / "sounds.csv"
    table.write_text(
        "file,category\none.wav,Nature\ntwo.wav,Instr. Music\nthree.wav,Nature\n", encoding="utf-8"
    )
    import_natural_sounds.main(table, tmp_path, "average", tmp_path / "0.parquet")
    rows = pd.read_parquet(tmp_path / "0.parquet")
    assert rows["status"].tolist() == ["ok", "missing", "ok"]


class QuiltRun(MusicRun):
    """A run with quilts: units 0 to 3 respond to music, and the less the shorter the segments."""

    def __init__(self, folder: Path, **sizes: int) -> None:
        super().__init__(folder, **sizes)
        kinds = np.where(np.arange(len(self.clips)) % 3 == 0, "pure", "none")
        self.clips = self.clips.assign(
            speech=np.where(self.clips["music"] == "none", kinds, "none")
        )
        schema = CATEGORY_SCHEMA.append(CATEGORY_SCHEMA.field("music").with_name("speech"))
        write_table(self.categories, self.clips, schema)
        self.units = folder / "units.csv"
        units = [
            {"features": features, "seed": seed, "unit": unit, "selected": unit in (0, 2)}
            for features, seed in (*NETWORKS, *BASELINES)
            for unit in range(7 if features == "acoustics" else UNITS)
        ]
        write_table(self.units, pd.DataFrame(units))

    def write_quilts(self) -> dict[tuple[str, int], list[Path]]:
        files = []
        for features, seed in QUILTED:
            units = 7 if features == "acoustics" else UNITS
            values = self.responses("test", units)
            kept_of = {"no_music": KEPT, "acoustics": ACOUSTICS_KEPT}.get(features, {})
            for stimulus in STIMULI:
                path = self.folder / f"{features}{seed}" / stimulus / "test.parquet"
                kept = np.where(np.arange(units) < 4, kept_of.get(stimulus, 1.0), 1.0)
                quilted = values * kept
                if features == "acoustics":  # level and flatness are recorded in dB
                    quilted[:, 0] = values[:, 0] + 20 * np.log10(kept[0])
                ids = self.of("test")["clip_id"].tolist()
                write_features(path, ids, unit_names(units), quilted)
                files.append(path)
        return quilt_files_of(files, QUILTED)

    def measure(self, categories: tuple[str, ...] = ("speech",)) -> dict[str, pd.DataFrame]:
        """Every analysis of quilts, and its tables."""
        folder, quilts = self.folder / "analyses", self.write_quilts()
        train = self.write_responses("acoustics0", "train", 7)
        measure_quilts.main(
            quilts, train, self.units, self.categories, 100, 0,
            folder / "quilts.csv", folder / "quilts/tests.csv",
        )  # fmt: skip
        measure_memorisation_quilts.main(
            folder / "quilts.csv", ["random_labels"], "no_music",
            folder / "memorisation_quilts.csv", folder / "memorisation_quilts/tests.csv",
        )  # fmt: skip
        self.write_selectivity(folder / "selectivity.csv")
        measure_speech_removal.main(
            folder / "selectivity.csv", folder / "quilts.csv", "no_music_no_speech", "no_music",
            folder / "speech_removal.csv", folder / "speech_removal/tests.csv",
        )  # fmt: skip
        splits = [
            [
                self.write_responses(f"{name}{seed}", split, 7 if name == "acoustics" else UNITS)
                for name, seed in QUILTED
            ]
            for split in ("train", "test")
        ]
        outputs = {kind: folder / f"categories/{kind}.csv" for kind in ("units", "quilts", "tests")}
        measure_categories.main(
            *splits, QUILTED, quilts, self.categories, categories, SETTINGS, 100, 0,
            outputs | {"summary": folder / "categories.csv"},
        )  # fmt: skip
        return {path.stem: pd.read_csv(path) for path in folder.glob("*.csv")}

    def write_selectivity(self, path: Path) -> None:
        rows = [
            {"features": features, "seed": seed, "split": split, "ratio": 2.0, "null_mean": 1.0}
            for features, seed in (*NETWORKS, *BASELINES)
            for split in ("train", "test")
        ]
        write_table(path, pd.DataFrame(rows))

    def plot(self, *names: str) -> list[Path]:
        """The figures of some analyses, as PNG."""
        folder = self.folder / "analyses"
        draw = {
            "quilts": (plot_quilts, "quilts", "no_music"),
            "memorisation_quilts": (
                plot_memorisation_quilts,
                "memorisation_quilts",
                "memorisation_quilts/tests",
                "no_music",
            ),
            "speech_removal": (
                plot_speech_removal,
                "speech_removal",
                "no_music_no_speech",
                "no_music",
            ),
            "categories": (
                plot_categories,
                "categories",
                "categories/quilts",
                "selectivity",
                "no_music",
            ),
        }
        for name in names:
            script, *given = draw[name]
            files = [folder / f"{part}.csv" for part in given if not part.startswith("no_")]
            conditions = [part for part in given if part.startswith("no_")]
            png, pdf = (self.folder / f"figures/{name}.{kind}" for kind in ("png", "pdf"))
            script.main(*files, *conditions, "", png, pdf)
        return [path for name in names for path in (self.folder / "figures").glob(f"{name}.png")]


def test_quilts_take_from_selective_units_what_they_take(tmp_path):
    run = QuiltRun(tmp_path)
    tables = run.measure()
    rows = tables["quilts"].query("features == 'no_music' and stimulus == '50ms'")
    relative = rows.set_index(["seed", "units", "group"])["relative"]
    assert relative[:, "selective", "music"].to_numpy() == pytest.approx([0.7, 0.7])
    assert (relative[:, "other", "non-music"] > 0.9).all()
    shares = tables["memorisation_quilts"].query("features == 'random_labels' and segment_ms > 0")
    assert (shares["share_of_reference_below"] == 1).all()
    assert len(run.plot("quilts", "memorisation_quilts", "speech_removal", "categories")) == 4


def test_a_condition_that_was_not_run_is_named(tmp_path):
    table = QuiltRun(tmp_path).measure()["speech_removal"]
    assert table["note"].iloc[-1] == "not run: no_music_no_speech is not in run.conditions"
    lost = table.set_index("features")["quilt_loss"]
    assert lost["no_music"].to_numpy() == pytest.approx([0.3, 0.3])
    (acoustics,) = table[table["features"] == "acoustics"].to_dict("records")
    assert acoustics["ratio_test"] == 2
    assert acoustics["quilt_loss"] == pytest.approx(0.2)
    assert acoustics["note"] == NOT_TESTED


def test_categories_are_chosen_on_the_train_split_alone(tmp_path):
    tables = []
    for name in ("as_it_is", "test_permuted"):
        run = QuiltRun(tmp_path / name)
        if name == "test_permuted":
            in_test = run.clips["corpus_split"] == "test"
            turned = run.clips.loc[in_test, "speech"].to_numpy()[::-1]
            run.clips.loc[in_test, "speech"] = turned
            schema = CATEGORY_SCHEMA.append(CATEGORY_SCHEMA.field("music").with_name("speech"))
            write_table(run.categories, run.clips, schema)
        run.measure()
        tables.append(pd.read_csv(run.folder / "analyses/categories/units.csv"))
    pd.testing.assert_frame_equal(*tables)


def test_categories_stand_beside_acoustics_and_their_quilts(tmp_path):
    run = QuiltRun(tmp_path)
    table = run.measure()["categories"]
    acoustics = table[table["features"] == "acoustics"]
    assert acoustics["split"].tolist() == ["train", "test"]
    assert acoustics["ratio"].notna().all()
    quilts = pd.read_csv(tmp_path / "analyses/categories/quilts.csv")
    quilts = quilts[quilts["features"] == "acoustics"]
    assert len(quilts) == 2 * 2 * len(STIMULI)
    assert quilts["relative"].between(0.75, 1.001).all()


def test_acoustics_stand_beside_the_networks_in_every_table_of_quilts(tmp_path):
    tables = QuiltRun(tmp_path).measure()
    quilts = tables["quilts"].query("features == 'acoustics'")
    relative = quilts.set_index(["units", "group", "stimulus"])["relative"]
    # Units 0 and 2 are chosen, as the networks' are: both keep 0.8, whatever their unit.
    assert relative["selective", "music", "50ms"] == pytest.approx(0.8)
    assert relative["selective", "music", "1600ms"] == pytest.approx(0.95)
    assert set(quilts["seed"]) == {0}
    kept = tables["memorisation_quilts"].query("features == 'acoustics'")
    assert kept["relative"].tolist() == pytest.approx([0.8, 0.95, 1.0])
    assert kept["note"].eq(NOT_TESTED).all()
    assert kept[["share_of_reference_below", "log10_p"]].isna().all(axis=None)


def test_acoustics_have_no_part_in_any_test_over_networks(tmp_path):
    run = QuiltRun(tmp_path)
    run.measure()
    tests = ["quilts/tests", "memorisation_quilts/tests", "speech_removal/tests"]
    tests = {name: tmp_path / f"analyses/{name}.csv" for name in [*tests, "categories/tests"]}
    for name, path in tests.items():
        table = pd.read_csv(path)
        assert len(table), name
        assert "acoustics" not in path.read_text(encoding="utf-8"), name


def test_a_category_without_clips_ends_in_rows_that_say_so(tmp_path):
    run = QuiltRun(tmp_path)
    run.clips = run.clips.assign(speech="none")
    schema = CATEGORY_SCHEMA.append(CATEGORY_SCHEMA.field("music").with_name("speech"))
    write_table(run.categories, run.clips, schema)
    table = run.measure()["categories"]
    assert table["ratio"].isna().all()
    assert table["note"].eq("there is no clip of the category alone").all()
    assert len(run.plot("categories")) == 1


def test_a_corpus_without_music_ends_in_rows_that_say_so(tmp_path):
    run = QuiltRun(tmp_path, music=0)
    tables = run.measure()
    of_music = tables["quilts"].query("group == 'music'")
    assert of_music["response"].isna().all()
    assert of_music["note"].eq("there is no clip of this group").all()
    assert "acoustics" in set(of_music["features"])
    kept = tables["memorisation_quilts"].query("features == 'acoustics'")
    assert kept["note"].eq("there is no clip of this group").all()
    assert len(run.plot("quilts", "memorisation_quilts", "speech_removal")) == 3


@pytest.mark.parametrize(("music", "others"), [(1, 0), (0, 1), (1, 1)])
def test_a_corpus_of_one_or_two_clips_has_acoustics_of_these(tmp_path, music, others):
    run = QuiltRun(tmp_path, music=music, others=others)
    quilts = run.measure()["quilts"].query("features == 'acoustics' and units == 'selective'")
    shortest = quilts[quilts["stimulus"] == "50ms"].set_index("group")
    for group, clips in (("music", music), ("non-music", others)):
        assert shortest.loc[group, "clips"] == clips
        assert shortest.loc[group, "relative"] == pytest.approx(
            0.8 if clips else np.nan, nan_ok=True
        )
        assert pd.isna(shortest.loc[group, "note"]) == bool(clips)
    assert len(run.plot("quilts", "memorisation_quilts", "speech_removal", "categories")) == 4


def test_no_category_but_music_ends_in_a_row_that_says_so(tmp_path):
    run = QuiltRun(tmp_path)
    tables = run.measure(categories=())
    assert tables["categories"]["note"].tolist() == ["not run: `categories` names none but music"]
    assert len(run.plot("categories")) == 1


def test_no_random_labels_end_in_a_row_that_says_so(tmp_path):
    run = QuiltRun(tmp_path)
    run.measure()
    folder = tmp_path / "analyses"
    outputs = folder / "memorisation_quilts.csv", folder / "memorisation_quilts/tests.csv"
    measure_memorisation_quilts.main(folder / "quilts.csv", [], "no_music", *outputs)
    assert "no condition" in pd.read_csv(outputs[0])["note"].iloc[-1]
    assert pd.read_csv(outputs[1]).empty
    assert len(run.plot("memorisation_quilts")) == 1


class TestNaturalSounds:
    def measure(self, folder: Path, categories: list[str]) -> dict[str, pd.DataFrame]:
        run = QuiltRun(folder)
        ids = [f"sound{number:02d}" for number in range(len(categories))]
        sounds = write_clips(
            folder / "0.parquet", {name: noise(0.1, 0) for name in ids}, labels=categories
        )
        generator = np.random.default_rng(1)
        files = []
        for features, seed in (*NETWORKS, *BASELINES):
            units = 7 if features == "acoustics" else UNITS
            values = generator.gamma(4, 0.25, (len(ids), units))
            values[np.ix_(np.isin(categories, ["Vocal Music", "Instr. Music"]), (0, 2))] += 2
            files.append(folder / f"{features}{seed}" / "all.parquet")
            write_features(files[-1], ids, unit_names(units), values)
        tables = measure_natural165.main(
            sounds, files, [*NETWORKS, *BASELINES], run.write_responses("acoustics", "train", 7),
            run.units, "no_music", 100, 0,
        )  # fmt: skip
        return self.written(folder, tables)

    def written(self, folder: Path, tables: dict[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
        outputs = self.outputs(folder)
        for kind, table in tables.items():
            write_table(outputs[kind], table)
        return {kind: pd.read_csv(path) for kind, path in outputs.items()}

    def outputs(self, folder: Path) -> dict[str, Path]:
        return {
            "summary": folder / "natural165.csv",
            "means": folder / "natural165/categories.csv",
            "tests": folder / "natural165/tests.csv",
        }

    def plot(self, folder: Path) -> None:
        outputs = self.outputs(folder)
        png, pdf = folder / "n.png", folder / "n.pdf"
        plot_natural165.main(outputs["summary"], outputs["means"], "no_music", "", png, pdf)
        assert png.stat().st_size > 1000

    def test_selective_units_and_filters_prefer_music(self, tmp_path):
        tables = self.measure(tmp_path, ["Vocal Music", "Instr. Music", "Nature", "Mechanical"] * 3)
        assert tables["summary"]["features"].tolist()[-2:] == ["gbfb", "acoustics"]
        assert (tables["summary"]["ratio"] > 1.2).all()
        assert set(tables["means"]["features"]) == {
            "no_music",
            "random_labels",
            "gbfb",
            "acoustics",
        }
        assert tables["tests"]["comparison"].tolist() == ["random_labels against no_music"]
        self.plot(tmp_path)

    def test_sounds_without_music_end_in_rows_without_ratio(self, tmp_path):
        tables = self.measure(tmp_path, ["Nature", "Mechanical"] * 3)
        assert tables["summary"]["ratio"].isna().all()
        assert tables["summary"]["note"].notna().all()
        self.plot(tmp_path)

    def test_absent_stimuli_end_in_one_row(self, tmp_path):
        table = self.written(tmp_path, absent_tables())["summary"]
        assert table["note"].tolist() == ["not run: stimuli absent"]
        self.plot(tmp_path)


def test_units_of_an_unknown_network_are_asked_for_in_words(tmp_path):
    with pytest.raises(TableFileError, match="no units of music, seed 0"):
        SelectedUnits(QuiltRun(tmp_path).units).of("music", 0)
