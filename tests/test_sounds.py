"""What a report lets one hear: which clips, and their sound in a form that browsers play."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import soundfile

import gather_sounds
from science.quilts.waveforms import original_clips, quilt_clips, quilts_to_hear
from science.report.sounds import clips_of_units, driving_clips, sounds_of_network, typical_clip
from science.sound.opus import encode_opus, loudest_excerpt
from science.sound.settings import LogMelSettings
from science.sound.waveforms import encode_flac
from storage.clips import AskedClip, ClipRow, ClipShardError, write_clip_shard
from storage.waveforms import read_waveforms

RATE = 22_050
IDS = np.array([f"clip_{number}" for number in range(6)])
CATEGORY = np.array([True, True, True, False, False, False])


def tone(seconds: float, amplitude: float = 8000.0) -> np.ndarray:
    times = np.arange(round(seconds * RATE)) / RATE
    return (amplitude * np.sin(2 * np.pi * 440 * times)).astype(np.int16)


def test_opus_is_the_same_each_time_and_sounds_like_what_went_in() -> None:
    samples = tone(1.5)
    encoded = encode_opus(samples)
    assert encoded == encode_opus(samples)
    assert len(encoded) < 10_000
    decoded, rate = soundfile.read(io.BytesIO(encoded))
    assert (rate, len(decoded)) == (24_000, 36_000)
    spectrum = np.abs(np.fft.rfft(decoded[12_000:24_000]))
    assert np.argmax(spectrum) == 220
    assert np.std(decoded) == pytest.approx(np.std(samples) / 32_768, rel=0.05)


def test_an_excerpt_is_where_a_clip_is_loudest() -> None:
    samples = np.concatenate([tone(3, 100), tone(2), tone(3, 100)])
    excerpt = loudest_excerpt(samples, 2.0)
    assert len(excerpt) == pytest.approx(2 * RATE, abs=10)
    assert np.mean(np.abs(excerpt)) > 0.85 * np.mean(np.abs(tone(2)))
    assert len(loudest_excerpt(samples[: RATE // 2], 4.0)) == RATE // 2


def test_clips_that_drive_most_and_least() -> None:
    responses = np.array([5.0, 1.0, 4.0, 2.0, 0.0, 1.0])
    table = driving_clips(IDS, responses, ~CATEGORY, clips=2)
    assert table["part"].tolist() == ["most", "most", "least", "least"]
    assert table["clip_id"].tolist() == ["clip_0", "clip_2", "clip_4", "clip_5"]
    assert table["relative"].tolist() == [5.0, 4.0, 0.0, 1.0]
    assert driving_clips(IDS, responses, ~CATEGORY)["clip_id"].is_unique
    silent = driving_clips(IDS, np.zeros(6), ~CATEGORY)
    assert silent["relative"].isna().all()


def test_units_come_by_rank_with_their_own_clips() -> None:
    responses = np.stack([np.arange(6.0), np.arange(6.0)[::-1], np.ones(6)], axis=1)
    units = pd.DataFrame({"unit": [0, 1, 2], "rank": [2, 1, 3], "selected": [True, True, False]})
    table = clips_of_units(IDS, responses, ~CATEGORY, units, clips=2)
    assert table["unit"].tolist() == [1, 1, 0, 0]
    assert table["clip_id"].tolist() == ["clip_0", "clip_1", "clip_5", "clip_4"]
    stimuli = {"50ms": responses / 2, "original": responses}
    whole = sounds_of_network(IDS, responses, units, (CATEGORY, ~CATEGORY), stimuli)
    assert whole.groupby("clip_id")["file"].nunique().max() == 3
    quilts = whole[whole["part"] == "quilts"]
    assert quilts["file"].tolist() == ["quilt_original.ogg", "quilt_50ms.ogg"]
    assert quilts["relative"].tolist() == [1.0, 0.5]
    without = sounds_of_network(IDS, responses, units, (CATEGORY, ~CATEGORY), None)
    assert "quilts" not in set(without["part"])


def test_the_typical_clip_is_the_median_of_the_category() -> None:
    assert typical_clip(np.array([5.0, 1.0, 4.0, 9.0, 9.0, 9.0]), CATEGORY) == 2
    assert typical_clip(np.ones(6), np.zeros(6, dtype=bool)) is None


def test_quilts_to_hear_are_those_that_networks_heard() -> None:
    import torch

    settings = LogMelSettings(clip_s=2.0)
    samples = np.random.default_rng(0).normal(0, 1000, 2 * RATE).astype(np.int16)
    heard = quilts_to_hear(samples, "a", [50, 100], 7, "overath", 1.5, settings)
    assert list(heard) == ["original", "50ms", "100ms"]
    clip = torch.from_numpy(samples[None].astype(np.float32))
    made = quilt_clips(clip, ["a"], [50, 100], 7, quilted_s=1.5, settings=settings)
    original = original_clips(clip, [50, 100], 1.5, settings)
    for name, whole in zip(heard, [original, *made], strict=True):
        sounding = len(heard[name])
        np.testing.assert_array_equal(heard[name], whole[0, :sounding])
        assert not whole[0, sounding:].any()


@pytest.fixture
def shard(tmp_path: Path) -> Path:
    rows = []
    for number, clip_id in enumerate(IDS):
        asked = AskedClip(clip_id, clip_id, 0.0, 1.0, ("/m/1",))
        flac = encode_flac(tone(1, 100.0 * (number + 1)))
        rows.append(ClipRow.found(asked, "folder", flac))
    rows.append(ClipRow.failed(AskedClip("gone", "gone", 0, 1, ()), "folder", "missing", "why"))
    write_clip_shard(tmp_path / "0.parquet", rows)
    return tmp_path / "0.parquet"


def test_only_the_clips_that_are_wanted_are_decoded(shard: Path) -> None:
    found = read_waveforms([shard], ["clip_4", "clip_1", "gone", "elsewhere"])
    assert sorted(found) == ["clip_1", "clip_4"]
    np.testing.assert_array_equal(found["clip_4"], tone(1, 500.0))
    shard.write_bytes(shard.read_bytes()[:-20])
    with pytest.raises(ClipShardError, match=r"0\.parquet is not a whole clip shard"):
        read_waveforms([shard], ["clip_1"])


def test_each_clip_is_stored_once_and_the_table_says_where(shard: Path, tmp_path: Path) -> None:
    from storage.activations import write_features

    activations = tmp_path / "activations/no_music/seed0/natural/train.parquet"
    responses = np.random.default_rng(0).random((6, 2))
    write_features(activations, list(IDS), ["unit_000", "unit_001"], responses)
    units = pd.DataFrame({"unit": [0, 1], "rank": [1, 2], "selected": [True, True]})

    class Groups:
        def groups(self, clip_ids: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
            return CATEGORY, ~CATEGORY

    folder = tmp_path / "report_sounds"
    gather_sounds.main(
        activations=activations,
        quilted=[],
        units=units,
        groups=Groups(),
        labels=pd.Series([["/m/1", "/m/2"]] * 6, IDS),
        names={"/m/1": "Yodel"},
        shards=[shard],
        quilts=None,
        folder=folder,
    )
    table = pd.read_csv(folder / "sounds.csv")
    assert {path.name for path in folder.glob("*.ogg")} == set(table["file"])
    assert set(table["labels"]) == {"Yodel; /m/2"}
    assert table.groupby("clip_id")["file"].nunique().max() == 1
