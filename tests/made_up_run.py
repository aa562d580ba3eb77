"""A small run made up for tests of the analyses: clips, categories, responses, scores."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from zlib import crc32

import numpy as np
import pandas as pd

import select_units
from science.corpus.ontology import Ontology
from storage.activations import unit_names, write_activations, write_features
from storage.corpus_tables import CorpusTables
from storage.labels import CategoryTable
from storage.responses import SelectedUnits
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
SETTINGS = {"index": "msi", "fraction": 0.125, "permutations": 20}
SPLITS = ("train", "test")
Network = tuple[str, int]


def corpus_tables(genres: tuple[str, ...] = ("/m/rock", "/m/jazz")) -> CorpusTables:
    """Six classes, of which some are genres; without genres the ontology has no such node."""
    children = {mid: () for mid in CLASSES} | {"/m/music": ("/m/rock", "/m/jazz")}
    names = dict(CLASSES)
    if genres:
        children["/m/genre"], names["/m/genre"] = genres, "Music genre"
    class_labels = pd.DataFrame(
        {"index": range(len(CLASSES)), "mid": list(CLASSES), "display_name": CLASSES.values()}
    )
    return CorpusTables(class_labels, Ontology("made up", names, children))


class MadeUpRun:
    """Tables of one made-up corpus below a folder; the first units respond more to a category.

    What is drawn for a network depends on its name alone.
    """

    def __init__(
        self, folder: Path, category: str = "music", members: int = 12, others: int = 30
    ) -> None:
        self.folder, self.category = folder, category
        rows = []
        for split in SPLITS:
            for clip in range(members + others):
                if clip < members:
                    labels, kind = ["/m/music", ["/m/rock", "/m/jazz"][clip % 2]], "pure"
                else:
                    labels, kind = [["/m/dog", "/m/rain", "/m/horn"][clip % 3]], "none"
                rows.append((f"{split}{clip:04d}_0.000", split, labels, kind))
        rows.append(("test9999_0.000", "test", ["/m/music", "/m/dog"], "mixed"))
        columns = ["clip_id", "split", "labels", "kind"]
        self.clips = pd.DataFrame(rows, columns=columns).sort_values("clip_id")
        self.labels = folder / "labels/clips.parquet"
        write_table(self.labels, self.clips[["clip_id", "split", "labels"]])
        self.write_category(category, self.clips["kind"])

    def of(self, split: str) -> pd.DataFrame:
        return self.clips[self.clips["split"] == split]

    def members(self, split: str) -> np.ndarray:
        """Mask of the clips of a split that are all of the category."""
        return (self.of(split)["kind"] == "pure").to_numpy()

    def write_category(self, category: str, kinds: Iterable[str]) -> None:
        table = self.clips[["clip_id", "split"]].assign(kind=list(kinds))
        write_table(self.groups_file(category), table)

    def groups_file(self, category: str = "") -> Path:
        return self.folder / f"labels/categories/{category or self.category}.parquet"

    def groups(self, category: str = "") -> CategoryTable:
        return CategoryTable(self.groups_file(category))

    def path(self, network: Network, split: str, stimulus: str = "natural") -> Path:
        features, seed = network
        return self.folder / f"activations/{features}/seed{seed}/{stimulus}/{split}.parquet"

    def responses(self, network: Network, split: str, units: int = UNITS) -> np.ndarray:
        """Amounts; the first quarter of the units is raised by the category, unit 1 is dead."""
        generator = np.random.default_rng([crc32(network[0].encode()), network[1], len(split)])
        values = generator.gamma(4, 0.25, (len(self.of(split)), units)).astype(np.float32)
        values[np.ix_(self.members(split), range(units // 4))] += 2
        values[:, 1] = 0
        return values

    def write(
        self,
        network: Network,
        split: str,
        values: np.ndarray | None = None,
        stimulus: str = "natural",
        units: int = UNITS,
    ) -> Path:
        """Responses of a network, made up by default; of the acoustics there are seven."""
        units = 7 if network[0] == "acoustics" else units
        values = self.responses(network, split, units) if values is None else values
        path = self.path(network, split, stimulus)
        ids = self.of(split)["clip_id"].tolist()
        write_features(path, ids, unit_names(values.shape[1]), values)
        return path

    def write_both(self, *networks: Network) -> list[tuple[Path, Path]]:
        return [tuple(self.write(network, split) for split in SPLITS) for network in networks]

    def write_scores(self, network: Network, split: str, scores: np.ndarray) -> Path:
        path = self.path(network, split).parent / "scores" / f"{split}.parquet"
        ids = self.of(split)["clip_id"].tolist()
        batches = [(ids, np.zeros((len(ids), 2), np.float32), scores)]
        write_activations(self.path(network, split), batches, path, list(CLASSES))
        return path

    def select(
        self, *networks: Network, category: str = "", chosen_on: str = "train", **settings: object
    ) -> SelectedUnits:
        """Choose units by the responses that were written of these networks."""
        output = self.units_file(category)
        files = [self.path(network, split) for split in SPLITS for network in networks]
        select_units.main(files, self.groups_file(category), SETTINGS | settings, output)
        return SelectedUnits([output], chosen_on)

    def units_file(self, category: str = "") -> Path:
        return self.folder / f"units/{category or self.category}/networks.csv"

    def measured(self, measure: Callable, *given: object) -> pd.DataFrame:
        """The table that the main function of a script writes at the end of its arguments."""
        output = self.folder / "analyses/measured.csv"
        measure(*given, output)
        return pd.read_csv(output)
