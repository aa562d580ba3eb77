"""What the options allow and refuse, with which words."""

from datetime import date

import pytest
from configured import SCHEMA, configure

from plumbing.config.option_words import allowed_values
from plumbing.config.settings import ConfigError


@pytest.mark.parametrize(
    ("overrides", "words"),
    [
        ({"networ": {}}, "networ: unknown option.*did you mean network"),
        (
            {"networ": {}, "sed": 1},
            r"^networ: unknown.*mean network\?\nsed: unknown option.*mean seed\?$",
        ),
        ({"network": {"dropot": 0.1}}, r"network\.dropot.*did you mean network\.dropout"),
        ({"conditions": {"mine": {"epoch": 3}}}, r"conditions\.mine\.epoch: unknown option"),
        ({"run": {"seeds": [1, 2, 1]}}, r"run\.seeds: 1 is given twice"),
        ({"network": {"dropout": 1.5}}, r"network\.dropout: 1.5 is not allowed.*≤ 0.9"),
        ({"run": {"analyses": ["magic"]}}, "'magic' is not allowed.*detection"),
        ({"run": "all"}, "run: 'all' is not allowed; it must be object"),
        ({"training": {"batch_size": "many"}}, r"training\.batch_size: 'many'.*integer"),
        ({"training": {"batch_size": "32.5"}}, r"training\.batch_size: '32\.5'.*integer"),
        ({"logmel": {"hop_s": float("nan")}}, r"^logmel\.hop_s: nan is not allowed; .*finite"),
        ({"logmel": {"highest_hz": ".inf"}}, r"^logmel\.highest_hz: '\.inf' is not allowed"),
        ({"training": {"weight_decay": "nan"}}, r"^training\.weight_decay: nan is not allowed"),
        ({"conditions": {1: {}}}, "^conditions: the name 1 is read as a int; put it in quotes"),
        ({"conditions": {"x": {False: 1}}}, r"^conditions\.x: the name False is read as a bool"),
        ({"run": {"seeds": [10**22]}}, r"^run\.seeds\.0: 10+ is not allowed; .*≤ 4294967295"),
        ({"categories": []}, "^categories: .* must be object"),
        (
            {"conditions": {"My Condition": {}}},
            r"^conditions: the name 'My Condition' is not allowed; it must be string, matching `",
        ),
        ({"run": {"name": "../elsewhere"}}, r"run\.name"),
        ({"run": {"device": "gpu"}}, r"^run\.device: 'gpu'.*matching `\^\(auto\|cpu\|cuda"),
        ({"corpus": {"sources": ["tape"]}}, "'tape' is not allowed.*youtube"),
        (
            {"corpus": {"tables": {"ontology": ["x"]}}},
            r"corpus\.tables\.ontology: .*must be a path, a URL, or \{primary, fallback, sha256\}",
        ),
        (
            {"corpus": {"tables": {"ontology": {"first": "x"}}}},
            r"ontology\.first: unknown option; allowed here are primary, fallback, sha256\n"
            r"corpus\.tables\.ontology\.primary: is missing; it must be path",
        ),
        (
            {"categories": {"pets": [{"label": "Pets", "descendents": False}]}},
            r"^categories\.pets\.0\.descendents: unknown.*mean categories\.pets\.0\.descendants\?$",
        ),
        ({"seed": True}, r"^seed: 'True' is not allowed; it must be integer, ≥ 0"),
        (
            {"logmel": {"clip_s": True}},
            r"^logmel\.clip_s: 'True' is not allowed; it must be number",
        ),
        ({"run": {"seeds": [0, False]}}, r"^run\.seeds\.1: 'False' is not allowed"),
        ({"run": {"seeds": [1, "1"]}}, r"^run\.seeds: 1 is given twice"),
        (
            {"network": {"arguments": {"a": {1: 2}}}},
            r"^network\.arguments\.a: the name 1 is read as",
        ),
        (
            {"fetch": {"youtube": {"options": {"a": [float("inf")]}}}},
            r"^fetch\.youtube\.options\.a: inf is not allowed; it must be a finite number",
        ),
        (
            {"network": {"arguments": {"since": date(2020, 1, 1)}}},
            r"^network\.arguments\.since: .*2020.* is not allowed; it must be any JSON value",
        ),
        ({"fetch": {"youtube": {"url": "https://x/watch"}}}, r"fetch\.youtube\.url: .*ytid"),
    ],
)
def test_wrong_values_are_refused_with_key_and_range(overrides, words):
    with pytest.raises(ConfigError, match=words):
        configure(**overrides)


def test_problems_come_in_the_order_of_the_keys():
    with pytest.raises(ConfigError) as refused:
        configure(training={"batch_size": 0}, network={"dropout": 3, "hidden": 0}, seed=-1)
    keys = [line.split(":")[0] for line in str(refused.value).splitlines()]
    assert keys == ["network.dropout", "network.hidden", "seed", "training.batch_size"]


@pytest.mark.parametrize(
    ("part", "words"),
    [
        (SCHEMA["properties"]["run"]["properties"]["seeds"],
         "array of integer, ≥ 0, ≤ 4294967295, at least 1 item(s)"),
        (SCHEMA["properties"]["corpus"]["properties"]["channel"], "one of average, first"),
        (SCHEMA["properties"]["corpus"]["properties"]["tables"]["properties"]["ontology"],
         "a path, a URL, or {primary, fallback, sha256}"),
        (SCHEMA["properties"]["scorecard"]["properties"]["tolerances"], "object of number, > 0"),
        ({"exclusiveMinimum": 0, "type": "number", "maximum": 0.5}, "number, > 0, ≤ 0.5"),
        ({}, "any JSON value"),
    ],
)  # fmt: skip
def test_type_and_range_in_words(part, words):
    assert allowed_values(part) == words
