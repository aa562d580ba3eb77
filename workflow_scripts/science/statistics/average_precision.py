"""Average precision: per class, and by chance.

Average precision is the sum over score thresholds of the precision times the step in recall, as
scikit-learn's ``average_precision_score`` defines it. Written per positive clip it is the mean of
(positives with at least its score) / (clips with at least its score), which treats tied clips
alike.
"""

from __future__ import annotations

import numpy as np

# Scores sorted at once: 4 million float32 are 16 MB.
CHUNK_VALUES = 4_000_000
# Positive clips compared with all clips at once: 512 x 15,000 float32 are 31 MB.
POSITIVES_AT_ONCE = 512


def average_precision_per_class(scores: np.ndarray, targets: np.ndarray) -> np.ndarray:
    """Average precision of each column: scores and targets [clips, classes] -> float64 [classes].

    A single column of targets [clips, 1] serves all columns of scores. Classes without positives
    are NaN.

    Raises:
        ValueError: if the shapes do not match or a score is NaN.
    """
    scores, targets = _check(scores, targets)
    clips, classes = scores.shape
    targets = np.broadcast_to(targets, scores.shape)
    result = np.full(classes, np.nan)
    chunk = max(1, CHUNK_VALUES // max(1, clips))
    for start in range(0, classes, chunk):
        # Classes as rows, so that each sort and each look-up runs over adjacent memory.
        rows = np.ascontiguousarray(scores[:, start : start + chunk].T)
        ascending = np.sort(rows, axis=1)
        positives = np.ascontiguousarray(targets[:, start : start + chunk].T)
        for row in range(len(rows)):
            positive_scores = np.sort(rows[row][positives[row]])
            if len(positive_scores):
                result[start + row] = _mean_precision(ascending[row], positive_scores)
    return result


def resampled_average_precision(
    scores: np.ndarray, targets: np.ndarray, drawn: np.ndarray
) -> np.ndarray:
    """Average precision of each class in resamples of the clips.

    Args:
        scores: [clips, classes].
        targets: [clips, classes] bool.
        drawn: [resamples, clips] how often each clip was drawn.

    Returns:
        float64 [resamples, classes]; NaN where a resample has no positive of the class.

    Raises:
        ValueError: as `average_precision_per_class`.
    """
    scores, targets = _check(scores, targets)
    # Numbers of clips are whole and below 2^24, which single precision adds up exactly.
    drawn = np.ascontiguousarray(np.asarray(drawn, dtype=np.float32).T)
    result = np.full((drawn.shape[1], scores.shape[1]), np.nan)
    for column in range(scores.shape[1]):
        of_class, positive = scores[:, column], np.flatnonzero(targets[:, column])
        sums = np.zeros(drawn.shape[1])
        for start in range(0, len(positive), POSITIVES_AT_ONCE):
            rows = positive[start : start + POSITIVES_AT_ONCE]
            # Tied clips count alike: all with at least the score.
            at_least = (of_class >= of_class[rows, None]).astype(np.float32)
            clips, positives = at_least @ drawn, at_least[:, positive] @ drawn[positive]
            sums += (drawn[rows] * (positives / np.maximum(clips, 1))).sum(axis=0, dtype=float)
        weight = drawn[positive].sum(axis=0)
        np.divide(sums, weight, out=result[:, column], where=weight > 0)
    return result


def mean_average_precision(per_class: np.ndarray) -> float:
    """Mean over the classes that have an average precision; NaN if none has."""
    per_class = np.asarray(per_class, dtype=np.float64)
    known = per_class[~np.isnan(per_class)]
    return float(known.mean()) if len(known) else float("nan")


def positive_rate_per_class(targets: np.ndarray) -> np.ndarray:
    """Share of positive clips of each class: targets [clips, classes] -> float64 [classes].

    It is what clips give that all score alike, and what Kim, Kim & Jeong (2024) call chance. NaN
    for classes without positives.
    """
    targets = np.asarray(targets, dtype=bool)
    rate = targets.sum(axis=0, dtype=np.float64) / max(len(targets), 1)
    return np.where(rate > 0, rate, np.nan)


def chance_per_class(targets: np.ndarray) -> np.ndarray:
    """Average precision expected of a random order: targets [clips, classes] -> float64 [classes].

    A positive clip at place k has k - 1 clips before it, of which a share of
    (positives - 1) / (clips - 1) is positive. The mean of its precision over all k lies above the
    positive rate, the more the fewer clips there are (Bestgen 2015, Prague Bulletin of Mathematical
    Linguistics 103). NaN for classes without positives, which have nothing to compare with.
    """
    targets = np.asarray(targets, dtype=bool)
    clips, positives = len(targets), targets.sum(axis=0, dtype=np.float64)
    if not clips:
        return np.full(len(positives), np.nan)
    first = np.mean(1 / np.arange(1, clips + 1))
    others = (positives - 1) / max(clips - 1, 1)
    return np.where(positives > 0, first + (1 - first) * others, np.nan)


def _mean_precision(ascending: np.ndarray, positive_scores: np.ndarray) -> float:
    """Mean over positives of their precision, from all scores and positive ones, both ascending."""
    clips_at_least = len(ascending) - np.searchsorted(ascending, positive_scores, side="left")
    positives_at_least = len(positive_scores) - np.searchsorted(
        positive_scores, positive_scores, side="left"
    )
    return float(np.mean(positives_at_least / clips_at_least))


def _check(scores: np.ndarray, targets: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    scores, targets = np.asarray(scores), np.asarray(targets, dtype=bool)
    fits = scores.ndim == 2 and targets.ndim == 2 and len(scores) == len(targets)
    if not fits or targets.shape[1] not in (1, scores.shape[1]):
        raise ValueError(
            f"Average precision: scores are {scores.shape} but targets {targets.shape}; both must "
            "be [clips, classes] with the same clips and classes."
        )
    if scores.dtype == np.float16:
        # Sorting is many times faster in single precision, which holds every half exactly.
        scores = scores.astype(np.float32)
    unknown = np.count_nonzero(np.isnan(scores))
    if unknown:
        raise ValueError(
            f"Average precision: {unknown} scores are NaN; leave those clips or classes out."
        )
    return scores, targets
