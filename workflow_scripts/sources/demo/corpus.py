"""The demo corpus: AudioSet-shaped clips with real class ids, synthesised from one seed.

`plan_demo_clips` lists clips as AudioSet's segments tables do; `synthesise_demo_clip` makes the
sound of one of them from its id, its labels and the seed alone, in any order and any process.
Results on these sounds test the workflow; they are no evidence about brains.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial

import numpy as np

from sources.demo import music as demo_music
from sources.demo import nature as demo_nature
from sources.demo import speech as demo_speech
from sources.demo import things as demo_things
from sources.demo.mastering import master
from sources.demo.ontology import HUMMING, MUSIC
from sources.demo.ontology import labels_with_ancestors as with_ancestors
from sources.demo.signals import Recipe, generator_for, rms_normalised, samples_in

CLIP_S = 10.0
MALE_SINGING, FEMALE_SINGING = "/t/dd00003", "/t/dd00004"

# Music classes and the style in which each is played alone.
GENRES = {
    "/m/06by7": "rock",
    "/m/03_d0": "jazz",
    "/m/0ggq0m": "classical",
    "/m/07gxw": "techno",
    "/m/06cqb": "reggae",
    "/m/02w4v": "folk",
    "/m/0glt670": "hip_hop",
}
INSTRUMENTS = {
    "/m/05r5c": "piano",
    "/m/042v_gx": "guitar",
    "/m/07y_7": "violin",
    "/m/0l14j_": "flute",
    "/m/0dwsp": "marimba",
    "/m/02hnl": "drum_kit",
}
VOICES = (MALE_SINGING, FEMALE_SINGING, HUMMING)
SPEECH_RECIPES: dict[str, Recipe] = {
    "/m/05zppz": demo_speech.male_speech,
    "/m/02zsn": demo_speech.female_speech,
    "/m/0ytgt": demo_speech.child_speech,
    "/m/01h8n0": demo_speech.conversation,
}
OTHER_RECIPES: dict[str, Recipe] = {
    "/m/01j3sz": demo_speech.laughter,
    "/t/dd00002": demo_speech.baby_cry,
    "/m/07pbtc8": demo_things.footsteps,
    "/m/05tny_": demo_nature.dog_bark,
    "/m/07qrkrw": demo_nature.cat_meow,
    "/m/020bb7": demo_nature.bird_song,
    "/m/09xqv": demo_nature.cricket,
    "/m/07st88b": demo_nature.frog_croak,
    "/m/03m9d0z": demo_nature.wind,
    "/m/0ngt1": demo_nature.thunder,
    "/m/06mb1": demo_nature.rain,
    "/m/0j6m2": demo_nature.stream,
    "/m/034srq": demo_nature.ocean_waves,
    "/t/dd00134": demo_things.car_passing_by,
    "/m/0912c9": demo_things.vehicle_horn,
    "/m/04_sv": demo_things.motorcycle,
    "/m/07jdr": demo_things.train,
    "/m/09ct_": demo_things.helicopter,
    "/m/07r4wb8": demo_things.knock,
    "/m/0d31p": demo_things.vacuum_cleaner,
    "/m/01m2v": demo_things.computer_keyboard,
    "/m/03kmc9": demo_things.siren,
    "/m/07qjznl": demo_things.clock_tick,
    "/m/02x984l": demo_things.mechanical_fan,
    "/m/03l9g": demo_things.hammer,
    "/m/01d380": demo_things.drill,
    "/m/07rn7sz": demo_things.glass_shatter,
    "/m/02fs_r": demo_things.beeps,
}
MUSIC_LEAVES = (*GENRES, *INSTRUMENTS, *VOICES)

MUSIC_SHARE = 0.27
SPEECH_SHARE_OF_OTHERS = 0.15
SINGLE_SHARE = 0.65
HIDDEN_MUSIC_CLIPS = 3
_HIDDEN_MUSIC_ODDS = 64
_ID_ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"


@dataclass(frozen=True)
class DemoClip:
    """One row of a segments table."""

    split: str
    ytid: str
    start_s: float
    end_s: float
    labels: tuple[str, ...]

    @property
    def clip_id(self) -> str:
        """The clip's name in the data contracts, `{ytid}_{start:.3f}`."""
        return f"{self.ytid}_{self.start_s:.3f}"


def plan_demo_clips(train_clips: int, test_clips: int, seed: int) -> list[DemoClip]:
    """Draw the clips of both splits; the same arguments give the same list.

    27% of clips carry music, 15% of the others speech. About 65% hold one foreground class (with
    its ancestors), dealt out evenly over the classes; the rest are mixtures of two or three.

    Args:
        train_clips: number of clips in split `train`.
        test_clips: number of clips in split `test`.
        seed: of the corpus.

    Raises:
        ValueError: a split would be empty.
    """
    if min(train_clips, test_clips) < 1:
        raise ValueError(
            f"the demo corpus was asked for {train_clips} training and {test_clips} test clips; "
            "each split needs at least one."
        )
    used: set[str] = set()
    plan: list[DemoClip] = []
    for split, count in (("train", train_clips), ("test", test_clips)):
        rng = generator_for(seed, "plan", split)
        leaf_sets = _draw_leaf_sets(rng, count)
        hidden = _choose_hidden_music(rng, leaf_sets) if split == "train" else set()
        for number, leaves in enumerate(leaf_sets):
            labels = with_ancestors(leaves)
            ytid = _draw_ytid(rng, seed, number in hidden, used)
            start_s = float(rng.integers(0, 400))
            if rng.uniform() < 0.1:
                start_s = round(start_s + float(rng.integers(1, 1000)) / 1000, 3)
            plan.append(DemoClip(split, ytid, start_s, round(start_s + CLIP_S, 3), tuple(labels)))
    return plan


def _draw_leaf_sets(rng: np.random.Generator, count: int) -> list[list[str]]:
    music_count = round(MUSIC_SHARE * count)
    speech_count = round(SPEECH_SHARE_OF_OTHERS * (count - music_count))
    strata = (
        (music_count, MUSIC_LEAVES),
        (speech_count, tuple(SPEECH_RECIPES)),
        (count - music_count - speech_count, tuple(OTHER_RECIPES)),
    )
    leaf_sets: list[list[str]] = []
    for stratum_count, leaves in strata:
        deck = [leaves[k] for k in rng.permutation(len(leaves))]
        # Whole rounds of the deck are singles, so that every class has its share of pure clips.
        singles = min(stratum_count, max(round(SINGLE_SHARE * stratum_count), len(leaves)))
        for number in range(stratum_count):
            foreground = deck[number % len(deck)]
            if number < singles:
                leaf_sets.append(_sung_as_music(rng, [foreground]))
            else:
                leaf_sets.append(_mixture(rng, foreground))
    return [leaf_sets[k] for k in rng.permutation(len(leaf_sets))]


def _sung_as_music(rng: np.random.Generator, leaves: list[str]) -> list[str]:
    """Singing is mostly, as in AudioSet, labelled Music too."""
    sung = any(leaf in (MALE_SINGING, FEMALE_SINGING) for leaf in leaves)
    return [*leaves, MUSIC] if sung and rng.uniform() < 0.85 else leaves


def _mixture(rng: np.random.Generator, foreground: str) -> list[str]:
    others = [leaf for leaf in OTHER_RECIPES if leaf != foreground]
    leaves = [foreground]
    if foreground in MUSIC_LEAVES:
        partner = rng.uniform()
        if partner < 0.5:
            genres, instruments = list(GENRES), list(INSTRUMENTS)
            pool = genres if foreground not in GENRES else instruments[:-1]
        elif partner < 0.75:
            pool = list(SPEECH_RECIPES)
        else:
            pool = others
    else:
        pool = others
    leaves.append(pool[rng.integers(len(pool))])
    if rng.uniform() < 0.2:
        rest = [leaf for leaf in others if leaf not in leaves]
        leaves.append(rest[rng.integers(len(rest))])
    return _sung_as_music(rng, leaves)


def _choose_hidden_music(rng: np.random.Generator, leaf_sets: list[list[str]]) -> set[int]:
    plain = [k for k, leaves in enumerate(leaf_sets) if not set(leaves) & set(MUSIC_LEAVES)]
    count = min(HIDDEN_MUSIC_CLIPS, len(plain), len(leaf_sets) // 10)
    return {plain[k] for k in rng.choice(len(plain), count, replace=False)} if count else set()


def _draw_ytid(rng: np.random.Generator, seed: int, hidden: bool, used: set[str]) -> str:
    """Draw ids until one is new and tells by its digest whether the clip hides music."""
    while True:
        ytid = "".join(_ID_ALPHABET[k] for k in rng.integers(0, 64, 11))
        if ytid not in used and carries_hidden_music(ytid, seed) == hidden:
            used.add(ytid)
            return ytid


def carries_hidden_music(ytid: str, seed: int) -> bool:
    """Whether a clip has music in its background that its labels do not tell.

    A property of the id and the seed, so that a clip can be made without the plan;
    `plan_demo_clips` draws ids such that it holds for three training clips.
    """
    digest = hashlib.sha256(f"hidden music {seed} {ytid}".encode()).digest()
    return int.from_bytes(digest[:8], "big") % _HIDDEN_MUSIC_ODDS == 0


def demo_excluded_clips(plan: Iterable[DemoClip], seed: int) -> list[str]:
    """Names of the training clips with hidden music, as in the paper's list: `{clip_id}.wav`."""
    return [
        f"{clip.clip_id}.wav"
        for clip in plan
        if clip.split == "train" and carries_hidden_music(clip.ytid, seed)
    ]


def synthesise_demo_clip(ytid: str, labels: Iterable[str], seed: int) -> np.ndarray:
    """The sound of one clip, float32 (220500,) within [-1, 1] at 22,050 Hz.

    The classes that can be synthesised among the labels are mixed, one in front; a genre and an
    instrument or singer together make one piece.

    Args:
        ytid: the clip's id; with the seed it decides everything that the labels leave open.
        labels: mids of the clip, ancestors included or not, in any order.
        seed: of the corpus.

    Raises:
        ValueError: no label can be synthesised.
    """
    sample_count = samples_in(CLIP_S)
    rng = generator_for(seed, "clip", ytid)
    labels = set(labels)
    sources = _sources(rng, labels)
    if not sources:
        raise ValueError(
            f"clip {ytid}: none of its labels ({', '.join(sorted(labels))}) is a class that the "
            "demo corpus can synthesise; they are listed in sources/demo/corpus.py."
        )
    mixture = np.zeros(sample_count)
    for place, number in enumerate(rng.permutation(len(sources))):
        gain_db = 0.0 if place == 0 else -rng.uniform(0, 14)
        sound = rms_normalised(sources[number](rng, sample_count))
        mixture += 10 ** (gain_db / 20) * sound
    if carries_hidden_music(ytid, seed):
        style = demo_music.STYLES[str(rng.choice(list(GENRES.values())))]
        hidden = rms_normalised(demo_music.arrange(rng, sample_count, style))
        mixture = rms_normalised(mixture) + 10 ** (-rng.uniform(4, 8) / 20) * hidden
    return master(rng, mixture)


def _sources(rng: np.random.Generator, labels: set[str]) -> list[Recipe]:
    recipes = SPEECH_RECIPES | OTHER_RECIPES
    sources = [recipe for mid, recipe in recipes.items() if mid in labels]
    music = _music_source(rng, labels)
    return sources if music is None else [*sources, music]


def _music_source(rng: np.random.Generator, labels: set[str]) -> Recipe | None:
    styles = [demo_music.STYLES[name] for mid, name in GENRES.items() if mid in labels]
    instruments = [name for mid, name in INSTRUMENTS.items() if mid in labels]
    kind = str(rng.choice(["male", "female"]))
    if MALE_SINGING in labels or FEMALE_SINGING in labels:
        kind = "male" if MALE_SINGING in labels else "female"
        if not styles and rng.uniform() < 0.4:
            return partial(demo_music.solo_voice, kind=kind, closed_mouth=False)
        return partial(demo_music.singing, kind=kind, style=(styles or _any_band(rng))[0])
    if HUMMING in labels and not styles:
        return partial(demo_music.solo_voice, kind=kind, closed_mouth=True)
    if HUMMING in labels:
        return partial(demo_music.humming, kind=kind, style=styles[0])
    if styles:
        lead = instruments[0] if instruments and instruments[0] != "drum_kit" else ""
        return partial(demo_music.arrange, style=styles[0], lead=lead)
    if instruments:
        return partial(demo_music.arrange, style=demo_music.STYLES[instruments[0]])
    return None


def _any_band(rng: np.random.Generator) -> list[demo_music.Style]:
    return [demo_music.STYLES[str(rng.choice(["rock", "folk", "jazz", "piano", "guitar"]))]]


def segments_csv(clips: Iterable[DemoClip]) -> str:
    """A segments table as text, in AudioSet's format: three `#` lines, then one line per clip."""
    rows = list(clips)
    label_count = sum(len(clip.labels) for clip in rows)
    classes = {mid for clip in rows for mid in clip.labels}
    lines = [
        "# Segments of the synthetic demo corpus, in the format of AudioSet",
        f"# num_ytids={len(rows)}, num_segs={len(rows)}, num_unique_labels={len(classes)}, "
        f"num_positive_labels={label_count}",
        "# YTID, start_seconds, end_seconds, positive_labels",
    ]
    for clip in rows:
        quoted = ",".join(clip.labels)
        lines.append(f'{clip.ytid}, {clip.start_s:.3f}, {clip.end_s:.3f}, "{quoted}"')
    return "\n".join(lines) + "\n"
