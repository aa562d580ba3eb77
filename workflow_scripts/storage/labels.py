"""Which clips there are, their labels, and the groups that a category divides them into.

Of the natural sounds, which are of a category, and what components of the brain respond to each: a
table clip_id,component,response.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from storage.clips import read_clip_table
from storage.tables import read_table, write_table

COMPONENT_COLUMNS = ["clip_id", "component", "response"]


def read_corpus_clips(shards: Iterable[Path]) -> pd.DataFrame:
    """Read clip_id, labels and status of shards that lie as `{split}/{shard}.parquet`.

    Returns:
        A row per clip with the column corpus_split ('train' or 'test') besides.
    """
    of_split: dict[str, list[Path]] = {}
    for shard in shards:
        of_split.setdefault(Path(shard).parent.name, []).append(Path(shard))
    columns = ["clip_id", "labels", "status"]
    tables = [
        read_clip_table(paths, columns).to_pandas().assign(corpus_split=split)
        for split, paths in of_split.items()
    ]
    return pd.concat(tables, ignore_index=True)


def read_labels(path: Path) -> pd.Series:
    """The mids of each clip that is there, by clip_id, from labels/clips.parquet."""
    labels = read_table(path, ["clip_id", "labels"]).set_index("clip_id")["labels"]
    return labels.map(list)


def write_components(path: Path, responses: pd.DataFrame | None) -> None:
    """Write responses, clip ids as index and a column for each component; None for a bare header.

    Args:
        path: The CSV file.
        responses: In any unit.
    """
    rows = pd.DataFrame(columns=COMPONENT_COLUMNS)
    if responses is not None:
        rows = responses.rename_axis("clip_id").reset_index().melt("clip_id", var_name="component")
        rows = rows.rename(columns={"value": "response"})
    write_table(path, rows[COMPONENT_COLUMNS])


def read_responses_of_brain(path: Path) -> pd.DataFrame:
    """Read responses: clip ids as index, a column for each component, without any for a header.

    Raises:
        TableFileError: The file is not such a table.
    """
    rows = read_table(path, COMPONENT_COLUMNS)
    wide = rows.pivot(index="clip_id", columns="component", values="response")
    return wide[list(dict.fromkeys(rows["component"]))]


def read_natural_sounds(
    files: Sequence[Path], wanted: Collection[str], component: str
) -> pd.DataFrame:
    """What is known of the natural sounds beside what they sound like.

    Args:
        files: Their table of clips, and what `write_components` wrote; none where there are none.
        wanted: The sounds' own categories that are of the category in question.
        component: The component of the brain that is compared with it; '' for none.

    Returns:
        clip ids as index, `wanted` (bool) and `component`, its response, NaN where there is none.
    """
    if not files:
        return pd.DataFrame(columns=["wanted", "component"])
    clips, components = files
    sounds = read_clip_table([clips], ["clip_id", "labels"]).to_pandas().set_index("clip_id")
    responses, none = read_responses_of_brain(components), pd.Series(dtype=float)
    return pd.DataFrame(
        {
            "wanted": sounds["labels"].str[0].isin(list(wanted)),
            "component": responses.get(component, none).reindex(sounds.index),
        }
    )


class CategoryTable:
    """Which clips are pure in a category, and which have nothing of it."""

    def __init__(self, path: Path) -> None:
        self._clips = read_table(path, ["clip_id", "split", "kind"]).set_index("clip_id")

    def groups(self, clip_ids: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Two masks over clips: pure in the category, and free of it.

        Mixed clips are in neither. Nor are those that validate: the paper's analyses of the train
        split go without them (its 4,539 and 10,483 clips; Kim, Kim & Jeong 2024, Methods).

        Raises:
            KeyError: A clip is not in the table.
        """
        clips = self._clips.loc[clip_ids]
        kind, used = clips["kind"].to_numpy(), clips["split"].to_numpy() != "validation"
        return used & (kind == "pure"), used & (kind == "none")
