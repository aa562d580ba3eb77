"""The demo corpus: AudioSet-shaped clips with real class ids, synthesised from one seed.

`plan_demo_clips` lists clips as AudioSet's segments tables do; `synthesise_demo_clip` makes the
sound of one of them from its id, its labels and the seed alone, in any order and any process.
Results on these sounds test the workflow; they are no evidence about brains.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from sources.demo.classes import MUSIC, NATURAL_SOUNDS, OTHERS, RECIPES, SPEECH
from sources.demo.mastering import master
from sources.demo.ontology import labels_with_ancestors
from sources.demo.signals import generator_for, rms_normalised, samples_in

CLIP_S = 5.0
NATURAL_SOUND_S = 2.0
MUSIC_LABEL, SINGING = "/m/04rlf", ("/t/dd00003", "/t/dd00004")

MUSIC_SHARE = 0.25
SPEECH_SHARE_OF_OTHERS = 0.15
SINGLE_SHARE = 0.7
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

    A quarter of the clips carry music, 15% of the others speech. About 70% hold one class (with
    its ancestors), dealt out evenly over the classes; the rest are mixtures of two.

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
        classes = _draw_classes(rng, count)
        hidden = _choose_hidden_music(rng, classes) if split == "train" else set()
        for number, mids in enumerate(classes):
            labels = tuple(labels_with_ancestors(mids))
            ytid = _draw_ytid(rng, seed, number in hidden, used)
            start_s = float(rng.integers(0, 400))
            if rng.uniform() < 0.1:
                start_s = round(start_s + float(rng.integers(1, 1000)) / 1000, 3)
            plan.append(DemoClip(split, ytid, start_s, round(start_s + CLIP_S, 3), labels))
    return plan


def _draw_classes(rng: np.random.Generator, count: int) -> list[list[str]]:
    music_count = round(MUSIC_SHARE * count)
    speech_count = round(SPEECH_SHARE_OF_OTHERS * (count - music_count))
    strata = (
        (music_count, list(MUSIC)),
        (speech_count, list(SPEECH)),
        (count - music_count - speech_count, list(OTHERS)),
    )
    classes: list[list[str]] = []
    for stratum_count, mids in strata:
        deck = [mids[k] for k in rng.permutation(len(mids))]
        # Whole rounds of the deck are singles, so that every class has its share of pure clips.
        singles = min(stratum_count, max(round(SINGLE_SHARE * stratum_count), len(mids)))
        for number in range(stratum_count):
            drawn = [deck[number % len(deck)]]
            if number >= singles:
                drawn.append(str(rng.choice([mid for mid in OTHERS if mid not in drawn])))
            # Singing is mostly, as in AudioSet, labelled Music too.
            if drawn[0] in SINGING and rng.uniform() < 0.85:
                drawn.append(MUSIC_LABEL)
            classes.append(drawn)
    return [classes[k] for k in rng.permutation(len(classes))]


def _choose_hidden_music(rng: np.random.Generator, classes: list[list[str]]) -> set[int]:
    plain = [k for k, mids in enumerate(classes) if not set(mids) & set(MUSIC)]
    count = min(HIDDEN_MUSIC_CLIPS, len(plain), len(classes) // 10)
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
    """The sound of one clip, float32 (110250,) within [-1, 1] at 22,050 Hz.

    The classes that can be synthesised among the labels are mixed, one in front.

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
    recipes = [recipe for mid, recipe in RECIPES.items() if mid in labels]
    if not recipes:
        raise ValueError(
            f"clip {ytid}: none of its labels ({', '.join(sorted(labels))}) is a class that the "
            "demo corpus can synthesise; they are listed in sources/demo/classes.py."
        )
    mixture = np.zeros(sample_count)
    for place, number in enumerate(rng.permutation(len(recipes))):
        gain_db = 0.0 if place == 0 else -rng.uniform(0, 10)
        mixture += 10 ** (gain_db / 20) * rms_normalised(recipes[number](rng, sample_count))
    if carries_hidden_music(ytid, seed):
        hidden = rms_normalised(MUSIC[str(rng.choice(list(MUSIC)))](rng, sample_count))
        mixture = rms_normalised(mixture) + 10 ** (-rng.uniform(4, 8) / 20) * hidden
    return master(rng, mixture)


def plan_natural_sounds(seed: int, sounds_per_category: int = 15) -> list[tuple[str, str]]:
    """List the natural sounds to make: (sound id, category), ids unique and in a fixed order.

    Raises:
        ValueError: fewer than one sound per category.
    """
    if sounds_per_category < 1:
        raise ValueError(f"sounds_per_category is {sounds_per_category}; it must be at least 1.")
    names = [category for category in NATURAL_SOUNDS for _ in range(sounds_per_category)]
    return [(f"natural_{seed}_{number:03d}", category) for number, category in enumerate(names)]


def synthesise_natural_sound(sound_id: str, category: str, seed: int) -> np.ndarray:
    """One 2-s sound of a category, float32 (44100,) within [-1, 1], from its id and the seed.

    The recipes of a category take turns with the number at the end of the id.

    Raises:
        ValueError: the category is none of the eleven.
    """
    if category not in NATURAL_SOUNDS:
        known = ", ".join(NATURAL_SOUNDS)
        raise ValueError(f"'{category}' is not a category of the natural sounds; known: {known}.")
    rng = generator_for(seed, "natural sound", sound_id)
    recipes = NATURAL_SOUNDS[category]
    recipe = recipes[int(sound_id.rsplit("_", 1)[-1]) % len(recipes)]
    return master(rng, recipe(rng, samples_in(NATURAL_SOUND_S)))


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
