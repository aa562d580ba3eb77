"""Options that contradict each other, or this machine's files, are refused before any job."""

import re
import sys

import pytest
from configured import checked, configure

from plumbing.config.checks import check_config, check_labels, earlier_layout
from plumbing.config.network_checks import check_own_network
from plumbing.config.settings import ConfigError
from plumbing.config.stimulus_checks import FEWEST_FRAMES, sound_category_problems
from science.network import cnn as network
from science.sound.settings import LogMelSettings


def test_the_demo_passes_every_check():
    checked(preset="demo")


@pytest.mark.parametrize(
    ("overrides", "words"),
    [
        ({"run": {"conditions": ["musik"]}}, r"run\.conditions: 'musik' is not described"),
        ({"run": {"reference_condition": "x"}}, r"run\.reference_condition: 'x'"),
        (
            {"run": {"target": "speech"}},
            r"reference_condition: 'no_speech' .*describe no_speech, .*under `conditions`",
        ),
        ({"conditions": {"pca": {}}}, r"^conditions\.pca: a baseline has this name"),
        ({"conditions": {"clips": {}}}, r"^conditions\.clips: .*labels/clips\.parquet"),
        ({"categories": {"tests": ["Dog"]}}, r"^categories\.tests: .*quilts/tests\.csv"),
        (
            {"subclasses": {"birds": "Bird"}},
            r"^subclasses\.birds: no category has this name; .*water",
        ),
        (
            {"contrasts": [["music", "gbfb"], ["music"] * 2]},
            r"^contrasts: 'music' is .* itself; name",
        ),
        ({"training": {"start_learning_rate": 0.5}}, r"training\.start_learning_rate"),
        ({"training": {"end_learning_rate": 0.5}}, r"training\.end_learning_rate: .* above"),
        ({"network": {"class": "my:Net"}}, r"network\.class: there is no module my beside"),
        ({"network": {"class": "json:Net"}}, r"^network\.feature_layer: name the submodule"),
        ({"network": {"feature_layer": "conv4"}}, r"^network\.feature_layer: the paper's network"),
        ({"network": {"layers": ["conv5"]}}, r"^network\.layers: the paper's network has no"),
        ({"network": {"arguments": {"a": 1}}}, r"^network\.arguments: the paper's network has no"),
        ({"logmel": {"hop_s": 0.15}}, r"logmel\.hop_s: .*34 frames; .*shorter steps"),
        ({"quilts": {"segments_ms": [60]}}, r"quilts\.segments_ms: .*60 ms.*multiple of 25 ms"),
        ({"quilts": {"segments_ms": [25]}}, r"quilts\.segments_ms: .*from 50 ms on"),
        ({"quilts": {"segments_ms": [50, 3000]}}, r"quilts\.segments_ms: .*3000 ms leave 1 in"),
        (
            {"logmel": {"bands": 128}},
            r"^logmel\.bands: 4 of 128 .* 0\.025 s .*take at most 89 bands",
        ),
        ({"logmel": {"highest_hz": 500}}, r"^logmel\.bands: 40 of 64 .* 500 Hz .*take a longer"),
        (
            {"quilts": {"quilted_s": 11}},
            r"^quilts\.quilted_s: 11 s .* clips of 5 s .*most 5 s",
        ),
        ({"logmel": {"clip_s": 4}}, r"^quilts\.quilted_s: 4\.8 s .* clips of 4 s .*at most 4 s"),
        ({"quilts": {"quilted_s": 0.1}}, r"segments of 50 ms leave 2 in 0\.1 s.*choose more"),
        (
            {"scorecard": {"tolerances": {"quilts_loss": 0.2, "separability_netwrk": 0.2}}},
            r"^scorecard\.tolerances\.separability_netwrk: .*did you mean separability_network",
        ),
        (
            {"run": {"target": "speech"}, "scorecard": {"claims": "kim2024"}},
            r"(?m)^scorecard\.claims: kim2024 is about music, .* is speech; choose auto",
        ),
        (
            {"run": {"target": "speech"}, "scorecard": {"tolerances": {"quilts_of_speech": 0.2}}},
            r"tolerances\.quilts_of_speech: .*did you mean quilts_of_music",
        ),
        (
            {"scorecard": {"tolerances": {"?": 0.2}}},
            r"tolerances\.\?: .*there are detection_all_classes, .*quilts_of_water_weaker$",
        ),
        (
            {"selectivity": {"fraction": 0.005}},
            r"^selectivity\.fraction: .* 0\.005 of 64 units is 0",
        ),
        ({"baselines": {"gbfb": {"distance": [4, 4]}}}, r"^baselines\.gbfb: .* no spacing"),
        ({"fetch": {"first_delay_s": 90}}, r"fetch\.first_delay_s: must not be above .* \(60\)"),
        (
            {"fetch": {"youtube": {"cookies_file": "/no"}}},
            r"youtube\.cookies_file: the file /no is not there; .*leave it empty",
        ),
    ],
)
def test_contradictions_are_refused_with_their_keys(overrides, words):
    with pytest.raises(ConfigError, match=words):
        check_config(configure(preset="demo", **overrides))


def test_the_target_must_be_a_category():
    config = configure(preset="demo")
    del config["categories"]["music"]
    with pytest.raises(ConfigError, match="^run.target: 'music' is not described"):
        check_config(config)


def test_a_target_without_classes_is_called_empty():
    with pytest.raises(ConfigError, match=r"^run.target: categories.speech is empty; list its"):
        configure(categories={"speech": []}, run={"target": "speech"})
    assert "speech" not in configure(categories={"speech": []})["categories"]


def test_contradictions_of_all_sections_are_told_at_once():
    config = configure(
        run={"reference_condition": "x"}, fetch={"first_delay_s": 90}, network={"class": "json:Net"}
    )
    with pytest.raises(ConfigError) as refused:
        check_config(config)
    keys = [line.split(":")[0] for line in str(refused.value).splitlines()]
    assert keys == ["run.reference_condition", "network.feature_layer", "fetch.first_delay_s"]


def sound_problems(natural_sounds: dict, **overrides) -> list[str]:
    """The problems of these natural sounds alone."""
    config = configure(preset="demo", corpus={"natural_sounds": natural_sounds}, **overrides)
    return sound_category_problems(config)


@pytest.mark.parametrize(
    ("categories", "words"),
    [
        ({"birds": ["AniVoc"]}, r"\.birds: no category has this name; allowed are animal, music"),
        ({"music": ["Vocal Musik"]}, r"\.music: .* of 'Vocal Musik'; did you mean Vocal Music"),
        ({"speech": ["Talk"]}, r"\.speech: there are no sounds of 'Talk'; there are Instr"),
        ({"speech": ["ForeignSpeach"]}, r"\.speech: .*; did you mean Foreign Speech"),
    ],
)
def test_names_that_no_natural_sound_has_are_refused(categories, words):
    (problem,) = sound_problems({"categories": categories})
    assert re.match(r"corpus\.natural_sounds\.categories" + words, problem), problem


def test_natural_sounds_may_be_named_in_every_spelling_of_their_table(tmp_path):
    table = tmp_path / "category_labels.csv"
    table.write_text("a,Song\nb,EngSpeech\nc,Nature\n", encoding="utf-8")
    named = {"categories": {"music": ["Song"], "speech": ["EngSpeech"], "water": ["nature"]}}
    assert sound_problems(named | {"table": str(table)}) == []
    named["categories"]["speech"].append("ForSpeech")
    (problem,) = sound_problems(named | {"table": str(table)})
    assert "categories.speech: there are no sounds of 'ForSpeech'; did you mean EngSp" in problem
    table.write_text("a,Song\nb\n", encoding="utf-8")
    (problem,) = sound_problems(named | {"table": str(table)})
    assert problem.startswith(f"corpus.natural_sounds.table: {table} is refused for 1 problem")


def test_a_set_with_categories_of_its_own_is_named_by_them(tmp_path):
    table = tmp_path / "sounds.csv"
    table.write_text("a,Orchestra\nb,Nature\nc,Weather\n", encoding="utf-8")
    named = {"categories": {"music": ["Orchestra"], "water": ["Weather", "Nature"]}}
    assert sound_problems(named | {"table": str(table)}) == []
    (problem,) = sound_problems({"categories": {"music": ["Weater"]}, "table": str(table)})
    assert problem.endswith("there are no sounds of 'Weater'; did you mean Weather?")
    (problem,) = sound_problems({"table": str(table)})
    assert "categories.music: there are no sounds of Instr. Music, Vocal Music; name" in problem
    # What is still to be fetched may have any categories, except one that is nearly a known one.
    fetched = {"place": "https://example.org/sounds.zip"}
    assert sound_problems(fetched | named) == []
    (problem,) = sound_problems(fetched | {"categories": {"music": ["Vocal Musik"]}})
    assert problem.endswith("did you mean Vocal Music?")


def test_a_place_alone_is_short_for_the_section():
    corpus = {"natural_sounds": "/x/y.zip"}
    short = configure(preset="paper", corpus=corpus)
    assert short == configure(preset="paper", corpus={"natural_sounds": {"place": "/x/y.zip"}})
    assert short["corpus"]["natural_sounds"]["heard"] == "as_is"
    place = configure(preset="paper")["corpus"]["natural_sounds"]["place"]
    assert "b41b99ff620d7997dbf278fc770f58566707726a" in place["primary"]
    assert configure(preset="fsd50k")["corpus"]["natural_sounds"]["place"] == place
    assert not configure(preset="paper", corpus={"natural_sounds": ""})["corpus"]["natural_sounds"][
        "place"
    ]


def test_what_stands_there_by_default_is_no_mistake_of_the_user(tmp_path):
    table = tmp_path / "category_labels.csv"
    table.write_text("a,Music\nb,Nature\n", encoding="utf-8")
    of_table = {"table": str(table)}
    assert sound_problems(of_table) == []
    assert sound_problems(of_table, categories={"speech": []}) == []
    of_speech = {"target": "speech", "reference_condition": "no_music"}
    (problem,) = sound_problems(of_table, run=of_speech)
    assert "categories.speech: there are no sounds of English Speech, Foreign Speech; " in problem
    checked(preset="demo", categories={"music": []}, run=of_speech)


def test_quilts_that_no_analysis_needs_are_not_refused():
    checked(preset="demo", logmel={"clip_s": 4}, run={"analyses": ["selectivity"]})


def test_frames_are_counted_as_the_log_mel_has_them():
    few = {"hop_s": 0.0166, "clip_s": 2}
    assert LogMelSettings(**few).frames == FEWEST_FRAMES
    checked(preset="demo", logmel=few, run={"analyses": ["selectivity"]})


def test_the_most_bands_that_are_told_can_be_taken():
    checked(preset="demo", logmel={"bands": 89})


OWN = """
import torch
from torch import nn

class Small(nn.Module):
    def __init__(self, classes, width=4):
        super().__init__()
        self.pool = nn.AdaptiveAvgPool2d((1, width))
        self.output = nn.Linear(width, classes)

    def forward(self, x):
        return self.output(self.pool(x).flatten(1))

class Deaf(Small):
    def forward(self, x):
        return super().forward(x)[:, :3]
"""


@pytest.mark.parametrize(
    ("network", "words"),
    [
        ({"class": "own_small:Small", "arguments": {"depth": 2}}, "TypeError: .*'depth'"),
        (
            {"class": "own_small:Small", "feature_layer": "conv"},
            "no such layer. It has: pool",
        ),
        (
            {"class": "own_small:Small", "layers": ["conv", "pool"]},
            "network.layers names 'conv', but Small has no such layer. It has: pool, output",
        ),
        ({"class": "own_small:Absent"}, "own_small has no torch.nn.Module called 'Absent'"),
        ({"class": "own_small:Deaf"}, r"^network\.class: .* of shape \(2, 3\) for two clips"),
    ],
)
def test_an_own_network_is_tried_before_a_run(network, words, tmp_path, monkeypatch):
    (tmp_path / "own_small.py").write_text(OWN, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [*sys.path])
    working = {"class": "own_small:Small", "feature_layer": "pool"}
    check_own_network(checked(network=working))
    with pytest.raises(ConfigError, match=words):
        check_own_network(checked(network=working | network))


def test_labels_are_refused_with_their_keys():
    config = configure(preset="demo", categories={"speech": ["Speach"]})
    check_config(config)
    with pytest.raises(ConfigError, match=r"^categories\.speech: .*Speach"):
        check_labels(config)


def test_the_shortest_clip_is_the_networks():
    assert FEWEST_FRAMES == network.FEWEST_FRAMES


def test_what_an_earlier_version_left_is_told(tmp_path):
    assert earlier_layout(tmp_path) == ""
    (tmp_path / "units").mkdir()
    assert earlier_layout(tmp_path) == ""
    (tmp_path / "baselines").mkdir()
    assert "(baselines): nothing reads them" in earlier_layout(tmp_path)
