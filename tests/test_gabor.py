"""The Gabor filter bank against the closed form: 2-D kernels, convolved one by one."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

import numpy as np
import pytest
import torch
from listed_filters import GaborFilter, gabor_filters
from scipy.signal import fftconvolve

from science.baselines.gabor import gabor_features
from science.baselines.gabor_bank import GaborParameters

FILTERS = gabor_filters()


def closed_form_axis(
    omega_rad: float, size_max: float, half_waves: float
) -> tuple[np.ndarray, np.ndarray]:
    width = 2 * np.pi / abs(omega_rad) * half_waves / 2 if omega_rad else size_max
    samples = np.arange(-200, 201)
    samples = samples[np.abs(samples) < width / 2]
    envelope = 0.5 * (1 + np.cos(2 * np.pi * samples / width))
    return envelope, envelope * np.exp(1j * omega_rad * samples)


def closed_form_kernel(
    gabor: GaborFilter, half_waves: float = 3.5
) -> tuple[np.ndarray, np.ndarray]:
    """The 2-D kernel, DC part removed, and its envelope, before normalisation of the gain."""
    spectral_envelope, spectral = closed_form_axis(gabor.spectral_rad, 69, half_waves)
    temporal_envelope, temporal = closed_form_axis(gabor.temporal_rad, 80, half_waves)
    envelope = np.outer(spectral_envelope, temporal_envelope)
    kernel = np.outer(spectral, temporal)
    if gabor.spectral_rad or gabor.temporal_rad:
        kernel = kernel - kernel.sum() / envelope.sum() * envelope
    return kernel, envelope


def gains(kernel: np.ndarray, spectral_rad: np.ndarray, temporal_rad: np.ndarray) -> np.ndarray:
    bands, frames = (np.arange(size) for size in kernel.shape)
    spectral_waves = np.exp(-1j * np.outer(spectral_rad, bands))
    return np.abs(spectral_waves @ kernel @ np.exp(-1j * np.outer(frames, temporal_rad)))


@lru_cache
def peak_gain(gabor: GaborFilter, half_waves: float = 3.5) -> float:
    """The highest gain anywhere: the best point of a padded 2-D FFT, then ever finer around it."""
    kernel, _ = closed_form_kernel(gabor, half_waves)
    spectrum = np.abs(np.fft.fft2(kernel, (256, 256)))
    best = np.array(np.unravel_index(spectrum.argmax(), spectrum.shape)) * 2 * np.pi / 256
    reach_rad = 2 * np.pi / 256
    for _ in range(5):
        spectral_rad, temporal_rad = (
            centre + np.linspace(-1, 1, 17) * reach_rad for centre in best
        )
        around = gains(kernel, spectral_rad, temporal_rad)
        row, column = np.unravel_index(around.argmax(), around.shape)
        best = np.array([spectral_rad[row], temporal_rad[column]])
        reach_rad /= 6
    return float(around.max())


def same_size(spectrogram: np.ndarray, kernel: np.ndarray) -> np.ndarray:
    full = fftconvolve(spectrogram, kernel, "full")
    first_band, first_frame = (size // 2 for size in kernel.shape)
    return full[first_band:, first_frame:][: spectrogram.shape[0], : spectrogram.shape[1]]


def closed_form_output(
    spectrogram: np.ndarray, gabor: GaborFilter, half_waves: float = 3.5
) -> np.ndarray:
    """Real part of one filter's output, convolved in two dimensions in float64, edges corrected."""
    kernel, envelope = closed_form_kernel(gabor, half_waves)
    reach = kernel.shape[1] // 2
    padded = np.pad(spectrogram.astype(np.float64), ((0, 0), (reach, reach)), mode="edge")
    output = same_size(padded, kernel.real)
    if gabor.spectral_rad or gabor.temporal_rad:
        ones = np.ones_like(padded)
        local_mean = same_size(padded, envelope) / same_size(ones, envelope)
        output = output - local_mean * same_size(ones, kernel.real)
    return output[:, reach : reach + spectrogram.shape[1]] / peak_gain(gabor, half_waves)


def closed_form_feature(
    spectrogram: np.ndarray, gabor: GaborFilter, half_waves: float = 3.5
) -> float:
    return np.maximum(closed_form_output(spectrogram, gabor, half_waves), 0).mean()


def synthetic_log_mel(bands: int, frames: int, seed: int) -> np.ndarray:
    """Noise in dB that is smooth over bands and frames, on a slope, as log-Mels are."""
    noise = np.random.default_rng(seed).standard_normal((bands + 4, frames + 4)) * 20
    smooth = fftconvolve(noise, np.ones((5, 5)) / 5, "valid")
    return (smooth + np.linspace(90, 40, bands)[:, None]).astype(np.float32)


def ripples(filters: list[GaborFilter], bands: int, frames: int) -> torch.Tensor:
    """The spectro-temporal ripple at each filter's modulation frequencies."""
    band, frame = np.arange(bands)[:, None], np.arange(frames)[None, :]
    waves = [np.cos(g.spectral_rad * band + g.temporal_rad * frame) for g in filters]
    return torch.from_numpy(np.array(waves, dtype=np.float32))


@pytest.mark.parametrize(
    ("bands", "frames", "step"), [(64, 70, 1), (64, 161, 7), (64, 1, 5), (23, 130, 5), (1, 9, 5)]
)
def test_every_filter_equals_its_2d_convolution_edges_included(bands, frames, step):
    """The widest filter has 69 bands and 79 frames; an odd number of bands has a middle one."""
    log_mel = synthetic_log_mel(bands, frames, seed=1)
    features = gabor_features(torch.from_numpy(log_mel)[None])[0, ::step].numpy()
    expected = [closed_form_feature(log_mel, gabor) for gabor in FILTERS[::step]]
    # Over one frame a filter of fast temporal modulations has next to nothing left to find.
    smallest = 1e-7 * np.abs(log_mel).max()
    np.testing.assert_allclose(features, expected, rtol=1e-5, atol=smallest)


def test_filters_as_narrow_as_may_be_equal_their_2d_convolution_and_narrower_are_refused():
    clips = np.stack([synthetic_log_mel(64, 70, seed) for seed in (1, 2)])
    narrow = GaborParameters((np.pi / 2, np.pi / 2), distance=(0.15, 0.15), half_waves=1.051)
    features = gabor_features(torch.from_numpy(clips), narrow).numpy()
    expected = np.array(
        [
            [closed_form_feature(clip, gabor, 1.051) for clip in clips]
            for gabor in gabor_filters(narrow)
        ]
    ).T
    np.testing.assert_allclose(features, expected, rtol=2e-5)
    for half_waves in (1.0, 1.04):
        with pytest.raises(ValueError, match="next to nothing but its DC part"):
            gabor_features(torch.from_numpy(clips), replace(narrow, half_waves=half_waves))


def test_a_constant_gives_zero_up_to_the_edges_in_the_closed_form_and_here():
    constant = np.full((64, 40), 63.3, dtype=np.float32)
    for gabor in FILTERS[1::13]:
        assert np.abs(closed_form_output(constant, gabor)).max() < 1e-10
    features = gabor_features(torch.from_numpy(constant)[None])[0]
    assert features[1:].abs().max() < 1e-4
    assert features[0] == pytest.approx(closed_form_feature(constant, FILTERS[0]), 1e-5)


def test_a_change_of_level_changes_only_the_filter_at_zero():
    log_mel = torch.from_numpy(synthetic_log_mel(64, 90, seed=2))[None]
    quiet, loud = gabor_features(log_mel), gabor_features(log_mel + 30)
    torch.testing.assert_close(quiet[:, 1:], loud[:, 1:], rtol=1e-5, atol=1e-5)
    assert loud[0, 0] > quiet[0, 0] + 10


def test_each_filter_responds_most_to_its_own_ripple_and_each_ripple_drives_its_own_filter_most():
    coarse = GaborParameters(distance=(0.3, 0.2))
    responses = gabor_features(ripples(gabor_filters(coarse), 96, 160), coarse).numpy()
    assert (responses.argmax(axis=0) == np.arange(len(responses))).all()
    assert (responses.argmax(axis=1) == np.arange(len(responses))).all()


def test_opposite_ripples_tell_the_signs_of_a_spectral_frequency_apart():
    up = FILTERS.index(GaborFilter(np.pi / 4, np.pi / 4))
    down = FILTERS.index(GaborFilter(-np.pi / 4, np.pi / 4))
    ripple = ripples([FILTERS[up]], 64, 100)[0]
    responses = gabor_features(torch.stack([ripple, ripple.flip(0)]))
    assert responses[0, up] > 5 * responses[0, down]
    torch.testing.assert_close(responses[0, up], responses[1, down])
    torch.testing.assert_close(responses[0, down], responses[1, up])


def test_a_clips_features_do_not_depend_on_its_neighbours():
    clips = torch.from_numpy(np.stack([synthetic_log_mel(64, 50, seed) for seed in range(45)]))
    together = gabor_features(clips)
    alone = torch.cat([gabor_features(clips[index : index + 1]) for index in (0, 20, 44)])
    torch.testing.assert_close(together[[0, 20, 44]], alone, rtol=1e-6, atol=1e-6)
    clips[3, 5, 7] = torch.nan
    spoilt = gabor_features(clips)
    assert spoilt[3].isnan().all()
    kept = [index for index in range(45) if index != 3]
    torch.testing.assert_close(spoilt[kept], together[kept], rtol=1e-6, atol=1e-6)


def test_float16_is_taken_as_stored():
    stored = torch.from_numpy(synthetic_log_mel(64, 50, seed=3))[None].half()
    torch.testing.assert_close(gabor_features(stored), gabor_features(stored.float()))


@pytest.mark.usefixtures("cuda")
def test_a_cuda_device_gives_the_same_features():
    log_mel = torch.from_numpy(np.stack([synthetic_log_mel(64, 60, seed) for seed in range(3)]))
    coarse = GaborParameters(distance=(0.3, 0.2))
    on_device = gabor_features(log_mel, coarse, device="cuda").cpu()
    torch.testing.assert_close(on_device, gabor_features(log_mel, coarse), rtol=1e-4, atol=1e-5)
