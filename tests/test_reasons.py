"""Why a job would run, in plain words."""

from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from planned_jobs import NO_REASON

from plumbing.terminal.reasons import (
    FOLLOWS,
    NEVER_RUN,
    changed_params,
    reasons_of,
    told_of_stage,
)

OLD_CODE, NEW_CODE = "0123456789abcdef", "fedcba9876543210"


def told(can_be_forced: bool = False, known: tuple = (), **found: object) -> list[str]:
    """What is said of a job of which Snakemake found this out."""
    params = {"code": NEW_CODE, "epochs": 3}
    job = SimpleNamespace(params=params)
    memory = SimpleNamespace(metadata=lambda path: path in known)
    return reasons_of(job, SimpleNamespace(**NO_REASON | found), memory, can_be_forced)


def change(before: list, now: list) -> SimpleNamespace:
    return SimpleNamespace(only_old=set(map(repr, before)), only_new=set(map(repr, now)))


@pytest.mark.parametrize(
    ("found", "words"),
    [
        ({}, [FOLLOWS]),
        ({"updated_input": {"a"}, "updated_input_run": {"a"}}, [FOLLOWS]),
        ({"missing_output": {"a"}}, [NEVER_RUN]),
        ({"missing_output": {"a"}, "known": ("a",)}, ["removed: a"]),
        ({"missing_output": {"a"}, "input_changed": True}, [NEVER_RUN]),
        ({"updated_input": {"b", "a"}}, ["newer input: a …"]),
        ({"params_changed": change([2], [3])}, ["epochs 2 → 3"]),
        ({"params_changed": change([OLD_CODE], [NEW_CODE])}, ["code changed"]),
        (
            {"params_changed": change([OLD_CODE, 2], [NEW_CODE, 3])},
            ["code changed", "epochs 2 → 3"],
        ),
        ({"input_changed": True}, ["other inputs than the last time"]),
        ({"software_stack_changed": True}, ["environment changed"]),
        ({"forced": True, "can_be_forced": True}, ["asked for with --force"]),
        # rerun-incomplete forces jobs that nobody asked for.
        ({"forced": True}, ["incomplete"]),
        ({"forced": True, "missing_output": {"a"}}, ["incomplete"]),
    ],
)
def test_each_reason_is_said_in_words(found, words):
    assert told(**found) == words


def test_of_a_section_the_option_that_changed_is_named():
    old = {"epochs": 2, "batch": {"size": 8, "left": 1}}
    new = {"epochs": 2, "batch": {"size": 16, "right": 1}}
    words = changed_params({"training": new, "seed": 1}, [repr(old)], [repr(new)])
    assert words == [
        "training.batch.size 8 → 16", "training.batch.left is gone", "training.batch.right is new",
    ]  # fmt: skip


def test_many_options_are_counted():
    new = dict.fromkeys("abcdef", 1)
    words = changed_params({"x": new}, [repr(dict.fromkeys("abcdef", 0))], [repr(new)])
    assert words == ["x.a 0 → 1", "x.b 0 → 1", "x.c 0 → 1", "3 more options"]


def test_what_a_value_was_is_not_guessed():
    assert changed_params({"a": 1, "b": 2}, ["8", "9"], ["1", "2"]) == ["a changed", "b changed"]
    assert changed_params({"a": "x" * 90}, ["'y'"], [repr("x" * 90)]) == ["a changed"]
    assert changed_params({"a": 1}, ["<no value>"], ["1"]) == ["a changed"]
    assert changed_params({"a": 1}, ["2"], []) == ["an option was removed"]


scalars = st.none() | st.booleans() | st.integers(-5, 5) | st.text("ab'{", max_size=3)
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from("pq"), inner),
    max_leaves=6,
)
params = st.dictionaries(st.sampled_from(["code", "a", "b", "c"]), values, min_size=1)


@given(params, params)
def test_some_change_is_always_named_and_only_of_params_that_are_given(old, new):
    before, now = set(map(repr, old.values())), set(map(repr, new.values()))
    if before == now:
        return
    words = changed_params(new, before - now, now - before)
    assert words
    names = {"code", "an", *map(str, range(99))} | {
        name for name, value in new.items() if repr(value) in now - before
    }
    assert {word.split()[0].split(".")[0] for word in words} <= names


def test_of_a_stage_reasons_are_counted_where_they_differ():
    assert told_of_stage([["never run"], ["never run"]]) == "never run"
    assert told_of_stage([["a", "b"], ["a", "b"]]) == "a; b"
    assert told_of_stage([["a"], ["b"], ["b"]]) == "1 a; 2 b"
    assert told_of_stage([["removed: x"], ["removed: y"]]) == "removed: x …"
    assert told_of_stage([["removed: x …"], ["removed: y"]]) == "removed: x …"
    assert told_of_stage([["removed: x"], ["removed: y"], ["a"]]) == "2 removed: x …; 1 a"
    assert told_of_stage([[letter] for letter in "abcde"]) == "1 a; 1 b; 1 c; …"
