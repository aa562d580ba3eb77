"""What any set of units shows of selectivity, in a few numbers: of a layer, or at an epoch.

Each is the number that an analysis of the run gives of the features: the response ratio of held-out
clips (selectivity), the average precision of a linear read-out (separability), what the shortest
quilts take from the selective units (quilts), the ratio of natural sounds (natural_sounds), and
the correlation of the profile over these with a component of the brain (brain).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import NamedTuple, TypeVar

import numpy as np
import pandas as pd

from science.analyses.brain import profile_correlation
from science.analyses.quilts import ORIGINAL, means_over_units
from science.analyses.ratios import NO_UNIT, response_ratio, safe_ratio, why_undefined
from science.analyses.readout import evaluate_readout
from science.analyses.selection import OTHER_SPLIT, Sample, mean_response, rank_by_index

RATIO, SEPARABILITY = "ratio", "separability"
QUILT_LOSS, RATIO_OF_SOUNDS = "quilt_loss", "ratio_of_sounds"
CORRELATION = "component_correlation"
Key = TypeVar("Key", int, str)
MEASURES = (RATIO, SEPARABILITY, QUILT_LOSS, RATIO_OF_SOUNDS, CORRELATION)
NO_CLIP = "there is no clip of the category"
ALIKE = "the units respond to all sounds alike"


class Heard(NamedTuple):
    """Responses of one set of units to everything that they are measured by.

    Attributes:
        natural: By split, responses [clips, units] and masks [clips] of the category and of others.
        quilts: Responses [clips, units] to the shortest quilts and to their `original`.
        members: Mask [clips] of the quilted clips that are all of the category.
        sounds: Responses [sounds, units] to natural sounds; None where there are none.
        wanted: Mask [sounds] of the sounds of the category.
        component: Response [sounds] of the brain's component; None where it is not known.
    """

    natural: Mapping[str, Sample]
    quilts: Mapping[str, np.ndarray]
    members: np.ndarray
    sounds: np.ndarray | None = None
    wanted: np.ndarray | None = None
    component: np.ndarray | None = None


def heard_by_each(
    responses: Mapping[str, Mapping[Key, np.ndarray]],
    masks: Mapping[str, tuple[np.ndarray, np.ndarray]],
    members: np.ndarray,
    of_sounds: pd.DataFrame,
) -> dict[Key, Heard]:
    """What each of several sets of units hears, such as layers or epochs, in their order.

    Args:
        responses: By set, to the clips of `train` and `test`, to the shortest quilts (`quilt`) and
            their `original`, and where there are any to natural `sounds`.
        masks: By split, the clips of the category, and others.
        members: Mask [clips] of the quilted clips of the category.
        of_sounds: A row for each natural sound: `wanted`, whether it is of the category, and
            `component`, the response of the brain's component, NaN where it is not known.
    """
    sounds = responses.get("sounds", {})
    known = len(of_sounds) > 0 and of_sounds["component"].notna().all()
    return {
        key: Heard(
            natural={split: (responses[split][key], *masks[split]) for split in OTHER_SPLIT},
            quilts={name: responses[name][key] for name in ("quilt", ORIGINAL)},
            members=members,
            sounds=sounds.get(key),
            wanted=of_sounds["wanted"].to_numpy(dtype=bool),
            component=of_sounds["component"].to_numpy(dtype=float) if known else None,
        )
        for key in responses["train"]
    }


def choose_units(heard: Heard, chosen_on: str, settings: Mapping) -> np.ndarray:
    """Numbers of the units that are selective by the clips of one split."""
    ranked = rank_by_index(*heard.natural[chosen_on], settings)
    return np.flatnonzero(ranked["selected"])


def measure(heard: Heard, units: np.ndarray, chosen_on: str) -> list[dict[str, object]]:
    """The measures of one set of units.

    Args:
        heard: What they respond.
        units: Numbers of the selective ones.
        chosen_on: The split, 'train' or 'test', that chose them; their ratio is of the other.

    Returns:
        A row for each of `MEASURES`: measure, value, and note where that is NaN. Without natural
        sounds theirs are left out, and without a component its correlation.
    """
    _, category, others = held_out = heard.natural[OTHER_SPLIT[chosen_on]]
    ratio = response_ratio(held_out[0], units, category, others)
    read_out = evaluate_readout(*_pure(heard.natural["train"]), *_pure(heard.natural["test"]))
    loss = quilt_loss(heard.quilts, units, heard.members)
    noted = NO_UNIT if not len(units) else ""
    rows = [
        (RATIO, ratio, noted or why_undefined(ratio, category, others)),
        (SEPARABILITY, read_out.average_precision, read_out.note),
        (QUILT_LOSS, loss, noted or (NO_CLIP if math.isnan(loss) else "")),
    ]
    if heard.sounds is not None:
        of_sounds = response_ratio(heard.sounds, units, heard.wanted, ~heard.wanted)
        why = noted or why_undefined(of_sounds, heard.wanted, ~heard.wanted)
        rows.append((RATIO_OF_SOUNDS, of_sounds, why))
    if heard.sounds is not None and heard.component is not None:
        profile = mean_response(heard.sounds, units)
        r = profile_correlation(profile, heard.component)
        rows.append((CORRELATION, r, noted or (ALIKE if math.isnan(r) else "")))
    return [dict(zip(("measure", "value", "note"), row, strict=True)) for row in rows]


def quilt_loss(
    stimuli: Mapping[str, np.ndarray], units: Sequence[int], members: np.ndarray
) -> float:
    """Share of the units' mean response to originals of the category that quilting takes away.

    NaN where there is no clip or no unit, or the units are silent to the originals.
    """
    mask = np.isin(np.arange(stimuli[ORIGINAL].shape[1]), units)
    if not mask.any() or not members.any():
        return math.nan
    response = means_over_units(stimuli, mask)[members].mean()
    (quilt,) = (name for name in stimuli if name != ORIGINAL)
    return float(1 - safe_ratio(response[quilt], response[ORIGINAL]))


def _pure(sample: Sample) -> tuple[np.ndarray, np.ndarray]:
    """The clips that are read out, and which of them are of the category."""
    responses, category, others = sample
    return responses[category | others], category[category | others]
