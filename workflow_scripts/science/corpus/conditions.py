"""Which clips and labels each training condition sees.

A condition leaves out training clips by label or by name, and trains on true or on random labels
(Kim, Kim & Jeong 2024, Methods). Which clips validate is chosen once, for all conditions: analyses
of the train split go without them, and no network trains on a clip that another is judged by. The
test set is the same for all conditions: analyses need it whole, with its true labels.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from science.statistics.randomness import named_generator

KEPT = "kept"

_SPLIT_ORDER = ("train", "validation", "test")


@dataclass(frozen=True)
class Condition:
    """What a network is trained on.

    Attributes:
        name: As the results are filed.
        excluded_labels: Mids; a training clip that carries any of them is left out.
        excluded_clips: Ids of training clips that are left out by hand.
        label_mode: ``given`` for the clips' own labels, or ``random`` for labels drawn at random
            (`shuffle_labels`).
        keep_fraction: Share of the clips that would be left out that stays in (`chosen_by_hash`).
    """

    name: str
    excluded_labels: tuple[str, ...] = ()
    excluded_clips: frozenset[str] = frozenset()
    label_mode: str = "given"
    keep_fraction: float = 0.0


def divide_clips(clips: pd.DataFrame, validation_fraction: float, seed: int) -> pd.DataFrame:
    """The available clips, each in its split, the same for every condition and analysis.

    The last hash that validates moves little where clips come or go, so that a clip that is fetched
    later moves few others.

    Args:
        clips: Columns ``clip_id``, ``corpus_split`` ('train' or 'test'), ``labels`` (mids) and
            ``status`` ('ok', or why the clip is missing).
        validation_fraction: Share of the clips of the train corpus that validate.
        seed: Decides which (`chosen_by_hash`). The rows' order does not.

    Returns:
        Columns ``clip_id``, ``split`` ('train', 'validation' or 'test') and ``labels``, sorted by
        ``clip_id``.
    """
    there = clips[clips["status"] == "ok"].sort_values("clip_id", ignore_index=True)
    split = there["corpus_split"].to_numpy(dtype=object)
    training = np.flatnonzero(split == "train")
    validates = chosen_by_hash(there["clip_id"][training], validation_fraction, str(seed))
    split[training[validates]] = "validation"
    return there[["clip_id", "labels"]].assign(split=split)[["clip_id", "split", "labels"]]


def label_condition(
    clips: pd.DataFrame,
    divided: pd.DataFrame,
    condition: Condition,
    class_labels: pd.DataFrame,
    seed: int,
) -> pd.DataFrame:
    """Decide for every clip whether a condition uses it, where, and with which labels.

    A clip of the train corpus is left out, for the first reason that holds: it is not available,
    it is excluded by hand, it carries a left-out label. A share of those left out for the last two
    reasons may stay in, with their own labels: the same clips for every condition with the same
    exclusions, those of a smaller share among those of a larger one. All that stay are in the split
    that they have for all conditions. With random labels, the labels of train and validation clips
    are shuffled together. Clips of the test corpus are left out only where not available.

    Args:
        clips: Columns ``clip_id``, ``corpus_split`` ('train' or 'test'), ``labels`` (mids) and
            ``status`` ('ok', or why the clip is missing).
        divided: What `divide_clips` made of them.
        condition: What to leave out.
        class_labels: Columns ``mid`` and ``display_name``, in class order.
        seed: Decides the random labels, with the condition's name, and which clips stay in. The
            rows' order does not.

    Returns:
        A row per clip, sorted by ``clip_id``, with columns ``split`` ('train', 'validation',
        'test', missing when left out), ``targets`` (mids; empty when left out) and ``left_out``
        (the reason, missing when kept).
    """
    ordered = clips.sort_values("clip_id", kind="stable", ignore_index=True)
    reasons = np.array(_reasons_to_leave_out(ordered, condition, class_labels), dtype=object)
    there = (ordered["status"] == "ok").to_numpy()
    excluded = np.flatnonzero(there & ~np.equal(reasons, None))
    stays = chosen_by_hash(
        ordered["clip_id"].iloc[excluded], condition.keep_fraction, f"{seed} {KEPT}"
    )
    reasons[excluded[stays]] = None
    kept = np.equal(reasons, None)
    split = ordered["clip_id"].map(divided.set_index("clip_id")["split"]).where(kept)

    labels = [list(clip_labels) for clip_labels in ordered["labels"]]
    targets = [labels[row] if kept[row] else [] for row in range(len(labels))]
    if condition.label_mode == "random":
        training = np.flatnonzero(kept & (ordered["corpus_split"] == "train"))
        generator = named_generator(seed, "random_labels", condition.name)
        shuffled = shuffle_labels([labels[row] for row in training], generator)
        for row, clip_labels in zip(training, shuffled, strict=True):
            targets[row] = clip_labels
    return pd.DataFrame(
        {
            "clip_id": ordered["clip_id"],
            "split": split.astype("str"),
            "targets": pd.Series(targets, dtype=object),
            "left_out": pd.Series(reasons, dtype="str"),
        }
    )


def _reasons_to_leave_out(
    clips: pd.DataFrame, condition: Condition, class_labels: pd.DataFrame
) -> list[str | None]:
    excluded = set(condition.excluded_labels)
    rank = {mid: position for position, mid in enumerate(class_labels["mid"]) if mid in excluded}
    display_names = list(class_labels["display_name"])

    def reason(clip_id: str, corpus_split: str, labels: Sequence[str], status: str) -> str | None:
        if status != "ok":
            return f"unavailable: {status}"
        if corpus_split == "test":
            return None
        if clip_id in condition.excluded_clips:
            return "excluded by hand"
        first = min((rank[label] for label in labels if label in rank), default=None)
        return None if first is None else f"carries a left-out label: {display_names[first]}"

    columns = (clips[name] for name in ("clip_id", "corpus_split", "labels", "status"))
    return [reason(*row) for row in zip(*columns, strict=True)]


def chosen_by_hash(clip_ids: Collection[str], fraction: float, key: str) -> np.ndarray:
    """Choose exactly ``round(fraction * n)`` clips, those whose keyed hashes are the smallest.

    The choice depends neither on the order of rows nor on the platform. With one key, the clips of
    a smaller fraction are among those of a larger one.

    Returns:
        A truth value per clip, in the order given.
    """
    digests = [hashlib.blake2b(one.encode(), key=key.encode()).digest() for one in clip_ids]
    ranked = sorted(range(len(digests)), key=digests.__getitem__)
    chosen = np.zeros(len(digests), dtype=bool)
    chosen[ranked[: round(fraction * len(digests))]] = True
    return chosen


def shuffle_labels(
    labels: Sequence[Sequence[str]], generator: np.random.Generator, rounds: int = 60
) -> list[list[str]]:
    """Exchange labels among clips at random, keeping both margins.

    Every clip keeps its number of labels, no clip has a label twice, and every label keeps its
    number of clips. Among all assignments like that, each is equally likely in the limit of many
    rounds: in a round (a "global curveball trade": Strona et al., Nat. Commun. 5:4114, 2014;
    Carstens et al., ESA 2018) the clips are paired at random, and each pair is dealt out again,
    at random, the labels that only one of the two has. With 20,000 clips and 369 labels, agreement
    with the original labels is down to chance after about 15 rounds.

    What cannot change stays: a label that every clip carries, and the labels of a single clip.

    Args:
        labels: The labels of each clip, without repeats.
        generator: Source of randomness. The order of labels within a clip has no influence.
        rounds: Number of times that all clips are paired.

    Returns:
        The new labels of each clip, sorted.
    """
    vocabulary = sorted({label for clip_labels in labels for label in clip_labels})
    code_of_label = {label: code for code, label in enumerate(vocabulary)}
    codes = [sorted(code_of_label[label] for label in clip_labels) for clip_labels in labels]
    counts = np.array([len(clip_codes) for clip_codes in codes], dtype=np.int64)
    label = np.array([code for clip_codes in codes for code in clip_codes], dtype=np.int64)
    clip = np.repeat(np.arange(len(labels)), counts)
    for _ in range(rounds):
        clip = _trade_in_pairs(clip, label, len(labels), generator)
    shuffled: list[list[str]] = [[] for _ in labels]
    for slot in np.lexsort((label, clip)):
        shuffled[clip[slot]].append(vocabulary[label[slot]])
    return shuffled


def _trade_in_pairs(
    clip: np.ndarray, label: np.ndarray, n_clips: int, generator: np.random.Generator
) -> np.ndarray:
    """One round of trades. ``clip`` and ``label`` have an entry per label slot; gives new clips."""
    order = generator.permutation(n_clips)
    pair_of_clip = np.empty(n_clips, dtype=np.int64)
    pair_of_clip[order] = np.arange(n_clips) // 2
    # With an odd number of clips the last one is paired with itself.
    first_of_pair, second_of_pair = order[::2], np.append(order, order[-1:])[1::2]

    pair = pair_of_clip[clip]
    pair_and_label = pair * (label.max(initial=0) + 1) + label
    by_label = np.argsort(pair_and_label, kind="stable")
    same_as_next = np.diff(pair_and_label[by_label]) == 0
    shared = np.zeros(len(label), dtype=bool)
    shared[by_label[1:][same_as_next]] = True
    shared[by_label[:-1][same_as_next]] = True

    free = np.flatnonzero(~shared)
    keys = generator.integers(2**32, size=len(free))
    dealt = free[np.argsort((pair[free] << 32) + keys, kind="stable")]
    dealt_pair = pair[dealt]
    place_in_pair = np.arange(len(dealt)) - np.searchsorted(dealt_pair, dealt_pair)
    slots_of_first = np.bincount(clip[free], minlength=n_clips)[first_of_pair]
    goes_to_first = place_in_pair < slots_of_first[dealt_pair]
    traded = clip.copy()
    traded[dealt] = np.where(goes_to_first, first_of_pair[dealt_pair], second_of_pair[dealt_pair])
    return traded


def count_left_out(table: pd.DataFrame, clips: pd.DataFrame, condition_name: str) -> pd.DataFrame:
    """Count the clips that a condition keeps, and those it leaves out by reason.

    Args:
        table: The result of `label_condition`.
        clips: What it was made from; gives the corpus split of clips that were left out.
        condition_name: Stands in every row.

    Returns:
        Columns ``condition``, ``split``, ``reason`` and ``clips``. Clips that are kept count in
        their split with the reason 'kept' (0 where a split has none); the others in the corpus
        split, 'train' or 'test', that they were left out of. Within a split, 'kept' comes first,
        then the reasons by falling count.
    """
    corpus_split = table["clip_id"].map(clips.set_index("clip_id")["corpus_split"])
    tally = pd.DataFrame(
        {
            "split": table["split"].fillna(corpus_split),
            "reason": table["left_out"].fillna(KEPT),
        }
    ).value_counts()
    for split in _SPLIT_ORDER:
        tally.loc[(split, KEPT)] = tally.get((split, KEPT), 0)
    rows = sorted(
        ((split, reason, int(number)) for (split, reason), number in tally.items()),
        key=lambda row: (_SPLIT_ORDER.index(row[0]), row[1] != KEPT, -row[2], row[1]),
    )
    counts = pd.DataFrame(rows, columns=["split", "reason", "clips"])
    counts.insert(0, "condition", condition_name)
    return counts


def refuse_too_small(counts: pd.DataFrame) -> None:
    """Refuse a condition that has nothing to train on, or nothing to validate with.

    Not for a condition that trains no network.

    Args:
        counts: The result of `count_left_out` for one condition.

    Raises:
        ValueError: No train or no validation clip is kept; the message has the reasons' counts.
    """
    kept = counts[counts["reason"] == KEPT].set_index("split")["clips"]
    empty = [split for split in ("train", "validation") if kept[split] == 0]
    if not empty:
        return
    left_out = counts[(counts["split"] == "train") & (counts["reason"] != KEPT)]
    reasons = [f"{row.clips} × {row.reason}" for row in left_out.itertuples()]
    raise ValueError(
        f"Condition {counts['condition'].iloc[0]!r} keeps no {' and no '.join(empty)} clip "
        f"(train: {kept['train']}, validation: {kept['validation']}; left out of the train corpus: "
        f"{'; '.join(reasons) or 'none'}). Leave out less, give it more clips, or raise "
        f"labels.validation_fraction: the validation clips are chosen once for all conditions, "
        f"and each has those that it keeps."
    )
