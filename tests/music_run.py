"""A small run made up for tests of the analyses: categories, responses, scores and weights."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa

from science.corpus.audioset import MUSIC_GENRE_MID, Ontology
from storage.activations import unit_names, write_activations, write_features
from storage.categories import CategoryTable
from storage.corpus_tables import CorpusTables
from storage.tables import write_table

CLASSES = {
    "/m/music": "Music",
    "/m/rock": "Rock music",
    "/m/jazz": "Jazz",
    "/m/dog": "Dog",
    "/m/rain": "Rain",
    "/m/horn": "Horn",
}
UNITS = 16
CATEGORY_SCHEMA = pa.schema(
    [
        ("clip_id", pa.string()),
        ("corpus_split", pa.string()),
        ("labels", pa.list_(pa.string())),
        ("music", pa.string()),
    ]
)


def corpus_tables(genres: tuple[str, ...] = ("/m/rock", "/m/jazz")) -> CorpusTables:
    """Six classes, of which some are genres; without genres the ontology has no such node."""
    children = {mid: () for mid in CLASSES} | {"/m/music": ("/m/rock", "/m/jazz")}
    names = dict(CLASSES)
    if genres:
        children[MUSIC_GENRE_MID], names[MUSIC_GENRE_MID] = genres, "Music genre"
    class_labels = pd.DataFrame(
        {"index": range(len(CLASSES)), "mid": list(CLASSES), "display_name": CLASSES.values()}
    )
    return CorpusTables(class_labels, Ontology("made up", names, children), frozenset())


class MusicRun:
    """Tables of one made-up corpus below a folder; the first units respond more to music."""

    def __init__(self, folder: Path, music: int = 12, others: int = 30, seed: int = 0) -> None:
        self.folder = folder
        generator = np.random.default_rng(seed)
        rows = []
        for split in ("train", "test"):
            for clip in range(music + others):
                is_music = clip < music
                genre = ["/m/rock", "/m/jazz"][clip % 2]
                other = ["/m/dog", "/m/rain", "/m/horn"][clip % 3]
                labels = ["/m/music", genre] if is_music else [other]
                kind = "pure" if is_music else "none"
                rows.append((f"{split}{clip:04d}_0.000", split, labels, kind))
        rows.append(("test9999_0.000", "test", ["/m/music", "/m/dog"], "mixed"))
        self.clips = pd.DataFrame(rows, columns=CATEGORY_SCHEMA.names).sort_values("clip_id")
        self.generator = generator
        self.categories = folder / "categories.parquet"
        write_table(self.categories, self.clips, CATEGORY_SCHEMA)

    def table(self) -> CategoryTable:
        return CategoryTable(self.categories, "music")

    def of(self, split: str) -> pd.DataFrame:
        return self.clips[self.clips["corpus_split"] == split]

    def responses(self, split: str, units: int = UNITS) -> np.ndarray:
        """Positive responses; the first quarter of the units is raised by music, unit 1 is dead."""
        clips = self.of(split)
        values = self.generator.gamma(4, 0.25, (len(clips), units)).astype(np.float32)
        music = (clips["music"] == "pure").to_numpy()
        values[np.ix_(music, range(units // 4))] += 2
        values[:, 1] = 0
        return values

    def write_responses(self, name: str, split: str, units: int = UNITS) -> Path:
        path = self.folder / name / f"{split}.parquet"
        values = self.responses(split, units)
        write_features(path, self.of(split)["clip_id"].tolist(), unit_names(units), values)
        return path

    def write_scores(self, name: str, split: str, scores: np.ndarray) -> Path:
        path = self.folder / name / "scores" / f"{split}.parquet"
        ids = self.of(split)["clip_id"].tolist()
        features = np.zeros((len(ids), 2), np.float32)
        batches = [(ids, features, scores)]
        write_activations(self.folder / "unused.parquet", path, list(CLASSES), batches)
        return path
