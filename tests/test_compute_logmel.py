"""Log-Mels of clips and of natural sounds: each of its own length and level, or filled up."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

import compute_gbfb
import compute_logmel
import compute_natural_sounds
import describe_acoustics
import record_activations
from science.network.cnn import NetworkSettings, build_network
from science.sound.logmel import LogMel
from science.sound.loudness import rms_level_db
from science.sound.settings import LogMelSettings
from science.sound.waveforms import encode_flac
from storage.activations import read_matrix
from storage.clips import AskedClip, ClipRow, write_clip_shard
from storage.logmels import LogMelShards, write_logmel_shard
from storage.networks import save_network

SHORT = {"clip_s": 1.0}
SAMPLES = LogMelSettings(**SHORT).clip_samples
RATE_HZ = 22_050
STEP_DB = 1 / 16 + 1e-3  # of float16, between 64 and 128 dB
FEWEST_FRAMES = 121
GABOR = {
    "omega_max_rad": [1.0, 1.0],
    "size_max": [40.0, 40.0],
    "half_waves": 3.5,
    "distance": [0.5, 0.5],
}


def noise(seconds: float, seed: int) -> np.ndarray:
    generator = np.random.default_rng(seed)
    return generator.normal(0, 1500, round(RATE_HZ * seconds)).astype(np.int16)


def write_sounds(path: Path, sounds: dict[str, np.ndarray]) -> Path:
    """A shard of sounds, and of one that is missing."""
    rows = [
        ClipRow.found(AskedClip(name, name, 0.0, 1.0, ()), "x", encode_flac(sound))
        for name, sound in sounds.items()
    ]
    missing = AskedClip("zz_0.000", "zz", 0.0, 1.0, ())
    write_clip_shard(path, [*rows, ClipRow.failed(missing, "x", "removed", "gone")])
    return path


@pytest.mark.parametrize(("clips", "short_clips"), [(1, "pad"), (17, "repeat"), (35, "pad")])
def test_each_clip_of_a_shard_has_its_own_log_mel_level_and_length(tmp_path, clips, short_clips):
    lengths = np.random.default_rng(0).uniform(1 / 3, 3 / 2, clips)
    sounds = {f"{n:02d}_0.000": noise(length, n) for n, length in enumerate(lengths)}
    write_sounds(tmp_path / "0.parquet", sounds)
    settings = SHORT | {"short_clips": short_clips}
    compute_logmel.main(tmp_path / "0.parquet", tmp_path / "0.arrow", settings, "cpu")
    shards = LogMelShards([tmp_path / "0.arrow"])
    assert list(shards.clip_ids) == list(sounds)
    cut = [sound[:SAMPLES] for sound in sounds.values()]
    mode = {"pad": "constant", "repeat": "wrap"}[short_clips]
    whole = np.stack([np.pad(sound, (0, SAMPLES - len(sound)), mode) for sound in cut])
    expected = LogMel(LogMelSettings(**SHORT))(torch.from_numpy(whole)).numpy()
    np.testing.assert_allclose(shards.gather(list(sounds)), expected, rtol=0, atol=STEP_DB)
    levels_db = [20 * np.log10(np.sqrt(np.mean(sound.astype(float) ** 2))) for sound in cut]
    np.testing.assert_allclose(shards.levels(), levels_db, rtol=1e-5)
    np.testing.assert_allclose(shards.heard_s(), np.minimum(lengths, 1), atol=1 / RATE_HZ)


class TestNaturalSounds:
    """Sounds of several lengths and levels; training clips have 40 and 50 dB, and one is silent."""

    def hear(self, folder: Path, sounds: dict[str, np.ndarray], heard: str) -> LogMelShards:
        clips = write_sounds(folder / "clips.parquet", sounds)
        train = folder / "train.arrow"
        block = ["a", "b", "c"], [40, 50, -np.inf], [1, 1, 1], np.zeros((3, 64, 5))
        write_logmel_shard(train, [block], 64)
        output = folder / "natural_sounds/all/0.arrow"
        settings = {"clip_s": 5.0}
        compute_natural_sounds.main(clips, [train], output, settings, heard, FEWEST_FRAMES)
        return LogMelShards([output])

    def test_as_it_is_a_sound_has_its_own_length_and_the_clips_mean_level(self, tmp_path):
        quiet = noise(2, 0) // 8
        sounds = {"loud": 4 * quiet, "quiet": quiet, "long": noise(7, 1), "short": noise(1.6, 2)}
        heard = self.hear(tmp_path, sounds, "as_is")
        np.testing.assert_allclose(heard.levels(), 45, atol=1e-4)
        np.testing.assert_allclose(heard.heard_s(), [7, 2, 2, 1.6], atol=1e-3)
        np.testing.assert_allclose(heard.gather(["loud"]), heard.gather(["quiet"]), atol=STEP_DB)
        for name, sound in sounds.items():
            level_db = rms_level_db(sound[None].astype(float)).item()
            at_45_db = torch.from_numpy(sound * 10 ** ((45 - level_db) / 20))
            settings = LogMelSettings(clip_s=len(sound) / RATE_HZ)
            expected = LogMel(settings)(at_45_db[None]).half().numpy()
            assert expected.shape[2] == 1 + (len(sound) - 1) // 275
            np.testing.assert_allclose(heard.gather([name]), expected, atol=STEP_DB)

    @pytest.mark.parametrize(("heard", "mode"), [("padded", "constant"), ("repeated", "wrap")])
    def test_or_it_is_filled_up_at_the_same_level_of_its_own(self, tmp_path, heard, mode):
        sounds = {"a": noise(2, 0), "b": noise(0.5, 1), "long": noise(7, 2)}
        filled = self.hear(tmp_path, sounds, heard)
        as_it_is = self.hear(tmp_path, {"a": sounds["a"]}, "as_is").gather(["a"])
        np.testing.assert_array_equal(filled.gather(["a"])[..., :158], as_it_is[..., :158])
        np.testing.assert_allclose(filled.levels(), 45, atol=1e-4)
        np.testing.assert_allclose(filled.heard_s(), [2, 0.5, 5], atol=1e-3)
        sound = sounds["b"] * 10 ** ((45 - rms_level_db(sounds["b"][None]).item()) / 20)
        whole = np.pad(sound, (0, 5 * RATE_HZ - len(sound)), mode)
        expected = LogMel(LogMelSettings(clip_s=5.0))(torch.from_numpy(whole[None])).half()
        np.testing.assert_allclose(filled.gather(["b"]), expected.numpy(), atol=STEP_DB)

    def test_what_the_network_cannot_hear_is_named_with_what_to_do(self, tmp_path):
        sounds = {"a": noise(2, 0), "click": noise(1.4, 1)}
        with pytest.raises(ValueError, match=r"heard to repeated, or leave out .*: click|click \("):
            self.hear(tmp_path, sounds, "as_is")
        assert not (tmp_path / "natural_sounds/all/0.arrow").exists()

    def test_networks_gabor_filters_and_acoustics_take_each_alone(self, tmp_path):
        sounds = {name: noise(1.6 + (n % 3) / 5, n) for n, name in enumerate("abcdef")}
        heard = self.hear(tmp_path, sounds, "as_is")
        settings = NetworkSettings(channels=(2, 2, 2, 4), hidden=4)
        network, weights = build_network(settings, 3, seed=1).eval(), tmp_path / "weights.pt"
        save_network(weights, network.state_dict(), settings, ["x", "y", "z"], {"seed": 1})
        shards, place = [tmp_path / "natural_sounds/all/0.arrow"], ("natural_sounds", "all")
        units, gabor, acoustics = (tmp_path / f"{name}.parquet" for name in ("u", "g", "a"))
        record_activations.main(weights, {place: shards}, {place: units}, {}, "cpu")
        compute_gbfb.main(shards, gabor, GABOR, "cpu")
        describe_acoustics.main(shards, acoustics, 8000.0)
        for path in (units, gabor, acoustics):
            assert read_matrix(path)[0].tolist() == list(sounds)
        for row, name in enumerate(sounds):
            log_mel = torch.from_numpy(heard.gather([name])).float()
            with torch.no_grad():
                expected = network.pooled(log_mel[:, None])[0]
            np.testing.assert_allclose(read_matrix(units)[1][row], expected, rtol=1e-4, atol=1e-6)
            self.hear(tmp_path / name, {name: sounds[name]}, "as_is")
            alone = [tmp_path / name / "natural_sounds/all/0.arrow"]
            compute_gbfb.main(alone, tmp_path / "alone.parquet", GABOR, "cpu")
            of_one = read_matrix(tmp_path / "alone.parquet")[1][0]
            np.testing.assert_allclose(read_matrix(gabor)[1][row], of_one, rtol=1e-4)
            describe_acoustics.main(alone, tmp_path / "alone.parquet", 8000.0)
            of_one = read_matrix(tmp_path / "alone.parquet")[1][0]
            np.testing.assert_allclose(read_matrix(acoustics)[1][row], of_one, rtol=1e-5)
