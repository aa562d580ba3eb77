"""By which claims a run is scored: the paper's with its numbers, or the same about its target."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
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


def is_published(chosen: str, category: str) -> bool:
    """Whether `scorecard.claims` (kim2024, none or auto) means the paper's claims for a target."""
    return chosen == "kim2024" or (chosen == "auto" and category == kim2024.CATEGORY)


def findings_of(published: bool, category: str, categories: Mapping[str, Sequence]) -> list[Claim]:
    """The findings on a target, in the order of the paper, with its numbers or without.

    Args:
        published: Whether they are the paper's own.
        category: The target.
        categories: Classes by category; one without classes does not exist.
    """
    others = kim2024.OTHER_CATEGORIES
    if not published:
        others = [name for name, classes in categories.items() if classes and name != category]
    findings = [*findings_networks.FINDINGS, *findings_units.FINDINGS]
    for other in others:
        findings += findings_units.findings_on(other)
    if published:
        known = kim2024.PUBLISHED
        return [
            replace(claim, **asdict(known[claim.id])) for claim in findings if claim.id in known
        ]
    # What is not compared with anything is a fact about the paper's corpus and has no direction.
    return [claim for claim in findings if claim.compared_with is not None]


def cast_of(
    category: str,
    reference: str,
    conditions: Mapping[str, Mapping],
    classes: Sequence,
    resolve: Callable[[Sequence], Collection[str]],
) -> Cast:
    """Which conditions of a run play which role, by what they train on.

    Of several conditions the run's reference goes first, then what leaves out the fewest classes.

    Args:
        category: The target.
        reference: The run's reference condition.
        conditions: The conditions that are run, each with epochs, label_mode and exclude_labels.
        classes: The classes of the target, as the configuration names them.
        resolve: Gives the mids of such classes, with all below them.
    """
    left_out = {
        name: frozenset(resolve(condition["exclude_labels"]))
        for name, condition in conditions.items()
    }
    of_category = frozenset(resolve(classes))
    order = sorted(conditions, key=lambda name: (name != reference, len(left_out[name])))
    trained = [name for name in order if conditions[name]["epochs"] > 0]
    on_true = [name for name in trained if conditions[name]["label_mode"] == "given"]
    without = [name for name in on_true if of_category <= left_out[name]]
    base = left_out[without[0]] if without else frozenset()
    further = [name for name in without if left_out[name] > base]
    players = {
        REFERENCE: without,
        WITH_CATEGORY: [name for name in on_true if not of_category & left_out[name]],
        UNTRAINED: [name for name in order if name not in trained],
        # What else the paper's networks with random labels did not hear is the same.
        MEMORISED: sorted(
            (name for name in trained if name not in on_true),
            key=lambda name: left_out[name] != base,
        ),
        WITHOUT_MORE: further,
    }
    more = [
        (item if isinstance(item, str) else item["label"]).lower()
        for item in (conditions[further[0]]["exclude_labels"] if further else ())
        if not base.issuperset(resolve([item]))
    ]
    condition_of = {role: names[0] for role, names in players.items() if names}
    return Cast(category, condition_of, reference, " and ".join(more))
