"""Loudness: a shift in dB is the log-Mel of the scaled waveform, floor and silence included."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
import torchaudio

from science.sound.loudness import (
    apply_gain,
    attenuation_gain_db,
    mean_level_db,
    normalisation_gain_db,
    rms_level_db,
)

SAMPLE_RATE_HZ, WINDOW, HOP = 22050, 551, 275


@pytest.fixture
def generator() -> np.random.Generator:
    return np.random.default_rng(6)


def reference_log_mel_db(waveforms: np.ndarray) -> np.ndarray:
    """The paper's log-Mel by torchaudio, in double precision."""
    transform = torchaudio.transforms.MelSpectrogram(
        SAMPLE_RATE_HZ, WINDOW, WINDOW, HOP, 0.0, 8000.0, n_mels=64, norm=None, mel_scale="htk"
    ).double()
    power = transform(torch.from_numpy(waveforms))
    return (10 * torch.log10(power.clamp(min=1e-10))).numpy()


def make_waveforms(generator: np.random.Generator) -> np.ndarray:
    """One second each, in 16-bit units: noise, tone, half silence, near the floor, silence."""
    time_s = np.arange(SAMPLE_RATE_HZ) / SAMPLE_RATE_HZ
    noise = generator.normal(0, 3000, (3, SAMPLE_RATE_HZ))
    noise[1] = 5000 * np.sin(2 * np.pi * 440 * time_s)
    noise[2, SAMPLE_RATE_HZ // 2 :] = 0
    return np.vstack([noise, generator.normal(0, 3e-6, SAMPLE_RATE_HZ), np.zeros_like(time_s)])


@pytest.mark.parametrize("ratio", [2, 4, 8])
def test_attenuation_equals_recomputing(generator: np.random.Generator, ratio: int) -> None:
    waveforms = make_waveforms(generator)
    before, expected = reference_log_mel_db(waveforms), reference_log_mel_db(waveforms / ratio)
    # The quiet clip crosses the floor, the silent one is on it.
    assert (before[3] > -100).mean() > (expected[3] > -100).mean() > 0
    assert (before[4] == -100).all()
    shifted = apply_gain(before, attenuation_gain_db(ratio))
    np.testing.assert_allclose(shifted, expected, atol=1e-9)
    # As cached: half precision, whose steps are 1/16 dB below 128 dB.
    cached = apply_gain(before.astype(np.float16), attenuation_gain_db(ratio))
    np.testing.assert_allclose(cached, expected, atol=0.04)


def test_rms_normalisation_equals_recomputing(generator: np.random.Generator) -> None:
    waveforms = make_waveforms(generator)[[0, 1, 2, 4]]
    gain_db = normalisation_gain_db(rms_level_db(waveforms), 50)
    scaled = waveforms * 10 ** (gain_db / 20)[:, None]
    np.testing.assert_allclose(rms_level_db(scaled)[:3], 50, atol=1e-9)
    assert gain_db[3] == 0
    shifted = apply_gain(reference_log_mel_db(waveforms), gain_db)
    np.testing.assert_allclose(shifted, reference_log_mel_db(scaled), atol=1e-6)


def test_the_mean_level_is_that_of_sounding_clips_in_decibels() -> None:
    assert mean_level_db([30.0, 50.0, -math.inf]) == 40
    assert mean_level_db([-math.inf]) == 0


def test_attenuation_ratios() -> None:
    assert attenuation_gain_db(1) == 0
    assert 10 ** (attenuation_gain_db(8) / 20) == pytest.approx(1 / 8)


def test_amplifying_leaves_silence_silent() -> None:
    log_mel = np.full((1, 64, 3), -100, dtype=np.float16)
    np.testing.assert_array_equal(apply_gain(log_mel, 40.0), -100)
