"""Animals, water and weather of the demo corpus."""

from __future__ import annotations

import numpy as np

from sources.demo.signals import (
    FRAME_FREQUENCIES_HZ,
    FRAME_HOP,
    FRAME_RATE_HZ,
    SAMPLE_RATE_HZ,
    add_at,
    band_noise,
    decaying,
    event_times,
    frames_in,
    harmonic_tone,
    log_bump,
    resonances,
    rolloff_amplitudes,
    samples_in,
    scatter_grains,
    shape_by_frames,
    shaped_noise,
    struck,
    swell,
    tilted_noise,
    wander,
    white_noise,
)


def _call(
    rng: np.random.Generator,
    duration_s: float,
    contour_hz: np.ndarray,
    rolloff: float,
    breath: float = 0.0,
) -> np.ndarray:
    """A voiced call whose pitch follows the contour; about peak 1."""
    count = samples_in(duration_s)
    pitch = np.interp(np.linspace(0, 1, count), np.linspace(0, 1, len(contour_hz)), contour_hz)
    call = harmonic_tone(pitch, count, rolloff_amplitudes(40, rolloff), rng.uniform())
    if breath > 0:
        call = call + breath * white_noise(rng, count)
    return call * swell(count, rng.uniform(0.05, 0.3), rng.uniform(0.2, 0.6))


def dog_bark(rng: np.random.Generator, sample_count: int) -> np.ndarray:
    """Bouts of barks: short rough voiced bursts that fall in pitch."""
    track = np.zeros(sample_count)
    pitch_hz, size = rng.uniform(180, 650), rng.uniform(0.8, 1.5)
    tract = resonances(
        FRAME_FREQUENCIES_HZ, np.array([700.0, 1400, 2600]) * size, np.full(3, 300.0), np.ones(3)
    )
    for bout in event_times(rng, sample_count, rng.uniform(1.0, 2.2), 0.5):
        gap_s = rng.uniform(0.2, 0.45)
        for number in range(rng.integers(1, 5)):
            contour = pitch_hz * np.exp(rng.normal(0, 0.06)) * np.array([0.8, 1.3, 1.0, 0.6])
            bark = _call(rng, rng.uniform(0.09, 0.2), contour, 0.6, rng.uniform(0.3, 0.9))
            add_at(track, bout + samples_in(number * gap_s), bark, rng.uniform(0.5, 1))
    return shape_by_frames(track, tract)


def cat_meow(rng: np.random.Generator, sample_count: int) -> np.ndarray:
    """Meows: 0.4-1.1 s, pitch rises then falls, and the mouth opens and closes."""
    track = np.zeros(sample_count)
    base_hz = rng.uniform(350, 750)
    opening = np.full(frames_in(sample_count), 0.2)
    for start in event_times(rng, sample_count, rng.uniform(1.0, 2.0), 0.5):
        duration_s = rng.uniform(0.4, 1.1)
        contour = base_hz * np.exp(rng.normal(0, 0.08)) * rng.uniform(0.7, 1.25, 5)
        add_at(track, start, _call(rng, duration_s, contour, 0.9, 0.05), rng.uniform(0.5, 1))
        span = slice(start // FRAME_HOP, start // FRAME_HOP + int(duration_s * FRAME_RATE_HZ))
        opening[span] = np.sin(np.linspace(0, np.pi, len(opening[span])))
    formants = np.stack([500 + 700 * opening, 1900 + 400 * (1 - opening)], axis=1)
    mouth = resonances(FRAME_FREQUENCIES_HZ, formants, np.array([300.0, 500]), np.array([1, 0.6]))
    return shape_by_frames(track, mouth)


def bird_song(rng: np.random.Generator, sample_count: int) -> np.ndarray:
    """Whistled syllables of 2-7 kHz, in phrases of a bird's own two or three syllable types."""
    track = np.zeros(sample_count)
    base_hz = rng.uniform(2000, 5000)
    kinds = []
    for _ in range(rng.integers(2, 4)):
        contour = base_hz * np.exp(rng.uniform(-0.35, 0.35, rng.integers(2, 6)))
        duration_s = rng.uniform(0.04, 0.3)
        if rng.uniform() < 0.3:
            contour = np.tile(contour[:2], 8)
        kinds.append(_call(rng, duration_s, np.minimum(contour, 9000), rng.uniform(2, 4)))
    for phrase in event_times(rng, sample_count, rng.uniform(0.8, 2.0), 0.5):
        position, gap_s = phrase, rng.uniform(0.02, 0.15)
        for _ in range(rng.integers(1, 4)):
            kind = kinds[rng.integers(len(kinds))]
            for _ in range(rng.integers(1, 5)):
                add_at(track, position, kind, rng.uniform(0.6, 1))
                position += len(kind) + samples_in(gap_s)
    return track


def cricket(rng: np.random.Generator, sample_count: int) -> np.ndarray:
    """Stridulation: trains of pulses of a 3.5-6.5 kHz carrier; one to three insects."""
    track = np.zeros(sample_count)
    seconds = np.arange(sample_count, dtype=np.float32) / SAMPLE_RATE_HZ
    for _ in range(rng.integers(1, 4)):
        pulse_hz, chirp_hz = rng.uniform(25, 60), rng.uniform(0.8, 4)
        duty = rng.uniform(0.3, 0.95)
        phase = chirp_hz * seconds + rng.uniform() + wander(rng, sample_count, 1, 0.03)
        pulses = np.maximum(0, np.sin(2 * np.pi * pulse_hz * seconds)) ** 1.5
        carrier = np.sin(2 * np.pi * rng.uniform(3500, 6500) * seconds)
        track += rng.uniform(0.3, 1) * carrier * pulses * ((phase % 1) < duty)
    return track


def frog_croak(rng: np.random.Generator, sample_count: int) -> np.ndarray:
    """Croaks: trains of 20-60 pulses per second, ringing at one or two resonances."""
    track = np.zeros(sample_count)
    modes_hz = rng.uniform(350, 1600) * np.array([1.0, rng.uniform(1.8, 2.6)])
    pulse = struck(samples_in(0.03), modes_hz, np.array([0.008, 0.005]), np.array([1, 0.5]))
    for start in event_times(rng, sample_count, rng.uniform(0.5, 1.4), 0.4):
        count = rng.integers(4, 25)
        interval_s = 1 / rng.uniform(22, 60)
        for number in range(count):
            gain = np.sin(np.pi * (number + 0.5) / count) ** 0.5
            add_at(track, start + samples_in(number * interval_s), pulse, gain)
    return track


def cow_moo(rng: np.random.Generator, sample_count: int) -> np.ndarray:
    """Long low calls of a large animal."""
    track = np.zeros(sample_count)
    base_hz = rng.uniform(90, 200)
    for start in event_times(rng, sample_count, rng.uniform(1.5, 2.5), 0.4):
        contour = base_hz * np.array([0.8, 1.0, rng.uniform(1.0, 1.4), 0.9])
        add_at(track, start, _call(rng, rng.uniform(0.8, 1.8), contour, 0.7, 0.1))
    shape = resonances(
        FRAME_FREQUENCIES_HZ, np.array([300.0, 800, 1900]), np.full(3, 150.0), np.ones(3)
    )
    return shape_by_frames(track, shape)


def insect_buzz(rng: np.random.Generator, sample_count: int) -> np.ndarray:
    """A bee or fly that comes and goes: a sawtooth of 110-260 Hz with wandering pitch."""
    pitch = rng.uniform(110, 260) * np.exp(wander(rng, sample_count, 4, 0.06))
    buzz = harmonic_tone(pitch, sample_count, rolloff_amplitudes(60, rng.uniform(0.4, 0.9)))
    return buzz * np.exp(wander(rng, sample_count, 1.5, 0.8))


def wing_flaps(rng: np.random.Generator, sample_count: int) -> np.ndarray:
    """Wing beats: short puffs of low-passed noise, 5-14 a second, in bouts."""
    track = np.zeros(sample_count)
    interval_s = 1 / rng.uniform(5, 14)
    for bout in event_times(rng, sample_count, rng.uniform(1, 2), 0.4):
        for number in range(rng.integers(5, 20)):
            puff = band_noise(rng, samples_in(0.06), rng.uniform(300, 1200), 1.0)
            start = bout + samples_in(number * interval_s * rng.uniform(0.97, 1.03))
            add_at(track, start, puff * swell(len(puff), 0.3, 0.6), rng.uniform(0.5, 1))
    return track


def hooves(rng: np.random.Generator, sample_count: int) -> np.ndarray:
    """Clip-clop of a walking, trotting or galloping horse."""
    track = np.zeros(sample_count)
    gait = ((0.0, 0.26, 0.5, 0.76), (0.0, 0.5), (0.0, 0.2, 0.38))[rng.integers(3)]
    stride_s = rng.uniform(0.45, 1.0)
    body_hz = rng.uniform(500, 1400)
    for stride in event_times(rng, sample_count, stride_s, 0.05):
        for share in gait:
            modes_hz = body_hz * rng.uniform(0.85, 1.2) * np.array([1.0, 1.9, 3.1])
            hoof = struck(samples_in(0.1), modes_hz, np.array([0.02, 0.012, 0.008]), np.ones(3))
            hoof += 0.3 * white_noise(rng, len(hoof)) * decaying(len(hoof), 0.012)
            add_at(track, stride + samples_in(share * stride_s), hoof, rng.uniform(0.5, 1))
    return track


def rain(rng: np.random.Generator, sample_count: int) -> np.ndarray:
    """A hiss of distant drops and audible near drops on some surface."""
    hiss = tilted_noise(rng, sample_count, rng.uniform(-4, 0.5))
    grains = []
    surface_hz = rng.uniform(900, 4500)
    for _ in range(3):
        length = samples_in(0.03)
        drop = white_noise(rng, length) * decaying(length, rng.uniform(0.002, 0.006), 0.0003)
        mode = struck(length, surface_hz * rng.uniform(0.6, 1.6, 1), np.array([0.006]), np.ones(1))
        grains.append(drop + mode)
    drops = scatter_grains(rng, sample_count, grains, rng.uniform(15, 250), 6)
    gain = rng.uniform(0.3, 1.2) / np.sqrt(np.mean(drops**2))
    return hiss * np.exp(wander(rng, sample_count, 0.5, 0.12)) + gain * drops


def stream(rng: np.random.Generator, sample_count: int) -> np.ndarray:
    """Running water: many rising bubbles of 400-3000 Hz over a soft band of noise."""
    centre_hz = rng.uniform(500, 1600)
    bubbles = []
    for _ in range(6):
        length = samples_in(rng.uniform(0.02, 0.08))
        start_hz = centre_hz * np.exp(rng.normal(0, 0.5))
        pitch = start_hz * np.linspace(1, rng.uniform(1.05, 1.6), length)
        bubble = np.sin(2 * np.pi * np.cumsum(pitch) / SAMPLE_RATE_HZ)
        bubbles.append(bubble * decaying(length, length / SAMPLE_RATE_HZ / 4, 0.003))
    track = scatter_grains(rng, sample_count, bubbles, rng.uniform(60, 350), 8)
    track /= np.sqrt(np.mean(track**2))
    return track + rng.uniform(0.1, 0.6) * band_noise(rng, sample_count, 1.5 * centre_hz, 1.0)


def ocean_waves(rng: np.random.Generator, sample_count: int) -> np.ndarray:
    """Surf: noise that swells, brightens and ebbs every 4-9 s."""
    frame_count = frames_in(sample_count)
    seconds = np.arange(frame_count) / FRAME_RATE_HZ
    period_s = rng.uniform(4, 9)
    phase = (seconds / period_s + rng.uniform() + 0.1 * np.sin(seconds * rng.uniform(0.3, 1))) % 1
    crest = rng.uniform(0.3, 0.6)
    height = np.where(phase < crest, (phase / crest) ** 2, ((1 - phase) / (1 - crest)) ** 1.5)
    centre_hz = rng.uniform(250, 500) * (1 + 5 * height)
    shape = (0.15 + height)[:, None] * log_bump(
        FRAME_FREQUENCIES_HZ[None, :], centre_hz[:, None], rng.uniform(1.0, 1.6)
    )
    return shape_by_frames(white_noise(rng, sample_count), shape)


def wind(rng: np.random.Generator, sample_count: int) -> np.ndarray:
    """Gusts: low noise whose level and whistling resonance wander together."""
    frame_count = frames_in(sample_count)
    gust = wander(rng, frame_count * FRAME_HOP, rng.uniform(0.4, 1.2), 0.6)[::FRAME_HOP][
        :frame_count
    ]
    whistle_hz = rng.uniform(250, 900) * np.exp(0.5 * gust)
    low = log_bump(FRAME_FREQUENCIES_HZ, rng.uniform(80, 200), 1.3)
    whistle = log_bump(FRAME_FREQUENCIES_HZ[None, :], whistle_hz[:, None], rng.uniform(0.08, 0.3))
    shape = np.exp(gust)[:, None] * (low[None, :] + rng.uniform(0.2, 1.0) * whistle)
    return shape_by_frames(white_noise(rng, sample_count), shape)


def thunder(rng: np.random.Generator, sample_count: int) -> np.ndarray:
    """Claps that crack and roll away for seconds, each darker as it decays."""
    track = np.zeros(sample_count)
    for start in event_times(rng, sample_count, rng.uniform(2.5, 5), 0.5):
        length = samples_in(rng.uniform(2, 4))
        edge_hz = rng.uniform(80, 300)
        roll = shaped_noise(rng, length, lambda f, edge=edge_hz: 1 / (1 + (f / edge) ** 2))
        roll *= np.exp(wander(rng, length, 6, 0.5)) * decaying(length, rng.uniform(0.6, 1.6), 0.05)
        add_at(track, start, roll)
        crack = white_noise(rng, samples_in(0.4)) * decaying(samples_in(0.4), 0.07, 0.005)
        add_at(track, start, crack, rng.uniform(0.0, 0.6))
    return track


def fire(rng: np.random.Generator, sample_count: int) -> np.ndarray:
    """A fire: crackles of all sizes over a low flutter."""
    grains = []
    for _ in range(4):
        length = samples_in(0.03)
        grains.append(white_noise(rng, length) * decaying(length, rng.uniform(0.001, 0.007), 2e-4))
    crackle = scatter_grains(rng, sample_count, grains, rng.uniform(10, 60), 9)
    flutter = tilted_noise(rng, sample_count, -6) * np.exp(wander(rng, sample_count, 8, 0.4))
    return crackle / np.sqrt(np.mean(crackle**2)) + rng.uniform(0.2, 0.8) * flutter
