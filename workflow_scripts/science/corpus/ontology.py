"""AudioSet's ontology: mids in a directed acyclic graph, where a node may have several parents."""

from __future__ import annotations

import difflib
import graphlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd


class TableError(ValueError):
    """A table or ontology file that is refused; the message names the file and the place."""


@dataclass(frozen=True)
class Ontology:
    """The graph of sound categories.

    Attributes:
        name: What error messages call it, usually the file it was read from.
        names: Display name of each mid.
        children: The direct children of each mid, in the ontology's order.
    """

    name: str
    names: Mapping[str, str]
    children: Mapping[str, tuple[str, ...]]

    @classmethod
    def from_json(cls, text: str, name: str) -> Ontology:
        """Read AudioSet's ``ontology.json``: a list of objects with id, name and child_ids.

        Raises:
            TableError: Not JSON, a node without one of the three keys, an id given twice, a child
                that is no node, or a cycle.
        """
        try:
            nodes = json.loads(text)
        except json.JSONDecodeError as error:
            raise TableError(f"{name}, line {error.lineno}: not JSON ({error.msg}).") from error
        if not isinstance(nodes, list) or not nodes:
            raise TableError(f"{name}: expected a list of ontology nodes.")
        names: dict[str, str] = {}
        children: dict[str, tuple[str, ...]] = {}
        for position, node in enumerate(nodes, start=1):
            mid, display_name, child_mids = _read_node(node, f"{name}, node {position}")
            if mid in names:
                raise TableError(f"{name}, node {position}: the id {mid} is given twice.")
            names[mid], children[mid] = display_name, child_mids
        _refuse_broken_graph(children, name)
        return cls(name, names, children)

    def descendants(self, mid: str) -> frozenset[str]:
        """Mids of all nodes that can be reached from ``mid`` downwards, with ``mid`` itself.

        Raises:
            ValueError: ``mid`` is no node of the ontology.
        """
        if mid not in self.names:
            raise ValueError(f"{self.name} has no node {mid!r}.")
        found = {mid}
        waiting = [mid]
        while waiting:
            new = set(self.children[waiting.pop()]) - found
            found |= new
            waiting.extend(new)
        return frozenset(found)

    def find(self, label: str, class_labels: pd.DataFrame | None = None) -> str:
        """The mid that ``label`` means: a mid or a display name.

        An exact match comes before one that ignores case. With ``class_labels`` the display
        names of the class table are accepted too, where they differ from the ontology's.

        Raises:
            ValueError: No node is meant, or more than one; the message suggests what may be meant.
        """
        if label in self.names:
            return label
        candidates = [(display_name, mid) for mid, display_name in self.names.items()]
        if class_labels is not None:
            candidates += zip(class_labels["display_name"], class_labels["mid"], strict=True)
        matches = _matching_mids(label, candidates)
        if len(matches) == 1:
            return matches[0]
        if matches:
            raise ValueError(
                f"{label!r} means {len(matches)} nodes of {self.name}: {', '.join(matches)}; "
                "give the mid of one."
            )
        raise ValueError(
            f"{self.name} has no node {label!r}. {_suggestions(label, candidates)} "
            "Allowed are mids and display names."
        )


def _read_node(node: object, place: str) -> tuple[str, str, tuple[str, ...]]:
    if not isinstance(node, dict):
        raise TableError(f"{place}: expected an object with id, name and child_ids.")
    mid, display_name, children = (node.get(key) for key in ("id", "name", "child_ids"))
    if not (isinstance(mid, str) and mid and isinstance(display_name, str) and display_name):
        raise TableError(f"{place}: 'id' and 'name' must be strings that are not empty.")
    if not isinstance(children, list) or not all(isinstance(child, str) for child in children):
        raise TableError(f"{place} ({mid}): 'child_ids' must be a list of ids.")
    return mid, display_name, tuple(children)


def _refuse_broken_graph(children: Mapping[str, Sequence[str]], name: str) -> None:
    for mid, child_mids in children.items():
        for child in child_mids:
            if child not in children:
                raise TableError(f"{name}: {mid} has the child {child}, which is no node.")
    try:
        graphlib.TopologicalSorter(children).prepare()
    except graphlib.CycleError as error:
        # graphlib walks from child to parent; reversed, the cycle reads from parent to child.
        cycle = " > ".join(reversed(error.args[1]))
        raise TableError(f"{name}: a node is its own descendant: {cycle}.") from error


def _matching_mids(label: str, candidates: Sequence[tuple[str, str]]) -> list[str]:
    exact = [mid for name, mid in candidates if name == label]
    folded = label.casefold()
    loose = [mid for name, mid in candidates if folded in (name.casefold(), mid.casefold())]
    return list(dict.fromkeys(exact or loose))


def _suggestions(label: str, candidates: Sequence[tuple[str, str]]) -> str:
    by_folded_name = {name.casefold(): (name, mid) for name, mid in reversed(candidates)}
    close = difflib.get_close_matches(label.casefold(), by_folded_name, n=5)
    if not close:
        return "No display name is close to it."
    return "Close: " + ", ".join("{!r} ({})".format(*by_folded_name[name]) for name in close) + "."


def describe_subclasses(
    ontology: Ontology, class_labels: pd.DataFrame, parent: str | None
) -> pd.DataFrame:
    """Columns mid and subclass of the classes right below a class of the ontology, in class order.

    Args:
        ontology: The graph of classes.
        class_labels: Columns mid and display_name.
        parent: Mid or name; no rows where it is None, or is no node of the ontology.
    """
    try:
        children = set(ontology.children[ontology.find(parent, class_labels)] if parent else ())
    except ValueError:
        children = set()
    table = class_labels.loc[class_labels["mid"].isin(children), ["mid", "display_name"]]
    return table.rename(columns={"display_name": "subclass"}).reset_index(drop=True)
