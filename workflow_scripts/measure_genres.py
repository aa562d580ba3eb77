"""Measure how well the music-selective units alone tell each genre from sounds without music."""

import sys
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from tqdm import tqdm

from plumbing.job import logged, paths
from science.audioset import MUSIC_GENRE_MID, genres, multi_hot
from science.average_precision import mean_average_precision
from science.readout import ReadoutResult, evaluate_genre_readouts
from storage.activations import read_matrix
from storage.categories import CategoryTable
from storage.corpus_tables import CorpusTables, read_corpus_tables
from storage.tables import read_table, write_table

if TYPE_CHECKING:
    from snakemake.iocontainers import Snakemake

    snakemake: Snakemake

READOUT_COLUMNS = list(ReadoutResult.__dataclass_fields__)
# Of the seven acoustic numbers there are too few to choose from.
ALL_UNITS_OF = ("acoustics",)


def main(
    train: Iterable[Path],
    test: Iterable[Path],
    feature_sets: Sequence[tuple[str, int]],
    units: Path,
    categories: Path,
    corpus: CorpusTables,
    per_genre_path: Path,
    summary_path: Path,
) -> None:
    """One read-out per feature set and genre, and their mean; acoustics are read out whole."""
    table = CategoryTable(categories, "music")
    described = describe_genres(corpus)
    of_units = read_table(units, ["features", "seed", "unit", "selected"])
    parts, rows = [], []
    files = tqdm(list(zip(feature_sets, train, test, strict=True)), file=sys.stderr)
    for (features, seed), *split_paths in files:
        chosen = selected_units(of_units, features, seed)
        samples = [read_genres(path, table, corpus, described, chosen) for path in split_paths]
        results = evaluate_genre_readouts(*samples[0], *samples[1])
        part = pd.DataFrame([asdict(result) for result in results], columns=READOUT_COLUMNS)
        parts.append(described.assign(features=features, seed=seed).join(part))
        rows.append(
            {
                "features": features,
                "seed": seed,
                "units": samples[0][0].shape[1],
                **summarise_genres(part),
            }
        )
    write_table(per_genre_path, pd.concat(parts, ignore_index=True))
    write_table(summary_path, pd.DataFrame(rows))


def describe_genres(corpus: CorpusTables) -> pd.DataFrame:
    """Mid and name of the corpus's genres; none where its ontology has no music genres."""
    known = MUSIC_GENRE_MID in corpus.ontology.children
    mids = genres(corpus.ontology, corpus.class_labels) if known else ()
    names = corpus.class_labels.set_index("mid")["display_name"]
    return pd.DataFrame({"mid": list(mids), "genre": [names[mid] for mid in mids]}, dtype=object)


def selected_units(units: pd.DataFrame, features: str, seed: int) -> np.ndarray | slice:
    """The music-selective units of one feature set, chosen on the train split."""
    if features in ALL_UNITS_OF:
        return slice(None)
    of_set = (units["features"] == features) & (units["seed"] == seed)
    return units.loc[of_set & units["selected"].astype(bool), "unit"].to_numpy()


def read_genres(
    path: Path,
    table: CategoryTable,
    corpus: CorpusTables,
    described: pd.DataFrame,
    units: np.ndarray | slice,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Responses of the units, which pure-music clip has which genre, and clips without music."""
    clip_ids, responses = read_matrix(path)
    music, others = table.groups(clip_ids, "music")
    labels = multi_hot(table.labels(clip_ids), corpus.classes)
    columns = [corpus.classes.index(mid) for mid in described["mid"]]
    return responses[:, units], labels[:, columns] & music[:, None], others


def summarise_genres(part: pd.DataFrame) -> dict[str, object]:
    """Means over the genres that could be tested, and how many these are."""
    tested = part[part["average_precision"].notna()]
    left_out = len(part) - len(tested)
    note = f"{left_out} of {len(part)} genres lack clips to fit or test" if left_out else ""
    return {
        "genres": len(tested),
        "mean_average_precision": mean_average_precision(tested["average_precision"]),
        "chance": tested["chance"].mean(),
        "smallest_test_clips": tested["n_test_positive"].min(),
        "note": note if len(part) else "the corpus has no genres",
    }


if __name__ == "__main__":
    with logged(snakemake):
        main(
            train=paths(snakemake.input.train),
            test=paths(snakemake.input.test),
            feature_sets=snakemake.params.feature_sets,
            units=Path(snakemake.input.units),
            categories=Path(snakemake.input.categories),
            corpus=read_corpus_tables(snakemake.input.tables),
            per_genre_path=Path(snakemake.output.per_genre),
            summary_path=Path(snakemake.output.summary),
        )
