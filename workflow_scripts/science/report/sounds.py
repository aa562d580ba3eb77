"""Which clips a report lets one hear, and what the units respond to them.

Four parts, a row of a table for each sound in each: the clips that drive the selective units of a
network `most` and `least`, a clip and its `quilts`, and the clips that drive each of the `units`.
Responses are relative, too: to the mean response to clips without anything of the category, and of
quilts to the original.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from science.quilts.segments import ORIGINAL

MOST, LEAST, QUILTS, UNITS = "most", "least", "quilts", "units"
CLIPS_EACH = 6
CLIPS_OF_UNIT = 5
# What is heard of a clip that stands for itself; quilts are heard whole.
EXCERPT_S = 4.0
NATURAL = "natural"


def sounds_of_network(
    clip_ids: np.ndarray,
    responses: np.ndarray,
    units: pd.DataFrame,
    groups: tuple[np.ndarray, np.ndarray],
    stimuli: Mapping[str, np.ndarray] | None = None,
) -> pd.DataFrame:
    """All rows; the column `file` names the sound of each, one for a clip however often it comes.

    Args:
        clip_ids: [clips].
        responses: [clips, units].
        units: Columns unit, rank and selected, a row for each unit in order.
        groups: Masks [clips] of the category's clips and of those without anything of it.
        stimuli: Responses [clips, units] to quilts of the same clips, `original` among them; None
            where there are no quilts.
    """
    category, others = groups
    selected = units["selected"].to_numpy(dtype=bool)
    means = responses[:, selected].mean(axis=1)
    parts = [
        driving_clips(clip_ids, means, others),
        clips_of_units(clip_ids, responses, others, units),
    ]
    row = typical_clip(means, category)
    if stimuli and row is not None:
        answers = {name: of[row, selected].mean() for name, of in stimuli.items()}
        parts.append(quilts_of_clip(str(clip_ids[row]), answers))
    sounds = pd.concat(parts, ignore_index=True)
    number = pd.Series(pd.factorize(sounds["clip_id"])[0] + 1)
    names = "clip_" + number.map("{:03d}".format) + ".ogg"
    names_of_quilts = "quilt_" + sounds["stimulus"] + ".ogg"
    return sounds.assign(file=names.where(sounds["stimulus"] == NATURAL, names_of_quilts))


def driving_clips(
    clip_ids: np.ndarray, responses: np.ndarray, others: np.ndarray, clips: int = CLIPS_EACH
) -> pd.DataFrame:
    """The clips that drive the selective units most and least.

    Args:
        clip_ids: [clips].
        responses: [clips], means over the selective units.
        others: Mask [clips] of the clips without anything of the category.
        clips: How many of either.
    """
    order = np.argsort(-responses, kind="stable")
    clips = min(clips, len(order) // 2)
    given = clip_ids, responses, others
    most, least = _rows(*given, order[:clips]), _rows(*given, order[::-1][:clips])
    return pd.concat([most.assign(part=MOST), least.assign(part=LEAST)], ignore_index=True)


def clips_of_units(
    clip_ids: np.ndarray,
    responses: np.ndarray,
    others: np.ndarray,
    units: pd.DataFrame,
    clips: int = CLIPS_OF_UNIT,
) -> pd.DataFrame:
    """The clips that drive each selective unit most, the most selective unit first.

    Args:
        clip_ids: [clips].
        responses: [clips, units], of all units.
        others: Mask [clips] of the clips without anything of the category.
        units: Columns unit, rank and selected.
        clips: How many of each unit.
    """
    parts = []
    for unit in units[units["selected"].astype(bool)].sort_values("rank").to_dict("records"):
        own = responses[:, unit["unit"]]
        rows = _rows(clip_ids, own, others, np.argsort(-own, kind="stable")[:clips])
        parts.append(rows.assign(part=UNITS, unit=unit["unit"], rank=unit["rank"]))
    return pd.concat(parts, ignore_index=True)


def typical_clip(responses: np.ndarray, category: np.ndarray) -> int | None:
    """The row of the category's clip whose response is the median of theirs; None without a clip.

    The one with the largest would be an exception, and could only lose.

    Args:
        responses: [clips].
        category: Mask [clips].
    """
    rows = np.flatnonzero(category)
    if not len(rows):
        return None
    return int(rows[np.argsort(responses[rows], kind="stable")[(len(rows) - 1) // 2]])


def quilts_of_clip(clip_id: str, responses: Mapping[str, float]) -> pd.DataFrame:
    """A clip and its quilts, the original first.

    Args:
        clip_id: The clip.
        responses: Mean response of the selective units to each stimulus, the original among them.
    """
    names = [ORIGINAL, *(name for name in responses if name != ORIGINAL)]
    values = np.array([responses[name] for name in names], dtype=float)
    rows = pd.DataFrame(
        {"place": range(1, len(names) + 1), "stimulus": names, "response": values},
    )
    return rows.assign(part=QUILTS, clip_id=clip_id, relative=_over(values, values[0]))


def _rows(
    clip_ids: np.ndarray, responses: np.ndarray, others: np.ndarray, order: np.ndarray
) -> pd.DataFrame:
    """Rows of some clips, in this order."""
    mean = responses[others].mean() if others.any() else np.nan
    return pd.DataFrame(
        {
            "place": range(1, len(order) + 1),
            "clip_id": clip_ids[order],
            "stimulus": NATURAL,
            "response": responses[order].astype(float),
            "relative": _over(responses[order].astype(float), mean),
        }
    )


def _over(values: np.ndarray, reference: float) -> np.ndarray:
    """Multiples of a reference; unknown where it is zero, or unknown itself."""
    return values / reference if reference > 0 else np.full(len(values), np.nan)
