"""Acoustics: a naive loop in double precision, tones and noise, silence."""

from __future__ import annotations

import numpy as np
import pytest
import torchaudio

from science.sound.acoustics import (
    FEATURE_NAMES,
    acoustic_features,
    mel_band_centres_hz,
    relative_acoustics,
)

CENTRES_HZ = mel_band_centres_hz(64, 8000.0)


@pytest.fixture
def generator() -> np.random.Generator:
    return np.random.default_rng(9)


def column(features: np.ndarray, name: str) -> np.ndarray:
    return features[:, FEATURE_NAMES.index(name)]


def naive_features(log_mel_db: np.ndarray) -> list[float]:
    """The seven numbers of one clip [bands, frames], frame by frame."""
    levels, centroids, roll_offs, flatnesses, bandwidths = [], [], [], [], []
    for frame in log_mel_db.astype(np.float64).T:
        power = 10 ** (frame / 10)
        levels.append(10 * np.log10(power.sum()))
        centroid = np.average(CENTRES_HZ, weights=power)
        centroids.append(centroid)
        bandwidths.append(np.sqrt(np.average((CENTRES_HZ - centroid) ** 2, weights=power)))
        band = next(b for b in range(64) if power[: b + 1].sum() >= 0.85 * power.sum())
        roll_offs.append(CENTRES_HZ[band])
        flatnesses.append(np.mean(frame) - 10 * np.log10(power.mean()))
    active = [
        bool(level >= max(levels) - 30 and frame.max() > -100)
        for level, frame in zip(levels, log_mel_db.T, strict=True)
    ]
    weights = active if any(active) else [True] * len(active)
    spectral = (centroids, roll_offs, flatnesses, bandwidths)
    means = [np.average(values, weights=weights) for values in spectral]
    return [np.mean(levels), np.std(levels), np.mean(active), *means]


@pytest.mark.parametrize("dtype", [np.float16, np.float32])
def test_equals_a_naive_loop(generator: np.random.Generator, dtype: type) -> None:
    envelope_db = generator.uniform(-60, 60, (5, 1, 40))
    tilt_db = generator.uniform(-0.8, 0.8, (5, 1, 1)) * np.arange(64)[:, None]
    log_mel = (envelope_db + tilt_db + generator.normal(0, 6, (5, 64, 40))).clip(-100).astype(dtype)
    log_mel[0, :, :10] = -100
    expected = [naive_features(clip) for clip in log_mel]
    np.testing.assert_allclose(
        acoustic_features(log_mel, CENTRES_HZ), expected, rtol=2e-4, atol=2e-3
    )


def test_a_gain_moves_the_level_alone(generator: np.random.Generator) -> None:
    log_mel = generator.normal(20, 8, (3, 64, 30))
    quiet, loud = (
        acoustic_features(log_mel, CENTRES_HZ),
        acoustic_features(log_mel + 25, CENTRES_HZ),
    )
    difference = loud - quiet
    np.testing.assert_allclose(column(difference, "level_db"), 25, atol=1e-3)
    np.testing.assert_allclose(loud[:, 1:], quiet[:, 1:], rtol=1e-4, atol=1e-4)


def test_tone_and_noise() -> None:
    log_mel = np.full((2, 64, 20), -100.0)
    log_mel[0, 30] = 40
    log_mel[1] = 40
    tone, noise = acoustic_features(log_mel, CENTRES_HZ)[:, 3:]
    centroid, roll_off, flatness, bandwidth = tone
    assert centroid == pytest.approx(CENTRES_HZ[30], rel=1e-4)
    assert roll_off == pytest.approx(CENTRES_HZ[30], rel=1e-4)
    assert flatness == pytest.approx(10 * np.log10(64) - 140 * 63 / 64, rel=1e-4)
    assert bandwidth == pytest.approx(0, abs=1)
    assert noise[2] == pytest.approx(0, abs=1e-4)
    assert noise[0] == pytest.approx(CENTRES_HZ.mean(), rel=1e-4)


def test_active_share_counts_sounding_frames() -> None:
    log_mel = np.full((1, 64, 100), -100.0)
    log_mel[0, :, :25] = 30
    log_mel[0, :, 25:50] = -10
    assert column(acoustic_features(log_mel, CENTRES_HZ), "active_share") == pytest.approx(0.25)


def test_silence_has_numbers() -> None:
    features = acoustic_features(np.full((2, 64, 10), -100.0), CENTRES_HZ)
    assert np.isfinite(features).all()
    np.testing.assert_array_equal(column(features, "active_share"), 0)
    np.testing.assert_allclose(column(features, "level_spread_db"), 0, atol=1e-4)
    assert acoustic_features(np.zeros((0, 64, 10)), CENTRES_HZ).shape == (0, 7)


def test_band_centres_are_those_of_torchaudio() -> None:
    bins_hz = np.linspace(0, 11025, 50_001)
    filters = torchaudio.functional.melscale_fbanks(
        len(bins_hz), 0.0, 8000.0, 64, 22050, norm=None, mel_scale="htk"
    )
    np.testing.assert_allclose(bins_hz[filters.argmax(dim=0).numpy()], CENTRES_HZ, atol=0.3)


def test_relative_acoustics_are_amounts_with_a_mean_of_one() -> None:
    generator = np.random.default_rng(5)
    features = generator.uniform(1, 40, (20, 7)).astype(np.float32)
    features[:, FEATURE_NAMES.index("spectral_flatness_db")] *= -1
    relative = relative_acoustics(features, features)
    assert (relative >= 0).all()
    np.testing.assert_allclose(relative.mean(axis=0), 1)
    # 20 dB more are ten times the amplitude, whatever the other clips.
    level = FEATURE_NAMES.index("level_db")
    features[0, level], features[1, level] = 50, 30
    again = relative_acoustics(features, features)
    assert again[0, level] / again[1, level] == pytest.approx(10)


def test_means_can_come_from_other_clips() -> None:
    generator = np.random.default_rng(6)
    train, quiet = generator.uniform(1, 40, (2, 30, 7))
    level = FEATURE_NAMES.index("level_db")
    quiet[:, level] = train[:, level] - 20
    relative = relative_acoustics(quiet, train)
    np.testing.assert_allclose(relative[:, level], relative_acoustics(train, train)[:, level] / 10)
    # The unit of a number does not depend on what else is described.
    np.testing.assert_allclose(relative_acoustics(quiet[:3], train), relative[:3])


def test_an_acoustic_number_that_is_zero_throughout_stays_zero() -> None:
    features = np.zeros((3, 7))
    assert (
        relative_acoustics(features, features)[:, FEATURE_NAMES.index("active_share")] == 0
    ).all()
