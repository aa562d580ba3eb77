"""Resampling against SciPy and against tones; quantisation and FLAC bit for bit."""

from __future__ import annotations

import numpy as np
import pytest
import soundfile
from scipy import signal

from science.sound import waveforms


def tone(frequency_hz: float, rate_hz: int, seconds: float = 2.0) -> np.ndarray:
    time_s = np.arange(int(rate_hz * seconds)) / rate_hz
    return (0.5 * np.sin(2 * np.pi * frequency_hz * time_s)).astype(np.float32)


def level_db(samples: np.ndarray) -> float:
    """Level of the middle part, where filters have settled."""
    middle = samples[len(samples) // 4 : -len(samples) // 4].astype(np.float64)
    return 10 * np.log10(np.mean(middle**2) + 1e-30)


@pytest.mark.parametrize("rate_hz", [44_100, 48_000, 32_000, 96_000])
@pytest.mark.parametrize("quality", waveforms.RESAMPLING_QUALITIES)
def test_resampling_keeps_what_fits_and_removes_what_does_not(rate_hz, quality):
    for frequency_hz in (50, 1_000, 5_000, 8_000, 9_950):
        heard = tone(frequency_hz, rate_hz)
        change_db = level_db(waveforms.resample(heard, rate_hz, quality=quality)) - level_db(heard)
        assert abs(change_db) < 0.1, frequency_hz
    for frequency_hz in (11_100, 12_000, 14_000, 15_900):
        heard = tone(frequency_hz, rate_hz)
        change_db = level_db(waveforms.resample(heard, rate_hz, quality=quality)) - level_db(heard)
        assert change_db < -80, frequency_hz


def test_resampling_agrees_with_scipy_on_band_limited_noise():
    generator = np.random.default_rng(0)
    noise = generator.standard_normal(88_200)
    sections = signal.butter(10, 7_000, fs=44_100, output="sos")
    noise = (0.1 * signal.sosfiltfilt(sections, noise)).astype(np.float32)
    ours = waveforms.resample(noise, 44_100)
    reference = signal.resample_poly(noise.astype(np.float64), 1, 2, window=("kaiser", 14.0))
    assert len(ours) == len(reference) == 44_100
    middle = slice(2_000, -2_000)
    error = ours[middle] - reference[middle]
    assert np.sqrt(np.mean(error**2)) < 1e-3 * np.sqrt(np.mean(reference[middle] ** 2))


def test_resampling_delays_nothing():
    click = np.zeros(48_000, np.float32)
    click[24_000] = 1.0
    resampled = waveforms.resample(click, 48_000)
    assert np.argmax(resampled) == 11_025


def test_equal_rates_leave_samples_alone():
    noise = np.random.default_rng(1).standard_normal(100).astype(np.float32)
    assert np.array_equal(waveforms.resample(noise, 22_050, 22_050), noise)


@pytest.mark.parametrize("arguments", [{"from_rate_hz": 0}, {"from_rate_hz": 8, "quality": "QQ"}])
def test_resampling_refuses_nonsense(arguments):
    with pytest.raises(ValueError, match="resample|quality"):
        waveforms.resample(np.zeros(4, np.float32), **arguments)


def test_mixing_averages_or_keeps_the_first_channel():
    samples = np.array([[0.5, -0.5], [1.0, 0.0]], np.float32)
    assert waveforms.mix_to_mono(samples).tolist() == [0.0, 0.5]
    assert waveforms.mix_to_mono(samples, "first").tolist() == [0.5, 1.0]
    assert waveforms.mix_to_mono(samples[:, 0]).tolist() == [0.5, 1.0]
    assert waveforms.mix_to_mono(samples).dtype == np.float32
    loud = np.array([[30_000, 30_000], [-32_768, -32_768]], np.int16)
    assert waveforms.mix_to_mono(loud).tolist() == [30_000, -32_768]
    with pytest.raises(ValueError, match="average"):
        waveforms.mix_to_mono(samples, "left")
    with pytest.raises(ValueError, match="shape"):
        waveforms.mix_to_mono(np.zeros((3, 0), np.float32))


@pytest.mark.parametrize("channels", [1, 2, 3, 6])
def test_mixing_agrees_with_the_mean_and_leaves_its_input_alone(channels):
    samples = np.random.default_rng(channels).normal(0, 0.2, (5_000, channels)).astype(np.float32)
    before = samples.copy()
    mixed = waveforms.mix_to_mono(samples)
    assert np.abs(mixed - samples.mean(axis=1, dtype=np.float64)).max() < 1e-7
    assert np.array_equal(samples, before)


def test_every_16_bit_value_survives_the_way_through_floats():
    values = np.arange(-32_768, 32_768).astype(np.int16)
    floats = values.astype(np.float32) / 32_768
    assert np.array_equal(waveforms.to_int16(floats), values)


def test_quantisation_clips_instead_of_wrapping_and_refuses_nan():
    assert waveforms.to_int16(np.array([1.0, 7.5, -1.0, -9.0], np.float32)).tolist() == [
        32_767,
        32_767,
        -32_768,
        -32_768,
    ]
    for bad in (np.nan, np.inf, -np.inf):
        with pytest.raises(ValueError, match="NaN or infinite"):
            waveforms.to_int16(np.array([0.0, bad], np.float32))


@pytest.mark.parametrize("frames", [1, 2, 15, 4_097, 220_500])
def test_flac_gives_back_the_same_samples(frames):
    samples = np.random.default_rng(frames).integers(-32_768, 32_768, frames).astype(np.int16)
    packed = waveforms.encode_flac(samples)
    assert packed[:4] == b"fLaC"
    assert np.array_equal(waveforms.decode_flac(packed), samples)
    assert waveforms.encode_flac(samples) == packed


def test_flac_refuses_other_shapes_rates_and_damage(tmp_path):
    for bad in (np.zeros(4, np.float32), np.zeros((4, 2), np.int16), np.zeros(0, np.int16)):
        with pytest.raises(ValueError, match="int16"):
            waveforms.encode_flac(bad)
    other_rate = waveforms.encode_flac(np.ones(100, np.int16), 8_000)
    with pytest.raises(ValueError, match="8000 Hz"):
        waveforms.decode_flac(other_rate)
    soundfile.write(tmp_path / "stereo.flac", np.ones((100, 2), np.int16), 22_050)
    with pytest.raises(ValueError, match="2 channel"):
        waveforms.decode_flac((tmp_path / "stereo.flac").read_bytes())
    noise = np.random.default_rng(0).integers(-9_000, 9_000, 50_000).astype(np.int16)
    packed = waveforms.encode_flac(noise)
    with pytest.raises(ValueError, match="no intact FLAC"):
        waveforms.decode_flac(packed[:30_000])
    # Whole frames, and then no more.
    between_frames = packed.index(b"\xff\xf8", 60_000)
    with pytest.raises(ValueError, match="no intact FLAC"):
        waveforms.decode_flac(packed[:between_frames])
    with pytest.raises(ValueError, match="no intact FLAC"):
        waveforms.decode_flac(b"nothing of the kind")
