"""The demo stand-in for the 165 natural sounds: 2-s sounds in the 11 published categories.

Categories after Norman-Haignere, Kanwisher & McDermott (Neuron 2015), names as the paper uses.
"""

from __future__ import annotations

import numpy as np

from sources.demo import music as demo_music
from sources.demo import nature as demo_nature
from sources.demo import speech as demo_speech
from sources.demo import things as demo_things
from sources.demo.mastering import master
from sources.demo.signals import Recipe, generator_for, samples_in

NATURAL_SOUND_S = 2.0


def _instrumental(rng: np.random.Generator, sample_count: int) -> np.ndarray:
    names = list(demo_music.STYLES)
    return demo_music.arrange(rng, sample_count, demo_music.STYLES[names[rng.integers(len(names))]])


def _sung(rng: np.random.Generator, sample_count: int) -> np.ndarray:
    kind = str(rng.choice(["male", "female"]))
    if rng.uniform() < 0.3:
        return demo_music.solo_voice(rng, sample_count, kind, bool(rng.uniform() < 0.2))
    style = demo_music.STYLES[str(rng.choice(["rock", "folk", "jazz", "reggae", "hip_hop"]))]
    return demo_music.singing(rng, sample_count, kind, style)


def _english(rng: np.random.Generator, sample_count: int) -> np.ndarray:
    return demo_speech.language_speech(rng, sample_count, stress_timed=True)


def _foreign(rng: np.random.Generator, sample_count: int) -> np.ndarray:
    return demo_speech.language_speech(rng, sample_count, stress_timed=False)


CATEGORY_RECIPES: dict[str, tuple[Recipe, ...]] = {
    "Instr. Music": (_instrumental,),
    "Vocal Music": (_sung,),
    "English Speech": (_english,),
    "Foreign Speech": (_foreign,),
    "NonSpeech Vocal": (
        demo_speech.laughter, demo_speech.baby_cry, demo_speech.cough, demo_speech.scream,
    ),
    "Animal Vocal": (
        demo_nature.dog_bark, demo_nature.cat_meow, demo_nature.bird_song, demo_nature.frog_croak,
        demo_nature.cow_moo,
    ),
    "Human NonVocal": (demo_things.footsteps, demo_things.clapping, demo_things.scratching),
    "Animal NonVocal": (
        demo_nature.cricket, demo_nature.insect_buzz, demo_nature.wing_flaps, demo_nature.hooves,
    ),
    "Nature": (
        demo_nature.rain, demo_nature.stream, demo_nature.ocean_waves, demo_nature.wind,
        demo_nature.thunder, demo_nature.fire,
    ),
    "Mechanical": (
        demo_things.motorcycle, demo_things.helicopter, demo_things.train, demo_things.drill,
        demo_things.vacuum_cleaner, demo_things.mechanical_fan, demo_things.clock_tick,
        demo_things.computer_keyboard,
    ),
    "Environmental Sounds": (
        demo_things.knock, demo_things.hammer, demo_things.glass_shatter, demo_things.siren,
        demo_things.vehicle_horn, demo_things.beeps, demo_things.dripping,
    ),
}  # fmt: skip


def plan_natural_sounds(seed: int, sounds_per_category: int = 15) -> list[tuple[str, str]]:
    """List the sounds to make: (sound id, category), ids unique and in a fixed order.

    Raises:
        ValueError: fewer than one sound per category.
    """
    if sounds_per_category < 1:
        raise ValueError(f"sounds_per_category is {sounds_per_category}; it must be at least 1.")
    names = [category for category in CATEGORY_RECIPES for _ in range(sounds_per_category)]
    return [(f"natural_{seed}_{number:03d}", category) for number, category in enumerate(names)]


def synthesise_natural_sound(sound_id: str, category: str, seed: int) -> np.ndarray:
    """One 2-s sound of a category, float32 (44100,) within [-1, 1], from its id and the seed.

    The recipes of a category take turns with the number at the end of the id.

    Raises:
        ValueError: the category is none of the eleven.
    """
    if category not in CATEGORY_RECIPES:
        known = ", ".join(CATEGORY_RECIPES)
        raise ValueError(f"'{category}' is no category of the natural sounds; known: {known}.")
    rng = generator_for(seed, "natural sound", sound_id)
    recipes = CATEGORY_RECIPES[category]
    recipe = recipes[int(sound_id.rsplit("_", 1)[-1]) % len(recipes)]
    return master(rng, recipe(rng, samples_in(NATURAL_SOUND_S)))
