"""The log-Mels of quilts: equal to the transform of whole, silence-padded stimuli."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pytest
import torch

from science.quilts.logmel import OriginalLogMel, QuiltLogMels, SoundingLogMel
from science.quilts.waveforms import quilt_clips
from science.sound.logmel import LogMel
from science.sound.loudness import rms_level_db
from science.sound.settings import LogMelSettings

CLIP_SAMPLES = 220_500
SEGMENTS_MS = (50, 400, 1600)


@pytest.fixture(scope="module")
def clips() -> torch.Tensor:
    """Five clips, int16: noise, a tone under faint noise, rare clicks, silence, a constant."""
    generator = np.random.default_rng(0)
    time_s = np.arange(CLIP_SAMPLES) / 22_050
    sounds = np.zeros((5, CLIP_SAMPLES))
    sounds[0] = generator.normal(0, 5000, CLIP_SAMPLES)
    sounds[1] = 20_000 * np.sin(2 * np.pi * 440 * time_s) + generator.normal(0, 2, CLIP_SAMPLES)
    sounds[2] = np.where(generator.random(CLIP_SAMPLES) < 1e-3, 20_000, 0)
    sounds[4] = 1234
    return torch.from_numpy(np.clip(np.rint(sounds), -32_768, 32_767).astype(np.int16))


def cut_original(
    waveforms: torch.Tensor, sounding: int, settings: LogMelSettings | None = None
) -> torch.Tensor:
    """The first samples, then silence."""
    settings = settings or LogMelSettings()
    original = torch.zeros(len(waveforms), settings.clip_samples)
    original[:, :sounding] = waveforms[:, :sounding]
    return original


@pytest.mark.parametrize("sounding", [1, 550, 100_000, 176_320, 219_900, 220_224, 220_500])
def test_frames_of_silence_are_the_floor_and_the_others_the_whole_transforms(clips, sounding):
    settings = LogMelSettings()
    padded = clips.float()
    padded[:, sounding:] = 0
    expected = LogMel()(padded)
    made = torch.full(expected.shape, torch.nan)
    SoundingLogMel(sounding, settings)(padded[:, :sounding], out=made)
    torch.testing.assert_close(made, expected, rtol=0, atol=1e-4)


def test_silent_frames_are_not_computed():
    transform = SoundingLogMel(176_320)
    assert transform._transform.settings.frames < 0.81 * LogMelSettings().frames


def assert_log_mels_of(stimuli: torch.Tensor, levels_db: np.ndarray, decibels: np.ndarray) -> None:
    """They are those of whole, silence-padded stimuli, except for some float16 steps."""
    assert decibels.dtype == np.float16
    np.testing.assert_allclose(levels_db, rms_level_db(stimuli.double().numpy()), atol=1e-4)
    expected = LogMel()(stimuli).half().numpy()
    # One step of float16 beyond 64 dB, where rounding falls the other way.
    np.testing.assert_allclose(decibels, expected, rtol=0, atol=2**-4)
    assert (decibels == expected).mean() > 0.999


def kept(made: Iterable[tuple[np.ndarray, np.ndarray]]) -> tuple[np.ndarray, np.ndarray]:
    """Of all lengths the levels [lengths, clips] and the log-Mels, which share memory else."""
    levels_db, decibels = zip(*((levels, log_mel.copy()) for levels, log_mel in made), strict=True)
    return np.stack(levels_db), np.stack(decibels)


@pytest.mark.parametrize("ordering", ["overath", "kim2024"])
def test_log_mels_are_those_of_the_quilts(clips, ordering):
    ids = [f"clip{number}" for number in range(len(clips))]
    quilts = quilt_clips(clips, ids, SEGMENTS_MS, 7, ordering=ordering)
    log_mels = QuiltLogMels(SEGMENTS_MS, 7, ordering=ordering, clips_at_once=5)
    for stimuli, made in zip(quilts, log_mels(clips, ids), strict=True):
        assert_log_mels_of(stimuli, *made)


@pytest.mark.parametrize("windows", [2, 40, 320, 400])
def test_the_log_mel_of_the_original_is_that_of_the_cut_clip(clips, windows):
    natural = LogMel()(clips).half().numpy()
    sounding = 551 * windows
    made = OriginalLogMel(sounding)(clips[:, : sounding + 1], natural)
    assert_log_mels_of(cut_original(clips, sounding), *made)


@pytest.mark.parametrize(
    ("segments_ms", "window_s", "sounding_s"),
    [((50, 1600), 0.025, 8), ((50, 350), 0.025, 7.7), ((40, 1600, 2000), 0.02, 8)],
)
def test_stimuli_of_all_lengths_sound_equally_long(clips, segments_ms, window_s, sounding_s):
    settings = LogMelSettings(window_s=window_s)
    ids = [f"clip{number}" for number in range(len(clips))]
    log_mels = QuiltLogMels(segments_ms, 0, settings=settings, clips_at_once=5)
    assert log_mels.sounding_samples == round(sounding_s / window_s) * settings.window_samples
    natural = LogMel(settings)(clips).half().numpy()
    of_original = OriginalLogMel(log_mels.sounding_samples, settings)
    made = [*kept(log_mels(clips, ids))[1], of_original(clips, natural)[1]]
    # A constant sounds alike in whatever order, so that what is silent can be compared exactly.
    for decibels in made:
        np.testing.assert_allclose(decibels[4], made[0][4], rtol=0, atol=2**-4)
    quilts = quilt_clips(clips, ids, segments_ms, 0, settings=settings)
    for stimuli, decibels in zip(quilts, made, strict=False):
        expected = LogMel(settings)(stimuli).half().numpy()
        np.testing.assert_allclose(decibels, expected, rtol=0, atol=2**-4)


def test_the_original_of_a_shorter_clip_is_the_clip(clips):
    padded = clips.clone()
    padded[:, 30_000:] = 0
    natural = LogMel()(clips[:, :30_000]).half().numpy()
    assert_log_mels_of(padded.float(), *OriginalLogMel(176_320)(padded, natural))


@pytest.mark.parametrize("hop_s", [0.005, 0.02])
def test_the_original_at_other_hops(clips, hop_s):
    settings = LogMelSettings(hop_s=hop_s)
    transform = LogMel(settings)
    _, made = OriginalLogMel(176_320, settings)(clips, transform(clips).half().numpy())
    expected = transform(cut_original(clips, 176_320, settings)).half().numpy()
    np.testing.assert_allclose(made, expected, rtol=0, atol=2**-4)


def test_a_log_mel_does_not_depend_on_its_batch_or_on_earlier_ones(clips):
    ids = [f"clip{number}" for number in range(len(clips))]
    log_mels = QuiltLogMels(SEGMENTS_MS, 0, clips_at_once=5)
    levels_db, decibels = kept(log_mels(clips, ids))
    for row in (4, 0):
        level_db, alone = kept(log_mels(clips[row : row + 1], ids[row : row + 1]))
        np.testing.assert_array_equal(level_db[:, 0], levels_db[:, row])
        np.testing.assert_array_equal(alone[:, 0], decibels[:, row])


def test_quilts_as_long_as_the_clip_have_no_silence(clips):
    ids = [f"clip{number}" for number in range(len(clips))]
    _, decibels = kept(QuiltLogMels([100], 0, quilted_s=10.0, clips_at_once=5)(clips, ids))
    (quilts,) = quilt_clips(clips, ids, [100], 0, quilted_s=10.0)
    expected = LogMel()(quilts).half().numpy()
    np.testing.assert_allclose(decibels[0], expected, rtol=0, atol=2**-4)


def test_clips_read_into_its_memory_make_the_same_quilts(clips):
    ids = [f"clip{number}" for number in range(len(clips))]
    log_mels = QuiltLogMels([100, 400], 0, clips_at_once=6)
    expected = kept(log_mels(clips, ids))
    place = log_mels.place()
    assert place.shape == (6, 176_400)
    place.fill_(torch.nan)
    place[: len(clips)] = clips[:, :176_400]
    made_there = kept(log_mels(place[: len(clips)], ids))
    for made, as_copied in zip(made_there, expected, strict=True):
        np.testing.assert_array_equal(made, as_copied)
    place[2, 7] = torch.nan
    with pytest.raises(ValueError, match="clips clip2 hold NaN"):
        log_mels(place[: len(clips)], ids)


def test_bad_batches_are_refused(clips):
    log_mels = QuiltLogMels([100], 0, clips_at_once=2)
    with pytest.raises(ValueError, match="5 clips at once, but memory for 2"):
        log_mels(clips, list("abcde"))
    broken = clips[:2].float()
    broken[1, 4] = torch.nan
    with pytest.raises(ValueError, match="clips b hold NaN"):
        log_mels(broken, ["a", "b"])
    with pytest.raises(ValueError, match="not a whole number"):
        QuiltLogMels([60], 0)
