"""The log-Mel against torchaudio's transforms, a hand-written DFT, and its own properties."""

import numpy as np
import pytest
import torch
from scipy.signal import chirp

from science.sound.logmel import LogMel
from science.sound.settings import LogMelSettings, mel_weights

PAPER = LogMelSettings()


def by_torchaudio(waveforms: torch.Tensor, settings: LogMelSettings = PAPER) -> torch.Tensor:
    transforms = pytest.importorskip("torchaudio").transforms
    transform = transforms.MelSpectrogram(
        settings.sample_rate_hz,
        n_fft=settings.window_samples,
        win_length=settings.window_samples,
        hop_length=settings.hop_samples,
        f_min=0.0,
        f_max=settings.highest_hz,
        n_mels=settings.bands,
        power=2.0,
    ).double()
    power = transform(waveforms.double())
    return 10 * torch.log10(torch.clamp(power, min=settings.lowest_power))


def sounds() -> torch.Tensor:
    """Noise, a sweep, clicks over silence, a full-scale square wave: [4, samples]."""
    rng = np.random.default_rng(1)
    time_s = np.arange(PAPER.clip_samples) / PAPER.sample_rate_hz
    clicks = np.zeros_like(time_s)
    clicks[::5000] = 20_000
    noise = rng.normal(0, 3000, time_s.shape)
    return torch.from_numpy(
        np.stack(
            [
                noise,
                10_000 * chirp(time_s, 50, 10, 7500) + rng.normal(0, 3, time_s.shape),
                clicks + rng.normal(0, 1, time_s.shape),
                32_767 * np.sign(np.sin(2 * np.pi * 440 * time_s)),
            ]
        )
    ).round()


def assert_within_a_hundredth_decibel(ours: torch.Tensor, reference: torch.Tensor) -> None:
    """Equal to 0.01 dB; to 0.1 dB more than 80 dB below the frame's loudest band.

    There the rounding of float32 shows, in torchaudio's own float32 result as much as in ours.
    """
    error = torch.abs(ours - reference)
    audible = reference > reference.amax(dim=1, keepdim=True) - 80
    assert error[audible].max() <= 0.01
    assert error.max() <= 0.1


def test_the_papers_sizes():
    assert (PAPER.window_samples, PAPER.hop_samples, PAPER.frames) == (551, 275, 802)
    assert LogMel()(torch.zeros(1, 10)).shape == (1, 64, 802)


def test_equals_torchaudio_to_a_hundredth_of_a_decibel():
    assert_within_a_hundredth_decibel(LogMel()(sounds()), by_torchaudio(sounds()))


@pytest.mark.parametrize(
    "settings", [LogMelSettings(window_s=0.032, hop_s=0.01), LogMelSettings(highest_hz=4000.0)]
)
def test_equals_torchaudio_at_other_settings(settings):
    waveforms = sounds()[:1]
    reference = by_torchaudio(waveforms, settings)
    assert_within_a_hundredth_decibel(LogMel(settings)(waveforms), reference)


def test_even_windows_too():
    settings = LogMelSettings(window_s=512 / 22_050 + 1e-9)
    assert settings.window_samples == 512
    waveforms = sounds()[:2]
    reference = by_torchaudio(waveforms, settings)
    assert_within_a_hundredth_decibel(LogMel(settings)(waveforms), reference)


def test_one_frame_equals_a_hand_written_transform():
    # Frame 40 of centred ones begins half a window before 40 hops.
    frame = sounds()[0, 40 * 275 - 275 :][:551].numpy()
    n = np.arange(551)
    hann = 0.5 - 0.5 * np.cos(2 * np.pi * n / 551)
    spectrum = [np.sum(frame * hann * np.exp(-2j * np.pi * k * n / 551)) for k in range(276)]
    expected = 10 * np.log10(mel_weights(PAPER) @ np.abs(spectrum) ** 2)
    ours = LogMel()(sounds()[:1])[0, :, 40]
    np.testing.assert_allclose(ours.numpy(), expected, atol=0.001)


def test_half_precision_costs_at_most_a_sixteenth_of_a_decibel():
    decibels = LogMel()(sounds())
    assert decibels.max() < 256
    assert torch.max(torch.abs(decibels.half().float() - decibels)) <= 0.0625


def test_silence_is_the_floor_everywhere():
    assert torch.equal(LogMel()(torch.zeros(2, 220_500)), torch.full((2, 64, 802), -100.0))


def test_short_audio_is_padded_and_long_audio_cut():
    noise = sounds()[0]
    short, long = noise[:6615], torch.cat((noise, noise, noise))
    padded = torch.cat((short, torch.zeros(220_500 - 6615, dtype=noise.dtype)))
    transform = LogMel()
    assert torch.equal(transform(short[None]), transform(padded[None]))
    assert torch.equal(transform(long[None]), transform(noise[None]))
    assert torch.isfinite(transform(torch.ones(1, 1))).all()


def test_a_gain_is_a_shift_in_decibels():
    noise = sounds()[:1]
    difference = LogMel()(noise) - LogMel()(noise / 4)
    torch.testing.assert_close(difference, torch.full_like(difference, 12.0412), atol=0.01, rtol=0)


def test_an_offset_stays_in_the_lowest_bands():
    noise = sounds()[:1]
    difference = torch.abs(LogMel()(noise + 5000) - LogMel()(noise))
    inner = difference[..., 2:-2]  # the reflection at the ends makes no step of an offset
    assert inner[:, 4:].max() < 0.5
    assert inner[:, 0].max() > 1


def test_the_result_does_not_depend_on_the_batch():
    transform, waveforms = LogMel(), sounds()
    together = transform(waveforms)
    for row in range(len(waveforms)):
        apart = transform(waveforms[row : row + 1])[0]
        torch.testing.assert_close(apart, together[row], atol=0.005, rtol=0)


def test_a_tensor_that_is_there_is_filled_and_16_bit_samples_are_taken_as_they_are():
    transform, waveforms = LogMel(), sounds().to(torch.int16)
    expected = transform(waveforms.float())
    stored = torch.full((4, 64, 802), torch.nan, dtype=torch.float16)
    assert transform(waveforms, out=stored) is stored
    assert torch.equal(stored, expected.half())


def test_a_result_outlives_the_next_call():
    transform, waveforms = LogMel(), sounds()
    first = transform(waveforms[:1])
    kept = first.clone()
    transform(waveforms[1:, :5000])
    assert torch.equal(first, kept)
    assert torch.equal(transform(waveforms[:1]), kept)


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_samples_that_are_no_numbers_are_refused_by_row(value):
    waveforms = sounds()
    waveforms[2, 77] = value
    with pytest.raises(ValueError, match=r"rows \[2\]"):
        LogMel()(waveforms)


def test_no_samples_are_refused():
    with pytest.raises(ValueError, match="at least one sample"):
        LogMel()(torch.zeros(1, 0))


@pytest.mark.parametrize("samples", [220_500, 50_000])
def test_waveforms_made_in_place_are_those_that_are_copied(samples):
    transform = LogMel()
    waveforms = torch.from_numpy(np.random.default_rng(0).normal(0, 900, (3, samples))).float()
    expected = LogMel()(waveforms)
    place = transform.place()
    for first in range(0, len(waveforms), len(place)):
        rows = waveforms[first : first + len(place)]
        made = place[: len(rows), :samples]
        made[:] = rows
        assert torch.equal(transform(made), expected[first : first + len(place)])
        assert torch.equal(made, rows)


@pytest.mark.usefixtures("cuda")
def test_a_cuda_device_gives_the_same():
    on_device = LogMel(device="cuda")(sounds()).cpu()
    assert_within_a_hundredth_decibel(on_device, by_torchaudio(sounds()))
