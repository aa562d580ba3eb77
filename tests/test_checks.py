"""Options that contradict each other, or this machine's files, are refused before any job."""

import pytest
from configured import checked, configure

from plumbing.checks import FEWEST_FRAMES, check_config, check_labels
from plumbing.settings import ConfigError
from science import network


def test_the_demo_passes_every_check():
    checked(preset="demo")


@pytest.mark.parametrize(
    ("overrides", "words"),
    [
        ({"run": {"conditions": ["musik"]}}, r"run\.conditions: 'musik' is not described"),
        ({"run": {"reference_condition": "x"}}, r"run\.reference_condition: 'x'"),
        ({"conditions": {"pca": {}}}, r"^conditions\.pca: a baseline has this name"),
        ({"training": {"start_learning_rate": 0.5}}, r"training\.start_learning_rate"),
        ({"training": {"end_learning_rate": 0.5}}, r"training\.end_learning_rate: .* above"),
        ({"network": {"class": "my:Net"}}, r"network\.feature_layer"),
        ({"logmel": {"hop_s": 0.15}}, r"logmel\.hop_s: .*66 frames; .*shorter steps"),
        ({"quilts": {"segments_ms": [60]}}, r"quilts\.segments_ms: .*60 ms.*multiple of 25 ms"),
        ({"quilts": {"segments_ms": [25]}}, r"quilts\.segments_ms: .*from 50 ms on"),
        ({"quilts": {"segments_ms": [50, 3000]}}, r"quilts\.segments_ms: .*3000 ms leave 2 in 8 s"),
        ({"quilts": {"quilted_s": 11}}, r"quilts of the first 11 s .*at most 10 s"),
        ({"quilts": {"quilted_s": 0.1}}, r"segments of 50 ms leave 2 in 0\.1 s.*choose more"),
        (
            {"scorecard": {"tolerances": {"quilts_50ms": 0.2, "separability_netwrk": 0.2}}},
            r"^scorecard\.tolerances\.separability_netwrk: .*did you mean separability_network",
        ),
        (
            {"scorecard": {"tolerances": {"?": 0.2}}},
            r"tolerances\.\?: .*there are detection_other_classes, .*categories_water_below_music$",
        ),
        ({"fetch": {"first_delay_s": 90}}, r"fetch\.first_delay_s: must not be above .* \(60\)"),
        (
            {"fetch": {"youtube": {"cookies_file": "/no"}}},
            r"youtube\.cookies_file: there is no file /no; .*leave it empty",
        ),
    ],
)
def test_contradictions_are_refused_with_their_keys(overrides, words):
    with pytest.raises(ConfigError, match=words):
        check_config(configure(preset="demo", **overrides))


def test_the_category_that_analyses_compare_with_must_be_there():
    config = configure(preset="demo")
    del config["categories"]["music"]
    with pytest.raises(ConfigError, match="^categories: `music` must be described"):
        check_config(config)


def test_contradictions_of_all_sections_are_told_at_once():
    config = configure(
        run={"reference_condition": "x"}, fetch={"first_delay_s": 90}, network={"class": "my:Net"}
    )
    with pytest.raises(ConfigError) as refused:
        check_config(config)
    keys = [line.split(":")[0] for line in str(refused.value).splitlines()]
    assert keys == ["run.reference_condition", "network.feature_layer", "fetch.first_delay_s"]


def test_labels_are_refused_with_their_keys():
    config = configure(preset="demo", categories={"speech": ["Speach"]})
    check_config(config)
    with pytest.raises(ConfigError, match=r"^categories\.speech: .*Speach"):
        check_labels(config)


def test_the_shortest_clip_is_the_networks():
    assert FEWEST_FRAMES == network.FEWEST_FRAMES
