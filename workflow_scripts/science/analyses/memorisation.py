"""How well a network knows the labels of clips, beside the scores meant for another class.

Kim, Kim & Jeong (2024) train networks on random labels and find them to know these by heart and
new clips at chance. A random order of the clips is what a score without regard to the sound gives;
but classes have few clips, which sound alike, so that the scores of *any* class order them better
or worse than that. Chance is therefore what each class reaches with the scores of another.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from science.corpus.audioset import multi_hot
from science.statistics.average_precision import chance_per_class, mean_average_precision

NULL_SAMPLES = 1000
NULL_QUANTILES = (0.025, 0.975)
RESULT_COLUMNS = (
    "mean_average_precision",
    "chance",
    "null_mean",
    "null_low",
    "null_high",
    "classes",
    "clips",
    "note",
)


def cross_average_precision(scores: np.ndarray, targets: np.ndarray) -> np.ndarray:
    """Average precision of every class' scores for every class' targets.

    Args:
        scores: [clips, classes].
        targets: [clips, classes] bool.

    Returns:
        float64 [classes, classes]: row i, column j has the scores of class i for the targets of
        class j, so that the diagonal is `average_precision_per_class`. Columns of classes without
        a positive clip are NaN.
    """
    scores, targets = np.asarray(scores, dtype=np.float32), np.asarray(targets, dtype=bool)
    place = _clips_at_least(scores)
    classes = scores.shape[1]
    result = np.full((classes, targets.shape[1]), np.nan)
    for column in range(targets.shape[1]):
        # Ascending: the highest scores first.
        of_positives = np.sort(place[targets[:, column]], axis=0)
        if len(of_positives):
            result[:, column] = (_positives_at_least(of_positives) / of_positives).mean(axis=0)
    return result


def other_class_null(
    cross: np.ndarray, generator: np.random.Generator, samples: int = NULL_SAMPLES
) -> np.ndarray:
    """Mean average precisions where each class has the scores of another.

    Args:
        cross: From `cross_average_precision`.
        generator: Deals out the scores.
        samples: How often.

    Returns:
        [samples]; in each the classes with positive clips stand in a random circle, and each takes
        the scores of the next. NaN with fewer than two such classes.
    """
    known = np.flatnonzero(~np.isnan(np.diagonal(cross)))
    if len(known) < 2:
        return np.full(samples, np.nan)
    circles = generator.permuted(np.tile(known, (samples, 1)), axis=1)
    return cross[np.roll(circles, -1, axis=1), circles].mean(axis=1)


def knowledge_of_targets(
    scores: np.ndarray,
    labels: Sequence[Sequence[str]],
    classes: Sequence[str],
    generator: np.random.Generator,
) -> dict[str, object]:
    """Mean AP over the classes with a positive clip, and what chance would give.

    Args:
        scores: [clips, classes].
        labels: The mids of each clip; those of no class of `classes` have no part.
        classes: Mids, in the order of the scores.
        generator: For the null.

    Returns:
        `RESULT_COLUMNS`: chance is the mean AP expected of a random order, null_mean, null_low and
        null_high are the mean and the central 95% of `other_class_null`.
    """
    if len(scores) == 0:
        unknown = dict.fromkeys(RESULT_COLUMNS[:5], np.nan)
        note = "no clips: the condition is not trained"
        return unknown | {"classes": 0, "clips": 0, "note": note}
    known = set(classes)
    truth = multi_hot([[mid for mid in of_clip if mid in known] for of_clip in labels], classes)
    cross = cross_average_precision(scores, truth)
    precisions = np.diagonal(cross)
    null = other_class_null(cross, generator)
    low, high = np.quantile(null, NULL_QUANTILES)
    values = (
        mean_average_precision(precisions),
        mean_average_precision(chance_per_class(truth)),
        null.mean(),
        low,
        high,
        int(np.isfinite(precisions).sum()),
        len(scores),
        "",
    )
    return dict(zip(RESULT_COLUMNS, values, strict=True))


def describe_knowledge(
    scored: Mapping[str, tuple[str, np.ndarray, Sequence[Sequence[str]]]],
    classes: Sequence[str],
    generators: Mapping[str, np.random.Generator],
) -> pd.DataFrame:
    """A row for each split of one network.

    Args:
        scored: By split the kind of targets, the scores [clips, classes] and the mids of each clip.
        classes: Mids, in the order of the scores.
        generators: For the null of each split.

    Returns:
        Columns split, targets and `RESULT_COLUMNS`.
    """
    rows = []
    for split, (kind, *given) in scored.items():
        known = knowledge_of_targets(*given, classes, generators[split])
        rows.append({"split": split, "targets": kind, **known})
    return pd.DataFrame(rows)


def by_split(
    clip_ids: np.ndarray, scores: np.ndarray, targets: pd.DataFrame
) -> dict[str, tuple[str, np.ndarray, list]]:
    """The scores of the clips that a network was trained or validated on, with their targets.

    Args:
        clip_ids: [clips].
        scores: [clips, classes].
        targets: Columns clip_id, split and targets (mids) of the network's condition.

    Returns:
        For 'train' and 'validation' what `describe_knowledge` takes.
    """
    scored = {}
    for split in ("train", "validation"):
        of_split = targets[targets["split"] == split].set_index("clip_id")["targets"]
        used = np.isin(clip_ids, of_split.index.to_numpy(dtype=object))
        scored[split] = ("trained on", scores[used], of_split[clip_ids[used]].tolist())
    return scored


def _clips_at_least(scores: np.ndarray) -> np.ndarray:
    """For each score, how many clips have at least that in its class: int32 [clips, classes]."""
    result = np.empty(scores.shape, dtype=np.int32)
    for column in range(scores.shape[1]):
        values = np.ascontiguousarray(scores[:, column])
        below = np.searchsorted(np.sort(values), values, side="left")
        result[:, column] = len(values) - below
    return result


def _positives_at_least(places: np.ndarray) -> np.ndarray:
    """How many positives come as early, of places [positives, classes] that ascend; ties alike."""
    count = len(places)
    order = np.broadcast_to(np.arange(1, count + 1, dtype=np.int32)[:, None], places.shape)
    last_of_tie = np.ones(places.shape, dtype=bool)
    last_of_tie[:-1] = places[1:] != places[:-1]
    ends = np.where(last_of_tie, order, count)
    return np.minimum.accumulate(ends[::-1], axis=0)[::-1]
