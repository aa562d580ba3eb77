"""Time and memory of the analyses of 25 networks at paper size, each in a process with one thread.

    python tests/benchmarks/bench_analyses.py [--paper-size] [analysis ...]

Without the flag a twentieth of the clips. Responses are synthesised in a temporary folder (1.5 GB
at paper size; the networks of a condition share their files) and deleted. What hears sounds, the
networks' passes and the control of loudness among them, has no part.
"""

from __future__ import annotations

import multiprocessing
import os
import resource
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from time import perf_counter

os.environ |= {"OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1", "TQDM_DISABLE": "1"}

import numpy as np
import pandas as pd
import torch

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "workflow_scripts"))

import embed_features  # noqa: E402
import measure_ablation  # noqa: E402
import measure_detection  # noqa: E402
import measure_embedding  # noqa: E402
import measure_mean_response  # noqa: E402
import measure_memorisation  # noqa: E402
import measure_quilts  # noqa: E402
import measure_readout  # noqa: E402
import measure_selectivity  # noqa: E402
import measure_separability  # noqa: E402
import select_units  # noqa: E402
from science.corpus.ontology import Ontology  # noqa: E402
from science.network.cnn import NetworkSettings, build_network  # noqa: E402
from storage.activations import unit_names, write_features  # noqa: E402
from storage.corpus_tables import CorpusTables  # noqa: E402
from storage.labels import CategoryTable, read_labels  # noqa: E402
from storage.networks import save_network  # noqa: E402
from storage.responses import SelectedUnits  # noqa: E402
from storage.tables import write_table  # noqa: E402

# Pure in the category and free of it, by split; what is mixed has no part.
PAPER_CLIPS = {"train": (4539, 10_483), "test": (3999, 11_010)}
CONDITIONS, SEEDS, CLASSES, UNITS = "abcde", range(5), 527, 256
GENRES, IN_CATEGORY, LABELS = 25, 158, 2
NETWORKS = [(condition, seed) for condition in CONDITIONS for seed in SEEDS]
BASELINES = {("gbfb", 0): 263, ("acoustics", 0): 7, ("pca", 0): 256}
RESPONDING = [*NETWORKS, ("gbfb", 0), ("acoustics", 0)]
STIMULI = [f"quilt-{name}" for name in ("50ms", "100ms", "200ms", "400ms", "800ms", "1600ms")]
STIMULI.append("quilt-original")
SETTINGS = {"index": "msi", "fraction": 0.125, "permutations": 200}
MIDS = [f"/m/{number:03d}" for number in range(CLASSES)]
# What is measured for other categories too, five in all.
CATEGORIES = {"select_units": 5, "mean_response": 5, "selectivity": 5, "quilts": 5}
EMBEDDED = 8


class Run:
    """Files of a run, as the rules make them."""

    def __init__(self, folder: Path, share: float) -> None:
        """Write labels, responses, scores and weights for a share of the paper's clips."""
        self.folder, self.generator = folder, np.random.default_rng(0)
        rows = []
        for split, counts in PAPER_CLIPS.items():
            for kind, count in zip(("pure", "none"), counts, strict=True):
                rows += [(split, kind)] * int(share * count)
        self.clips = pd.DataFrame(rows, columns=["split", "kind"])
        self.clips.insert(0, "clip_id", [f"{number:06d}" for number in range(len(rows))])
        ranges = {"pure": (0, IN_CATEGORY), "none": (IN_CATEGORY, CLASSES)}
        drawn = [self.generator.integers(*ranges[kind], LABELS) for kind in self.clips["kind"]]
        self.clips["labels"] = [[MIDS[number] for number in set(of_clip)] for of_clip in drawn]
        self.labels, self.groups = folder / "clips.parquet", folder / "category.parquet"
        write_table(self.labels, self.clips[["clip_id", "split", "labels"]])
        write_table(self.groups, self.clips[["clip_id", "split", "kind"]])
        self.described = pd.DataFrame({"mid": MIDS[:GENRES], "subclass": MIDS[:GENRES]})
        for split in PAPER_CLIPS:
            self.write("natural", split, {network: UNITS for network in NETWORKS} | BASELINES)
            self.write("natural/scores", split, dict.fromkeys(NETWORKS, CLASSES), MIDS)
        for stimulus in STIMULI:
            self.write(stimulus, "train", {network: UNITS for network in NETWORKS} | BASELINES)
        settings = NetworkSettings()
        for condition, seed in NETWORKS:
            weights = build_network(settings, CLASSES, seed=seed).state_dict()
            save_network(self.weights((condition, seed)), weights, settings, MIDS, {})

    def write(self, stimulus: str, split: str, columns: dict, names: list[str] | None = None):
        """Responses of each network or baseline; those of one condition lie in one file."""
        rows = self.clips[self.clips["split"] == split]
        members = (rows["kind"] == "pure").to_numpy()[:, None]
        for (features, seed), count in columns.items():
            path = self.path((features, seed), stimulus, split)
            path.parent.mkdir(parents=True, exist_ok=True)
            if seed:
                path.hardlink_to(self.path((features, 0), stimulus, split))
                continue
            values = self.generator.gamma(2, 0.5, (len(rows), count)) * (1 + 0.2 * members)
            write_features(path, rows["clip_id"].tolist(), names or unit_names(count), values)

    def path(self, network: tuple[str, int], stimulus: str, split: str) -> Path:
        """A file of responses."""
        features, seed = network
        return self.folder / f"activations/{features}/seed{seed}/{stimulus}/{split}.parquet"

    def weights(self, network: tuple[str, int]) -> Path:
        """A file of weights."""
        return self.folder / f"networks/{network[0]}/seed{network[1]}/weights.pt"

    def both(self, networks: list, stimulus: str = "natural") -> list[tuple[Path, Path]]:
        """Files of train and test."""
        return [tuple(self.path(one, stimulus, split) for split in PAPER_CLIPS) for one in networks]

    def units(self, chosen_on: str) -> SelectedUnits:
        """The units that were chosen before."""
        return SelectedUnits([self.folder / "units.csv"], chosen_on)

    def corpus(self) -> CorpusTables:
        """Tables of classes without an ontology between them."""
        labels = pd.DataFrame({"index": range(CLASSES), "mid": MIDS, "display_name": MIDS})
        nodes = dict.fromkeys(MIDS, ()), dict(zip(MIDS, MIDS, strict=True))
        return CorpusTables(labels, Ontology("made up", nodes[1], nodes[0]))


def analyses(run: Run) -> dict[str, Callable[[], object]]:
    """A call for each analysis, as its script makes it."""
    groups, labels, out = CategoryTable(run.groups), read_labels(run.labels), run.folder / "out.csv"
    everything, apart = [*RESPONDING, ("pca", 0)], MIDS[:IN_CATEGORY]
    write_table(run.folder / "explained.csv", pd.DataFrame({"cumulative_share": [0.9], "clips": 9}))
    quilts = [run.path(network, name, "train") for network in RESPONDING for name in STIMULI]
    embedding = run.folder / "embedding/a/seed0.parquet"
    targets = run.folder / "targets.parquet"
    train = run.clips[run.clips["split"] == "train"].assign(split="train")
    write_table(targets, train.rename(columns={"labels": "targets"}).drop(columns="kind"))
    scores = [(one[0], one[1]) for one in run.both(NETWORKS[:10], "natural/scores")]
    padded = dict.fromkeys(PAPER_CLIPS, (0.0, 0.0))
    return {
        "select_units": lambda: select_units.main(
            [path for files in run.both(RESPONDING) for path in files], run.groups, SETTINGS,
            run.folder / "units.csv",
        ),
        "selectivity": lambda: measure_selectivity.main(
            run.both(RESPONDING), [run.folder / "units.csv"], run.groups, "music", SETTINGS, 1000,
            0, padded, "pad", out,
        ),
        "mean_response": lambda: measure_mean_response.main(
            [run.path(one, "natural", "test") for one in RESPONDING], run.groups, "music", 1000, 0
        ),
        "separability": lambda: measure_separability.main(
            dict(zip(everything, run.both(everything), strict=True)),
            run.folder / "explained.csv", groups, "music", out,
        ),
        "readout": lambda: measure_readout.main(
            run.both(RESPONDING), run.units("train"), groups, run.labels, "music", run.described,
            0.125,
        ),
        "quilts": lambda: measure_quilts.main(
            quilts, run.units("test"), groups, labels, run.described, "music", 1000, 0
        ),
        "detection": lambda: measure_detection.main(
            {
                one: (run.weights(one), run.path(one, "natural/scores", "test"))
                for one in NETWORKS
            },
            run.labels,
            run.corpus(), "music", apart, out, run.folder / "summary.csv",
        ),
        "memorisation": lambda: measure_memorisation.main(
            scores, {condition: targets for condition in CONDITIONS}, run.labels,
            MIDS[IN_CATEGORY:], {}, 0, out,
        ),
        "ablation": lambda: measure_ablation.main(
            {one: (run.weights(one), run.path(one, "natural", "test")) for one in NETWORKS},
            run.units("test"), run.labels, run.corpus(), apart, 0.125, "a", 0,
        ),
        "embed_features": lambda: embed_features.main(
            run.path(("a", 0), "natural", "test"), run.groups, 0, 10, embedding,
            embedding.with_suffix(".csv"),
        ),
        "embedding": lambda: measure_embedding.main([embedding], "music", 64, 0, out),
    }  # fmt: skip


def measured(call: Callable, answers: multiprocessing.Queue) -> None:
    """Seconds of CPU and peak memory of a call."""
    torch.set_num_threads(1)
    start, before = perf_counter(), resource.getrusage(resource.RUSAGE_SELF).ru_utime
    call()
    used = resource.getrusage(resource.RUSAGE_SELF)
    answers.put((perf_counter() - start, used.ru_utime - before, used.ru_maxrss / 1e6))


def main() -> None:
    """Print a line for each analysis, and what all of a run's take on two cores."""
    share = 1.0 if "--paper-size" in sys.argv else 0.05
    context, total_s = multiprocessing.get_context("fork"), 0.0
    wanted = [name for name in sys.argv[1:] if not name.startswith("-")]
    with tempfile.TemporaryDirectory() as folder:
        run = Run(Path(folder), share)
        calls = analyses(run)
        for name in wanted or calls:
            call = calls[name]
            answers = context.Queue()
            process = context.Process(target=measured, args=(call, answers))
            process.start()
            wall_s, cpu_s, peak_gb = answers.get()
            process.join()
            times = EMBEDDED if name in ("embed_features", "embedding") else CATEGORIES.get(name, 1)
            total_s += times * cpu_s
            print(f"{name:15} {wall_s:6.1f} s, {cpu_s:6.1f} s of CPU, {peak_gb:.2f} GB, × {times}")
    print(f"all of a run: {total_s:.0f} s of CPU, {total_s / 2:.0f} s on two cores")


if __name__ == "__main__":
    main()
