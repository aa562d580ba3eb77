"""Vehicles, household, impacts, machines and signals of the demo corpus."""

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
    rms_normalised,
    rolloff_amplitudes,
    samples_in,
    scatter_grains,
    shape_by_frames,
    struck,
    swell,
    tilted_noise,
    wander,
    white_noise,
)


def _engine(
    rng: np.random.Generator, firing_hz: np.ndarray, roughness: float, cylinders: int
) -> np.ndarray:
    """Combustion: harmonics of the cycle with uneven cylinders, and noise pulsed by the firing."""
    sample_count = len(firing_hz)
    amplitudes = rolloff_amplitudes(60, rng.uniform(0.6, 1.1)) * rng.uniform(0.2, 1, 60)
    amplitudes[cylinders - 1 :: cylinders] *= 4
    cycle_hz = firing_hz / cylinders
    tone = rms_normalised(harmonic_tone(cycle_hz, sample_count, amplitudes, rng.uniform()))
    noise = tilted_noise(rng, sample_count, -4)
    return tone + roughness * noise * (1 + 0.5 * np.sign(tone))


def car_passing_by(rng: np.random.Generator, sample_count: int) -> np.ndarray:
    """Tyres and engine of one to three cars that approach, pass with a Doppler shift, and leave."""
    seconds = np.arange(sample_count) / SAMPLE_RATE_HZ
    duration_s = sample_count / SAMPLE_RATE_HZ
    track = np.zeros(sample_count)
    for _ in range(rng.integers(1, 4)):
        speed, distance = rng.uniform(9, 28), rng.uniform(4, 12)
        offset_m = speed * (seconds - rng.uniform(0.15, 0.85) * duration_s)
        range_m = np.hypot(offset_m, distance)
        doppler = 1 - speed / 343 * offset_m / range_m
        engine = _engine(rng, rng.uniform(50, 110) * doppler, 0.3, 4)
        gain = np.interp(
            np.arange(frames_in(sample_count)) * FRAME_HOP, seconds * SAMPLE_RATE_HZ, range_m
        )
        centre_hz = rng.uniform(700, 1300) * (distance / gain) ** 0.3
        tyres = shape_by_frames(
            white_noise(rng, sample_count),
            log_bump(FRAME_FREQUENCIES_HZ[None, :], centre_hz[:, None], 0.9),
        )
        track += (rms_normalised(tyres) + rng.uniform(0.1, 0.6) * engine) * distance / range_m
    return track


def motorcycle(rng: np.random.Generator, sample_count: int) -> np.ndarray:
    """A two-cylinder engine that idles, revs and shifts gears."""
    knots = rng.uniform(0.6, 3.2, int(sample_count / SAMPLE_RATE_HZ) + 3)
    positions = np.arange(sample_count) / SAMPLE_RATE_HZ
    revs = np.interp(positions * rng.uniform(0.5, 1.0), np.arange(len(knots)), knots)
    firing_hz = rng.uniform(28, 55) * revs * np.exp(wander(rng, sample_count, 12, 0.02))
    return np.tanh(1.5 * _engine(rng, firing_hz, rng.uniform(0.3, 0.7), 2)) * revs**0.5


def train(rng: np.random.Generator, sample_count: int) -> np.ndarray:
    """Rumble and rolling noise, pairs of clacks at the rail joints, now and then a chordal horn."""
    rumble = tilted_noise(rng, sample_count, -6) * np.exp(wander(rng, sample_count, 3, 0.2))
    hiss = band_noise(rng, sample_count, rng.uniform(900, 2500), 0.8)
    track = rumble + rng.uniform(0.2, 0.7) * hiss
    for joint in event_times(rng, sample_count, rng.uniform(0.5, 1.3), 0.03):
        for delay_s in (0.0, rng.uniform(0.12, 0.14)):
            clack = band_noise(rng, samples_in(0.12), rng.uniform(300, 900), 0.9)
            clack *= decaying(len(clack), 0.025)
            add_at(track, joint + samples_in(delay_s), clack, rng.uniform(2, 5))
    if rng.uniform() < 0.35:
        start = int(rng.uniform(0, 0.6) * sample_count)
        length = samples_in(rng.uniform(0.8, 2.5))
        for pitch_hz in rng.uniform(280, 360) * np.array([1.0, 1.19, 1.5]):
            horn = harmonic_tone(pitch_hz, length, rolloff_amplitudes(20, 0.8))
            add_at(track, start, horn * swell(length, 0.1, 0.15), 1.2)
    return track


def helicopter(rng: np.random.Generator, sample_count: int) -> np.ndarray:
    """Blade slap of 10-22 Hz: noise and thumps in time with the rotor, and a turbine's whine."""
    blade_hz = rng.uniform(10, 22) * np.exp(wander(rng, sample_count, 0.5, 0.01))
    slap = harmonic_tone(blade_hz, sample_count, np.exp(-np.arange(40) / rng.uniform(5, 14)))
    slap = rms_normalised(slap)
    noise = tilted_noise(rng, sample_count, rng.uniform(-6, -3)) * np.maximum(0.3, 1 + slap)
    whine = harmonic_tone(rng.uniform(500, 1500), sample_count, rolloff_amplitudes(6, 1.2))
    track = slap + noise + rng.uniform(0.02, 0.25) * whine
    return track * np.exp(wander(rng, sample_count, 0.3, 0.4))


def vehicle_horn(rng: np.random.Generator, sample_count: int) -> np.ndarray:
    """Honks of two steady reedy tones, short and long, without metre."""
    track = np.zeros(sample_count)
    pitches_hz = rng.uniform(280, 480) * np.array([1.0, rng.uniform(1.15, 1.3)])
    amplitudes = rolloff_amplitudes(30, rng.uniform(0.2, 0.7)) * rng.uniform(0.5, 1.2, 30)
    for start in event_times(rng, sample_count, rng.uniform(0.7, 1.8), 0.7):
        length = samples_in(rng.choice([rng.uniform(0.08, 0.25), rng.uniform(0.4, 1.6)]))
        honk = sum(harmonic_tone(p, length, amplitudes, rng.uniform()) for p in pitches_hz)
        add_at(track, start, honk * swell(length, 0.05, 0.05))
    return track + 0.1 * np.std(track) * tilted_noise(rng, sample_count, -4)


def siren(rng: np.random.Generator, sample_count: int) -> np.ndarray:
    """Wail, yelp or two-tone siren of 450-1600 Hz."""
    seconds = np.arange(sample_count) / SAMPLE_RATE_HZ
    phase = seconds * rng.choice([rng.uniform(0.15, 0.4), rng.uniform(2.0, 4.0)]) + rng.uniform()
    low_hz, high_hz = rng.uniform(450, 750), rng.uniform(1000, 1600)
    if rng.uniform() < 0.3:
        low_hz = rng.uniform(400, 700)
        ratio = np.where((seconds * rng.uniform(0.7, 1.2) + phase[0]) % 1 < 0.5, 1.0, 1.26)
        pitch_hz = low_hz * ratio
    else:
        pitch_hz = low_hz + (high_hz - low_hz) * (0.5 - 0.5 * np.cos(2 * np.pi * phase))
    tone = harmonic_tone(pitch_hz, sample_count, rolloff_amplitudes(16, rng.uniform(0.5, 1.6)))
    return tone * np.exp(wander(rng, sample_count, 0.4, 0.3))


def vacuum_cleaner(rng: np.random.Generator, sample_count: int) -> np.ndarray:
    """Air noise and a motor's whine whose pitch sags as the nozzle moves."""
    load = wander(rng, sample_count, rng.uniform(0.5, 1.5), 0.03)
    motor = harmonic_tone(
        rng.uniform(180, 420) * np.exp(load), sample_count, rng.uniform(0, 1, 24) ** 2
    )
    air = band_noise(rng, sample_count, rng.uniform(700, 2500), 1.4)
    return air * np.exp(6 * load) + rng.uniform(0.2, 1.0) * rms_normalised(motor)


def computer_keyboard(rng: np.random.Generator, sample_count: int) -> np.ndarray:
    """Key strokes, 3-10 a second in bursts, a click and a softer thud each."""
    track = np.zeros(sample_count)
    key_hz, brightness = rng.uniform(1500, 3500), rng.uniform(0.3, 1)
    position, rate_hz = 0.0, rng.uniform(4, 10)
    while position < sample_count / SAMPLE_RATE_HZ:
        length = samples_in(0.06)
        modes_hz = key_hz * rng.uniform(0.7, 1.4, 3) * np.array([0.2, 1.0, 1.9])
        key = struck(length, modes_hz, np.array([0.012, 0.006, 0.004]), np.array([0.8, 0.7, 0.4]))
        key += brightness * white_noise(rng, length) * decaying(length, 0.004, 0.0005)
        add_at(track, samples_in(position), key, rng.uniform(0.4, 1))
        pause_s = rng.uniform(0.4, 1.2) if rng.uniform() < 0.08 else 0.0
        position += rng.gamma(4) / 4 / rate_hz + pause_s
    return track


def knock(rng: np.random.Generator, sample_count: int) -> np.ndarray:
    """Groups of two to five knocks on wood."""
    track = np.zeros(sample_count)
    modes_hz = rng.uniform(120, 320) * np.array([1.0, 2.3, 4.1, 6.5])
    decays_s = rng.uniform(0.02, 0.06) * np.array([1.0, 0.7, 0.4, 0.3])
    for group in event_times(rng, sample_count, rng.uniform(1.0, 2.0), 0.5):
        gap_s = rng.uniform(0.13, 0.3)
        for number in range(rng.integers(2, 6)):
            gains = rng.uniform(0.3, 1, 4) * np.array([1.0, 0.8, 0.5, 0.3])
            blow = struck(samples_in(0.2), modes_hz, decays_s, gains)
            blow += 0.3 * white_noise(rng, len(blow)) * decaying(len(blow), 0.006, 0.0005)
            add_at(track, group + samples_in(number * gap_s * rng.uniform(0.92, 1.08)), blow)
    return track


def hammer(rng: np.random.Generator, sample_count: int) -> np.ndarray:
    """Blows on metal or wood, 1-4 a second, uneven."""
    track = np.zeros(sample_count)
    base_hz, ring_s = rng.uniform(400, 2200), rng.choice([rng.uniform(0.02, 0.05), 0.2])
    modes_hz = base_hz * np.cumsum(rng.uniform(0.4, 1.0, 6))
    for start in event_times(rng, sample_count, rng.uniform(0.25, 0.8), rng.uniform(0.1, 0.4)):
        length = samples_in(0.5)
        decays_s = ring_s * rng.uniform(0.4, 1.2, 6)
        blow = struck(length, modes_hz, decays_s, rng.uniform(0.1, 0.6, 6))
        blow += white_noise(rng, length) * decaying(length, rng.uniform(0.008, 0.03), 0.0005)
        add_at(track, start, blow, rng.uniform(0.4, 1))
    return track


def glass_shatter(rng: np.random.Generator, sample_count: int) -> np.ndarray:
    """Crashes of glass: a burst, then shards that ring at 2-9 kHz and thin out."""
    track = np.zeros(sample_count)
    shards = [
        struck(samples_in(0.25), rng.uniform(1800, 9000, 4), rng.uniform(0.01, 0.09, 4), np.ones(4))
        for _ in range(8)
    ]
    for start in event_times(rng, sample_count, rng.uniform(1.2, 2.6), 0.5):
        burst = white_noise(rng, samples_in(0.15)) * decaying(samples_in(0.15), 0.03, 0.001)
        add_at(track, start, burst, rng.uniform(0.8, 2))
        for delay_s in rng.exponential(rng.uniform(0.15, 0.45), rng.integers(15, 50)):
            shard = shards[rng.integers(len(shards))]
            add_at(track, start + samples_in(delay_s), shard, rng.uniform(0.05, 0.6))
    return track


def footsteps(rng: np.random.Generator, sample_count: int) -> np.ndarray:
    """Steps at a walking or running pace on a hard, wooden or gravel floor."""
    track = np.zeros(sample_count)
    floor_hz, grit = rng.uniform(80, 400), rng.uniform(0.1, 1.5)
    for start in event_times(rng, sample_count, rng.uniform(0.33, 0.7), rng.uniform(0.04, 0.12)):
        length = samples_in(0.22)
        modes_hz = floor_hz * rng.uniform(0.9, 1.1) * np.array([1.0, 2.1, 3.7])
        step = struck(length, modes_hz, np.array([0.03, 0.02, 0.01]), np.array([1, 0.5, 0.3]))
        scrape = band_noise(rng, length, rng.uniform(1500, 5000), 1.0)
        step += grit * 0.4 * scrape * decaying(length, rng.uniform(0.01, 0.06), 0.004)
        add_at(track, start, step, rng.uniform(0.6, 1))
    return track


def clapping(rng: np.random.Generator, sample_count: int) -> np.ndarray:
    """One to thirty pairs of hands, out of time."""
    hands = []
    for _ in range(5):
        clap = band_noise(rng, samples_in(0.06), rng.uniform(800, 2500), 0.7)
        hands.append(clap * decaying(len(clap), rng.uniform(0.006, 0.02), 0.001))
    return scatter_grains(rng, sample_count, hands, rng.choice([4, 12, 80]), 4)


def scratching(rng: np.random.Generator, sample_count: int) -> np.ndarray:
    """Strokes of nails or a brush: noise swept back and forth."""
    frame_count = frames_in(sample_count)
    stroke = np.sin(np.pi * rng.uniform(2, 6) * np.arange(frame_count) / FRAME_RATE_HZ)
    centre_hz = rng.uniform(1500, 4000) * np.exp(0.4 * stroke)
    shape = log_bump(FRAME_FREQUENCIES_HZ[None, :], centre_hz[:, None], 0.7)
    return shape_by_frames(white_noise(rng, sample_count), np.abs(stroke)[:, None] * shape)


def drill(rng: np.random.Generator, sample_count: int) -> np.ndarray:
    """Bursts of a drill: the motor runs up, whines with strong partials, and runs down."""
    track = np.zeros(sample_count)
    top_hz = rng.uniform(120, 380)
    amplitudes = rng.uniform(0, 1, 50) * rolloff_amplitudes(50, 0.4)
    for start in event_times(rng, sample_count, rng.uniform(1.5, 3.5), 0.3):
        length = samples_in(rng.uniform(0.8, 3.0))
        speed = np.interp(np.linspace(0, 1, length), [0, 0.12, 0.85, 1], [0.35, 1, 0.92, 0.4])
        pitch = top_hz * speed * np.exp(wander(rng, length, 8, 0.02))
        motor = rms_normalised(harmonic_tone(pitch, length, amplitudes))
        grind = band_noise(rng, length, rng.uniform(2000, 5000), 0.9)
        add_at(track, start, (motor + rng.uniform(0.2, 0.9) * grind) * swell(length, 0.05, 0.1))
    return track


def mechanical_fan(rng: np.random.Generator, sample_count: int) -> np.ndarray:
    """Steady air noise, modulated by the blades, over a mains hum."""
    seconds = np.arange(sample_count, dtype=np.float32) / SAMPLE_RATE_HZ
    air = band_noise(rng, sample_count, rng.uniform(150, 900), rng.uniform(1.0, 1.8))
    blades = 1 + rng.uniform(0.05, 0.5) * np.sin(2 * np.pi * rng.uniform(5, 40) * seconds)
    hum = harmonic_tone(rng.choice([100.0, 120.0]), sample_count, rng.uniform(0, 1, 6) ** 2)
    return air * blades + rng.uniform(0.05, 0.6) * hum


def clock_tick(rng: np.random.Generator, sample_count: int) -> np.ndarray:
    """Tick and tock, 1-5 a second, strictly regular, of two slightly different clicks."""
    track = np.zeros(sample_count)
    base_hz = rng.uniform(1200, 4500)
    clicks = []
    for ratio in (1.0, rng.uniform(0.7, 0.95)):
        modes_hz = base_hz * ratio * np.array([1.0, 1.7, 2.4])
        decays_s = rng.uniform(0.004, 0.02) * np.array([1, 0.6, 0.5])
        click = struck(samples_in(0.08), modes_hz, decays_s, np.array([1.0, 0.6, 0.3]))
        clicks.append(
            click + 0.4 * white_noise(rng, len(click)) * decaying(len(click), 0.003, 5e-4)
        )
    starts = event_times(rng, sample_count, rng.choice([0.2, 0.25, 0.5, 1.0]), 0.0)
    for number, start in enumerate(starts):
        add_at(track, start, clicks[number % 2], rng.uniform(0.9, 1.0))
    return track


def beeps(rng: np.random.Generator, sample_count: int) -> np.ndarray:
    """Electronic beeps of one or two pitches, single or in groups."""
    track = np.zeros(sample_count)
    pitch_hz = rng.uniform(600, 3200)
    pitches_hz = [pitch_hz, pitch_hz * rng.choice([1.0, 1.0, rng.uniform(0.7, 1.5)])]
    beep_s, group = rng.uniform(0.05, 0.4), int(rng.integers(1, 5))
    amplitudes = rolloff_amplitudes(8, rng.uniform(1, 4), rng.uniform(0, 1))
    length = samples_in(beep_s)
    period_s = group * beep_s * 1.7 + rng.uniform(0.2, 1.0)
    for start in event_times(rng, sample_count, period_s, 0.02):
        for number in range(group):
            beep = harmonic_tone(pitches_hz[number % 2], length, amplitudes)
            position = start + samples_in(number * beep_s * 1.7)
            add_at(track, position, beep * swell(length, 0.03, 0.05))
    return track


def dripping(rng: np.random.Generator, sample_count: int) -> np.ndarray:
    """Single drops into water: short rising tones."""
    track = np.zeros(sample_count)
    for start in event_times(rng, sample_count, rng.uniform(0.2, 0.7), 0.3):
        length = samples_in(rng.uniform(0.04, 0.1))
        pitch = rng.uniform(500, 1800) * np.linspace(1, rng.uniform(1.2, 2), length)
        drop = np.sin(2 * np.pi * np.cumsum(pitch) / SAMPLE_RATE_HZ)
        add_at(track, start, drop * decaying(length, 0.02, 0.001), rng.uniform(0.4, 1))
    return track
