"""By which claims a run is scored: the paper's with its numbers, or the same about its target."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace

from science.scorecard import findings_networks, findings_units, kim2024
from science.scorecard.claims import (
    MEMORISED,
    REFERENCE,
    UNTRAINED,
    WITH_CATEGORY,
    WITHOUT_MORE,
    Cast,
    Claim,
)


def claims_of(
    chosen: str,
    category: str,
    reference: str,
    conditions: Mapping[str, Mapping],
    categories: Mapping[str, Sequence],
) -> list[Claim]:
    """The claims of a run, in the order of the paper.

    Args:
        chosen: `scorecard.claims`: kim2024, none, or auto for kim2024 where the target is its.
        category: The target.
        reference: The run's reference condition.
        conditions: The conditions that are run, each with epochs, label_mode and exclude_labels.
        categories: Classes by category; one without classes does not exist.
    """
    of_target = [*findings_networks.FINDINGS, *findings_units.FINDINGS]
    if chosen == "kim2024" or (chosen == "auto" and category == kim2024.CATEGORY):
        others = [findings_units.findings_on(name) for name in kim2024.OTHER_CATEGORIES]
        cast = Cast(kim2024.CATEGORY, kim2024.CONDITIONS, reference, kim2024.MORE)
        published = kim2024.PUBLISHED
        return [
            replace(claim, **asdict(published[claim.id])).of(cast)
            for claim in (*of_target, *sum(others, ()))
            if claim.id in published
        ]
    others = [
        findings_units.findings_on(name)
        for name, classes in categories.items()
        if classes and name != category
    ]
    cast = cast_of(category, reference, conditions, categories[category])
    # What is not compared with anything is a fact about the paper's corpus and has no direction.
    return [
        claim.of(cast)
        for claim in (*of_target, *sum(others, ()))
        if claim.compared_with is not None
    ]


def cast_of(
    category: str, reference: str, conditions: Mapping[str, Mapping], classes: Sequence
) -> Cast:
    """Which conditions play which role, as far as the classes that they leave out by name tell.

    Of several conditions the run's reference goes first, then what leaves out the fewest classes.

    Args:
        category: The target.
        reference: The run's reference condition.
        conditions: As for `claims_of`.
        classes: The classes of the target.
    """
    left_out = {
        name: frozenset(map(_class, condition["exclude_labels"]))
        for name, condition in conditions.items()
    }
    order = sorted(conditions, key=lambda name: (name != reference, len(left_out[name])))
    of_category = frozenset(map(_class, classes))
    trained = [name for name in order if conditions[name]["epochs"] > 0]
    on_true = [name for name in trained if conditions[name]["label_mode"] == "given"]
    without = [name for name in on_true if _covers(left_out[name], of_category)]
    base = left_out[without[0]] if without else frozenset()
    on_random = [name for name in trained if name not in on_true]
    further = [name for name in without if left_out[name] > base]
    players = {
        REFERENCE: without,
        WITH_CATEGORY: [
            name for name in on_true if not _names(left_out[name]) & _names(of_category)
        ],
        UNTRAINED: [name for name in order if conditions[name]["epochs"] == 0],
        # What else the paper's networks with random labels did not hear is the same.
        MEMORISED: sorted(on_random, key=lambda name: left_out[name] != base),
        WITHOUT_MORE: further,
    }
    more = {name for name, _ in left_out[further[0]] - base} if further else set()
    return Cast(
        category=category,
        condition_of={role: names[0] for role, names in players.items() if names},
        reference=reference,
        more=" and ".join(sorted(more)),
    )


def _class(item: str | Mapping) -> tuple[str, bool]:
    """A class as the configuration names it, and whether all below it are meant."""
    if isinstance(item, str):
        return item.casefold(), True
    return item["label"].casefold(), item.get("descendants", True)


def _names(classes: frozenset[tuple[str, bool]]) -> set[str]:
    return {name for name, _ in classes}


def _covers(left_out: frozenset[tuple[str, bool]], classes: frozenset[tuple[str, bool]]) -> bool:
    return bool(classes) and all(
        (name, True) in left_out or (name, descendants) in left_out for name, descendants in classes
    )
