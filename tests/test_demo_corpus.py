"""The demo corpus: plan, ontology, and properties of the synthesised sound."""

from __future__ import annotations

import csv
import io
import json
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pytest
from scipy import stats

from sources.demo import classes as demo_classes
from sources.demo import corpus as demo_corpus
from sources.demo import music as demo_music
from sources.demo import ontology as demo_ontology
from sources.demo.corpus import plan_natural_sounds, synthesise_natural_sound
from sources.demo.signals import harmonic_tone
from sources.demo.timing import Event

SHARED = Path(__file__).resolve().parents[2] / "shared"
SEED = 11
MUSIC, SPEECH = {"/m/04rlf", "/m/015lz1", "/m/02fxyj"}, {"/m/09x0r"}
LEAVES = set(demo_classes.RECIPES)
SAMPLES = round(demo_corpus.CLIP_S * 22_050)


def make(clip: demo_corpus.DemoClip) -> np.ndarray:
    return demo_corpus.synthesise_demo_clip(clip.ytid, clip.labels, SEED)


def leaves_of(clip: demo_corpus.DemoClip) -> set[str]:
    return LEAVES & set(clip.labels)


def carries(labels: Iterable[str], roots: Iterable[str] = MUSIC) -> bool:
    """Whether a label is one of `roots` or below one."""
    return any(set(roots) & {mid, *demo_ontology.ancestors_of(mid)} for mid in labels)


def level_dbfs(sound: np.ndarray) -> float:
    return 10 * np.log10(np.mean(sound.astype(np.float64) ** 2))


@pytest.fixture(scope="module")
def plan() -> list[demo_corpus.DemoClip]:
    return demo_corpus.plan_demo_clips(360, 180, SEED)


@pytest.fixture(scope="module")
def music(plan) -> list[np.ndarray]:
    clips = [clip for clip in plan if carries(clip.labels)]
    return [make(clip) for clip in clips[:30]]


@pytest.fixture(scope="module")
def not_music(plan) -> list[np.ndarray]:
    clips = [clip for clip in plan if not carries(clip.labels)]
    return [make(clip) for clip in clips[:40]]


def test_plan_depends_on_its_arguments_only(plan):
    assert demo_corpus.plan_demo_clips(360, 180, SEED) == plan
    other = demo_corpus.plan_demo_clips(360, 180, SEED + 1)
    assert not {clip.ytid for clip in other} & {clip.ytid for clip in plan}


def test_plan_is_shaped_like_audioset(plan):
    assert Counter(clip.split for clip in plan) == {"train": 360, "test": 180}
    assert len({clip.ytid for clip in plan}) == 540
    assert all(len(clip.ytid) == 11 for clip in plan)
    assert all(clip.end_s - clip.start_s == pytest.approx(demo_corpus.CLIP_S) for clip in plan)
    assert len({clip.start_s for clip in plan}) > 100
    assert any(clip.start_s % 1 for clip in plan)


def test_labels_are_classes_closed_under_ancestors(plan):
    classes = {mid for _, mid, _ in demo_ontology.demo_class_labels()}
    for clip in plan:
        labels = set(clip.labels)
        assert labels <= classes
        assert len(labels) == len(clip.labels)
        for mid in labels:
            assert demo_ontology.ancestors_of(mid) & classes <= labels


@pytest.mark.parametrize("seed", [0, 1, 2, 77])
def test_every_class_is_pure_thrice_in_train_and_occurs_in_test(seed):
    plan = demo_corpus.plan_demo_clips(360, 180, seed)
    pure = Counter(
        next(iter(leaves_of(clip)))
        for clip in plan
        if clip.split == "train" and len(leaves_of(clip)) == 1
    )
    in_test = set().union(*(leaves_of(clip) for clip in plan if clip.split == "test"))
    assert len(LEAVES) >= 28
    assert {leaf for leaf in LEAVES if pure[leaf] >= 3} == LEAVES
    assert in_test == LEAVES


def test_shares_of_music_speech_and_mixtures(plan):
    for split in ("train", "test"):
        clips = [clip for clip in plan if clip.split == split]
        has_music = [carries(clip.labels) for clip in clips]
        others = [clip for clip, musical in zip(clips, has_music, strict=True) if not musical]
        speech = [carries(clip.labels, SPEECH) for clip in others]
        assert 0.24 <= np.mean(has_music) <= 0.28
        assert 0.10 <= np.mean(speech) <= 0.20
        assert 0.65 <= np.mean([len(leaves_of(clip)) == 1 for clip in clips]) <= 0.75
        assert max(len(leaves_of(clip)) for clip in clips) <= 2


def test_small_plans_have_the_asked_size():
    for train, test in ((1, 1), (12, 6), (40, 20)):
        clips = demo_corpus.plan_demo_clips(train, test, 3)
        assert Counter(clip.split for clip in clips) == {"train": train, "test": test}
    with pytest.raises(ValueError, match="at least one"):
        demo_corpus.plan_demo_clips(0, 5, 3)


def test_ontology_is_an_induced_part_of_the_real_one():
    path = SHARED / "audioset"
    if not path.exists():
        pytest.skip("the AudioSet ontology in shared/ is absent")
    real = {
        node["id"]: node
        for node in json.loads((path / "ontology.json").read_text(encoding="utf-8"))
    }
    with (path / "class_labels_indices.csv").open(encoding="utf-8") as handle:
        real_classes = {row["mid"]: row["display_name"] for row in csv.DictReader(handle)}
    demo = {node["id"]: node for node in demo_ontology.demo_ontology()}
    for mid, node in demo.items():
        assert node["name"] == real[mid]["name"]
        assert node["restrictions"] == real[mid]["restrictions"]
        assert set(node["child_ids"]) == set(real[mid]["child_ids"]) & set(demo)
        assert {m for m, n in real.items() if mid in n["child_ids"]} <= set(demo)
    classes = {mid: name for _, mid, name in demo_ontology.demo_class_labels()}
    assert classes == {mid: name for mid, name in real_classes.items() if mid in demo}


def test_ontology_holds_the_nodes_that_conditions_name():
    demo = {node["id"]: node for node in demo_ontology.demo_ontology()}
    names = {node["name"]: node["id"] for node in demo.values()}
    for name in ("Music", "Singing", "Humming", "Speech", "Vehicle", "Animal", "Water"):
        assert name in names
    genres = demo[names["Music genre"]]["child_ids"]
    carried = {m for clip in demo_corpus.plan_demo_clips(360, 180, 0) for m in clip.labels}
    assert len(set(genres) & carried) >= 6
    leaves = {mid for mid, node in demo.items() if not node["child_ids"]}
    assert leaves == LEAVES


def test_tables_are_written_in_the_format_of_audioset(plan):
    lines = demo_corpus.segments_csv(plan).splitlines()
    assert [line[0] for line in lines[:3]] == ["#"] * 3
    rows = list(csv.reader(lines[3:], skipinitialspace=True))
    read = [(ytid, float(start), float(end), tuple(m.split(","))) for ytid, start, end, m in rows]
    assert read == [(clip.ytid, clip.start_s, clip.end_s, clip.labels) for clip in plan]
    assert json.loads(demo_ontology.ontology_json()) == demo_ontology.demo_ontology()
    table = list(csv.DictReader(io.StringIO(demo_ontology.class_labels_csv())))
    assert [(int(r["index"]), r["mid"], r["display_name"]) for r in table] == (
        demo_ontology.demo_class_labels()
    )


def test_excluded_clips_hide_music_behind_other_labels(plan):
    names = demo_corpus.demo_excluded_clips(plan, SEED)
    assert len(names) == 3
    by_name = {f"{clip.clip_id}.wav": clip for clip in plan}
    assert not any(carries(by_name[name].labels) for name in names)
    hidden = [clip for clip in plan if demo_corpus.carries_hidden_music(clip.ytid, SEED)]
    assert {f"{clip.clip_id}.wav" for clip in hidden} == set(names)


def test_hidden_music_is_really_mixed_in(plan, monkeypatch):
    name = demo_corpus.demo_excluded_clips(plan, SEED)[0]
    clip = next(clip for clip in plan if f"{clip.clip_id}.wav" == name)
    with_music = make(clip)
    monkeypatch.setattr(demo_corpus, "carries_hidden_music", lambda ytid, seed: False)
    assert abs(np.corrcoef(with_music, make(clip))[0, 1]) < 0.95


def test_sound_depends_on_id_label_set_and_seed_only(plan):
    clip = next(clip for clip in plan if len(leaves_of(clip)) == 2)
    sound = make(clip)
    make(plan[0])
    again = demo_corpus.synthesise_demo_clip(clip.ytid, reversed(clip.labels), SEED)
    assert again.tobytes() == sound.tobytes()
    only_leaves = demo_corpus.synthesise_demo_clip(clip.ytid, leaves_of(clip), SEED)
    assert only_leaves.tobytes() == sound.tobytes()
    assert not np.array_equal(
        demo_corpus.synthesise_demo_clip(clip.ytid, clip.labels, SEED + 1), sound
    )


def test_unknown_labels_are_refused():
    with pytest.raises(ValueError, match="none of its labels"):
        demo_corpus.synthesise_demo_clip("abcdefghijk", ["/m/0xzly"], SEED)


def test_sound_is_finite_and_below_full_scale(music, not_music):
    for sound in (*music, *not_music):
        assert sound.shape == (SAMPLES,)
        assert sound.dtype == np.float32
        assert np.isfinite(sound).all()
        assert np.max(np.abs(sound)) < 0.999


def test_levels_span_a_wide_range_alike_for_music_and_the_rest(music, not_music):
    music_levels = [level_dbfs(sound) for sound in music]
    other_levels = [level_dbfs(sound) for sound in not_music]
    assert np.ptp(music_levels) >= 15
    assert np.ptp(other_levels) >= 15
    assert stats.ranksums(music_levels, other_levels).pvalue > 0.01


@pytest.mark.parametrize("mid", sorted(LEAVES))
def test_two_clips_of_one_class_differ(mid):
    first, second = (
        demo_corpus.synthesise_demo_clip(ytid, [mid], SEED)
        for ytid in ("abcdefghij0", "abcdefghij1")
    )
    length = 2 * len(first)
    spectra = [np.fft.rfft(sound, length) for sound in (first, second)]
    correlation = np.fft.irfft(spectra[0] * np.conj(spectra[1]), length)
    norm = np.linalg.norm(first) * np.linalg.norm(second)
    assert np.max(np.abs(correlation)) / norm < 0.95


def onset_regularity(sound: np.ndarray) -> float:
    """Highest autocorrelation of the onset envelope at lags of 0.07-1 s."""
    frames = np.lib.stride_tricks.sliding_window_view(sound, 512)[::128] * np.hanning(512)
    bands = np.abs(np.fft.rfft(frames, axis=1))[:, 2:160]
    flux = np.maximum(np.diff(np.log(bands + 0.02 * bands.max()), axis=0), 0).sum(axis=1)
    flux -= flux.mean()
    autocorrelation = np.fft.irfft(np.abs(np.fft.rfft(flux, 2 * len(flux))) ** 2)
    lags = slice(int(0.07 * 172), 172)
    return float(np.max(autocorrelation[lags]) / autocorrelation[0])


def spectral_centroid(sound: np.ndarray) -> float:
    power = np.abs(np.fft.rfft(sound)) ** 2
    return float(np.log(np.average(np.arange(1, len(power) + 1), weights=power)))


# The steady and the sputtering engine; the clock and the keyboard; the two uses of a telephone.
PAIRS = [("/m/07pb8fc", "/m/04_sv"), ("/m/07qjznl", "/m/0316dw"), ("/m/07pp8cl", "/m/02c8p")]


@pytest.mark.parametrize(("regular", "irregular"), PAIRS)
def test_pairs_of_classes_differ_in_time_and_not_in_spectrum(regular, irregular):
    clips = {
        mid: [
            demo_corpus.synthesise_demo_clip(f"abcdefghi{number:02d}", [mid], SEED)
            for number in range(24)
        ]
        for mid in (regular, irregular)
    }
    p = {
        measure: stats.ranksums(*([measure(sound) for sound in clips[mid]] for mid in clips)).pvalue
        for measure in (onset_regularity, spectral_centroid)
    }
    assert p[onset_regularity] < 0.001
    assert p[spectral_centroid] > 0.01


def test_music_returns_to_its_phrases():
    rng = np.random.default_rng(5)
    piece = demo_music.Piece(0.5, 0.0, 220.0, demo_music.SCALES[0], (0, 0, 0, 0), "ABAB")
    part = demo_music.Part(lambda *_: np.ones(1), {"A": [Event(0, 1, 0)], "B": [Event(1, 1, 2)]})
    events = demo_music._performance(rng, piece, part, round(8 * 22_050))
    assert [event.semitones for event in events[:4]] == [0, 4, 0, 4]
    assert [event.start_s for event in events[:4]] == pytest.approx([0, 2.5, 4, 6.5], abs=0.03)


def test_natural_sounds_cover_the_published_categories():
    sounds = plan_natural_sounds(SEED)
    counts = Counter(category for _, category in sounds)
    assert len(sounds) == len({sound_id for sound_id, _ in sounds}) == 165
    assert len(counts) == 11
    assert set(counts.values()) == {15}
    with pytest.raises(ValueError, match="at least 1"):
        plan_natural_sounds(SEED, 0)
    with pytest.raises(ValueError, match="not a category"):
        synthesise_natural_sound("natural_1_000", "Silence", SEED)


@pytest.mark.parametrize("category", demo_classes.NATURAL_SOUNDS)
def test_natural_sounds_are_valid_and_repeatable(category):
    made = []
    for sound_id, name in plan_natural_sounds(SEED):
        if name == category:
            made.append(synthesise_natural_sound(sound_id, category, SEED))
            assert made[-1].shape == (44_100,)
            assert np.isfinite(made[-1]).all()
            assert np.max(np.abs(made[-1])) < 1
            assert np.sqrt(np.mean(made[-1] ** 2)) > 1e-3
    last_id = [sound_id for sound_id, name in plan_natural_sounds(SEED) if name == category][-1]
    assert np.array_equal(synthesise_natural_sound(last_id, category, SEED), made[-1])
    assert len({sound.tobytes() for sound in made}) == 15


def test_harmonic_tone_agrees_with_a_sum_of_sines():
    amplitudes = np.array([1.0, 0.5, -0.25])
    seconds = np.arange(2000) / 22_050
    expected = sum(
        amplitude * np.sin(2 * np.pi * (number + 1) * 311.0 * seconds)
        for number, amplitude in enumerate(amplitudes)
    )
    assert np.max(np.abs(harmonic_tone(311.0, 2000, amplitudes) - expected)) < 0.01
    high = harmonic_tone(6000.0, 2000, amplitudes)
    assert np.max(np.abs(high - np.sin(2 * np.pi * 6000 * seconds))) < 0.01
