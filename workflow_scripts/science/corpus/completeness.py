"""What a corpus must have before anything is fetched or trained: refused as soon as it is known."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc


def refuse_clips_of_both(
    clip_ids: pa.ChunkedArray, others: Mapping[str, pa.ChunkedArray], name: str
) -> None:
    """Refuse clips that another split's table has: what is tested must not have been trained on.

    Args:
        clip_ids: The clips of a table.
        others: The clips of the other tables, by their files.
        name: What messages call the table.

    Raises:
        ValueError: There are such clips; it names the first.
    """
    for other, theirs in others.items():
        both = clip_ids.filter(pc.is_in(clip_ids, value_set=theirs))
        if len(both):
            clips = "1 clip" if len(both) == 1 else f"{len(both)} clips"
            raise ValueError(
                f"{name} has {clips} of {other}, the first {both[0]}; a clip "
                f"is either trained on or tested on, so take each out of one table."
            )


def refuse_without_category(
    labels: pa.ChunkedArray, members: Collection[str], category: str, name: str
) -> None:
    """Refuse a table that asks for no clip of a category alone, or for none without it.

    Args:
        labels: The mids of each clip asked for.
        members: Mids of the category's classes.
        category: Its name.
        name: What to call the table.

    Raises:
        ValueError: There is none; it says how many clips are mixed, and what to do.
    """
    lists = labels.combine_chunks()
    inside = pc.is_in(lists.flatten(), value_set=pa.array(sorted(members), pa.string()))
    clip = pc.list_parent_indices(lists).to_numpy()
    count = np.bincount(clip, inside.to_numpy(zero_copy_only=False), len(lists))
    length = pc.list_value_length(lists).to_numpy()
    pure, none = int((count == length).sum()), int((count == 0).sum())
    if not pure or not none:
        mixed = len(lists) - pure - none
        raise ValueError(
            f"categories.{category} (run.target): {name} asks for {pure} clips of it alone, "
            f"{mixed} mixed with other labels and {none} without it; both the first and the last "
            f"are needed. Name the classes above it that its clips carry too as well, as in "
            f"{{label: NAME, descendants: false}}, or choose another target"
        )


def refuse_without_clips(clips: pd.DataFrame) -> None:
    """Refuse a corpus of which a split has no clip that could be had.

    Args:
        clips: corpus_split and status of every clip asked for.

    Raises:
        ValueError: The message has the number asked for and the reasons' counts.
    """
    for split in ("train", "test"):
        statuses = clips.loc[clips["corpus_split"] == split, "status"]
        if (statuses == "ok").any():
            continue
        counts = statuses.value_counts().items()
        reasons = ", ".join(f"{number} {status}" for status, number in counts) or "none"
        raise ValueError(
            f"The {split} split has no clip: {len(statuses)} asked for, of them {reasons}. "
            f"Check corpus.folder, corpus.sources and corpus.tables.{split}_segments; the logs of "
            f"the jobs that brought the clips say of each why it is missing."
        )


def describe_long_clips(clips: pa.Table, clip_s: float, name: str) -> str:
    """What is lost of clips that are longer than ``clip_s`` seconds, or "" where none is."""
    durations = pc.subtract(clips["end_s"], clips["start_s"]).to_numpy()
    long = int((durations > clip_s + 1e-3).sum())
    if not long:
        return ""
    return (
        f"{name}: {long} of {len(clips)} clips are longer than logmel.clip_s ({clip_s:g} s), the "
        f"longest {durations.max():g} s; of each only the first {clip_s:g} s are used. Times are "
        f"in seconds; for longer clips set logmel.clip_s."
    )
