"""Genres of music: which a corpus has, which clips are of them, and their read-outs together.

Kim, Kim & Jeong (2024) read each of AudioSet's 25 genres from the music-selective units alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict

import numpy as np
import pandas as pd

from science.analyses.readout import ReadoutResult
from science.corpus.audioset import MUSIC_GENRE_MID, Ontology, genres, multi_hot
from science.statistics.average_precision import mean_average_precision

READOUT_COLUMNS = list(ReadoutResult.__dataclass_fields__)


def describe_genres(ontology: Ontology, class_labels: pd.DataFrame) -> pd.DataFrame:
    """Columns mid and genre of a corpus; no rows where its ontology has no music genres.

    Args:
        ontology: The graph of classes.
        class_labels: Columns mid and display_name.
    """
    known = MUSIC_GENRE_MID in ontology.children
    mids = genres(ontology, class_labels) if known else ()
    names = class_labels.set_index("mid")["display_name"]
    return pd.DataFrame({"mid": list(mids), "genre": [names[mid] for mid in mids]}, dtype=object)


def genre_masks(
    labels: Sequence[Sequence[str]], music: np.ndarray, classes: Sequence[str], mids: Sequence[str]
) -> np.ndarray:
    """Which pure-music clip has which genre: bool [clips, genres].

    Args:
        labels: The mids of each clip.
        music: Mask [clips] of pure music.
        classes: Mids of all classes.
        mids: Those of the genres.
    """
    columns = [classes.index(mid) for mid in mids]
    return multi_hot(labels, classes)[:, columns] & music[:, None]


def genre_table(described: pd.DataFrame, results: Sequence[ReadoutResult]) -> pd.DataFrame:
    """Each genre with its read-out, in the order of `describe_genres`."""
    readouts = pd.DataFrame([asdict(result) for result in results], columns=READOUT_COLUMNS)
    return described.join(readouts)


def summarise_genres(table: pd.DataFrame) -> dict[str, object]:
    """Means over the genres that could be tested, and how many these are."""
    tested = table[table["average_precision"].notna()]
    left_out = len(table) - len(tested)
    note = f"{left_out} of {len(table)} genres lack clips to fit or test" if left_out else ""
    return {
        "genres": len(tested),
        "mean_average_precision": mean_average_precision(tested["average_precision"]),
        "chance": tested["chance"].mean(),
        "smallest_test_clips": tested["n_test_positive"].min(),
        "note": note if len(table) else "the corpus has no genres",
    }
