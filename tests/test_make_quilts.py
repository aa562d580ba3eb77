"""The scripts that make quilts of clips, describe them, and record a network with them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

import compute_logmel
import describe_acoustics
import make_quilts
import record_activations
from science.network.cnn import NetworkSettings, build_network
from science.quilts.waveforms import quilt_clips
from science.sound.acoustics import FEATURE_NAMES, relative_acoustics
from science.sound.logmel import LogMel
from science.sound.settings import LogMelSettings
from science.sound.waveforms import encode_flac
from storage.activations import read_matrix, write_features
from storage.clips import AskedClip, ClipRow, write_clip_shard
from storage.logmels import LogMelShards
from storage.networks import save_network
from storage.responses import read_stimuli

LOGMEL = {"window_s": 0.025, "hop_s": 0.0125, "bands": 64, "highest_hz": 8000.0, "clip_s": 10.0}
QUILTS = {"segments_ms": [50, 1600], "ordering": "overath", "quilted_s": 8.0}
STIMULI = ("quilt-50ms", "quilt-1600ms", "quilt-original")


def noise(seconds: float, seed: int) -> np.ndarray:
    generator = np.random.default_rng(seed)
    return (3000 * generator.standard_normal(round(22050 * seconds))).astype(np.int16)


def write_clips(path: Path, waveforms: dict[str, np.ndarray]) -> Path:
    rows = [
        ClipRow.found(AskedClip(name, name, 0.0, 10.0, ("Nature",)), "test", encode_flac(samples))
        for name, samples in waveforms.items()
    ]
    rows.append(ClipRow.failed(AskedClip("z", "z", 0.0, 10.0, ("Nature",)), "test", "missing", ""))
    write_clip_shard(path, rows)
    return path


def make(folder: Path, waveforms: dict[str, np.ndarray], **settings) -> dict[str, LogMelShards]:
    clips = write_clips(folder / "clips.parquet", waveforms)
    files = [shard_of(folder, name) for name in STIMULI]
    natural = folder / "natural.arrow"
    logmel = LOGMEL | {"short_clips": settings.pop("short_clips", "pad")}
    compute_logmel.main(clips, natural, logmel, "cpu")
    make_quilts.main(clips, natural, files[:-1], files[-1], logmel, QUILTS | settings, 5, "cpu")
    return {name: LogMelShards([path]) for name, path in zip(STIMULI, files, strict=True)}


def shard_of(folder: Path, stimulus: str) -> Path:
    return folder / "logmel" / stimulus / "test/0.arrow"


def test_shards_hold_the_log_mel_of_the_quilts(tmp_path):
    waveforms = {"a": noise(10, 0), "b": noise(9, 1)}
    shards = make(tmp_path, waveforms)
    sounds = torch.zeros(2, 220_500)
    for row, samples in enumerate(waveforms.values()):
        sounds[row, : len(samples)] = torch.from_numpy(samples)
    (quilts,) = quilt_clips(sounds, ["a", "b"], [50], 5)
    expected = LogMel(LogMelSettings(**LOGMEL))(quilts).half().numpy()
    np.testing.assert_array_equal(shards["quilt-50ms"].gather(["a", "b"]), expected)
    assert list(shards["quilt-original"].clip_ids) == ["a", "b"]


def test_all_stimuli_are_silent_after_the_same_time(tmp_path):
    shards = make(tmp_path, {"a": noise(10, 0)})
    silent = [(shards[name].gather(["a"])[0] == -100).all(axis=0) for name in STIMULI]
    assert 600 < np.flatnonzero(silent[0])[0] < 645
    for other in silent[1:]:
        np.testing.assert_array_equal(silent[0], other)


@pytest.mark.parametrize(("short_clips", "sounding_s"), [("pad", 3), ("repeat", 8)])
def test_quilts_of_a_short_clip_hold_as_much_sound_as_the_clip(tmp_path, short_clips, sounding_s):
    """What fills a clip up is quilted with it, be it silence or the clip again."""
    shards = make(tmp_path, {"a": noise(3, 0), "b": noise(9, 1)}, short_clips=short_clips)
    original_db = shards["quilt-original"].levels()[0]
    for stimulus in shards.values():
        np.testing.assert_allclose(stimulus.heard_s(), [3, 8], atol=0.005)
        assert original_db - 0.7 < stimulus.levels()[0] < original_db + 0.1
        sounding = (stimulus.gather(["a"])[0] > -100).any(axis=0)
        assert sounding.sum() * 0.0125 == pytest.approx(sounding_s, abs=0.2)


def test_ordering_changes_the_quilts_and_not_the_original(tmp_path):
    one, two = (
        make(tmp_path / ordering, {"a": noise(10, 0)}, ordering=ordering)
        for ordering in ("overath", "kim2024")
    )
    assert (one["quilt-50ms"].gather(["a"]) != two["quilt-50ms"].gather(["a"])).any()
    original = one["quilt-original"].gather(["a"]), two["quilt-original"].gather(["a"])
    np.testing.assert_array_equal(*original)


class TestAcoustics:
    """All stimuli are silent after the same time; up to there a sound has the same frames."""

    def describe(self, folder: Path, waveforms: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
        """The seven numbers [clips, 7] by stimulus."""
        make(folder, waveforms)
        described = {}
        for name in STIMULI:
            describe_acoustics.main([shard_of(folder, name)], self.output(folder, name), 8000.0)
            ids, described[name] = read_matrix(self.output(folder, name))
            assert ids.tolist() == sorted(waveforms)
        return described

    def output(self, folder: Path, stimulus: str, split: str = "test") -> Path:
        return folder / f"activations/acoustics/seed0/{stimulus}/{split}.parquet"

    def test_quilts_of_a_sound_that_stays_the_same_sound_like_it(self, tmp_path):
        tones = 2000 * np.sin(2 * np.pi * 440 * np.arange(220_500) / 22_050)
        described = self.describe(tmp_path, {"noise": noise(10, 0), "tone": tones.astype(np.int16)})
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
        write_features(self.output(tmp_path, "natural", "train"), ["a", "b"], FEATURE_NAMES, loud)
        _, stimuli = read_stimuli(self.output(tmp_path, name) for name in STIMULI)
        assert list(stimuli) == ["50ms", "1600ms", "original"]
        assert stimuli["original"][:, 0].mean() == pytest.approx(0.1, rel=1e-3)
        expected = relative_acoustics(described["quilt-50ms"], loud.astype(np.float32))
        np.testing.assert_array_equal(stimuli["50ms"], expected)


def test_a_network_is_recorded_with_every_stimulus_in_the_order_of_clips(tmp_path):
    settings = NetworkSettings(channels=(2, 2, 2, 4), hidden=4)
    network = build_network(settings, 3, seed=1).eval()
    weights = tmp_path / "weights.pt"
    save_network(weights, network.state_dict(), settings, ["x", "y", "z"], {"seed": 1})
    logmel = make(tmp_path, {"b": noise(10, 0), "a": noise(10, 1)})
    places = [(name, "test") for name in STIMULI]
    folder = tmp_path / "activations/no_music/seed0"
    features = {place: folder / place[0] / "test.parquet" for place in places}
    scores = {places[0]: folder / "scores.parquet"}
    shards = {place: [shard_of(tmp_path, place[0])] for place in places}
    record_activations.main(weights, shards, features, scores, "cpu")
    clip_ids, stimuli = read_stimuli(features.values())
    assert clip_ids.tolist() == ["a", "b"]
    assert list(stimuli) == ["50ms", "1600ms", "original"]
    for name, responses in zip(STIMULI, stimuli.values(), strict=True):
        with torch.no_grad():
            expected = network.pooled(
                torch.from_numpy(logmel[name].gather(["a", "b"])).float()[:, None]
            )
        np.testing.assert_allclose(responses, expected.numpy(), rtol=1e-4, atol=1e-6)
    ids, values = read_matrix(scores[places[0]], ["x", "y", "z"])
    assert ids.tolist() == ["a", "b"]
    with torch.no_grad():
        expected = network.classify(torch.from_numpy(stimuli["50ms"])).numpy()
    np.testing.assert_allclose(values, expected, rtol=1e-4, atol=1e-6)
