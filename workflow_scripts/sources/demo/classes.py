"""The classes of the demo corpus: each a voice and its organisation in time.

Pairs share a voice and differ in time alone: walking and running, two sirens, speech and chatter,
a steady and a sputtering engine, a clock and a keyboard, a busy line and dialling, stream and surf.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np

from sources.demo.music import STYLES, play
from sources.demo.signals import log_uniform, seconds_in
from sources.demo.timing import (
    Event,
    accelerating,
    irregular,
    perform,
    phrased,
    random_walk,
    regular,
)
from sources.demo.voices import (
    Voice,
    clicks,
    gliding_tone,
    noise_band,
    swelling_noise,
    syllables,
    throbs,
    tone_complex,
)

Recipe = Callable[[np.random.Generator, int], np.ndarray]
"""A sound class: (generator, sample count) to a mono signal of any level, (samples,)."""


def _sound(
    voice: Callable[[np.random.Generator], Voice],
    organisation: Callable[..., list[Event]],
    interval_s: tuple[float, float],
    sources: int = 1,
) -> Recipe:
    """A class: so many sources, each with a voice and an interval of its own."""

    def recipe(rng: np.random.Generator, sample_count: int) -> np.ndarray:
        track = np.zeros(sample_count)
        for _ in range(sources):
            events = organisation(rng, seconds_in(sample_count), log_uniform(rng, *interval_s))
            track += perform(voice(rng), events, sample_count)
        return track

    return recipe


def _anyone(rng: np.random.Generator, kinds: tuple[str, ...] = ("male", "female")) -> Voice:
    return syllables(rng, str(rng.choice(kinds)))


_step = partial(clicks, low_hz=400, high_hz=1500)
_tick = partial(clicks, low_hz=2000, high_hz=6000)
_knock = partial(clicks, low_hz=700, high_hz=3000)
_stroke = partial(throbs, low_hz=35, high_hz=110)
_beep = partial(tone_complex, low_hz=120, high_hz=900, decay_s=(0.15, 3.0))
_siren = partial(gliding_tone, low_hz=350, high_hz=900)
_chirp = partial(gliding_tone, low_hz=1200, high_hz=3500)
_water = partial(swelling_noise, low_hz=500, high_hz=4000)
_drop = partial(noise_band, low_hz=1500, high_hz=6000)

SPEECH: dict[str, Recipe] = {
    # Male speech, man speaking
    "/m/05zppz": _sound(partial(_anyone, kinds=("male",)), phrased, (0.14, 0.28)),
    # Female speech, woman speaking
    "/m/02zsn": _sound(partial(_anyone, kinds=("female",)), phrased, (0.14, 0.28)),
    # Child speech, kid speaking
    "/m/0ytgt": _sound(partial(_anyone, kinds=("child",)), phrased, (0.14, 0.28)),
}
OTHERS: dict[str, Recipe] = {
    # Chatter: the syllables of speech from several mouths, without phrases
    "/m/07rkbfh": _sound(_anyone, partial(random_walk, step=1.5), (0.14, 0.28), sources=4),
    # Laughter
    "/m/01j3sz": _sound(_anyone, accelerating, (0.18, 0.3)),
    # Walk, footsteps
    "/m/07pbtc8": _sound(_step, regular, (0.5, 0.75)),
    # Run
    "/m/06h7j": _sound(_step, regular, (0.22, 0.34)),
    # Bark
    "/m/05tny_": _sound(partial(_anyone, kinds=("male", "child")), irregular, (0.5, 0.9)),
    # Bird vocalization, bird call, bird song
    "/m/020bb7": _sound(_chirp, random_walk, (0.12, 0.3)),
    # Cricket
    "/m/09xqv": _sound(_chirp, regular, (0.12, 0.3)),
    # Rain
    "/m/06mb1": _sound(_drop, irregular, (0.02, 0.04)),
    # Stream
    "/m/0j6m2": _sound(_water, partial(random_walk, filled=1.6), (0.2, 0.5), sources=2),
    # Waves, surf
    "/m/034srq": _sound(_water, partial(regular, filled=1.6), (1.5, 4.0), sources=2),
    # Idling
    "/m/07pb8fc": _sound(_stroke, regular, (0.08, 0.16)),
    # Motorcycle
    "/m/04_sv": _sound(_stroke, irregular, (0.08, 0.16)),
    # Accelerating, revving, vroom
    "/m/07q2z82": _sound(_stroke, accelerating, (0.08, 0.16)),
    # Railroad car, train wagon
    "/m/01g50p": _sound(_knock, partial(phrased, size=(4, 4), unevenness=0.02, fall=0), (0.1, 0.2)),
    # Train horn
    "/m/0284vy3": _sound(_beep, partial(irregular, filled=1.5), (0.8, 2.0), sources=3),
    # Vehicle horn, car horn, honking
    "/m/0912c9": _sound(_beep, irregular, (0.3, 0.8), sources=2),
    # Civil defense siren
    "/m/0dgbq": _sound(_siren, partial(regular, filled=1.0), (2.0, 5.0)),
    # Police car (siren)
    "/m/04qvtq": _sound(_siren, partial(regular, filled=1.0), (0.25, 0.6)),
    # Busy signal
    "/m/01z47d": _sound(_beep, partial(regular, filled=0.5), (0.3, 0.7), sources=2),
    # Telephone dialing, DTMF
    "/m/02c8p": _sound(_beep, partial(random_walk, step=4.0), (0.2, 0.5), sources=2),
    # Telephone bell ringing
    "/m/07pp8cl": _sound(_beep, regular, (0.07, 0.14), sources=3),
    # Alarm clock
    "/m/046dlr": _sound(_beep, partial(phrased, size=(3, 5), unevenness=0.02, fall=0), (0.1, 0.3)),
    # Tick-tock
    "/m/07qjznl": _sound(_tick, regular, (0.25, 0.5)),
    # Typing
    "/m/0316dw": _sound(_tick, irregular, (0.12, 0.3)),
}

# Classes of music that are played alone, by their style.
GENRES = {
    # Rock music
    "/m/06by7": "rock",
    # Jazz
    "/m/03_d0": "jazz",
    # Classical music
    "/m/0ggq0m": "classical",
    # Techno
    "/m/07gxw": "techno",
    # Folk music
    "/m/02w4v": "folk",
    # Hip hop music
    "/m/0glt670": "hip_hop",
}
OTHER_MUSIC = {
    # Piano
    "/m/05r5c": "piano",
    # Flute
    "/m/0l14j_": "flute",
    # Drum kit
    "/m/02hnl": "drum_kit",
    # Male singing
    "/t/dd00003": "male",
    # Female singing
    "/t/dd00004": "female",
    # Humming
    "/m/02fxyj": "hum",
}
MUSIC: dict[str, Recipe] = {
    mid: partial(play, style=STYLES[style]) for mid, style in {**GENRES, **OTHER_MUSIC}.items()
}
RECIPES = {**MUSIC, **SPEECH, **OTHERS}

# The eleven categories of Norman-Haignere, Kanwisher & McDermott (Neuron 2015), by the paper's
# names, and the classes that take turns in each.
NATURAL_SOUNDS: dict[str, tuple[Recipe, ...]] = {
    "Instr. Music": tuple(MUSIC[mid] for mid in [*GENRES, "/m/05r5c", "/m/0l14j_"]),
    "Vocal Music": tuple(MUSIC[mid] for mid in ("/t/dd00003", "/t/dd00004", "/m/02fxyj")),
    "English Speech": tuple(SPEECH.values()),
    "Foreign Speech": (_sound(_anyone, partial(phrased, unevenness=0.05), (0.12, 0.2)),),
    "NonSpeech Vocal": (OTHERS["/m/01j3sz"], _sound(_anyone, irregular, (0.6, 1.2))),
    "Animal Vocal": (OTHERS["/m/05tny_"], OTHERS["/m/020bb7"]),
    "Human NonVocal": (OTHERS["/m/07pbtc8"], OTHERS["/m/06h7j"], OTHERS["/m/0316dw"]),
    "Animal NonVocal": (OTHERS["/m/09xqv"], _sound(_drop, regular, (0.05, 0.1))),
    "Nature": (OTHERS["/m/06mb1"], OTHERS["/m/0j6m2"], OTHERS["/m/034srq"]),
    "Mechanical": tuple(
        OTHERS[mid] for mid in ("/m/07pb8fc", "/m/04_sv", "/m/01g50p", "/m/07qjznl")
    ),
    "Environmental Sounds": tuple(
        OTHERS[mid] for mid in ("/m/0284vy3", "/m/04qvtq", "/m/02c8p", "/m/07pp8cl")
    ),
}
