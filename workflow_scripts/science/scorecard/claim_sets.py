"""By which claims a run is scored: the paper's with its numbers, or the same about its target."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from typing import get_args

from science.scorecard import (
    findings_networks,
    findings_own,
    findings_quilts,
    findings_units,
    kim2024,
)
from science.scorecard.claims import (
    BEYOND,
    MEMORISED,
    REFERENCE,
    UNTRAINED,
    WITH_CATEGORY,
    WITHOUT_MORE,
    Cast,
    Claim,
    Direction,
)


def is_published(chosen: str, category: str) -> bool:
    """Whether `scorecard.claims` (kim2024, none or auto) means the paper's claims for a target."""
    return chosen == "kim2024" or (chosen == "auto" and category == kim2024.CATEGORY)


def findings_of(
    published: bool,
    category: str,
    categories: Mapping[str, Sequence],
    unheard: Collection[str] = kim2024.UNHEARD,
) -> list[Claim]:
    """The findings on a target, in the order of the paper, with their places in it or without.

    Args:
        published: Whether they are the paper's own.
        category: The target.
        categories: Classes by category; one without classes does not exist.
        unheard: Categories of which the networks that heard neither the target nor more heard
            nothing.
    """
    own = [replace(claim, where=f"{BEYOND}: {claim.ours.table}") for claim in findings_own.FINDINGS]
    return [*_findings_as_in_paper(published, category, categories, unheard), *own]


def _findings_as_in_paper(
    published: bool, category: str, categories: Mapping[str, Sequence], unheard: Collection[str]
) -> list[Claim]:
    """The findings that the paper has, or the same ones on another target."""
    others = kim2024.OTHER_CATEGORIES
    if not published:
        others = [name for name, classes in categories.items() if classes and name != category]
    findings = [
        *findings_networks.FINDINGS,
        *findings_units.SELECTIVITY,
        *findings_units.NATURAL_SOUNDS,
        *findings_quilts.FINDINGS,
        findings_networks.COURSE,
        *findings_units.MEMORISATION,
        findings_networks.OF_MEMORISED,
        *findings_quilts.OF_MEMORISED,
        *findings_units.ABLATION,
        findings_units.OF_WITHOUT_MORE,
        findings_networks.OF_WITHOUT_MORE,
        findings_quilts.OF_WITHOUT_MORE,
    ]
    for other in others:
        is_unheard = other in unheard
        features = WITHOUT_MORE if is_unheard else REFERENCE
        findings += findings_units.findings_on(other, features)
        findings += findings_networks.unheard_findings(other) if is_unheard else ()
        findings += findings_quilts.findings_on(other, features, is_unheard)
    if published:
        known = kim2024.PUBLISHED
        of_paper = [claim for claim in findings if claim.id in known]
        findings = [replace(claim, where=known[claim.id].where) for claim in of_paper]
    return findings


def problems_of_own(
    published: bool, category: str, categories: Mapping[str, Sequence], analyses: Sequence[str]
) -> list[str]:
    """What cannot be scored of the findings beyond the paper, a sentence each.

    Args:
        published: Whether the others are the paper's own.
        category: The target.
        categories: Classes by category.
        analyses: The names of all analyses.
    """
    ids = [
        claim.id
        for unheard in ((), categories)
        for claim in _findings_as_in_paper(published, category, categories, unheard)
    ]
    problems = []
    for claim in findings_own.FINDINGS:
        if claim.id in ids:
            problems.append(f"{claim.id} is the id of another finding too; choose a new one")
        ids.append(claim.id)
        if claim.direction not in get_args(Direction):
            known = ", ".join(get_args(Direction))
            problems.append(f"{claim.id} has the direction {claim.direction!r}; there are {known}")
        if claim.is_absence and claim.contrast is None:
            problems.append(f"{claim.id} is an absence, and needs a contrast for its margin")
        read = [*claim.selections, *filter(None, (claim.beside, claim.two_way))]
        for analysis in dict.fromkeys(one.table.split("/")[0] for one in read):
            if analysis not in analyses:
                problems.append(
                    f"{claim.id} reads a table of {analysis}, which is no analysis; there are "
                    f"{', '.join(analyses)}"
                )
        try:
            claim.of(Cast("category", {}, "reference"))
        except (AttributeError, LookupError, TypeError, ValueError) as error:
            problems.append(f"{claim.id} has an unknown placeholder: {error}")
    return problems


def ids_of(published: bool, category: str, categories: Mapping[str, Sequence]) -> list[str]:
    """The ids that findings on a target can have, whatever its networks heard beside it."""
    known = [
        claim.id
        for unheard in ((), categories)
        for claim in findings_of(published, category, categories, unheard)
    ]
    if published:
        known = [claim.id for claim in findings_of(True, category, categories)]
    return list(dict.fromkeys(known))


def cast_of(
    category: str,
    reference: str,
    conditions: Mapping[str, Mapping],
    categories: Mapping[str, Sequence],
    resolve: Callable[[Sequence], Collection[str]],
    chosen_on: str,
) -> Cast:
    """Which conditions of a run play which role, by what they train on.

    Of several conditions the run's reference goes first, then what leaves out the fewest classes.

    Args:
        category: The target.
        reference: The run's reference condition.
        conditions: The conditions that are run, each with epochs, label_mode and exclude_labels;
            where they are there, with keep_fraction, weights and weights_of.
        categories: The classes of the target and of others, as the configuration names them.
        resolve: Gives the mids of such classes, with all below them.
        chosen_on: The split whose clips choose the units.
    """
    left_out = {
        name: frozenset(resolve(condition["exclude_labels"]))
        for name, condition in conditions.items()
    }
    of_category = frozenset(resolve(categories[category]))
    order = sorted(conditions, key=lambda name: (name != reference, len(left_out[name])))
    trained = [name for name in order if conditions[name]["epochs"] > 0]
    on_true = [name for name in trained if conditions[name]["label_mode"] == "given"]
    without = [
        name
        for name in on_true
        if of_category <= left_out[name] and not conditions[name].get("keep_fraction")
    ]
    base = left_out[without[0]] if without else frozenset()
    further = [name for name in without if left_out[name] > base]
    players = {
        REFERENCE: without,
        WITH_CATEGORY: [name for name in on_true if not of_category & left_out[name]],
        UNTRAINED: [
            name for name in order if name not in trained and not _takes_weights(conditions[name])
        ],
        # What else the paper's networks with random labels did not hear is the same.
        MEMORISED: sorted(
            (name for name in trained if name not in on_true),
            key=lambda name: left_out[name] != base,
        ),
        WITHOUT_MORE: further,
    }
    gone = left_out[further[0]] if further else frozenset()
    more = [
        (item if isinstance(item, str) else item["label"]).lower()
        for item in (conditions[further[0]]["exclude_labels"] if further else ())
        if not base.issuperset(resolve([item]))
    ]
    classes_of = {name: resolve(given) for name, given in categories.items() if given}
    unheard = tuple(
        name
        for name, classes in classes_of.items()
        if name != category and gone.issuperset(classes) and not base.issuperset(classes)
    )
    condition_of = {role: names[0] for role, names in players.items() if names}
    return Cast(category, condition_of, reference, " and ".join(more), unheard, chosen_on)


def _takes_weights(condition: Mapping) -> bool:
    return bool(condition.get("weights") or condition.get("weights_of"))
