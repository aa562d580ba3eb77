"""Sound quilts: exactness against a naive loop, and the properties that every quilt has."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile
import torch
from naive_quilting import naive_bands, naive_levels, naive_quilt

from science.quilts import quilting
from science.quilts.joins import SegmentJoiner, segment_shifts
from science.quilts.order import (
    border_levels,
    border_windows,
    quilt_orders,
)
from science.quilts.segments import Segmentation, cut_into_segments
from science.quilts.waveforms import quilt_clips
from science.quilts.window_levels import window_levels
from science.sound.settings import LogMelSettings, mel_weights

SHARED = Path(__file__).resolve().parents[2] / "shared"
SEGMENTS_MS = (50, 100, 200, 400, 800, 1600)
CLIP_SAMPLES = 220_500
QUILT_SAMPLES = 176_320
SOUNDS = ("noise", "rumble", "chords", "clicks", "ramp")


def sound(kind: str, seed: int = 0) -> np.ndarray:
    """Ten seconds of int16."""
    generator = np.random.default_rng([seed, SOUNDS.index(kind)])
    time_s = np.arange(CLIP_SAMPLES) / 22_050
    if kind == "noise":
        samples = generator.normal(0, 3000, CLIP_SAMPLES)
    elif kind == "rumble":
        # Brown noise: neighbouring lags correlate almost equally well.
        samples = np.cumsum(generator.normal(0, 60, CLIP_SAMPLES))
        samples -= np.convolve(samples, np.ones(4001) / 4001, mode="same")
        samples *= 10
    elif kind == "chords":
        notes_hz = np.repeat(generator.uniform(100, 1500, (50, 3)), CLIP_SAMPLES // 50, axis=0)
        samples = 5000 * np.sin(2 * np.pi * np.cumsum(notes_hz, axis=0) / 22_050).sum(axis=1)
    elif kind == "clicks":
        samples = np.where(generator.random(CLIP_SAMPLES) < 1e-3, 20_000, 0)
    else:
        samples = 30_000 * (time_s / 10) * np.sin(2 * np.pi * (50 + 20 * time_s) * time_s)
    return np.clip(np.rint(samples), -32_768, 32_767).astype(np.int16)


@pytest.fixture(scope="module")
def sounds() -> torch.Tensor:
    return torch.from_numpy(np.stack([sound(kind) for kind in SOUNDS]))


@pytest.fixture(scope="module")
def bands() -> np.ndarray:
    return naive_bands()


def source_of(waveforms: torch.Tensor) -> torch.Tensor:
    return waveforms[:, :176_400].float()


def joined(
    source: torch.Tensor, order: torch.Tensor, shifts: torch.Tensor, plan: Segmentation
) -> torch.Tensor:
    quilts = source.new_empty((len(source), plan.quilt_samples))
    SegmentJoiner(source, order, shifts, plan).join(slice(None), quilts)
    return quilts


def quilt_parts(
    waveforms: torch.Tensor, segment_ms: float, starts: torch.Tensor, ordering: str
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Order, shifts and samples through the public steps."""
    plan = cut_into_segments(segment_ms)
    source = source_of(waveforms)
    windows = source[:, : 320 * 551].unflatten(1, (320, 551))
    levels = torch.stack([window_levels(clip, LogMelSettings()) for clip in windows])
    borders = border_levels(levels, plan.windows_per_segment, plan.segments)
    order = quilt_orders(*borders, starts, ordering)
    (shifts,) = segment_shifts(source, [order], [plan])
    return order, shifts, joined(source, order, shifts, plan)


def assert_equals_naive(waveforms, segment_ms, ordering, bands) -> None:
    plan = cut_into_segments(segment_ms)
    ids = [f"clip{row}" for row in range(len(waveforms))]
    starts = quilting.start_segments(ids, plan.segments, seed=1)
    order, shifts, quilts = quilt_parts(waveforms, segment_ms, starts, ordering)
    made = quilt_clips(waveforms, ids, [segment_ms], 1, ordering=ordering)[0]
    assert torch.equal(made[:, : plan.quilt_samples], quilts)
    for row, clip in enumerate(waveforms.numpy()):
        naive = naive_quilt(clip, plan.windows_per_segment, int(starts[row]), ordering, bands)
        assert order[row].tolist() == naive[0]
        assert shifts[row].tolist() == naive[1]
        np.testing.assert_allclose(quilts[row].numpy(), naive[2], rtol=0, atol=1e-3)


@pytest.mark.parametrize("ordering", ["overath", "kim2024"])
@pytest.mark.parametrize("segment_ms", SEGMENTS_MS)
def test_quilts_equal_the_naive_loop(sounds, bands, segment_ms, ordering):
    assert_equals_naive(sounds, segment_ms, ordering, bands)


@pytest.mark.parametrize("segment_ms", [50, 1600])
def test_quilts_of_real_sounds_equal_the_naive_loop(bands, segment_ms):
    folder = SHARED / "real_sounds" / "audio"
    if not folder.is_dir():
        pytest.skip("../shared/real_sounds absent")
    paths = sorted(folder.glob("*.flac"))[::60]
    clips = np.stack([soundfile.read(path, dtype="int16")[0] for path in paths])
    assert_equals_naive(torch.from_numpy(clips), segment_ms, "overath", bands)


@pytest.mark.parametrize("ordering", ["overath", "kim2024"])
@pytest.mark.parametrize("segment_ms", [75, 350])
def test_loops_of_some_windows_equal_the_naive_loop(bands, segment_ms, ordering):
    """Many segments are equal, though not the first with the second: ties beyond the trivial."""
    generator = np.random.default_rng(3)
    loops = [generator.normal(0, 3000, (551 * windows,)) for windows in (4, 5, 6, 8)]
    clips = [np.resize(np.rint(loop).astype(np.int16), CLIP_SAMPLES) for loop in loops]
    assert_equals_naive(torch.from_numpy(np.stack(clips)), segment_ms, ordering, bands)


def test_degenerate_clips_equal_the_naive_loop(bands):
    """Silence, 0.3 s of sound, full-scale clipping, a constant, a loop of one window: all ties."""
    clips = np.zeros((5, CLIP_SAMPLES), dtype=np.int16)
    clips[1, :6615] = sound("chords")[:6615]
    clips[2] = np.where(sound("rumble").astype(np.int32) > 0, 32_767, -32_768)
    clips[3] = 12_345
    clips[4] = np.resize(sound("noise")[:551], CLIP_SAMPLES)
    for ordering in ("overath", "kim2024"):
        assert_equals_naive(torch.from_numpy(clips), 100, ordering, bands)


def test_fractional_samples_are_joined_to_the_same_tolerance(bands):
    fractional = torch.from_numpy(sound("noise") * np.float32(0.7310585))[None]
    assert_equals_naive(fractional, 200, "overath", bands)


def test_window_levels_are_the_log_mels(sounds, bands):
    windows = source_of(sounds)[:, : 40 * 551].unflatten(1, (40, 551)).flatten(0, 1)
    levels = window_levels(windows, LogMelSettings())
    reference = np.concatenate(
        [naive_levels(clip, 2, 20, bands) for clip in sounds.double().numpy()]
    )
    # torchaudio's bands are float32.
    np.testing.assert_allclose(levels.numpy(), reference, rtol=0, atol=1e-3)


@pytest.mark.parametrize("window_samples", [551, 552])
def test_window_levels_of_any_length_are_those_of_a_fourier_transform(window_samples):
    settings = LogMelSettings(window_s=(window_samples + 0.5) / 22_050)
    assert settings.window_samples == window_samples
    windows = np.random.default_rng(0).normal(0, 1000, (170, window_samples))
    hann = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(window_samples) / window_samples)
    power = np.abs(np.fft.rfft(windows * hann)) ** 2
    reference = 10 * np.log10(power @ mel_weights(settings).T)
    levels = window_levels(torch.from_numpy(windows), settings)
    np.testing.assert_allclose(levels.numpy(), reference, rtol=0, atol=1e-9)


def test_border_windows_are_the_first_and_last_two_of_every_segment():
    assert border_windows(2, 3) == [0, 1, 2, 3, 4, 5]
    assert border_windows(5, 3) == [0, 1, 3, 4, 5, 6, 8, 9, 10, 11, 13, 14]


@pytest.mark.parametrize("ordering", ["overath", "kim2024"])
@pytest.mark.parametrize("segments", [3, 4, 5, 20])
def test_orders_are_permutations_without_natural_successors(segments, ordering):
    generator = torch.Generator().manual_seed(segments)
    left, right = torch.randn(2, 500, segments, 8, generator=generator, dtype=torch.float64)
    starts = torch.randint(segments, (500,), generator=generator)
    order = quilt_orders(left, right, starts, ordering)
    assert torch.equal(order[:, 0], starts)
    assert torch.equal(order.sort(dim=1).values, torch.arange(segments).expand(500, -1))
    assert not (order[:, 1:] == order[:, :-1] + 1).any()


def test_overath_and_kim_orders_by_hand():
    """Segment s ends at level r_s and begins at l_s; one level, so that D(s, t) = (r_s − l_t)²."""
    left = torch.tensor([[0.0, 1.0, 2.0, 9.0]])[..., None]
    right = torch.tensor([[2.0, 5.0, 8.0, 9.0]])[..., None]
    # Natural changes 1, 9, 1 and their median 1; from 0 (1): D to 2 is 0 and to 3 is 49.
    assert quilt_orders(left, right, torch.tensor([0]), "overath").tolist() == [[0, 2, 1, 3]]
    # From 0 (1), equal own changes: 2 (1) and 3 (median, 1); the lowest, then 1 before 3, since
    # 3 is excluded after 2.
    assert quilt_orders(left, right, torch.tensor([0]), "kim2024").tolist() == [[0, 2, 1, 3]]
    # From 1 (9): D to 0 is 25 and to 3 is 16, so 3, and then from 3 (1), D to 0 is 81 and to 2 is
    # 49, so 2; the order of own changes takes the lowest of 0 (1) and 3 (1).
    assert quilt_orders(left, right, torch.tensor([1]), "overath").tolist() == [[1, 3, 2, 0]]
    assert quilt_orders(left, right, torch.tensor([1]), "kim2024").tolist() == [[1, 0, 3, 2]]


def test_a_shift_realigns_a_sine():
    """Joined anywhere, a sine of 105 Hz stays one: its period fits within the shifts."""
    time_s = np.arange(CLIP_SAMPLES) / 22_050
    sine = torch.from_numpy(np.rint(8000 * np.sin(2 * np.pi * 105 * time_s)))[None]
    plan = cut_into_segments(200)
    order = torch.tensor([[*range(2, plan.segments - 1, 2), *range(1, plan.segments - 1, 2)]])
    order = torch.cat((order, torch.tensor([[plan.segments - 1, 0]])), dim=1)
    (shifts,) = segment_shifts(source_of(sine), [order], [plan])
    quilt = joined(source_of(sine), order, shifts, plan)[0]
    inner = quilt[: (plan.segments - 2) * plan.segment_samples - 275].unfold(0, 551, 551)
    # Without the shifts some cross-fades would cancel; with them no window loses a tenth.
    assert inner.square().mean(1).sqrt().min() > 0.9 * 8000 / np.sqrt(2)


def test_segments_stay_within_the_used_seconds(sounds):
    """No wrap-around and nothing past 8 s: samples outside cannot change a quilt."""
    plan = cut_into_segments(50)
    last = plan.segments - 1
    order = torch.randperm(plan.segments, generator=torch.Generator().manual_seed(0))
    orders = [order[order != 0], order[order != last], order[(order != 0) & (order != last)]]
    order = torch.stack(
        [
            torch.cat((torch.tensor([last]), orders[1])),
            torch.cat((orders[0], torch.tensor([0]))),
            torch.cat((torch.tensor([0]), orders[2], torch.tensor([last]))),
        ]
    )
    source = source_of(sounds[:3])
    (shifts,) = segment_shifts(source, [order], [plan])
    begin = order * plan.segment_samples + shifts
    assert ((shifts >= -275) & (shifts <= 275)).all()
    assert (begin[:, 1:] - 275 >= 0).all()
    assert (begin[:, :-1] + plan.segment_samples + 276 <= 176_400).all()
    assert (begin[:, -1] + plan.segment_samples <= 176_400).all()
    assert shifts[:, 0].tolist() == [-196, 0, 0]
    changed = sounds.clone()
    changed[:, 176_400:] = 32_767
    ids = list(SOUNDS)
    torch.testing.assert_close(
        quilt_clips(changed, ids, [50], 0), quilt_clips(sounds, ids, [50], 0)
    )


@pytest.mark.parametrize("ordering", ["overath", "kim2024"])
def test_quilts_keep_length_range_energy_and_have_no_clicks(sounds, ordering):
    quilts = quilt_clips(sounds, SOUNDS, SEGMENTS_MS, 0, ordering=ordering)
    assert quilts.shape == (6, len(SOUNDS), CLIP_SAMPLES)
    assert (quilts[..., QUILT_SAMPLES:] == 0).all()
    original = source_of(sounds)
    sounding = quilts[..., :QUILT_SAMPLES]
    assert (sounding.amin(-1) >= original.amin(-1)).all()
    assert (sounding.amax(-1) <= original.amax(-1)).all()
    span = original.amax(-1) - original.amin(-1)
    largest_step = original.diff(dim=-1).abs().amax(-1) + np.pi / (2 * 551) * span
    assert (sounding.diff(dim=-1).abs().amax(-1) <= largest_step).all()
    energy = sounding.square().mean(-1) / original[:, :QUILT_SAMPLES].square().mean(-1)
    # Cross-fades of what does not correlate lose up to a quarter of the energy of half the quilt;
    # rare clicks may be doubled or lost.
    steady = [SOUNDS.index(kind) for kind in SOUNDS if kind != "clicks"]
    assert (energy[:, steady] > 0.85).all()
    assert (energy[:, steady] < 1.15).all()
    assert (energy[:, SOUNDS.index("clicks")] > 0.6).all()
    assert (energy[:, SOUNDS.index("clicks")] < 1.4).all()


def test_a_quilt_does_not_depend_on_its_batch(sounds):
    ids = list(SOUNDS)
    together = quilt_clips(sounds, ids, [50, 400], 3)
    backwards = quilt_clips(sounds.flip(0), ids[::-1], [400, 50], 3)
    assert torch.equal(together, backwards.flip(0, 1))
    for row, clip_id in enumerate(ids):
        alone = quilt_clips(sounds[row : row + 1], [clip_id], [50], 3)
        assert torch.equal(alone[0, 0], together[0, row])
    threads = torch.get_num_threads()
    torch.set_num_threads(2)
    try:
        assert torch.equal(quilt_clips(sounds, ids, [50, 400], 3), together)
    finally:
        torch.set_num_threads(threads)


@pytest.mark.usefixtures("cuda")
def test_a_cuda_device_makes_the_same_quilts(sounds):
    plans = [cut_into_segments(segment_ms) for segment_ms in SEGMENTS_MS]
    made = []
    for device in ("cpu", "cuda"):
        source = source_of(sounds).to(device)
        how = plans, 0, "overath", LogMelSettings()
        arranged = quilting.arrange_quilts(source, SOUNDS, *how)
        parts = zip(arranged, plans, strict=True)
        made.append([joined(source, *of_length, plan).cpu() for of_length, plan in parts])
    torch.testing.assert_close(made[1], made[0], rtol=0, atol=2e-3)


def test_starts_are_drawn_from_clip_and_seed():
    ids = [f"clip{number}" for number in range(4000)]
    starts = quilting.start_segments(ids, 5, seed=0)
    assert torch.equal(starts[100:200], quilting.start_segments(ids[100:200], 5, seed=0))
    assert not torch.equal(starts, quilting.start_segments(ids, 5, seed=1))
    counts = torch.bincount(starts, minlength=5)
    # Four standard deviations of a fair draw.
    assert (counts - 800).abs().max() < 4 * np.sqrt(4000 * 0.2 * 0.8)
    assert quilting.start_segments(["-0SdAVK79lg_30.000"], 160, seed=0).tolist() == [131]


def test_short_and_long_clips_are_padded_and_cut(sounds):
    ids = list(SOUNDS)
    short = sounds[:, :6615]
    padded = torch.nn.functional.pad(short, (0, CLIP_SAMPLES - 6615))
    expected = quilt_clips(padded, ids, [100], 0)
    assert torch.equal(quilt_clips(short, ids, [100], 0), expected)
    assert expected.abs().amax() > 0
    long = torch.cat((sounds, sounds, sounds), dim=1)
    assert torch.equal(quilt_clips(long, ids, [100], 0), quilt_clips(sounds, ids, [100], 0))
    one_sample = quilt_clips(sounds[:, :1], ids, [1600], 0)
    assert one_sample.shape == (1, len(SOUNDS), CLIP_SAMPLES)


def test_every_segment_length_divides_the_same_windows():
    plans = [cut_into_segments(segment_ms) for segment_ms in SEGMENTS_MS]
    assert [plan.segments for plan in plans] == [160, 80, 40, 20, 10, 5]
    assert {plan.quilt_samples for plan in plans} == {QUILT_SAMPLES}


@pytest.mark.parametrize(
    ("segment_ms", "quilted_s", "reason"),
    [
        (3200, 8.0, "leave 2 in 8 s, and a quilt needs at least 3; choose at most 2650 ms"),
        (1600, 4.0, "leave 2 in 4 s"),
        (60, 8.0, "60 ms is not a whole number"),
        (25, 8.0, "choose a multiple of 25 ms from 50 ms on"),
        (0, 8.0, "not a whole number"),
        (100, 12.0, "cannot be made of clips of 10 s"),
    ],
)
def test_impossible_segments_are_refused(segment_ms, quilted_s, reason):
    with pytest.raises(ValueError, match=reason):
        cut_into_segments(segment_ms, quilted_s)


def test_windows_that_divide_the_seconds_take_one_more_sample_of_the_clip():
    settings = LogMelSettings(window_s=0.02)
    plan = cut_into_segments(1000, 3, settings)
    assert (plan.segments, plan.source_samples) == (3, 3 * 22_050 + 1)
    with pytest.raises(ValueError, match="leave 2 in 3 s, as a sample has to follow"):
        cut_into_segments(1000, 3, LogMelSettings(window_s=0.02, clip_s=3))


def test_what_can_be_chosen_is_told_where_windows_are_no_whole_milliseconds():
    settings = LogMelSettings(window_s=0.02322)
    with pytest.raises(ValueError, match="choose among 1161, 2322 ms, or a window of whole"):
        cut_into_segments(50, 8, settings)
    assert cut_into_segments(1161, 8, settings).segments == 6
    with pytest.raises(ValueError, match="choose a window of whole milliseconds"):
        cut_into_segments(50, 2, settings)


def test_bad_batches_are_refused_by_name(sounds):
    broken = sounds.float()
    broken[1, 70_000] = torch.nan
    broken[3, 5] = torch.inf
    with pytest.raises(ValueError, match="clips rumble, clicks hold NaN"):
        quilt_clips(broken, SOUNDS, [100], 0)
    with pytest.raises(ValueError, match="an id for each clip"):
        quilt_clips(sounds, SOUNDS[:2], [100], 0)
    with pytest.raises(ValueError, match="unknown quilt ordering 'alphabetical'"):
        quilt_clips(sounds, SOUNDS, [100], 0, ordering="alphabetical")
