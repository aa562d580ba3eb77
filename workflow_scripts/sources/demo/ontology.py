"""The demo corpus's part of the AudioSet ontology: real ids, names and parents.

The nodes are the leaf classes that the synthesisers can make and all their ancestors, so that
descendants, ancestors and class labels behave as in the full ontology (Gemmeke et al. 2017).
"""

from __future__ import annotations

import json
from functools import cache

# (mid, name, parents); roots have no parents. Order follows the published class table.
NODES: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("/m/0dgw9r", "Human sounds", ()),
    ("/m/09l8g", "Human voice", ("/m/0dgw9r",)),
    ("/m/09x0r", "Speech", ("/m/09l8g",)),
    ("/m/05zppz", "Male speech, man speaking", ("/m/09x0r",)),
    ("/m/02zsn", "Female speech, woman speaking", ("/m/09x0r",)),
    ("/m/0ytgt", "Child speech, kid speaking", ("/m/09x0r",)),
    ("/m/01j3sz", "Laughter", ("/m/09l8g",)),
    ("/m/015lz1", "Singing", ("/m/09l8g",)),
    ("/t/dd00003", "Male singing", ("/m/015lz1",)),
    ("/t/dd00004", "Female singing", ("/m/015lz1",)),
    ("/m/02fxyj", "Humming", ("/m/09l8g",)),
    ("/m/0bpl036", "Human locomotion", ("/m/0dgw9r",)),
    ("/m/06h7j", "Run", ("/m/0bpl036",)),
    ("/m/07pbtc8", "Walk, footsteps", ("/m/0bpl036",)),
    ("/t/dd00012", "Human group actions", ("/m/0dgw9r",)),
    ("/m/07rkbfh", "Chatter", ("/t/dd00012",)),
    ("/m/0jbk", "Animal", ()),
    ("/m/068hy", "Domestic animals, pets", ("/m/0jbk",)),
    ("/m/0bt9lr", "Dog", ("/m/068hy",)),
    ("/m/05tny_", "Bark", ("/m/0bt9lr",)),
    ("/m/01280g", "Wild animals", ("/m/0jbk",)),
    ("/m/015p6", "Bird", ("/m/01280g",)),
    ("/m/020bb7", "Bird vocalization, bird call, bird song", ("/m/015p6",)),
    ("/m/03vt0", "Insect", ("/m/01280g",)),
    ("/m/09xqv", "Cricket", ("/m/03vt0",)),
    ("/m/04rlf", "Music", ()),
    ("/m/04szw", "Musical instrument", ("/m/04rlf",)),
    ("/m/05148p4", "Keyboard (musical)", ("/m/04szw",)),
    ("/m/05r5c", "Piano", ("/m/05148p4",)),
    ("/m/0l14md", "Percussion", ("/m/04szw",)),
    ("/m/02hnl", "Drum kit", ("/m/0l14md",)),
    ("/m/085jw", "Wind instrument, woodwind instrument", ("/m/04szw",)),
    ("/m/0l14j_", "Flute", ("/m/085jw",)),
    ("/m/0kpv1t", "Music genre", ("/m/04rlf",)),
    ("/m/0glt670", "Hip hop music", ("/m/0kpv1t",)),
    ("/m/06by7", "Rock music", ("/m/0kpv1t",)),
    ("/m/02w4v", "Folk music", ("/m/0kpv1t",)),
    ("/m/03_d0", "Jazz", ("/m/0kpv1t",)),
    ("/m/0ggq0m", "Classical music", ("/m/0kpv1t",)),
    ("/m/02lkt", "Electronic music", ("/m/0kpv1t",)),
    ("/m/07gxw", "Techno", ("/m/02lkt",)),
    ("/m/059j3w", "Natural sounds", ()),
    ("/m/0838f", "Water", ("/m/059j3w",)),
    ("/m/06mb1", "Rain", ("/m/0838f",)),
    ("/m/0j6m2", "Stream", ("/m/0838f",)),
    ("/m/05kq4", "Ocean", ("/m/0838f",)),
    ("/m/034srq", "Waves, surf", ("/m/05kq4",)),
    ("/t/dd00041", "Sounds of things", ()),
    ("/m/07yv9", "Vehicle", ("/t/dd00041",)),
    ("/m/012f08", "Motor vehicle (road)", ("/m/07yv9",)),
    ("/m/0k4j", "Car", ("/m/012f08",)),
    ("/m/0912c9", "Vehicle horn, car horn, honking", ("/m/0k4j", "/m/07pp_mv")),
    ("/m/03j1ly", "Emergency vehicle", ("/m/012f08",)),
    ("/m/04qvtq", "Police car (siren)", ("/m/03j1ly", "/m/03kmc9")),
    ("/m/04_sv", "Motorcycle", ("/m/012f08",)),
    ("/m/06d_3", "Rail transport", ("/m/07yv9",)),
    ("/m/07jdr", "Train", ("/m/06d_3",)),
    ("/m/0284vy3", "Train horn", ("/m/07jdr",)),
    ("/m/01g50p", "Railroad car, train wagon", ("/m/06d_3",)),
    ("/m/02mk9", "Engine", ("/t/dd00041",)),
    ("/m/07pb8fc", "Idling", ("/m/02mk9",)),
    ("/m/07q2z82", "Accelerating, revving, vroom", ("/m/02mk9",)),
    ("/t/dd00071", "Domestic sounds, home sounds", ("/t/dd00041",)),
    ("/m/0316dw", "Typing", ("/t/dd00071",)),
    ("/m/07pp_mv", "Alarm", ("/t/dd00041",)),
    ("/m/07cx4", "Telephone", ("/m/07pp_mv",)),
    ("/m/07pp8cl", "Telephone bell ringing", ("/m/07cx4",)),
    ("/m/02c8p", "Telephone dialing, DTMF", ("/m/07cx4",)),
    ("/m/01z47d", "Busy signal", ("/m/07cx4",)),
    ("/m/046dlr", "Alarm clock", ("/m/07pp_mv",)),
    ("/m/03kmc9", "Siren", ("/m/07pp_mv",)),
    ("/m/0dgbq", "Civil defense siren", ("/m/03kmc9",)),
    ("/t/dd00077", "Mechanisms", ("/t/dd00041",)),
    ("/m/01x3z", "Clock", ("/t/dd00077",)),
    ("/m/07qjznl", "Tick-tock", ("/m/01x3z",)),
)

# Nodes that the published table of 527 classes leaves out, with the ontology's restrictions.
NOT_CLASSES: dict[str, tuple[str, ...]] = {
    "/m/0dgw9r": ("abstract",),
    "/m/09l8g": ("abstract",),
    "/m/0bpl036": ("abstract",),
    "/t/dd00012": ("abstract",),
    "/m/0kpv1t": ("abstract",),
    "/m/059j3w": ("blacklist",),
    "/t/dd00041": ("blacklist",),
    "/t/dd00071": ("blacklist",),
}

_PARENTS = {mid: parents for mid, _, parents in NODES}


def demo_ontology() -> list[dict]:
    """The nodes in the shape of AudioSet's `ontology.json`, one mapping per node."""
    children: dict[str, list[str]] = {mid: [] for mid, _, _ in NODES}
    for mid, _, parents in NODES:
        for parent in parents:
            children[parent].append(mid)
    return [
        {
            "id": mid,
            "name": name,
            "description": f"{name}, as synthesised for the demo corpus.",
            "citation_uri": "",
            "positive_examples": [],
            "child_ids": children[mid],
            "restrictions": list(NOT_CLASSES.get(mid, ())),
        }
        for mid, name, _ in NODES
    ]


def demo_class_labels() -> list[tuple[int, str, str]]:
    """The class table: (index, mid, display name) of every node that is a class."""
    classes = [(mid, name) for mid, name, _ in NODES if mid not in NOT_CLASSES]
    return [(index, mid, name) for index, (mid, name) in enumerate(classes)]


@cache
def ancestors_of(mid: str) -> frozenset[str]:
    """All nodes above a node, without itself, classes or not.

    Raises:
        KeyError: the node is not in the demo ontology.
    """
    if mid not in _PARENTS:
        raise KeyError(f"{mid} is not a node of the demo ontology; its nodes are listed in NODES.")
    above: set[str] = set()
    for parent in _PARENTS[mid]:
        above |= {parent} | ancestors_of(parent)
    return frozenset(above)


def labels_with_ancestors(mids: list[str]) -> list[str]:
    """The class labels of a clip with these classes: themselves and their ancestor classes.

    In the order of the class table.
    """
    closed = set(mids).union(*(ancestors_of(mid) for mid in mids))
    return [mid for _, mid, _ in demo_class_labels() if mid in closed]


def ontology_json() -> str:
    """The ontology as the text of an AudioSet `ontology.json`."""
    return json.dumps(demo_ontology(), indent=2) + "\n"


def class_labels_csv() -> str:
    """The class table as the text of an AudioSet `class_labels_indices.csv`."""
    rows = [f'{index},{mid},"{name}"' for index, mid, name in demo_class_labels()]
    return "\n".join(["index,mid,display_name", *rows]) + "\n"
